//! What each guest costs: its code, its start, a command, and a session that holds a megabyte of data.
//!
//! ```text
//!   cargo run --release --example guests                          the built-in ones
//!   cargo run --release --example guests -- python=PATH …         and others
//! ```
//! Every time is the median of several rounds. *Unbaked* is what a session would cost if each of them initialised the
//! guest for itself, instead of beginning as the base image that all of them share.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use hostel::guest::{self, AddedBy, GuestRegistry, JAVASCRIPT, OMEGA};
use hostel::instance::{
    EngineSize, ExchangeLimits, GuestCode, HostEngine, InstanceLimits, SessionInstance, Source, TABLE_ELEMENTS,
};
use hostel::name::GuestName;
use hostel::snapshot;

const LIMITS: InstanceLimits = InstanceLimits {
    memory_bytes: 512 << 20,
    table_elements: TABLE_ELEMENTS,
    output_bytes: 1 << 20,
    command_timeout: Duration::from_secs(60),
    exchanges: ExchangeLimits { count: 1_000, bytes: 1 << 20 },
};

#[derive(Parser)]
struct Arguments {
    /// Guests beside the built-in ones: NAME=PATH of a component
    guests: Vec<String>,
    /// Rounds of each measurement
    #[arg(long, default_value_t = 21)]
    rounds: usize,
}

/// What to say to a guest in its language.
struct Words {
    language: &'static str,
    /// Something short.
    short: &'static str,
    /// Makes ten thousand texts of a hundred random digits, a megabyte, and keeps them.
    load: &'static str,
}

const WORDS: &[Words] = &[
    Words {
        language: "Omega Lisp",
        short: "(+ 1 2)",
        load: "(define (digits) (number->string (+ 1000000000 (random 1000000000)))) \
               (define (text) (apply string-append (map (lambda (i) (digits)) (iota 10)))) \
               (define data (let loop ((i 0) (l '())) (if (= i 10000) l (loop (+ i 1) (cons (text) l))))) (length data)",
    },
    Words {
        language: "JavaScript",
        short: "1 + 2",
        load: "const digits = () => String(Math.random()).slice(2, 12).padEnd(10, '0'); \
               const text = () => Array.from({ length: 10 }, digits).join(''); \
               const data = Array.from({ length: 10000 }, text); data.length",
    },
    Words {
        language: "Python",
        short: "1 + 2",
        load: "import random\ndata = [str(random.randrange(10**99, 10**100)) for _ in range(10000)]\nlen(data)",
    },
    Words { language: "Behave", short: "count", load: "alloc 1000000" },
];

/// A language that is not known here: no command at all.
const SILENT: Words = Words { language: "", short: "", load: "" };

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut guests = vec![("omega".to_owned(), OMEGA.to_vec()), ("javascript".to_owned(), JAVASCRIPT.to_vec())];
    for guest in &arguments.guests {
        let (name, path) = guest.split_once('=').with_context(|| format!("{guest} is not NAME=PATH"))?;
        guests.push((name.to_owned(), std::fs::read(path).with_context(|| path.to_owned())?));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut columns = Vec::new();
    for (name, component) in &guests {
        columns.push(runtime.block_on(measure(name, component, arguments.rounds)).with_context(|| name.clone())?);
    }
    print(&columns);
    Ok(())
}

/// A column of the table: heads and figures.
type Column = Vec<(&'static str, String)>;

fn print(columns: &[Column]) {
    for row in 0..columns[0].len() {
        let cells = columns.iter().map(|column| format!("{:>14}", column[row].1));
        println!("{:<44}{}", columns[0][row].0, cells.collect::<String>());
    }
}

async fn measure(name: &str, component: &[u8], rounds: usize) -> anyhow::Result<Column> {
    let artifacts = tempfile::tempdir()?;
    let guest_name = GuestName::new(name)?;
    let (registry, registered_in) = timed(register(artifacts.path(), &guest_name, component)).await;
    let (_, loaded_in) = timed(register(artifacts.path(), &guest_name, component)).await;
    let guest = registry?.named(Some(&guest_name)).context("it is registered")?;
    let report = guest::check(component).await?;
    let words = WORDS.iter().find(|words| words.language == guest.language.language).unwrap_or(&SILENT);
    let mut column = vec![
        ("guest", name.to_owned()),
        ("component", mib(component.len())),
        ("compiled", mib(guest.compiled_bytes)),
        ("base image, shared by its sessions", mib(guest.code.base.bytes())),
        ("initialise and bake", time(report.prepared_in)),
        ("compile for sessions", time(report.compiled_in)),
        ("register, all in all", time(registered_in)),
        ("register again from what is kept", time(loaded_in)),
    ];
    column.extend(sessions(&guest.code, words, rounds).await?);
    column.extend(unbaked(component, words, rounds).await?);
    Ok(column)
}

async fn register(artifacts: &Path, name: &GuestName, component: &[u8]) -> anyhow::Result<GuestRegistry> {
    let size = EngineSize { live_sessions_max: 8, memory_bytes_max: LIMITS.memory_bytes };
    let registry = GuestRegistry::new(HostEngine::for_sessions(size)?, artifacts, name.clone());
    registry.register(name, component, AddedBy::Configuration).await?;
    Ok(registry)
}

/// What sessions cost that begin as the base image.
async fn sessions(code: &Arc<GuestCode>, words: &Words, rounds: usize) -> anyhow::Result<Column> {
    let (mut first, mut warm, mut private) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let began = Instant::now();
        let mut instance = code.instantiate(LIMITS, None).await?;
        run(&mut instance, words.short).await?;
        first.push(began.elapsed());
        private = held(&mut instance).await?;
        for _ in 0..rounds {
            warm.push(timed(run(&mut instance, words.short)).await.1);
        }
    }
    let mut column = vec![
        ("create + first command", time(median(first))),
        ("warm command", time(median(warm))),
        ("private memory after the first command", mib(private)),
    ];
    column.extend(loaded(code, words, rounds).await?);
    Ok(column)
}

/// What a session costs that holds a megabyte.
async fn loaded(code: &Arc<GuestCode>, words: &Words, rounds: usize) -> anyhow::Result<Column> {
    let mut instance = code.instantiate(LIMITS, None).await?;
    run(&mut instance, words.load).await?;
    let private = held(&mut instance).await?;
    let (mut captures, mut encodes, mut restores) = (Vec::new(), Vec::new(), Vec::new());
    let mut encoded = Vec::new();
    for _ in 0..rounds {
        let (snapshot, took) = timed(instance.capture(1)).await;
        let snapshot = snapshot?;
        captures.push(took);
        let began = Instant::now();
        encoded = snapshot::encode(&snapshot);
        encodes.push(began.elapsed());
        let began = Instant::now();
        let decoded = snapshot::decode(&encoded, LIMITS.memory_bytes)?;
        let mut restored = code.instantiate(LIMITS, None).await?;
        restored.apply(&decoded).await?;
        restores.push(began.elapsed());
    }
    Ok(vec![
        ("with 1 MB of data: private memory", mib(private)),
        ("with 1 MB of data: snapshot", mib(encoded.len())),
        ("with 1 MB of data: capture", time(median(captures))),
        ("with 1 MB of data: encode", time(median(encodes))),
        ("with 1 MB of data: decode + create + restore", time(median(restores))),
    ])
}

/// What sessions would cost that initialise the guest for themselves.
async fn unbaked(component: &[u8], words: &Words, rounds: usize) -> anyhow::Result<Column> {
    let size = EngineSize { live_sessions_max: 8, memory_bytes_max: LIMITS.memory_bytes };
    let code = guest::unbaked(&HostEngine::for_sessions(size)?, component).await?;
    let (mut first, mut private) = (Vec::new(), 0);
    for _ in 0..rounds {
        let began = Instant::now();
        let mut instance = code.instantiate(LIMITS, None).await?;
        instance.info().await?;
        run(&mut instance, words.short).await?;
        first.push(began.elapsed());
        private = held(&mut instance).await?;
    }
    Ok(vec![
        ("unbaked: create + initialise + first command", time(median(first))),
        ("unbaked: private memory", mib(private)),
    ])
}

async fn run(instance: &mut SessionInstance, command: &str) -> anyhow::Result<()> {
    let executed = instance.execute(command.into(), Source::Live(None), Arc::default()).await?;
    executed.outcome.map(drop).map_err(anyhow::Error::msg)
}

/// What the session is charged for, in bytes: its own pages, and what the host keeps for it.
async fn held(instance: &mut SessionInstance) -> anyhow::Result<usize> {
    // Long enough to be looked at anew.
    Ok(usize::try_from(instance.settle(Duration::from_secs(1)).await?.charge())?)
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    let done = work.await;
    (done, began.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

fn mib(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let kib = bytes as f64 / 1024.0;
    if kib < 1024.0 { format!("{kib:.0} KiB") } else { format!("{:.2} MiB", kib / 1024.0) }
}
