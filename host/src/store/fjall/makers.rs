//! One commit at a time decides about the snapshots of one maker, and knows which there are.
//!
//! Whether a snapshot goes depends on who else holds it, and that is read before the commit is written. Two sessions that
//! let go of it at once would each see the other; one that shares it might see it just before it goes. So commits that
//! say anything of snapshots take their makers' locks, from before they are worked out until they are written. Turns
//! that only record an event take none.
//!
//! Under the same locks is what snapshots each maker has. The engine could be asked, but it walks over the tombstones of
//! all those that are gone, some 1 µs each, until a compaction takes them; and sessions may leave thousands behind
//! between two that stay. So it is asked once, and what commits do is followed from there.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::name::SessionId;
use crate::store::Change;

/// Locks, each for the makers whose ids share some bits: enough for commits of different makers to seldom meet. As many
/// as there are bits in the set of those that a commit takes.
const LOCKS: usize = u64::BITS as usize;

/// Makers whose snapshots are known, under each lock: 65,536 in all, some 15 MiB. Past it all of the lock's are
/// forgotten, and asked for again one by one.
const KNOWN_MAX: usize = (1 << 16) / LOCKS;

/// The events of the snapshots that makers have. Who is not there is not known.
type Known = HashMap<SessionId, BTreeSet<u64>>;

/// The locks.
pub(super) struct Makers([Mutex<Known>; LOCKS]);

/// Those that a commit has taken.
pub(super) struct Held<'a>(Vec<(usize, MutexGuard<'a, Known>)>);

impl Makers {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }

    /// Waits for those who decide about the same snapshots.
    pub(super) fn hold(&self, changes: &[Change<'_>]) -> Held<'_> {
        let wanted = changes.iter().filter_map(maker).fold(0_u64, |wanted, maker| wanted | 1 << lock_of(maker));
        // Always in this order, so that no two commits wait for each other.
        let locks = self.0.iter().enumerate().filter(|(at, _)| wanted & 1 << at != 0);
        // What they guard is taken out while it may be wrong.
        Held(locks.map(|(at, lock)| (at, lock.lock().unwrap_or_else(PoisonError::into_inner))).collect())
    }
}

impl Held<'_> {
    /// The events of the snapshots that a maker has, if that is known.
    pub(super) fn known(&mut self, maker: SessionId) -> Option<&BTreeSet<u64>> {
        self.of(maker).get(&maker)
    }

    /// These are all that it has. Of who has none no note is taken: it most likely is gone.
    pub(super) fn learn(&mut self, maker: SessionId, events: BTreeSet<u64>) {
        if events.is_empty() {
            return;
        }
        let known = self.of(maker);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(maker, events);
    }

    /// It is not known what a maker has, for a commit is about to change it. Gives what was known.
    pub(super) fn forget(&mut self, maker: SessionId) -> Option<BTreeSet<u64>> {
        self.of(maker).remove(&maker)
    }

    fn of(&mut self, maker: SessionId) -> &mut Known {
        let lock = lock_of(maker);
        let held = self.0.iter_mut().find(|(at, _)| *at == lock);
        &mut held.expect("a commit holds the locks of all makers that its changes name").1
    }
}

fn lock_of(maker: SessionId) -> usize {
    usize::from(maker.as_bytes()[0]) % LOCKS
}

/// Whose snapshots a change is about.
fn maker(change: &Change<'_>) -> Option<SessionId> {
    match *change {
        Change::RemoveSession { id, .. } | Change::PutSnapshot { id, .. } | Change::KeepSnapshots { id, .. } => {
            Some(id)
        }
        Change::ShareSnapshot { key, .. } | Change::ReleaseSnapshot { key, .. } => Some(key.maker),
        Change::PutSession(_)
        | Change::PutUsage { .. }
        | Change::AppendEvent { .. }
        | Change::PutBranch { .. }
        | Change::RemoveEventsThrough { .. }
        | Change::PutKey { .. }
        | Change::RemoveKey { .. }
        | Change::PutValues { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_makers_are_known_than_there_is_memory_for() {
        let makers = Makers::new();
        let maker = |at: usize| SessionId::from_bytes((at << 8).to_le_bytes().repeat(2).try_into().expect("16 bytes"));
        let mut held = makers.hold(&[Change::KeepSnapshots { id: maker(0), events: &[] }]);
        for at in 0..=KNOWN_MAX {
            held.learn(maker(at), BTreeSet::from([7]));
            assert_eq!(held.known(maker(at)), Some(&BTreeSet::from([7])));
        }
        assert_eq!(held.known(maker(1)), None);
        assert_eq!(held.0[0].1.len(), 1);
        held.learn(maker(2), BTreeSet::new());
        assert_eq!(held.known(maker(2)), None);
    }
}
