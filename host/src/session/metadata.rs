//! What a session tells of itself.

use serde::Serialize;

use crate::name::{Digest, Grants, GuestLabel, GuestName, SessionId, SessionName, TenantName};
use crate::store::{Durability, LimitOverrides, Origin};

/// A session's metadata as users see it: stored and live state merged.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionMetadata {
    /// Its identity, never reused.
    pub id: SessionId,
    /// Its name, unique within the tenant.
    pub name: SessionName,
    /// Its owner.
    pub tenant: TenantName,
    /// What its guest was called when the session got it.
    pub guest: GuestName,
    /// What its version is called on this host, where the host still has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest_label: Option<GuestLabel>,
    /// The digest of that guest.
    pub guest_digest: Digest,
    /// When it was created, RFC 3339 in UTC.
    pub created: String,
    /// When its newest command began, RFC 3339 in UTC.
    pub last_accessed: String,
    /// The event that it stands at; 0 before the first.
    pub event: u64,
    /// Events so far: commands that ended normally, whether or not they were undone or are still in the history.
    pub event_count: u64,
    /// The oldest event that its history has.
    pub first_event: u64,
    /// Where `redo` leads, when the session has gone back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redo_to: Option<u64>,
    /// Checkpoints kept.
    pub checkpoint_count: u64,
    /// Where its history comes from, when it did not begin with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Bytes the session holds in all: memory when live, and what is stored.
    pub size: u64,
    /// What `size` is made of, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_detail: Option<SizeDetail>,
    /// A live instance holds its state now.
    pub live: bool,
    /// No snapshot holds its present state.
    pub dirty: bool,
    /// Its own limits, where it has any.
    pub limits: LimitOverrides,
    /// When its commands count as recorded, where that is its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durability: Option<Durability>,
    /// The functions that it may call, where those are not all that its tenant's may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub functions: Option<Grants>,
}

/// The bytes of one session, itemised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SizeDetail {
    /// Size of all its linear memories, as the guest sees them.
    pub memory_bytes: u64,
    /// Of these, resident in the host and private to the session; 0 when it is not live.
    pub resident_bytes: u64,
    /// What the host itself keeps for the live instance: store, stack, buffers; 0 when it is not live.
    pub host_bytes: u64,
    /// Its stored snapshots.
    pub snapshot_bytes: u64,
    /// Its stored events.
    pub journal_bytes: u64,
}
