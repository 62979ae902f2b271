//! Functions that go over the network, through the manager.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::functions::tests::{Say, Service, completion, infer_at, weather_at};
use crate::functions::{Caller, HostFunction};
use crate::journal::Failure;
use crate::metrics::Gauges;
use crate::name::{FunctionName, Grants};

fn weather(url: &str) -> impl FnOnce(&mut Config) {
    let callbacks = vec![weather_at(url)];
    move |config| {
        config.functions = Grants::parse("*").unwrap();
        config.callbacks = callbacks;
    }
}

fn model(url: &str) -> impl FnOnce(&mut Config) {
    let infer = infer_at(url);
    move |config| {
        config.functions = Grants::parse("infer").unwrap();
        config.infer = Some(infer);
    }
}

impl Fixture {
    async fn error(&self, session: &str, command: &str) -> String {
        self.run(session, command).await.expect("the command is answered").error.expect("an error")
    }

    fn calls(&self, outcome: &str) -> String {
        let text = self.manager.metrics.render(&Gauges::default());
        let series = format!("hostel_function_calls_total{{outcome=\"{outcome}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&series)).unwrap_or("absent").to_owned()
    }
}

async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_call_is_served_to_replays_and_not_made_again() {
    let service = Service::start(|seen| Say::Answer(200, format!("{{\"asked\": {}}}", seen.body.len()).into()));
    let store = Arc::new(MemoryStore::default());
    let host = manager_on(store.clone(), weather(&service.url())).await;
    host.behave("a").await;
    let answer = host.output("a", "call weather {}").await;
    assert!(answer.starts_with("{\"asked\": "), "{answer}");
    assert_eq!(host.output("a", "calls 3 weather 1").await, "3 ");
    host.output("a", "set k v").await;
    assert!(matches!(host.run("a", "trap").await, Err(SessionError::Trapped(_))));
    assert_eq!(host.output("a", "get k").await, "v");
    drop(host);
    let host = manager_on(store, weather("http://127.0.0.1:1/")).await;
    assert_eq!(host.output("a", "get k").await, "v");
    assert_eq!(service.seen().len(), 4, "replays ask nobody");
    assert!(host.error("a", "call weather {}").await.contains("weather can't be reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_keeps_a_call_waiting_is_given_up_in_time() {
    for say in [|| Say::Nothing, || Say::Drip] {
        let service = Service::start(move |_| say());
        let host = Fixture::new(|config| {
            weather(&service.url())(config);
            config.limits.call_timeout = Duration::from_millis(100);
        });
        let host = host.await;
        host.behave("a").await;
        let error = host.error("a", "call weather {}").await;
        assert!(error.contains("no answer within 100ms; the limit is set by call_timeout"), "{error}");
        until(|| service.gone() == 1).await;
        assert_eq!(host.output("a", "count").await, "1", "the session goes on");
        assert_eq!((host.calls("timed_out"), host.calls("ok")), ("1".to_owned(), "0".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_a_call_and_its_connection() {
    let service = Service::start(|_| Say::Nothing);
    let host = Arc::new(Fixture::new(weather(&service.url())).await);
    host.behave("a").await;
    let calling = host.spawn("a", "call weather {}");
    until(|| service.seen().len() == 1).await;
    host.interrupt("a").await;
    assert!(matches!(calling.await.unwrap(), Err(SessionError::Interrupted)));
    until(|| service.gone() == 1).await;
    assert_eq!(host.calls("stopped"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_s_tokens_are_spent_also_by_turns_that_are_undone_and_over_restarts() {
    let service = Service::answering(200, &completion("yes", 30));
    let store = Arc::new(MemoryStore::default());
    let host = manager_on(store.clone(), model(&service.url())).await;
    host.behave("a").await;
    host.behave("b").await;
    assert_eq!(host.output("a", "call infer \"is it\"").await, "\"yes\"");
    drop(host);

    let silent = Service::start(|_| Say::Nothing);
    let host = Arc::new(manager_on(store.clone(), model(&silent.url())).await);
    let calling = host.spawn("a", "call infer \"is it\"");
    until(|| silent.seen().len() == 1).await;
    host.interrupt("a").await;
    assert!(matches!(calling.await.unwrap(), Err(SessionError::Interrupted)));
    drop(host);

    // 30 are used, 15 went with the turn that was stopped: two more calls of 30 are over the 100.
    let host = manager_on(store, model(&service.url())).await;
    let said = host.output("a", "calls 4 infer \"is it\"").await;
    assert!(said.starts_with("2 ") && said.contains("0 of its 100 tokens left"), "{said}");
    assert_eq!(service.seen().len(), 3, "a call over the budget is not made");
    assert_eq!(host.output("b", "call infer \"is it\"").await, "\"yes\"", "each session has its own");
    assert_eq!((host.calls("ok"), host.calls("limited")), ("3".to_owned(), "2".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_s_functions_are_those_that_it_is_granted() {
    let host = Fixture::new(|config| {
        config.infer = Some(infer_at("http://127.0.0.1:1"));
        config.callbacks = vec![weather_at("http://127.0.0.1:1")];
        config.functions = Grants::parse("kv.get, infer").unwrap();
    });
    let host = host.await;
    let names = |all: Vec<crate::functions::FunctionInfo>| all.iter().map(|f| f.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(host.manager.functions_of(&host.tenant)), ["infer", "kv.get"]);
    assert_eq!(names(host.manager.functions()), ["infer", "kv.delete", "kv.get", "kv.list", "kv.put", "weather"]);
    host.behave("a").await;
    assert!(host.error("a", "call weather 1").await.contains("not granted to this session; granted: kv.get, infer"));
}

/// A function of the program's own, which answers what it is asked, and by whom.
struct Echo;

#[async_trait::async_trait]
impl HostFunction for Echo {
    async fn call(&self, caller: Caller<'_>, arguments: &str) -> Result<String, Failure> {
        assert_ne!(arguments, "\"panic\"");
        let Caller { tenant, session, event, call, counts, .. } = caller;
        counts.add("echo", 2)?;
        let count = counts.get("echo")?;
        Ok(if arguments == "0" {
            "no JSON".to_owned()
        } else {
            format!("\"{tenant} {session} {event} {call} {count}\"")
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_s_own_function_is_called_and_told_who_asks() {
    let functions = Functions::none().with(FunctionName::new("echo").unwrap(), Arc::new(Echo));
    let granted = |config: &mut Config| config.functions = Grants::parse("echo").unwrap();
    let host = manager_with(Arc::new(MemoryStore::default()), functions, granted).await;
    host.behave("a").await;
    assert_eq!(host.output("a", "call echo 1").await, "\"t a 1 1 2\"");
    assert_eq!(host.output("a", "calls 3 echo 1").await, "3 ");
    assert_eq!(host.output("a", "call echo 1").await, "\"t a 3 1 10\"");
    assert!(host.error("a", "call echo 0").await.contains("echo gave no JSON that can be passed on"));
    assert_eq!(host.manager.functions_of(&host.tenant)[0].kind, crate::functions::FunctionKind::Program);

    host.output("a", "set k v").await;
    let told = host.output("a", "calls 2 echo \"panic\"").await;
    assert_eq!(told, "0 FailureKind::Failed: echo broke down", "a panic is the failure of its call, and no more");
    assert_eq!(host.output("a", "get k").await, "v");
}

/// A function that answers nothing, and counts how often it was begun.
#[derive(Default)]
struct Never(AtomicU64);

#[async_trait::async_trait]
impl HostFunction for Never {
    async fn call(&self, _: Caller<'_>, _: &str) -> Result<String, Failure> {
        self.0.fetch_add(1, Ordering::Relaxed);
        std::future::pending().await
    }
}

/// A function that takes its time.
struct Slow(Duration);

#[async_trait::async_trait]
impl HostFunction for Slow {
    async fn call(&self, _: Caller<'_>, arguments: &str) -> Result<String, Failure> {
        tokio::time::sleep(self.0).await;
        Ok(arguments.to_owned())
    }
}

fn with(name: &str, function: Arc<dyn HostFunction>) -> Functions {
    Functions::none().with(FunctionName::new(name).unwrap(), function)
}

fn everything(config: &mut Config) {
    config.functions = Grants::parse("*").unwrap();
}

impl Fixture {
    async fn stopped(&self, session: &str) -> Vec<EventSummary> {
        let query = EventQuery { limit: 1000, outcome: Some(EventOutcome::Stopped), ..EventQuery::default() };
        let page = self.manager.events(&self.tenant, &SessionName::new(session).unwrap(), &query).await;
        page.expect("it is there").events
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_are_stopped_each_time_stay_within_the_bounds_of_the_history() {
    let never = Arc::new(Never::default());
    let host = manager_with(Arc::new(MemoryStore::default()), with("never", never.clone()), |config| {
        everything(config);
        config.limits.history_bytes_max = 1 << 20;
    });
    let host = Arc::new(host.await);
    host.behave("a").await;
    host.output("a", "set k v").await;
    let call = format!("call never \"{}\"", "x".repeat(500_000));
    for round in 1..40 {
        let calling = host.spawn("a", &call);
        until(|| never.0.load(Ordering::Relaxed) == round).await;
        host.interrupt("a").await;
        assert!(matches!(calling.await.unwrap(), Err(SessionError::Interrupted)));
    }
    assert_eq!(host.output("a", "get k").await, "v");
    let record = host.manager.facts_of(&host.tenant, &SessionName::new("a").unwrap()).unwrap().record;
    assert!(record.journal.bytes < 10_000_000 && !host.stopped("a").await.is_empty(), "{record:?}");
    assert_eq!(host.run("a", "count").await.unwrap().event, 42, "numbers are never used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_had_asked_that_could_not_be_recorded_is_in_the_history() {
    let store = Arc::new(FaultyStore::new(MemoryStore::default()));
    let host = manager_with(store.clone(), with("slow", Arc::new(Slow(Duration::ZERO))), everything).await;
    host.behave("a").await;
    host.output("a", "set k v").await;
    store.fail_nth(1);
    let failed = host.run("a", "call slow {}").await;
    assert!(matches!(failed, Err(SessionError::NotRecorded(_))), "{failed:?}");
    let stopped = host.stopped("a").await;
    assert_eq!(stopped.iter().map(|event| event.event).collect::<Vec<_>>(), [2]);
    assert_eq!(host.output("a", "get k").await, "v");
    store.fail_nth(1);
    assert!(host.run("a", "call kv.put {\"key\": \"a\", \"value\": 1}").await.is_err());
    assert_eq!(host.output("a", "call kv.get {\"key\": \"a\"}").await, "null");
    assert_eq!(host.stopped("a").await.len(), 1, "what stays within the session is undone with it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_replayed_when_less_is_granted_and_allowed() {
    let store = Arc::new(MemoryStore::default());
    let host = manager_with(store.clone(), with("slow", Arc::new(Slow(Duration::ZERO))), everything).await;
    host.behave("a").await;
    assert_eq!(host.output("a", "calls 3 slow {}").await, "3 ");
    let long = format!("call slow \"{}\"", "x".repeat(500_000));
    assert_eq!(host.output("a", &long).await.len(), 500_002);
    host.output("a", "set k v").await;
    drop(host);
    let host = manager_on(store, |config| {
        config.limits.calls_per_turn_max = 0;
        config.limits.call_bytes_max = 1024;
        config.limits.output_bytes_max = 1024;
    });
    assert_eq!(host.await.output("a", "get k").await, "v");
}

#[tokio::test(flavor = "multi_thread")]
async fn time_spent_waiting_is_not_time_in_the_guest() {
    const DELAY: Duration = Duration::from_millis(300);
    let host = manager_with(Arc::new(MemoryStore::default()), with("slow", Arc::new(Slow(DELAY))), everything).await;
    host.behave("a").await;
    let reply = host.run("a", "call slow 1").await.unwrap();
    assert!(u128::from(reply.usage.wall_us) < DELAY.as_micros(), "{:?}", reply.usage);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_begun_once_the_turn_has_waited_as_long_as_it_may() {
    let never = Arc::new(Never::default());
    let host = manager_with(Arc::new(MemoryStore::default()), with("never", never.clone()), |config| {
        everything(config);
        config.limits.turn_wait_max = Duration::from_millis(50);
    });
    let host = host.await;
    host.behave("a").await;
    let told = host.output("a", "calls 5 never {}").await;
    assert!(told.starts_with("0 ") && told.contains("turn_wait_max"), "{told}");
    assert_eq!(never.0.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_does_not_repeat_all_that_was_asked() {
    let host = Fixture::new(everything).await;
    host.behave("a").await;
    let told = host.error("a", &format!("call kv.get {{\"{}\": 1}}", "x".repeat(100_000))).await;
    assert!(told.contains("kv.get takes") && told.len() < 5_000, "{} bytes", told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_host_stops_turns_that_wait_and_notes_what_they_asked() {
    let never = Arc::new(Never::default());
    let host = manager_with(Arc::new(MemoryStore::default()), with("never", never.clone()), |config| {
        everything(config);
        config.http.shutdown_grace = Duration::from_millis(50);
    });
    let host = Arc::new(host.await);
    host.behave("a").await;
    host.output("a", "set k v").await;
    let calling = host.spawn("a", "call never {}");
    until(|| never.0.load(Ordering::Relaxed) == 1).await;
    host.manager.shutdown().await;
    assert!(matches!(calling.await.unwrap(), Err(SessionError::Interrupted)));
    assert_eq!(host.stopped("a").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_host_waits_for_no_client_s_answer() {
    let host = Fixture::new(|config| config.http.shutdown_grace = Duration::from_secs(3600)).await;
    host.behave("a").await;
    let execute = Execute { turn: Some("t".into()), ..Execute::from("line ready?".to_owned()) };
    let name = SessionName::new("a").unwrap();
    let turn = host.manager.execute_followed(&host.tenant, &name, execute, Default::default()).unwrap();
    let mut position = Position::default();
    while !matches!(turn.next(&mut position).await, Some(Piece::Line { .. })) {}
    host.manager.shutdown().await;
    while let Some(piece) = turn.next(&mut position).await {
        if let Piece::End(ended) = piece {
            assert!(matches!(&ended, Err(error) if matches!(**error, SessionError::Interrupted)), "{ended:?}");
        }
    }
    assert!(turn.has_ended());
    assert_eq!(host.stopped("a").await.len(), 1);
}
