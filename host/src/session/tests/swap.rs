//! Sessions that go on with another guest: `later` is `behave` in a version of which some commands end otherwise.

mod faults;

use super::*;
use crate::name::{Grants, GuestRef};
use crate::snapshot::PAGE_BYTES;
use crate::store::{Change, Durability, SnapshotKey};

fn name(text: &str) -> SessionName {
    SessionName::new(text).unwrap()
}

/// `behave` with other bytes in the place of some.
fn patched(from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = BEHAVE.to_vec();
    let places: Vec<_> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to));
    bytes
}

pub(super) fn later() -> Vec<u8> {
    patched(b"behave-version-number: 1", b"behave-version-number: 2")
}

pub(super) fn guest(text: &str) -> GuestRef {
    GuestRef::parse(text).unwrap()
}

pub(super) fn to(text: &str, how: SwapMethod) -> SwapOptions {
    SwapOptions { guest: guest(text), how, checkpoint: None, dry_run: false, turn: None }
}

pub(super) async fn register(host: &Fixture, text: &str, bytes: &[u8]) {
    host.manager
        .guests
        .register(&GuestName::new(text).unwrap(), bytes, AddedBy::Configuration)
        .await
        .expect("it is a guest");
}

/// A host on a store, with both versions.
pub(super) async fn with_later(store: Arc<dyn Store>, change: impl FnOnce(&mut Config)) -> Fixture {
    let host = manager_on(store, change).await;
    register(&host, "later", &later()).await;
    host
}

async fn new_host() -> Fixture {
    with_later(Arc::new(MemoryStore::default()), |config| config.pool.live_sessions_max = 1).await
}

impl Fixture {
    async fn swap(&self, session: &str, options: SwapOptions) -> Result<SwapReport, SessionError> {
        self.manager.swap(&self.tenant, &name(session), options).await
    }

    async fn transfer(&self, session: &str) -> SwapReport {
        self.swap(session, to("later", SwapMethod::Transfer)).await.expect("it is transferred")
    }

    async fn jump(&self, session: &str, event: u64) {
        self.manager.jump(&self.tenant, &name(session), Target::Event(event)).await.expect("it is there");
    }

    async fn guest(&self, session: &str) -> String {
        self.manager.metadata(&self.tenant, &name(session), false).await.unwrap().guest.to_string()
    }

    fn record(&self, session: &str) -> crate::store::SessionRecord {
        self.manager.facts_of(&self.tenant, &name(session)).unwrap().record
    }

    async fn counted(&self, session: &str, count: u64) {
        self.behave(session).await;
        for n in 1..=count {
            assert_eq!(self.output(session, "count").await, n.to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_takes_along_what_the_old_guest_saved() {
    let host = new_host().await;
    host.counted("a", 3).await;
    host.output("a", "set k v").await;
    let report = host.transfer("a").await;
    assert!(report.changed && report.carried.saved_bytes == Some("3\nk v\n".len() as u64), "{report:?}");
    assert_eq!((report.event, report.from.as_str(), report.guest.as_str()), (5, "behave", "later"));
    assert_eq!(report.checkpoint, Some(CheckpointName::new("before-5").unwrap()));
    assert_eq!(host.output("a", "version").await, "2");
    assert_eq!(host.output("a", "get k").await, "v");
    assert_eq!(host.output("a", "count").await, "4");
    assert_eq!(host.guest("a").await, "later");
    // The second time it is there already.
    let again = host.transfer("a").await;
    assert!(!again.changed && again.event == 8, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_tells_what_ends_otherwise_and_leaves_out_what_does_not_end() {
    let host = new_host().await;
    host.counted("a", 1).await;
    let commands = ["more-clocks", "fewer-clocks", "random", "value", "trap", "error", "spin", "value"];
    for how in commands {
        assert_eq!(host.output("a", &format!("differ {how}")).await, "same");
        host.output("a", "count").await;
    }
    let dry = SwapOptions { dry_run: true, ..to("later", SwapMethod::Replay) };
    let told = host.swap("a", dry).await.unwrap();
    assert_eq!((told.changed, told.event, told.carried.replayed), (false, 17, 17));
    assert_eq!((host.guest("a").await.as_str(), host.output("a", "count").await.as_str()), ("behave", "10"));
    assert!(host.record("a").checkpoints.is_empty());

    let report = host.swap("a", to("later", SwapMethod::Replay)).await.unwrap();
    assert_eq!((report.changed, report.event, report.carried.replayed), (true, 19, 18));
    assert_eq!((report.carried.differing, report.carried.skipped), (5, 2));
    let differences: Vec<_> =
        report.carried.differences.iter().map(|found| (found.event, found.now.as_deref())).collect();
    let expected = [(8, Some("other")), (10, None), (12, Some("no longer")), (14, None), (16, Some("other"))];
    assert_eq!(differences, expected);
    assert_eq!(report.carried.differences, [&told.carried.differences[..], &[]].concat());
    let trapped = &report.carried.differences[1];
    assert_eq!((trapped.command.as_str(), trapped.recorded.as_deref()), ("differ trap", Some("same")));
    assert!(trapped.skipped.as_ref().is_some_and(|why| why.contains("trap")), "{trapped:?}");
    assert_eq!(host.output("a", "count").await, "11");
    assert_eq!(host.output("a", "version").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_over_a_swap_brings_the_old_guest_back() {
    let store = Arc::new(MemoryStore::default());
    let host = with_later(store.clone(), |config| config.pool.live_sessions_max = 1).await;
    host.counted("a", 2).await;
    host.transfer("a").await;
    assert_eq!(host.output("a", "count").await, "3");
    let states = [(0, "1", "behave"), (1, "2", "behave"), (2, "3", "behave"), (3, "3", "later"), (4, "4", "later")];
    for (event, counts, guest) in states.into_iter().chain(states.into_iter().rev()) {
        // Each time from what is stored alone.
        let host = with_later(store.clone(), |_| {}).await;
        host.jump("a", event).await;
        assert_eq!(host.guest("a").await, guest, "at {event}");
        assert_eq!(host.output("a", "count").await, counts, "at {event}");
        assert_eq!(host.output("a", "version").await, if guest == "later" { "2" } else { "1" });
        host.manager.undo(&host.tenant, &name("a"), 2).await.unwrap();
        assert_eq!(host.record("a").event, event);
    }
    let host = with_later(store, |_| {}).await;
    host.jump("a", 4).await;
    host.manager.undo(&host.tenant, &name("a"), 2).await.unwrap();
    assert_eq!((host.guest("a").await.as_str(), host.record("a").event), ("behave", 2));
    host.manager.redo(&host.tenant, &name("a"), 2).await.unwrap();
    assert_eq!((host.guest("a").await.as_str(), host.record("a").event), ("later", 4));
    let checkpoint = Target::Checkpoint(CheckpointName::new("before-3").unwrap());
    host.manager.jump(&host.tenant, &name("a"), checkpoint).await.unwrap();
    assert_eq!(host.output("a", "version").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_swapped_there_and_back_and_again() {
    let host = new_host().await;
    host.counted("a", 1).await;
    for round in 0..5 {
        let (guest, version) = if round % 2 == 0 { ("later", "2") } else { ("behave", "1") };
        host.swap("a", to(guest, SwapMethod::Transfer)).await.unwrap();
        assert_eq!(host.output("a", "version").await, version);
        assert_eq!(host.output("a", "count").await, (round + 2).to_string());
    }
    assert_eq!(host.record("a").guests.len(), 2);
    for round in 0..5_u64 {
        host.jump("a", 2 + 3 * round).await;
        assert_eq!(host.output("a", "version").await, if round % 2 == 0 { "2" } else { "1" }, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_tells_of_a_swap_and_a_replay_passes_over_it() {
    let host = new_host().await;
    host.counted("a", 2).await;
    host.transfer("a").await;
    host.output("a", "count").await;
    let report = host.swap("a", to("behave", SwapMethod::Replay)).await.unwrap();
    assert_eq!((report.carried.replayed, report.carried.differing), (3, 0));
    assert_eq!(host.output("a", "count").await, "4");
    let query = EventQuery { limit: 10, outcome: Some(EventOutcome::Guest), ..EventQuery::default() };
    let page = host.manager.events(&host.tenant, &name("a"), &query).await.unwrap();
    let [one, other] = [BEHAVE, &later()].map(|bytes| crate::name::Digest::of(bytes).to_string()[..8].to_owned());
    let told: Vec<_> = page.events.iter().map(|event| (event.event, event.command.as_str())).collect();
    let there = format!("guest behave@{one} → later@{other}");
    let back = format!("guest later@{other} → behave@{one}");
    assert_eq!(told, [(3, there.as_str()), (5, back.as_str())]);
    let detail = host.manager.event(&host.tenant, &name("a"), 3).await.unwrap();
    assert!(!detail.replayable && detail.error.is_none(), "{detail:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_on_another_guest_asks_nobody_again() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| {
        config.functions = Grants::parse("kv.*").unwrap();
    })
    .await;
    host.behave("a").await;
    host.output("a", r#"call kv.put {"key":"k","value":1}"#).await;
    assert_eq!(host.output("a", r#"call kv.get {"key":"k"}"#).await, "1");
    assert_eq!(host.output("a", r#"call kv.delete {"key":"k"}"#).await, "true");
    let report = host.swap("a", to("later", SwapMethod::Replay)).await.unwrap();
    assert_eq!((report.carried.replayed, report.carried.differing), (3, 0));
    assert_eq!(host.output("a", r#"call kv.get {"key":"k"}"#).await, "null", "what the session keeps stays as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_at_its_beginning_is_swapped_too() {
    let host = new_host().await;
    for (session, how) in [("a", SwapMethod::Transfer), ("b", SwapMethod::Replay)] {
        host.behave(session).await;
        host.swap(session, to("later", how)).await.unwrap();
        assert_eq!(host.output(session, "version").await, "2");
        host.jump(session, 0).await;
        assert_eq!(host.output(session, "version").await, "1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forks_and_files_take_the_guests_of_their_states_along() {
    let host = new_host().await;
    host.counted("a", 2).await;
    host.transfer("a").await;
    host.output("a", "count").await;
    for (fork, from, version, counts) in [("old", 2, "1", "3"), ("new", 3, "2", "3"), ("now", 4, "2", "4")] {
        let options = ForkOptions { names: vec![name(fork)], from: Some(Target::Event(from)) };
        host.manager.fork(&host.tenant, &name("a"), options).await.unwrap();
        assert_eq!(host.output(fork, "version").await, version, "{fork}");
        assert_eq!(host.output(fork, "count").await, counts, "{fork}");
    }
    host.manager.undo(&host.tenant, &name("now"), 4).await.unwrap();
    assert_eq!(host.output("now", "version").await, "1", "a fork goes back over the swap, too");

    let file = host.manager.export(&host.tenant, &name("a")).await.unwrap();
    let other = new_host().await;
    other.manager.import(&other.tenant, &name("b"), file.clone().into()).await.unwrap();
    assert_eq!(other.output("b", "version").await, "2");
    other.jump("b", 1).await;
    assert_eq!((other.output("b", "version").await.as_str(), other.guest("b").await.as_str()), ("1", "behave"));
    let without = Fixture::new(|_| {}).await;
    let refused = without.manager.import(&without.tenant, &name("b"), file.into()).await;
    assert!(matches!(refused, Err(SessionError::GuestMissing { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_can_t_save_or_load_is_told_and_changes_nothing() {
    let host = new_host().await;
    host.counted("a", 1).await;
    let failures = [
        ("refuse-save", "behave can't save its state: for a reason"),
        ("trap-save", "behave did not save its state: the guest trapped"),
        ("spin-save", "behave did not save its state: time limit"),
        ("refuse-load", "later can't load its state: for a reason"),
        ("trap-load", "later did not load its state: the guest trapped"),
        ("spin-load", "later did not load its state: time limit"),
    ];
    for (spoiler, words) in failures {
        host.output("a", &format!("set {spoiler} for a reason")).await;
        let failed = host.swap("a", to("later", SwapMethod::Transfer)).await.expect_err("it is spoilt");
        assert!(matches!(failed, SessionError::SwapFailed { .. }), "{failed:?}");
        assert!(failed.to_string().contains(words), "{failed}");
        assert_eq!(failed.effect(), Effect::RolledBack);
        assert_eq!(host.output("a", &format!("get {spoiler}")).await, "for a reason");
        host.manager.undo(&host.tenant, &name("a"), 2).await.unwrap();
        assert_eq!((host.guest("a").await.as_str(), host.record("a").checkpoints.len()), ("behave", 0));
    }
    register(&host, "private", &patched(b"hostel:guest/state@0.1.0", b"hostel:guest/stats@0.1.0")).await;
    let refused = host.swap("a", to("private", SwapMethod::Transfer)).await;
    assert!(matches!(refused, Err(SessionError::NotPortable { .. })), "{refused:?}");
    let unknown = host.swap("a", to("nobody", SwapMethod::Transfer)).await;
    assert!(matches!(unknown, Err(SessionError::GuestUnknown { .. })), "{unknown:?}");
    assert!(host.swap("a", to("private", SwapMethod::Replay)).await.unwrap().changed);
    assert_eq!(host.output("a", "count").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_not_whole_is_not_replayed() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| config.limits.history_events_max = 5).await;
    host.counted("pruned", 4).await;
    host.manager.save(&host.tenant, &name("pruned")).await.unwrap();
    for _ in 0..20 {
        host.output("pruned", "count").await;
        host.manager.save(&host.tenant, &name("pruned")).await.unwrap();
    }
    assert!(host.record("pruned").first_event > 1);
    host.counted("final", 1).await;
    host.output("final", "grow 60000").await;
    for (session, words) in [("pruned", "its oldest event is"), ("final", "event 2 did can't be done again")] {
        let refused = host.swap(session, to("later", SwapMethod::Replay)).await.expect_err("it is not whole");
        assert!(matches!(refused, SessionError::HistoryIncomplete { .. }), "{refused:?}");
        let told = refused.to_string();
        assert!(told.contains(words) && told.ends_with("change the guest with `transfer`"), "{told}");
        assert_eq!(host.guest(session).await, "behave");
        host.transfer(session).await;
    }
    assert_eq!(host.output("pruned", "count").await, "25");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_waits_for_the_command_that_runs_and_those_behind_it_run_on_the_new_guest() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| {
        config.limits.command_timeout = Duration::from_secs(20);
        config.pool.live_sessions_max = 1;
    });
    let host = Arc::new(host.await);
    host.counted("a", 1).await;
    let spinner = host.spawn("a", "spin");
    host.until_leased(1).await;
    let swap = {
        let host = host.clone();
        tokio::spawn(async move { host.swap("a", to("later", SwapMethod::Transfer)).await })
    };
    let waiting = |host: &Fixture| host.manager.sessions.peek(&host.tenant, &name("a"), |session| session.waiting());
    while waiting(&host) != Some(1) {
        tokio::task::yield_now().await;
    }
    let behind = host.spawn("a", "version");
    while waiting(&host) != Some(2) {
        tokio::task::yield_now().await;
    }
    host.interrupt("a").await;
    assert!(matches!(spinner.await.unwrap(), Err(SessionError::Interrupted)));
    assert!(swap.await.unwrap().unwrap().changed);
    assert_eq!(behind.await.unwrap().unwrap().output, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_on_another_guest_can_be_interrupted() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| {
        config.limits.command_timeout = Duration::from_secs(60);
    });
    let host = Arc::new(host.await);
    host.counted("a", 1).await;
    host.output("a", "differ spin").await;
    let swap = {
        let host = host.clone();
        tokio::spawn(async move { host.swap("a", to("later", SwapMethod::Replay)).await })
    };
    host.interrupt("a").await;
    let interrupted = swap.await.unwrap();
    assert!(matches!(interrupted, Err(SessionError::Interrupted)), "{interrupted:?}");
    assert_eq!((host.guest("a").await.as_str(), host.output("a", "count").await.as_str()), ("behave", "2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_of_failures_is_not_run_again_for_each_of_them() {
    let host = new_host().await;
    host.counted("a", 500).await;
    for _ in 0..200 {
        host.output("a", "differ trap").await;
    }
    let began = Instant::now();
    let report = host.swap("a", to("later", SwapMethod::Replay)).await.unwrap();
    assert_eq!((report.carried.replayed, report.carried.differing, report.carried.skipped), (700, 200, 200));
    assert_eq!(report.carried.differences.len(), 100);
    assert_eq!(host.output("a", "count").await, "501");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_s_snapshot_stays_as_long_as_something_needs_it() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| {
        config.limits.history_events_max = 60;
        config.pool.live_sessions_max = 1;
    })
    .await;
    host.counted("a", 10).await;
    host.transfer("a").await;
    for n in 11..=50 {
        assert_eq!(host.output("a", "count").await, n.to_string());
        host.manager.save(&host.tenant, &name("a")).await.unwrap();
    }
    assert!(host.record("a").has_snapshot(11), "what came after the swap builds on it");
    for (event, version) in [(5, "1"), (11, "2"), (30, "2"), (51, "2")] {
        host.jump("a", event).await;
        assert_eq!(host.output("a", "version").await, version, "at {event}");
        host.manager.undo(&host.tenant, &name("a"), 1).await.unwrap();
    }
    for _ in 0..100 {
        host.output("a", "count").await;
        host.manager.save(&host.tenant, &name("a")).await.unwrap();
    }
    let record = host.record("a");
    assert!(record.first_event > 11 && !record.has_snapshot(11) && record.has_snapshot(10), "{record:?}");
    let checkpoint = CheckpointName::new("before-11").unwrap();
    host.manager.jump(&host.tenant, &name("a"), Target::Checkpoint(checkpoint.clone())).await.unwrap();
    assert_eq!((host.output("a", "version").await.as_str(), host.guest("a").await.as_str()), ("1", "behave"));
    host.jump("a", record.event).await;
    assert_eq!(host.output("a", "version").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_damaged_snapshot_of_a_swap_there_is_no_other_guest_s_state() {
    let store = Arc::new(MemoryStore::default());
    let host = with_later(store.clone(), |_| {}).await;
    host.counted("a", 2).await;
    host.transfer("a").await;
    let id = host.record("a").id;
    drop(host);
    let mut bytes = store.snapshot(SnapshotKey { maker: id, event: 3 }).unwrap().expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    store.commit(&[Change::PutSnapshot { id, event: 3, bytes: &bytes }], Durability::Process).unwrap();
    let host = with_later(store, |_| {}).await;
    let lost = host.run("a", "count").await;
    assert!(matches!(lost, Err(SessionError::Unrestorable { .. })), "{lost:?}");
    host.jump("a", 2).await;
    assert_eq!(host.output("a", "count").await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checkpoint_of_a_swap_is_named_and_counted_like_any_other() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| config.limits.checkpoints_max = 2).await;
    host.counted("a", 1).await;
    let mine = CheckpointName::new("mine").unwrap();
    host.manager.checkpoint(&host.tenant, &name("a"), &mine).await.unwrap();
    host.output("a", "count").await;
    let named = |text: &str| {
        let checkpoint = Some(CheckpointName::new(text).unwrap());
        SwapOptions { checkpoint, ..to("later", SwapMethod::Transfer) }
    };
    let taken = host.swap("a", named("mine")).await;
    assert!(matches!(taken, Err(SessionError::CheckpointTaken { event: 1, .. })), "{taken:?}");
    assert_eq!(host.swap("a", named("old")).await.unwrap().checkpoint, Some(CheckpointName::new("old").unwrap()));
    let full = host.swap("a", to("behave", SwapMethod::Transfer)).await;
    assert!(matches!(full, Err(SessionError::TooManyCheckpoints { .. })), "{full:?}");
    assert_eq!(host.output("a", "version").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_takes_no_more_memory_than_a_session_may() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| {
        config.pool.memory_budget_bytes = 12 << 20;
        config.pool.admission_wait = Duration::from_millis(200);
    })
    .await;
    host.behave("a").await;
    let value = "v".repeat(PAGE_BYTES);
    for n in 0..100 {
        host.output("a", &format!("set k{n} {value}")).await;
    }
    for (guest, how) in
        [("later", SwapMethod::Transfer), ("behave", SwapMethod::Transfer), ("later", SwapMethod::Replay)]
    {
        let swapped = host.swap("a", to(guest, how)).await;
        if how == SwapMethod::Transfer {
            assert!(swapped.is_ok(), "{swapped:?}");
        }
        assert_eq!(host.output("a", "get k99").await, value);
        assert!(host.manager.figures().used_bytes <= 12 << 20);
    }
}
