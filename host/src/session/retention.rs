//! What a history keeps, and what goes first: a pure function of a session's record.
//!
//! ```text
//! events     1 ······ 40 ─────── 80 ─────── 120 ───── 150 ── 163
//! snapshots           ▣ c        ▣          ▣          ▣
//!                     │          │          └────┬─────┘
//!                     │          │            the newest on the way to the present, and the one before it:
//!                     │          │            always kept, so that a damaged one costs only time
//!                     │          └ kept for jumps, unless the replay from the one before it over this to the one after
//!                     │            it stays within the bounds of the snapshot policy
//!                     └ a checkpoint's is kept until the checkpoint is deleted, also when the events around it are gone
//! ```
//!
//! When the history is over a bound, the oldest events go first, whether undone or not, from one snapshot to the next.

use super::policy::SnapshotPolicy;
use crate::store::{JournalSize, ReplayCost, SessionRecord, SnapshotEntry};

/// Snapshots of a session beside those of its checkpoints. Past it, the ones whose loss costs least go, so that a jump
/// into the middle of a long history replays longer.
const SNAPSHOTS_MAX: usize = 64;

/// In so many steps the events that nobody needs and that no snapshot divides go, so that no more go than must.
const STEPS: u64 = 8;

/// How long a history may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Retention {
    /// Events.
    pub(super) events_max: u64,
    /// Bytes of events, and of snapshots beside the two that are always kept.
    pub(super) bytes_max: u64,
    /// Bounds of a replay that make a snapshot superfluous.
    pub(super) policy: SnapshotPolicy,
}

/// What the present state needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Needed {
    /// The events of the newest two snapshots on the way to it; 0 for the base image.
    pub(super) snapshots: [u64; 2],
    /// The oldest event that is replayed from either of them.
    pub(super) first_event: u64,
}

impl Retention {
    /// Removes from `record` what it need not keep: snapshots from its list, and events by raising `first_event`. `journal`
    /// tells what the events from one to before another are. Gives the entries that went.
    ///
    /// # Errors
    /// What `journal` fails with; `record` is not to be used then.
    pub(super) fn apply<E>(
        &self,
        record: &mut SessionRecord,
        needed: Needed,
        journal: impl FnMut(u64, u64) -> Result<JournalSize, E>,
    ) -> Result<Vec<SnapshotEntry>, E> {
        let before = record.snapshots.clone();
        let mut history = History { record, needed, retention: self, journal };
        history.thin();
        history.prune()?;
        history.drop_stranded();
        let kept = &history.record.snapshots;
        Ok(before.into_iter().filter(|entry| !kept.iter().any(|kept| kept.event == entry.event)).collect())
    }
}

struct History<'a, J> {
    record: &'a mut SessionRecord,
    needed: Needed,
    retention: &'a Retention,
    journal: J,
}

impl<J> History<'_, J> {
    /// A snapshot that nobody asked to keep and that replaying can replace.
    fn superfluous(&self, entry: &SnapshotEntry) -> bool {
        entry.replayable && !self.pinned(entry)
    }

    fn pinned(&self, entry: &SnapshotEntry) -> bool {
        self.needed.snapshots.contains(&entry.event)
            || self.record.checkpoints.iter().any(|checkpoint| checkpoint.event == entry.event)
    }

    /// What the longest replay over `entry` would cost if it were not there.
    fn cost_without(&self, entry: &SnapshotEntry) -> ReplayCost {
        let mut longest = entry.cost;
        for next in self.record.snapshots.iter().filter(|next| next.after == entry.event && next.replayable) {
            let mut cost = entry.cost;
            cost += next.cost;
            longest.wall_us = longest.wall_us.max(cost.wall_us);
            longest.events = longest.events.max(cost.events);
            longest.bytes = longest.bytes.max(cost.bytes);
        }
        longest
    }

    fn remove(&mut self, at: usize) {
        let gone = self.record.snapshots.remove(at);
        for next in self.record.snapshots.iter_mut().filter(|next| next.after == gone.event) {
            next.after = gone.after;
            next.cost += gone.cost;
        }
    }

    fn thin(&mut self) {
        let mut at = 0;
        while let Some(entry) = self.record.snapshots.get(at) {
            if self.superfluous(entry) && !self.retention.policy.due(&self.cost_without(entry)) {
                self.remove(at);
            } else {
                at += 1;
            }
        }
    }

    /// There are more snapshots than a record should list.
    fn crowded(&self) -> bool {
        self.record.snapshots.len() > SNAPSHOTS_MAX + self.record.checkpoints.len()
    }

    /// Removes the snapshot whose loss costs least. False when all are needed.
    fn drop_cheapest(&mut self) -> bool {
        let candidates = self.record.snapshots.iter().enumerate().filter(|(_, entry)| self.superfluous(entry));
        let cheapest = candidates.min_by_key(|(_, entry)| self.cost_without(entry).wall_us);
        let cheapest = cheapest.map(|(at, _)| at);
        cheapest.inspect(|at| self.remove(*at)).is_some()
    }

    fn over(&self) -> bool {
        let unneeded = self.record.snapshots.iter().filter(|entry| !self.needed.snapshots.contains(&entry.event));
        let snapshots = unneeded.map(|entry| entry.bytes).fold(0, u64::saturating_add);
        let journal = self.record.journal;
        journal.events > self.retention.events_max || journal.bytes.saturating_add(snapshots) > self.retention.bytes_max
    }

    /// Where the history may begin instead, one step on: at the next snapshot, or, where there is none before what the
    /// present needs, a part of the way to that.
    fn next_beginning(&self) -> Option<u64> {
        let (first, needed) = (self.record.first_event, self.needed.first_event);
        let mut snapshots = self.record.snapshots.iter().map(|entry| entry.event);
        let next = snapshots.find(|event| *event > first && *event < needed);
        let left = needed.saturating_sub(first);
        next.or((left > 0).then(|| first + left.div_ceil(STEPS)))
    }

    /// Drops snapshots of events that are gone. The one just before the oldest event may be what that builds on.
    fn drop_stranded(&mut self) {
        self.drop_before(self.record.first_event.saturating_sub(1));
    }

    /// Drops the snapshots before `event` that neither a checkpoint nor the present state has.
    fn drop_before(&mut self, event: u64) {
        let mut at = 0;
        while let Some(entry) = self.record.snapshots.get(at) {
            if entry.event < event && !self.pinned(entry) {
                self.record.snapshots.remove(at);
            } else {
                at += 1;
            }
        }
    }
}

impl<E, J: FnMut(u64, u64) -> Result<JournalSize, E>> History<'_, J> {
    fn prune(&mut self) -> Result<(), E> {
        while self.crowded() && (self.drop_cheapest() || self.drop_oldest()?) {}
        while self.over() && self.drop_oldest()? {}
        Ok(())
    }

    /// Drops the events up to the next place where the history can begin, and the snapshots before that. False when the
    /// present state needs all that is left.
    fn drop_oldest(&mut self) -> Result<bool, E> {
        let Some(next) = self.next_beginning() else { return Ok(false) };
        self.record.journal -= (self.journal)(self.record.first_event, next)?;
        self.record.first_event = next;
        // Of what led to these a part is gone, so that nothing can replace them.
        for entry in self.record.snapshots.iter_mut().filter(|entry| entry.event <= next || entry.after < next) {
            entry.cost = ReplayCost::default();
            entry.replayable = false;
        }
        self.drop_before(next);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::{CheckpointName, Digest, GuestName, SessionId, SessionName, TenantName};
    use crate::store::{Checkpoint, GuestPin, LimitOverrides};

    fn record(snapshots: Vec<SnapshotEntry>) -> SessionRecord {
        let last = snapshots.last().map_or(0, |entry| entry.event);
        SessionRecord {
            id: SessionId::from_bytes([1; 16]),
            tenant: TenantName::new("t").unwrap(),
            name: SessionName::new("a").unwrap(),
            guest: GuestPin { name: GuestName::new("omega").unwrap(), digest: Digest::of(b"omega") },
            guests: Vec::new(),
            created_ms: 0,
            last_accessed_ms: 0,
            event: last,
            last_event: last,
            first_event: 1,
            journal: JournalSize::default(),
            tip: last,
            branched: false,
            keyed: false,
            snapshots,
            checkpoints: Vec::new(),
            values_bytes: 0,
            counted_bytes: 0,
            origin: None,
            memory_bytes: 0,
            limits: LimitOverrides::default(),
            durability: None,
            functions: None,
        }
    }

    /// A snapshot every `step` events, which took `wall_us` and `bytes` in between.
    fn chain(count: u64, step: u64, wall_us: u64, bytes: u64) -> SessionRecord {
        let cost = ReplayCost { events: step, wall_us, bytes };
        let entry = |n: u64| SnapshotEntry {
            event: n * step,
            bytes: 1_000,
            memory_bytes: 65_536,
            after: (n - 1) * step,
            cost,
            replayable: true,
            maker: None,
            guest: None,
        };
        let journal = JournalSize { events: count * step, bytes: count * bytes };
        SessionRecord { journal, ..record((1..=count).map(entry).collect()) }
    }

    /// Applies a retention to a history whose events take `event_bytes` each.
    fn apply(
        retention: &Retention,
        record: &mut SessionRecord,
        snapshots: [u64; 2],
        event_bytes: u64,
    ) -> Vec<SnapshotEntry> {
        let needed = Needed { snapshots, first_event: snapshots[1] + 1 };
        let journal = |first, end| {
            let events = end - first;
            Ok::<_, std::convert::Infallible>(JournalSize { events, bytes: events * event_bytes })
        };
        let Ok(gone) = retention.apply(record, needed, journal);
        gone
    }

    fn retention(events_max: u64, bytes_max: u64) -> Retention {
        Retention { events_max, bytes_max, policy: SnapshotPolicy::default() }
    }

    fn newest_two(record: &SessionRecord) -> [u64; 2] {
        let last = record.snapshots.last().expect("there is one");
        [last.event, last.after]
    }

    fn events(record: &SessionRecord) -> Vec<u64> {
        record.snapshots.iter().map(|entry| entry.event).collect()
    }

    #[test]
    fn snapshots_that_a_short_replay_replaces_go_and_the_newest_two_stay() {
        let mut record = chain(10, 10, 100, 1_000);
        let gone = apply(&retention(1_000, 1 << 30), &mut record, [100, 90], 100);
        assert_eq!(events(&record), [90, 100]);
        assert_eq!(gone.len(), 8);
        assert_eq!((record.snapshots[0].after, record.snapshots[0].cost.wall_us), (0, 900));
        assert_eq!(record.first_event, 1, "all events are there, and a jump to any of them replays 0.9 ms at most");
    }

    #[test]
    fn no_replay_between_two_snapshots_passes_the_bounds() {
        let mut record = chain(20, 10, 20_000, 1_000);
        let protected = newest_two(&record);
        apply(&retention(1_000, 1 << 30), &mut record, protected, 100);
        assert!(record.snapshots.len() > 8, "{:?}", events(&record));
        assert!(record.snapshots.iter().all(|entry| entry.cost.wall_us <= 50_000));
    }

    #[test]
    fn what_can_t_be_replayed_keeps_its_snapshot() {
        let mut record = chain(10, 10, 100, 1_000);
        record.snapshots[4].replayable = false;
        apply(&retention(1_000, 1 << 30), &mut record, [100, 90], 100);
        assert_eq!(events(&record), [50, 90, 100]);
    }

    #[test]
    fn the_oldest_events_go_first_and_a_checkpoint_stays() {
        let mut record = chain(10, 100, 60_000, 1_000);
        record.checkpoints = vec![Checkpoint { name: CheckpointName::new("c").unwrap(), event: 200, created_ms: 0 }];
        apply(&retention(350, 1 << 30), &mut record, [1_000, 900], 10);
        assert_eq!(record.first_event, 700);
        assert_eq!(events(&record), [200, 700, 800, 900, 1_000]);
        record.checkpoints.clear();
        let gone = apply(&retention(350, 1 << 30), &mut record, [1_000, 900], 10);
        assert_eq!(gone.iter().map(|entry| entry.event).collect::<Vec<_>>(), [200]);
    }

    #[test]
    fn bytes_are_bounded_too_but_for_what_the_present_needs() {
        let mut record = chain(10, 100, 60_000, 5_000);
        apply(&retention(1 << 40, 30_000), &mut record, [1_000, 900], 50);
        // 25,050 of events and 4,000 of snapshots; the snapshot of 400 and its events would be 6,000 more.
        assert_eq!(events(&record), [500, 600, 700, 800, 900, 1_000]);
        assert_eq!(record.journal.bytes, 501 * 50);
        apply(&retention(1, 1), &mut record, [1_000, 900], 50);
        assert_eq!((record.first_event, events(&record)), (901, vec![900, 1_000]));
    }

    #[test]
    fn a_history_of_costly_turns_has_a_bounded_list_of_snapshots() {
        let mut record = chain(500, 1, 200_000, 10);
        apply(&retention(1 << 40, 1 << 40), &mut record, [500, 499], 10);
        assert_eq!(record.snapshots.len(), SNAPSHOTS_MAX);
        assert_eq!(record.first_event, 1);
    }

    #[test]
    fn what_was_undone_over_and_over_is_bounded_too() {
        // 400 turns that each were undone again: the last follows the beginning, and needs none of the others.
        let entry = |event| SnapshotEntry { event, after: 0, replayable: false, ..chain(1, 1, 0, 0).snapshots[0] };
        let mut record = record((1..=400).map(entry).collect());
        record.journal = JournalSize { events: 400, bytes: 40_000 };
        let needed = Needed { snapshots: [400, 0], first_event: 400 };
        let journal = |first, end| Ok::<_, ()>(JournalSize { events: end - first, bytes: (end - first) * 100 });
        retention(10, 1 << 30).apply(&mut record, needed, journal).unwrap();
        assert_eq!(record.journal.events, 10);
        assert_eq!((record.first_event, record.snapshots.len()), (391, 10));
        retention(1 << 40, 500).apply(&mut record, needed, journal).unwrap();
        assert_eq!(events(&record), [400]);
    }

    proptest! {
        #[test]
        fn the_present_and_its_checkpoints_survive_any_retention(
            costs in prop::collection::vec((1..100_u64, 0..100_000_u64, 0..100_000_u64, any::<bool>()), 1..90),
            (events_max, bytes_max) in (1..2_000_u64, 1..1_000_000_u64),
            checkpoint in any::<prop::sample::Index>(),
        ) {
            let mut event = 0;
            let entries = costs.iter().map(|&(step, wall_us, bytes, replayable)| {
                let after = event;
                event += step;
                let cost = ReplayCost { events: step, wall_us, bytes };
                SnapshotEntry { event, bytes, memory_bytes: 65_536, after, cost, replayable, maker: None, guest: None }
            });
            let mut record = record(entries.collect());
            let kept = checkpoint.get(&record.snapshots).event;
            record.checkpoints = vec![Checkpoint { name: CheckpointName::new("c").unwrap(), event: kept, created_ms: 0 }];
            let protected = newest_two(&record);
            let before = events(&record);
            let gone = apply(&retention(events_max, bytes_max), &mut record, protected, 10);
            let after = events(&record);
            prop_assert!(after.contains(&kept) && after.contains(&protected[0]));
            prop_assert!(protected[1] == 0 || after.contains(&protected[1]));
            prop_assert!(record.first_event <= protected[1] + 1);
            let mut all: Vec<u64> = after.iter().copied().chain(gone.iter().map(|entry| entry.event)).collect();
            all.sort_unstable();
            prop_assert_eq!(all, before);
            prop_assert!(after.is_sorted());
            prop_assert!(after.len() <= SNAPSHOTS_MAX + 3);
        }
    }
}
