//! Room on the disk. The engine takes no more writes after the first that meets a full disk, and only a restart mends
//! that; so commits are refused while there is still room, and accepted again as soon as there is.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::contain::Source;

/// Free bytes below which commits are refused: what the engine may write unasked, its next journal file (64 MiB), its
/// write buffers, and the copies that a compaction makes, with what commits add between two looks at the disk.
const FREE_BYTES_MIN: u64 = 256 << 20;

/// The same for commits that only remove, since they are the way to make room.
const FREE_BYTES_MIN_TO_REMOVE: u64 = 64 << 20;

/// How long a look holds, in milliseconds. A busy store looks after each sync; this is for the first commit after a quiet
/// time, in which others may have filled the disk.
const LOOK_MS_MAX: u64 = 500;

/// Watches the free bytes of the file system that holds `path`.
pub(super) struct DiskSpace {
    path: PathBuf,
    /// There was room at the last look. While that was so lately, commits don't look themselves.
    ample: AtomicBool,
    opened: Instant,
    /// When the last look was, in milliseconds since `opened`.
    looked_ms: AtomicU64,
}

impl DiskSpace {
    pub(super) fn new(path: PathBuf) -> Self {
        let (ample, opened, looked_ms) = (AtomicBool::new(false), Instant::now(), AtomicU64::new(0));
        let space = Self { path, ample, opened, looked_ms };
        space.look();
        space
    }

    /// Looks how much is free. Done after each sync, and by commits while there is too little.
    pub(super) fn look(&self) -> u64 {
        let free = free_bytes(&self.path);
        self.ample.store(free >= FREE_BYTES_MIN, Ordering::Relaxed);
        self.looked_ms.store(self.now_ms(), Ordering::Relaxed);
        free
    }

    /// Refuses a commit when there is no room for it.
    pub(super) fn check(&self, only_removes: bool) -> Result<(), Source> {
        let recent = self.now_ms() <= self.looked_ms.load(Ordering::Relaxed) + LOOK_MS_MAX;
        if recent && self.ample.load(Ordering::Relaxed) { Ok(()) } else { judge(self.look(), only_removes) }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn judge(free: u64, only_removes: bool) -> Result<(), Source> {
    let needed = if only_removes { FREE_BYTES_MIN_TO_REMOVE } else { FREE_BYTES_MIN };
    if free >= needed {
        return Ok(());
    }
    let path = "its disk has";
    Err(format!("{path} {free} bytes left, {needed} are needed: free some or remove sessions, no restart is needed")
        .into())
}

/// Whether a compaction can write `bytes` before it frees any.
pub(super) fn has_room(path: &std::path::Path, bytes: u64) -> bool {
    free_bytes(path) >= FREE_BYTES_MIN.saturating_add(bytes)
}

/// What an unprivileged process may still write; without an answer, as if there were room.
fn free_bytes(path: &std::path::Path) -> u64 {
    #[cfg(unix)]
    let free = rustix::fs::statvfs(path).ok().map(|answer| answer.f_bavail.saturating_mul(answer.f_frsize));
    #[cfg(not(unix))]
    let free = None;
    free.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_still_takes_removals() {
        assert!(judge(FREE_BYTES_MIN, false).is_ok());
        assert!(judge(FREE_BYTES_MIN - 1, false).is_err());
        assert!(judge(FREE_BYTES_MIN - 1, true).is_ok());
        assert!(judge(FREE_BYTES_MIN_TO_REMOVE - 1, true).is_err());
    }

    #[test]
    fn a_compaction_leaves_room_for_commits() {
        let here = std::env::temp_dir();
        assert!(has_room(&here, free_bytes(&here) / 2 - FREE_BYTES_MIN));
        assert!(!has_room(&here, free_bytes(&here) * 2));
    }

    #[test]
    fn a_disk_that_does_not_answer_counts_as_free() {
        assert_eq!(free_bytes(std::path::Path::new("/nowhere/at/all")), u64::MAX);
    }
}
