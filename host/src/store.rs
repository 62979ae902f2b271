//! Where sessions outlive the process: metadata, journals and snapshots behind one trait.
//!
//! The store knows nothing of guests and instances. Events and snapshots are bytes to it, each with its own format,
//! version and checksum ([`crate::journal`], [`crate::snapshot`]); only the [`SessionRecord`] is its own. Everything
//! that changes together goes into one [`Change`] list and is committed whole or not at all.

mod faulty;
mod fjall;
mod memory;
mod record;

pub use self::faulty::FaultyStore;
pub use self::fjall::FjallStore;
pub use self::memory::MemoryStore;
pub use self::record::{GuestPin, LimitOverrides, SessionRecord};

use crate::name::{SessionId, SessionName, TenantName};

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

/// How long a `process`-durable commit may wait for its sync to the disk.
pub const SYNC_INTERVAL: std::time::Duration = std::time::Duration::from_millis(200);

/// One part of a commit.
#[derive(Debug, Clone)]
pub enum Change<'a> {
    /// Creates or replaces a session's record, found by its tenant and name from now on.
    PutSession(&'a SessionRecord),
    /// Removes a session whole: its record, its journal and its snapshots.
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
    /// Removes the events up to and including `number`.
    RemoveEventsThrough {
        /// The session.
        id: SessionId,
        /// The last event to go.
        number: u64,
    },
    /// Stores the encoded snapshot of the state after event `event`.
    PutSnapshot {
        /// The session.
        id: SessionId,
        /// The event that it was taken after; 0 for none.
        event: u64,
        /// The encoded snapshot.
        bytes: &'a [u8],
    },
    /// Removes the snapshots of events before `event`.
    RemoveSnapshotsBefore {
        /// The session.
        id: SessionId,
        /// The oldest event whose snapshot stays.
        event: u64,
    },
}

/// Bytes that the store holds for one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoredBytes {
    /// Encoded snapshots.
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

    /// How many sessions a tenant has. Cost grows with that number: for the first creation, not for every turn.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn session_count(&self, tenant: &TenantName) -> Result<u64, StoreError>;

    /// Up to `limit` encoded events of a session with numbers over `after`, in order, each with its number.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn events(&self, id: SessionId, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError>;

    /// The newest event of a session, with its number.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn last_event(&self, id: SessionId) -> Result<Option<(u64, Vec<u8>)>, StoreError>;

    /// The newest snapshot at or before event `at_most`, with the event it was taken after.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn snapshot(&self, id: SessionId, at_most: u64) -> Result<Option<(u64, Vec<u8>)>, StoreError>;

    /// What the store holds for a session. Reads keys and sizes of all its entries: for an itemised answer, not for
    /// every turn.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    fn stored_bytes(&self, id: SessionId) -> Result<StoredBytes, StoreError>;

    /// Syncs all that was committed to the disk.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    fn sync(&self) -> Result<(), StoreError>;

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
