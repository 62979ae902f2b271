//! What only the embedded store does.

use super::*;
use crate::name::{Digest, GuestName};
use crate::store::{GuestPin, LimitOverrides};

const ID: SessionId = SessionId::from_bytes([1; 16]);

fn open(folder: &tempfile::TempDir) -> FjallStore {
    FjallStore::open(folder.path()).expect("the store opens")
}

fn append(store: &FjallStore, number: u64, durability: Durability) {
    let change = Change::AppendEvent { id: ID, number, bytes: b"tripwire-bytes" };
    store.commit(&[change], durability).expect("the commit succeeds");
}

fn tenant() -> TenantName {
    TenantName::new("a").expect("a name")
}

fn record(name: &str) -> SessionRecord {
    SessionRecord {
        id: ID,
        tenant: tenant(),
        name: SessionName::new(name).expect("a name"),
        guest: GuestPin { name: GuestName::new("omega").expect("a name"), digest: Digest::of(b"omega") },
        created_ms: 1,
        last_accessed_ms: 2,
        event_count: 3,
        checkpoint_count: 4,
        snapshot_event: Some(3),
        snapshot_bytes: 5,
        memory_bytes: 6,
        limits: LimitOverrides { memory_bytes: Some(7), command_timeout_ms: Some(8), output_bytes: None },
    }
}

/// `sync` relies on how the engine names its journals; a new engine that does otherwise must not pass unseen.
#[test]
fn the_file_that_is_synced_is_the_one_that_commits_are_written_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    append(&store, 1, Durability::Process);
    let engine = folder.path().join("fjall");
    let newest = sync::newest_journal(&engine).expect("there is a journal");
    let bytes = std::fs::read(sync::journal_path(&engine, newest)).expect("readable");
    assert!(bytes.windows(14).any(|window| window == b"tripwire-bytes"));
}

#[test]
fn concurrent_commits_are_all_safe_when_they_return() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || (0..20).for_each(|step| append(store, thread * 20 + step + 1, Durability::Power)));
        }
    });
    assert_eq!(store.events(ID, 0, 999).expect("readable").len(), 160);
}

#[test]
fn a_second_store_on_the_directory_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    let refused = FjallStore::open(folder.path()).err().expect("it is in use");
    assert!(refused.to_string().ends_with(&format!("is in use by another hostel (process {})", std::process::id())));
    drop(store);
    open(&folder);
}

#[test]
fn the_first_record_format_is_readable_for_ever() {
    let golden = concat!(
        r#"{"format":1,"session":{"id":"01010101010101010101010101010101","tenant":"a","name":"x","#,
        r#""guest":{"name":"omega","digest":"GUEST"},"createdMs":1,"lastAccessedMs":2,"eventCount":3,"#,
        r#""checkpointCount":4,"snapshotEvent":3,"snapshotBytes":5,"memoryBytes":6,"#,
        r#""limits":{"memoryBytes":7,"commandTimeoutMs":8}}}"#
    )
    .replace("GUEST", &Digest::of(b"omega").to_string());
    assert_eq!(records::decode(b"a\0x", golden.as_bytes()).expect("readable"), record("x"));
}

#[test]
fn a_damaged_record_is_named_and_the_others_are_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    let good = record("good");
    store.commit(&[Change::PutSession(&good)], Durability::Process).expect("the commit succeeds");
    let newer = br#"{"format":2,"session":{}}"#.to_vec();
    let foreign = records::encode(&record("other"));
    for (bytes, reason) in [
        (b"\x00\xff".to_vec(), "expected value at line 1 column 1"),
        (newer, "it has format 2, this program knows 1"),
        (foreign, "it is that of a/other"),
    ] {
        store.engine.spaces.sessions.insert(b"a\0bad", bytes).expect("written");
        let damaged = store.session(&tenant(), &SessionName::new("bad").expect("a name")).expect_err("damaged");
        assert_eq!(damaged.to_string(), format!("the record of session a/bad is damaged: {reason}"));
        assert!(matches!(store.sessions(&tenant(), "", None, 9), Err(StoreError::Damaged { .. })));
    }
    assert_eq!(store.session(&tenant(), &good.name).expect("readable"), Some(good));
}

#[test]
fn after_a_failed_sync_nothing_is_written_and_all_is_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    append(&store, 1, Durability::Power);
    // No journal can be found where there is no directory.
    let moved = folder.path().join("elsewhere");
    std::fs::rename(folder.path().join("fjall"), &moved).expect("moved");
    let change = Change::AppendEvent { id: ID, number: 2, bytes: b"e" };
    let failed = store.commit(std::slice::from_ref(&change), Durability::Power).expect_err("nothing to sync");
    assert!(matches!(failed, StoreError::Write(_)));
    std::fs::rename(&moved, folder.path().join("fjall")).expect("moved back");
    assert!(matches!(store.commit(&[change], Durability::Process), Err(StoreError::Write(_))));
    assert!(store.sync().is_err());
    assert!(!store.events(ID, 0, 9).expect("readable").is_empty());
}

#[test]
fn a_first_opening_that_was_cut_short_does_not_matter() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = folder.path().join("fjall");
    drop(open(&folder));
    std::fs::remove_dir_all(&engine).expect("removed");
    std::fs::create_dir_all(engine.join("keyspaces")).expect("created");
    std::fs::write(engine.join("0.jnl"), [0; 64]).expect("written");
    append(&open(&folder), 1, Durability::Process);
}
