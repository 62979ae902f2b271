//! What is left after the store fails, or the power goes, at any moment of a workload.

use super::*;
use crate::store::{Durability, PowerCutStore};

/// What the workload was told: for each session, the value of its counter after each event that was acknowledged.
#[derive(Debug, Default)]
struct Told {
    counts: std::collections::BTreeMap<&'static str, Vec<u64>>,
    /// Forks that were acknowledged, and the counter that they began with.
    forks: Vec<(String, u64)>,
}

impl Told {
    fn last(&self, session: &str) -> u64 {
        self.counts.get(session).and_then(|counts| counts.last()).copied().unwrap_or(0)
    }
}

const SESSIONS: [&str; 3] = ["a", "b", "c"];

/// Counts in three sessions, of which two may be live; saves, goes back, makes checkpoints and forks. What fails is passed
/// over, as by a client that goes on.
async fn workload(host: &Fixture) -> Told {
    let mut told = Told::default();
    for round in 0..6_u64 {
        for session in SESSIONS {
            let options = CreateOptions { guest: Some(GuestRef::parse("behave").unwrap()), ..CreateOptions::default() };
            let name = SessionName::new(session).unwrap();
            if host.manager.create(&host.tenant, &name, options).await.is_err() {
                continue;
            }
            if let Ok(reply) = host.run(session, "count").await {
                let count = reply.output.parse().expect("a number");
                assert_eq!(count, told.last(session) + 1, "a command that failed has left something in {session}");
                told.counts.entry(session).or_default().push(count);
            }
            match round {
                1 => drop(host.manager.save(&host.tenant, &name).await),
                2 => drop(host.manager.checkpoint(&host.tenant, &name, &CheckpointName::new("c").unwrap()).await),
                3 => {
                    let child = format!("{session}-fork");
                    let names = vec![SessionName::new(&child).unwrap()];
                    let options = ForkOptions { names, from: None };
                    if host.manager.fork(&host.tenant, &name, options).await.is_ok() {
                        told.forks.push((child, told.last(session)));
                    }
                }
                4 => {
                    let back = host.manager.undo(&host.tenant, &name, 1).await.is_ok();
                    if back {
                        let counts = told.counts.get_mut(session).expect("there was something to undo");
                        counts.push(counts.last().copied().unwrap_or(1) - 1);
                    }
                }
                _ => {}
            }
        }
    }
    told
}

/// More commits than there will be.
const NEVER: u64 = 1 << 40;

async fn open(store: Arc<dyn Store>, durability: Durability) -> Fixture {
    let settings = |config: &mut Config| {
        config.pool.live_sessions_max = 2;
        config.durability = durability;
    };
    manager_on(store, settings).await
}

async fn commits_of_the_workload(durability: Durability) -> u64 {
    let store = Arc::new(PowerCutStore::new());
    let host = open(store.clone(), durability).await;
    let told = workload(&host).await;
    assert!(SESSIONS.iter().all(|session| told.last(session) == 5), "{told:?}");
    assert_eq!(told.forks.len(), 3);
    store.commits()
}

/// The session counts on from where it was: its counter tells its state.
async fn counts_on(host: &Fixture, session: &str) -> Option<u64> {
    let name = SessionName::new(session).unwrap();
    host.manager.metadata(&host.tenant, &name, false).await.ok()?;
    let reply = host.run(session, "count").await.expect("a session that is there works");
    reply.output.parse::<u64>().ok().map(|count| count - 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_at_any_commit_loses_nothing_acknowledged() {
    let commits = commits_of_the_workload(Durability::Process).await;
    for failing in 1..=commits {
        let store = Arc::new(PowerCutStore::new());
        store.fail_nth(failing);
        let host = open(store.clone(), Durability::Process).await;
        let told = workload(&host).await;
        drop(host);
        // A busy machine may have saved less in the background, so that the commit to fail has not come.
        store.fail_nth(NEVER);
        let host = open(store, Durability::Process).await;
        for session in SESSIONS {
            assert_eq!(counts_on(&host, session).await.unwrap_or(0), told.last(session), "commit {failing}, {session}");
        }
        for (fork, count) in &told.forks {
            assert_eq!(counts_on(&host, fork).await, Some(*count), "commit {failing}, {fork}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_at_any_commit_loses_nothing_acknowledged_in_power_durability() {
    let commits = commits_of_the_workload(Durability::Power).await;
    for cut in 1..=commits {
        let store = Arc::new(PowerCutStore::new());
        store.cut_nth(cut);
        let host = open(store.clone(), Durability::Power).await;
        let told = workload(&host).await;
        drop(host);
        let unsynced = store.unsynced();
        for kept in [0, unsynced] {
            let host = open(Arc::new(store.after_cut(kept)), Durability::Power).await;
            let mut in_flight = 0;
            for session in SESSIONS {
                let (found, last) = (counts_on(&host, session).await.unwrap_or(0), told.last(session));
                in_flight += found.abs_diff(last);
            }
            // What met the cut was told to have failed, and may be there all the same.
            assert!(in_flight <= u64::from(kept > 0), "cut at {cut}, {kept} of {unsynced} kept: {told:?}");
            for (fork, count) in &told.forks {
                assert_eq!(counts_on(&host, fork).await, Some(*count), "cut at {cut}, {fork}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_power_cut_at_any_commit_no_session_is_silently_wrong() {
    let commits = commits_of_the_workload(Durability::Process).await;
    for cut in (1..=commits).rev().step_by(3) {
        let store = Arc::new(PowerCutStore::new());
        store.cut_nth(cut);
        let host = open(store.clone(), Durability::Process).await;
        let told = workload(&host).await;
        drop(host);
        let unsynced = store.unsynced();
        for kept in [0, unsynced / 3, unsynced / 2, unsynced] {
            let host = open(Arc::new(store.after_cut(kept)), Durability::Process).await;
            for session in SESSIONS {
                // It may have been set back, to a state that it had, and which its history tells of.
                let name = SessionName::new(session).unwrap();
                let Ok(metadata) = host.manager.metadata(&host.tenant, &name, false).await else { continue };
                let found = counts_on(&host, session).await.unwrap_or(0);
                let mut had = told.counts.get(session).cloned().unwrap_or_default();
                // What met the cut was told to have failed, and may be there all the same.
                had.extend([told.last(session) + 1, told.last(session).saturating_sub(1)]);
                assert!(
                    found == 0 || had.contains(&found),
                    "cut at {cut}, {kept} kept: {session} counts {found}, {had:?}"
                );
                let expected = metadata.event.min(5);
                assert_eq!(found, expected, "cut at {cut}, {kept} kept: {session} at {}", metadata.event);
            }
        }
    }
}
