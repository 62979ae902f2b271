//! When a snapshot is due: a pure function of what a replay would cost.

use crate::store::ReplayCost;

/// Bounds on the tail of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SnapshotPolicy {
    /// Time that a replay may take, in microseconds.
    pub(super) replay_us_max: u64,
    /// Events that a replay may take through the guest; each costs some microseconds beside its own time.
    pub(super) events_max: u64,
    /// Bytes of journal since the snapshot.
    pub(super) bytes_max: u64,
    /// Time of one turn, in microseconds, over which it is recorded by a snapshot rather than by its event.
    pub(super) turn_us_max: u64,
}

impl Default for SnapshotPolicy {
    /// 50 ms is what a person doesn't notice; 5,000 events of a few microseconds stay under that; 1 MiB of journal is
    /// more than most snapshots. A turn of a second is worth the millisecond of its snapshot.
    fn default() -> Self {
        Self { replay_us_max: 50_000, events_max: 5_000, bytes_max: 1 << 20, turn_us_max: 1_000_000 }
    }
}

/// What an event costs in a replay beside its time in the guest: reading, decoding, comparing. Measured: about 2 µs.
const EVENT_US: u64 = 2;

/// What a snapshot costs beside its pages: a look at the memory and a commit. Measured: 0.1 to 0.2 ms.
const SNAPSHOT_US: u64 = 200;

/// How fast pages are captured, encoded and written. Measured: 1 MiB of an interpreter's heap takes some 2 ms.
const SNAPSHOT_BYTES_PER_US: u64 = 500;

impl SnapshotPolicy {
    /// Whether a turn that took so long may be recorded by its event, to be replayed.
    pub(super) fn replayable(&self, wall_us: u64) -> bool {
        wall_us <= self.turn_us_max
    }

    /// Whether the events since a snapshot have grown so many that the next one is due.
    pub(super) fn due(&self, tail: &ReplayCost) -> bool {
        tail.wall_us > self.replay_us_max || tail.events > self.events_max || tail.bytes > self.bytes_max
    }

    /// Whether a session that just came back by replaying `tail` should be saved before anything else: the replay cost
    /// more than the snapshot will, and a session whose commands fail would pay for it each time.
    pub(super) fn worth_saving(&self, tail: &ReplayCost, resident_bytes: u64) -> bool {
        let replay_us = tail.wall_us.saturating_add(tail.events.saturating_mul(EVENT_US));
        replay_us > SNAPSHOT_US + resident_bytes / SNAPSHOT_BYTES_PER_US || self.due(tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_due_when_any_bound_is_passed() {
        let policy = SnapshotPolicy::default();
        let tail = |events, wall_us, bytes| ReplayCost { events, wall_us, bytes };
        assert!(!policy.due(&tail(0, 0, 0)));
        assert!(!policy.due(&tail(5_000, 50_000, 1 << 20)));
        assert!(policy.due(&tail(1, 50_001, 0)));
        assert!(policy.due(&tail(5_001, 0, 0)));
        assert!(policy.due(&tail(1, 0, (1 << 20) + 1)));
    }
    #[test]
    fn a_session_is_saved_after_a_replay_that_cost_more_than_saving_does() {
        let policy = SnapshotPolicy::default();
        let tail = |events, wall_us| ReplayCost { events, wall_us, bytes: 100 };
        assert!(!policy.worth_saving(&tail(1, 10), 0));
        assert!(policy.worth_saving(&tail(1, 300), 0));
        assert!(policy.worth_saving(&tail(200, 0), 0), "many events cost something, however short");
        assert!(!policy.worth_saving(&tail(1, 20_000), 50 << 20), "a large state costs more");
        assert!(policy.worth_saving(&tail(1, 60_000), 50 << 20), "but what is due is due");
    }
}
