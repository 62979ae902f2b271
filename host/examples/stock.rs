//! What a large stock of stored sessions costs: fills a store with sessions of an event and a snapshot each, and times
//! opening it again, a list, a look, counting which guest has how many, and an append.
//!
//! ```text
//!   cargo run --release --example stock -- 1000000
//! ```

use std::time::{Duration, Instant};

use clap::Parser;
use hostel::name::{Digest, GuestName, SessionId, SessionName, TenantName};
use hostel::store::{
    Change, Durability, FjallStore, GuestPin, JournalSize, LimitOverrides, ReplayCost, SessionRecord, SnapshotEntry,
    Store,
};

/// Sessions to a commit while it is filled.
const AT_ONCE: u64 = 1_000;

#[derive(Parser)]
struct Arguments {
    /// How many sessions
    #[arg(default_value_t = 1_000_000)]
    sessions: u64,
    /// Bytes of each snapshot, which don't compress
    #[arg(long, default_value_t = 1_000)]
    snapshot: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let directory = tempfile::tempdir()?;
    let (filled, took) = timed(|| fill(&FjallStore::open(directory.path())?, &arguments));
    filled?;
    println!("{} sessions written in {took:.1?}", arguments.sessions);
    let (store, took) = timed(|| FjallStore::open(directory.path()));
    let store = store?;
    println!("opened again in {took:.2?}, {} MiB", store.disk_bytes() >> 20);
    let tenant = TenantName::new("t")?;
    let middle = record(arguments.sessions / 2, &arguments)?;
    let (page, took) = timed(|| store.sessions(&tenant, "", Some(&middle.name), 100));
    println!("a page of {} in {took:.2?}", page?.len());
    let (found, took) = timed(|| store.session(&tenant, &middle.name));
    println!("one found in {took:.2?}: {}", found?.is_some());
    let (used, took) = timed(|| store.guests_in_use());
    println!("counted by their guests in {took:.2?}: {} guests", used?.len());
    let event = Change::AppendEvent { id: middle.id, number: 2, bytes: &[7; 50] };
    let (appended, took) = timed(|| store.commit(&[event], Durability::Process));
    println!("an event appended in {took:.2?}");
    Ok(appended?)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

fn fill(store: &FjallStore, arguments: &Arguments) -> anyhow::Result<()> {
    let pages: Vec<u8> = (0..arguments.snapshot).map(|at| blake3::hash(&at.to_le_bytes()).as_bytes()[0]).collect();
    for first in (0..arguments.sessions).step_by(usize::try_from(AT_ONCE)?) {
        let numbers = first..arguments.sessions.min(first + AT_ONCE);
        let records = numbers.map(|number| record(number, arguments)).collect::<anyhow::Result<Vec<_>>>()?;
        let changes = records.iter().flat_map(|record| {
            let id = record.id;
            let event = Change::AppendEvent { id, number: 1, bytes: &[7; 50] };
            [Change::PutSession(record), event, Change::PutSnapshot { id, event: 1, bytes: &pages }]
        });
        store.commit(&changes.collect::<Vec<_>>(), Durability::Process)?;
    }
    Ok(store.sync()?)
}

fn record(number: u64, arguments: &Arguments) -> anyhow::Result<SessionRecord> {
    let mut id = [0; 16];
    // Spread, as random ids are.
    id.copy_from_slice(&blake3::hash(&number.to_le_bytes()).as_bytes()[..16]);
    let bytes = arguments.snapshot as u64;
    let cost = ReplayCost { events: 1, wall_us: 10, bytes: 50 };
    let memory_bytes = 458_752;
    let snapshot =
        SnapshotEntry { event: 1, bytes, memory_bytes, after: 0, cost, replayable: true, maker: None, guest: None };
    Ok(SessionRecord {
        id: SessionId::from_bytes(id),
        tenant: TenantName::new("t")?,
        name: SessionName::new(&format!("session-{number}"))?,
        guest: GuestPin { name: GuestName::new("omega")?, digest: Digest::of(b"omega") },
        guests: Vec::new(),
        created_ms: 1_790_000_000_000,
        last_accessed_ms: 1_790_000_000_000,
        event: 1,
        last_event: 1,
        first_event: 1,
        journal: JournalSize { events: 1, bytes: 50 },
        tip: 1,
        branched: false,
        keyed: false,
        snapshots: vec![snapshot],
        checkpoints: Vec::new(),
        values_bytes: 0,
        counted_bytes: bytes + 50,
        origin: None,
        memory_bytes,
        limits: LimitOverrides::default(),
        durability: None,
        functions: None,
    })
}
