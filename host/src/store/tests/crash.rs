//! What the embedded store survives: `kill -9`, journals cut anywhere, damaged files.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::*;

const DIRECTORY: &str = "HOSTEL_TEST_STORE";

/// Commits until its parent kills it, and says after each what it was told is safe.
#[test]
#[ignore = "the child of the_acknowledged_outlives_kill_9, which runs it"]
fn child_appends_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let store = open(Path::new(&directory));
    let pages = vec![7; 200_000];
    for number in 1_u64.. {
        let bytes = number.to_le_bytes();
        let mut changes = vec![Change::AppendEvent { id: id(1), number, bytes: &bytes }];
        if number % 10 == 0 {
            changes.push(Change::PutSnapshot { id: id(1), event: number, bytes: &pages });
            changes.push(Change::KeepSnapshots { id: id(1), events: std::slice::from_ref(&number) });
        }
        commit(&store, &changes);
        writeln!(std::io::stdout(), "safe {number}").expect("the parent listens");
    }
}

#[test]
fn the_acknowledged_outlives_kill_9() {
    let folder = tempfile::tempdir().expect("a folder");
    // Enough for the write buffers to be flushed while it runs.
    let safe = kill_child_after(folder.path(), 4_000);
    let store = open(folder.path());
    let numbers = event_numbers(&store, id(1));
    let last = numbers.last().copied().unwrap_or_default();
    assert!(last == safe || last == safe + 1, "{safe} events were acknowledged, {last} are there");
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    let newest = last / 10 * 10;
    let bytes = store.snapshot(SnapshotKey { maker: id(1), event: newest }).expect("readable");
    assert_eq!(bytes.map(|bytes| bytes.len()), Some(200_000));
    assert_eq!(store.stored_bytes(id(1)).expect("readable").snapshots, 200_000);
    append(&store, id(1), last + 1, b"life goes on");
}

/// The last number that the child said was safe.
fn kill_child_after(directory: &Path, commits: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("this test's program"))
        .args(["--exact", "--ignored", "--nocapture", "store::tests::crash::child_appends_until_it_is_killed"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let mut safe = 0;
    let lines = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
    for line in lines {
        let Ok(line) = line else { break };
        let Some(number) = line.rsplit_once("safe ").and_then(|(_, number)| number.parse().ok()) else { continue };
        safe = number;
        if number == commits {
            child.kill().expect("the child is running");
        }
    }
    child.wait().expect("the child ended");
    assert!(safe >= commits, "the child stopped after {safe} commits");
    safe
}

/// The journal of a store with events 1 to 5 and a snapshot of 20,000 bytes with the last one; and where its bytes end.
fn journal_of_five(directory: &Path) -> (PathBuf, Vec<u8>) {
    let store = open(directory);
    for number in 1..=4_u8 {
        append(&store, id(1), number.into(), &[number; 40]);
    }
    let last = Change::AppendEvent { id: id(1), number: 5, bytes: &[5; 40] };
    commit(&store, &[last, Change::PutSnapshot { id: id(1), event: 5, bytes: &[7; 20_000] }]);
    drop(store);
    let journal = directory.join("fjall/0.jnl");
    let mut bytes = std::fs::read(&journal).expect("the journal");
    bytes.truncate(bytes.iter().rposition(|&byte| byte != 0).expect("it holds something") + 1);
    (journal, bytes)
}

/// Opens the store with `bytes` for its journal; it must hold events 1 to n, whole, and take more.
fn events_with_journal(directory: &Path, journal: &Path, bytes: &[u8]) -> usize {
    std::fs::write(journal, bytes).expect("written");
    let store = open(directory);
    let events = store.events(id(1), 0, 99).expect("readable");
    for (at, (number, bytes)) in (1_u8..).zip(&events) {
        assert_eq!((u64::from(at), [at; 40].as_slice()), (*number, bytes.as_slice()));
    }
    assert_eq!(has_snapshot(&store, id(1), 5), events.len() == 5);
    append(&store, id(1), 6, b"life goes on");
    drop(store);
    assert_eq!(event_numbers(&open(directory), id(1)).len(), events.len() + 1);
    events.len()
}

#[test]
fn a_journal_cut_anywhere_opens_with_whole_commits() {
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, bytes) = journal_of_five(folder.path());
    assert_eq!(events_with_journal(folder.path(), &journal, &bytes), 5);
    let fourth = bytes.len() - 20_200;
    for cut in (1..fourth + 300).step_by(17).chain((fourth..bytes.len()).step_by(1_999)) {
        assert!(events_with_journal(folder.path(), &journal, &bytes[..cut]) < 5, "cut at {cut}");
    }
    let preallocated = [&bytes[..fourth + 500], [0; 4096].as_slice()].concat();
    assert_eq!(events_with_journal(folder.path(), &journal, &preallocated), 4);
}

#[test]
fn a_journal_whose_last_pages_reached_the_disk_out_of_order_opens_without_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, mut bytes) = journal_of_five(folder.path());
    let page = bytes.len() / 4096 * 4096 - 4096;
    bytes[page..page + 4096].fill(0);
    assert_eq!(events_with_journal(folder.path(), &journal, &bytes), 4);
    assert_eq!(std::fs::read(journal.with_extension("damaged")).expect("a copy is kept"), bytes);
}

#[test]
fn a_journal_with_any_one_byte_changed_opens_or_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, bytes) = journal_of_five(folder.path());
    for at in (0..bytes.len()).step_by(bytes.len() / 150) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x14;
        std::fs::write(&journal, &damaged).expect("written");
        match FjallStore::open(folder.path()) {
            Ok(store) => assert!(event_numbers(&store, id(1)).len() <= 5),
            Err(error) => assert!(matches!(error, StoreError::Open { .. }), "byte {at}: {error}"),
        }
    }
}

#[test]
fn a_removal_that_was_cut_short_is_finished_by_the_next_opening() {
    let folder = tempfile::tempdir().expect("a folder");
    let (gone, journal) = (record("a", "x", id(1)), folder.path().join("fjall/0.jnl"));
    let store = open(folder.path());
    let appends: Vec<_> =
        (1..=3_500).map(|number| Change::AppendEvent { id: id(1), number, bytes: b"event" }).collect();
    commit(&store, &appends);
    let before = std::fs::read(&journal).expect("the journal").iter().rposition(|&byte| byte != 0).expect("written");
    commit(&store, &[Change::RemoveSession { tenant: &gone.tenant, name: &gone.name, id: gone.id }]);
    drop(store);
    let mut bytes = std::fs::read(&journal).expect("the journal");
    bytes.truncate(bytes.iter().rposition(|&byte| byte != 0).expect("it holds something"));
    for cut in [before + 1_000, before + 60_000, bytes.len()] {
        std::fs::write(&journal, &bytes[..cut]).expect("written");
        let left = event_numbers(&open(folder.path()), id(1)).len();
        assert_eq!(left, if cut == before + 1_000 { 3_500 } else { 0 }, "cut at {cut}");
    }
}
