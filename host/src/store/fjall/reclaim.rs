//! Gives the disk back what removed snapshots took.
//!
//! The engine rewrites stale blob files when it compacts tables, and it compacts those that grew. With values kept apart
//! the tables stay small, and a removal makes them grow by a key: a store that lost all of its sessions would keep nearly
//! all of its bytes. So when enough was removed, a thread flushes the removals and compacts the keyspace whole, which
//! costs its keys, and the blobs that still live in files with many that don't.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::contain::contained;
use super::engine::Engine;

/// Removed bytes that are never worth it.
const REMOVED_BYTES_MIN: u64 = 128 << 20;
/// Otherwise it is when one part in so many of the snapshots' disk space was removed: that much is wasted at most, and
/// each byte is rewritten about once before it is removed.
const REMOVED_PART: u64 = 2;

/// Counts what is removed, and sees to it now and then.
#[derive(Default)]
pub(super) struct Reclaim {
    removed_bytes: AtomicU64,
    running: Arc<AtomicBool>,
}

impl Reclaim {
    /// `bytes` of snapshots were removed.
    pub(super) fn removed(&self, bytes: u64, engine: &Arc<Engine>) {
        if bytes == 0 {
            return;
        }
        let removed = self.removed_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let due = removed >= REMOVED_BYTES_MIN && removed >= engine.spaces.snapshots.disk_space() / REMOVED_PART;
        if due && !self.running.swap(true, Ordering::AcqRel) {
            self.removed_bytes.store(0, Ordering::Relaxed);
            self.spawn(engine.clone());
        }
    }

    /// Runs on after the store is dropped, if need be. The directory stays locked for as long; a process that ends
    /// meanwhile loses only the work.
    fn spawn(&self, engine: Arc<Engine>) {
        let running = self.running.clone();
        let work = move || {
            let snapshots = &engine.spaces.snapshots;
            let compact = || {
                snapshots.rotate_memtable_and_wait()?;
                // The first finds out which blobs are stale, the second acts on it.
                snapshots.major_compact()?;
                Ok(snapshots.major_compact()?)
            };
            if let Err(error) = contained(compact) {
                tracing::warn!(%error, "could not take removed snapshots off the disk yet");
            }
            running.store(false, Ordering::Release);
        };
        if let Err(error) = std::thread::Builder::new().name("hostel:reclaim".to_owned()).spawn(work) {
            tracing::warn!(%error, "could not start taking removed snapshots off the disk");
            self.running.store(false, Ordering::Release);
        }
    }
}
