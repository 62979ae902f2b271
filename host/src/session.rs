//! Sessions: the durable things that users name, and the manager that takes commands through them.

mod admission;
mod attend;
mod completion;
mod creation;
mod detach;
mod entry;
mod error;
mod events;
mod eviction;
mod follow;
mod fork;
mod guests;
mod history;
mod manager;
mod metadata;
mod policy;
mod rerun;
mod restore;
mod results;
mod retention;
mod rewind;
mod snapshots;
mod swap;
mod tenants;
mod transfer;
mod turn;
mod upgrade;
mod values;
mod way;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Serialize;

use self::detach::{Begin, detach};
pub use self::error::{Effect, SessionError};
pub use self::follow::{Answering, FollowedTurn, Piece, Position, Wanted};
pub use self::guests::{Addition, Registration};
pub use self::history::{
    CallRecord, CheckpointInfo, DiffSide, EventDetail, EventOutcome, EventPage, EventQuery, EventSummary, ForkOptions,
    HistoryDiff, JumpReport, Target,
};
pub use self::manager::SessionManager;
pub use self::metadata::{SessionMetadata, SizeDetail};
pub use self::results::RichResult;
pub use self::swap::{Carried, SwapDifference, SwapMethod, SwapOptions, SwapReport};
pub use self::upgrade::{Upgrade, UpgradeOutcome, UpgradePage, Upgraded};

use crate::name::{Grants, GuestRef, SessionName};
use crate::store::{Durability, LimitOverrides};

/// What a command produced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// What a terminal would show: all that was written, in order, then the value or the error.
    pub output: String,
    /// The guest asked to leave the REPL. The session stays usable.
    pub should_exit: bool,
    /// The printed value; absent when there is none or the command failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// What the guest's language reported, when the command failed in the language's own terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was written to standard output; absent when nothing was.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// What was written to standard error; absent when nothing was.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// Results that are more than text, in order; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<RichResult>,
    /// The number of the event that records this turn.
    pub event: u64,
    /// What the event survives.
    pub durable: Durability,
    /// What the turn used.
    pub usage: Usage,
    /// It is the recorded reply to an earlier command with the same key; nothing was run. Told in a header.
    #[serde(skip)]
    pub replayed: bool,
}

impl Reply {
    /// Bytes of what it holds.
    fn bytes(&self) -> usize {
        let texts = [&self.output, &self.stdout, &self.stderr].map(String::len).iter().sum::<usize>();
        let shown = [&self.result, &self.error].into_iter().flatten().map(String::len).sum::<usize>();
        texts + shown + self.results.iter().map(|result| result.0.bytes()).sum::<usize>()
    }
}

/// What a turn used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Time in the guest, in microseconds.
    pub wall_us: u64,
    /// Size of the session's linear memories after the turn, in bytes.
    pub memory_bytes: u64,
}

/// A command for a session.
#[derive(Debug, Clone, Default)]
pub struct Execute {
    /// The command, which may hold several expressions or statements.
    pub command: Arc<str>,
    /// The event that the session must stand at; the command is refused when it has moved on.
    pub if_event: Option<u64>,
    /// What makes the command once-only: a second one with the same key gets the first one's reply. 1 to 255 bytes.
    pub key: Option<Arc<str>>,
    /// What an interrupt may call this turn: the id of its request.
    pub turn: Option<Arc<str>>,
    /// Where what happens in it can be followed.
    pub follow: Option<Arc<FollowedTurn>>,
}

impl From<String> for Execute {
    fn from(command: String) -> Self {
        Self { command: command.into(), ..Self::default() }
    }
}

/// What to interrupt in a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interruption {
    /// Only the turn of this id; any when absent.
    pub turn: Option<Arc<str>>,
    /// Commands that wait for their turn too.
    pub queued: bool,
}

/// What an interrupt found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InterruptReport {
    /// A command was running and has been told to stop.
    pub interrupted: bool,
    /// Commands that waited and will not run.
    pub queued: usize,
}

/// How a session is to be created.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateOptions {
    /// Its guest; the host's default when absent.
    pub guest: Option<GuestRef>,
    /// Its own limits.
    pub limits: LimitOverrides,
    /// When its commands count as recorded; as its tenant's when absent.
    pub durability: Option<Durability>,
    /// The functions that it may call; all that its tenant's may when absent.
    pub functions: Option<Grants>,
}

/// Which sessions to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// Only names that begin so.
    pub prefix: String,
    /// Only names after this one.
    pub after: Option<SessionName>,
    /// At most so many; 1 to 1,000.
    pub limit: usize,
}

/// What a save did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SaveReport {
    /// The event that the newest snapshot now holds.
    pub event: u64,
    /// Its encoded size, in bytes.
    pub snapshot_bytes: u64,
    /// There was something to write.
    pub written: bool,
}

/// What a shutdown did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShutdownReport {
    /// Sessions whose snapshot was written.
    pub saved: usize,
    /// Sessions that had nothing to write.
    pub clean: usize,
    /// Sessions whose snapshot could not be written; their journals hold their state.
    pub failed: usize,
}

/// A time in RFC 3339, UTC, from milliseconds since 1970.
fn timestamp(ms: u64) -> String {
    // The last second of the year 9999 is the latest that RFC 3339 writes.
    let ms = ms.min(253_402_300_799_999);
    humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + std::time::Duration::from_millis(ms)).to_string()
}
