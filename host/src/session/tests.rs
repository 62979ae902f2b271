//! The manager on real guests and a store in memory.

use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;

use super::*;
use crate::config::Config;
use crate::guest::{GuestRegistry, OMEGA};
use crate::instance::{EngineSize, HostEngine};
use crate::metrics::Metrics;
use crate::name::{GuestName, TenantName};
use crate::store::{MemoryStore, Store};

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
    let mut config = Config::default();
    config.limits.session_memory_bytes = 64 << 20;
    config.limits.command_timeout = std::time::Duration::from_millis(500);
    config.limits.output_bytes_max = 1 << 20;
    change(&mut config);
    let artifacts = std::env::temp_dir().join("hostel-test-artifacts");
    let guests = GuestRegistry::new(engine().clone(), &artifacts, GuestName::new("omega").unwrap());
    guests.register(&GuestName::new("omega").unwrap(), OMEGA).await.expect("omega is a guest");
    guests.register(&GuestName::new("behave").unwrap(), BEHAVE).await.expect("behave is a guest");
    let manager =
        SessionManager::new(Arc::new(config), Arc::new(guests), store, Arc::new(Metrics::default()), Handle::current());
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
        let options = CreateOptions { guest: Some(GuestName::new("behave").unwrap()), ..CreateOptions::default() };
        self.manager.create(&self.tenant, &SessionName::new(session).unwrap(), options).await.expect("it is created");
    }

    fn live(&self) -> usize {
        self.manager.figures().live
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
