//! When a snapshot is due: a pure function of what a replay would cost.

use super::entry::Tail;

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

impl SnapshotPolicy {
    /// Whether a turn that took so long may be recorded by its event, to be replayed.
    pub(super) fn replayable(&self, wall_us: u64) -> bool {
        wall_us <= self.turn_us_max
    }

    /// Whether the tail has grown so long that a snapshot is due.
    pub(super) fn due(&self, tail: &Tail) -> bool {
        tail.events > 0
            && (tail.wall_us > self.replay_us_max || tail.events > self.events_max || tail.bytes > self.bytes_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_due_when_any_bound_is_passed() {
        let policy = SnapshotPolicy::default();
        let tail = |events, wall_us, bytes| Tail { events, wall_us, bytes };
        assert!(!policy.due(&tail(0, 0, 0)));
        assert!(!policy.due(&tail(5_000, 50_000, 1 << 20)));
        assert!(policy.due(&tail(1, 50_001, 0)));
        assert!(policy.due(&tail(5_001, 0, 0)));
        assert!(policy.due(&tail(1, 0, (1 << 20) + 1)));
    }
}
