//! What a session's history is asked and answers.

use serde::Serialize;

use super::RichResult;
use crate::name::{CheckpointName, SessionName};

/// A place in a session's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// After an event; 0 is before the first.
    Event(u64),
    /// At a checkpoint.
    Checkpoint(CheckpointName),
}

/// How a recorded turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventOutcome {
    /// With a value, or nothing.
    Value,
    /// With an error of the guest's language.
    Error,
    /// It was stopped and undone, after it had asked others for something; it changed nothing.
    Stopped,
    /// Not a command: the session went to another guest.
    Guest,
}

/// Which events to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventQuery {
    /// Only events after this one.
    pub after: Option<u64>,
    /// Only events before this one.
    pub before: Option<u64>,
    /// The newest first.
    pub newest_first: bool,
    /// At most so many, 1 to 1,000.
    pub limit: usize,
    /// Only those that are undone, or only those that are not.
    pub undone: Option<bool>,
    /// Only those that ended so.
    pub outcome: Option<EventOutcome>,
    /// Only those whose command has this text in it.
    pub contains: Option<String>,
}

/// A page of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// The events.
    pub events: Vec<EventSummary>,
    /// Where the next page begins: the `after` of its query, or the `before` when the newest come first. Absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// An event in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventSummary {
    /// Its number.
    pub event: u64,
    /// The event that it follows; 0 for none.
    pub follows: u64,
    /// It is not part of what made the present state.
    pub undone: bool,
    /// When its turn began, RFC 3339 in UTC.
    pub at: String,
    /// What was executed, the beginning of it when it is long.
    pub command: String,
    /// The command has more than is shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// How it ended.
    pub outcome: EventOutcome,
    /// Why it was stopped, where it was: the code of the problem that its client was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Time in the guest, in microseconds.
    pub wall_us: u64,
    /// Size of the session's linear memories after it, in bytes.
    pub memory_bytes: u64,
    /// Why it can't be read, when it can't; then the rest means nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
}

/// An event whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventDetail {
    /// What a list says of it, with the whole command.
    #[serde(flatten)]
    pub summary: EventSummary,
    /// What a terminal showed; absent where an older version recorded it without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The printed value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// What the guest's language reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was written to standard output.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// What was written to standard error.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// Results that are more than text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<RichResult>,
    /// What it asked others and was answered, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallRecord>,
    /// The guest asked to leave the REPL.
    pub should_exit: bool,
    /// Processor time in the guest, in microseconds.
    pub cpu_us: u64,
    /// Size of the session's linear memories before it, in bytes.
    pub memory_before: u64,
    /// Clock readings that it recorded.
    pub readings: usize,
    /// It read random numbers.
    pub random: bool,
    /// It can be taken through the guest again; otherwise a snapshot has what it did.
    pub replayable: bool,
    /// Its bytes in the journal.
    pub journal_bytes: u64,
    /// The key that the command came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// What a guest asked others and was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// The function; absent when the client was asked for a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its arguments, JSON, or the prompt; the beginning of them when they are long.
    pub asked: String,
    /// The answer, JSON or the line, likewise; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Why there is no answer, likewise, with its kind before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Something is longer than is told here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// A checkpoint as users see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckpointInfo {
    /// Its name.
    pub name: CheckpointName,
    /// The event whose state it keeps.
    pub event: u64,
    /// When it was made, RFC 3339 in UTC.
    pub created: String,
    /// Encoded size of its snapshot, in bytes.
    pub bytes: u64,
}

/// What a jump did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JumpReport {
    /// The event that the session stands at now.
    pub event: u64,
    /// The event that it stood at before.
    pub from: u64,
    /// Events that `redo` can go forward.
    pub redoable: u64,
    /// Events that the next command has to replay.
    pub replay_events: u64,
}

/// What to fork.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForkOptions {
    /// The names of the new sessions, 1 to 1,000, which must be free.
    pub names: Vec<SessionName>,
    /// Where in the history; now when absent.
    pub from: Option<Target>,
}

/// How two histories differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryDiff {
    /// The last event that both have in common; absent when there is none, 0 when only the beginning is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub common: Option<u64>,
    /// What only the one has.
    pub left: DiffSide,
    /// What only the other has.
    pub right: DiffSide,
}

/// What only one of two histories has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiffSide {
    /// The session.
    pub session: SessionName,
    /// Its events after the common one, that made its present state, oldest first; at most as many as were asked for.
    pub events: Vec<EventSummary>,
    /// There are more.
    pub more: bool,
}
