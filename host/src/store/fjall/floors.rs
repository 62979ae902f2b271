//! Where a session's events begin.
//!
//! A removed event leaves a tombstone until a compaction meets it, and a range that begins before it walks over all of
//! them: 0.25 µs each, 25 ms for a session that has left 100,000 events behind. So the number below which there is
//! nothing is kept for the sessions that were trimmed lately, and ranges begin there.
//!
//! ```text
//! number   0                                 floor            newest
//!          ┊ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ✝ ●───●───●───●───●
//!                                            └─ ranges begin here
//! ```
//!
//! The branches that begin with events go with them, and have the same floor.
//!
//! A floor may be too low, which costs time, and never too high. It is stored with the commit that raises or lowers it;
//! those of the sessions in use are kept in memory too, since each append asks.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::fjall::Keyspace;

use super::contain::Source;
use super::keys;
use crate::name::SessionId;

/// Floors kept in memory: 4 MiB of them. Past it all are dropped, and read again one by one.
const KEPT_MAX: usize = 1 << 16;

/// Floors by session; 0 where there is none.
pub(super) struct Floors {
    stored: Keyspace,
    kept: Mutex<HashMap<SessionId, u64>>,
}

/// Floors that a commit changes; nothing for a session that is removed.
pub(super) type Changed = BTreeMap<SessionId, Option<u64>>;

impl Floors {
    pub(super) fn new(stored: Keyspace) -> Self {
        Self { stored, kept: Mutex::default() }
    }

    /// The number below which the session has no event, and no branch begins.
    pub(super) fn get(&self, id: SessionId) -> Result<u64, Source> {
        if let Some(floor) = self.lock().get(&id) {
            return Ok(*floor);
        }
        let stored = self.stored.get(keys::floor(id))?;
        let floor = stored.map_or(Ok(0), |bytes| <[u8; 8]>::try_from(&*bytes).map(u64::from_be_bytes));
        let floor = floor.map_err(|_| "a floor has not 8 bytes")?;
        // What a commit has kept meanwhile is newer.
        self.with_room().entry(id).or_insert(floor);
        Ok(floor)
    }

    /// Keeps what is stored now.
    pub(super) fn keep(&self, changed: Changed) {
        let mut kept = self.with_room();
        for (id, floor) in changed {
            match floor {
                Some(floor) => kept.insert(id, floor),
                None => kept.remove(&id),
            };
        }
    }

    fn with_room(&self) -> MutexGuard<'_, HashMap<SessionId, u64>> {
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, u64>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
