//! Who holds a snapshot and when it goes, as tests that any implementation of [`Store`] must pass; with many at once too.

use std::sync::Barrier;

use super::*;

on_every_store!(
    snapshots_that_are_not_kept_go,
    a_shared_snapshot_goes_with_its_last_holder,
    what_a_removed_session_shared_stays_for_the_others,
    what_is_not_held_can_be_neither_shared_nor_let_go,
    a_maker_that_comes_back_to_a_shared_snapshot_holds_it_again,
    the_changes_of_a_commit_see_who_holds_what_after_the_earlier_ones,
    two_that_let_go_at_once_leave_nothing,
    a_snapshot_that_is_passed_on_while_another_lets_go_stays,
    a_snapshot_that_many_pass_on_at_once_is_there_until_the_last_lets_go,
    commits_about_the_same_makers_in_any_order_end,
);

fn snapshots_that_are_not_kept_go(store: &impl Store) {
    (0..6).for_each(|event| put_snapshot(store, id(1), event));
    put_snapshot(store, id(2), 3);
    keep(store, id(1), &[1, 5, 3, 8]);
    assert_eq!(snapshots(store, id(1)), [1, 3, 5]);
    put_snapshot(store, id(1), 0);
    keep(store, id(1), &[5, 0]);
    assert_eq!(snapshots(store, id(1)), [0, 5]);
    keep(store, id(1), &[]);
    assert_eq!(snapshots(store, id(1)), [0; 0]);
    put_snapshot(store, id(1), 2);
    keep(store, id(1), &[2]);
    assert_eq!([snapshots(store, id(1)), snapshots(store, id(2))], [[2], [3]]);
}

fn share(store: &impl Store, event: u64, holder: SessionId, with: SessionId) {
    commit(store, &[Change::ShareSnapshot { key: SnapshotKey { maker: id(1), event }, holder, with }]);
}

fn release(store: &impl Store, event: u64, holder: SessionId) {
    commit(store, &[Change::ReleaseSnapshot { key: SnapshotKey { maker: id(1), event }, holder }]);
}

fn a_shared_snapshot_goes_with_its_last_holder(store: &impl Store) {
    (5..8).for_each(|event| put_snapshot(store, id(1), event));
    share(store, 6, id(1), id(2));
    share(store, 6, id(2), id(3));
    share(store, 6, id(2), id(3));
    keep(store, id(1), &[]);
    assert_eq!(snapshots(store, id(1)), [6]);
    keep(store, id(1), &[]);
    release(store, 6, id(3));
    assert_eq!(snapshots(store, id(1)), [6]);
    release(store, 6, id(2));
    assert_eq!(snapshots(store, id(1)), [0; 0]);

    put_snapshot(store, id(1), 9);
    share(store, 9, id(1), id(0));
    release(store, 9, id(0));
    assert_eq!(snapshots(store, id(1)), [9]);
    keep(store, id(1), &[]);
    assert_eq!(snapshots(store, id(1)), [0; 0]);
}

fn what_a_removed_session_shared_stays_for_the_others(store: &impl Store) {
    let gone = record("a", "x", id(1));
    commit(store, &[Change::PutSession(&gone)]);
    (1..5).for_each(|event| put_snapshot(store, id(1), event));
    share(store, 3, id(1), id(2));
    commit(store, &[Change::RemoveSession { tenant: &gone.tenant, name: &gone.name, id: gone.id }]);
    assert_eq!(snapshots(store, id(1)), [3]);
    assert_eq!(store.stored_bytes(id(1)).expect("readable").snapshots, 5);
    share(store, 3, id(2), id(4));
    release(store, 3, id(2));
    assert_eq!(snapshots(store, id(1)), [3]);
    release(store, 3, id(4));
    assert_eq!(store.stored_bytes(id(1)).expect("readable"), StoredBytes::default());
}

fn what_is_not_held_can_be_neither_shared_nor_let_go(store: &impl Store) {
    put_snapshot(store, id(1), 5);
    let refused = |event, holder| {
        let key = SnapshotKey { maker: id(1), event };
        let changes = [Change::RemoveKey { id: id(1), hash: 7 }, Change::ShareSnapshot { key, holder, with: id(9) }];
        matches!(store.commit(&changes, Durability::Process), Err(StoreError::Write(_)))
    };
    commit(store, &[Change::PutKey { id: id(1), hash: 7, event: 1 }]);
    assert!(refused(4, id(1)), "there is none");
    assert!(refused(5, id(2)), "its maker has it alone");
    share(store, 5, id(1), id(2));
    keep(store, id(1), &[]);
    assert!(refused(5, id(1)), "its maker let it go");
    assert_eq!(store.key(id(1), 7).expect("readable"), Some(1), "nothing of a refused commit is there");
    release(store, 5, id(1));
    release(store, 5, id(9));
    assert_eq!(snapshots(store, id(1)), [5]);
    release(store, 5, id(2));
    assert!(refused(5, id(2)), "it is gone");
    release(store, 5, id(2));
}

fn a_maker_that_comes_back_to_a_shared_snapshot_holds_it_again(store: &impl Store) {
    put_snapshot(store, id(1), 5);
    share(store, 5, id(1), id(2));
    keep(store, id(1), &[]);
    put_snapshot(store, id(1), 5);
    release(store, 5, id(2));
    assert_eq!(snapshots(store, id(1)), [5]);
    share(store, 5, id(1), id(3));
    release(store, 5, id(3));
    keep(store, id(1), &[]);
    assert_eq!(snapshots(store, id(1)), [0; 0]);
}

fn the_changes_of_a_commit_see_who_holds_what_after_the_earlier_ones(store: &impl Store) {
    let put = |event| Change::PutSnapshot { id: id(1), event, bytes: b"pages" };
    let key = |event| SnapshotKey { maker: id(1), event };
    let share = |event, holder, with| Change::ShareSnapshot { key: key(event), holder, with };
    let release = |event, holder| Change::ReleaseSnapshot { key: key(event), holder };
    let keep = |events| Change::KeepSnapshots { id: id(1), events };
    commit(store, &[put(2), put(3), put(4)]);
    // Two are shared twice, one of them is let go by all; and one is let go before it is put.
    commit(
        store,
        &[
            share(2, id(1), id(2)),
            share(2, id(2), id(3)),
            share(3, id(1), id(2)),
            keep(&[]),
            release(2, id(2)),
            release(3, id(2)),
            put(4),
        ],
    );
    assert_eq!(snapshots(store, id(1)), [2, 4]);
    // One is put, shared and kept for the other alone; the one from before goes with its last holder.
    commit(store, &[put(7), share(7, id(1), id(2)), keep(&[4]), release(2, id(3))]);
    assert_eq!(snapshots(store, id(1)), [4, 7]);
    commit(store, &[release(7, id(2)), put(7), keep(&[7]), put(9), keep(&[9])]);
    assert_eq!(snapshots(store, id(1)), [9]);
}

/// Times that two commits are made at once: without the locks of [`crate::store::FjallStore`] some of them fail.
const ROUNDS: u64 = 200;

fn at_once(one: impl FnOnce() + Send, other: impl FnOnce() + Send) {
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            start.wait();
            one();
        });
        start.wait();
        other();
    });
}

fn two_that_let_go_at_once_leave_nothing(store: &impl Store) {
    for event in 0..ROUNDS {
        put_snapshot(store, id(1), event);
        share(store, event, id(1), id(2));
        at_once(|| keep(store, id(1), &[]), || release(store, event, id(2)));
        assert!(!has_snapshot(store, id(1), event), "round {event}");
    }
}

fn a_snapshot_that_is_passed_on_while_another_lets_go_stays(store: &impl Store) {
    for event in 0..ROUNDS {
        put_snapshot(store, id(1), event);
        share(store, event, id(1), id(2));
        let pass_on = || {
            share(store, event, id(2), id(3));
            release(store, event, id(2));
        };
        at_once(|| keep(store, id(1), &[]), pass_on);
        assert!(has_snapshot(store, id(1), event), "round {event}");
        release(store, event, id(3));
        assert!(!has_snapshot(store, id(1), event), "round {event}");
    }
}

fn a_snapshot_that_many_pass_on_at_once_is_there_until_the_last_lets_go(store: &impl Store) {
    const HOLDERS: u8 = 8;
    put_snapshot(store, id(1), 5);
    (0..HOLDERS).for_each(|holder| share(store, 5, id(1), id(100 + holder)));
    let pass_on = |from, to| {
        share(store, 5, from, to);
        release(store, 5, from);
        assert!(has_snapshot(store, id(1), 5));
    };
    std::thread::scope(|scope| {
        scope.spawn(|| keep(store, id(1), &[]));
        for holder in 0..HOLDERS {
            let (own, child) = (id(100 + holder), id(200 + holder));
            scope.spawn(move || {
                for _ in 0..50 {
                    pass_on(own, child);
                    pass_on(child, own);
                }
                release(store, 5, own);
            });
        }
    });
    assert!(!has_snapshot(store, id(1), 5));
}

fn commits_about_the_same_makers_in_any_order_end(store: &impl Store) {
    let put = |maker| Change::PutSnapshot { id: id(maker), event: 1, bytes: b"pages" };
    for _ in 0..ROUNDS {
        at_once(|| commit(store, &[put(1), put(2)]), || commit(store, &[put(2), put(1)]));
    }
    assert!(has_snapshot(store, id(1), 1) && has_snapshot(store, id(2), 1));
}
