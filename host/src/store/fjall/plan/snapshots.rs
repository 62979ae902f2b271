//! Who holds a snapshot, and when it goes.
//!
//! ```text
//! put by A              shared with B         A lets go        B lets go
//! snapshots  A·5        A·5                   A·5              ✝
//! shares     –          A·5·A  A·5·B          A·5·B            ✝
//! ```
//!
//! Most snapshots are held by their maker alone, and that takes no entry in `shares`. Once there are any, they name all
//! holders. A snapshot goes with the commit in which its last holder lets go; so two commits must not both look at the
//! other's entry and leave it there. Those that decide about snapshots of one maker wait for each other:
//! [`super::super::makers`].

use std::collections::BTreeSet;

use super::{Plan, Space};
use crate::name::SessionId;
use crate::store::SnapshotKey;
use crate::store::fjall::Refused;
use crate::store::fjall::contain::Source;
use crate::store::fjall::keys;

impl<'a> Plan<'a> {
    pub(super) fn put_snapshot(&mut self, key: SnapshotKey, bytes: &'a [u8]) -> Result<(), Source> {
        self.put(Space::Snapshots, key.maker, key.event, bytes)?;
        if self.is_shared(key)? {
            self.note(key, key.maker);
        }
        Ok(())
    }

    /// A maker lets go of its snapshots but those of `events`.
    pub(super) fn keep_snapshots(&mut self, id: SessionId, events: &[u64]) -> Result<(), Source> {
        let made = self.made(id)?;
        let mut others = made.into_iter().filter(|event| !events.contains(event));
        others.try_for_each(|event| self.let_go(SnapshotKey { maker: id, event }, id))
    }

    pub(super) fn share(&mut self, key: SnapshotKey, holder: SessionId, with: SessionId) -> Result<(), Source> {
        if !self.holds(key, holder)? {
            return Err(Refused::NotHeld.into());
        }
        self.note(key, holder);
        self.note(key, with);
        Ok(())
    }

    pub(super) fn let_go(&mut self, key: SnapshotKey, holder: SessionId) -> Result<(), Source> {
        let noted = self.has(Space::Shares, keys::share(key, holder))?;
        if noted {
            self.writes.insert((Space::Shares, keys::share(key, holder)), None);
        } else if !self.holds_alone(key, holder)? {
            return Ok(());
        }
        if !self.is_shared(key)? {
            let entry = keys::entry(key.maker, key.event);
            let size = self.spaces.snapshots.size_of(entry)?;
            self.moved.snapshots_removed += size.map_or(0, u64::from);
            self.writes.insert((Space::Snapshots, entry.to_vec()), None);
        }
        Ok(())
    }

    fn note(&mut self, key: SnapshotKey, holder: SessionId) {
        self.writes.insert((Space::Shares, keys::share(key, holder)), Some([].as_slice().into()));
    }

    fn holds(&self, key: SnapshotKey, session: SessionId) -> Result<bool, Source> {
        Ok(self.has(Space::Shares, keys::share(key, session))? || self.holds_alone(key, session)?)
    }

    fn holds_alone(&self, key: SnapshotKey, session: SessionId) -> Result<bool, Source> {
        let its = session == key.maker && self.has(Space::Snapshots, keys::entry(key.maker, key.event).to_vec())?;
        Ok(its && !self.is_shared(key)?)
    }

    /// Some session is noted as a holder.
    fn is_shared(&self, key: SnapshotKey) -> Result<bool, Source> {
        // It nearly always is its maker too; and the others' entries may lie behind those of a thousand former holders.
        if self.has(Space::Shares, keys::share(key, key.maker))? {
            return Ok(true);
        }
        let range = keys::shares(key);
        let planned = (Space::Shares, range.start().clone())..=(Space::Shares, range.end().clone());
        if self.writes.range(planned).any(|(_, value)| value.is_some()) {
            return Ok(true);
        }
        for entry in self.spaces.shares.range(range) {
            if !self.writes.contains_key(&(Space::Shares, entry.key()?.to_vec())) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// There is something under a key, as this commit leaves it so far.
    fn has(&self, space: Space, key: Vec<u8>) -> Result<bool, Source> {
        let stored = |key: &[u8]| self.spaces.get(space).contains_key(key);
        let key = (space, key);
        Ok(self.writes.get(&key).map_or_else(|| stored(&key.1), |planned| Ok(planned.is_some()))?)
    }

    /// The events of the snapshots that a maker has, as this commit leaves them so far.
    fn made(&mut self, id: SessionId) -> Result<BTreeSet<u64>, Source> {
        let mut made = match self.makers.known(id) {
            Some(known) => known.clone(),
            None => {
                let stored = self.stored(id)?;
                self.makers.learn(id, stored.clone());
                stored
            }
        };
        self.follow(id, &mut made)?;
        Ok(made)
    }

    /// The same, as it is before the commit.
    fn stored(&self, id: SessionId) -> Result<BTreeSet<u64>, Source> {
        let entries = self.spaces.snapshots.range(keys::entry(id, 0)..=keys::entry(id, u64::MAX));
        entries.map(|entry| Ok(keys::number(&entry.key()?).ok_or(keys::NO_ENTRY)?)).collect()
    }

    /// Does to the events of a maker's snapshots what this commit does.
    fn follow(&self, id: SessionId, made: &mut BTreeSet<u64>) -> Result<(), Source> {
        let [first, last] = [0, u64::MAX].map(|event| (Space::Snapshots, keys::entry(id, event).to_vec()));
        for ((_, key), value) in self.writes.range(first..=last) {
            let event = keys::number(key).ok_or(keys::NO_ENTRY)?;
            match value {
                Some(_) => made.insert(event),
                None => made.remove(&event),
            };
        }
        Ok(())
    }

    /// What is to be known of makers' snapshots once this is written. Until then nothing is, lest it be wrong when it
    /// fails.
    pub(super) fn take_made(&mut self) -> Result<Vec<(SessionId, BTreeSet<u64>)>, Source> {
        let written = self.writes.keys().filter(|(space, _)| *space == Space::Snapshots);
        let makers = written.map(|(_, key)| keys::session_of(key).ok_or(keys::NO_ENTRY));
        let makers = makers.collect::<Result<BTreeSet<_>, _>>()?;
        let mut taken = Vec::new();
        for maker in makers {
            if let Some(mut made) = self.makers.forget(maker) {
                self.follow(maker, &mut made)?;
                taken.push((maker, made));
            }
        }
        Ok(taken)
    }
}
