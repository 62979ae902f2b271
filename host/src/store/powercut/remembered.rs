//! Changes that own what they say.

use crate::name::{SessionId, SessionName, TenantName};
use crate::store::{Change, Durability, MemoryStore, SessionRecord, Store, ValueKind};

/// A change as it was committed.
#[derive(Debug)]
pub(super) enum Remembered {
    Session(Box<SessionRecord>),
    Usage(TenantName, u64),
    NoSession(TenantName, SessionName, SessionId),
    Event(SessionId, u64, Vec<u8>),
    Snapshot(SessionId, u64, Vec<u8>),
    Kept(SessionId, Vec<u64>),
    Values(SessionId, ValueKind, Vec<u8>),
    /// One that borrows nothing.
    Plain(Change<'static>),
}

/// Commits it again.
pub(super) fn apply(commit: &[Remembered], store: &MemoryStore) {
    let changes: Vec<_> = commit.iter().map(Change::from).collect();
    store.commit(&changes, Durability::Power).expect("what was committed once can be committed after the same commits");
}

impl From<&Change<'_>> for Remembered {
    fn from(change: &Change<'_>) -> Self {
        match *change {
            Change::PutSession(record) => Self::Session(Box::new(record.clone())),
            Change::PutUsage { tenant, bytes } => Self::Usage(tenant.clone(), bytes),
            Change::RemoveSession { tenant, name, id } => Self::NoSession(tenant.clone(), name.clone(), id),
            Change::AppendEvent { id, number, bytes } => Self::Event(id, number, bytes.to_vec()),
            Change::PutSnapshot { id, event, bytes } => Self::Snapshot(id, event, bytes.to_vec()),
            Change::KeepSnapshots { id, events } => Self::Kept(id, events.to_vec()),
            Change::PutValues { id, kind, bytes } => Self::Values(id, kind, bytes.to_vec()),
            Change::PutBranch { id, first, parent } => Self::Plain(Change::PutBranch { id, first, parent }),
            Change::RemoveEventsThrough { id, number } => Self::Plain(Change::RemoveEventsThrough { id, number }),
            Change::PutKey { id, hash, event } => Self::Plain(Change::PutKey { id, hash, event }),
            Change::RemoveKey { id, hash } => Self::Plain(Change::RemoveKey { id, hash }),
            Change::ShareSnapshot { key, holder, with } => Self::Plain(Change::ShareSnapshot { key, holder, with }),
            Change::ReleaseSnapshot { key, holder } => Self::Plain(Change::ReleaseSnapshot { key, holder }),
        }
    }
}

impl<'a> From<&'a Remembered> for Change<'a> {
    fn from(change: &'a Remembered) -> Self {
        match change {
            Remembered::Session(record) => Change::PutSession(record),
            Remembered::Usage(tenant, bytes) => Change::PutUsage { tenant, bytes: *bytes },
            Remembered::NoSession(tenant, name, id) => Change::RemoveSession { tenant, name, id: *id },
            Remembered::Event(id, number, bytes) => Change::AppendEvent { id: *id, number: *number, bytes },
            Remembered::Snapshot(id, event, bytes) => Change::PutSnapshot { id: *id, event: *event, bytes },
            Remembered::Kept(id, events) => Change::KeepSnapshots { id: *id, events },
            Remembered::Values(id, kind, bytes) => Change::PutValues { id: *id, kind: *kind, bytes },
            Remembered::Plain(change) => change.clone(),
        }
    }
}
