//! What the session manager reports, as problems.
//!
//! A command that was stopped is 422: the request was fine, its content could not be carried out. What the host lacks
//! for now is 503 with a time to come back; what it can't mend by itself is 500.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;

use super::Problem;
use crate::session::SessionError;

/// When to come back after a queue was full: it empties by a command at a time.
const QUEUE_RETRY_SECONDS: u32 = 1;

/// When to come back to a host that is going down: another has its address by then, if any will.
const SHUTDOWN_RETRY_SECONDS: u32 = 5;

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        Arc::new(error).into()
    }
}

impl From<Arc<SessionError>> for Problem {
    fn from(error: Arc<SessionError>) -> Self {
        let effect = error.effect();
        translate(error).with_effect(effect)
    }
}

fn translate(error: Arc<SessionError>) -> Problem {
    let (status, code, title) = kind(&error);
    let detail = error.to_string();
    let problem = Problem::new(status, code, title, detail);
    match *error {
        SessionError::LimitRange { max, setting, .. } => problem.with_limit(setting, max, unit_of(setting)),
        SessionError::CommandTooLong { max, .. } => problem.with_limit("command_bytes_max", max as u64, "bytes"),
        SessionError::TooManySessions { max } => problem.with_limit("sessions_per_tenant_max", max, "sessions"),
        SessionError::StorageExceeded { max, .. } => problem.with_limit("storage_per_tenant_max", max, "bytes"),
        SessionError::QueueFull { waiting, .. } => {
            problem.with_limit("queue_length_max", waiting as u64, "commands").retry_after(QUEUE_RETRY_SECONDS)
        }
        SessionError::MemoryExceeded { limit_bytes } => problem.with_limit("session_memory", limit_bytes, "bytes"),
        SessionError::OutputExceeded { limit_bytes } => problem.with_limit("output_bytes_max", limit_bytes, "bytes"),
        SessionError::TimeExceeded { limit_ms } => problem.with_limit("command_timeout", limit_ms, "ms"),
        SessionError::HostMemoryExceeded => problem.retry_after(QUEUE_RETRY_SECONDS),
        SessionError::NoRoom { waited } => problem.retry_after(room_retry_seconds(waited)),
        SessionError::ShuttingDown => problem.retry_after(SHUTDOWN_RETRY_SECONDS),
        SessionError::Unsynced(_) => problem.hiding("the command is recorded, but not synced to the disk", error),
        SessionError::NotRecorded(_) => {
            problem.hiding("the store failed; the command was undone and may be sent again", error)
        }
        SessionError::Store(_) => problem.hiding("the store failed; what was acknowledged before stays", error),
        SessionError::Unrestorable { ref name, .. } => {
            let detail = format!("the state of session {name} can't be restored; its data is kept as it is");
            problem.hiding(&detail, error)
        }
        // The client can go on from here: it is told which event it is.
        SessionError::Diverged { .. } => problem.hiding(&error.to_string(), error),
        SessionError::TooManyCheckpoints { max, setting, .. } => problem.with_limit(setting, max, unit_of(setting)),
        SessionError::ExportTooLarge { max, .. } => problem.with_limit("transfer_bytes_max", max, "bytes"),
        SessionError::GuestUnusable(_) => problem.hiding("the guest can't be loaded", error),
        SessionError::Internal(_) => Problem::internal_of(error),
        _ => problem,
    }
}

/// The table: one line for each error, in the order in which they are declared.
fn kind(error: &SessionError) -> (StatusCode, &'static str, &'static str) {
    use SessionError as E;
    use StatusCode as S;
    const UNDOABLE: S = S::UNPROCESSABLE_ENTITY;
    const FAILED: S = S::INTERNAL_SERVER_ERROR;
    match error {
        E::NotFound(_) => (S::NOT_FOUND, "session-not-found", "No such session"),
        E::Conflict { .. } => (S::CONFLICT, "session-conflict", "The session exists with other options"),
        E::GuestUnknown { .. } => (UNDOABLE, "guest-unknown", "No such guest"),
        E::GuestMissing { .. } => (S::CONFLICT, "guest-missing", "The session's guest is not registered"),
        E::GuestAmbiguous(_) => (UNDOABLE, "guest-ambiguous", "Several guests are meant"),
        E::GuestUnusable(_) => (FAILED, "guest-unusable", "The guest can't be loaded"),
        E::LimitRange { .. } => (UNDOABLE, "limit-out-of-range", "Limit out of range"),
        E::MovedOn { .. } => (S::CONFLICT, "session-moved-on", "The session stands at another event"),
        E::KeyReused { .. } => (UNDOABLE, "key-reused", "The key belongs to another command"),
        E::NoSuchEvent { .. } => (S::NOT_FOUND, "event-not-found", "No such event"),
        E::Unreachable { .. } => (S::CONFLICT, "event-unreachable", "The state after the event is gone"),
        E::NothingThere { .. } => (S::CONFLICT, "nothing-there", "There are not so many events"),
        E::CheckpointNotFound { .. } => (S::NOT_FOUND, "checkpoint-not-found", "No such checkpoint"),
        E::CheckpointTaken { .. } => (S::CONFLICT, "checkpoint-taken", "The checkpoint keeps another event"),
        E::TooManyCheckpoints { .. } => (UNDOABLE, "too-many-checkpoints", "Too many checkpoints"),
        E::NameTaken(_) => (S::CONFLICT, "name-taken", "The name is taken"),
        E::NameTwice(_) => (UNDOABLE, "name-twice", "A name is given twice"),
        E::ImportRefused(_) => (UNDOABLE, "import-refused", "The import is refused"),
        E::ExportTooLarge { .. } => (UNDOABLE, "export-too-large", "The session is too large to export"),
        E::CommandTooLong { .. } => (S::PAYLOAD_TOO_LARGE, "command-too-long", "Command too long"),
        E::TooManySessions { .. } => (S::FORBIDDEN, "too-many-sessions", "Too many sessions"),
        E::StorageExceeded { .. } => (StatusCode::FORBIDDEN, "storage-exceeded", "Too much is stored"),
        E::NotPortable { .. } => (S::CONFLICT, "guest-not-portable", "The guest has no portable state"),
        E::HistoryIncomplete { .. } => (S::CONFLICT, "history-incomplete", "The history can't be replayed"),
        E::FunctionsBeyond { .. } => (S::FORBIDDEN, "functions-beyond", "More functions than are granted"),
        E::TurnTaken { .. } => (S::CONFLICT, "turn-taken", "There is a turn of that id"),
        E::QueueFull { .. } => (S::TOO_MANY_REQUESTS, "queue-full", "Too many commands wait"),
        E::Trapped(_) => (UNDOABLE, "trapped", "The guest trapped"),
        E::NotChecked(_) => (UNDOABLE, "not-checked", "The input could not be checked"),
        E::MemoryExceeded { .. } => (UNDOABLE, "memory-exceeded", "The command needed too much memory"),
        E::HostMemoryExceeded => (S::SERVICE_UNAVAILABLE, "host-memory-exceeded", "The host is short of memory"),
        E::TimeExceeded { .. } => (UNDOABLE, "time-exceeded", "The command ran too long"),
        E::OutputExceeded { .. } => (UNDOABLE, "output-exceeded", "The command wrote too much"),
        E::HandlesHeld(_) => (UNDOABLE, "handles-held", "The command left host handles open"),
        E::SwapFailed { .. } => (UNDOABLE, "swap-failed", "The session keeps its guest"),
        E::Interrupted | E::InterruptedWaiting => (UNDOABLE, "interrupted", "The command was interrupted"),
        E::NoRoom { .. } => (S::SERVICE_UNAVAILABLE, "no-room", "No room for another live session"),
        E::ShuttingDown => (S::SERVICE_UNAVAILABLE, "shutting-down", "The host is shutting down"),
        E::Store(_) => (FAILED, "store-failed", "The store failed"),
        E::Unsynced(_) => (FAILED, "not-synced", "The command could not be synced"),
        E::NotRecorded(_) => (FAILED, "not-recorded", "The command could not be recorded"),
        E::Unrestorable { .. } => (FAILED, "session-unrestorable", "The session can't be restored"),
        E::Diverged { .. } => (FAILED, "session-diverged", "A replay went another way"),
        E::Internal(_) => (FAILED, "internal", "Internal error"),
    }
}

/// The unit of a setting.
fn unit_of(setting: &str) -> &'static str {
    match setting {
        "command_timeout" => "ms",
        "checkpoints_max" => "checkpoints",
        _ => "bytes",
    }
}

/// As long as it waited in vain, at least a second.
fn room_retry_seconds(waited: Duration) -> u32 {
    u32::try_from(waited.as_secs()).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests;
