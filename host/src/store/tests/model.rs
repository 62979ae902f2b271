//! Random commits to the embedded store and to the model, which must agree on everything, after reopening too.

use proptest::prelude::*;

use super::*;

/// A change that owns what it says.
#[derive(Debug, Clone)]
enum Step {
    Put { owner: u8, session: u8, events: u64 },
    Remove { owner: u8, session: u8 },
    Append { id: u8, number: u64, bytes: Vec<u8> },
    RemoveEvents { id: u8, number: u64 },
    Snapshot { id: u8, event: u64, length: usize },
    RemoveSnapshots { id: u8, event: u64 },
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
    let number = prop_oneof![0..8_u64, 250..260_u64];
    let (owner, session, id) = (0..3_u8, 0..5_u8, 0..15_u8);
    prop_oneof![
        (owner.clone(), session.clone(), 0..9_u64).prop_map(|(owner, session, events)| Step::Put {
            owner,
            session,
            events
        }),
        (owner, session).prop_map(|(owner, session)| Step::Remove { owner, session }),
        (id.clone(), number.clone(), any::<[u8; 5]>()).prop_map(|(id, number, bytes)| Step::Append {
            id,
            number,
            bytes: bytes.to_vec()
        }),
        (id.clone(), number.clone()).prop_map(|(id, number)| Step::RemoveEvents { id, number }),
        (id.clone(), number.clone(), prop_oneof![Just(0), Just(900), Just(70_000_usize)])
            .prop_map(|(id, event, length)| Step::Snapshot { id, event, length }),
        (id, number).prop_map(|(id, event)| Step::RemoveSnapshots { id, event }),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let durability = prop_oneof![4 => Just(Durability::Process), 1 => Just(Durability::Power)];
    prop_oneof![
        8 => (prop::collection::vec(step(), 1..6), durability).prop_map(|(steps, durability)| Deed::Commit(steps, durability)),
        1 => Just(Deed::Reopen),
    ]
}

fn record_of(owner: u8, session: u8, event_count: u64) -> SessionRecord {
    let id = id(owner * 5 + session);
    SessionRecord { event_count, ..record(OWNERS[usize::from(owner)], SESSIONS[usize::from(session)], id) }
}

fn apply(store: &impl Store, steps: &[Step], durability: Durability) {
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
    store.commit(&changes, durability).expect("the commit succeeds");
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
        Step::RemoveSnapshots { id: byte, event } => Change::RemoveSnapshotsBefore { id: id(*byte), event: *event },
    }
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
            let found = store.snapshot(id, at_most).expect("readable");
            seen.push(format!("{:?}", found.map(|(event, bytes)| (event, bytes.len()))));
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
        let (mut store, model) = (Some(open(folder.path())), MemoryStore::new());
        for deed in deeds.iter().chain([&Deed::Reopen]) {
            match deed {
                Deed::Commit(steps, durability) => {
                    apply(store.as_ref().expect("it is open"), steps, *durability);
                    apply(&model, steps, *durability);
                }
                Deed::Reopen => {
                    drop(store.take());
                    store = Some(open(folder.path()));
                }
            }
            prop_assert_eq!(everything(store.as_ref().expect("it is open")), everything(&model));
        }
    }
}
