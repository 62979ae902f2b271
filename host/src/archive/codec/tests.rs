//! The golden file was written by `encode` when its format was new and is never written again: what was exported must
//! be importable for ever.

use proptest::prelude::*;

use super::*;
use crate::journal::{Answer, Event, EventUsage, Outside};
use crate::name::{CheckpointName, Digest, GuestName, SessionId, SessionName, TenantName};
use crate::store::{Checkpoint, Durability, GuestPin, JournalSize, LimitOverrides, Origin, ReplayCost, SnapshotEntry};

const GOLDEN: &[u8] = include_bytes!("../golden/v1.archive");
const V1_EVENT: &[u8] = include_bytes!("../../journal/golden/v1-small.event");

fn key() -> ArchiveKey {
    ArchiveKey::from_bytes([0x5a; 32])
}

fn event(number: u64, follows: u64) -> (u64, Vec<u8>) {
    let answer = Answer { result: Some(number.to_string()), ..Answer::default() };
    let event = Event {
        number,
        follows,
        at_ms: 1_790_000_000_123 + number,
        command: "(tick)".into(),
        outcome: answer.digest(),
        outside: Outside::default(),
        usage: EventUsage { wall_us: 9, cpu_us: 8, memory_before: 1 << 20, memory_after: 1 << 20 },
        replayable: true,
        key: Some("k".into()),
        answer: Some(answer),
        undone: None,
        guest: None,
    };
    (number, event.encode().expect("a small event"))
}

fn snapshot(event: u64, after: u64, bytes: u64) -> SnapshotEntry {
    let cost = ReplayCost { events: event - after, wall_us: 18, bytes: 120 };
    SnapshotEntry { event, bytes, memory_bytes: 1 << 20, after, cost, replayable: true, maker: None, guest: None }
}

fn record() -> SessionRecord {
    let checkpoint = |name: &str, event| {
        let name = CheckpointName::new(name).expect("a name");
        Checkpoint { name, event, created_ms: 1_790_000_000_500 }
    };
    let name = SessionName::new("alice").expect("a name");
    SessionRecord {
        id: SessionId::from_bytes([0xa5; 16]),
        tenant: TenantName::new("default").expect("a name"),
        name: name.clone(),
        guest: GuestPin { name: GuestName::new("omega").expect("a name"), digest: Digest::of(b"omega") },
        guests: Vec::new(),
        created_ms: 1_790_000_000_000,
        last_accessed_ms: 1_790_000_000_128,
        event: 5,
        last_event: 5,
        first_event: 1,
        journal: JournalSize { events: 5, bytes: 400 },
        tip: 5,
        branched: true,
        keyed: true,
        snapshots: vec![snapshot(2, 0, 7), snapshot(4, 2, 9)],
        checkpoints: vec![checkpoint("beginning", 0), checkpoint("good", 4)],
        values_bytes: 0,
        counted_bytes: 416,
        origin: Some(Origin { id: SessionId::from_bytes([1; 16]), name, event: 0 }),
        memory_bytes: 1 << 20,
        limits: LimitOverrides { memory_bytes: Some(8 << 20), ..LimitOverrides::default() },
        durability: Some(Durability::Power),
        functions: None,
    }
}

/// Three events, of which the third was undone, and two that followed the second then.
fn golden() -> Archive {
    Archive {
        record: record(),
        exported_ms: 1_790_000_001_000,
        events: vec![(1, V1_EVENT.to_vec()), event(2, 1), event(3, 2), event(4, 2), event(5, 4)],
        branches: vec![(4, 2)],
        snapshots: vec![(2, b"state 2".to_vec()), (4, b"state no4".to_vec())],
        values: None,
    }
}

/// `bytes` with the proof that they should have, in place of their last 32: a liar's work who has the key.
fn proven(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - PROOF_BYTES;
    let proof = key().proof(&bytes[..end]);
    bytes[end..].copy_from_slice(proof.as_bytes());
    bytes
}

/// What is said of the golden archive after a change to it.
fn refused(change: impl FnOnce(&mut Archive)) -> String {
    let mut archive = golden();
    change(&mut archive);
    match decode(&encode(&archive, &key()), &key()) {
        Err(DecodeError::Invalid { what }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_archive_of_the_first_format_is_readable_for_ever() {
    assert_eq!(decode(GOLDEN, &key()), Ok(golden()));
}

#[test]
fn an_archive_decodes_to_what_was_encoded() {
    let bytes = encode(&golden(), &key());
    assert_eq!(encoded_bytes(&golden()), bytes.len() as u64);
    assert_eq!(decode(&bytes, &key()), Ok(golden()));

    let record = SessionRecord { event: 0, last_event: 0, tip: 0, snapshots: Vec::new(), ..record() };
    let record = SessionRecord { checkpoints: Vec::new(), branched: false, ..record };
    let (events, branches, snapshots) = (Vec::new(), Vec::new(), Vec::new());
    let fresh = Archive { record, exported_ms: 0, events, branches, snapshots, values: None };
    let bytes = encode(&fresh, &key());
    assert_eq!(encoded_bytes(&fresh), bytes.len() as u64);
    assert_eq!(decode(&bytes, &key()), Ok(fresh));
}

#[test]
fn values_make_an_archive_of_the_second_format() {
    let mut archive = golden();
    assert_eq!(encode(&archive, &key())[8], 1, "programs that know no other can read it");
    archive.values = Some(b"\x01{}".to_vec());
    archive.record.values_bytes = 3;
    let bytes = encode(&archive, &key());
    assert_eq!((bytes[8], encoded_bytes(&archive)), (2, bytes.len() as u64));
    assert_eq!(decode(&bytes, &key()), Ok(archive));
    assert!(refused(|archive| archive.record.values_bytes = 1).contains("its record counts 1"));
}

#[test]
fn an_archive_need_not_have_the_beginning_of_its_history() {
    let mut archive = golden();
    archive.record.first_event = 5;
    archive.events.drain(..4);
    assert_eq!(decode(&encode(&archive, &key()), &key()), Ok(archive));
}

#[test]
fn an_archive_made_with_another_key_is_refused() {
    let other = ArchiveKey::from_bytes([0x5b; 32]);
    assert_eq!(decode(&encode(&golden(), &other), &key()), Err(DecodeError::Unauthentic));
    assert!(DecodeError::Unauthentic.to_string().contains("archive_key"));
}

#[test]
fn every_flipped_bit_of_an_archive_is_found() {
    let mut bytes = GOLDEN.to_vec();
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let error = decode(&bytes, &key()).expect_err("it was changed");
        let is_told = match bit / 8 {
            0..8 => error == DecodeError::NotAnArchive,
            8..12 => matches!(error, DecodeError::TooNew { .. } | DecodeError::Invalid { .. }),
            12..20 => matches!(error, DecodeError::Truncated { .. } | DecodeError::Unauthentic),
            _ => error == DecodeError::Unauthentic,
        };
        assert!(is_told, "bit {bit}: {error}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn every_cut_of_an_archive_is_told() {
    for length in 0..GOLDEN.len() {
        assert_eq!(decode(&GOLDEN[..length], &key()), Err(DecodeError::Truncated { bytes: length }));
    }
    let longer = [GOLDEN, b"x"].concat();
    assert_eq!(decode(&longer, &key()), Err(DecodeError::Unauthentic));
    assert_eq!(decode(&proven(longer), &key()), Err(DecodeError::Unauthentic), "its length is proven too");
}

#[test]
fn an_archive_of_the_future_and_what_is_none_are_told_apart() {
    let with_version = |version: u8| {
        let mut bytes = GOLDEN.to_vec();
        bytes[8] = version;
        decode(&bytes, &key())
    };
    assert_eq!(with_version(3), Err(DecodeError::TooNew { found: 3, known: ARCHIVE_V2 }));
    assert_eq!(with_version(0), Err(invalid("there is no format 0")));
    assert_eq!(decode(b"PK\x03\x04", &key()), Err(DecodeError::NotAnArchive));
}

#[test]
fn entries_are_checked_behind_a_right_proof() {
    let forged = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = GOLDEN.to_vec();
        change(&mut bytes);
        decode(&proven(bytes), &key())
    };
    let header = u32::from_le_bytes(GOLDEN[20..24].try_into().unwrap()) as usize;
    let first = HEAD_BYTES + header;
    let short = Err(invalid("it ends before its contents do"));
    assert_eq!(forged(&|bytes| bytes[first + 9..first + 17].fill(0xff)), short, "an entry's length");
    assert_eq!(forged(&|bytes| bytes[20..24].fill(0xff)), short, "the header's length");
    assert_eq!(forged(&|bytes| bytes[first] = b'x'), Err(invalid("it has an entry of unknown kind")));
    let order = "its entries are not events, then branches, then snapshots, then values";
    assert_eq!(forged(&|bytes| bytes[first] = b's'), Err(invalid(order)));
    assert_eq!(forged(&|bytes| bytes[first] = b'v'), Err(invalid(order)));
    assert_eq!(forged(&|bytes| bytes[first] = b'b'), Err(invalid("branch 1 does not have 8 bytes")));
    let header = forged(&|bytes| bytes[HEAD_BYTES] = b'x').expect_err("no JSON").to_string();
    assert!(header.starts_with("the exported session is invalid: its header can't be read: "), "{header}");
}

#[test]
fn events_of_an_archive_are_checked_behind_a_right_proof() {
    assert_eq!(refused(|archive| archive.events.swap(2, 3)), "event 3 is out of order");
    assert_eq!(refused(|archive| archive.events[4] = event(4, 2)), "event 4 is out of order");
    assert_eq!(refused(|archive| archive.events[4].0 = 6), "event 6 is not of its history, 1 to 5");
    assert_eq!(refused(|archive| archive.record.first_event = 2), "event 1 is not of its history, 2 to 5");
    assert_eq!(refused(|archive| archive.events[4].1 = event(6, 5).1), "event 5 says that it is event 6");
    assert_eq!(refused(|archive| archive.events[3] = event(4, 3)), "event 4 follows 3, and by the branches 2");
    assert_eq!(refused(|archive| archive.events[4] = event(5, 3)), "event 5 follows 3, and by the branches 4");
    let damaged = refused(|archive| archive.events[4].1[9] ^= 1);
    assert!(damaged.starts_with("event 5 can't be read: the event's checksum does not match"), "{damaged}");
    assert!(refused(|archive| archive.events[4].1.clear()).starts_with("event 5 can't be read: "));
}

#[test]
fn branches_of_an_archive_are_checked_behind_a_right_proof() {
    assert_eq!(refused(|archive| archive.branches.push((4, 1))), "branch 4 is out of order");
    assert_eq!(refused(|archive| archive.branches.push((3, 1))), "branch 3 is out of order");
    assert_eq!(refused(|archive| archive.branches[0].1 = 4), "branch 4 can't follow event 4");
    assert_eq!(refused(|archive| archive.branches.push((6, 4))), "branch 6 can't follow event 4");
    let hidden = "it has branches, and its record says that it has none";
    assert_eq!(refused(|archive| archive.record.branched = false), hidden);
}

#[test]
fn snapshots_of_an_archive_are_checked_behind_a_right_proof() {
    let others = "its snapshots are not those that its record names";
    assert_eq!(refused(|archive| archive.snapshots.swap(0, 1)), "snapshot 2 is out of order");
    assert_eq!(refused(|archive| drop(archive.snapshots.pop())), others);
    assert_eq!(refused(|archive| archive.snapshots.push((5, Vec::new()))), others);
    assert_eq!(refused(|archive| archive.snapshots[0].0 = 1), others);
    assert_eq!(refused(|archive| archive.snapshots[0].1.push(0)), others, "another size");
    assert_eq!(refused(|archive| archive.record.snapshots.swap(0, 1)), others);
    let foreign = |archive: &mut Archive| archive.record.snapshots[1].maker = Some(SessionId::from_bytes([2; 16]));
    assert_eq!(refused(foreign), "snapshot 4 is not of its history");
    let late = |archive: &mut Archive| (archive.record.snapshots[1].event, archive.snapshots[1].0) = (6, 6);
    assert_eq!(refused(late), "snapshot 6 is not of its history");
}

#[test]
fn the_record_of_an_archive_is_checked_behind_a_right_proof() {
    assert_eq!(refused(|archive| archive.record.event = 6), "it stands past its last event, 5");
    assert_eq!(refused(|archive| archive.record.tip = u64::MAX), "it stands past its last event, 5");
    assert_eq!(refused(|archive| archive.record.first_event = 0), "its history can't go from event 0 to event 5");
    assert_eq!(refused(|archive| archive.record.first_event = 7), "its history can't go from event 7 to event 5");
    assert_eq!(refused(|archive| archive.record.checkpoints[1].event = 3), "checkpoint good has no snapshot");
    assert_eq!(refused(|archive| archive.record.checkpoints.swap(0, 1)), "its checkpoints are out of order");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_no_archive(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(&bytes, &key()).is_err());
        prop_assert!(decode(&[&GOLDEN[..20], bytes.as_slice()].concat(), &key()).is_err());
    }

    #[test]
    fn no_lie_behind_a_right_proof_makes_it_panic(
        tail in prop::collection::vec(any::<u8>(), 0..100),
        lies in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = GOLDEN.to_vec();
        lies.iter().for_each(|(at, byte)| bytes[HEAD_BYTES - 4..][at.index(GOLDEN.len() - HEAD_BYTES + 4)] = *byte);
        if let Ok(archive) = decode(&proven(bytes), &key()) {
            prop_assert_eq!(decode(&encode(&archive, &key()), &key()), Ok(archive));
        }
        let header = u32::from_le_bytes(GOLDEN[20..24].try_into().unwrap()) as usize;
        let mut bytes = [&GOLDEN[..HEAD_BYTES + header], tail.as_slice(), &[0; PROOF_BYTES]].concat();
        let length = (bytes.len() as u64).to_le_bytes();
        bytes[12..20].copy_from_slice(&length);
        let _ = decode(&proven(bytes), &key());
    }
}
