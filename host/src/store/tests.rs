//! What every store must do, run on each; the embedded one against the model; and what it survives.

mod crash;
mod model;
mod suite;

use std::path::Path;

use super::*;
use crate::name::{Digest, GuestName};

fn tenant(text: &str) -> TenantName {
    TenantName::new(text).expect("a valid name")
}

fn name(text: &str) -> SessionName {
    SessionName::new(text).expect("a valid name")
}

fn id(byte: u8) -> SessionId {
    SessionId::from_bytes([byte; 16])
}

fn record(owner: &str, session: &str, id: SessionId) -> SessionRecord {
    SessionRecord {
        id,
        tenant: tenant(owner),
        name: name(session),
        guest: GuestPin { name: GuestName::new("omega").expect("a valid name"), digest: Digest::of(b"omega") },
        created_ms: 1_790_000_000_000,
        last_accessed_ms: 1_790_000_000_001,
        event_count: 0,
        checkpoint_count: 0,
        snapshot_event: None,
        snapshot_bytes: 0,
        memory_bytes: 2 << 20,
        limits: LimitOverrides::default(),
    }
}

fn open(directory: &Path) -> FjallStore {
    FjallStore::open(directory).expect("the store opens")
}

fn commit(store: &impl Store, changes: &[Change<'_>]) {
    store.commit(changes, Durability::Process).expect("the commit succeeds");
}

fn append(store: &impl Store, id: SessionId, number: u64, bytes: &[u8]) {
    commit(store, &[Change::AppendEvent { id, number, bytes }]);
}

fn event_numbers(store: &impl Store, id: SessionId) -> Vec<u64> {
    store.events(id, 0, usize::MAX).expect("readable").into_iter().map(|(number, _)| number).collect()
}
