//! The embedded store, on fjall: a log-structured tree whose journal makes a small commit cost microseconds.
//!
//! ```text
//! commit ─▶ Plan ─▶ one batch ─▶ fjall's journal ─▶ write buffers ··flush··▶ tables, blob files ··compaction··▶ …
//!                                     │
//!                       operating system: Durability::Process
//!                                     │ GroupSync
//!                                   disk: Durability::Power
//! ```
//!
//! | keyspace | holds | because |
//! | --- | --- | --- |
//! | sessions | records as JSON | read one by one, and listed in order |
//! | events | encoded events | small, many, read in order |
//! | branches | which event the first one of a branch follows | few, and read backwards from an event |
//! | keys | the events of commands with a key | most are asked for once, before they are there |
//! | snapshots | encoded snapshots | large, replaced often: values live in blob files, which compaction leaves alone |
//! | shares | who holds a snapshot, once that is not its maker alone | a fork costs an entry, see [`plan`] |
//! | floors | where the events of a session begin | see [`floors`] |
//! | removals | what is still to be removed of sessions that are gone | see [`leftover`] |
//!
//! # When something fails
//!
//! - *The disk is nearly full*: commits are refused with [`StoreError::Write`] before the engine notices
//!   ([`space`]), reads go on, removals too, and all is well again when there is room.
//! - *A write or a sync fails*: the engine refuses every later write, and so does this store; reads go on. Free or
//!   replace the disk and restart the host. What the failed commit wrote is not there, with one exception: if the very
//!   last step failed (the sync, or handing the last bytes to the operating system), it may be there after the restart.
//! - *The process is killed*: the next opening replays the journal, up to some 200 MiB, however many sessions there are.
//!   A batch that was not written whole is dropped whole.
//! - *The power goes*: as before; what was not synced yet may be damaged in more ways, which [`repair`] mends.
//! - *A file is damaged*: blocks have checksums, and a bad one is [`StoreError::Read`] for what it holds. What the
//!   engine does not expect makes it panic, which [`contain`] turns into an error.

mod contain;
mod directory;
mod engine;
mod floors;
mod keys;
mod leftover;
mod makers;
mod plan;
mod reclaim;
mod records;
mod repair;
mod space;
mod stopped;
mod sync;

use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use self::contain::{Source, contained};
use self::directory::{Directory, open_error};
use self::engine::Engine;
use self::floors::Floors;
use self::leftover::Leftover;
use self::makers::Makers;
use self::plan::{Plan, Space};
use self::reclaim::{Moved, Reclaim};
use self::space::DiskSpace;
use self::stopped::Stopped;
use self::sync::{GroupSync, Pace};
use super::{Change, Durability, GuestUse, SessionRecord, SnapshotKey, Store, StoreError, StoredBytes, ValueKind};
use crate::name::{SessionId, SessionName, TenantName};

/// Keeps sessions in a data directory.
// In the order in which they go: the thread first, the engine last.
pub struct FjallStore {
    background: Option<JoinHandle<()>>,
    pace: Arc<Pace>,
    syncs: Arc<GroupSync>,
    space: Arc<DiskSpace>,
    makers: Makers,
    floors: Floors,
    reclaim: Reclaim,
    stopped: Stopped,
    /// The engine has refused to write.
    poisoned: AtomicBool,
    engine: Arc<Engine>,
}

impl FjallStore {
    /// Opens the store in `directory`, which is created where it is missing, and recovers what was committed.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::TooNew`] or [`StoreError::Open`].
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let held = Directory::open(directory)?;
        let failed = |error: Source| open_error(directory, error);
        let stopped = Stopped::new(&held.engine());
        stopped.check().map_err(failed)?;
        let engine = Arc::new(Engine::open(held).map_err(failed)?);
        let syncs = Arc::new(GroupSync::new(engine.db.clone(), engine.path()));
        let space = Arc::new(DiskSpace::new(engine.path()));
        let pace = Arc::<Pace>::default();
        let background = spawn_background(&pace, &syncs, &space).map_err(|error| open_error(directory, error))?;
        let floors = Floors::new(engine.spaces.floors.clone());
        let (makers, reclaim) = (Makers::new(), Reclaim::new());
        let (background, poisoned) = (Some(background), AtomicBool::new(false));
        Ok(Self { background, pace, syncs, space, makers, floors, reclaim, stopped, poisoned, engine })
    }

    fn write(&self, changes: &[Change<'_>]) -> Result<u64, Source> {
        if self.syncs.has_failed() {
            return Err(Refused::AfterFailure.into());
        }
        if changes.iter().any(|change| value_bytes(change) > u32::MAX as usize) {
            return Err(Refused::ValueTooLong.into());
        }
        self.stopped.writing()?;
        contained(|| {
            let plan = Plan::of(changes, &self.engine.spaces, &self.floors, self.makers.hold(changes))?;
            self.space.check(plan.only_removes())?;
            let mut moved = plan.moved();
            let leftovers = plan.commit(&self.engine.db)?;
            leftovers.iter().for_each(|leftover| self.remove(leftover, &mut moved));
            self.reclaim.count(moved, &self.engine);
            Ok(())
        })
        .map_err(|error| match error.downcast_ref() {
            Some(::fjall::Error::Poisoned) => {
                self.poisoned.store(true, Ordering::Relaxed);
                Refused::AfterFailure.into()
            }
            _ => error,
        })?;
        Ok(self.syncs.wrote())
    }

    /// Removes what a commit left over. The commit stands whatever comes of this.
    fn remove(&self, leftover: &Leftover, moved: &mut Moved) {
        if let Err(error) = leftover.remove(&self.engine.db, &self.engine.spaces, moved) {
            tracing::warn!(%error, "could not remove all of a session yet; the next start will");
        }
    }

    /// The entries of a session with numbers from `first` to `last`.
    fn entries(&self, space: Space, id: SessionId, first: u64, last: u64) -> Result<Entries, Source> {
        let floor = if space.has_floor() { self.floors.get(id)? } else { 0 };
        let range = keys::entry(id, first.max(floor))..=keys::entry(id, last);
        // The engine takes the ends of a range to be in order.
        let found = (!range.is_empty()).then(|| self.engine.spaces.get(space).range(range));
        Ok(found.into_iter().flatten())
    }

    fn entry(&self, space: Space, id: SessionId, number: u64) -> Result<Option<Vec<u8>>, Source> {
        let found = self.engine.spaces.get(space).get(keys::entry(id, number))?;
        Ok(found.map(|bytes| bytes.to_vec()))
    }
}

impl Store for FjallStore {
    fn commit(&self, changes: &[Change<'_>], durability: Durability) -> Result<(), StoreError> {
        let ticket = self.write(changes).map_err(StoreError::Write)?;
        // Synced already or not, the thread also looks how much room there is.
        self.pace.dirty();
        match durability {
            Durability::Process => Ok(()),
            Durability::Power => self.syncs.reach(ticket).map_err(StoreError::Write),
        }
    }

    fn session(&self, tenant: &TenantName, name: &SessionName) -> Result<Option<SessionRecord>, StoreError> {
        let key = keys::session(tenant, name.as_str());
        let found = read(|| Ok(self.engine.spaces.sessions.get(&key)?))?;
        found.map(|bytes| records::decode(&key, &bytes)).transpose()
    }

    fn sessions(
        &self,
        tenant: &TenantName,
        prefix: &str,
        after: Option<&SessionName>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let Some(range) = keys::listing(tenant, prefix, after) else { return Ok(Vec::new()) };
        let found = read(|| {
            let entries = self.engine.spaces.sessions.range(range).take(limit);
            entries.map(|entry| Ok(entry.into_inner()?)).collect::<Result<Vec<_>, Source>>()
        })?;
        found.iter().map(|(key, bytes)| records::decode(key, bytes)).collect()
    }

    fn all_sessions(
        &self,
        after: Option<(&TenantName, &SessionName)>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let after = after.map(|(tenant, name)| keys::session(tenant, name.as_str()));
        let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let found = read(|| {
            let entries = self.engine.spaces.sessions.range::<Vec<u8>, _>(range).take(limit);
            entries.map(|entry| Ok(entry.into_inner()?)).collect::<Result<Vec<_>, Source>>()
        })?;
        found.iter().map(|(key, bytes)| records::decode(key, bytes)).collect()
    }

    fn session_count(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        let Some(range) = keys::listing(tenant, "", None) else { return Ok(0) };
        let one = |entry: ::fjall::Guard| entry.key().map(|_| 1);
        read(|| Ok(self.engine.spaces.sessions.range(range).map(one).sum::<::fjall::Result<u64>>()?))
    }

    fn events(&self, id: SessionId, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        read(|| self.entries(Space::Events, id, first, u64::MAX)?.take(limit).map(numbered).collect())
    }

    fn events_before(&self, id: SessionId, before: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let Some(last) = before.checked_sub(1) else { return Ok(Vec::new()) };
        read(|| self.entries(Space::Events, id, 0, last)?.rev().take(limit).map(numbered).collect())
    }

    fn last_event(&self, id: SessionId) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        read(|| self.entries(Space::Events, id, 0, u64::MAX)?.next_back().map(numbered).transpose())
    }

    fn event(&self, id: SessionId, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        read(|| self.entry(Space::Events, id, number))
    }

    fn branch(&self, id: SessionId, at_most: u64) -> Result<Option<(u64, u64)>, StoreError> {
        read(|| {
            let found = self.entries(Space::Branches, id, 0, at_most)?.next_back().map(numbered).transpose()?;
            found.map(|(first, parent)| Ok((first, number(&parent)?))).transpose()
        })
    }

    fn key(&self, id: SessionId, hash: u64) -> Result<Option<u64>, StoreError> {
        read(|| self.entry(Space::Keys, id, hash)?.map(|event| number(&event)).transpose())
    }

    fn values(&self, id: SessionId, kind: ValueKind) -> Result<Option<Vec<u8>>, StoreError> {
        read(|| self.entry(Space::Values, id, kind as u64)).map(|found| found.map(|bytes| bytes.to_vec()))
    }

    fn guests_in_use(&self) -> Result<GuestUse, StoreError> {
        let mut used = GuestUse::new();
        // The engine reads as of one moment.
        for entry in read(|| Ok(self.engine.spaces.sessions.iter()))? {
            let (key, bytes) = read(|| Ok(entry.into_inner()?))?;
            let (tenant, guests) = records::decode_guests(&key, &bytes)?;
            for guest in guests {
                *used.entry(guest).or_default().entry(tenant.clone()).or_default() += 1;
            }
        }
        Ok(used)
    }

    fn usage(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        let found = read(|| Ok(self.engine.spaces.usage.get(tenant.as_str())?))?;
        found.map_or(Ok(0), |bytes| read(|| number(&bytes)))
    }

    fn snapshot(&self, key: SnapshotKey) -> Result<Option<Vec<u8>>, StoreError> {
        read(|| self.entry(Space::Snapshots, key.maker, key.event))
    }

    fn stored_bytes(&self, id: SessionId) -> Result<StoredBytes, StoreError> {
        let sum = |space| {
            let sizes = self.entries(space, id, 0, u64::MAX)?.map(|entry| Ok(u64::from(entry.size()?)));
            sizes.sum::<Result<u64, Source>>()
        };
        read(|| Ok(StoredBytes { snapshots: sum(Space::Snapshots)?, journal: sum(Space::Events)? }))
    }

    fn sync(&self) -> Result<(), StoreError> {
        self.syncs.sync().map_err(StoreError::Write)
    }

    fn stop(&self) -> Result<(), StoreError> {
        self.sync()?;
        self.stopped.note().map_err(|error| StoreError::Write(error.into()))
    }

    fn check_room(&self) -> Result<(), StoreError> {
        if self.has_failed() {
            return Err(StoreError::Write(Refused::AfterFailure.into()));
        }
        self.space.check(false).map_err(StoreError::Write)
    }

    fn has_failed(&self) -> bool {
        self.syncs.has_failed() || self.poisoned.load(Ordering::Relaxed)
    }

    fn disk_bytes(&self) -> u64 {
        contained(|| Ok(self.engine.db.disk_space()?)).unwrap_or(0)
    }
}

impl Drop for FjallStore {
    fn drop(&mut self) {
        self.pace.stop();
        if self.background.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that syncs the store panicked");
        }
        if let Err(error) = self.syncs.sync() {
            tracing::error!(%error, "could not sync the store when closing it");
        }
    }
}

type Entries = std::iter::Flatten<std::option::IntoIter<::fjall::Iter>>;

/// Why a write was not tried.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(
        "a write or sync failed earlier, and the store takes no more until the host is restarted: see to its disk first"
    )]
    AfterFailure,
    #[error("an event or snapshot of 4 GiB or more can't be stored")]
    ValueTooLong,
    #[error("a session can't share a snapshot that it doesn't hold")]
    NotHeld,
}

fn value_bytes(change: &Change<'_>) -> usize {
    match change {
        Change::AppendEvent { bytes, .. } | Change::PutSnapshot { bytes, .. } => bytes.len(),
        _ => 0,
    }
}

fn read<T>(work: impl FnOnce() -> Result<T, Source>) -> Result<T, StoreError> {
    contained(work).map_err(StoreError::Read)
}

fn numbered(entry: ::fjall::Guard) -> Result<(u64, Vec<u8>), Source> {
    let (key, bytes) = entry.into_inner()?;
    Ok((keys::number(&key).ok_or(keys::NO_ENTRY)?, bytes.to_vec()))
}

/// The number that an entry says.
fn number(bytes: &[u8]) -> Result<u64, Source> {
    Ok(<[u8; 8]>::try_from(bytes).map(u64::from_be_bytes).map_err(|_| "a number has not 8 bytes")?)
}

fn spawn_background(
    pace: &Arc<Pace>,
    syncs: &Arc<GroupSync>,
    space: &Arc<DiskSpace>,
) -> std::io::Result<JoinHandle<()>> {
    let (pace, syncs, space) = (pace.clone(), syncs.clone(), space.clone());
    let sync = move || {
        if let Err(error) = syncs.sync() {
            tracing::error!(%error, "could not sync the store");
        }
        space.look();
    };
    std::thread::Builder::new().name("hostel:sync".to_owned()).spawn(move || pace.run(sync))
}

#[cfg(test)]
mod tests;
