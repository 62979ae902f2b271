//! What every store must do, run on each; the embedded one against the model; and what it survives.

/// Runs each function on a fresh store of each kind.
macro_rules! on_every_store {
    ($($test:ident),* $(,)?) => {
        mod in_memory {
            $(#[test] fn $test() { super::$test(&crate::store::MemoryStore::new()); })*
        }
        mod embedded {
            $(#[test] fn $test() {
                let folder = tempfile::tempdir().expect("a folder");
                super::$test(&super::open(folder.path()));
            })*
        }
        mod behind_a_fault_that_never_comes {
            $(#[test] fn $test() { super::$test(&crate::store::FaultyStore::new(crate::store::MemoryStore::new())); })*
        }
        mod with_power {
            $(#[test] fn $test() { super::$test(&crate::store::PowerCutStore::new()); })*
        }
    };
}

mod crash;
mod model;
mod snapshots;
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
        guests: Vec::new(),
        created_ms: 1_790_000_000_000,
        last_accessed_ms: 1_790_000_000_001,
        event: 0,
        last_event: 0,
        first_event: 1,
        journal: JournalSize::default(),
        tip: 0,
        branched: false,
        keyed: false,
        snapshots: Vec::new(),
        checkpoints: Vec::new(),
        values_bytes: 0,
        counted_bytes: 0,
        origin: None,
        memory_bytes: 2 << 20,
        limits: LimitOverrides::default(),
        durability: None,
        functions: None,
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

fn put_snapshot(store: &impl Store, id: SessionId, event: u64) {
    commit(store, &[Change::PutSnapshot { id, event, bytes: b"pages" }]);
}

fn keep(store: &impl Store, id: SessionId, events: &[u64]) {
    commit(store, &[Change::KeepSnapshots { id, events }]);
}

fn has_snapshot(store: &impl Store, maker: SessionId, event: u64) -> bool {
    store.snapshot(SnapshotKey { maker, event }).expect("readable").is_some()
}

fn event_numbers(store: &impl Store, id: SessionId) -> Vec<u64> {
    store.events(id, 0, usize::MAX).expect("readable").into_iter().map(|(number, _)| number).collect()
}

/// The events under ten that a session has snapshots of.
fn snapshots(store: &impl Store, maker: SessionId) -> Vec<u64> {
    (0..10).filter(|&event| has_snapshot(store, maker, event)).collect()
}
