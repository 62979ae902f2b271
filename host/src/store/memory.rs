//! The store as plain maps: what the embedded one must behave like, and enough for tests and benches.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Change, Durability, GuestUse, SessionRecord, SnapshotKey, Store, StoreError, StoredBytes, ValueKind};
use crate::name::{SessionId, SessionName, TenantName};

type Entries<T> = BTreeMap<(SessionId, u64), T>;

/// Keeps sessions until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Maps>);

#[derive(Debug, Default, Clone)]
struct Maps {
    sessions: BTreeMap<(TenantName, SessionName), SessionRecord>,
    events: Entries<Arc<[u8]>>,
    branches: Entries<u64>,
    keys: Entries<u64>,
    values: Entries<Arc<[u8]>>,
    snapshots: Entries<Arc<[u8]>>,
    /// All holders of each snapshot, or none where nobody but its maker ever held it.
    shares: BTreeSet<(SnapshotKey, SessionId)>,
    usage: BTreeMap<TenantName, u64>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another store that holds the same.
    pub(super) fn copy(&self) -> Self {
        Self(Mutex::new(self.maps().clone()))
    }

    fn maps(&self) -> MutexGuard<'_, Maps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Maps {
    fn apply(&mut self, change: &Change<'_>) -> Result<(), StoreError> {
        match *change {
            Change::PutSession(record) => {
                self.sessions.insert((record.tenant.clone(), record.name.clone()), record.clone());
            }
            Change::PutUsage { tenant, bytes } => {
                self.usage.insert(tenant.clone(), bytes);
            }
            Change::RemoveSession { tenant, name, id } => {
                self.sessions.remove(&(tenant.clone(), name.clone()));
                self.remove_events_through(id, u64::MAX);
                remove_through(&mut self.keys, id, u64::MAX);
                remove_through(&mut self.values, id, u64::MAX);
                self.keep_snapshots(id, &[]);
            }
            Change::AppendEvent { id, number, bytes } => {
                self.events.insert((id, number), bytes.into());
            }
            Change::PutBranch { id, first, parent } => {
                self.branches.insert((id, first), parent);
            }
            Change::RemoveEventsThrough { id, number } => self.remove_events_through(id, number),
            Change::PutKey { id, hash, event } => {
                self.keys.insert((id, hash), event);
            }
            Change::RemoveKey { id, hash } => {
                self.keys.remove(&(id, hash));
            }
            Change::PutValues { id, kind, bytes: [] } => {
                self.values.remove(&(id, kind as u64));
            }
            Change::PutValues { id, kind, bytes } => {
                self.values.insert((id, kind as u64), bytes.into());
            }
            Change::PutSnapshot { id, event, bytes } => self.put_snapshot(SnapshotKey { maker: id, event }, bytes),
            Change::KeepSnapshots { id, events } => self.keep_snapshots(id, events),
            Change::ShareSnapshot { key, holder, with } => return self.share(key, holder, with),
            Change::ReleaseSnapshot { key, holder } => self.let_go(key, holder),
        }
        Ok(())
    }

    fn remove_events_through(&mut self, id: SessionId, number: u64) {
        remove_through(&mut self.events, id, number);
        remove_through(&mut self.branches, id, number);
    }

    fn put_snapshot(&mut self, key: SnapshotKey, bytes: &[u8]) {
        self.snapshots.insert((key.maker, key.event), bytes.into());
        if self.is_shared(key) {
            self.shares.insert((key, key.maker));
        }
    }

    fn keep_snapshots(&mut self, id: SessionId, events: &[u64]) {
        let made = self.snapshots.range((id, 0)..=(id, u64::MAX)).map(|(&(_, event), _)| event);
        let others: Vec<_> = made.filter(|event| !events.contains(event)).collect();
        others.into_iter().for_each(|event| self.let_go(SnapshotKey { maker: id, event }, id));
    }

    fn share(&mut self, key: SnapshotKey, holder: SessionId, with: SessionId) -> Result<(), StoreError> {
        if !self.holds(key, holder) {
            return Err(StoreError::Write("a session can't share a snapshot that it doesn't hold".into()));
        }
        self.shares.extend([(key, holder), (key, with)]);
        Ok(())
    }

    fn let_go(&mut self, key: SnapshotKey, holder: SessionId) {
        let held = self.holds(key, holder);
        self.shares.remove(&(key, holder));
        if held && !self.is_shared(key) {
            self.snapshots.remove(&(key.maker, key.event));
        }
    }

    fn holds(&self, key: SnapshotKey, session: SessionId) -> bool {
        let alone = session == key.maker && self.snapshots.contains_key(&(key.maker, key.event));
        self.shares.contains(&(key, session)) || (alone && !self.is_shared(key))
    }

    fn is_shared(&self, key: SnapshotKey) -> bool {
        let (first, last) = (SessionId::from_bytes([0; 16]), SessionId::from_bytes([0xff; 16]));
        self.shares.range((key, first)..=(key, last)).next().is_some()
    }
}

fn remove_through<T>(entries: &mut Entries<T>, id: SessionId, number: u64) {
    entries.extract_if((id, 0)..=(id, number), |_, _| true).for_each(drop);
}

fn newest<T>(entries: &Entries<T>, id: SessionId, at_most: u64) -> Option<(u64, &T)> {
    entries.range((id, 0)..=(id, at_most)).next_back().map(|(&(_, number), value)| (number, value))
}

fn bytes_of(entries: &Entries<Arc<[u8]>>, id: SessionId) -> u64 {
    entries.range((id, 0)..=(id, u64::MAX)).map(|(_, bytes)| bytes.len() as u64).sum()
}

impl Store for MemoryStore {
    fn commit(&self, changes: &[Change<'_>], _: Durability) -> Result<(), StoreError> {
        let mut maps = self.maps();
        // Only this can be refused.
        let may_fail = changes.iter().any(|change| matches!(change, Change::ShareSnapshot { .. }));
        let before = may_fail.then(|| maps.clone());
        let applied = changes.iter().try_for_each(|change| maps.apply(change));
        if let (Err(_), Some(before)) = (&applied, before) {
            *maps = before;
        }
        applied
    }

    fn session(&self, tenant: &TenantName, name: &SessionName) -> Result<Option<SessionRecord>, StoreError> {
        Ok(self.maps().sessions.get(&(tenant.clone(), name.clone())).cloned())
    }

    fn sessions(
        &self,
        tenant: &TenantName,
        prefix: &str,
        after: Option<&SessionName>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let maps = self.maps();
        let wanted = |record: &&SessionRecord| {
            let name = &record.name;
            record.tenant == *tenant && name.as_str().starts_with(prefix) && after.is_none_or(|after| name > after)
        };
        Ok(maps.sessions.values().filter(wanted).take(limit).cloned().collect())
    }

    fn all_sessions(
        &self,
        after: Option<(&TenantName, &SessionName)>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let maps = self.maps();
        let wanted = |record: &&SessionRecord| after.is_none_or(|after| (&record.tenant, &record.name) > after);
        Ok(maps.sessions.values().filter(wanted).take(limit).cloned().collect())
    }

    fn session_count(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        Ok(self.maps().sessions.keys().filter(|(owner, _)| owner == tenant).count() as u64)
    }

    fn events(&self, id: SessionId, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let maps = self.maps();
        let entries = maps.events.range((Excluded((id, after)), Included((id, u64::MAX))));
        Ok(entries.take(limit).map(|(&(_, number), bytes)| (number, bytes.to_vec())).collect())
    }

    fn events_before(&self, id: SessionId, before: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let maps = self.maps();
        let entries = maps.events.range((id, 0)..(id, before)).rev();
        Ok(entries.take(limit).map(|(&(_, number), bytes)| (number, bytes.to_vec())).collect())
    }

    fn last_event(&self, id: SessionId) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        Ok(newest(&self.maps().events, id, u64::MAX).map(|(number, bytes)| (number, bytes.to_vec())))
    }

    fn event(&self, id: SessionId, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.maps().events.get(&(id, number)).map(|bytes| bytes.to_vec()))
    }

    fn branch(&self, id: SessionId, at_most: u64) -> Result<Option<(u64, u64)>, StoreError> {
        Ok(newest(&self.maps().branches, id, at_most).map(|(first, &parent)| (first, parent)))
    }

    fn key(&self, id: SessionId, hash: u64) -> Result<Option<u64>, StoreError> {
        Ok(self.maps().keys.get(&(id, hash)).copied())
    }

    fn guests_in_use(&self) -> Result<GuestUse, StoreError> {
        let mut used = GuestUse::new();
        for record in self.maps().sessions.values() {
            for guest in record.needed_guests() {
                *used.entry(guest).or_default().entry(record.tenant.clone()).or_default() += 1;
            }
        }
        Ok(used)
    }

    fn usage(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        Ok(self.maps().usage.get(tenant).copied().unwrap_or(0))
    }

    fn values(&self, id: SessionId, kind: ValueKind) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.maps().values.get(&(id, kind as u64)).map(|bytes| bytes.to_vec()))
    }

    fn snapshot(&self, key: SnapshotKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.maps().snapshots.get(&(key.maker, key.event)).map(|bytes| bytes.to_vec()))
    }

    fn stored_bytes(&self, id: SessionId) -> Result<StoredBytes, StoreError> {
        let maps = self.maps();
        Ok(StoredBytes { snapshots: bytes_of(&maps.snapshots, id), journal: bytes_of(&maps.events, id) })
    }

    fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn disk_bytes(&self) -> u64 {
        0
    }
}
