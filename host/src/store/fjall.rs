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
//! | snapshots | encoded snapshots | large, replaced often: values live in blob files, which compaction leaves alone |
//! | floors | where the entries of a session begin | see [`floors`] |
//! | removals | what is still to be removed of sessions that are gone | see [`plan`] |
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
mod floors;
mod keys;
mod plan;
mod records;
mod repair;
mod space;
mod sync;

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use ::fjall::config::{CompressionPolicy, FilterPolicy};
use ::fjall::{CompressionType, Database, KeyspaceCreateOptions, KvSeparationOptions, PersistMode};

use self::contain::{Panicked, Source, contained};
use self::directory::{Directory, open_error};
use self::floors::Floors;
use self::plan::{Leftover, Plan, Space, Spaces};
use self::space::DiskSpace;
use self::sync::{GroupSync, Pace};
use super::{Change, Durability, SessionRecord, Store, StoreError, StoredBytes};
use crate::name::{SessionId, SessionName, TenantName};

/// Blocks of tables and blobs kept for reading. Small: what is read often is a live instance, not in the store.
const CACHE_BYTES: u64 = 32 << 20;
/// Open files of the engine, of the 1,024 that many systems allow a process.
const OPEN_FILES_MAX: usize = 256;
/// Journals on the disk, and so what an opening may have to replay.
const JOURNAL_BYTES_MAX: u64 = 128 << 20;
/// One thread flushes while the other compacts.
const WORKERS: usize = 2;
/// Write buffers, one active for each keyspace and for moments up to four more on their way to the disk. Larger ones
/// make fewer, larger tables; these are for 100,000 events, and for half a second of a busy host's snapshots.
const SESSIONS_BUFFER_BYTES: u64 = 4 << 20;
const EVENTS_BUFFER_BYTES: u64 = 16 << 20;
const SNAPSHOTS_BUFFER_BYTES: u64 = 32 << 20;
/// Snapshots from this size on go to blob files.
const BLOB_BYTES_MIN: u32 = 1 << 10;
/// A blob file is rewritten when so much of it is gone, whatever its age: stores have few blob files, and the engine's
/// own choice, the oldest fifth, is none at all of four.
const BLOB_STALE_RATIO: f32 = 0.25;
const BLOB_AGE_RATIO: f32 = 1.0;

/// Keeps sessions in a data directory.
// In the order in which they go: the thread first, the lock last, when all else is closed.
pub struct FjallStore {
    background: Option<JoinHandle<()>>,
    pace: Arc<Pace>,
    syncs: Arc<GroupSync>,
    space: Arc<DiskSpace>,
    floors: Floors,
    spaces: Spaces,
    db: Database,
    _directory: Directory,
}

impl FjallStore {
    /// Opens the store in `directory`, which is created where it is missing, and recovers what was committed.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::TooNew`] or [`StoreError::Open`].
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let held = Directory::open(directory)?;
        let failed = |error: Source| open_error(directory, error);
        let (db, spaces) = open_or_repair(&held.engine()).map_err(failed)?;
        let syncs = Arc::new(GroupSync::new(db.clone(), held.engine()));
        let space = Arc::new(DiskSpace::new(held.engine()));
        let pace = Arc::<Pace>::default();
        let background = spawn_background(&pace, &syncs, &space).map_err(|error| open_error(directory, error))?;
        let floors = Floors::new(spaces.floors.clone());
        Ok(Self { background: Some(background), pace, syncs, space, floors, spaces, db, _directory: held })
    }

    fn write(&self, changes: &[Change<'_>]) -> Result<u64, Source> {
        if self.syncs.has_failed() {
            return Err(Refused::AfterFailure.into());
        }
        if changes.iter().any(|change| value_bytes(change) > u32::MAX as usize) {
            return Err(Refused::ValueTooLong.into());
        }
        contained(|| {
            let plan = Plan::of(changes, &self.spaces, &self.floors)?;
            self.space.check(plan.only_removes())?;
            plan.run(&self.db)
        })
        .map_err(|error| match error.downcast_ref() {
            Some(::fjall::Error::Poisoned) => Refused::AfterFailure.into(),
            _ => error,
        })?;
        Ok(self.syncs.wrote())
    }

    /// The entries of a session with numbers from `first` to `last`.
    fn entries(&self, space: Space, id: SessionId, first: u64, last: u64) -> Result<Entries, Source> {
        let range = keys::entry(id, first.max(self.floors.get(space, id)?))..=keys::entry(id, last);
        // The engine takes the ends of a range to be in order.
        let found = (!range.is_empty()).then(|| self.spaces.get(space).range(range));
        Ok(found.into_iter().flatten())
    }
}

impl Store for FjallStore {
    fn commit(&self, changes: &[Change<'_>], durability: Durability) -> Result<(), StoreError> {
        let ticket = self.write(changes).map_err(StoreError::Write)?;
        match durability {
            Durability::Process => self.pace.dirty(),
            Durability::Power => self.syncs.reach(ticket).map_err(StoreError::Write)?,
        }
        Ok(())
    }

    fn session(&self, tenant: &TenantName, name: &SessionName) -> Result<Option<SessionRecord>, StoreError> {
        let key = keys::session(tenant, name.as_str());
        let found = read(|| Ok(self.spaces.sessions.get(&key)?))?;
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
            let entries = self.spaces.sessions.range(range).take(limit);
            entries.map(|entry| Ok(entry.into_inner()?)).collect::<Result<Vec<_>, Source>>()
        })?;
        found.iter().map(|(key, bytes)| records::decode(key, bytes)).collect()
    }

    fn session_count(&self, tenant: &TenantName) -> Result<u64, StoreError> {
        let Some(range) = keys::listing(tenant, "", None) else { return Ok(0) };
        let one = |entry: ::fjall::Guard| entry.key().map(|_| 1);
        read(|| Ok(self.spaces.sessions.range(range).map(one).sum::<::fjall::Result<u64>>()?))
    }

    fn events(&self, id: SessionId, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        read(|| self.entries(Space::Events, id, first, u64::MAX)?.take(limit).map(numbered).collect())
    }

    fn last_event(&self, id: SessionId) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        read(|| self.entries(Space::Events, id, 0, u64::MAX)?.next_back().map(numbered).transpose())
    }

    fn snapshot(&self, id: SessionId, at_most: u64) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        read(|| self.entries(Space::Snapshots, id, 0, at_most)?.next_back().map(numbered).transpose())
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

    fn disk_bytes(&self) -> u64 {
        contained(|| Ok(self.db.disk_space()?)).unwrap_or(0)
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
    Ok((keys::number(&key).ok_or("an entry's key has not 24 bytes")?, bytes.to_vec()))
}

fn open_or_repair(path: &Path) -> Result<(Database, Spaces), Source> {
    let open = || contained(|| open_engine(path));
    let error = match open() {
        Err(error) if may_be_torn(&error) => error,
        other => return other,
    };
    let Some(repair) = repair::repair(path)? else { return Err(error) };
    tracing::error!(
        %error,
        kept_bytes = repair.kept,
        dropped_bytes = repair.dropped,
        "the end of the store's journal was damaged, as by a power cut, and is cut off: a copy is beside it in {}",
        path.display()
    );
    open()
}

/// Whether a journal with a torn end could be what keeps the engine from opening.
fn may_be_torn(error: &Source) -> bool {
    error.is::<Panicked>() || matches!(error.downcast_ref(), Some(::fjall::Error::JournalRecovery(_)))
}

fn open_engine(path: &Path) -> Result<(Database, Spaces), Source> {
    clear_unfinished(path)?;
    let db = Database::builder(path)
        .cache_size(CACHE_BYTES)
        .max_cached_files(Some(OPEN_FILES_MAX))
        .max_journaling_size(JOURNAL_BYTES_MAX)
        .worker_threads(WORKERS)
        .journal_compression(CompressionType::None)
        .open()?;
    let options = |buffer_bytes| move || KeyspaceCreateOptions::default().max_memtable_size(buffer_bytes);
    // Entries are found by ranges, for which filters are of no use.
    let ranged = |buffer_bytes| move || options(buffer_bytes)().filter_policy(FilterPolicy::disabled());
    let blobs = KvSeparationOptions::default()
        .separation_threshold(BLOB_BYTES_MIN)
        .staleness_threshold(BLOB_STALE_RATIO)
        .age_cutoff(BLOB_AGE_RATIO)
        .compression(CompressionType::None);
    let snapshots = || {
        ranged(SNAPSHOTS_BUFFER_BYTES)()
            .with_kv_separation(Some(blobs))
            .data_block_compression_policy(CompressionPolicy::disabled())
    };
    let spaces = Spaces {
        sessions: db.keyspace("sessions", options(SESSIONS_BUFFER_BYTES))?,
        events: db.keyspace("events", ranged(EVENTS_BUFFER_BYTES))?,
        snapshots: db.keyspace("snapshots", snapshots)?,
        floors: db.keyspace("floors", options(SESSIONS_BUFFER_BYTES))?,
        removals: db.keyspace("removals", ranged(SESSIONS_BUFFER_BYTES))?,
    };
    for leftover in Leftover::all(&spaces)? {
        leftover.remove(&db, &spaces)?;
    }
    // Keyspaces that were just created are safe before anything in them is acknowledged.
    db.persist(PersistMode::SyncAll)?;
    Ok((db, spaces))
}

/// Clears what a first opening left that was cut short before the engine wrote its version marker: nothing was ever
/// stored then.
fn clear_unfinished(path: &Path) -> std::io::Result<()> {
    let keyspaces = path.join("keyspaces");
    let has_keyspaces = keyspaces.is_dir() && std::fs::read_dir(&keyspaces)?.next().is_some();
    if path.is_dir() && !path.join("version").exists() && !has_keyspaces {
        std::fs::remove_dir_all(path)?;
    }
    Ok(())
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
