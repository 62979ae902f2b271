//! The rest of a long removal.
//!
//! A session of 100,000 events would hold up every other commit if its removal were one batch; so only the first keys go
//! with the commit, and the rest is left over:
//!
//! ```text
//! commit        ┌ record, first 1,000 keys, a note in `removals` that says what is left ┐
//! after it      └ 1,000 keys ┘ └ 1,000 keys ┘ … └ last keys, and the note ┘
//! ```
//!
//! A crash in between leaves the note, and the next opening finishes the work before anything is read.

use std::ops::Bound;

use ::fjall::Database;

use super::contain::Source;
use super::keys::{self, ENTRY_BYTES, EntryKey};
use super::plan::{Space, Spaces};
use super::reclaim::Moved;

/// Most keys of one removal in one batch: about a millisecond in which no other commit gets its turn.
pub(super) const REMOVED_AT_ONCE_MAX: usize = 1_000;

/// Entries that are still to be removed, first and last key included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leftover {
    space: Space,
    first: EntryKey,
    last: EntryKey,
}

impl Leftover {
    pub(super) fn new(space: Space, first: EntryKey, last: EntryKey) -> Self {
        Self { space, first, last }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        [&[self.space.tag()], self.first.as_slice(), &self.last].concat()
    }

    fn decode(key: &[u8]) -> Option<Self> {
        let (&tag, range) = key.split_first()?;
        // Snapshots, which others may hold, are never left over; the first version of this program did so.
        let spaces = [Space::Events, Space::Branches, Space::Keys, Space::Values, Space::Snapshots];
        let space = spaces.into_iter().find(|space| space.tag() == tag)?;
        let (first, last) = range.split_at_checked(ENTRY_BYTES)?;
        Some(Self { space, first: first.try_into().ok()?, last: last.try_into().ok()? })
    }

    /// What an earlier process left.
    pub(super) fn all(spaces: &Spaces) -> Result<Vec<Self>, Source> {
        let decode =
            |entry: ::fjall::Guard| Self::decode(&entry.key()?).ok_or("a note in `removals` is damaged".into());
        spaces.removals.iter().map(decode).collect()
    }

    /// Removes it, and then its note, a batch at a time. Counts what it removes.
    pub(super) fn remove(&self, db: &Database, spaces: &Spaces, moved: &mut Moved) -> Result<(), Source> {
        let space = spaces.get(self.space);
        let mut from = Bound::Included(self.first);
        loop {
            let mut batch = db.batch();
            let entries = space.range((from, Bound::Included(self.last))).take(REMOVED_AT_ONCE_MAX);
            let wanted = |_: &_| self.space == Space::Events;
            let entries = entries.map(|entry| Ok(entry.into_inner_if(wanted)?)).collect::<Result<Vec<_>, Source>>()?;
            for (key, event) in &entries {
                moved.events_removed += event.as_ref().map_or(0, |bytes| bytes.len() as u64);
                batch.remove(space, key.clone());
            }
            match entries.last().filter(|_| entries.len() == REMOVED_AT_ONCE_MAX) {
                Some((last, _)) => {
                    from = Bound::Excluded(EntryKey::try_from(&**last).map_err(|_| keys::NO_ENTRY)?);
                }
                None => {
                    batch.remove(&spaces.removals, self.encode());
                    return Ok(batch.commit()?);
                }
            }
            batch.commit()?;
        }
    }
}
