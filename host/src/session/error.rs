//! What can go wrong with a session, and what became of it then.

use std::time::Duration;

use crate::name::{GuestName, SessionName};
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
        /// The name asked for.
        name: GuestName,
        /// The names there are.
        known: String,
    },
    /// The guest that the session was created with is not registered any more.
    #[error(
        "session {session} was created with guest {guest}, which this host does not have: register that guest again"
    )]
    GuestMissing {
        /// The session.
        session: SessionName,
        /// Its guest's name and digest.
        guest: String,
    },
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
    #[error("the command left {0} host handles open; a guest may hold none between commands")]
    HandlesHeld(usize),
    /// Somebody interrupted it.
    #[error("the command was interrupted")]
    Interrupted,

    // The host can't now.
    /// All places are taken and none became free in time.
    #[error(
        "no room for another live session after waiting {waited:?}; room is set by max_live_sessions and memory_budget"
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
