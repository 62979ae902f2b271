use hyper::header;

use super::*;
use crate::name::{CheckpointName, GuestRef, SessionName};
use crate::session::Effect;
use crate::store::StoreError;

fn too_many_checkpoints(setting: &'static str) -> SessionError {
    let name = SessionName::new("alice").unwrap();
    SessionError::TooManyCheckpoints { name, what: "8 checkpoints".to_owned(), setting, max: 8 }
}

fn every_error() -> Vec<(SessionError, u16, &'static str)> {
    use SessionError as E;
    let name = || SessionName::new("alice").unwrap();
    let guest = || GuestRef::parse("js").unwrap();
    let checkpoint = || CheckpointName::new("noon").unwrap();
    let secret = || "secret".to_owned();
    let limit = E::LimitRange { what: "memoryBytes", asked: 9, min: 1, max: 8, setting: "session_memory" };
    vec![
        (E::NotFound(name()), 404, "session-not-found"),
        (E::Conflict { name: name(), difference: "guest".to_owned() }, 409, "session-conflict"),
        (E::GuestUnknown { name: guest(), known: "omega".to_owned() }, 422, "guest-unknown"),
        (E::GuestMissing { session: name(), guest: "js".to_owned() }, 409, "guest-missing"),
        (limit, 422, "limit-out-of-range"),
        (E::CommandTooLong { bytes: 9, max: 8 }, 413, "command-too-long"),
        (E::TooManySessions { max: 8 }, 403, "too-many-sessions"),
        (E::StorageExceeded { bytes: 9, max: 8 }, 403, "storage-exceeded"),
        (E::QueueFull { name: name(), waiting: 64 }, 429, "queue-full"),
        (E::Trapped("unreachable".to_owned()), 422, "trapped"),
        (E::MemoryExceeded { limit_bytes: 8 }, 422, "memory-exceeded"),
        (E::HostMemoryExceeded, 503, "host-memory-exceeded"),
        (E::TimeExceeded { limit_ms: 8 }, 422, "time-exceeded"),
        (E::OutputExceeded { limit_bytes: 8 }, 422, "output-exceeded"),
        (E::HandlesHeld(1), 422, "handles-held"),
        (E::Interrupted, 422, "interrupted"),
        (E::NoRoom { waited: Duration::from_secs(5) }, 503, "no-room"),
        (E::ShuttingDown, 503, "shutting-down"),
        (E::Store(StoreError::Write(secret().into())), 500, "store-failed"),
        (E::Store(StoreError::Read(secret().into())), 500, "store-failed"),
        (E::NotRecorded(StoreError::Write(secret().into())), 500, "not-recorded"),
        (E::Unsynced(StoreError::Write(secret().into())), 500, "not-synced"),
        (E::MovedOn { expected: 1, event: 2 }, 409, "session-moved-on"),
        (E::KeyReused { key: "k".to_owned(), event: 2 }, 422, "key-reused"),
        (E::NoSuchEvent { name: name(), event: 9, first: 1, last: 8 }, 404, "event-not-found"),
        (E::Unreachable { name: name(), event: 2 }, 409, "event-unreachable"),
        (E::NothingThere { name: name(), what: "undo", asked: 9, possible: 8 }, 409, "nothing-there"),
        (E::CheckpointNotFound { session: name(), checkpoint: checkpoint() }, 404, "checkpoint-not-found"),
        (E::CheckpointTaken { checkpoint: checkpoint(), event: 2 }, 409, "checkpoint-taken"),
        (too_many_checkpoints("checkpoints_max"), 422, "too-many-checkpoints"),
        (E::NameTaken(name()), 409, "name-taken"),
        (E::NameTwice(name()), 422, "name-twice"),
        (E::ImportRefused("it is no archive".to_owned()), 422, "import-refused"),
        (E::ExportTooLarge { name: name(), bytes: 9, max: 8 }, 422, "export-too-large"),
        (E::NotPortable { session: name(), guest: guest().name }, 409, "guest-not-portable"),
        (E::HistoryIncomplete { session: name(), reason: "it is pruned".to_owned() }, 409, "history-incomplete"),
        (E::SwapFailed { session: name(), reason: "it can't".to_owned() }, 422, "swap-failed"),
        (E::InterruptedWaiting, 422, "interrupted"),
        (E::Diverged { name: name(), event: 2 }, 500, "session-diverged"),
        (E::Unrestorable { name: name(), reason: secret() }, 500, "session-unrestorable"),
        (E::Internal(secret()), 500, "internal"),
    ]
}

#[test]
fn every_session_error_has_its_status_and_code() {
    for (error, status, code) in every_error() {
        let problem = Problem::from(error);
        assert_eq!((problem.0.status.as_u16(), problem.0.code), (status, code));
    }
}

#[test]
fn what_the_host_is_to_blame_for_is_logged_and_not_told() {
    for (error, status, _) in every_error() {
        let Problem(parts) = Problem::from(error);
        assert_eq!(parts.cause.is_some(), status == 500, "{}", parts.code);
        assert!(!parts.detail.contains("secret"), "{}", parts.detail);
    }
}

#[test]
fn a_command_interrupted_in_the_queue_touched_nothing_and_a_running_one_is_rolled_back() {
    let effect = |error| Problem::from(error).0.effect;
    assert_eq!(effect(SessionError::InterruptedWaiting), Effect::Untouched);
    assert_eq!(effect(SessionError::Interrupted), Effect::RolledBack);
}

#[test]
fn the_client_is_told_which_event_went_another_way() {
    let name = SessionName::new("alice").unwrap();
    let Problem(parts) = Problem::from(SessionError::Diverged { name, event: 7 });
    assert!(parts.detail.contains("event 7 of session alice"), "{}", parts.detail);
    assert!(parts.detail.contains("the log has the cause"), "{}", parts.detail);
}

#[test]
fn limits_of_the_history_are_named_with_their_unit() {
    for (setting, unit) in [("checkpoints_max", "checkpoints"), ("history_bytes_max", "bytes")] {
        let limit = Problem::from(too_many_checkpoints(setting)).0.limit.unwrap();
        assert_eq!((limit.setting, limit.value, limit.unit), (setting, 8, unit));
    }
    let name = SessionName::new("alice").unwrap();
    let limit = Problem::from(SessionError::ExportTooLarge { name, bytes: 9, max: 8 }).0.limit.unwrap();
    assert_eq!((limit.setting, limit.value, limit.unit), ("transfer_bytes_max", 8, "bytes"));
}

#[test]
fn whoever_may_try_again_is_told_when() {
    for (error, status, _) in every_error() {
        let Problem(parts) = Problem::from(error);
        let retry = parts.header.filter(|(name, _)| *name == header::RETRY_AFTER);
        assert_eq!(retry.is_some(), matches!(status, 429 | 503), "{}", parts.code);
    }
    let Problem(parts) = Problem::from(SessionError::NoRoom { waited: Duration::from_millis(10) });
    assert_eq!(parts.header.map(|(_, value)| value), Some(1.into()));
}

#[test]
fn the_effect_is_the_errors_own() {
    for (error, ..) in every_error() {
        let effect = error.effect();
        assert_eq!(Problem::from(error).0.effect, effect);
    }
}
