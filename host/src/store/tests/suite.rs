//! The contract of [`Store`], as tests that any implementation must pass.

use super::*;

on_every_store!(
    an_empty_store_finds_nothing,
    a_record_is_found_by_tenant_and_name,
    a_listing_is_in_order_and_pages,
    a_listing_does_not_leave_its_tenant,
    sessions_are_counted_by_their_guest,
    events_are_read_in_order_after_a_number,
    one_event_is_found_by_its_number,
    the_newest_branch_at_or_before_an_event_is_found,
    branches_go_with_the_events_they_begin_with,
    a_key_leads_to_its_event_until_it_is_forgotten,
    a_snapshot_is_found_by_its_event,
    a_removed_session_leaves_nothing,
    a_long_session_is_removed_whole,
    removals_stop_where_they_should,
    later_changes_of_a_commit_win,
    what_was_removed_can_be_put_again,
    bytes_are_counted_apart,
    a_power_safe_commit_is_readable,
);

fn an_empty_store_finds_nothing(store: &impl Store) {
    assert_eq!(store.session(&tenant("a"), &name("x")).expect("readable"), None);
    assert_eq!(store.sessions(&tenant("a"), "", None, 10).expect("readable"), []);
    assert_eq!(store.events(id(1), 0, 10).expect("readable"), []);
    assert_eq!(store.events(id(1), u64::MAX, 10).expect("readable"), []);
    assert_eq!(store.last_event(id(1)).expect("readable"), None);
    assert_eq!(store.event(id(1), 1).expect("readable"), None);
    assert_eq!(store.branch(id(1), u64::MAX).expect("readable"), None);
    assert_eq!(store.key(id(1), 7).expect("readable"), None);
    assert!(!has_snapshot(store, id(1), 0));
    assert_eq!(store.stored_bytes(id(1)).expect("readable"), StoredBytes::default());
    commit(store, &[]);
    store.sync().expect("nothing to sync");
}

fn a_record_is_found_by_tenant_and_name(store: &impl Store) {
    let mut first = record("a", "x", id(1));
    commit(store, &[Change::PutSession(&first)]);
    assert_eq!(store.session(&tenant("a"), &name("x")).expect("readable").as_ref(), Some(&first));
    assert_eq!(store.session(&tenant("b"), &name("x")).expect("readable"), None);
    (first.event, first.last_event, first.tip, first.branched) = (7, 9, 8, true);
    first.limits.memory_bytes = Some(1 << 30);
    first.durability = Some(Durability::Power);
    commit(store, &[Change::PutSession(&first)]);
    assert_eq!(store.session(&tenant("a"), &name("x")).expect("readable"), Some(first));
}

fn sessions_are_counted_by_their_guest(store: &impl Store) {
    assert_eq!(store.guests_in_use().expect("readable"), GuestUse::new());
    let mut other = record("b", "x", id(3));
    other.guest.digest = Digest::of(b"other");
    let (first, second) = (record("a", "x", id(1)), record("a", "y", id(2)));
    commit(store, &[Change::PutSession(&first), Change::PutSession(&second), Change::PutSession(&other)]);
    let used = store.guests_in_use().expect("readable");
    assert_eq!(used[&Digest::of(b"omega")], [(tenant("a"), 2)].into());
    assert_eq!(used[&Digest::of(b"other")], [(tenant("b"), 1)].into());
    commit(store, &[Change::RemoveSession { tenant: &tenant("b"), name: &name("x"), id: id(3) }]);
    assert!(!store.guests_in_use().expect("readable").contains_key(&Digest::of(b"other")));
}

fn names(store: &impl Store, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let after = after.map(name);
    let found = store.sessions(&tenant("a"), prefix, after.as_ref(), limit).expect("readable");
    found.into_iter().map(|record| record.name.into()).collect()
}

fn a_listing_is_in_order_and_pages(store: &impl Store) {
    for (byte, session) in (1..).zip(["m1", "b", "m", "m.2", "n", "M"]) {
        commit(store, &[Change::PutSession(&record("a", session, id(byte)))]);
    }
    assert_eq!(names(store, "", None, usize::MAX), ["M", "b", "m", "m.2", "m1", "n"]);
    assert_eq!(names(store, "", None, 2), ["M", "b"]);
    assert_eq!(names(store, "", Some("b"), 2), ["m", "m.2"]);
    assert_eq!(names(store, "", Some("c"), 1), ["m"]);
    assert_eq!(names(store, "m", None, 10), ["m", "m.2", "m1"]);
    assert_eq!(names(store, "m", Some("m"), 10), ["m.2", "m1"]);
    assert_eq!(names(store, "m", Some("b"), 1), ["m"]);
    assert_eq!(names(store, "m", Some("n"), 10), [""; 0]);
    assert_eq!(names(store, "", Some("n"), 10), [""; 0]);
    assert_eq!(names(store, "zz", None, 10), [""; 0]);
    assert_eq!(names(store, "/\u{7f}ü", None, 10), [""; 0]);
    assert_eq!(names(store, "m", None, 0), [""; 0]);
    assert_eq!(store.session_count(&tenant("a")).expect("readable"), 6);
}

fn a_listing_does_not_leave_its_tenant(store: &impl Store) {
    for (byte, owner) in (1..).zip(["A", "a-", "aa", "b"]) {
        commit(store, &[Change::PutSession(&record(owner, "x", id(byte)))]);
    }
    assert_eq!(names(store, "", None, 10), [""; 0]);
    commit(store, &[Change::PutSession(&record("a", "y", id(9)))]);
    assert_eq!(names(store, "", None, 10), ["y"]);
    assert_eq!(store.session_count(&tenant("a")).expect("readable"), 1);
}

fn events_are_read_in_order_after_a_number(store: &impl Store) {
    for number in [1, 2, 255, 256, 257] {
        append(store, id(1), number, &number.to_le_bytes());
    }
    append(store, id(2), 3, b"another session's");
    assert_eq!(event_numbers(store, id(1)), [1, 2, 255, 256, 257]);
    let some = store.events(id(1), 2, 2).expect("readable");
    assert_eq!(some, [(255, 255_u64.to_le_bytes().to_vec()), (256, 256_u64.to_le_bytes().to_vec())]);
    assert_eq!(store.last_event(id(1)).expect("readable"), Some((257, 257_u64.to_le_bytes().to_vec())));
    assert_eq!(store.events(id(1), 257, 9).expect("readable"), []);
}

fn one_event_is_found_by_its_number(store: &impl Store) {
    append(store, id(1), 7, b"seven");
    append(store, id(2), 8, b"another session's");
    assert_eq!(store.event(id(1), 7).expect("readable"), Some(b"seven".to_vec()));
    assert_eq!(store.event(id(1), 8).expect("readable"), None);
    commit(store, &[Change::RemoveEventsThrough { id: id(1), number: 7 }]);
    assert_eq!(store.event(id(1), 7).expect("readable"), None);
}

fn the_newest_branch_at_or_before_an_event_is_found(store: &impl Store) {
    let put = |id, first, parent| commit(store, &[Change::PutBranch { id, first, parent }]);
    put(id(1), 4, 2);
    put(id(1), 300, 0);
    put(id(2), 5, 1);
    let at = |at_most| store.branch(id(1), at_most).expect("readable");
    assert_eq!([at(3), at(4), at(299)], [None, Some((4, 2)), Some((4, 2))]);
    assert_eq!([at(300), at(u64::MAX)], [Some((300, 0)); 2]);
}

fn branches_go_with_the_events_they_begin_with(store: &impl Store) {
    for first in 2..=6 {
        append(store, id(1), first, b"e");
        commit(store, &[Change::PutBranch { id: id(1), first, parent: first - 2 }]);
    }
    let at = |at_most| store.branch(id(1), at_most).expect("readable");
    commit(store, &[Change::RemoveEventsThrough { id: id(1), number: 4 }]);
    assert_eq!([at(4), at(5), at(9)], [None, Some((5, 3)), Some((6, 4))]);
    commit(store, &[Change::PutBranch { id: id(1), first: 3, parent: 1 }]);
    assert_eq!(at(4), Some((3, 1)));
}

fn a_key_leads_to_its_event_until_it_is_forgotten(store: &impl Store) {
    for hash in [0, 5, u64::MAX] {
        commit(store, &[Change::PutKey { id: id(1), hash, event: hash / 2 }]);
    }
    let found = |session, hash| store.key(session, hash).expect("readable");
    assert_eq!([0, 1, 5, u64::MAX].map(|hash| found(id(1), hash)), [Some(0), None, Some(2), Some(u64::MAX / 2)]);
    assert_eq!(found(id(2), 5), None);
    commit(store, &[Change::PutKey { id: id(1), hash: 5, event: 9 }, Change::RemoveKey { id: id(1), hash: 0 }]);
    commit(store, &[Change::RemoveEventsThrough { id: id(1), number: u64::MAX - 1 }]);
    assert_eq!([found(id(1), 0), found(id(1), 5)], [None, Some(9)]);
}

fn a_snapshot_is_found_by_its_event(store: &impl Store) {
    for (event, bytes) in [(0, "small"), (5, ""), (300, &"large ".repeat(100_000))] {
        commit(store, &[Change::PutSnapshot { id: id(1), event, bytes: bytes.as_bytes() }]);
    }
    let at = |maker, event| store.snapshot(SnapshotKey { maker, event }).expect("readable");
    assert_eq!(at(id(1), 0), Some(b"small".to_vec()));
    assert_eq!(at(id(1), 5), Some(Vec::new()));
    assert_eq!([at(id(1), 4), at(id(2), 5)], [None, None]);
    assert_eq!(at(id(1), 300).map(|bytes| bytes.len()), Some(600_000));
    commit(store, &[Change::PutSnapshot { id: id(1), event: 5, bytes: b"again" }]);
    assert_eq!(at(id(1), 5), Some(b"again".to_vec()));
}

fn a_removed_session_leaves_nothing(store: &impl Store) {
    let [gone, other] = [record("a", "x", id(1)), record("a", "y", id(2))];
    for record in [&gone, &other] {
        let id = record.id;
        commit(
            store,
            &[
                Change::PutSession(record),
                Change::AppendEvent { id, number: 1, bytes: b"e" },
                Change::PutBranch { id, first: 2, parent: 0 },
                Change::PutKey { id, hash: u64::MAX, event: 1 },
                Change::PutSnapshot { id, event: 1, bytes: b"pages" },
            ],
        );
    }
    commit(store, &[Change::RemoveSession { tenant: &gone.tenant, name: &gone.name, id: gone.id }]);
    assert_eq!(store.session(&gone.tenant, &gone.name).expect("readable"), None);
    assert_eq!(event_numbers(store, id(1)), [0; 0]);
    assert!(!has_snapshot(store, id(1), 1));
    assert_eq!([1, 2].map(|byte| store.branch(id(byte), 9).expect("readable")), [None, Some((2, 0))]);
    assert_eq!([1, 2].map(|byte| store.key(id(byte), u64::MAX).expect("readable")), [None, Some(1)]);
    assert_eq!(store.stored_bytes(id(1)).expect("readable"), StoredBytes::default());
    assert_eq!(store.stored_bytes(id(2)).expect("readable"), StoredBytes { snapshots: 5, journal: 1 });
    assert_eq!(names(store, "", None, 10), ["y"]);
}

fn a_long_session_is_removed_whole(store: &impl Store) {
    let gone = record("a", "x", id(1));
    let event = |id, number| {
        let [append, branch] =
            [Change::AppendEvent { id, number, bytes: b"e" }, Change::PutBranch { id, first: number, parent: 0 }];
        [append, branch, Change::PutKey { id, hash: number * 3, event: number }]
    };
    for id in [id(0), id(1), id(2)] {
        commit(store, &(1..=2_500).flat_map(|number| event(id, number)).collect::<Vec<_>>());
    }
    commit(store, &[Change::RemoveSession { tenant: &gone.tenant, name: &gone.name, id: gone.id }]);
    assert_eq!([id(0), id(1), id(2)].map(|id| event_numbers(store, id).len()), [2_500, 0, 2_500]);
    let branch = |id| store.branch(id, u64::MAX).expect("readable");
    assert_eq!([id(0), id(1), id(2)].map(branch), [Some((2_500, 0)), None, Some((2_500, 0))]);
    let keys = |id| (1..=2_500).filter(|number| store.key(id, number * 3).expect("readable").is_some()).count();
    assert_eq!([id(0), id(1), id(2)].map(keys), [2_500, 0, 2_500]);
    commit(store, &[Change::RemoveEventsThrough { id: id(0), number: 2_400 }]);
    assert_eq!(event_numbers(store, id(0)), (2_401..=2_500).collect::<Vec<_>>());
}

fn removals_stop_where_they_should(store: &impl Store) {
    for number in 0..6 {
        append(store, id(1), number, b"e");
        put_snapshot(store, id(1), number);
    }
    let through = |number| Change::RemoveEventsThrough { id: id(1), number };
    commit(store, &[through(3), Change::KeepSnapshots { id: id(1), events: &[3, 4, 5] }]);
    assert_eq!(event_numbers(store, id(1)), [4, 5]);
    assert_eq!(snapshots(store, id(1)), [3, 4, 5]);
    commit(store, &[through(2)]);
    assert_eq!(store.stored_bytes(id(1)).expect("readable"), StoredBytes { snapshots: 15, journal: 2 });
}

fn later_changes_of_a_commit_win(store: &impl Store) {
    let session = record("a", "x", id(1));
    let appends =
        |range: std::ops::Range<u64>| range.map(|number| Change::AppendEvent { id: id(1), number, bytes: b"old" });
    commit(store, &appends(1..2_000).collect::<Vec<_>>());
    commit(
        store,
        &[
            Change::AppendEvent { id: id(1), number: 2_000, bytes: b"removed with the rest" },
            Change::RemoveSession { tenant: &session.tenant, name: &session.name, id: session.id },
            Change::PutSession(&session),
            Change::AppendEvent { id: id(1), number: 1_999, bytes: b"new" },
            Change::AppendEvent { id: id(1), number: 1_999, bytes: b"newer" },
        ],
    );
    assert_eq!(store.events(id(1), 0, 10).expect("readable"), [(1_999, b"newer".to_vec())]);
    assert_eq!(store.session(&session.tenant, &session.name).expect("readable"), Some(session));
}

fn what_was_removed_can_be_put_again(store: &impl Store) {
    (1..=9).for_each(|number| append(store, id(1), number, b"e"));
    commit(store, &[Change::RemoveEventsThrough { id: id(1), number: 7 }]);
    append(store, id(1), 5, b"again");
    assert_eq!(event_numbers(store, id(1)), [5, 8, 9]);
    let put = Change::AppendEvent { id: id(1), number: 3, bytes: b"again" };
    commit(store, &[put, Change::RemoveEventsThrough { id: id(1), number: 2 }]);
    assert_eq!(event_numbers(store, id(1)), [3, 5, 8, 9]);
    commit(store, &[Change::RemoveEventsThrough { id: id(1), number: 8 }]);
    assert_eq!(event_numbers(store, id(1)), [9]);
}

fn bytes_are_counted_apart(store: &impl Store) {
    append(store, id(1), 1, &[0; 10]);
    append(store, id(1), 2, &[0; 20]);
    commit(store, &[Change::PutSnapshot { id: id(1), event: 2, bytes: &[7; 50_000] }]);
    assert_eq!(store.stored_bytes(id(1)).expect("readable"), StoredBytes { snapshots: 50_000, journal: 30 });
}

fn a_power_safe_commit_is_readable(store: &impl Store) {
    let change = Change::AppendEvent { id: id(1), number: 1, bytes: b"e" };
    store.commit(&[change], Durability::Power).expect("the commit succeeds");
    assert_eq!(event_numbers(store, id(1)), [1]);
    store.sync().expect("synced");
}
