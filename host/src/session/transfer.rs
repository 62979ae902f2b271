//! Export and import: a session as one file, which another host that has the same key takes.

use std::sync::Arc;

use bytes::Bytes;

use super::creation::new_id;
use super::manager::{SessionManager, now_ms};
use super::snapshots::{internal, on_a_thread};
use super::{Begin, SessionError, SessionMetadata, detach, values};
use crate::archive::{self, Archive, ArchiveKey};
use crate::guest::Guest;
use crate::name::{SessionId, SessionName, TenantName};
use crate::snapshot;
use crate::store::{Change, Durability, JournalSize, Origin, SessionRecord, SnapshotEntry, ValueKind};

impl SessionManager {
    /// A session as a file: its state, its history, its checkpoints.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::ExportTooLarge`], [`SessionError::Store`].
    pub async fn export(self: &Arc<Self>, tenant: &TenantName, name: &SessionName) -> Result<Vec<u8>, SessionError> {
        let (manager, session) = (self.clone(), self.there(tenant, name)?);
        detach(&self.turns, Begin::There, async move {
            // Held while it is read, so that nothing is removed meanwhile.
            let _turn = manager.turn_of(&session).await?;
            let record = session.facts().record.clone();
            let exporting = manager.clone();
            on_a_thread(true, move || exporting.archive_of(record)).await?
        })
        .await
    }

    /// Makes a session of a file that [`SessionManager::export`] made, here or elsewhere.
    ///
    /// # Errors
    /// [`SessionError::ImportRefused`], [`SessionError::NameTaken`], [`SessionError::GuestMissing`],
    /// [`SessionError::TooManySessions`], [`SessionError::Store`]; then there is no such session.
    pub async fn import(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        bytes: Bytes,
    ) -> Result<SessionMetadata, SessionError> {
        self.check_open()?;
        let (manager, tenant, name) = (self.clone(), tenant.clone(), name.clone());
        detach(&self.turns, Begin::There, async move {
            on_a_thread(true, move || manager.take_in(&tenant, &name, &bytes)).await?
        })
        .await
    }

    fn archive_of(&self, record: SessionRecord) -> Result<Vec<u8>, SessionError> {
        let max = self.config.limits.transfer_bytes_max as u64;
        let too_large = |bytes| SessionError::ExportTooLarge { name: record.name.clone(), bytes, max };
        // Told before anything is read; the rest of the file is small.
        if record.stored_bytes() > max {
            return Err(too_large(record.stored_bytes()));
        }
        let snapshots = self.sound_snapshots(&record)?;
        let events = self.store.events(record.id, record.first_event.saturating_sub(1), usize::MAX)?;
        let branches = self.branches_of(&record)?;
        let values = self.store.values(record.id, ValueKind::Values)?;
        let sound = |event: u64| snapshots.iter().any(|(sound, _)| *sound == event);
        let listed = record.snapshots.iter().filter(|entry| sound(entry.event));
        let checkpoints =
            record.checkpoints.iter().filter(|checkpoint| checkpoint.event == 0 || sound(checkpoint.event));
        let exported = SessionRecord {
            snapshots: listed.map(|entry| SnapshotEntry { maker: None, ..*entry }).collect(),
            checkpoints: checkpoints.cloned().collect(),
            // Records of before it was counted say nothing.
            values_bytes: values.as_ref().map_or(0, |values| values.len() as u64),
            ..record.clone()
        };
        let exported_ms = now_ms();
        let archive = Archive { record: exported, exported_ms, events, branches, snapshots, values };
        let bytes = archive::encoded_bytes(&archive);
        if bytes > max {
            return Err(too_large(bytes));
        }
        Ok(archive::encode(&archive, &self.archive_key()?))
    }

    /// The snapshots that whoever takes the file can use. A damaged one is no use to anybody; the others may do.
    fn sound_snapshots(&self, record: &SessionRecord) -> Result<Vec<(u64, Vec<u8>)>, SessionError> {
        let mut sound = Vec::new();
        for entry in &record.snapshots {
            let bytes = self.store.snapshot(entry.key(record.id)).unwrap_or_default();
            if let Some(bytes) = bytes.filter(|bytes| snapshot::decode(bytes, u64::MAX).is_ok()) {
                sound.push((entry.event, bytes));
            }
        }
        Ok(sound)
    }

    /// All branches of a history, oldest first.
    fn branches_of(&self, record: &SessionRecord) -> Result<Vec<(u64, u64)>, SessionError> {
        let mut branches = Vec::new();
        let mut at = record.last_event;
        while record.branched
            && let Some((first, parent)) =
                self.store.branch(record.id, at)?.filter(|(first, _)| *first >= record.first_event)
        {
            branches.push((first, parent));
            at = first - 1;
        }
        branches.reverse();
        Ok(branches)
    }

    fn take_in(&self, tenant: &TenantName, name: &SessionName, bytes: &[u8]) -> Result<SessionMetadata, SessionError> {
        let refused = |error: archive::DecodeError| SessionError::ImportRefused(error.to_string());
        let archive = archive::decode(bytes, &self.archive_key()?).map_err(refused)?;
        // Kept to the end, so that nobody removes the guest meanwhile. This thread may block.
        let guests = self.guests_of(&archive.record, name)?;
        self.check_archive(&guests, &archive)?;
        let record = record_of(tenant, name, &archive);
        self.shares.of(tenant).check_storage(&*self.store)?;
        self.store_contents(record.id, &archive)?;
        let made = self.get_or_make(tenant, name, || self.store_record(&record).map(|()| record.clone()));
        let session = match made {
            Ok((session, true)) => session,
            other => {
                let id = record.id;
                let changes = [
                    Change::RemoveEventsThrough { id, number: u64::MAX },
                    Change::KeepSnapshots { id, events: &[] },
                    Change::PutValues { id, kind: ValueKind::Values, bytes: &[] },
                ];
                self.commit(&changes, Durability::Process)?;
                other?;
                return Err(SessionError::NameTaken(name.clone()));
            }
        };
        if session.durability == Durability::Power {
            self.store.sync().map_err(SessionError::Unsynced)?;
        }
        let described = self.describe(&session.facts(), None);
        Ok(described)
    }

    /// All guests that a session has had, as far as its history needs them.
    fn guests_of(&self, record: &SessionRecord, name: &SessionName) -> Result<Vec<Arc<Guest>>, SessionError> {
        let pins = record.guests.iter().chain([&record.guest]);
        pins.map(|pin| self.turns.block_on(self.pinned(pin, name))).collect()
    }

    /// What the file has of state must be whole, and that of the guest that it is said to be of.
    fn check_archive(&self, guests: &[Arc<Guest>], archive: &Archive) -> Result<(), SessionError> {
        let (max, record) = (self.config.session_memory_bytes_max(), &archive.record);
        for (event, bytes) in &archive.snapshots {
            let pin = record.guest_from(record.snapshot(*event));
            let guest = guests.iter().find(|guest| guest.digest() == pin.digest).ok_or_else(|| {
                SessionError::ImportRefused(format!(
                    "its snapshot of event {event} is of a guest that it does not list"
                ))
            })?;
            let refused =
                |reason: String| SessionError::ImportRefused(format!("its snapshot of event {event}: {reason}"));
            let snapshot = snapshot::decode(bytes, max).map_err(|error| refused(error.to_string()))?;
            if (snapshot.guest, snapshot.base, snapshot.event) != (guest.digest(), guest.code.base.digest, *event) {
                return Err(refused("it belongs to another guest, base image or event".to_owned()));
            }
        }
        let values = archive.values.as_deref().map_or(Ok(()), values::check);
        values.map_err(|wrong| SessionError::ImportRefused(format!("what it keeps beside its history: {wrong}")))
    }

    /// Stores what the record will name, under an id that nobody knows yet: it may be much, and so is stored outside of any
    /// lock.
    fn store_contents(&self, id: SessionId, archive: &Archive) -> Result<(), SessionError> {
        let events = archive.events.iter().map(|(number, bytes)| Change::AppendEvent { id, number: *number, bytes });
        let branches = archive.branches.iter();
        let branches = branches.map(|(first, parent)| Change::PutBranch { id, first: *first, parent: *parent });
        let snapshots = archive.snapshots.iter().map(|(event, bytes)| Change::PutSnapshot { id, event: *event, bytes });
        let values = archive.values.iter().map(|bytes| Change::PutValues { id, kind: ValueKind::Values, bytes });
        let changes = events.chain(branches).chain(snapshots).chain(values);
        self.commit(&changes.collect::<Vec<_>>(), Durability::Process)?;
        Ok(())
    }

    fn store_record(&self, record: &SessionRecord) -> Result<(), SessionError> {
        let share = self.shares.of(&record.tenant);
        let usage = share.change_storage(&*self.store, 0, record.stored_bytes())?;
        let put_usage = Change::PutUsage { tenant: &record.tenant, bytes: usage.total };
        self.commit(&[Change::PutSession(record), put_usage], Durability::Process)?;
        usage.keep();
        Ok(())
    }

    /// The key that exported files are made and checked with: the configured one, or the data directory's own.
    fn archive_key(&self) -> Result<ArchiveKey, SessionError> {
        let configured = self.config.archive_key.as_ref();
        configured.map_or_else(
            || ArchiveKey::of_directory(&self.config.data).map_err(internal),
            |secret| Ok(ArchiveKey::from_bytes(*secret.reveal())),
        )
    }
}

/// The record of the session that a file makes.
fn record_of(tenant: &TenantName, name: &SessionName, archive: &Archive) -> SessionRecord {
    let from = &archive.record;
    let mut journal = JournalSize::default();
    for (_, bytes) in &archive.events {
        journal += JournalSize { events: 1, bytes: bytes.len() as u64 };
    }
    let now = now_ms();
    let mut record = SessionRecord {
        id: new_id(),
        tenant: tenant.clone(),
        name: name.clone(),
        created_ms: now,
        last_accessed_ms: now,
        // A key is a promise of the host that gave it.
        keyed: false,
        journal,
        origin: Some(Origin { id: from.id, name: from.name.clone(), event: from.event }),
        ..from.clone()
    };
    record.counted_bytes = record.stored_bytes();
    record
}
