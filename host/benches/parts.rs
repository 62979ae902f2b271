//! What the parts of a turn cost, in process: instances, capture, restore, and a whole command through the manager.
//!
//! `cargo bench -p hostel --bench parts`. The machine's noise is in every figure: compare within one run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hostel::config::Config;
use hostel::guest::{GuestRegistry, OMEGA};
use hostel::instance::{EngineSize, GuestCode, HostEngine, InstanceLimits, SessionInstance, Source, TABLE_ELEMENTS};
use hostel::metrics::Metrics;
use hostel::name::{GuestName, SessionName, TenantName};
use hostel::session::SessionManager;
use hostel::snapshot;
use hostel::store::{FjallStore, MemoryStore, Store};
use tokio::runtime::Runtime;

const BEHAVE: &[u8] = include_bytes!("../../tests/guests/behave.wasm");

const LIMITS: InstanceLimits = InstanceLimits {
    memory_bytes: 64 << 20,
    table_elements: TABLE_ELEMENTS,
    output_bytes: 1 << 20,
    command_timeout: Duration::from_secs(10),
};

/// State sizes to capture and restore, in KiB of dirty pages beside the guest's own.
const STATES_KIB: [u64; 3] = [0, 100, 1024];

struct Guests {
    runtime: Runtime,
    registry: Arc<GuestRegistry>,
}

impl Guests {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let size = EngineSize { live_sessions_max: 1000, memory_bytes_max: LIMITS.memory_bytes };
        let engine = HostEngine::for_sessions(size).expect("an engine");
        let name = |name| GuestName::new(name).expect("a name");
        let registry = GuestRegistry::new(engine, &std::env::temp_dir().join("hostel-bench-artifacts"), name("omega"));
        runtime.block_on(async {
            registry.register(&name("omega"), OMEGA).await.expect("omega is a guest");
            registry.register(&name("behave"), BEHAVE).await.expect("behave is a guest");
        });
        Self { runtime, registry: Arc::new(registry) }
    }

    fn code(&self, name: &str) -> Arc<GuestCode> {
        let name = GuestName::new(name).expect("a name");
        self.registry.named(Some(&name)).expect("it is registered").code.clone()
    }

    fn manager(&self, store: Arc<dyn Store>, live_sessions_max: u32) -> Arc<SessionManager> {
        let mut config = Config::default();
        config.pool.live_sessions_max = live_sessions_max;
        let (metrics, turns) = (Arc::new(Metrics::default()), self.runtime.handle().clone());
        SessionManager::new(Arc::new(config), self.registry.clone(), store, metrics, turns)
    }
}

async fn run(instance: &mut SessionInstance, command: &Arc<str>) {
    instance.execute(command.clone(), Source::Live, Arc::default()).await.expect("the command is answered");
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
    let stores: [(&str, Arc<dyn Store>); 2] = [("memory", Arc::new(MemoryStore::default())), ("disk", disk)];
    let mut group = bench.benchmark_group("command");
    for (kind, store) in stores {
        let manager = guests.manager(store, 100);
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

criterion_group! {
    name = parts;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = instances, states, commands
}
criterion_main!(parts);
