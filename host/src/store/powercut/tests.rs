//! What comes up after a cut.

use super::*;

const ID: SessionId = SessionId::from_bytes([1; 16]);

fn append(store: &impl Store, number: u64, durability: Durability) -> Result<(), StoreError> {
    store.commit(&[Change::AppendEvent { id: ID, number, bytes: b"e" }], durability)
}

fn numbers(store: &impl Store) -> Vec<u64> {
    store.events(ID, 0, 99).expect("readable").into_iter().map(|(number, _)| number).collect()
}

#[test]
fn what_was_synced_stays_and_of_the_rest_any_first_part() {
    let store = PowerCutStore::new();
    append(&store, 1, Durability::Process).expect("committed");
    append(&store, 2, Durability::Power).expect("committed");
    append(&store, 3, Durability::Process).expect("committed");
    append(&store, 4, Durability::Process).expect("committed");
    assert_eq!((store.commits(), store.unsynced()), (4, 2));
    assert_eq!([0, 1, 2, 9].map(|kept| numbers(&store.after_cut(kept)).len()), [2, 3, 4, 4]);
    store.sync().expect("synced");
    assert_eq!((store.unsynced(), numbers(&store.after_cut(0)).len()), (0, 4));
}

#[test]
fn the_commit_at_which_the_power_goes_fails_and_may_be_there_afterwards() {
    let store = PowerCutStore::new();
    store.cut_nth(2);
    append(&store, 1, Durability::Process).expect("committed");
    assert!(matches!(append(&store, 2, Durability::Power), Err(StoreError::Write(_))));
    assert!(matches!(append(&store, 3, Durability::Power), Err(StoreError::Write(_))));
    assert!(matches!(store.events(ID, 0, 9), Err(StoreError::Read(_))));
    assert!(matches!(store.sync(), Err(StoreError::Write(_))));
    assert_eq!((store.commits(), store.unsynced()), (2, 2));
    assert_eq!([0, 1, 2].map(|kept| numbers(&store.after_cut(kept))), [vec![], vec![1], vec![1, 2]]);
}

#[test]
fn of_a_commit_that_fails_nothing_arrives() {
    let store = PowerCutStore::new();
    store.fail_nth(2);
    append(&store, 1, Durability::Process).expect("committed");
    assert!(matches!(append(&store, 2, Durability::Power), Err(StoreError::Write(_))));
    append(&store, 3, Durability::Process).expect("committed");
    assert_eq!((numbers(&store), store.unsynced()), (vec![1, 3], 2));
    assert_eq!(numbers(&store.after_cut(9)), [1, 3]);
}

#[test]
fn a_commit_that_is_refused_is_not_remembered() {
    let store = PowerCutStore::new();
    let key = SnapshotKey { maker: ID, event: 1 };
    let share = Change::ShareSnapshot { key, holder: ID, with: SessionId::from_bytes([2; 16]) };
    assert!(store.commit(&[share], Durability::Power).is_err());
    assert_eq!(store.unsynced(), 0);
    assert_eq!(numbers(&store.after_cut(9)), [0; 0]);
}
