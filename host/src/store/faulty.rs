//! A store whose commits fail when a test says so.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Change, Durability, GuestUse, SessionRecord, SnapshotKey, Store, StoreError, StoredBytes, ValueKind};
use crate::name::{SessionId, SessionName, TenantName};

/// Passes everything on to another store, but for the commits that are to fail: of those, nothing arrives.
#[derive(Debug)]
pub struct FaultyStore<S> {
    inner: S,
    /// Commits tried so far.
    commits: AtomicU64,
    /// The commit to fail, counted from 1; 0 for none.
    failing: AtomicU64,
    /// All commits fail.
    broken: AtomicBool,
}

impl<S> FaultyStore<S> {
    /// Around `inner`, at first without faults.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self { inner, commits: AtomicU64::new(0), failing: AtomicU64::new(0), broken: AtomicBool::new(false) }
    }

    /// Makes the `nth` commit from now on fail, counted from 1, and no other.
    pub fn fail_nth(&self, nth: u64) {
        self.failing.store(self.commits.load(Ordering::SeqCst) + nth, Ordering::SeqCst);
    }

    /// Makes every commit fail while `broken`.
    pub fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    /// Commits tried so far: count them in one run, fail each in turn in the next.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// The store inside.
    pub fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn commit(&self, changes: &[Change<'_>], durability: Durability) -> Result<(), StoreError> {
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        if self.broken.load(Ordering::SeqCst) || self.failing.load(Ordering::SeqCst) == number {
            return Err(StoreError::Write("a test broke this commit".into()));
        }
        self.inner.commit(changes, durability)
    }

    fn session(&self, tenant: &TenantName, name: &SessionName) -> Result<Option<SessionRecord>, StoreError> {
        self.inner.session(tenant, name)
    }

    fn sessions(
        &self,
        tenant: &TenantName,
        prefix: &str,
        after: Option<&SessionName>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        self.inner.sessions(tenant, prefix, after, limit)
    }

    fn all_sessions(
        &self,
        after: Option<(&TenantName, &SessionName)>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        self.inner.all_sessions(after, limit)
    }

    fn session_count(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        self.inner.session_count(tenant)
    }

    fn events(&self, id: SessionId, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.inner.events(id, after, limit)
    }

    fn events_before(&self, id: SessionId, before: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.inner.events_before(id, before, limit)
    }

    fn last_event(&self, id: SessionId) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.inner.last_event(id)
    }

    fn event(&self, id: SessionId, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.event(id, number)
    }

    fn branch(&self, id: SessionId, at_most: u64) -> Result<Option<(u64, u64)>, StoreError> {
        self.inner.branch(id, at_most)
    }

    fn key(&self, id: SessionId, hash: u64) -> Result<Option<u64>, StoreError> {
        self.inner.key(id, hash)
    }

    fn values(&self, id: SessionId, kind: ValueKind) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.values(id, kind)
    }

    fn guests_in_use(&self) -> Result<GuestUse, StoreError> {
        self.inner.guests_in_use()
    }

    fn usage(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        self.inner.usage(tenant)
    }

    fn snapshot(&self, key: SnapshotKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.snapshot(key)
    }

    fn stored_bytes(&self, id: SessionId) -> Result<StoredBytes, StoreError> {
        self.inner.stored_bytes(id)
    }

    fn sync(&self) -> Result<(), StoreError> {
        self.inner.sync()
    }

    fn disk_bytes(&self) -> u64 {
        self.inner.disk_bytes()
    }
}
