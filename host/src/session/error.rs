//! What can go wrong with a session, and what became of it then.

use std::time::Duration;

use crate::guest::GuestError;
use crate::name::{CheckpointName, GuestName, GuestRef, SessionName};
use crate::store::StoreError;

/// Why an operation on a session did not do what was asked. Each variant says whether the session was touched
/// ([`SessionError::effect`]).
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    // What was asked for can't be had.
    /// The tenant has no session of that name.
    #[error("there is no session {0}")]
    NotFound(SessionName),
    /// The session exists with another guest or other limits.
    #[error("session {name} exists already, with other options: {difference}")]
    Conflict {
        /// Its name.
        name: SessionName,
        /// Which option differs and how.
        difference: String,
    },
    /// No guest has that name.
    #[error("there is no guest {name}; there are: {known}")]
    GuestUnknown {
        /// What was asked for.
        name: GuestRef,
        /// The names there are.
        known: String,
    },
    /// The guest that the session is on is not registered any more.
    #[error("session {session} is on guest {guest}, which this host does not have: register that guest again")]
    GuestMissing {
        /// The session.
        session: SessionName,
        /// Its guest's name and digest.
        guest: String,
    },
    /// Several versions of the guest are meant.
    #[error(transparent)]
    GuestAmbiguous(GuestError),
    /// The guest is registered, and can't be loaded.
    #[error("the guest can't be loaded")]
    GuestUnusable(#[source] GuestError),
    /// A limit asked for is over what the host allows, or under what the guest needs.
    #[error("{what} of {asked} is not between {min} and {max}; the maximum is set by {setting}")]
    LimitRange {
        /// The option.
        what: &'static str,
        /// Its value.
        asked: u64,
        /// The minimum: what the guest begins with, for its memory.
        min: u64,
        /// The maximum.
        max: u64,
        /// The host's setting.
        setting: &'static str,
    },
    /// The session stands at another event than the command was meant for.
    #[error("the command is for event {expected}, and the session stands at event {event}")]
    MovedOn {
        /// Where it was expected.
        expected: u64,
        /// Where it stands.
        event: u64,
    },
    /// The key has been used for another command.
    #[error("the key {key:?} belongs to another command, which is event {event}")]
    KeyReused {
        /// The key.
        key: String,
        /// The event that records the other command.
        event: u64,
    },
    /// The history has no such event, or has it no more.
    #[error("session {name} has no event {event}; its history has events {first} to {last}")]
    NoSuchEvent {
        /// The session.
        name: SessionName,
        /// The event asked for.
        event: u64,
        /// The oldest.
        first: u64,
        /// The newest.
        last: u64,
    },
    /// The state after an event can't be had any more.
    #[error(
        "the state of session {name} after event {event} can't be had any more: what it needs was removed to keep the history within history_events_max and history_bytes_max"
    )]
    Unreachable {
        /// The session.
        name: SessionName,
        /// The event asked for.
        event: u64,
    },
    /// There is nothing to undo or redo that far.
    #[error("session {name} can {what} at most {possible} events, not {asked}")]
    NothingThere {
        /// The session.
        name: SessionName,
        /// `undo` or `redo`.
        what: &'static str,
        /// How many were asked for.
        asked: u64,
        /// How many there are.
        possible: u64,
    },
    /// The session has no checkpoint of that name.
    #[error("session {session} has no checkpoint {checkpoint}")]
    CheckpointNotFound {
        /// The session.
        session: SessionName,
        /// The name.
        checkpoint: CheckpointName,
    },
    /// A checkpoint of that name keeps another event.
    #[error("checkpoint {checkpoint} keeps event {event} already: delete it first, or take another name")]
    CheckpointTaken {
        /// The name.
        checkpoint: CheckpointName,
        /// What it keeps.
        event: u64,
    },
    /// The session's checkpoints are at their limit.
    #[error("session {name} has {what}; the limit is set by {setting}")]
    TooManyCheckpoints {
        /// The session.
        name: SessionName,
        /// How many, or how large.
        what: String,
        /// The host's setting.
        setting: &'static str,
        /// Its value.
        max: u64,
    },
    /// The name that a new session was to have is taken.
    #[error("there is a session {0} already")]
    NameTaken(SessionName),
    /// The same name was given to several new sessions.
    #[error("the name {0} is given twice")]
    NameTwice(SessionName),
    /// A file is not an exported session, or none that this host takes.
    #[error("this is no exported session that this host takes: {0}")]
    ImportRefused(String),
    /// An exported session would be too large.
    #[error("session {name} would make a file of {bytes} bytes; the limit of {max} is set by transfer_bytes_max")]
    ExportTooLarge {
        /// The session.
        name: SessionName,
        /// Bytes of the file.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// The command is too long.
    #[error("a command has at most {max} bytes, this one has {bytes}; the limit is set by command_bytes_max")]
    CommandTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The tenant has as many sessions as it may have.
    #[error(
        "the tenant has {max} sessions already; the limit is set by sessions_per_tenant_max or the tenant's sessions_max"
    )]
    TooManySessions {
        /// The limit.
        max: u64,
    },
    /// The tenant's sessions have as much stored as they may.
    #[error(
        "the tenant's sessions have {bytes} bytes stored, of {max}: delete some of them, or checkpoints; the limit is set by storage_per_tenant_max or the tenant's storage_max"
    )]
    StorageExceeded {
        /// How much they have.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// A guest has no portable form of its state.
    #[error(
        "guest {guest} has no portable state (it doesn't export hostel:guest/state), so session {session} can't be transferred from or to it: change the guest with `replay`"
    )]
    NotPortable {
        /// The session.
        session: SessionName,
        /// The guest.
        guest: GuestName,
    },
    /// The history can't be run again on another guest.
    #[error(
        "the history of session {session} can't be replayed on another guest: {reason}; change the guest with `transfer`"
    )]
    HistoryIncomplete {
        /// The session.
        session: SessionName,
        /// What is not there.
        reason: String,
    },
    /// A session can't have functions that its tenant's sessions may not call.
    #[error(
        "the functions {asked} are more than the tenant's sessions may call, which is: {allowed}; that is set by functions"
    )]
    FunctionsBeyond {
        /// What was asked for.
        asked: String,
        /// What the tenant has.
        allowed: String,
    },
    /// A turn of that id is not over yet.
    #[error("the session has a turn {turn} that is not over yet: give each request an id of its own")]
    TurnTaken {
        /// The id.
        turn: String,
    },
    /// Too many commands wait for this session.
    #[error("{waiting} commands wait for session {name} already; the limit is set by queue_length_max")]
    QueueFull {
        /// The session.
        name: SessionName,
        /// How many wait.
        waiting: usize,
    },

    // The command was stopped; the session is as it was before it.
    /// The guest trapped.
    #[error("the guest trapped: {0}")]
    Trapped(String),
    /// The guest did not get through telling whether an input is whole.
    #[error("the guest could not tell whether the input is whole, which has limits of its own: {0}")]
    NotChecked(String),
    /// The session's memory limit.
    #[error(
        "the command needed more than the session's {limit_bytes} bytes of memory; the limit is set by session_memory or the session's memoryBytes"
    )]
    MemoryExceeded {
        /// The limit.
        limit_bytes: u64,
    },
    /// The host's memory budget.
    #[error("the command needed more memory than the host has left in its budget; it is set by memory_budget")]
    HostMemoryExceeded,
    /// The time limit.
    #[error(
        "the command ran longer than {limit_ms} ms; the limit is set by command_timeout or the session's commandTimeoutMs"
    )]
    TimeExceeded {
        /// The limit.
        limit_ms: u64,
    },
    /// The output limit.
    #[error(
        "the command wrote more than {limit_bytes} bytes of output; the limit is set by output_bytes_max or the session's outputBytes"
    )]
    OutputExceeded {
        /// The limit.
        limit_bytes: u64,
    },
    /// The command left something open on the host, so the session's state would not be whole in its memory.
    #[error(
        "the command left something open on the host ({0} of the guest's handles); a guest may hold nothing there between commands"
    )]
    HandlesHeld(usize),
    /// The session could not be brought to another guest.
    #[error("session {session} keeps its guest: {reason}")]
    SwapFailed {
        /// The session.
        session: SessionName,
        /// What failed, in the guest's words where it has some.
        reason: String,
    },
    /// Somebody interrupted it.
    #[error("the command was interrupted")]
    Interrupted,
    /// Somebody interrupted it before its turn came; it was not run.
    #[error("the command was interrupted while it waited, and was not run")]
    InterruptedWaiting,

    // The host can't now.
    /// All places are taken and none became free in time.
    #[error(
        "no room for another live session after waiting {waited:.1?}; how long is set by admission_wait, and room by max_live_sessions and memory_budget"
    )]
    NoRoom {
        /// How long the caller waited.
        waited: Duration,
    },
    /// The host is going down.
    #[error("the host is shutting down")]
    ShuttingDown,
    /// The store failed; what was acknowledged before stays.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The command ran and is recorded, but the disk did not confirm it: it holds unless the machine fails now.
    #[error("the command is recorded, but could not be synced to the disk")]
    Unsynced(#[source] StoreError),
    /// The command ran and could not be recorded, so it was undone.
    #[error("the command could not be recorded")]
    NotRecorded(#[source] StoreError),
    /// The stored state can't be brought back; the data is kept as it is.
    #[error("the state of session {name} can't be restored: {reason}")]
    Unrestorable {
        /// The session.
        name: SessionName,
        /// What is wrong, and with which part.
        reason: String,
    },
    /// A replay did not do what was done before; the data is kept as it is, and earlier events can be jumped to.
    #[error(
        "the replay of event {event} of session {name} gave another outcome than was recorded; its history is readable, and an earlier event can be jumped to"
    )]
    Diverged {
        /// The session.
        name: SessionName,
        /// The event.
        event: u64,
    },
    /// A defect of the host, logged in full.
    #[error("internal error: {0}")]
    Internal(String),
}

/// What became of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing was begun.
    Untouched,
    /// A command was begun and undone: the session is as before it.
    RolledBack,
    /// The command is done, with less durability than was asked for.
    Done,
}

impl SessionError {
    /// What became of the session.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Trapped(_)
            | Self::MemoryExceeded { .. }
            | Self::HostMemoryExceeded
            | Self::TimeExceeded { .. }
            | Self::OutputExceeded { .. }
            | Self::HandlesHeld(_)
            | Self::SwapFailed { .. }
            | Self::Interrupted
            | Self::NotRecorded(_) => Effect::RolledBack,
            Self::Unsynced(_) => Effect::Done,
            _ => Effect::Untouched,
        }
    }
}

impl From<super::detach::Defect> for SessionError {
    fn from(defect: super::detach::Defect) -> Self {
        Self::Internal(defect.0)
    }
}
