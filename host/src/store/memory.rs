//! The store as plain maps: what the embedded one must behave like, and enough for tests and benches.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Change, Durability, SessionRecord, Store, StoreError, StoredBytes};
use crate::name::{SessionId, SessionName, TenantName};

type Entries = BTreeMap<(SessionId, u64), Vec<u8>>;

/// Keeps sessions until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Maps>);

#[derive(Debug, Default)]
struct Maps {
    sessions: BTreeMap<(TenantName, SessionName), SessionRecord>,
    events: Entries,
    snapshots: Entries,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn maps(&self) -> MutexGuard<'_, Maps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Maps {
    fn apply(&mut self, change: &Change<'_>) {
        match *change {
            Change::PutSession(record) => {
                self.sessions.insert((record.tenant.clone(), record.name.clone()), record.clone());
            }
            Change::RemoveSession { tenant, name, id } => {
                self.sessions.remove(&(tenant.clone(), name.clone()));
                remove_through(&mut self.events, id, u64::MAX);
                remove_through(&mut self.snapshots, id, u64::MAX);
            }
            Change::AppendEvent { id, number, bytes } => {
                self.events.insert((id, number), bytes.to_vec());
            }
            Change::RemoveEventsThrough { id, number } => remove_through(&mut self.events, id, number),
            Change::PutSnapshot { id, event, bytes } => {
                self.snapshots.insert((id, event), bytes.to_vec());
            }
            Change::RemoveSnapshotsBefore { id, event } => {
                if let Some(last) = event.checked_sub(1) {
                    remove_through(&mut self.snapshots, id, last);
                }
            }
        }
    }
}

fn remove_through(entries: &mut Entries, id: SessionId, number: u64) {
    entries.extract_if((id, 0)..=(id, number), |_, _| true).for_each(drop);
}

fn newest(entries: &Entries, id: SessionId, at_most: u64) -> Option<(u64, Vec<u8>)> {
    entries.range((id, 0)..=(id, at_most)).next_back().map(|(&(_, number), bytes)| (number, bytes.clone()))
}

fn bytes_of(entries: &Entries, id: SessionId) -> u64 {
    entries.range((id, 0)..=(id, u64::MAX)).map(|(_, bytes)| bytes.len() as u64).sum()
}

impl Store for MemoryStore {
    fn commit(&self, changes: &[Change<'_>], _: Durability) -> Result<(), StoreError> {
        let mut maps = self.maps();
        changes.iter().for_each(|change| maps.apply(change));
        Ok(())
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

    fn session_count(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        Ok(self.maps().sessions.keys().filter(|(owner, _)| owner == tenant).count() as u64)
    }

    fn events(&self, id: SessionId, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let maps = self.maps();
        let entries = maps.events.range((Excluded((id, after)), Included((id, u64::MAX))));
        Ok(entries.take(limit).map(|(&(_, number), bytes)| (number, bytes.clone())).collect())
    }

    fn last_event(&self, id: SessionId) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        Ok(newest(&self.maps().events, id, u64::MAX))
    }

    fn snapshot(&self, id: SessionId, at_most: u64) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        Ok(newest(&self.maps().snapshots, id, at_most))
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
