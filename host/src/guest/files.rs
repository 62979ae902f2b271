//! Files of the registry: written whole or not at all, components recognised by their digest.
//!
//! ```text
//! DATA/guests/registry.json      names, versions, and which are current; see `catalogue`
//! DATA/guests/DIGEST.wasm        a component as it was registered
//! ```
//! What is kept of compiled code beside these is made again when it is lost: see `artifact`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::name::Digest;

/// The catalogue's file.
pub(super) fn catalogue(directory: &Path) -> PathBuf {
    directory.join("registry.json")
}

/// A component's file.
pub(super) fn component(directory: &Path, digest: Digest) -> PathBuf {
    directory.join(format!("{digest}.wasm"))
}

/// Writes a file in place of one that may be there: after a crash it is the old one or the new one. What is written is on
/// the disk before it has its name, and the name is when this returns.
pub(super) fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let draft = path.with_extension(format!("draft-{}-{}", std::process::id(), DRAFTS.fetch_add(1, Ordering::Relaxed)));
    let written = (|| {
        let mut file = File::create(&draft)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        File::open(directory)?.sync_all()
    })();
    written.inspect_err(|_| drop(fs::remove_file(&draft)))
}

/// Keeps a component. One that is there whole already is not written again.
pub(super) fn keep(directory: &Path, digest: Digest, bytes: &[u8]) -> io::Result<()> {
    let path = component(directory, digest);
    let there = fs::metadata(&path).is_ok_and(|found| found.len() == bytes.len() as u64);
    if there && read(directory, digest).is_some() {
        return Ok(());
    }
    replace(&path, &[bytes])
}

/// Reads a component. Nothing when it is not there or is not what it was.
pub(super) fn read(directory: &Path, digest: Digest) -> Option<Vec<u8>> {
    let bytes = fs::read(component(directory, digest)).ok()?;
    if Digest::of(&bytes) != digest {
        tracing::error!(%digest, "the component of a guest is damaged: register it again");
        return None;
    }
    Some(bytes)
}

/// Removes what nothing can be done with: drafts that a crash left.
pub(super) fn sweep_drafts(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if entry.path().extension().is_some_and(|extension| extension.to_string_lossy().starts_with("draft-")) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Removes all files of a version: the component, and what was made of it.
pub(super) fn remove(directory: &Path, digest: Digest) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let digest = digest.to_string();
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(&digest)) {
        if let Err(error) = fs::remove_file(entry.path()) {
            tracing::warn!(path = %entry.path().display(), %error, "can't remove a file of a guest that is gone");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_read_only_as_it_was_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let digest = Digest::of(b"component");
        keep(directory.path(), digest, b"component").expect("it is kept");
        assert_eq!(read(directory.path(), digest).as_deref(), Some(&b"component"[..]));
        fs::write(component(directory.path(), digest), b"damagednt").expect("it is writable");
        assert_eq!(read(directory.path(), digest), None);
        keep(directory.path(), digest, b"component").expect("it is mended");
        assert!(read(directory.path(), digest).is_some());
        fs::write(directory.path().join("registry.draft-1-2"), b"half").expect("it is written");
        sweep_drafts(directory.path());
        remove(directory.path(), digest);
        assert_eq!(fs::read_dir(directory.path()).expect("it is there").count(), 0);
    }
}
