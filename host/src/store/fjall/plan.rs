//! A list of changes as writes to keyspaces: what a commit does, worked out before it begins.
//!
//! Later changes win over earlier ones key by key, so that the engine sees each key once. Removals are turned into the
//! keys that are there. A long removal (a session of 100,000 events) would hold up every other commit if it were
//! one batch; so only its first [`REMOVED_AT_ONCE_MAX`] keys go with the commit, and the rest is left over:
//!
//! ```text
//! commit        ┌ record, first 1,000 keys, a note in `removals` that says what is left ┐
//! after it      └ 1,000 keys ┘ └ 1,000 keys ┘ … └ last keys, and the note ┘
//! ```
//!
//! A crash in between leaves the note, and the next opening finishes the work before anything is read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use ::fjall::{Database, Keyspace};

use super::contain::Source;
use super::floors::{Changed, Floors};
use super::keys::{self, ENTRY_BYTES, EntryKey};
use super::records;
use crate::name::SessionId;
use crate::store::Change;

/// Most keys of one removal in one batch: about a millisecond in which no other commit gets its turn.
pub(super) const REMOVED_AT_ONCE_MAX: usize = 1_000;

/// The keyspaces, by their role.
#[derive(Clone)]
pub(super) struct Spaces {
    pub(super) sessions: Keyspace,
    pub(super) events: Keyspace,
    pub(super) snapshots: Keyspace,
    pub(super) floors: Keyspace,
    pub(super) removals: Keyspace,
}

/// Which keyspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Space {
    Sessions,
    Events,
    Snapshots,
}

impl Spaces {
    pub(super) fn get(&self, space: Space) -> &Keyspace {
        match space {
            Space::Sessions => &self.sessions,
            Space::Events => &self.events,
            Space::Snapshots => &self.snapshots,
        }
    }
}

impl Space {
    /// What stands for it in a key.
    pub(super) fn tag(self) -> u8 {
        match self {
            Self::Sessions => b'r',
            Self::Events => b'e',
            Self::Snapshots => b's',
        }
    }
}

/// Entries that are still to be removed, first and last key included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leftover {
    pub(super) space: Space,
    first: EntryKey,
    last: EntryKey,
}

/// Each key with what is put there, or nothing where it is removed.
type Writes<'a> = BTreeMap<(Space, Vec<u8>), Option<Cow<'a, [u8]>>>;

/// What a commit writes.
pub(super) struct Plan<'a> {
    spaces: &'a Spaces,
    floors: &'a Floors,
    writes: Writes<'a>,
    leftovers: Vec<Leftover>,
    changed: Changed,
    snapshot_bytes_removed: u64,
}

impl<'a> Plan<'a> {
    /// Works out what `changes` write, given what `spaces` hold.
    pub(super) fn of(changes: &[Change<'a>], spaces: &'a Spaces, floors: &'a Floors) -> Result<Self, Source> {
        let (writes, leftovers, changed) = (Writes::new(), Vec::new(), Changed::new());
        let mut plan = Self { spaces, floors, writes, leftovers, changed, snapshot_bytes_removed: 0 };
        for (at, change) in changes.iter().enumerate() {
            plan.add(change, &changes[at + 1..])?;
        }
        Ok(plan)
    }

    /// It only removes: such a commit makes room on a full disk.
    pub(super) fn only_removes(&self) -> bool {
        self.writes.values().all(Option::is_none)
    }

    /// Bytes of snapshots that it removes.
    pub(super) fn snapshot_bytes_removed(&self) -> u64 {
        self.snapshot_bytes_removed
    }

    /// Writes all of it, or nothing, and then what is left over.
    pub(super) fn run(self, db: &Database) -> Result<(), Source> {
        let Self { spaces, floors, writes, leftovers, changed, .. } = self;
        let mut batch = db.batch();
        for ((space, key), value) in writes {
            match value {
                Some(value) => batch.insert(spaces.get(space), key, &*value),
                None => batch.remove(spaces.get(space), key),
            }
        }
        for (&(space, id), floor) in &changed {
            match floor {
                Some(floor) => batch.insert(&spaces.floors, keys::floor(space, id), floor.to_be_bytes()),
                None => batch.remove(&spaces.floors, keys::floor(space, id)),
            }
        }
        leftovers.iter().for_each(|leftover| batch.insert(&spaces.removals, leftover.encode(), b""));
        batch.commit()?;
        // The commit stands whatever comes of these: what they leave, the next opening removes.
        for leftover in leftovers {
            if let Err(error) = leftover.remove(db, spaces) {
                tracing::warn!(%error, "could not remove all of a session yet; the next start will");
            }
        }
        if !changed.is_empty() {
            floors.keep(changed);
        }
        Ok(())
    }

    fn add(&mut self, change: &Change<'a>, later: &[Change<'_>]) -> Result<(), Source> {
        match *change {
            Change::PutSession(record) => {
                let key = keys::session(&record.tenant, record.name.as_str());
                self.writes.insert((Space::Sessions, key), Some(records::encode(record).into()));
            }
            Change::AppendEvent { id, number, bytes } => self.put(Space::Events, id, number, bytes)?,
            Change::PutSnapshot { id, event, bytes } => self.put(Space::Snapshots, id, event, bytes)?,
            Change::RemoveSession { tenant, name, id } => {
                self.writes.insert((Space::Sessions, keys::session(tenant, name.as_str())), None);
                self.remove(Space::Events, id, u64::MAX, later)?;
                self.remove(Space::Snapshots, id, u64::MAX, later)?;
            }
            Change::RemoveEventsThrough { id, number } => self.remove(Space::Events, id, number, later)?,
            Change::RemoveSnapshotsBefore { id, event } => {
                if let Some(last) = event.checked_sub(1) {
                    self.remove(Space::Snapshots, id, last, later)?;
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, space: Space, id: SessionId, number: u64, bytes: &'a [u8]) -> Result<(), Source> {
        self.writes.insert((space, keys::entry(id, number).to_vec()), Some(bytes.into()));
        if number < self.floor(space, id)? {
            self.changed.insert((space, id), Some(number));
        }
        Ok(())
    }

    /// The floor as this commit leaves it so far.
    fn floor(&self, space: Space, id: SessionId) -> Result<u64, Source> {
        match self.changed.get(&(space, id)) {
            Some(changed) => Ok(changed.unwrap_or(0)),
            None => self.floors.get(space, id),
        }
    }

    /// Removes the entries of `id` up to and including `number`. Some may be left over, unless a later change of the
    /// same list puts something where they are.
    fn remove(&mut self, space: Space, id: SessionId, number: u64, later: &[Change<'_>]) -> Result<(), Source> {
        let (first, last) = (keys::entry(id, 0), keys::entry(id, number));
        let planned = (space, first.to_vec())..=(space, last.to_vec());
        self.writes.range_mut(planned).for_each(|(_, value)| *value = None);
        let at_once_max =
            if later.iter().any(|change| puts_into(change, id)) { usize::MAX } else { REMOVED_AT_ONCE_MAX };
        let stored = keys::entry(id, self.floors.get(space, id)?)..=last;
        let floor = self.floor(space, id)?;
        // A session that is gone needs no floor any more.
        self.changed.insert((space, id), number.checked_add(1).map(|above| above.max(floor)));
        if stored.is_empty() {
            return Ok(());
        }
        for (at, entry) in self.spaces.get(space).range(stored).enumerate() {
            let key = entry.key()?;
            if at == at_once_max {
                let first = EntryKey::try_from(&*key).map_err(|_| "an entry's key has not 24 bytes")?;
                self.leftovers.push(Leftover { space, first, last });
                break;
            }
            if space == Space::Snapshots {
                let size = self.spaces.snapshots.size_of(&key)?;
                self.snapshot_bytes_removed += size.map_or(0, u64::from);
            }
            self.writes.insert((space, key.to_vec()), None);
        }
        Ok(())
    }
}

fn puts_into(change: &Change<'_>, session: SessionId) -> bool {
    matches!(change, Change::AppendEvent { id, .. } | Change::PutSnapshot { id, .. } if *id == session)
}

impl Leftover {
    fn encode(&self) -> Vec<u8> {
        [&[self.space.tag()], self.first.as_slice(), &self.last].concat()
    }

    fn decode(key: &[u8]) -> Option<Self> {
        let (&space, range) = key.split_first()?;
        let space = match space {
            b'e' => Space::Events,
            b's' => Space::Snapshots,
            _ => return None,
        };
        let (first, last) = range.split_at_checked(ENTRY_BYTES)?;
        Some(Self { space, first: first.try_into().ok()?, last: last.try_into().ok()? })
    }

    /// What an earlier process left.
    pub(super) fn all(spaces: &Spaces) -> Result<Vec<Self>, Source> {
        let decode =
            |entry: ::fjall::Guard| Self::decode(&entry.key()?).ok_or("a note in `removals` is damaged".into());
        spaces.removals.iter().map(decode).collect()
    }

    /// Removes it, and then its note, a batch at a time.
    pub(super) fn remove(&self, db: &Database, spaces: &Spaces) -> Result<(), Source> {
        let space = spaces.get(self.space);
        let mut from = Bound::Included(self.first);
        loop {
            let mut batch = db.batch();
            let entries = space.range((from, Bound::Included(self.last))).take(REMOVED_AT_ONCE_MAX);
            let keys = entries.map(|entry| Ok(entry.key()?)).collect::<Result<Vec<_>, Source>>()?;
            keys.iter().for_each(|key| batch.remove(space, key.clone()));
            let next = keys.last().filter(|_| keys.len() == REMOVED_AT_ONCE_MAX).map(|key| EntryKey::try_from(&**key));
            match next {
                Some(last) => from = Bound::Excluded(last.map_err(|_| "an entry's key has not 24 bytes")?),
                None => {
                    batch.remove(&spaces.removals, self.encode());
                    return Ok(batch.commit()?);
                }
            }
            batch.commit()?;
        }
    }
}
