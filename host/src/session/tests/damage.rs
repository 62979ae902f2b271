//! Damaged snapshots and events: an older snapshot serves, a difference is told, and what can be read stays readable.

use super::*;
use crate::journal::{Event, OutcomeDigest};
use crate::name::SessionId;
use crate::session::turn::key_hash;
use crate::store::{Change, Durability, SnapshotKey};

/// A host on which `a` has counted to `count`, saved after each of `saves`, and is in the store only.
async fn stored(store: &Arc<MemoryStore>, count: u64, saves: &[u64]) -> SessionId {
    let host = manager_on(store.clone(), |_| {}).await;
    host.behave("a").await;
    for n in 1..=count {
        assert_eq!(host.output("a", "count").await, n.to_string());
        if saves.contains(&n) {
            host.manager.save(&host.tenant, &name()).await.unwrap();
        }
    }
    host.manager.metadata(&host.tenant, &name(), false).await.unwrap().id
}

fn name() -> SessionName {
    SessionName::new("a").unwrap()
}

fn damage(store: &MemoryStore, id: SessionId, event: u64) {
    let mut bytes = store.snapshot(SnapshotKey { maker: id, event }).unwrap().expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    store.commit(&[Change::PutSnapshot { id, event, bytes: &bytes }], Durability::Process).unwrap();
}

/// Writes an event anew, changed behind its checksum.
fn forge(store: &MemoryStore, id: SessionId, number: u64, change: impl FnOnce(&mut Event)) {
    let bytes = store.event(id, number).unwrap().expect("it is there");
    let mut event = Event::decode(&bytes).unwrap();
    change(&mut event);
    let bytes = event.encode().unwrap();
    store.commit(&[Change::AppendEvent { id, number, bytes: &bytes }], Durability::Process).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_damaged_snapshot_an_older_one_and_more_events_serve() {
    let store = Arc::new(MemoryStore::default());
    let id = stored(&store, 10, &[4, 8]).await;
    damage(&store, id, 8);
    let host = manager_on(store.clone(), |_| {}).await;
    assert_eq!(host.output("a", "count").await, "11");
    let metrics = host.manager.metrics.render(&crate::metrics::Gauges::default());
    assert!(metrics.contains("hostel_snapshots_damaged_total 1"), "it is reported");
    drop(host);
    // A sound one has taken its place.
    let host = manager_on(store.clone(), |_| {}).await;
    assert_eq!(host.output("a", "count").await, "12");
    let metrics = host.manager.metrics.render(&crate::metrics::Gauges::default());
    assert!(metrics.contains("hostel_snapshots_damaged_total 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sound_snapshot_all_events_serve() {
    let store = Arc::new(MemoryStore::default());
    let id = stored(&store, 10, &[4, 8]).await;
    damage(&store, id, 4);
    damage(&store, id, 8);
    let host = manager_on(store, |_| {}).await;
    assert_eq!(host.output("a", "count").await, "11");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_comes_to_something_else_is_told_and_the_session_can_go_back() {
    let store = Arc::new(MemoryStore::default());
    let id = stored(&store, 5, &[]).await;
    forge(&store, id, 4, |event| event.outcome = OutcomeDigest::from_bytes([7; 16]));
    let host = manager_on(store, |_| {}).await;
    for _ in 0..2 {
        let failed = host.run("a", "count").await;
        assert!(matches!(failed, Err(SessionError::Diverged { event: 4, .. })), "{failed:?}");
    }
    let query = EventQuery { limit: 10, ..EventQuery::default() };
    let page = host.manager.events(&host.tenant, &name(), &query).await.unwrap();
    assert_eq!(page.events.len(), 5, "its history is readable, and nothing was added");
    host.manager.jump(&host.tenant, &name(), Target::Event(3)).await.unwrap();
    assert_eq!(host.output("a", "count").await, "4");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_can_t_be_replayed_needs_its_snapshot() {
    let store = Arc::new(MemoryStore::default());
    let id = stored(&store, 3, &[]).await;
    let host = manager_on(store.clone(), |_| {}).await;
    assert_eq!(host.output("a", "grow 5000").await, "-1");
    assert_eq!(host.output("a", "count").await, "4");
    drop(host);
    damage(&store, id, 4);
    let host = manager_on(store, |_| {}).await;
    let failed = host.run("a", "count").await;
    assert!(matches!(failed, Err(SessionError::Unrestorable { .. })), "{failed:?}");
    host.manager.undo(&host.tenant, &name(), 2).await.unwrap();
    assert_eq!(host.output("a", "count").await, "4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_event_is_named_and_what_is_before_it_can_be_had() {
    let store = Arc::new(MemoryStore::default());
    let id = stored(&store, 5, &[]).await;
    store.commit(&[Change::AppendEvent { id, number: 4, bytes: b"rubbish" }], Durability::Process).unwrap();
    let host = manager_on(store, |_| {}).await;
    let failed = host.run("a", "count").await;
    let Err(SessionError::Unrestorable { reason, .. }) = failed else { panic!("{failed:?}") };
    assert!(reason.contains("event 4"), "{reason}");
    host.manager.jump(&host.tenant, &name(), Target::Event(3)).await.unwrap();
    assert_eq!(host.output("a", "count").await, "4");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_a_crash_left_behind_are_cleared_by_the_next_snapshot() {
    let store = Arc::new(MemoryStore::default());
    let id = stored(&store, 3, &[]).await;
    // Written beside the turns, and the host was killed before a record named it.
    store.commit(&[Change::PutSnapshot { id, event: 2, bytes: b"left behind" }], Durability::Process).unwrap();
    let host = manager_on(store.clone(), |_| {}).await;
    assert_eq!(host.output("a", "count").await, "4");
    host.manager.save(&host.tenant, &name()).await.unwrap();
    assert_eq!(store.snapshot(SnapshotKey { maker: id, event: 2 }).unwrap(), None);
    assert!(store.snapshot(SnapshotKey { maker: id, event: 4 }).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_long_history_leaves_behind_is_removed_with_its_keys() {
    let store = Arc::new(MemoryStore::default());
    let settings = |config: &mut Config| {
        config.limits.history_events_max = 20;
        config.pool.live_sessions_max = 1;
    };
    let host = manager_on(store.clone(), settings).await;
    host.behave("a").await;
    for n in 0..200 {
        let key = Some(format!("key-{n}").into());
        let execute = Execute { command: "count".into(), key, ..Execute::default() };
        host.manager.execute(&host.tenant, &name(), execute).await.unwrap();
        if n % 10 == 0 {
            host.output("other", "1").await;
        }
    }
    let metadata = host.manager.metadata(&host.tenant, &name(), true).await.unwrap();
    assert!(metadata.first_event > 150, "{metadata:?}");
    let events = store.events(metadata.id, 0, usize::MAX).unwrap();
    assert_eq!(events.first().map(|(number, _)| *number), Some(metadata.first_event));
    let known = |n: u64| store.key(metadata.id, key_hash(&format!("key-{n}"))).unwrap();
    assert_eq!((known(0), known(100), known(199)), (None, None, Some(200)));
    assert!(metadata.size_detail.expect("it was asked for").journal_bytes < 10_000, "{metadata:?}");
}
