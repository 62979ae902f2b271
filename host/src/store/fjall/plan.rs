//! A list of changes as writes to keyspaces: what a commit does, worked out before it begins.
//!
//! Later changes win over earlier ones key by key, so that the engine sees each key once. Removals are turned into the
//! keys that are there; of a long one only the first [`REMOVED_AT_ONCE_MAX`], and the rest is left over
//! ([`super::leftover`]). Who holds a [snapshot](snapshots) is read from the store and from what the list has done so far.

mod snapshots;

use std::borrow::Cow;
use std::collections::BTreeMap;

use ::fjall::{Database, Keyspace};

use super::contain::Source;
use super::floors::{Changed, Floors};
use super::keys::{self, EntryKey};
use super::leftover::{Leftover, REMOVED_AT_ONCE_MAX};
use super::makers::Held;
use super::reclaim::Moved;
use super::records;
use crate::name::SessionId;
use crate::store::{Change, SnapshotKey};

/// The keyspaces, by their role.
#[derive(Clone)]
pub(super) struct Spaces {
    pub(super) sessions: Keyspace,
    pub(super) events: Keyspace,
    pub(super) branches: Keyspace,
    pub(super) keys: Keyspace,
    pub(super) values: Keyspace,
    pub(super) snapshots: Keyspace,
    pub(super) shares: Keyspace,
    pub(super) usage: Keyspace,
    pub(super) floors: Keyspace,
    pub(super) removals: Keyspace,
}

/// Which keyspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Space {
    Sessions,
    Events,
    Branches,
    Keys,
    Values,
    Snapshots,
    Shares,
    Usage,
}

impl Spaces {
    pub(super) fn get(&self, space: Space) -> &Keyspace {
        match space {
            Space::Sessions => &self.sessions,
            Space::Events => &self.events,
            Space::Branches => &self.branches,
            Space::Keys => &self.keys,
            Space::Values => &self.values,
            Space::Snapshots => &self.snapshots,
            Space::Shares => &self.shares,
            Space::Usage => &self.usage,
        }
    }
}

impl Space {
    /// What stands for it in a key.
    pub(super) fn tag(self) -> u8 {
        match self {
            Self::Sessions => b'r',
            Self::Events => b'e',
            Self::Branches => b'b',
            Self::Keys => b'k',
            Self::Values => b'v',
            Self::Snapshots => b's',
            Self::Shares => b'h',
            Self::Usage => b'u',
        }
    }

    /// Its entries begin at their session's floor: events, and the branches that begin with them and go with them.
    pub(super) fn has_floor(self) -> bool {
        matches!(self, Self::Events | Self::Branches)
    }
}

/// Each key with what is put there, or nothing where it is removed.
type Writes<'a> = BTreeMap<(Space, Vec<u8>), Option<Cow<'a, [u8]>>>;

/// What a commit writes.
pub(super) struct Plan<'a> {
    spaces: &'a Spaces,
    floors: &'a Floors,
    /// Let go when it is written.
    makers: Held<'a>,
    writes: Writes<'a>,
    leftovers: Vec<Leftover>,
    changed: Changed,
    moved: Moved,
}

impl<'a> Plan<'a> {
    /// Works out what `changes` write, given what `spaces` hold.
    pub(super) fn of(
        changes: &[Change<'a>],
        spaces: &'a Spaces,
        floors: &'a Floors,
        makers: Held<'a>,
    ) -> Result<Self, Source> {
        let (writes, leftovers, changed) = (Writes::new(), Vec::new(), Changed::new());
        let mut plan = Self { spaces, floors, makers, writes, leftovers, changed, moved: Moved::default() };
        for (at, change) in changes.iter().enumerate() {
            plan.add(change, &changes[at + 1..])?;
        }
        Ok(plan)
    }

    /// It only removes: such a commit makes room on a full disk.
    pub(super) fn only_removes(&self) -> bool {
        self.writes.iter().all(|((space, _), value)| value.is_none() || *space == Space::Usage)
    }

    /// Bytes that it puts and removes.
    pub(super) fn moved(&self) -> Moved {
        self.moved
    }

    /// Writes all of it, or nothing, and gives what is left over.
    pub(super) fn commit(mut self, db: &Database) -> Result<Vec<Leftover>, Source> {
        let made = self.take_made()?;
        let Self { spaces, floors, mut makers, writes, leftovers, changed, .. } = self;
        let mut batch = db.batch();
        for ((space, key), value) in writes {
            match value {
                Some(value) => batch.insert(spaces.get(space), key, &*value),
                None => batch.remove(spaces.get(space), key),
            }
        }
        for (&id, floor) in &changed {
            match floor {
                Some(floor) => batch.insert(&spaces.floors, keys::floor(id), floor.to_be_bytes()),
                None => batch.remove(&spaces.floors, keys::floor(id)),
            }
        }
        leftovers.iter().for_each(|leftover| batch.insert(&spaces.removals, leftover.encode(), b""));
        batch.commit()?;
        if !changed.is_empty() {
            floors.keep(changed);
        }
        made.into_iter().for_each(|(maker, events)| makers.learn(maker, events));
        Ok(leftovers)
    }

    fn add(&mut self, change: &Change<'a>, later: &[Change<'_>]) -> Result<(), Source> {
        match *change {
            Change::PutSession(record) => {
                let key = keys::session(&record.tenant, record.name.as_str());
                self.writes.insert((Space::Sessions, key), Some(records::encode(record).into()));
            }
            Change::PutUsage { tenant, bytes } => {
                let key = tenant.as_str().as_bytes().to_vec();
                self.writes.insert((Space::Usage, key), Some(bytes.to_be_bytes().to_vec().into()));
            }
            Change::RemoveSession { tenant, name, id } => {
                self.writes.insert((Space::Sessions, keys::session(tenant, name.as_str())), None);
                // A session that can't be read whole can be removed all the same; what is left has no name.
                let spaces = [Space::Events, Space::Branches, Space::Keys, Space::Values];
                let removed = spaces.into_iter().try_for_each(|space| self.remove(space, id, u64::MAX, later));
                if let Err(error) = removed.and_then(|()| self.keep_snapshots(id, &[])) {
                    tracing::warn!(%error, session = %id, "a part of a removed session can't be read, and stays on the disk");
                }
            }
            Change::AppendEvent { id, number, bytes } => {
                self.moved.events_put += bytes.len() as u64;
                self.put(Space::Events, id, number, bytes)?;
            }
            Change::PutBranch { id, first, parent } => self.put_number(Space::Branches, id, first, parent)?,
            Change::RemoveEventsThrough { id, number } => {
                self.remove(Space::Events, id, number, later)?;
                self.remove(Space::Branches, id, number, later)?;
            }
            Change::PutKey { id, hash, event } => self.put_number(Space::Keys, id, hash, event)?,
            Change::RemoveKey { id, hash } => {
                self.writes.insert((Space::Keys, keys::entry(id, hash).to_vec()), None);
            }
            Change::PutValues { id, kind, bytes: [] } => {
                self.writes.insert((Space::Values, keys::entry(id, kind as u64).to_vec()), None);
            }
            Change::PutValues { id, kind, bytes } => self.put(Space::Values, id, kind as u64, bytes)?,
            Change::PutSnapshot { id, event, bytes } => self.put_snapshot(SnapshotKey { maker: id, event }, bytes)?,
            Change::KeepSnapshots { id, events } => self.keep_snapshots(id, events)?,
            Change::ShareSnapshot { key, holder, with } => self.share(key, holder, with)?,
            Change::ReleaseSnapshot { key, holder } => self.let_go(key, holder)?,
        }
        Ok(())
    }

    fn put_number(&mut self, space: Space, id: SessionId, number: u64, value: u64) -> Result<(), Source> {
        self.put(space, id, number, value.to_be_bytes().to_vec())
    }

    fn put(&mut self, space: Space, id: SessionId, number: u64, bytes: impl Into<Cow<'a, [u8]>>) -> Result<(), Source> {
        self.writes.insert((space, keys::entry(id, number).to_vec()), Some(bytes.into()));
        if space.has_floor() && number < self.floor(id)? {
            self.changed.insert(id, Some(number));
        }
        Ok(())
    }

    /// The floor as this commit leaves it so far.
    fn floor(&self, id: SessionId) -> Result<u64, Source> {
        match self.changed.get(&id) {
            Some(changed) => Ok(changed.unwrap_or(0)),
            None => self.floors.get(id),
        }
    }

    /// Removes the entries of `id` up to and including `number`. Some may be left over, unless a later change of the
    /// same list puts something where they are.
    fn remove(&mut self, space: Space, id: SessionId, number: u64, later: &[Change<'_>]) -> Result<(), Source> {
        let (first, last) = (keys::entry(id, 0), keys::entry(id, number));
        let planned = (space, first.to_vec())..=(space, last.to_vec());
        self.writes.range_mut(planned).for_each(|(_, value)| *value = None);
        let mut stored = first..=last;
        if space.has_floor() {
            stored = keys::entry(id, self.floors.get(id)?)..=last;
            let floor = self.floor(id)?;
            // A session that is gone needs no floor any more.
            self.changed.insert(id, number.checked_add(1).map(|above| above.max(floor)));
        }
        // The engine takes the ends of a range to be in order.
        if stored.is_empty() {
            return Ok(());
        }
        let at_once_max =
            if later.iter().any(|change| puts_into(change, id)) { usize::MAX } else { REMOVED_AT_ONCE_MAX };
        for (at, entry) in self.spaces.get(space).range(stored).enumerate() {
            let (key, event) = entry.into_inner_if(|_| space == Space::Events)?;
            if at == at_once_max {
                let first = EntryKey::try_from(&*key).map_err(|_| keys::NO_ENTRY)?;
                self.leftovers.push(Leftover::new(space, first, last));
                break;
            }
            self.moved.events_removed += event.map_or(0, |bytes| bytes.len() as u64);
            self.writes.insert((space, key.to_vec()), None);
        }
        Ok(())
    }
}

fn puts_into(change: &Change<'_>, session: SessionId) -> bool {
    matches!(
        change,
        Change::AppendEvent { id, .. }
            | Change::PutBranch { id, .. }
            | Change::PutKey { id, .. }
            | Change::PutValues { id, .. } if *id == session
    )
}
