//! Where sessions outlive the process: metadata, journals and snapshots behind one trait.
//!
//! The store knows nothing of guests and instances. Events and snapshots are bytes to it, each with its own format,
//! version and checksum ([`crate::journal`], [`crate::snapshot`]); only the [`SessionRecord`] is its own. Everything
//! that changes together goes into one [`Change`] list and is committed whole or not at all.

mod faulty;
mod fjall;
mod memory;
mod powercut;
mod record;

pub use self::faulty::FaultyStore;
pub use self::fjall::FjallStore;
pub use self::memory::MemoryStore;
pub use self::powercut::PowerCutStore;
pub use self::record::{
    Checkpoint, GuestPin, JournalSize, LimitOverrides, Origin, ReplayCost, SessionRecord, SnapshotEntry, SnapshotKey,
};

use std::collections::BTreeMap;

use crate::name::{Digest, SessionId, SessionName, TenantName};

/// When a commit is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Handed to the operating system before the call returns: survives the end of this process, however it ends.
    /// Synced to the disk within [`SYNC_INTERVAL`].
    #[default]
    Process,
    /// Synced to the disk before the call returns: survives a power cut. Concurrent commits share a sync.
    Power,
}

/// How many sessions have each guest, by tenant.
pub type GuestUse = BTreeMap<Digest, BTreeMap<TenantName, u64>>;

/// How long a `process`-durable commit may wait for its sync to the disk.
pub const SYNC_INTERVAL: std::time::Duration = std::time::Duration::from_millis(200);

/// One part of a commit.
#[derive(Debug, Clone)]
pub enum Change<'a> {
    /// Creates or replaces a session's record, found by its tenant and name from now on.
    PutSession(&'a SessionRecord),
    /// Notes how many bytes a tenant's sessions have stored together.
    PutUsage {
        /// The tenant.
        tenant: &'a TenantName,
        /// How many.
        bytes: u64,
    },
    /// Removes a session whole: its record, its journal, branches, keys and values, and the snapshots that it made; those of them
    /// that others hold stay for the others. What it holds of others' is to be let go with [`Change::ReleaseSnapshot`].
    RemoveSession {
        /// Its owner.
        tenant: &'a TenantName,
        /// Its name.
        name: &'a SessionName,
        /// Its id.
        id: SessionId,
    },
    /// Appends one encoded event to a session's journal.
    AppendEvent {
        /// The session.
        id: SessionId,
        /// The event's number, counted from 1.
        number: u64,
        /// The encoded event.
        bytes: &'a [u8],
    },
    /// Notes that event `first` follows `parent` and not the event before it: a branch of the history begins there.
    PutBranch {
        /// The session.
        id: SessionId,
        /// The first event of the branch.
        first: u64,
        /// The event that it follows; 0 for none.
        parent: u64,
    },
    /// Removes the events, and the branches that begin, up to and including `number`. Reads what it removes, which takes
    /// some 0.1 ms on a large store however few they are: for many at once, not for every turn.
    RemoveEventsThrough {
        /// The session.
        id: SessionId,
        /// The last event to go.
        number: u64,
    },
    /// Notes that a session recorded a keyed command as an event.
    PutKey {
        /// The session.
        id: SessionId,
        /// The hash of the key.
        hash: u64,
        /// The event.
        event: u64,
    },
    /// Forgets a key.
    RemoveKey {
        /// The session.
        id: SessionId,
        /// The hash of the key.
        hash: u64,
    },
    /// Stores what a session's functions keep for it, in place of what they kept before; nothing when `bytes` is empty.
    PutValues {
        /// The session.
        id: SessionId,
        /// Which of its kinds of values.
        kind: ValueKind,
        /// All of that kind, encoded.
        bytes: &'a [u8],
    },
    /// Stores the encoded snapshot of the state after event `event`, in place of one that it made of it before.
    PutSnapshot {
        /// The session that made it, and holds it.
        id: SessionId,
        /// The event that it was taken after; 0 for none.
        event: u64,
        /// The encoded snapshot.
        bytes: &'a [u8],
    },
    /// Lets go of all snapshots that a session made but these. Those that nobody else holds are removed, also such as no
    /// record ever named, which a crash may leave.
    KeepSnapshots {
        /// The session that made them.
        id: SessionId,
        /// The events whose snapshots it holds on to.
        events: &'a [u64],
    },
    /// Lets another session hold a snapshot too. Costs the same whatever its size. When `holder` doesn't hold it (any
    /// more), the commit is refused with [`StoreError::Write`].
    ShareSnapshot {
        /// The snapshot.
        key: SnapshotKey,
        /// A session that holds it.
        holder: SessionId,
        /// The session that holds it from now on.
        with: SessionId,
    },
    /// Lets go of a snapshot; it is removed when nobody holds it any more. When `holder` doesn't hold it, nothing happens.
    ReleaseSnapshot {
        /// The snapshot.
        key: SnapshotKey,
        /// Who held it.
        holder: SessionId,
    },
}

/// What a session's functions keep for it. The numbers are those of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ValueKind {
    /// What `kv.put` put.
    Values = 0,
    /// Counts of what has been spent.
    Counts = 1,
}

/// Bytes that the store holds for one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoredBytes {
    /// Encoded snapshots that it made.
    pub snapshots: u64,
    /// Encoded events.
    pub journal: u64,
}

/// Keeps sessions. All calls are synchronous and safe from any thread; a commit of a few small changes in
/// [`Durability::Process`] takes microseconds and may be made on an async worker, all else is for a blocking thread.
pub trait Store: Send + Sync + 'static {
    /// Applies `changes` in order, all or none.
    ///
    /// # Errors
    /// [`StoreError`]; nothing of the list is there then, and the store stays usable unless it says otherwise.
    fn commit(&self, changes: &[Change<'_>], durability: Durability) -> Result<(), StoreError>;

    /// The record of a tenant's session.
    ///
    /// # Errors
    /// [`StoreError::Read`] or [`StoreError::Damaged`].
    fn session(&self, tenant: &TenantName, name: &SessionName) -> Result<Option<SessionRecord>, StoreError>;

    /// Up to `limit` of a tenant's records in the order of their names: those after `after`, whose names begin with
    /// `prefix`. Cost depends on `limit`, not on how many sessions there are.
    ///
    /// # Errors
    /// [`StoreError::Read`] or [`StoreError::Damaged`].
    fn sessions(
        &self,
        tenant: &TenantName,
        prefix: &str,
        after: Option<&SessionName>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError>;

    /// Up to `limit` records of all tenants, in the order of tenants and names: those after `after`, which need not be
    /// there. Cost depends on `limit`.
    ///
    /// # Errors
    /// [`StoreError::Read`] or [`StoreError::Damaged`].
    fn all_sessions(
        &self,
        after: Option<(&TenantName, &SessionName)>,
        limit: usize,
    ) -> Result<Vec<SessionRecord>, StoreError>;

    /// How many sessions a tenant has. Cost grows with that number: for the first creation, not for every turn.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn session_count(&self, tenant: &TenantName) -> Result<u64, StoreError>;

    /// How many sessions have which guest, all of one moment. Reads every record: some microseconds each, for a thread that
    /// may block.
    ///
    /// # Errors
    /// [`StoreError::Read`]; [`StoreError::Damaged`] when a record does not tell.
    fn guests_in_use(&self) -> Result<GuestUse, StoreError>;

    /// How many bytes a tenant's sessions have stored together, as last noted; 0 when it never was.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn usage(&self, tenant: &TenantName) -> Result<u64, StoreError>;

    /// Up to `limit` encoded events of a session with numbers over `after`, in order, each with its number.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn events(&self, id: SessionId, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError>;

    /// Up to `limit` encoded events of a session with numbers under `before`, the newest first, each with its number.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn events_before(&self, id: SessionId, before: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError>;

    /// The newest event of a session, with its number.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn last_event(&self, id: SessionId) -> Result<Option<(u64, Vec<u8>)>, StoreError>;

    /// One encoded event of a session.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn event(&self, id: SessionId, number: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// The newest branch that begins at or before event `at_most`: its first event, and the event that this follows.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn branch(&self, id: SessionId, at_most: u64) -> Result<Option<(u64, u64)>, StoreError>;

    /// The event that records a session's command of this key's hash.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn key(&self, id: SessionId, hash: u64) -> Result<Option<u64>, StoreError>;

    /// What a session's functions keep for it, of one kind.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn values(&self, id: SessionId, kind: ValueKind) -> Result<Option<Vec<u8>>, StoreError>;

    /// An encoded snapshot.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn snapshot(&self, key: SnapshotKey) -> Result<Option<Vec<u8>>, StoreError>;

    /// What the store holds of a session's journal, and of the snapshots that it made. Reads keys and sizes of all its
    /// entries: for an itemised answer, not for every turn.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn stored_bytes(&self, id: SessionId) -> Result<StoredBytes, StoreError>;

    /// Syncs all that was committed to the disk.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    fn sync(&self) -> Result<(), StoreError>;

    /// Syncs, and notes that nothing more is to be written: a later opening can tell damage from the traces of a crash then.
    /// Writing goes on all the same.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    fn stop(&self) -> Result<(), StoreError> {
        self.sync()
    }

    /// Whether an event could be committed now, as far as that can be told beforehand and without cost.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    fn check_room(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// An earlier failure keeps it from writing anything more until the host is restarted.
    fn has_failed(&self) -> bool {
        false
    }

    /// Bytes that the store takes on its disk, for metrics.
    fn disk_bytes(&self) -> u64;
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the data directory open.
    #[error("data directory {directory} is in use by another hostel{}", .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// The directory.
        directory: String,
        /// The process that holds it, where known.
        pid: Option<u32>,
    },
    /// The data directory can't be created, opened or recovered.
    #[error("can't open the store in {directory}")]
    Open {
        /// The directory.
        directory: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The data directory was written by a newer version.
    #[error("the store in {directory} has format {found}, this program knows up to {known}: use a newer hostel")]
    TooNew {
        /// The directory.
        directory: String,
        /// Its format.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// A commit did not happen: a full disk, a failing one.
    #[error("can't write to the store")]
    Write(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A read failed.
    #[error("can't read from the store")]
    Read(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A record is there and can't be understood.
    #[error("the record of session {session} is damaged: {reason}")]
    Damaged {
        /// Which one.
        session: String,
        /// What is wrong.
        reason: String,
    },
}

#[cfg(test)]
mod tests;
