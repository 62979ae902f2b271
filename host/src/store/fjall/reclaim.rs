//! Gives the disk back what removed snapshots and events took.
//!
//! The engine takes removed entries off the disk when it compacts tables, and it compacts those that grew. That goes well
//! while as much is put as is removed, as by sessions whose oldest events go when new ones come: what is put carries the
//! removals along. But a removal makes a table grow by a key only: a store that lost all of its sessions would keep
//! nearly all of its bytes. And the tables of snapshots, whose values are kept apart, hardly grow at all. So when enough
//! was removed, a thread flushes the removals and compacts the keyspace whole. For snapshots that costs their keys, and
//! the blobs that still live in files with many that don't; for events, all that are left. The old files go after the
//! new ones are there, and a compaction that filled the disk would stop the engine: it waits until there is room.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ::fjall::Keyspace;

use super::contain::contained;
use super::engine::Engine;
use super::plan::{Space, Spaces};
use super::space::has_room;

/// Removed bytes that are never worth it.
const REMOVED_BYTES_MIN: u64 = 128 << 20;
/// Otherwise it is when one part in so many of the keyspace's disk space was removed: that much is wasted at most, and
/// each byte is rewritten about once before it is removed; events, which the engine compresses, a few times.
const REMOVED_PART: u64 = 2;

/// Bytes that a commit puts and removes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moved {
    pub(super) events_put: u64,
    pub(super) events_removed: u64,
    pub(super) snapshots_removed: u64,
}

/// Counts what is removed, and sees to it now and then.
pub(super) struct Reclaim {
    events: Arc<Waste>,
    snapshots: Arc<Waste>,
}

/// What is still to be taken off the disk of a keyspace.
struct Waste {
    space: Space,
    removed_bytes: AtomicU64,
    running: AtomicBool,
}

impl Reclaim {
    pub(super) fn new() -> Self {
        Self { events: Waste::of(Space::Events), snapshots: Waste::of(Space::Snapshots) }
    }

    /// A commit was written.
    pub(super) fn count(&self, moved: Moved, engine: &Arc<Engine>) {
        self.events.carried(moved.events_put);
        self.events.removed(moved.events_removed, engine);
        self.snapshots.removed(moved.snapshots_removed, engine);
    }
}

impl Waste {
    fn of(space: Space) -> Arc<Self> {
        Arc::new(Self { space, removed_bytes: AtomicU64::new(0), running: AtomicBool::new(false) })
    }

    /// `bytes` were put, which carry as many removed ones along.
    fn carried(&self, bytes: u64) {
        if bytes > 0 && self.removed_bytes.load(Ordering::Relaxed) > 0 {
            let less = |removed: u64| Some(removed.saturating_sub(bytes));
            let _ = self.removed_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
    }

    /// `bytes` were removed.
    fn removed(self: &Arc<Self>, bytes: u64, engine: &Arc<Engine>) {
        self.removed_bytes.fetch_add(bytes, Ordering::Relaxed);
        if bytes > 0 && self.is_begun(engine) {
            self.spawn(engine.clone());
        }
    }

    /// It is due, there is room for it, nobody is at it, and so the caller is to do it.
    fn is_begun(&self, engine: &Engine) -> bool {
        let (removed, taken) = (self.removed_bytes.load(Ordering::Relaxed), engine.spaces.get(self.space).disk_space());
        let due = removed >= REMOVED_BYTES_MIN && removed >= taken / REMOVED_PART;
        // What events take on the disk is compressed, so that their bytes don't tell how much is left.
        let left = if self.space == Space::Events { taken } else { taken.saturating_sub(removed) };
        let begun = due && has_room(&engine.path(), left) && !self.running.swap(true, Ordering::AcqRel);
        if begun {
            self.removed_bytes.store(0, Ordering::Relaxed);
        }
        begun
    }

    /// Runs on after the store is dropped, if need be. The directory stays locked for as long; a process that ends
    /// meanwhile loses only the work.
    fn spawn(self: &Arc<Self>, engine: Arc<Engine>) {
        let waste = self.clone();
        let work = move || {
            loop {
                if let Err(error) = contained(|| Ok(compact(waste.space, &engine.spaces)?)) {
                    tracing::warn!(%error, "could not take what was removed off the disk yet");
                }
                waste.running.store(false, Ordering::Release);
                // As much may have been removed meanwhile, and nothing after it.
                if !waste.is_begun(&engine) {
                    return;
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name("hostel:reclaim".to_owned()).spawn(work) {
            tracing::warn!(%error, "could not start taking what was removed off the disk");
            self.running.store(false, Ordering::Release);
        }
    }
}

fn compact(space: Space, spaces: &Spaces) -> ::fjall::Result<()> {
    let keyspace: &Keyspace = spaces.get(space);
    keyspace.rotate_memtable_and_wait()?;
    keyspace.major_compact()?;
    if space == Space::Snapshots {
        // The first found out which blobs are stale, this one acts on it.
        keyspace.major_compact()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_carries_as_much_along() {
        let waste = Waste::of(Space::Events);
        for _ in 0..1_000 {
            waste.carried(100);
            waste.removed_bytes.fetch_add(100, Ordering::Relaxed);
        }
        assert_eq!(waste.removed_bytes.load(Ordering::Relaxed), 100);
    }
}
