//! `server.json` in the data directory: where the server that has it open can be reached.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Written by `serve`, and removed when it ends. One that a killed server left behind names an address where nobody
/// answers, or where somebody else does; whoever reads it asks before believing.
#[derive(Debug)]
pub struct Announcement {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    /// Where it is.
    pub(super) address: SocketAddr,
    /// Its process, for people.
    pid: u32,
    /// What it calls itself in its health: another server at the same address has another name.
    pub(super) instance: String,
}

impl Announcement {
    /// Says that this process serves `data` at `address`, as `instance`.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(data: &Path, address: SocketAddr, instance: &str) -> io::Result<Self> {
        let document = Document { address: reachable(address), pid: std::process::id(), instance: instance.to_owned() };
        let path = path(data);
        std::fs::write(&path, serde_json::to_vec(&document)?)?;
        Ok(Self { path })
    }

    /// What the server of `data` says of itself, if any does.
    pub(super) fn read(data: &Path) -> Option<Document> {
        let text = std::fs::read(path(data)).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // Nothing depends on its being gone.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn path(data: &Path) -> PathBuf {
    data.join("server.json")
}

/// The address to connect to for one that is listened on: 0.0.0.0 is no place to go.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_there_as_long_as_its_server() {
        let data = tempfile::tempdir().unwrap();
        let written = Announcement::write(data.path(), "0.0.0.0:80".parse().unwrap(), "me").unwrap();
        let read = Announcement::read(data.path()).unwrap();
        assert_eq!((read.address, read.instance.as_str()), ("127.0.0.1:80".parse().unwrap(), "me"));
        drop(written);
        assert!(Announcement::read(data.path()).is_none());
    }
}
