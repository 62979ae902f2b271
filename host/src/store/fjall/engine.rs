//! The engine: how it is set up, and how it comes up.

use std::path::{Path, PathBuf};

use ::fjall::config::{CompressionPolicy, FilterPolicy};
use ::fjall::{CompressionType, Database, KeyspaceCreateOptions, KvSeparationOptions, PersistMode};

use super::contain::{Panicked, Source, contained};
use super::directory::Directory;
use super::leftover::Leftover;
use super::plan::Spaces;
use super::reclaim::Moved;
use super::repair;

/// Blocks of tables and blobs kept for reading. Small: what is read often is a live instance, not in the store.
const CACHE_BYTES: u64 = 32 << 20;
/// Open files of the engine, of the 1,024 that many systems allow a process.
const OPEN_FILES_MAX: usize = 256;
/// Journals on the disk, and so what an opening may have to replay.
const JOURNAL_BYTES_MAX: u64 = 128 << 20;
/// One thread flushes while the other compacts.
const WORKERS: usize = 2;
/// Write buffers, one active for each keyspace and for moments up to four more on their way to the disk. Larger ones
/// make fewer, larger tables; these are for 100,000 events, and for half a second of a busy host's snapshots. What is
/// small or rare has a small one.
const SMALL_BUFFER_BYTES: u64 = 4 << 20;
const EVENTS_BUFFER_BYTES: u64 = 16 << 20;
const SNAPSHOTS_BUFFER_BYTES: u64 = 32 << 20;
/// Snapshots from this size on go to blob files.
const BLOB_BYTES_MIN: u32 = 1 << 10;
/// A blob file is rewritten when so much of it is gone, whatever its age: stores have few blob files, and the engine's
/// own choice, the oldest fifth, is none at all of four.
const BLOB_STALE_RATIO: f32 = 0.25;
const BLOB_AGE_RATIO: f32 = 1.0;

/// The engine and the lock on its directory, in the order in which they go.
pub(super) struct Engine {
    pub(super) spaces: Spaces,
    pub(super) db: Database,
    directory: Directory,
}

impl Engine {
    /// Opens it in a directory that this process holds.
    pub(super) fn open(directory: Directory) -> Result<Self, Source> {
        let (db, spaces) = open_or_repair(&directory.engine())?;
        Ok(Self { spaces, db, directory })
    }

    /// Where its files are.
    pub(super) fn path(&self) -> PathBuf {
        self.directory.engine()
    }
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
        sessions: db.keyspace("sessions", options(SMALL_BUFFER_BYTES))?,
        events: db.keyspace("events", ranged(EVENTS_BUFFER_BYTES))?,
        branches: db.keyspace("branches", ranged(SMALL_BUFFER_BYTES))?,
        // Asked for a key that is not there by each first use of one.
        keys: db.keyspace("keys", options(SMALL_BUFFER_BYTES))?,
        values: db.keyspace("values", options(SMALL_BUFFER_BYTES))?,
        snapshots: db.keyspace("snapshots", snapshots)?,
        // Nearly always asked for what is not there.
        usage: db.keyspace("usage", options(SMALL_BUFFER_BYTES))?,
        shares: db.keyspace("shares", options(SMALL_BUFFER_BYTES))?,
        floors: db.keyspace("floors", options(SMALL_BUFFER_BYTES))?,
        removals: db.keyspace("removals", ranged(SMALL_BUFFER_BYTES))?,
    };
    for leftover in Leftover::all(&spaces)? {
        leftover.remove(&db, &spaces, &mut Moved::default())?;
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
