//! What only the embedded store does.

mod disk;

use super::*;
use crate::name::{CheckpointName, Digest, GuestName};
use crate::store::{Checkpoint, GuestPin, JournalSize, LimitOverrides, Origin, ReplayCost, SnapshotEntry};

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
        guests: Vec::new(),
        created_ms: 1,
        last_accessed_ms: 2,
        event: 3,
        last_event: 3,
        first_event: 4,
        journal: JournalSize::default(),
        tip: 3,
        branched: false,
        keyed: false,
        snapshots: vec![snapshot(3)],
        checkpoints: Vec::new(),
        values_bytes: 0,
        counted_bytes: 0,
        origin: None,
        memory_bytes: 6,
        limits: LimitOverrides { memory_bytes: Some(7), command_timeout_ms: Some(8), output_bytes: None },
        durability: None,
        functions: None,
    }
}

fn snapshot(event: u64) -> SnapshotEntry {
    SnapshotEntry {
        event,
        bytes: 5,
        memory_bytes: 6,
        after: 0,
        cost: ReplayCost::default(),
        replayable: false,
        maker: None,
        guest: None,
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

const GOLDEN_V1: &str = concat!(
    r#"{"format":1,"session":{"id":"01010101010101010101010101010101","tenant":"a","name":"x","#,
    r#""guest":{"name":"omega","digest":"GUEST"},"createdMs":1,"lastAccessedMs":2,"eventCount":3,"#,
    r#""checkpointCount":4,"snapshotEvent":3,"snapshotBytes":5,"memoryBytes":6,"#,
    r#""limits":{"memoryBytes":7,"commandTimeoutMs":8}}}"#
);

fn decoded(golden: &str) -> SessionRecord {
    let golden = golden.replace("GUEST", &Digest::of(b"omega").to_string());
    records::decode(b"a\0x", golden.as_bytes()).expect("readable")
}

#[test]
fn the_first_record_format_is_readable_for_ever() {
    assert_eq!(decoded(GOLDEN_V1), record("x"));
    let unsaved =
        GOLDEN_V1.replace(r#""snapshotEvent":3,"snapshotBytes":5"#, r#""snapshotEvent":null,"snapshotBytes":0"#);
    assert_eq!(decoded(&unsaved), SessionRecord { first_event: 1, snapshots: Vec::new(), ..record("x") });
}

/// As the first version left one: with no branches, keys and shares, and a floor for snapshots too.
#[test]
fn a_store_of_the_first_version_opens_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    let (db, spaces) = (store.engine.db.clone(), store.engine.spaces.clone());
    append(&store, 4, Durability::Process);
    let put = Change::PutSnapshot { id: ID, event: 3, bytes: b"pages" };
    store.commit(&[put], Durability::Process).expect("committed");
    spaces.sessions.insert(b"a\0x", GOLDEN_V1.replace("GUEST", &Digest::of(b"omega").to_string())).expect("written");
    spaces.floors.insert([b"s".as_slice(), ID.as_bytes()].concat(), 4_u64.to_be_bytes()).expect("written");
    for newer in [spaces.branches, spaces.keys, spaces.values, spaces.shares, spaces.usage] {
        db.delete_keyspace(newer).expect("deleted");
    }
    drop((store, db, spaces.sessions, spaces.events, spaces.snapshots, spaces.floors, spaces.removals));

    let store = open(&folder);
    let found = store.session(&tenant(), &SessionName::new("x").expect("a name")).expect("readable");
    assert_eq!(found, Some(record("x")));
    let (key, with) = (SnapshotKey { maker: ID, event: 3 }, SessionId::from_bytes([2; 16]));
    let share = Change::ShareSnapshot { key, holder: ID, with };
    let changes = [share, Change::KeepSnapshots { id: ID, events: &[] }, Change::PutKey { id: ID, hash: 1, event: 4 }];
    store.commit(&changes, Durability::Process).expect("committed");
    assert!(store.snapshot(key).expect("readable").is_some());
    store.commit(&[Change::ReleaseSnapshot { key, holder: with }], Durability::Process).expect("committed");
    assert_eq!(store.stored_bytes(ID).expect("readable"), StoredBytes { snapshots: 0, journal: 14 });
}

#[test]
fn the_second_record_format_is_readable_for_ever_and_is_what_is_written() {
    let golden = concat!(
        r#"{"format":2,"session":{"id":"01010101010101010101010101010101","tenant":"a","name":"x","#,
        r#""guest":{"name":"omega","digest":"GUEST"},"createdMs":1,"lastAccessedMs":2,"event":3,"lastEvent":13,"#,
        r#""firstEvent":4,"journal":{"events":8,"bytes":900},"tip":12,"branched":true,"keyed":true,"snapshots":["#,
        r#"{"event":3,"bytes":5,"memoryBytes":6,"after":0,"cost":{"events":0,"wallUs":0,"bytes":0},"replayable":false},"#,
        r#"{"event":9,"bytes":5,"memoryBytes":6,"after":3,"cost":{"events":6,"wallUs":70,"bytes":800},"replayable":true,"#,
        r#""maker":"02020202020202020202020202020202"}],"checkpoints":[{"name":"c","event":9,"createdMs":10}],"#,
        r#""countedBytes":77,"origin":{"id":"02020202020202020202020202020202","name":"y","event":11},"memoryBytes":6,"#,
        r#""limits":{"memoryBytes":7,"commandTimeoutMs":8},"durability":"power"}}"#
    );
    let other = SessionId::from_bytes([2; 16]);
    let cost = ReplayCost { events: 6, wall_us: 70, bytes: 800 };
    let shared = SnapshotEntry { after: 3, cost, replayable: true, maker: Some(other), ..snapshot(9) };
    let name = |text| CheckpointName::new(text).expect("a name");
    let rich = SessionRecord {
        last_event: 13,
        journal: JournalSize { events: 8, bytes: 900 },
        tip: 12,
        branched: true,
        keyed: true,
        snapshots: vec![snapshot(3), shared],
        checkpoints: vec![Checkpoint { name: name("c"), event: 9, created_ms: 10 }],
        values_bytes: 0,
        counted_bytes: 77,
        origin: Some(Origin { id: other, name: SessionName::new("y").expect("a name"), event: 11 }),
        durability: Some(Durability::Power),
        ..record("x")
    };
    assert_eq!(decoded(golden), rich);
    let written = String::from_utf8(records::encode(&rich)).expect("text");
    assert_eq!(written, golden.replace("GUEST", &Digest::of(b"omega").to_string()));
}

#[test]
fn a_damaged_record_is_named_and_the_others_are_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    let good = record("good");
    store.commit(&[Change::PutSession(&good)], Durability::Process).expect("the commit succeeds");
    let newer = br#"{"format":3,"session":{}}"#.to_vec();
    let foreign = records::encode(&record("other"));
    for (bytes, reason) in [
        (b"\x00\xff".to_vec(), "expected value at line 1 column 1"),
        (newer, "it has format 3, this program knows up to 2"),
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

#[test]
fn a_snapshot_takes_a_note_of_its_holders_only_while_others_than_its_maker_may_hold_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    let notes = || store.engine.spaces.shares.iter().count();
    let (key, with) = (SnapshotKey { maker: ID, event: 1 }, SessionId::from_bytes([2; 16]));
    let commit = |change| store.commit(&[change], Durability::Process).expect("the commit succeeds");
    commit(Change::PutSnapshot { id: ID, event: 1, bytes: b"pages" });
    assert_eq!(notes(), 0);
    commit(Change::ShareSnapshot { key, holder: ID, with });
    assert_eq!(notes(), 2);
    commit(Change::KeepSnapshots { id: ID, events: &[] });
    commit(Change::ReleaseSnapshot { key, holder: with });
    assert_eq!(notes(), 0);
}

/// What a session leaves behind is walked over once at most: [`makers`] has the reason.
#[test]
fn a_commit_knows_the_snapshots_of_its_maker_without_asking_the_engine() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    let commit = |changes: &[Change<'_>]| store.commit(changes, Durability::Process);
    let put = |event| Change::PutSnapshot { id: ID, event, bytes: b"pages" };
    let known = || store.makers.hold(&[Change::KeepSnapshots { id: ID, events: &[] }]).known(ID).cloned();
    commit(&[put(1)]).expect("committed");
    assert_eq!(known(), None);
    commit(&[put(2), Change::KeepSnapshots { id: ID, events: &[1, 2] }]).expect("committed");
    assert_eq!(known(), Some([1, 2].into()));
    let with = SessionId::from_bytes([2; 16]);
    let key = SnapshotKey { maker: ID, event: 9 };
    let refused = [Change::KeepSnapshots { id: ID, events: &[] }, Change::ShareSnapshot { key, holder: ID, with }];
    commit(&refused).expect_err("there is no such snapshot");
    assert_eq!(known(), Some([1, 2].into()));
    commit(&[put(3), Change::KeepSnapshots { id: ID, events: &[1, 3] }]).expect("committed");
    assert_eq!(known(), Some([1, 3].into()));
}
