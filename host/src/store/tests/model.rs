//! Random commits to the embedded store and to the model, which must agree on everything, after reopening too; and so must
//! what a power cut leaves that takes nothing back.

use proptest::prelude::*;

use super::*;

/// A change that owns what it says.
#[derive(Debug, Clone)]
enum Step {
    Put { owner: u8, session: u8, events: u64 },
    Remove { owner: u8, session: u8 },
    Append { id: u8, number: u64, bytes: Vec<u8> },
    Branch { id: u8, first: u64, parent: u64 },
    RemoveEvents { id: u8, number: u64 },
    Key { id: u8, hash: u64, event: u64 },
    Forget { id: u8, hash: u64 },
    Snapshot { id: u8, event: u64, length: usize },
    Keep { id: u8, events: Vec<u64> },
    Share { maker: u8, event: u64, holder: u8, with: u8 },
    Release { maker: u8, event: u64, holder: u8 },
}

/// What happens to both stores.
#[derive(Debug, Clone)]
enum Deed {
    Commit(Vec<Step>, Durability),
    Reopen,
}

const OWNERS: [&str; 3] = ["a", "a-", "b"];
const SESSIONS: [&str; 5] = ["x", "x.1", "xx", "y", "Z"];

fn step() -> impl Strategy<Value = Step> {
    let (owner, session) = (0..3_u8, 0..5_u8);
    let put = (owner.clone(), session.clone(), 0..9_u64);
    prop_oneof![
        2 => put.prop_map(|(owner, session, events)| Step::Put { owner, session, events }),
        2 => (owner, session).prop_map(|(owner, session)| Step::Remove { owner, session }),
        4 => entry_step(),
        5 => snapshot_step(),
    ]
}

/// Of events, branches and keys.
fn entry_step() -> impl Strategy<Value = Step> {
    let number = || prop_oneof![0..8_u64, 250..260_u64];
    let id = || 0..15_u8;
    prop_oneof![
        2 => (id(), number(), any::<[u8; 5]>())
            .prop_map(|(id, number, bytes)| Step::Append { id, number, bytes: bytes.to_vec() }),
        1 => (id(), number()).prop_map(|(id, number)| Step::RemoveEvents { id, number }),
        1 => (id(), number(), number()).prop_map(|(id, first, parent)| Step::Branch { id, first, parent }),
        1 => (id(), number(), number()).prop_map(|(id, hash, event)| Step::Key { id, hash, event }),
        1 => (id(), number()).prop_map(|(id, hash)| Step::Forget { id, hash }),
    ]
}

/// Of snapshots: of few makers and events, so that sessions meet over them.
fn snapshot_step() -> impl Strategy<Value = Step> {
    let (maker, holder, event) = (|| 0..3_u8, || 0..5_u8, || 0..4_u64);
    let length = prop_oneof![Just(0), Just(900), Just(70_000_usize)];
    prop_oneof![
        3 => (maker(), event(), length).prop_map(|(id, event, length)| Step::Snapshot { id, event, length }),
        2 => (maker(), prop::collection::vec(event(), 0..4)).prop_map(|(id, events)| Step::Keep { id, events }),
        2 => (maker(), event(), holder())
            .prop_map(|(maker, event, with)| Step::Share { maker, event, holder: maker, with }),
        1 => (maker(), event(), holder(), holder())
            .prop_map(|(maker, event, holder, with)| Step::Share { maker, event, holder, with }),
        3 => (maker(), event(), holder()).prop_map(|(maker, event, holder)| Step::Release { maker, event, holder }),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let durability = prop_oneof![4 => Just(Durability::Process), 1 => Just(Durability::Power)];
    prop_oneof![
        8 => (prop::collection::vec(step(), 1..6), durability).prop_map(|(steps, durability)| Deed::Commit(steps, durability)),
        1 => Just(Deed::Reopen),
    ]
}

fn record_of(owner: u8, session: u8, event: u64) -> SessionRecord {
    let id = id(owner * 5 + session);
    SessionRecord { event, ..record(OWNERS[usize::from(owner)], SESSIONS[usize::from(session)], id) }
}

/// Whether the store took it.
fn apply(store: &impl Store, steps: &[Step], durability: Durability) -> bool {
    let records: Vec<_> = steps
        .iter()
        .map(|step| match *step {
            Step::Put { owner, session, events } => record_of(owner, session, events),
            Step::Remove { owner, session } => record_of(owner, session, 0),
            _ => record_of(0, 0, 0),
        })
        .collect();
    let pages = vec![7; 70_000];
    let changes: Vec<_> = steps.iter().zip(&records).map(|(step, record)| change(step, record, &pages)).collect();
    match store.commit(&changes, durability) {
        Ok(()) => true,
        Err(StoreError::Write(why)) if why.to_string().contains("doesn't hold") => false,
        Err(error) => panic!("the store failed: {error:?}"),
    }
}

fn change<'a>(step: &'a Step, record: &'a SessionRecord, pages: &'a [u8]) -> Change<'a> {
    match step {
        Step::Put { .. } => Change::PutSession(record),
        Step::Remove { .. } => Change::RemoveSession { tenant: &record.tenant, name: &record.name, id: record.id },
        Step::Append { id: byte, number, bytes } => Change::AppendEvent { id: id(*byte), number: *number, bytes },
        Step::RemoveEvents { id: byte, number } => Change::RemoveEventsThrough { id: id(*byte), number: *number },
        Step::Snapshot { id: byte, event, length } => {
            Change::PutSnapshot { id: id(*byte), event: *event, bytes: &pages[..*length] }
        }
        Step::Branch { id: byte, first, parent } => Change::PutBranch { id: id(*byte), first: *first, parent: *parent },
        Step::Key { id: byte, hash, event } => Change::PutKey { id: id(*byte), hash: *hash, event: *event },
        Step::Forget { id: byte, hash } => Change::RemoveKey { id: id(*byte), hash: *hash },
        Step::Keep { id: byte, events } => Change::KeepSnapshots { id: id(*byte), events },
        Step::Share { maker, event, holder, with } => {
            Change::ShareSnapshot { key: key(*maker, *event), holder: id(*holder), with: id(*with) }
        }
        Step::Release { maker, event, holder } => {
            Change::ReleaseSnapshot { key: key(*maker, *event), holder: id(*holder) }
        }
    }
}

fn key(maker: u8, event: u64) -> SnapshotKey {
    SnapshotKey { maker: id(maker), event }
}

/// All that can be read, as text.
fn everything(store: &impl Store) -> Vec<String> {
    let mut seen = Vec::new();
    for owner in OWNERS.map(tenant) {
        for (prefix, after, limit) in [("", None, 99), ("", Some("x"), 2), ("x", Some("Z"), 99), ("x", Some("x.1"), 99)]
        {
            let found = store.sessions(&owner, prefix, after.map(name).as_ref(), limit).expect("readable");
            seen.extend(found.iter().map(|record| format!("{record:?}")));
        }
        seen.push(format!("{:?}", store.session_count(&owner).expect("readable")));
        for session in SESSIONS {
            seen.push(format!("{:?}", store.session(&owner, &name(session)).expect("readable")));
        }
    }
    for id in (0..15).map(id) {
        seen.push(format!("{:?}", store.events(id, 0, 99).expect("readable")));
        seen.push(format!("{:?}", store.events(id, 3, 2).expect("readable")));
        seen.push(format!("{:?}", store.last_event(id).expect("readable")));
        for at_most in [0, 4, 255, u64::MAX] {
            seen.push(format!("{:?}", store.branch(id, at_most).expect("readable")));
        }
        for number in (0..8).chain(250..260) {
            seen.push(format!("{:?}", store.event(id, number).expect("readable")));
            seen.push(format!("{:?}", store.key(id, number).expect("readable")));
            let snapshot = store.snapshot(SnapshotKey { maker: id, event: number }).expect("readable");
            seen.push(format!("{:?}", snapshot.map(|bytes| bytes.len())));
        }
        seen.push(format!("{:?}", store.stored_bytes(id).expect("readable")));
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_embedded_store_does_what_the_model_does(deeds in prop::collection::vec(deed(), 1..30)) {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut store, model, remembering) = (Some(open(folder.path())), MemoryStore::new(), PowerCutStore::new());
        for deed in deeds.iter().chain([&Deed::Reopen]) {
            match deed {
                Deed::Commit(steps, durability) => {
                    let taken = apply(&model, steps, *durability);
                    prop_assert_eq!(apply(store.as_ref().expect("it is open"), steps, *durability), taken);
                    prop_assert_eq!(apply(&remembering, steps, *durability), taken);
                }
                Deed::Reopen => {
                    drop(store.take());
                    store = Some(open(folder.path()));
                }
            }
            prop_assert_eq!(everything(store.as_ref().expect("it is open")), everything(&model));
        }
        prop_assert_eq!(everything(&remembering.after_cut(usize::MAX)), everything(&model));
    }
}
