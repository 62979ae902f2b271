//! Ways through a history: which events led to one, and from which snapshot its state is had.
//!
//! ```text
//!   1 ── 2 ── 3 ── 4 ── 5            undone: nothing follows 5 on the way to 9
//!             └──── 6 ── 7 ── 8      6 follows 3: a branch
//!                        └─── 9      9 follows 7: another
//!
//!   way to 9 = runs [9..9], [6..7], [1..3]      read from the newest backwards; numbers grow along every way
//! ```
//!
//! An event follows the one before it unless a branch begins with it, and only the beginnings of branches are stored. So a
//! run costs one look into the store, and a session that never went back costs none.

use super::SessionError;
use crate::store::{SessionRecord, SnapshotEntry, Store, StoreError};

/// Consecutive events of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: u64,
    pub(super) last: u64,
    /// The event that the first of them follows; 0 for none.
    pub(super) parent: u64,
}

/// How the state after an event is had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    /// The snapshot to begin with; the base image when there is none.
    pub(super) base: Option<SnapshotEntry>,
    /// The events to replay then, in order: first and last of each run.
    pub(super) steps: Vec<(u64, u64)>,
}

impl Way {
    /// The event to begin after.
    pub(super) fn base_event(&self) -> u64 {
        self.base.map_or(0, |base| base.event)
    }

    /// How many events there are to replay.
    pub(super) fn events(&self) -> u64 {
        self.steps.iter().map(|(first, last)| last - first + 1).sum()
    }
}

/// The runs that lead to an event, the newest first, as far back as the history goes.
pub(super) struct Runs<'a> {
    store: &'a dyn Store,
    record: &'a SessionRecord,
    at: u64,
}

impl<'a> Runs<'a> {
    pub(super) fn to(store: &'a dyn Store, record: &'a SessionRecord, event: u64) -> Self {
        Self { store, record, at: event }
    }
}

impl Iterator for Runs<'_> {
    type Item = Result<Run, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let last = self.at;
        if last < self.record.first_event || last == 0 {
            return None;
        }
        let run = run_to(self.store, self.record, last);
        self.at = run.as_ref().map_or(0, |run| run.parent);
        Some(run)
    }
}

fn run_to(store: &dyn Store, record: &SessionRecord, last: u64) -> Result<Run, StoreError> {
    let branch = if record.branched { store.branch(record.id, last)? } else { None };
    Ok(match branch.filter(|(first, _)| *first >= record.first_event) {
        // A parent is always older; a store that says otherwise would lead round in circles.
        Some((first, parent)) => Run { first, last, parent: parent.min(first - 1) },
        None => Run { first: record.first_event, last, parent: record.first_event - 1 },
    })
}

/// Whether `event` is on the way to `to`, or before all of it.
pub(super) fn leads_to(store: &dyn Store, record: &SessionRecord, event: u64, to: u64) -> Result<bool, StoreError> {
    if event == 0 || event == to {
        return Ok(true);
    }
    for run in Runs::to(store, record, to) {
        let run = run?;
        if event >= run.first || event == run.parent {
            return Ok(event <= run.last);
        }
    }
    Ok(false)
}

/// How many events there are on the way to `to` after `from`, which is on it.
pub(super) fn distance(store: &dyn Store, record: &SessionRecord, from: u64, to: u64) -> Result<u64, StoreError> {
    let mut events = 0;
    for run in Runs::to(store, record, to) {
        let run = run?;
        if from >= run.first {
            return Ok(events + (run.last - from.min(run.last)));
        }
        events += run.last - run.first + 1;
        if from >= run.parent {
            break;
        }
    }
    Ok(events)
}

/// An event so many events away; or, where there are not so many, how many there are.
pub(super) type Reached = Result<u64, u64>;

/// The event that is `count` events before `event` on the way to it; or, where there are not so many, how many there are.
pub(super) fn back(store: &dyn Store, record: &SessionRecord, event: u64, count: u64) -> Result<Reached, StoreError> {
    let mut passed = 0;
    for run in Runs::to(store, record, event) {
        let run = run?;
        let (left, length) = (count - passed, run.last - run.first + 1);
        if left < length {
            return Ok(Ok(run.last - left));
        }
        // What the first of them follows may be gone from the history.
        let there = run.parent == 0 || run.parent >= record.first_event || record.has_snapshot(run.parent);
        if !there {
            return Ok(Err(passed + length - 1));
        }
        if left == length {
            return Ok(Ok(run.parent));
        }
        passed += length;
    }
    Ok(Err(passed))
}

/// The event that is `count` events after `event` on the way to `tip`, or how many there are.
pub(super) fn forth(store: &dyn Store, record: &SessionRecord, event: u64, count: u64) -> Result<Reached, StoreError> {
    let there = distance(store, record, event, record.tip)?;
    if count > there {
        return Ok(Err(there));
    }
    back(store, record, record.tip, there - count)
}

/// How the state after `event` is had, without the snapshots of the events in `damaged`.
///
/// # Errors
/// [`SessionError::Unreachable`] when what it needs was removed; [`SessionError::Store`].
pub(super) fn way_to(
    store: &dyn Store,
    record: &SessionRecord,
    event: u64,
    damaged: &[u64],
) -> Result<Way, SessionError> {
    let sound = |entry: &&SnapshotEntry| !damaged.contains(&entry.event);
    let mut steps = Vec::new();
    let mut at = event;
    let base = loop {
        if let Some(base) = record.snapshot(at).filter(sound) {
            break Some(*base);
        }
        if at == 0 {
            break None;
        }
        if at < record.first_event {
            return Err(SessionError::Unreachable { name: record.name.clone(), event });
        }
        let run = run_to(store, record, at)?;
        let before = record.snapshots.partition_point(|entry| entry.event < at);
        let mut older = record.snapshots[..before].iter().rev().take_while(|entry| entry.event >= run.first);
        if let Some(base) = older.find(sound) {
            steps.push((base.event + 1, at));
            break Some(*base);
        }
        steps.push((run.first, at));
        at = run.parent;
    };
    steps.reverse();
    Ok(Way { base, steps })
}
