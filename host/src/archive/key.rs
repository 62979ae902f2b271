//! The key of archives.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::name::Digest;

/// What a data directory calls its own key.
const FILE: &str = "archive.key";

/// A secret of 256 bits that hosts share which take each other's sessions. Written as 64 hexadecimal digits.
///
/// Whoever has it can make files that such a host takes for sessions. `Display` writes the key itself, for the file
/// that keeps it; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ArchiveKey([u8; 32]);

impl ArchiveKey {
    /// From its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new key from the operating system's randomness.
    ///
    /// # Errors
    /// When the operating system has none to give.
    pub fn generate() -> io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }

    /// Reads the written form; nothing when the text is not that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Digest::parse(text).map(|digits| Self(*digits.as_bytes()))
    }

    /// The key in the data directory, which is made when there is none.
    ///
    /// # Errors
    /// When it can't be read or written, or the file holds none.
    pub fn of_directory(directory: &Path) -> io::Result<Self> {
        let path = directory.join(FILE);
        let found = Self::found_in(directory)?;
        found.map_or_else(|| Self::make(directory, &path), Ok)
    }

    /// The key in the data directory, if there is one.
    ///
    /// # Errors
    /// When it can't be read, or the file holds none.
    pub fn found_in(directory: &Path) -> io::Result<Option<Self>> {
        let path = directory.join(FILE);
        let bad = |reason: &str| io::Error::other(format!("{}: {reason}", path.display()));
        match fs::read_to_string(&path) {
            Ok(text) => {
                Self::parse(text.trim()).map(Some).ok_or_else(|| bad("it holds no key of 64 hexadecimal digits"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(bad(&error.to_string())),
        }
    }

    /// Written beside and linked to its name, so that of two that make one at once both get the same.
    fn make(directory: &Path, path: &Path) -> io::Result<Self> {
        let key = Self::generate()?;
        let beside = path.with_extension(format!("{:016x}.new", getrandom::u64().map_err(io::Error::other)?));
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        writeln!(file, "{key}")?;
        file.sync_all()?;
        let linked = fs::hard_link(&beside, path);
        fs::remove_file(&beside)?;
        match linked {
            Ok(()) => Ok(key),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::of_directory(directory),
            Err(error) => Err(error),
        }
    }

    /// What proves that `bytes` were made with this key. Compares in constant time.
    pub(super) fn proof(&self, bytes: &[u8]) -> blake3::Hash {
        blake3::keyed_hash(&self.0, bytes)
    }
}

impl fmt::Display for ArchiveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Digest::from_bytes(self.0).fmt(f)
    }
}

impl fmt::Debug for ArchiveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArchiveKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_key_reads_back_what_it_writes_and_hides_from_logs() {
        let key = ArchiveKey::generate().unwrap();
        assert_eq!(key.to_string().len(), 64);
        assert_eq!(ArchiveKey::parse(&key.to_string()), Some(key.clone()));
        assert_ne!(ArchiveKey::generate().unwrap(), key);
        assert_eq!(format!("{key:?}"), "ArchiveKey(…)");
        for wrong in ["", "a5", &"x".repeat(64), &"a5".repeat(33)] {
            assert_eq!(ArchiveKey::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_directory_has_one_archive_key_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let made: Vec<_> = std::thread::scope(|scope| {
            let make = || scope.spawn(|| ArchiveKey::of_directory(folder.path()).unwrap());
            let making: Vec<_> = (0..4).map(|_| make()).collect();
            making.into_iter().map(|made| made.join().unwrap()).collect()
        });
        assert!(made.iter().all(|key| *key == made[0]));
        assert_eq!(ArchiveKey::of_directory(folder.path()).unwrap(), made[0]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(folder.path().join(FILE), "short").unwrap();
        assert!(ArchiveKey::of_directory(folder.path()).unwrap_err().to_string().contains("holds no key"));
    }
}
