//! What the session manager reports, as problems.
//!
//! A command that was stopped is 422: the request was fine, its content could not be carried out. What the host lacks
//! for now is 503 with a time to come back; what it can't mend by itself is 500.

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
        let effect = error.effect();
        translate(error).with_effect(effect)
    }
}

fn translate(error: SessionError) -> Problem {
    let (status, code, title) = kind(&error);
    let detail = error.to_string();
    let problem = Problem::new(status, code, title, detail);
    match error {
        SessionError::LimitRange { max, setting, .. } => problem.with_limit(setting, max, "1"),
        SessionError::CommandTooLong { max, .. } => problem.with_limit("command_bytes_max", max as u64, "bytes"),
        SessionError::TooManySessions { max } => problem.with_limit("sessions_per_tenant_max", max, "sessions"),
        SessionError::QueueFull { waiting, .. } => {
            problem.with_limit("queue_length_max", waiting as u64, "commands").retry_after(QUEUE_RETRY_SECONDS)
        }
        SessionError::MemoryExceeded { limit_bytes } => problem.with_limit("session_memory", limit_bytes, "bytes"),
        SessionError::OutputExceeded { limit_bytes } => problem.with_limit("output_bytes_max", limit_bytes, "bytes"),
        SessionError::TimeExceeded { limit_ms } => problem.with_limit("command_timeout", limit_ms, "ms"),
        SessionError::HostMemoryExceeded => problem.retry_after(QUEUE_RETRY_SECONDS),
        SessionError::NoRoom { waited } => problem.retry_after(room_retry_seconds(waited)),
        SessionError::ShuttingDown => problem.retry_after(SHUTDOWN_RETRY_SECONDS),
        SessionError::Unsynced(_) => {
            problem.hiding("the command is recorded, but not synced to the disk", error.into())
        }
        SessionError::NotRecorded(_) => {
            problem.hiding("the store failed; the command was undone and may be sent again", error.into())
        }
        SessionError::Store(_) => problem.hiding("the store failed; what was acknowledged before stays", error.into()),
        SessionError::Unrestorable { ref name, .. } => {
            let detail = format!("the state of session {name} can't be restored; its data is kept as it is");
            problem.hiding(&detail, error.into())
        }
        SessionError::Internal(_) => Problem::internal(error.into()),
        _ => problem,
    }
}

fn kind(error: &SessionError) -> (StatusCode, &'static str, &'static str) {
    use SessionError as E;
    const STOPPED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    match error {
        E::NotFound(_) => (StatusCode::NOT_FOUND, "session-not-found", "No such session"),
        E::Conflict { .. } => (StatusCode::CONFLICT, "session-conflict", "The session exists with other options"),
        E::MovedOn { .. } => (StatusCode::CONFLICT, "session-moved-on", "The session stands at another event"),
        E::GuestUnknown { .. } => (STOPPED, "guest-unknown", "No such guest"),
        E::GuestMissing { .. } => (StatusCode::CONFLICT, "guest-missing", "The session's guest is not registered"),
        E::LimitRange { .. } => (STOPPED, "limit-out-of-range", "Limit out of range"),
        E::CommandTooLong { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "command-too-long", "Command too long"),
        E::TooManySessions { .. } => (StatusCode::FORBIDDEN, "too-many-sessions", "Too many sessions"),
        E::QueueFull { .. } => (StatusCode::TOO_MANY_REQUESTS, "queue-full", "Too many commands wait"),
        E::Trapped(_) => (STOPPED, "trapped", "The guest trapped"),
        E::MemoryExceeded { .. } => (STOPPED, "memory-exceeded", "The command needed too much memory"),
        E::HostMemoryExceeded => {
            (StatusCode::SERVICE_UNAVAILABLE, "host-memory-exceeded", "The host is short of memory")
        }
        E::TimeExceeded { .. } => (STOPPED, "time-exceeded", "The command ran too long"),
        E::OutputExceeded { .. } => (STOPPED, "output-exceeded", "The command wrote too much"),
        E::HandlesHeld(_) => (STOPPED, "handles-held", "The command left host handles open"),
        E::Interrupted => (STOPPED, "interrupted", "The command was interrupted"),
        E::NoRoom { .. } => (StatusCode::SERVICE_UNAVAILABLE, "no-room", "No room for another live session"),
        E::ShuttingDown => (StatusCode::SERVICE_UNAVAILABLE, "shutting-down", "The host is shutting down"),
        E::Unsynced(_) => (StatusCode::INTERNAL_SERVER_ERROR, "not-synced", "The command could not be synced"),
        E::NotRecorded(_) => (StatusCode::INTERNAL_SERVER_ERROR, "not-recorded", "The command could not be recorded"),
        E::Store(_) => (StatusCode::INTERNAL_SERVER_ERROR, "store-failed", "The store failed"),
        E::Unrestorable { .. } => {
            (StatusCode::INTERNAL_SERVER_ERROR, "session-unrestorable", "The session can't be restored")
        }
        E::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
    }
}

/// As long as it waited in vain, at least a second.
fn room_retry_seconds(waited: Duration) -> u32 {
    u32::try_from(waited.as_secs()).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests;
