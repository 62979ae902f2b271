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
struct Document {
    address: SocketAddr,
    pid: u32,
}

impl Announcement {
    /// Says that this process serves `data` at `address`.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(data: &Path, address: SocketAddr) -> io::Result<Self> {
        let document = Document { address: reachable(address), pid: std::process::id() };
        let path = path(data);
        std::fs::write(&path, serde_json::to_vec(&document)?)?;
        Ok(Self { path })
    }

    /// Where the server of `data` says it is, if any does.
    pub(super) fn read(data: &Path) -> Option<SocketAddr> {
        let text = std::fs::read(path(data)).ok()?;
        serde_json::from_slice::<Document>(&text).ok().map(|document| document.address)
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
        let written = Announcement::write(data.path(), "0.0.0.0:80".parse().unwrap()).unwrap();
        assert_eq!(Announcement::read(data.path()), Some("127.0.0.1:80".parse().unwrap()));
        drop(written);
        assert_eq!(Announcement::read(data.path()), None);
    }
}
