//! What is removed does not stay on the disk.

use std::time::{Duration, Instant};

use super::*;

/// Written in all by each test.
const TOTAL_BYTES: u64 = 300 << 20;
/// Much more time than the engine needs to get round to it: a second, on a machine that does nothing else.
const PATIENCE: Duration = Duration::from_secs(120);
/// What may stay of it: the engine's buffers, and what is not worth the work.
const LEFT_BYTES: u64 = 60 << 20;

/// Bytes that don't compress, `length` of them from a pool at another place for each `seed`.
struct Noise(Vec<u8>);

impl Noise {
    fn new() -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        Self((0..1 << 17).flat_map(next).collect())
    }

    fn bytes(&self, seed: u64, length: usize) -> &[u8] {
        let at = usize::try_from(seed * 7_919).expect("small") % (self.0.len() - length);
        &self.0[at..at + length]
    }
}

fn session(at: u64) -> SessionId {
    SessionId::from_bytes(u128::from(at).to_le_bytes())
}

fn commit(store: &FjallStore, changes: &[Change<'_>]) {
    store.commit(changes, Durability::Process).expect("the commit succeeds");
}

/// Commits until little is left, beside the engine's journals, which don't grow with what is stored.
fn comes_down(store: &FjallStore, mut commit: impl FnMut(u64)) {
    let taken = || {
        let journals = store.engine.db.journal_disk_space().expect("it can be told");
        store.disk_bytes().saturating_sub(journals)
    };
    let (begun, mut extra) = (Instant::now(), 0..);
    while taken() >= LEFT_BYTES {
        assert!(begun.elapsed() < PATIENCE, "it still takes {} bytes", taken());
        extra.by_ref().take(10).for_each(&mut commit);
        store.sync().expect("synced");
    }
}

fn idle(store: &FjallStore) -> impl Fn(u64) {
    move |at| commit(store, &[Change::PutKey { id: ID, hash: at, event: 1 }])
}

#[test]
fn events_that_newer_ones_push_out_leave_the_disk() {
    const BYTES: usize = 32 << 10;
    const KEPT: u64 = (8 << 20) / BYTES as u64;
    let folder = tempfile::tempdir().expect("a folder");
    let (store, noise) = (open(&folder), Noise::new());
    let put = |number: u64| {
        let append = Change::AppendEvent { id: ID, number, bytes: noise.bytes(number, BYTES) };
        commit(&store, &[append, Change::RemoveEventsThrough { id: ID, number: number.saturating_sub(KEPT) }]);
    };
    let last = TOTAL_BYTES / BYTES as u64;
    (1..=last).for_each(put);
    comes_down(&store, |extra| put(last + 1 + extra));
}

#[test]
fn events_of_removed_sessions_leave_the_disk_though_nothing_comes_after_them() {
    const BYTES: usize = 32 << 10;
    const EACH: u64 = 100;
    let folder = tempfile::tempdir().expect("a folder");
    let (store, noise) = (open(&folder), Noise::new());
    let count = TOTAL_BYTES / BYTES as u64;
    for at in 0..count {
        let (id, number, bytes) = (session(at / EACH), at % EACH + 1, noise.bytes(at, BYTES));
        commit(&store, &[Change::AppendEvent { id, number, bytes }]);
    }
    let gone = record("x");
    for id in (0..=count / EACH).map(session) {
        commit(&store, &[Change::RemoveSession { tenant: &gone.tenant, name: &gone.name, id }]);
    }
    comes_down(&store, idle(&store));
}

#[test]
fn shared_snapshots_leave_the_disk_when_their_last_holder_lets_go() {
    const BYTES: usize = 512 << 10;
    const EACH: u64 = 10;
    let folder = tempfile::tempdir().expect("a folder");
    let (store, noise) = (open(&folder), Noise::new());
    let count = TOTAL_BYTES / BYTES as u64;
    let all = || (0..count).map(|at| SnapshotKey { maker: session(at / EACH), event: at % EACH });
    for (at, key) in (0..).zip(all()) {
        let put = Change::PutSnapshot { id: key.maker, event: key.event, bytes: noise.bytes(at, BYTES) };
        commit(&store, &[put, Change::ShareSnapshot { key, holder: key.maker, with: ID }]);
    }
    (0..=count / EACH).for_each(|at| commit(&store, &[Change::KeepSnapshots { id: session(at), events: &[] }]));
    let stored = |at| store.stored_bytes(session(at)).expect("readable").snapshots;
    assert_eq!((0..=count / EACH).map(stored).sum::<u64>(), count * BYTES as u64);
    all().for_each(|key| commit(&store, &[Change::ReleaseSnapshot { key, holder: ID }]));
    comes_down(&store, idle(&store));
    assert_eq!(store.engine.spaces.shares.iter().count(), 0);
}
