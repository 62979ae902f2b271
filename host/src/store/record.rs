//! What is stored of a session beside its state.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Durability;
use crate::name::{CheckpointName, Digest, Grants, GuestName, SessionId, SessionName, TenantName};

/// A guest of a session. The digest decides; the name is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestPin {
    /// What the guest was called when the session got it.
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

/// Where a session's history comes from, when it did not begin with the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The session it was forked from, or that was exported.
    pub id: SessionId,
    /// What that was called then.
    pub name: SessionName,
    /// The event it stood at.
    pub event: u64,
}

/// A snapshot's identity: the state after an event never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotKey {
    /// The session that made it.
    pub maker: SessionId,
    /// The event it was taken after; 0 before the first.
    pub event: u64,
}

/// Events in a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalSize {
    /// How many.
    pub events: u64,
    /// Their encoded size.
    pub bytes: u64,
}

/// What replaying some events takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayCost {
    /// How many.
    pub events: u64,
    /// Time that they took in the guest, in microseconds: about what a replay takes.
    pub wall_us: u64,
    /// Their encoded size.
    pub bytes: u64,
}

/// A snapshot that a session holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotEntry {
    /// The event it was taken after.
    pub event: u64,
    /// Its encoded size.
    pub bytes: u64,
    /// Size of the session's memories in it.
    pub memory_bytes: u64,
    /// The event of the snapshot before it on the way to it; 0 for the base image.
    pub after: u64,
    /// The events between the two.
    pub cost: ReplayCost,
    /// Replaying these gives its state. Otherwise it is the only way to it.
    pub replayable: bool,
    /// The session that made it, when that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<SessionId>,
    /// The guest whose state it is, when that is another than the session began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Digest>,
}

/// A snapshot that the user named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    /// Its name, unique within the session.
    pub name: CheckpointName,
    /// The event whose state it keeps.
    pub event: u64,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
}

/// A session's metadata as stored. Written when the session is created, with each snapshot and checkpoint, and whenever it
/// goes to another event; the events after `last_event` bring it up to date, each of which was its present one in turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord {
    /// Its identity.
    pub id: SessionId,
    /// Its owner.
    pub tenant: TenantName,
    /// Its name, unique within the tenant.
    pub name: SessionName,
    /// Its guest at the event that it stands at.
    pub guest: GuestPin,
    /// The guests that its history has states of, the one that it began with first; empty while that is the only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guests: Vec<GuestPin>,
    /// When it was created, in milliseconds since 1970.
    pub created_ms: u64,
    /// When its newest command began, in milliseconds since 1970.
    pub last_accessed_ms: u64,
    /// The event that it stands at; 0 before the first.
    pub event: u64,
    /// The newest event, whether or not it was undone: the next has the number after it.
    pub last_event: u64,
    /// The oldest event that its history has.
    pub first_event: u64,
    /// The events that its history has, whether or not they are undone.
    pub journal: JournalSize,
    /// Where `redo` leads: `event`, or an event that came after it.
    pub tip: u64,
    /// Some event follows another than the one before it.
    pub branched: bool,
    /// Some event records a command with a key.
    pub keyed: bool,
    /// Its snapshots, in the order of their events.
    pub snapshots: Vec<SnapshotEntry>,
    /// Its checkpoints, in the order of their names; each has its snapshot.
    pub checkpoints: Vec<Checkpoint>,
    /// What it keeps beside its history takes so many bytes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub values_bytes: u64,
    /// Bytes that its tenant's usage counts for it: [`Self::stored_bytes`] when it was counted last.
    pub counted_bytes: u64,
    /// Where its history comes from, when it did not begin with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Size of all its linear memories when this was written, in bytes.
    pub memory_bytes: u64,
    /// Its own limits.
    pub limits: LimitOverrides,
    /// When its commands count as recorded; as its tenant's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durability: Option<Durability>,
    /// The functions that it may call; all of its tenant's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub functions: Option<Grants>,
}

impl SessionRecord {
    /// Its snapshot of the state after `event`.
    #[must_use]
    pub fn snapshot(&self, event: u64) -> Option<&SnapshotEntry> {
        let found = self.snapshots.binary_search_by_key(&event, |entry| entry.event).ok()?;
        self.snapshots.get(found)
    }

    /// The guest that it began with, whose base image is the state before its first event.
    #[must_use]
    pub fn first_guest(&self) -> &GuestPin {
        self.guests.first().unwrap_or(&self.guest)
    }

    /// The guest of the states that are had from the snapshot `base`, or from the base image.
    #[must_use]
    pub fn guest_from(&self, base: Option<&SnapshotEntry>) -> GuestPin {
        let Some(digest) = base.and_then(|base| base.guest) else { return self.first_guest().clone() };
        let known = self.guests.iter().find(|pin| pin.digest == digest);
        known.cloned().unwrap_or_else(|| GuestPin { name: self.guest.name.clone(), digest })
    }

    /// The guests that its present and its history need.
    #[must_use]
    pub fn needed_guests(&self) -> BTreeSet<Digest> {
        self.guests.iter().chain([&self.guest]).map(|pin| pin.digest).collect()
    }

    /// Makes `guest` the session's from here on.
    pub fn change_guest(&mut self, guest: GuestPin) {
        if self.guests.is_empty() {
            self.guests.push(self.guest.clone());
        }
        if self.guests.iter().all(|pin| pin.digest != guest.digest) {
            self.guests.push(guest.clone());
        }
        self.guest = guest;
    }

    /// Forgets the guests that neither the present nor a snapshot is of; the first is that of the beginning.
    pub fn forget_guests(&mut self) {
        let Self { guests, guest, snapshots, .. } = self;
        let Some(first) = guests.first().map(|pin| pin.digest) else { return };
        let used = |digest| digest == guest.digest || snapshots.iter().any(|entry| entry.guest == Some(digest));
        guests.retain(|pin| pin.digest == first || used(pin.digest));
        if guests.len() == 1 {
            guests.clear();
        }
    }

    /// The number of its next event, whatever that follows.
    #[must_use]
    pub fn next_event(&self) -> u64 {
        self.last_event.saturating_add(1)
    }

    /// Bytes stored for it: its events, its snapshots, and what it keeps beside them. A snapshot that it shares counts whole.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        let beside = self.journal.bytes.saturating_add(self.values_bytes);
        self.snapshots.iter().map(|entry| entry.bytes).fold(beside, u64::saturating_add)
    }

    /// The snapshots that it holds of other sessions.
    #[must_use]
    pub fn foreign_snapshots(&self) -> Vec<SnapshotKey> {
        self.snapshots.iter().filter(|entry| entry.maker.is_some()).map(|entry| entry.key(self.id)).collect()
    }

    /// It has a snapshot of the state after `event`.
    #[must_use]
    pub fn has_snapshot(&self, event: u64) -> bool {
        self.snapshot(event).is_some()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}

impl SnapshotEntry {
    /// Its key, for a session that holds it.
    #[must_use]
    pub fn key(&self, holder: SessionId) -> SnapshotKey {
        SnapshotKey { maker: self.maker.unwrap_or(holder), event: self.event }
    }
}

impl std::ops::AddAssign for ReplayCost {
    fn add_assign(&mut self, other: Self) {
        self.events = self.events.saturating_add(other.events);
        self.wall_us = self.wall_us.saturating_add(other.wall_us);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

impl std::ops::SubAssign for ReplayCost {
    fn sub_assign(&mut self, other: Self) {
        self.events = self.events.saturating_sub(other.events);
        self.wall_us = self.wall_us.saturating_sub(other.wall_us);
        self.bytes = self.bytes.saturating_sub(other.bytes);
    }
}

impl std::ops::AddAssign for JournalSize {
    fn add_assign(&mut self, other: Self) {
        self.events = self.events.saturating_add(other.events);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

impl std::ops::SubAssign for JournalSize {
    fn sub_assign(&mut self, other: Self) {
        self.events = self.events.saturating_sub(other.events);
        self.bytes = self.bytes.saturating_sub(other.bytes);
    }
}
