//! What the parts of a turn cost, in process: instances, capture, restore, and a whole command through the manager.
//!
//! `cargo bench -p hostel --bench parts`. The machine's noise is in every figure: compare within one run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hostel::config::Config;
use hostel::guest::{AddedBy, GuestRegistry, OMEGA};
use hostel::instance::{
    Attendant, EngineSize, ExchangeLimits, GuestCode, HostEngine, InstanceLimits, OutputStream, SessionInstance,
    Source, TABLE_ELEMENTS,
};
use hostel::journal::{Answer, Asked, Display, Event, EventUsage, Failure, Outside};
use hostel::metrics::Metrics;
use hostel::name::{Grants, GuestName, GuestRef, SessionName, TenantName};
use hostel::session::{
    CreateOptions, Execute, ForkOptions, Piece, Position, SessionManager, SwapMethod, SwapOptions, Upgrade,
};
use hostel::snapshot;
use hostel::store::{Durability, FjallStore, MemoryStore, Store};
use tokio::runtime::Runtime;

const BEHAVE: &[u8] = include_bytes!("../../tests/guests/behave.wasm");

const LIMITS: InstanceLimits = InstanceLimits {
    memory_bytes: 64 << 20,
    table_elements: TABLE_ELEMENTS,
    output_bytes: 1 << 20,
    command_timeout: Duration::from_secs(10),
    exchanges: ExchangeLimits { count: 1_000, bytes: 1 << 20 },
};

/// State sizes to capture and restore, in KiB of dirty pages beside the guest's own.
const STATES_KIB: [u64; 3] = [0, 100, 1024];

struct Guests {
    runtime: Runtime,
    registry: Arc<GuestRegistry>,
}

/// `behave` in another version.
fn later() -> Vec<u8> {
    let (mut bytes, number) = (BEHAVE.to_vec(), b"behave-version-number: ");
    let at = bytes.windows(number.len()).position(|part| part == number).expect("its version");
    bytes[at + number.len()] = b'2';
    bytes
}

impl Guests {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let size = EngineSize { live_sessions_max: 1000, memory_bytes_max: LIMITS.memory_bytes };
        let engine = HostEngine::for_sessions(size).expect("an engine");
        let name = |name| GuestName::new(name).expect("a name");
        let registry = GuestRegistry::new(engine, &std::env::temp_dir().join("hostel-bench-artifacts"), name("omega"));
        runtime.block_on(async {
            registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("omega is a guest");
            registry.register(&name("behave"), BEHAVE, AddedBy::Configuration).await.expect("behave is a guest");
            registry.register(&name("later"), &later(), AddedBy::Configuration).await.expect("it is one, too");
        });
        Self { runtime, registry: Arc::new(registry) }
    }

    fn code(&self, name: &str) -> Arc<GuestCode> {
        let name = GuestName::new(name).expect("a name");
        self.registry.named(Some(&name)).expect("it is registered").code.clone()
    }

    fn manager(&self, store: Arc<dyn Store>, live_sessions_max: u32) -> Arc<SessionManager> {
        self.manager_with(store, live_sessions_max, Durability::Process)
    }

    fn manager_with(
        &self,
        store: Arc<dyn Store>,
        live_sessions_max: u32,
        durability: Durability,
    ) -> Arc<SessionManager> {
        let mut config = Config { durability, ..Config::default() };
        config.pool.live_sessions_max = live_sessions_max;
        let (metrics, turns) = (Arc::new(Metrics::default()), self.runtime.handle().clone());
        SessionManager::new(Arc::new(config), self.registry.clone(), store, metrics, turns)
    }
}

async fn run(instance: &mut SessionInstance, command: &Arc<str>) {
    instance.execute(command.clone(), Source::Live(None), Arc::default()).await.expect("the command is answered");
}

fn instances(bench: &mut Criterion) {
    let guests = Guests::new();
    let mut group = bench.benchmark_group("instance");
    for name in ["omega", "behave"] {
        let code = guests.code(name);
        let command: Arc<str> = if name == "omega" { "(+ 1 2)" } else { "count" }.into();
        group.bench_function(BenchmarkId::new("create", name), |bench| {
            bench
                .to_async(&guests.runtime)
                .iter(|| async { code.instantiate(LIMITS, None).await.expect("it is made") });
        });
        group.bench_function(BenchmarkId::new("create + first command", name), |bench| {
            bench.to_async(&guests.runtime).iter(|| async {
                let mut instance = code.instantiate(LIMITS, None).await.expect("it is made");
                run(&mut instance, &command).await;
                instance
            });
        });
        group.bench_function(BenchmarkId::new("warm command", name), |bench| {
            let mut instance = guests.runtime.block_on(code.instantiate(LIMITS, None)).expect("it is made");
            bench.iter_custom(|rounds| {
                guests.runtime.block_on(async {
                    let began = Instant::now();
                    for _ in 0..rounds {
                        run(&mut instance, &command).await;
                    }
                    began.elapsed()
                })
            });
        });
        group.bench_function(BenchmarkId::new("measure footprint", name), |bench| {
            let mut instance = guests.runtime.block_on(code.instantiate(LIMITS, None)).expect("it is made");
            guests.runtime.block_on(run(&mut instance, &command));
            bench.iter(|| instance.footprint());
        });
    }
    group.finish();
}

fn states(bench: &mut Criterion) {
    let guests = Guests::new();
    let code = guests.code("behave");
    let count: Arc<str> = "count".into();
    let mut group = bench.benchmark_group("state");
    for kib in STATES_KIB {
        let mut instance = guests.runtime.block_on(code.instantiate(LIMITS, None)).expect("it is made");
        guests.runtime.block_on(run(&mut instance, &format!("dirty {}", kib / 4).into()));
        let snapshot = guests.runtime.block_on(instance.capture(1)).expect("it is captured");
        let bytes = snapshot::encode(&snapshot);
        group.throughput(Throughput::Bytes(snapshot.page_bytes() as u64));
        let id = |what| BenchmarkId::new(what, format!("{kib} KiB"));
        group.bench_function(id("capture"), |bench| {
            bench.iter_custom(|rounds| {
                guests.runtime.block_on(async {
                    let began = Instant::now();
                    for _ in 0..rounds {
                        instance.capture(1).await.expect("it is captured");
                    }
                    began.elapsed()
                })
            });
        });
        group.bench_function(id("encode"), |bench| bench.iter(|| snapshot::encode(&snapshot)));
        group.bench_function(id("decode"), |bench| bench.iter(|| snapshot::decode(&bytes, 1 << 30)));
        group.bench_function(id("decode + restore + command"), |bench| {
            bench.to_async(&guests.runtime).iter(|| async {
                let mut fresh = code.instantiate(LIMITS, None).await.expect("it is made");
                fresh.apply(&snapshot::decode(&bytes, 1 << 30).expect("it decodes")).await.expect("it fits");
                run(&mut fresh, &count).await;
                fresh
            });
        });
    }
    group.finish();
}

fn commands(bench: &mut Criterion) {
    let guests = Guests::new();
    let directory = tempfile::tempdir().expect("a directory");
    let tenant = TenantName::new("t").expect("a name");
    let disk: Arc<dyn Store> = Arc::new(FjallStore::open(directory.path()).expect("a store"));
    let memory: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let mut group = bench.benchmark_group("command");
    let kinds = [
        ("memory", memory, Durability::Process),
        ("disk", disk.clone(), Durability::Process),
        ("disk, power", disk, Durability::Power),
    ];
    for (kind, store, durability) in kinds {
        let manager = guests.manager_with(store, 100, durability);
        if durability == Durability::Power {
            let warm = SessionName::new("careful").expect("a name");
            group.bench_function(BenchmarkId::new("warm", kind), |bench| {
                bench.to_async(&guests.runtime).iter(|| manager.execute(&tenant, &warm, "(+ 1 2)".to_owned().into()));
            });
            continue;
        }
        let warm = SessionName::new("warm").expect("a name");
        group.bench_function(BenchmarkId::new("warm", kind), |bench| {
            bench.to_async(&guests.runtime).iter(|| manager.execute(&tenant, &warm, "(+ 1 2)".to_owned().into()));
        });
        let mut number = 0;
        group.bench_function(BenchmarkId::new("ten times the pool", kind), |bench| {
            bench.to_async(&guests.runtime).iter(|| {
                number = (number + 389) % 1000;
                let name = SessionName::new(&format!("s{number}")).expect("a name");
                let (manager, tenant) = (&manager, &tenant);
                async move { manager.execute(tenant, &name, "(+ 1 2)".to_owned().into()).await.expect("it is answered") }
            });
        });
    }
    group.finish();
}

/// Commands that ask, and commands that are followed.
fn conversations(bench: &mut Criterion) {
    let guests = Guests::new();
    let tenant = TenantName::new("t").expect("a name");
    let config = Config { functions: Grants::parse("kv.*").expect("a grant"), ..Config::default() };
    let (metrics, turns) = (Arc::new(Metrics::default()), guests.runtime.handle().clone());
    let store = Arc::new(MemoryStore::default());
    let manager = SessionManager::new(Arc::new(config), guests.registry.clone(), store, metrics, turns);
    let name = SessionName::new("asks").expect("a name");
    let options =
        CreateOptions { guest: Some(GuestName::new("behave").expect("a name").into()), ..CreateOptions::default() };
    guests.runtime.block_on(manager.create(&tenant, &name, options)).expect("it is created");
    let mut group = bench.benchmark_group("conversation");
    for (what, command) in [
        ("no call, granted", "echo 1"),
        ("1 call of kv.get", r#"calls 1 kv.get {"key":"a"}"#),
        ("100 calls of kv.get", r#"calls 100 kv.get {"key":"a"}"#),
    ] {
        group.bench_function(what, |bench| {
            bench.to_async(&guests.runtime).iter(|| manager.execute(&tenant, &name, command.to_owned().into()));
        });
    }
    let mut turn = 0_u64;
    let mut follow = |command: &str| {
        turn += 1;
        let execute = Execute { turn: Some(turn.to_string().into()), ..command.to_owned().into() };
        manager.execute_followed(&tenant, &name, execute, BTreeSet::new()).expect("its turn is its own")
    };
    group.bench_function("followed to its first text", |bench| {
        bench.iter(|| {
            let followed = follow("write 10");
            guests.runtime.block_on(async {
                let mut position = Position::default();
                while !matches!(followed.next(&mut position).await, Some(Piece::Text(..)) | None) {}
            });
        });
    });
    for (what, command) in [("echo 1", "echo 1"), ("1 MB of output", "write 1000000")] {
        if what != "echo 1" {
            group.throughput(Throughput::Bytes(1_000_000));
        }
        group.bench_function(BenchmarkId::new("followed to its end", what), |bench| {
            bench.iter(|| {
                let followed = follow(command);
                guests.runtime.block_on(async {
                    let mut position = Position::default();
                    while followed.next(&mut position).await.is_some() {}
                });
            });
        });
    }
    group.finish();
}

/// Events to replay on the way back, beside the state of a guest just made.
const TAILS: [u64; 3] = [0, 100, 10_000];

/// A session's own state in KiB of dirty pages, and how many forks are made of it at once.
const FORKS: [(u64, usize); 4] = [(100, 1), (100, 100), (50 << 10, 1), (50 << 10, 100)];

/// The events of as many commands, encoded.
async fn recorded(code: &Arc<GuestCode>, count: u64, command: &Arc<str>) -> Vec<Vec<u8>> {
    let mut instance = code.instantiate(LIMITS, None).await.expect("it is made");
    let mut events = Vec::new();
    for number in 1..=count {
        let source = Source::Live(Some(Arc::new(Nothing)));
        let executed = instance.execute(command.clone(), source, Arc::default()).await.expect("it is answered");
        let result = executed.outcome.as_ref().ok().map(|reply| reply.output.clone());
        let answer = Answer { result, all: executed.written.all, stdout: executed.written.stdout, ..Answer::default() };
        let event = Event {
            number,
            follows: number - 1,
            at_ms: 1_790_000_000_000,
            command: command.clone(),
            outcome: answer.digest(),
            outside: executed.readings.record,
            usage: EventUsage::default(),
            replayable: true,
            key: None,
            answer: Some(answer),
            undone: None,
            guest: None,
        };
        events.push(event.encode().expect("it fits"));
    }
    events
}

/// Answers everything with nothing.
struct Nothing;

#[async_trait::async_trait]
impl Attendant for Nothing {
    fn wrote(&self, _: OutputStream, _: &[u8]) {}

    fn showed(&self, _: &Display) {}

    async fn answer(&self, _: &Asked) -> Result<String, Failure> {
        Ok("null".to_owned())
    }
}

async fn replay(instance: &mut SessionInstance, events: &[Vec<u8>]) {
    for bytes in events {
        let event = Event::decode(bytes).expect("it was encoded");
        let executed = instance.execute(event.command, Source::Replay(event.outside), Arc::default()).await;
        assert!(executed.expect("it ends again").outcome.is_ok());
    }
}

fn histories(bench: &mut Criterion) {
    let guests = Guests::new();
    let (code, command) = (guests.code("omega"), Arc::<str>::from("(+ 1 2)"));
    let mut group = bench.benchmark_group("history");
    for tail in TAILS {
        let events = guests.runtime.block_on(recorded(&code, tail, &command));
        if let Some(bytes) = events.last() {
            eprintln!("an event of {command} has {} bytes", bytes.len());
        }
        group.bench_function(BenchmarkId::new("create + replay", format!("{tail} events")), |bench| {
            bench.to_async(&guests.runtime).iter(|| async {
                let mut instance = code.instantiate(LIMITS, None).await.expect("it is made");
                replay(&mut instance, &events).await;
                instance
            });
        });
    }
    let asking = guests.code("behave");
    let events = guests.runtime.block_on(recorded(&asking, 100, &r#"calls 100 kv.get {"key":"a"}"#.into()));
    group.bench_function("create + replay/100 events of 100 calls", |bench| {
        bench.to_async(&guests.runtime).iter(|| async {
            let mut instance = asking.instantiate(LIMITS, None).await.expect("it is made");
            replay(&mut instance, &events).await;
            instance
        });
    });
    for (kib, children) in FORKS {
        let directory = tempfile::tempdir().expect("a directory");
        let manager = guests.manager(Arc::new(FjallStore::open(directory.path()).expect("a store")), 100);
        let (tenant, parent) = (TenantName::new("t").expect("a name"), SessionName::new("parent").expect("a name"));
        guests.runtime.block_on(async {
            let guest = Some(GuestName::new("behave").expect("a name").into());
            let options = CreateOptions { guest, ..CreateOptions::default() };
            manager.create(&tenant, &parent, options).await.expect("it is made");
            for command in [format!("dirty {}", kib / 4), "count".to_owned()] {
                manager.execute(&tenant, &parent, command.into()).await.expect("it is answered");
                manager.save(&tenant, &parent).await.expect("it is saved");
            }
            manager.execute(&tenant, &parent, "count".to_owned().into()).await.expect("it is answered");
        });
        let mut number = 0;
        group.bench_function(BenchmarkId::new("fork", format!("{kib} KiB, {children} at once")), |bench| {
            bench.to_async(&guests.runtime).iter(|| {
                let names = (0..children).map(|_| {
                    number += 1;
                    SessionName::new(&format!("child-{number}")).expect("a name")
                });
                let options = ForkOptions { names: names.collect(), from: None };
                let (manager, tenant, parent) = (&manager, &tenant, &parent);
                async move { manager.fork(tenant, parent, options).await.expect("they are made") }
            });
        });
    }
    group.finish();
}

/// Events of a session whose guest is changed, and sessions that are upgraded at once.
const SWAPPED_EVENTS: u64 = 100;
const UPGRADED: u64 = 1_000;

/// A session that has counted.
async fn counted(manager: &Arc<SessionManager>, tenant: &TenantName, name: &SessionName, events: u64) {
    let guest = Some(GuestName::new("behave").expect("a name").into());
    let options = CreateOptions { guest, ..CreateOptions::default() };
    manager.create(tenant, name, options).await.expect("it is made");
    for _ in 0..events {
        manager.execute(tenant, name, "count".to_owned().into()).await.expect("it is answered");
    }
}

fn swaps(bench: &mut Criterion) {
    let guests = Guests::new();
    let tenant = TenantName::new("t").expect("a name");
    let guest = |name| GuestRef::parse(name).expect("a guest");
    let mut group = bench.benchmark_group("swap");
    group.sample_size(10);
    for (what, how) in [("transfer", SwapMethod::Transfer), ("replay", SwapMethod::Replay)] {
        let directory = tempfile::tempdir().expect("a directory");
        let manager = guests.manager(Arc::new(FjallStore::open(directory.path()).expect("a store")), 100);
        let mut number = 0;
        group.bench_function(BenchmarkId::new(what, format!("{SWAPPED_EVENTS} events")), |bench| {
            bench.iter_custom(|rounds| {
                guests.runtime.block_on(async {
                    let mut spent = Duration::ZERO;
                    for _ in 0..rounds {
                        number += 1;
                        let name = SessionName::new(&format!("s{number}")).expect("a name");
                        counted(&manager, &tenant, &name, SWAPPED_EVENTS).await;
                        let options =
                            SwapOptions { guest: guest("later"), how, checkpoint: None, dry_run: false, turn: None };
                        let began = Instant::now();
                        manager.swap(&tenant, &name, options).await.expect("it is swapped");
                        spent += began.elapsed();
                    }
                    spent
                })
            });
        });
    }
    let directory = tempfile::tempdir().expect("a directory");
    let manager = guests.manager(Arc::new(FjallStore::open(directory.path()).expect("a store")), 100);
    guests.runtime.block_on(async {
        for n in 0..UPGRADED {
            counted(&manager, &tenant, &SessionName::new(&format!("s{n}")).expect("a name"), 10).await;
        }
    });
    let mut versions = ["behave", "later"];
    group.bench_function(BenchmarkId::new("upgrade", format!("{UPGRADED} sessions")), |bench| {
        bench.to_async(&guests.runtime).iter(|| {
            let [from, to] = versions.map(guest);
            versions.reverse();
            let (how, limit) = (SwapMethod::Transfer, 1_000);
            let upgrade = Upgrade { from, to, how, dry_run: false, tenant: None, after: None, limit };
            let manager = &manager;
            async move {
                let page = manager.upgrade(upgrade).await.expect("it is upgraded");
                assert_eq!(page.sessions.len() as u64, UPGRADED);
            }
        });
    });
    group.finish();
}

/// The event of a command that writes `lines` lines and answers a number.
fn event(lines: usize) -> Event {
    let written: String = (0..lines).map(|line| format!("line {line}: {}\n", line * line)).collect();
    let (all, stdout) = (written.clone(), written);
    let answer = Answer { result: Some("500500".to_owned()), all, stdout, ..Answer::default() };
    Event {
        number: 1_000,
        follows: 999,
        at_ms: 1_790_000_000_123,
        command: "(reduce + (range 1001))".into(),
        outcome: answer.digest(),
        outside: Outside::default(),
        usage: EventUsage { wall_us: 400, cpu_us: 390, memory_before: 2 << 20, memory_after: 2 << 20 },
        replayable: true,
        key: None,
        answer: Some(answer),
        undone: None,
        guest: None,
    }
}

fn events(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("event");
    let (small, long) = (event(0), event(5_000));
    let bytes = small.encode().expect("it fits");
    group.bench_function("encode small", |bench| bench.iter(|| small.encode()));
    group.bench_function("decode small", |bench| bench.iter(|| Event::decode(&bytes)));
    group.bench_function("encode 100 KiB of output", |bench| bench.iter(|| long.encode()));
    group.finish();
}

criterion_group! {
    name = parts;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = instances, states, commands, conversations, events, histories, swaps
}
criterion_main!(parts);
