//! The manager on real guests and a store in memory.

mod damage;
mod faults;
mod functions;
mod history;
mod model;
mod replay;
mod swap;
mod upgrade;
mod values;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::*;
use crate::config::{Config, Secret, TenantConfig, TenantLimits};
use crate::functions::Functions;
use crate::guest::{AddedBy, GuestRegistry, OMEGA};
use crate::instance::{EngineSize, HostEngine};
use crate::metrics::Metrics;
use crate::name::{CheckpointName, GuestName, GuestRef, TenantName};
use crate::store::{FaultyStore, MemoryStore, Store};

const BEHAVE: &[u8] = include_bytes!("../../../tests/guests/behave.wasm");

/// Compiled once for all tests of this binary.
fn engine() -> &'static HostEngine {
    static ENGINE: OnceLock<HostEngine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        HostEngine::for_sessions(EngineSize { live_sessions_max: 256, memory_bytes_max: 64 << 20 }).expect("an engine")
    })
}

struct Fixture {
    manager: Arc<SessionManager>,
    tenant: TenantName,
}

async fn manager_on(store: Arc<dyn Store>, change: impl FnOnce(&mut Config)) -> Fixture {
    manager_with(store, Functions::none(), change).await
}

async fn manager_with(store: Arc<dyn Store>, functions: Functions, change: impl FnOnce(&mut Config)) -> Fixture {
    let mut config = Config::default();
    config.limits.session_memory_bytes = 64 << 20;
    config.limits.command_timeout = Duration::from_millis(500);
    config.limits.output_bytes_max = 1 << 20;
    config.archive_key = Secret::parse(&"5e".repeat(32));
    change(&mut config);
    let artifacts = std::env::temp_dir().join("hostel-test-artifacts");
    let guests = GuestRegistry::new(engine().clone(), &artifacts, GuestName::new("omega").unwrap());
    guests.register(&GuestName::new("omega").unwrap(), OMEGA, AddedBy::Program).await.expect("omega is a guest");
    guests
        .register(&GuestName::new("behave").unwrap(), BEHAVE, AddedBy::Configuration)
        .await
        .expect("behave is a guest");
    let configured = Functions::configured(&config).expect("nothing is https");
    let functions = configured.and(functions).expect("names of their own");
    let (config, guests, metrics) = (Arc::new(config), Arc::new(guests), Arc::new(Metrics::default()));
    let manager = SessionManager::with_functions(config, guests, store, metrics, Handle::current(), functions);
    Fixture { manager, tenant: TenantName::new("t").unwrap() }
}

impl Fixture {
    async fn new(change: impl FnOnce(&mut Config)) -> Self {
        manager_on(Arc::new(MemoryStore::default()), change).await
    }

    async fn run(&self, session: &str, command: &str) -> Result<Reply, SessionError> {
        self.manager.execute(&self.tenant, &SessionName::new(session).unwrap(), command.to_owned().into()).await
    }

    async fn output(&self, session: &str, command: &str) -> String {
        self.run(session, command).await.expect("the command is answered").output
    }

    async fn behave(&self, session: &str) {
        let options = CreateOptions { guest: Some(GuestRef::parse("behave").unwrap()), ..CreateOptions::default() };
        self.manager.create(&self.tenant, &SessionName::new(session).unwrap(), options).await.expect("it is created");
    }

    fn live(&self) -> usize {
        self.manager.figures().live
    }

    /// Runs a command in a task of its own.
    fn spawn(self: &Arc<Self>, session: &str, command: &str) -> JoinHandle<Result<Reply, SessionError>> {
        let (host, session, command) = (self.clone(), session.to_owned(), command.to_owned());
        tokio::spawn(async move { host.run(&session, &command).await })
    }

    /// Stops the command that runs in a session, as soon as it can be reached.
    async fn interrupt(&self, session: &str) {
        let name = SessionName::new(session).unwrap();
        while !self.manager.interrupt(&self.tenant, &name, &Interruption::default()).unwrap().interrupted {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until so many turns run.
    async fn until_leased(&self, count: usize) {
        while self.manager.figures().leased != count {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_remembers_and_sessions_are_apart() {
    let host = Fixture::new(|_| {}).await;
    host.output("a", "(define x 40)").await;
    assert_eq!(host.output("a", "(+ x 2)").await, "42");
    let other = host.run("b", "x").await.unwrap();
    assert!(other.error.unwrap().contains("unbound"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evicted_session_comes_back_as_it_was() {
    let host = Fixture::new(|config| config.pool.live_sessions_max = 1).await;
    host.output("a", "(define (counter) (let ((n 0)) (lambda () (set! n (+ n 1)) n)))").await;
    host.output("a", "(define c (counter))").await;
    for turn in 1..20 {
        assert_eq!(host.output("a", "(c)").await, turn.to_string());
        host.output("b", "(define y 1)").await;
        assert_eq!(host.live(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_command_leaves_the_session_as_it_was() {
    let host = Fixture::new(|_| {}).await;
    host.behave("a").await;
    host.output("a", "set k v").await;
    assert!(matches!(host.run("a", "trap").await, Err(SessionError::Trapped(_))));
    assert_eq!(host.output("a", "get k").await, "v");
    assert!(matches!(host.run("a", "spin").await, Err(SessionError::TimeExceeded { limit_ms: 500 })));
    assert_eq!(host.output("a", "get k").await, "v");
    assert!(matches!(host.run("a", "alloc 1000000000").await, Err(SessionError::MemoryExceeded { .. })));
    assert_eq!(host.output("a", "get k").await, "v");
    assert!(matches!(host.run("a", "flood").await, Err(SessionError::OutputExceeded { .. })));
    assert_eq!(host.output("a", "get k").await, "v");

    assert!(matches!(host.run("a", "write 2000000").await, Err(SessionError::OutputExceeded { .. })));
    assert!(matches!(host.run("a", "recurse").await, Err(SessionError::Trapped(_))));
    assert_eq!(host.output("a", "get k").await, "v");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_memory_waits_no_longer_than_told() {
    let host = Fixture::new(|config| {
        config.limits.command_timeout = Duration::from_secs(20);
        config.pool.admission_wait = Duration::from_millis(100);
        config.pool.memory_budget_bytes = 64 << 20;
    });
    let host = Arc::new(host.await);
    host.behave("hog").await;
    host.output("hog", "alloc 58000000").await;
    let hog = host.spawn("hog", "spin");
    host.until_leased(1).await;
    host.behave("other").await;
    let began = Instant::now();
    let refused = host.run("other", "alloc 8000000").await;
    assert!(matches!(refused, Err(SessionError::NoRoom { .. } | SessionError::HostMemoryExceeded)), "{refused:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    host.interrupt("hog").await;
    assert!(matches!(hog.await.unwrap(), Err(SessionError::Interrupted)));
    // The hog may be saved in the background now, and be in the way for that long.
    while let Err(error) = host.run("other", "alloc 8000000").await {
        assert!(matches!(error, SessionError::NoRoom { .. } | SessionError::HostMemoryExceeded), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_at_its_share_keeps_nobody_else_waiting() {
    let host = Fixture::new(|config| {
        config.limits.command_timeout = Duration::from_secs(20);
        config.pool.admission_wait = Duration::from_secs(20);
        let limits = TenantLimits {
            sessions_max: 1000,
            live_sessions_max: 1,
            ..config.tenant_limits(&TenantName::new("t").unwrap())
        };
        config.tenants =
            vec![TenantConfig { name: TenantName::new("t").unwrap(), keys: Vec::new(), limits, functions: None }];
    });
    let host = Arc::new(host.await);
    host.behave("spinner").await;
    let spinner = host.spawn("spinner", "spin");
    host.until_leased(1).await;
    let waiting: Vec<_> = (0..16).map(|n| host.spawn(&format!("w{n}"), "(+ 1 2)")).collect();
    let other = TenantName::new("other").unwrap();
    let name = SessionName::new("x").unwrap();
    for _ in 0..10 {
        let reply = host.manager.execute(&other, &name, "(+ 1 2)".to_owned().into()).await;
        assert_eq!(reply.unwrap().output, "3");
    }
    assert!(waiting.iter().all(|task| !task.is_finished()), "the tenant has one place, and it is taken");
    host.interrupt("spinner").await;
    assert!(matches!(spinner.await.unwrap(), Err(SessionError::Interrupted)));
    for task in waiting {
        assert_eq!(task.await.unwrap().unwrap().output, "3");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_refuses_is_told_of_and_loses_nothing() {
    let store = Arc::new(FaultyStore::new(MemoryStore::default()));
    let host = manager_on(store.clone(), |config| config.pool.live_sessions_max = 1).await;
    host.output("a", "(define x 1)").await;
    let options = CreateOptions::default();
    host.manager.create(&host.tenant, &SessionName::new("b").unwrap(), options).await.unwrap();
    store.set_broken(true);
    assert!(matches!(host.run("b", "1").await, Err(SessionError::Store(_))), "the session in the way can't be saved");
    assert!(matches!(host.run("a", "(set! x 2)").await, Err(SessionError::NotRecorded(_))));
    store.set_broken(false);
    assert_eq!(host.output("a", "x").await, "1", "what could not be recorded was undone");
    assert_eq!(host.output("b", "1").await, "1");
    assert_eq!(host.output("a", "x").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_growth_that_was_refused_and_lived_with_is_restored_as_it_was() {
    let store = Arc::new(MemoryStore::default());
    let host = manager_on(store.clone(), |_| {}).await;
    host.behave("a").await;
    host.output("a", "set k v").await;
    assert!(host.output("a", "grow 5000").await.contains("-1"), "64 MiB have no room for that");
    assert!(matches!(host.run("a", "trap").await, Err(SessionError::Trapped(_))));
    assert_eq!(host.output("a", "get k").await, "v");
    drop(host);
    // Another host may grant more.
    let later = manager_on(store, |config| config.limits.session_memory_bytes = 1 << 30).await;
    assert_eq!(later.output("a", "get k").await, "v");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evicted_session_leaves_nothing_in_memory() {
    let host = Fixture::new(|config| config.pool.live_sessions_max = 2).await;
    for n in 0..20 {
        host.output(&format!("s{n}"), "(define x 1)").await;
    }
    assert_eq!((host.live(), host.manager.sessions.len()), (2, 2));
    host.manager.delete(&host.tenant, &SessionName::new("s19").unwrap()).await.unwrap();
    assert_eq!((host.live(), host.manager.sessions.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_behind_a_deletion_has_a_new_session() {
    let host = Arc::new(Fixture::new(|config| config.limits.command_timeout = Duration::from_secs(20)).await);
    host.behave("a").await;
    let spinner = host.spawn("a", "spin");
    host.until_leased(1).await;
    let deletion = {
        let host = host.clone();
        tokio::spawn(async move { host.manager.delete(&host.tenant, &SessionName::new("a").unwrap()).await })
    };
    let behind = host.spawn("a", "(+ 1 2)");
    host.interrupt("a").await;
    assert!(matches!(spinner.await.unwrap(), Err(SessionError::Interrupted)));
    deletion.await.unwrap().unwrap();
    // Whichever of the two came first, the command is answered: by the old session, or by a new one.
    assert!(behind.await.unwrap().is_ok());
    assert_eq!(host.output("a", "(+ 1 2)").await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn saves_in_the_background_take_no_places_in_the_queue() {
    let host = Arc::new(Fixture::new(|config| config.limits.queue_length_max = 8).await);
    host.output("a", "(define (f n) (if (= n 0) 0 (f (- n 1))))").await;
    let clients = (0..8).map(|_| {
        let host = host.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                host.output("a", "(f 100000)").await;
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}
