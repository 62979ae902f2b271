//! A store whose power goes when a test says so, with all that was not synced yet.
//!
//! ```text
//! commits     P ─── p ─── P ─── p ─── p ─── ✂         P: Durability::Power   p: Durability::Process
//! after_cut   ├── synced ─┤ the first 0, 1, 2 or 3 of these, the last of which nobody was told of
//! ```

mod remembered;

use std::sync::{Mutex, MutexGuard, PoisonError};

use self::remembered::Remembered;
use super::{
    Change, Durability, GuestUse, MemoryStore, SessionRecord, SnapshotKey, Store, StoreError, StoredBytes, ValueKind,
};
use crate::name::{SessionId, SessionName, TenantName};

/// A store in memory for tests, that knows which of its commits a power cut may take back: those after the newest one
/// with [`Durability::Power`], or the newest [`Store::sync`].
#[derive(Debug, Default)]
pub struct PowerCutStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// What is read.
    now: MemoryStore,
    /// What a power cut leaves in any case.
    synced: MemoryStore,
    /// The commits between the two, in order.
    unsynced: Vec<Vec<Remembered>>,
    /// Commits tried so far.
    commits: u64,
    /// The commit to fail, counted from 1; 0 for none.
    failing: u64,
    /// The commit at which the power goes, counted from 1; 0 for none.
    cutting: u64,
    off: bool,
}

impl PowerCutStore {
    /// An empty store with power.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the `nth` commit from now on fail with [`StoreError::Write`], counted from 1, and no other. Nothing of it
    /// arrives.
    pub fn fail_nth(&self, nth: u64) {
        let mut state = self.state();
        state.failing = state.commits + nth;
    }

    /// Cuts the power at the `nth` commit from now on, counted from 1: that one and every later call fail. It is the last
    /// of the [unsynced](Self::unsynced), for it may have reached the disk before its caller could be told.
    pub fn cut_nth(&self, nth: u64) {
        let mut state = self.state();
        state.cutting = state.commits + nth;
    }

    /// The store as it comes up after a power cut, now or when it was cut: with all that was synced and the first `kept`
    /// of the unsynced commits, each of them whole.
    #[must_use]
    pub fn after_cut(&self, kept: usize) -> MemoryStore {
        let state = self.state();
        let left = state.synced.copy();
        state.unsynced.iter().take(kept).for_each(|commit| remembered::apply(commit, &left));
        left
    }

    /// Commits that a power cut may take back.
    pub fn unsynced(&self) -> usize {
        self.state().unsynced.len()
    }

    /// Commits tried so far: count them in one run, cut at each in turn in the next.
    pub fn commits(&self) -> u64 {
        self.state().commits
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, read: impl FnOnce(&MemoryStore) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let state = self.state();
        if state.off { Err(StoreError::Read(POWER_IS_OFF.into())) } else { read(&state.now) }
    }
}

const POWER_IS_OFF: &str = "a test cut the power";

impl State {
    fn sync(&mut self) {
        self.unsynced.drain(..).for_each(|commit| remembered::apply(&commit, &self.synced));
    }
}

impl Store for PowerCutStore {
    fn commit(&self, changes: &[Change<'_>], durability: Durability) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.off {
            return Err(StoreError::Write(POWER_IS_OFF.into()));
        }
        state.commits += 1;
        if state.failing == state.commits {
            return Err(StoreError::Write("a test broke this commit".into()));
        }
        state.now.commit(changes, durability)?;
        state.unsynced.push(changes.iter().map(Remembered::from).collect());
        if state.cutting == state.commits {
            state.off = true;
            return Err(StoreError::Write(POWER_IS_OFF.into()));
        }
        if durability == Durability::Power {
            state.sync();
        }
        Ok(())
    }

    fn session(&self, tenant: &TenantName, name: &SessionName) -> Result<Option<SessionRecord>, StoreError> {
        self.read(|store| store.session(tenant, name))
    }

    fn sessions(
        &self,
        tenant: &TenantName,
        prefix: &str,
        after: Option<&SessionName>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        self.read(|store| store.sessions(tenant, prefix, after, limit))
    }

    fn all_sessions(
        &self,
        after: Option<(&TenantName, &SessionName)>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        self.read(|store| store.all_sessions(after, limit))
    }

    fn session_count(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        self.read(|store| store.session_count(tenant))
    }

    fn events(&self, id: SessionId, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.read(|store| store.events(id, after, limit))
    }

    fn events_before(&self, id: SessionId, before: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.read(|store| store.events_before(id, before, limit))
    }

    fn last_event(&self, id: SessionId) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.read(|store| store.last_event(id))
    }

    fn event(&self, id: SessionId, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|store| store.event(id, number))
    }

    fn branch(&self, id: SessionId, at_most: u64) -> Result<Option<(u64, u64)>, StoreError> {
        self.read(|store| store.branch(id, at_most))
    }

    fn key(&self, id: SessionId, hash: u64) -> Result<Option<u64>, StoreError> {
        self.read(|store| store.key(id, hash))
    }

    fn values(&self, id: SessionId, kind: ValueKind) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|store| store.values(id, kind))
    }

    fn guests_in_use(&self) -> Result<GuestUse, StoreError> {
        self.read(|store| store.guests_in_use())
    }

    fn usage(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        self.read(|store| store.usage(tenant))
    }

    fn snapshot(&self, key: SnapshotKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|store| store.snapshot(key))
    }

    fn stored_bytes(&self, id: SessionId) -> Result<StoredBytes, StoreError> {
        self.read(|store| store.stored_bytes(id))
    }

    fn sync(&self) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.off {
            return Err(StoreError::Write(POWER_IS_OFF.into()));
        }
        state.sync();
        Ok(())
    }

    fn disk_bytes(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests;
