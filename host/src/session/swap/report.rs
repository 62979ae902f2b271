//! What a swap is asked and answers.

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::name::{CheckpointName, Digest, GuestLabel, GuestName, GuestRef};
use crate::session::manager::SessionManager;
use crate::session::turn::micros;
use crate::store::{GuestPin, SessionRecord};

/// How a session's state gets to another guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SwapMethod {
    /// The commands that led to it are run on the new guest.
    Replay,
    /// The old guest saves it in a portable form, and the new one loads that.
    Transfer,
}

/// How to change a session's guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwapOptions {
    /// The new guest.
    pub guest: GuestRef,
    /// How the state gets there.
    pub how: SwapMethod,
    /// The checkpoint that keeps the old state; `before-` and the event of the swap when absent.
    pub checkpoint: Option<CheckpointName>,
    /// Only tell what would come of it.
    pub dry_run: bool,
    /// What an interrupt may call it: the id of its request.
    pub turn: Option<Arc<str>>,
}

/// What a swap did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SwapReport {
    /// The session has another guest now. Otherwise it had that guest already, or it was not to be changed.
    pub changed: bool,
    /// What was the guest before.
    pub from: GuestName,
    /// Its label; absent when it is not registered any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_label: Option<GuestLabel>,
    /// Its digest.
    pub from_digest: Digest,
    /// What the guest is now, or would be.
    pub guest: GuestName,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest_label: Option<GuestLabel>,
    /// Its digest.
    pub guest_digest: Digest,
    /// The event that the session stands at now.
    pub event: u64,
    /// The checkpoint that keeps the state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<CheckpointName>,
    /// What was carried over.
    #[serde(flatten)]
    pub carried: Carried,
    /// Time that it took, in microseconds, without waiting for the session's turn.
    pub wall_us: u64,
}

/// What was carried over to the new guest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    /// Bytes of the portable form, when the state was transferred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_bytes: Option<u64>,
    /// Events that were run again.
    pub replayed: u64,
    /// Of these, events that ended otherwise than before; with those that were skipped.
    pub differing: u64,
    /// Events that the new guest did not get through, and that it is without.
    pub skipped: u64,
    /// The first hundred of those that differ.
    pub differences: Vec<SwapDifference>,
}

/// An event that ended otherwise on another guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SwapDifference {
    /// Its number.
    pub event: u64,
    /// Its command, the beginning of it when it is long.
    pub command: String,
    /// What a terminal showed, the beginning; absent where an older version recorded it without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// What a terminal would show now, the beginning; absent when the event was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

impl SessionManager {
    /// What a swap from one record to another did.
    pub(super) fn report(
        &self,
        before: &SessionRecord,
        after: &SessionRecord,
        carried: Carried,
        checkpoint: Option<CheckpointName>,
        began: Instant,
    ) -> SwapReport {
        let label = |pin: &GuestPin| self.guests.label(&pin.name, pin.digest);
        SwapReport {
            changed: after.event != before.event,
            from: before.guest.name.clone(),
            from_label: label(&before.guest),
            from_digest: before.guest.digest,
            guest: after.guest.name.clone(),
            guest_label: label(&after.guest),
            guest_digest: after.guest.digest,
            event: after.event,
            checkpoint,
            carried,
            wall_us: micros(began.elapsed()),
        }
    }
}
