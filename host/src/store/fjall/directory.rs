//! The data directory: one process at a time, and of a format that this program knows.
//!
//! ```text
//! <directory>/   0700, for it holds what tenants typed
//!   lock         held by the process whose id it contains
//!   format       a number in decimal digits
//!   fjall/       the storage engine's own
//! ```
//!
//! The lock belongs to an open file, so that it ends with the process however that ends: no lock is ever stale, and the
//! number in the file is only there to be shown.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::store::StoreError;

/// The newest format of a data directory, and the one that is written.
pub(super) const FORMAT_V1: u32 = 1;

/// How long a directory that is in use is waited for. Its holder may be about to end; and a process that starts another
/// shares its locks with it for a moment.
const LOCK_WAIT: Duration = Duration::from_millis(200);

/// A data directory that this process holds.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Creates the directory where it is missing, takes its lock and checks its format.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path).map_err(|error| open_error(path, error))?;
        let lock = lock(path)?;
        check_format(path)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where the storage engine keeps its files.
    pub(super) fn engine(&self) -> PathBuf {
        self.path.join("fjall")
    }
}

/// What [`StoreError::Open`] says of `path`.
pub(super) fn open_error(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Open { directory: path.display().to_string(), source: source.into() }
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let failed = |error| open_error(path, error);
    let options = File::options().read(true).write(true).create(true).truncate(false).to_owned();
    let mut file = options.open(path.join("lock")).map_err(failed)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_WAIT => std::thread::sleep(LOCK_WAIT / 20),
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse { directory: path.display().to_string(), pid: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    let write_id = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    write_id(&mut file).map_err(failed)?;
    Ok(file)
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn check_format(path: &Path) -> Result<(), StoreError> {
    let failed = |error: io::Error| open_error(path, error);
    let marker = path.join("format");
    match fs::read_to_string(&marker) {
        Ok(text) => match text.trim().parse() {
            Ok(FORMAT_V1) => Ok(()),
            Ok(found) if found > FORMAT_V1 => {
                Err(StoreError::TooNew { directory: path.display().to_string(), found, known: FORMAT_V1 })
            }
            _ => Err(open_error(path, format!("{} holds no format number", marker.display()))),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => write_format(path, &marker).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

/// Written beside and renamed, so that a power cut leaves either no marker or a whole one.
fn write_format(path: &Path, marker: &Path) -> io::Result<()> {
    if path.join("fjall").exists() {
        return Err(io::Error::other("it has data and no format marker"));
    }
    let beside = marker.with_extension("new");
    let mut file = File::create(&beside)?;
    writeln!(file, "{FORMAT_V1}")?;
    file.sync_all()?;
    fs::rename(&beside, marker)?;
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_opening_is_told_who_holds_the_directory() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = Directory::open(folder.path()).expect("the first");
        let refused = Directory::open(folder.path()).expect_err("the second");
        assert!(matches!(refused, StoreError::InUse { pid: Some(pid), .. } if pid == std::process::id()), "{refused}");
        drop(held);
        Directory::open(folder.path()).expect("free again");
    }

    #[test]
    fn a_lock_file_without_a_holder_does_not_matter() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("lock"), "4194304999").expect("written");
        Directory::open(folder.path()).expect("nobody holds it");
        assert_eq!(
            fs::read_to_string(folder.path().join("lock")).expect("read").trim(),
            std::process::id().to_string()
        );
    }

    #[test]
    fn a_newer_or_unknown_format_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("format"), "2\n").expect("written");
        let refused = Directory::open(folder.path()).expect_err("newer");
        assert!(matches!(refused, StoreError::TooNew { found: 2, known: FORMAT_V1, .. }), "{refused}");
        for text in ["", "one", "0", "-1"] {
            fs::write(folder.path().join("format"), text).expect("written");
            assert!(matches!(Directory::open(folder.path()), Err(StoreError::Open { .. })), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_directory_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/data");
        Directory::open(&path).expect("created");
        assert_eq!(fs::metadata(&path).expect("it exists").permissions().mode() & 0o777, 0o700);
    }
}
