//! The first format of a record: a session had one snapshot at most, and no history before it.

use serde::Deserialize;

use crate::name::{SessionId, SessionName, TenantName};
use crate::store::{GuestPin, JournalSize, LimitOverrides, ReplayCost, SessionRecord, SnapshotEntry};

/// A record as the first version wrote it. Its count of checkpoints was always 0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionV1 {
    id: SessionId,
    tenant: TenantName,
    name: SessionName,
    guest: GuestPin,
    created_ms: u64,
    last_accessed_ms: u64,
    event_count: u64,
    snapshot_event: Option<u64>,
    snapshot_bytes: u64,
    memory_bytes: u64,
    limits: LimitOverrides,
}

impl From<SessionV1> for SessionRecord {
    fn from(old: SessionV1) -> Self {
        let snapshot = old.snapshot_event.map(|event| SnapshotEntry {
            event,
            bytes: old.snapshot_bytes,
            memory_bytes: old.memory_bytes,
            after: 0,
            cost: ReplayCost::default(),
            replayable: false,
            maker: None,
            guest: None,
        });
        Self {
            id: old.id,
            tenant: old.tenant,
            name: old.name,
            guest: old.guest,
            guests: Vec::new(),
            created_ms: old.created_ms,
            last_accessed_ms: old.last_accessed_ms,
            event: old.event_count,
            last_event: old.event_count,
            // The events that its snapshot covers were removed with it.
            first_event: old.snapshot_event.map_or(1, |event| event.saturating_add(1)),
            journal: JournalSize::default(),
            tip: old.event_count,
            branched: false,
            keyed: false,
            snapshots: snapshot.into_iter().collect(),
            checkpoints: Vec::new(),
            values_bytes: 0,
            counted_bytes: 0,
            origin: None,
            memory_bytes: old.memory_bytes,
            limits: old.limits,
            durability: None,
            functions: None,
        }
    }
}
