//! What is stored of a session beside its state.

use serde::{Deserialize, Serialize};

use crate::name::{Digest, GuestName, SessionId, SessionName, TenantName};

/// The guest a session was created with. The digest decides; the name is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestPin {
    /// What the guest was called when the session was created.
    pub name: GuestName,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// Limits chosen for one session; what is absent follows the host's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LimitOverrides {
    /// All linear memories together, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Wall-clock time of a command, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_timeout_ms: Option<u64>,
    /// Output of a command, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_bytes: Option<u64>,
}

/// A session's metadata as stored. Written when the session is created and with each snapshot; the events after
/// `event_count` bring it up to date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord {
    /// Its identity.
    pub id: SessionId,
    /// Its owner.
    pub tenant: TenantName,
    /// Its name, unique within the tenant.
    pub name: SessionName,
    /// Its guest.
    pub guest: GuestPin,
    /// When it was created, in milliseconds since 1970.
    pub created_ms: u64,
    /// When its newest command began, in milliseconds since 1970.
    pub last_accessed_ms: u64,
    /// How many events it had when this was written.
    pub event_count: u64,
    /// How many checkpoints it has.
    pub checkpoint_count: u64,
    /// The event its newest snapshot was taken after; nothing before the first.
    pub snapshot_event: Option<u64>,
    /// Encoded size of its newest snapshot, in bytes.
    pub snapshot_bytes: u64,
    /// Size of all its linear memories when this was written, in bytes.
    pub memory_bytes: u64,
    /// Its own limits.
    pub limits: LimitOverrides,
}
