//! Getting commits to the disk: one sync for all who wait, and one now and then for those who don't.
//!
//! ```text
//! commit A ──write──▶ wait ┐
//! commit B ──write──▶ wait ┤  the first to wait leads: it syncs once, for all that was written before it began
//! commit C ────write──▶ wait ── … came too late for that one: it leads the next
//! commit D ──write──▶ (does not wait)          a thread syncs for it within SYNC_INTERVAL
//! ```
//!
//! The engine's own sync holds the lock that every commit needs, for the whole of the sync: milliseconds on a common
//! disk, in which nothing else is written, and no two commits share one. So the journal file is synced from here, through
//! a handle of our own. The engine appends to the newest `<number>.jnl` and syncs a journal itself before it begins the
//! next, so that the newest one is all there is to sync.
//!
//! A failed sync is final: the kernel may drop what it could not write and report success the next time. Nothing more is
//! written then; what was read before can still be read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use ::fjall::{Database, PersistMode};

use super::contain::{Source, contained};
use crate::store::SYNC_INTERVAL;

/// Syncs commits in groups.
pub(super) struct GroupSync {
    db: Database,
    /// Commits that have been written. A commit's own count is its ticket: it is safe once `synced` has reached it.
    written: AtomicU64,
    /// A sync has failed. Read by each commit, therefore outside the lock.
    failed: AtomicBool,
    state: Mutex<State>,
    /// A sync has ended: someone's ticket may be reached, and the lead is free.
    ended: Condvar,
    /// Taken by the leader alone; apart from `state`, so that others can queue up while it syncs.
    journal: Mutex<Journal>,
}

#[derive(Default)]
struct State {
    synced: u64,
    leading: bool,
}

impl GroupSync {
    /// For the engine whose files are in `directory`.
    pub(super) fn new(db: Database, directory: PathBuf) -> Self {
        Self {
            db,
            written: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            state: Mutex::default(),
            ended: Condvar::new(),
            journal: Mutex::new(Journal { directory, newest: None }),
        }
    }

    /// A sync has failed, and nothing may be written any more.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Counts a commit that has been written, and gives its ticket.
    pub(super) fn wrote(&self) -> u64 {
        self.written.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Syncs all that has been written.
    pub(super) fn sync(&self) -> Result<(), Source> {
        self.reach(self.written.load(Ordering::Acquire))
    }

    /// Returns once the commit of `ticket` is on the disk.
    pub(super) fn reach(&self, ticket: u64) -> Result<(), Source> {
        let mut state = lock(&self.state);
        while state.synced < ticket {
            if state.leading {
                state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.leading = true;
            drop(state);
            let written = self.written.load(Ordering::Acquire);
            let result = self.lead();
            state = lock(&self.state);
            state.leading = false;
            if result.is_ok() {
                state.synced = state.synced.max(written);
            }
            self.ended.notify_all();
            result?;
        }
        Ok(())
    }

    fn lead(&self) -> Result<(), Source> {
        if self.has_failed() {
            return Err("an earlier sync of the journal failed".into());
        }
        let synced = lock(&self.journal).sync().map_err(Source::from);
        // Fails when the engine itself has met an error: what it tried to sync may be lost then.
        let synced = synced.and_then(|()| contained(|| Ok(self.db.persist(PersistMode::Buffer)?)));
        synced.inspect_err(|_| self.failed.store(true, Ordering::Release))
    }
}

/// The journal that the engine appends to.
struct Journal {
    directory: PathBuf,
    /// Kept open between syncs: a handle that was open during a failed write-back is sure to be told.
    newest: Option<(u64, File)>,
}

impl Journal {
    fn sync(&mut self) -> io::Result<()> {
        let number = newest_journal(&self.directory)?;
        let kept = self.newest.take().filter(|(kept, _)| *kept == number);
        let (_, file) = match kept {
            Some(kept) => self.newest.insert(kept),
            None => {
                self.newest.insert((number, File::options().write(true).open(journal_path(&self.directory, number))?))
            }
        };
        file.sync_data()
    }
}

/// Where the engine's journal of that number is.
pub(super) fn journal_path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number}.jnl"))
}

/// The number of the journal that the engine appends to.
pub(super) fn newest_journal(directory: &Path) -> io::Result<u64> {
    let mut newest = None;
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".jnl")?.parse::<u64>().ok());
        newest = newest.max(number);
    }
    newest.ok_or_else(|| io::Error::other("the storage engine has no journal file"))
}

/// What these locks guard is right after every statement, so that another thread's panic leaves nothing to fear.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes the thread that syncs commits which nobody waits for; idle while there are none.
#[derive(Default)]
pub(super) struct Pace {
    /// Something was written since the last sync began. Outside the lock, so that only the first commit pays for waking.
    dirty: AtomicBool,
    stopping: Mutex<bool>,
    changed: Condvar,
}

impl Pace {
    /// There is something to sync.
    pub(super) fn dirty(&self) {
        if !self.dirty.swap(true, Ordering::AcqRel) {
            let _stopping = lock(&self.stopping);
            self.changed.notify_one();
        }
    }

    /// The thread should end.
    pub(super) fn stop(&self) {
        *lock(&self.stopping) = true;
        self.changed.notify_one();
    }

    /// Calls `sync` half an interval after something was written (the other half is for the sync itself), until stopped.
    pub(super) fn run(&self, mut sync: impl FnMut()) {
        while self.wait() {
            self.dirty.store(false, Ordering::Release);
            sync();
        }
    }

    fn wait(&self) -> bool {
        let clean = |stopping: &mut bool| !*stopping && !self.dirty.load(Ordering::Acquire);
        let stopping = self.changed.wait_while(lock(&self.stopping), clean).unwrap_or_else(PoisonError::into_inner);
        let running = |stopping: &mut bool| !*stopping;
        let waited = self.changed.wait_timeout_while(stopping, SYNC_INTERVAL / 2, running);
        let (stopping, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !*stopping
    }
}
