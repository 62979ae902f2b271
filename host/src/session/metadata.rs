//! What a session tells of itself.

use serde::Serialize;

use crate::name::{Digest, GuestName, SessionId, SessionName, TenantName};
use crate::store::LimitOverrides;

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
    /// What its guest was called when the session was created.
    pub guest: GuestName,
    /// The digest of that guest.
    pub guest_digest: Digest,
    /// When it was created, RFC 3339 in UTC.
    pub created: String,
    /// When its newest command began, RFC 3339 in UTC.
    pub last_accessed: String,
    /// Events so far: commands that ended normally.
    pub event_count: u64,
    /// Checkpoints kept.
    pub checkpoint_count: u64,
    /// Bytes the session holds in all: memory when live, and what is stored.
    pub size: u64,
    /// What `size` is made of, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_detail: Option<SizeDetail>,
    /// A live instance holds its state now.
    pub live: bool,
    /// It has events newer than its newest snapshot.
    pub dirty: bool,
    /// Its own limits, where it has any.
    pub limits: LimitOverrides,
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
