//! Forks: new sessions that begin where another stands, or stood.
//!
//! ```text
//! alice   1 ─ 2 ─ 3 ─▣─ 4 ─ 5 ─ 6 ─ 7      the snapshot after 3 is held by both; nobody copies it
//!                    ╎
//! bob               ▣─ 4 ─ 5 ─ 8 …         events since then are copied, for they are few; bob goes on from there
//! ```
//!
//! So a fork costs what the events after the snapshot take, which the snapshot policy bounds, and never more for a larger
//! state. Some events before the snapshot come along, with theirs, so that a fork can be undone into. Neither session can
//! do anything to the other afterwards.

use std::sync::Arc;

use super::creation::new_id;
use super::entry::{Acting, Session};
use super::manager::{SessionManager, now_ms};
use super::rewind::resolve;
use super::snapshots::on_a_thread;
use super::way::{Runs, way_to};
use super::{Begin, ForkOptions, SessionError, SessionMetadata, detach};
use crate::name::{SessionId, SessionName, TenantName};
use crate::store::{
    Change, Durability, GuestPin, JournalSize, Origin, ReplayCost, SessionRecord, SnapshotEntry, SnapshotKey, ValueKind,
};

/// Events before the snapshot that a fork brings along, and the bytes of those of all forks made at once: what somebody may
/// want to undo, copied in a millisecond.
const HISTORY_EVENTS_MAX: u64 = 1_000;
const HISTORY_BYTES_MAX: u64 = 256 << 10;

/// The part of a history that forks of it share or copy.
struct Part {
    event: u64,
    guest: GuestPin,
    first_event: u64,
    /// Oldest first.
    snapshots: Vec<(SnapshotEntry, SnapshotKey)>,
    events: Vec<(u64, Vec<u8>)>,
    branches: Vec<(u64, u64)>,
    journal: JournalSize,
    memory_bytes: u64,
}

impl SessionManager {
    /// Makes new sessions from where a session stands, or from a place in its history: all of them, or none.
    ///
    /// # Errors
    /// [`SessionError::NameTaken`], [`SessionError::NameTwice`], [`SessionError::TooManySessions`]; as a jump for the place.
    pub async fn fork(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        options: ForkOptions,
    ) -> Result<Vec<SessionMetadata>, SessionError> {
        let (manager, session) = (self.clone(), self.there(tenant, name)?);
        detach(&self.turns, Begin::There, async move {
            manager.check_names(&session.tenant, &options.names)?;
            let turn = manager.turn_of(&session).await?;
            let record = session.facts().record.clone();
            let event = options.from.map_or(Ok(record.event), |from| resolve(&record, &from))?;
            let (forking, forked) = (manager.clone(), session.clone());
            let work = move || {
                let part = forking.part(&record, event, options.names.len() as u64)?;
                forking.make_forks(&forked, &record, &part, &options.names)
            };
            let made = on_a_thread(true, work).await;
            drop(turn);
            made?
        })
        .await
    }

    /// Tells about names early; whoever takes one meanwhile is met later.
    fn check_names(&self, tenant: &TenantName, names: &[SessionName]) -> Result<(), SessionError> {
        let mut seen = std::collections::BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                return Err(SessionError::NameTwice(name.clone()));
            }
            if self.store.session(tenant, name)?.is_some() {
                return Err(SessionError::NameTaken(name.clone()));
            }
        }
        Ok(())
    }

    /// What so many forks at `event` need, and some history before it.
    fn part(&self, record: &SessionRecord, event: u64, forks: u64) -> Result<Part, SessionError> {
        let store = self.store.as_ref();
        let memory_bytes = self.memory_at(record, event)?;
        let way = way_to(store, record, event, &[])?;
        let mut snapshots: Vec<SnapshotEntry> = way.base.into_iter().collect();
        let (mut events, mut bytes) = (0, 0);
        let mut start = way.base_event();
        while let Some(oldest) = snapshots.first().copied() {
            events += oldest.cost.events;
            bytes += oldest.cost.bytes;
            let before = record.snapshot(oldest.after).copied();
            let begins = oldest.after == 0 && record.first_event == 1;
            let there = oldest.cost.events > 0 && (begins || before.is_some());
            let copied = bytes.saturating_mul(forks);
            if !there || events > HISTORY_EVENTS_MAX || copied > HISTORY_BYTES_MAX {
                break;
            }
            start = oldest.after;
            let Some(before) = before else { break };
            snapshots.insert(0, before);
        }
        if let Some(oldest) = snapshots.first_mut().filter(|oldest| oldest.event == start) {
            // What led to it does not come along, so that nothing there can replace it.
            oldest.cost = ReplayCost::default();
            oldest.replayable = false;
        }
        let mut part = Part {
            event,
            guest: record.guest_from(way.base.as_ref()),
            first_event: start + 1,
            snapshots: snapshots.into_iter().map(|entry| (entry, entry.key(record.id))).collect(),
            events: Vec::new(),
            branches: Vec::new(),
            journal: JournalSize::default(),
            memory_bytes,
        };
        self.copy_events(record, start, &mut part)?;
        Ok(part)
    }

    /// Reads the events on the way from after `start` to the part's event.
    fn copy_events(&self, record: &SessionRecord, start: u64, part: &mut Part) -> Result<(), SessionError> {
        let mut runs = Vec::new();
        if part.event > start {
            for run in Runs::to(self.store.as_ref(), record, part.event) {
                let run = run?;
                let first = run.first.max(start + 1);
                runs.push((first, run.last));
                if first == run.first && run.parent + 1 != run.first {
                    part.branches.push((run.first, run.parent));
                }
                if run.first <= start + 1 || run.parent <= start {
                    break;
                }
            }
        }
        for (first, last) in runs.into_iter().rev() {
            let count = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
            part.events.extend(self.store.events(record.id, first - 1, count)?);
        }
        for (_, bytes) in &part.events {
            part.journal += JournalSize { events: 1, bytes: bytes.len() as u64 };
        }
        Ok(())
    }

    /// Makes the forks. When one can't be made, those that were made are removed again.
    fn make_forks(
        &self,
        session: &Session,
        record: &SessionRecord,
        part: &Part,
        names: &[SessionName],
    ) -> Result<Vec<SessionMetadata>, SessionError> {
        let mut made = Vec::new();
        for name in names {
            let fork = self.get_or_make(&session.tenant, name, || self.store_fork(record, part, name));
            match fork {
                Ok((fork, true)) => {
                    let record = fork.facts().record.clone();
                    made.push((fork, record));
                }
                Ok((_, false)) => return self.unmake(&made, SessionError::NameTaken(name.clone())),
                Err(error) => return self.unmake(&made, error),
            }
        }
        if session.durability == Durability::Power {
            // One sync for all of them.
            self.store.sync().map_err(SessionError::Unsynced)?;
        }
        Ok(made.iter().map(|(fork, _)| self.describe(&fork.facts(), None)).collect())
    }

    fn unmake<T>(&self, made: &[(Acting, SessionRecord)], error: SessionError) -> Result<T, SessionError> {
        for (fork, record) in made {
            // Whoever has used it by now may keep it.
            if let Some(_turn) = fork.try_turn()
                && fork.facts().record == *record
                && let Err(error) = self.remove(fork)
            {
                tracing::error!(session = %fork.name, error = &error as &dyn std::error::Error, "can't remove a fork");
            }
        }
        Err(error)
    }

    fn store_fork(
        &self,
        record: &SessionRecord,
        part: &Part,
        name: &SessionName,
    ) -> Result<SessionRecord, SessionError> {
        let id = new_id();
        let fork = fork_of(record, part, id, name);
        let mut changes = vec![Change::PutSession(&fork)];
        changes.extend(part.events.iter().map(|(number, bytes)| Change::AppendEvent { id, number: *number, bytes }));
        changes.extend(part.branches.iter().map(|(first, parent)| Change::PutBranch {
            id,
            first: *first,
            parent: *parent,
        }));
        let share =
            |(_, key): &(SnapshotEntry, SnapshotKey)| Change::ShareSnapshot { key: *key, holder: record.id, with: id };
        changes.extend(part.snapshots.iter().map(share));
        let values = self.store.values(record.id, ValueKind::Values)?;
        changes.extend(values.as_deref().map(|bytes| Change::PutValues { id, kind: ValueKind::Values, bytes }));
        let tenant = self.shares.of(&fork.tenant);
        let usage = tenant.change_storage(&*self.store, 0, fork.stored_bytes())?;
        changes.push(Change::PutUsage { tenant: &fork.tenant, bytes: usage.total });
        self.commit(&changes, Durability::Process)?;
        usage.keep();
        Ok(fork)
    }
}

fn fork_of(record: &SessionRecord, part: &Part, id: SessionId, name: &SessionName) -> SessionRecord {
    let event = part.event;
    let now = now_ms();
    let mut fork = SessionRecord {
        id,
        name: name.clone(),
        guest: part.guest.clone(),
        created_ms: now,
        last_accessed_ms: now,
        event,
        last_event: event,
        first_event: part.first_event,
        journal: part.journal,
        tip: event,
        branched: !part.branches.is_empty(),
        keyed: false,
        snapshots: part
            .snapshots
            .iter()
            .map(|(entry, key)| SnapshotEntry { maker: (key.maker != id).then_some(key.maker), ..*entry })
            .collect(),
        checkpoints: Vec::new(),
        origin: Some(Origin { id: record.id, name: record.name.clone(), event }),
        memory_bytes: part.memory_bytes,
        ..record.clone()
    };
    fork.counted_bytes = fork.stored_bytes();
    fork
}
