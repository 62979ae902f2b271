//! What a history does in corners that users seldom see, each of which was wrong once.

use super::*;
use crate::store::{Change, SnapshotKey};

fn name(text: &str) -> SessionName {
    SessionName::new(text).unwrap()
}

fn keyed(key: &str) -> Execute {
    Execute { command: "count".into(), key: Some(key.into()), ..Execute::default() }
}

impl Fixture {
    async fn keyed(&self, session: &str, key: &str) -> Reply {
        self.manager.execute(&self.tenant, &name(session), keyed(key)).await.expect("it is answered")
    }

    async fn undo(&self, session: &str, count: u64) -> Result<JumpReport, SessionError> {
        self.manager.undo(&self.tenant, &name(session), count).await
    }

    async fn save(&self, session: &str) {
        self.manager.save(&self.tenant, &name(session)).await.expect("it is saved");
    }

    async fn fork(
        &self,
        session: &str,
        forks: &[&str],
        from: Option<u64>,
    ) -> Result<Vec<SessionMetadata>, SessionError> {
        let names = forks.iter().map(|fork| name(fork)).collect();
        let options = ForkOptions { names, from: from.map(Target::Event) };
        self.manager.fork(&self.tenant, &name(session), options).await
    }

    async fn metadata(&self, session: &str) -> SessionMetadata {
        self.manager.metadata(&self.tenant, &name(session), true).await.expect("it is there")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_are_undone_each_time_stay_within_the_bounds() {
    let host = Fixture::new(|config| {
        config.limits.history_events_max = 20;
        config.pool.live_sessions_max = 1;
    })
    .await;
    host.behave("a").await;
    for round in 0..100 {
        // Every third can't be replayed, and so has a snapshot of its own.
        host.output("a", if round % 3 == 0 { "grow 60000" } else { "count" }).await;
        host.save("a").await;
        host.undo("a", 1).await.unwrap();
    }
    host.output("a", "count").await;
    host.save("a").await;
    let record = host.manager.facts_of(&host.tenant, &name("a")).unwrap().record;
    assert!(record.journal.events <= 21, "{record:?}");
    assert!(record.snapshots.len() <= 21, "{}", record.snapshots.len());
    assert_eq!(host.output("a", "count").await, "2", "all but one were undone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_undone_each_time_and_never_saved_stays_within_the_bounds_too() {
    let host = Fixture::new(|config| config.limits.history_events_max = 20).await;
    host.behave("a").await;
    for _ in 0..100 {
        host.output("a", "count").await;
        host.undo("a", 1).await.unwrap();
        let record = host.manager.facts_of(&host.tenant, &name("a")).unwrap().record;
        assert!(record.journal.events <= 20, "{record:?}");
    }
    assert_eq!(host.output("a", "count").await, "1");
    let page = host.manager.events(&host.tenant, &name("a"), &EventQuery { limit: 99, ..EventQuery::default() }).await;
    assert!((10..=21).contains(&page.unwrap().events.len()), "no more goes than must");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_again_outlives_the_event_that_had_it_first() {
    let host = Fixture::new(|config| config.limits.history_events_max = 2).await;
    host.behave("a").await;
    host.keyed("a", "step").await;
    host.fork("a", &["b"], None).await.unwrap();
    assert_eq!(host.keyed("b", "step").await.event, 2, "keys belong to the session");
    host.save("b").await;
    host.output("b", "count").await;
    host.save("b").await;
    assert_eq!(host.metadata("b").await.first_event, 2, "the first event is gone");
    let again = host.keyed("b", "step").await;
    assert_eq!((again.event, again.replayed), (2, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn forks_that_fail_halfway_leave_nothing_but_what_somebody_uses_already() {
    let store = Arc::new(FaultyStore::new(MemoryStore::default()));
    let host = manager_on(store.clone(), |_| {}).await;
    host.behave("a").await;
    host.output("a", "count").await;
    store.fail_nth(3);
    let failed = host.fork("a", &["b", "c", "d"], None).await;
    assert!(matches!(failed, Err(SessionError::Store(_))), "{failed:?}");
    for fork in ["b", "c", "d"] {
        let found = host.manager.metadata(&host.tenant, &name(fork), false).await;
        assert!(matches!(found, Err(SessionError::NotFound(_))), "{fork}: {found:?}");
    }
    assert_eq!(host.fork("a", &["b", "c", "d"], None).await.unwrap().len(), 3);
    assert_eq!(host.output("c", "count").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn saves_at_once_leave_no_snapshot_without_its_bytes() {
    let store = Arc::new(MemoryStore::default());
    let host = Arc::new(manager_on(store.clone(), |_| {}).await);
    host.behave("a").await;
    host.output("a", "alloc 8000000").await;
    for _ in 0..10 {
        host.output("a", "count").await;
        let saver = host.clone();
        let saving = tokio::spawn(async move { saver.save("a").await });
        host.output("a", "count").await;
        host.save("a").await;
        host.output("a", "grow 60000").await;
        saving.await.unwrap();
        let record = host.manager.facts_of(&host.tenant, &name("a")).unwrap().record;
        for entry in &record.snapshots {
            let key = SnapshotKey { maker: record.id, event: entry.event };
            assert!(store.snapshot(key).unwrap().is_some(), "event {}: {record:?}", entry.event);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_keeps_what_its_history_builds_on() {
    let host = Fixture::new(|_| {}).await;
    host.behave("a").await;
    for _ in 0..1_100 {
        host.output("a", "count").await;
    }
    host.save("a").await;
    host.fork("a", &["b"], None).await.unwrap();
    let first = host.metadata("b").await.first_event;
    assert!(first > 1, "so many events don't come along");
    for _ in 0..3 {
        for _ in 0..10 {
            host.output("b", "count").await;
        }
        host.save("b").await;
    }
    assert_eq!(host.undo("b", 25).await.unwrap().event, 1_105);
    assert_eq!(host.output("b", "count").await, "1106");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_lost_its_beginning_can_t_be_forked_from_where_it_is_gone() {
    let host = Fixture::new(|config| config.limits.history_events_max = 12).await;
    host.behave("a").await;
    for _ in 0..10 {
        host.output("a", "count").await;
    }
    host.save("a").await;
    host.undo("a", 5).await.unwrap();
    for round in 0..4 {
        for _ in 0..5 {
            host.output("a", "count").await;
        }
        host.save("a").await;
        let first = host.metadata("a").await.first_event;
        for event in 0..=(15 + round * 5) {
            // Whatever can be forked works.
            let fork = format!("f-{round}-{event}");
            match host.fork("a", &[&fork], Some(event)).await {
                Ok(_) => assert!(host.run(&fork, "count").await.is_ok(), "{fork}, from {first}"),
                Err(SessionError::NoSuchEvent { .. } | SessionError::Unreachable { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_goes_back_to_where_the_history_begins_and_says_how_far_that_is() {
    let host = Fixture::new(|config| config.limits.history_events_max = 5).await;
    host.behave("a").await;
    for _ in 0..10 {
        host.output("a", "count").await;
        host.save("a").await;
    }
    let first = host.metadata("a").await.first_event;
    assert!(first > 1);
    let Err(SessionError::NothingThere { possible, .. }) = host.undo("a", 100).await else {
        panic!("so many are gone")
    };
    let report = host.undo("a", possible).await.unwrap();
    assert!(report.event + 1 >= first, "{report:?}");
    assert_eq!(host.output("a", "count").await, (report.event + 1).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_can_be_interrupted() {
    let store = Arc::new(MemoryStore::default());
    let host = manager_on(store.clone(), |config| config.limits.command_timeout = Duration::from_secs(20)).await;
    host.output("a", "(define (f n) (if (= n 0) 0 (f (- n 1))))").await;
    for _ in 0..3 {
        host.output("a", "(f 300000)").await;
    }
    // Nothing was saved; another host has to do all of it again.
    let id = host.metadata("a").await.id;
    store.commit(&[Change::KeepSnapshots { id, events: &[] }], Default::default()).unwrap();
    let host = Arc::new(manager_on(store, |config| config.limits.command_timeout = Duration::from_secs(60)).await);
    let spinning = host.spawn("a", "(let loop () (loop))");
    // It meets the replay, or what comes after it.
    host.interrupt("a").await;
    let done = spinning.await.unwrap();
    assert!(matches!(done, Err(SessionError::Interrupted)), "{done:?}");
    assert_eq!(host.output("a", "(f 2)").await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_an_event_does_not_make_the_session_that_has_none() {
    let host = Fixture::new(|_| {}).await;
    let execute = Execute { command: "1".into(), if_event: Some(5), ..Execute::default() };
    let refused = host.manager.execute(&host.tenant, &name("a"), execute).await;
    assert!(matches!(refused, Err(SessionError::MovedOn { expected: 5, event: 0 })), "{refused:?}");
    let found = host.manager.metadata(&host.tenant, &name("a"), false).await;
    assert!(matches!(found, Err(SessionError::NotFound(_))), "{found:?}");
}
