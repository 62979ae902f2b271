//! Going through a session's history: checkpoints, jumps, undo and redo.
//!
//! A jump changes where the session stands, in its record, and nothing else; the next command brings the state there. So
//! it costs the same whatever the state's size, and what is left behind stays in the history.

use std::sync::Arc;
use std::time::Duration;

use super::entry::{Session, Tail};
use super::manager::{SessionManager, now_ms};
use super::way::{Reached, back, distance, forth, leads_to, way_to};
use super::{Begin, CheckpointInfo, JumpReport, SessionError, Target, detach, timestamp};
use crate::journal::Event;
use crate::name::{CheckpointName, SessionName, TenantName};
use crate::store::{Checkpoint, SessionRecord, Store, StoreError};

// === impl SessionManager: checkpoints ===

impl SessionManager {
    /// A session's checkpoints, by name.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Store`].
    pub async fn checkpoints(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
    ) -> Result<Vec<CheckpointInfo>, SessionError> {
        let record = self.facts_of(tenant, name)?.record;
        Ok(record.checkpoints.iter().map(|checkpoint| info(&record, checkpoint)).collect())
    }

    /// Keeps the present state of a session under a name, until the checkpoint is deleted. True when it was made now;
    /// one of that name that keeps the present state already is found.
    ///
    /// # Errors
    /// [`SessionError::CheckpointTaken`], [`SessionError::TooManyCheckpoints`], and what a save may fail with.
    pub async fn checkpoint(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        checkpoint: &CheckpointName,
    ) -> Result<(CheckpointInfo, bool), SessionError> {
        let checkpoint = checkpoint.clone();
        let (manager, session) = (self.clone(), self.there(tenant, name)?);
        detach(&self.turns, Begin::There, async move {
            let _turn = manager.turn_of(&session).await?;
            manager.keep(&session, checkpoint).await
        })
        .await
    }

    /// Deletes a checkpoint. The events that it kept stay as long as the history's bounds let them.
    ///
    /// # Errors
    /// [`SessionError::CheckpointNotFound`]; [`SessionError::Store`].
    pub async fn delete_checkpoint(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        checkpoint: &CheckpointName,
    ) -> Result<(), SessionError> {
        let checkpoint = checkpoint.clone();
        let (manager, session) = (self.clone(), self.there(tenant, name)?);
        detach(&self.turns, Begin::There, async move {
            let _turn = manager.turn_of(&session).await?;
            let mut record = session.facts().record.clone();
            let at = find(&record, &checkpoint)?;
            record.checkpoints.remove(at);
            manager.write_record(&session, record, None).await
        })
        .await
    }

    async fn keep(
        self: &Arc<Self>,
        session: &Arc<Session>,
        checkpoint: CheckpointName,
    ) -> Result<(CheckpointInfo, bool), SessionError> {
        let record = session.facts().record.clone();
        if let Ok(at) = find(&record, &checkpoint) {
            let found = &record.checkpoints[at];
            let event = found.event;
            return if event == record.event {
                Ok((info(&record, found), false))
            } else {
                Err(SessionError::CheckpointTaken { checkpoint, event })
            };
        }
        session.share.check_storage(&*self.store)?;
        self.check_checkpoints(session, &record)?;
        let with_it = |record: &SessionRecord| {
            let mut record = record.clone();
            add_checkpoint(&mut record, checkpoint.clone());
            record
        };
        if session.facts().dirty() {
            let mut pooled = self.lease(session, &Arc::default()).await?;
            // A lease that replayed much has saved already; then this is a second time for the same bytes.
            let record = with_it(&session.facts().record);
            let saved = self.write_snapshot(session, &mut pooled, record, None).await;
            if matches!(saved, Err(SessionError::Internal(_))) {
                self.drop_instance(session, pooled);
            } else {
                self.put_back(session, pooled, Duration::ZERO).await;
            }
            saved?;
        } else {
            self.write_record(session, with_it(&record), None).await?;
        }
        let record = session.facts().record.clone();
        let at = find(&record, &checkpoint)?;
        Ok((info(&record, &record.checkpoints[at]), true))
    }

    pub(super) fn check_checkpoints(&self, session: &Session, record: &SessionRecord) -> Result<(), SessionError> {
        let too_many =
            |what, setting, max| SessionError::TooManyCheckpoints { name: record.name.clone(), what, setting, max };
        let (count, max) = (record.checkpoints.len(), self.config.limits.checkpoints_max);
        if count >= max {
            return Err(too_many(format!("{count} checkpoints already"), "checkpoints_max", max as u64));
        }
        let kept =
            record.snapshots.iter().filter(|entry| record.checkpoints.iter().any(|other| other.event == entry.event));
        let (bytes, max) = (kept.map(|entry| entry.bytes).sum::<u64>(), session.share.limits.history_bytes_max);
        if bytes >= max {
            return Err(too_many(format!("checkpoints of {bytes} bytes already"), "history_bytes_max", max));
        }
        Ok(())
    }
}

pub(super) fn find(record: &SessionRecord, name: &CheckpointName) -> Result<usize, SessionError> {
    record
        .checkpoints
        .binary_search_by(|other| other.name.cmp(name))
        .map_err(|_| SessionError::CheckpointNotFound { session: record.name.clone(), checkpoint: name.clone() })
}

/// Makes a checkpoint of the present event, which has a snapshot then.
pub(super) fn add_checkpoint(record: &mut SessionRecord, name: CheckpointName) {
    let at = record.checkpoints.partition_point(|other| other.name < name);
    record.checkpoints.insert(at, Checkpoint { name, event: record.event, created_ms: now_ms() });
}

fn info(record: &SessionRecord, checkpoint: &Checkpoint) -> CheckpointInfo {
    CheckpointInfo {
        name: checkpoint.name.clone(),
        event: checkpoint.event,
        created: timestamp(checkpoint.created_ms),
        bytes: record.snapshot(checkpoint.event).map_or(0, |entry| entry.bytes),
    }
}

// === impl SessionManager: jumps ===

impl SessionManager {
    /// Takes a session to the state after another event of its history, or to a checkpoint. What is left behind stays in
    /// the history.
    ///
    /// # Errors
    /// [`SessionError::NoSuchEvent`], [`SessionError::CheckpointNotFound`], [`SessionError::Unreachable`]; the session
    /// stays where it is.
    pub async fn jump(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        target: Target,
    ) -> Result<JumpReport, SessionError> {
        self.go(tenant, name, move |_, record| resolve(record, &target)).await
    }

    /// Takes a session `count` events back on the way that led to its present state.
    ///
    /// # Errors
    /// [`SessionError::NothingThere`] when there are fewer; [`SessionError::Unreachable`].
    pub async fn undo(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        count: u64,
    ) -> Result<JumpReport, SessionError> {
        self.walk(tenant, name, "undo", count, back).await
    }

    /// Takes a session `count` events forward to where it came back from.
    ///
    /// # Errors
    /// [`SessionError::NothingThere`] when there are fewer; [`SessionError::Unreachable`].
    pub async fn redo(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        count: u64,
    ) -> Result<JumpReport, SessionError> {
        self.walk(tenant, name, "redo", count, forth).await
    }

    /// Goes as many events along a way as `find` counts.
    async fn walk(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        what: &'static str,
        count: u64,
        find: fn(&dyn Store, &SessionRecord, u64, u64) -> Result<Reached, StoreError>,
    ) -> Result<JumpReport, SessionError> {
        self.go(tenant, name, move |manager, record| {
            let found = find(manager.store.as_ref(), record, record.event, count)?;
            found.map_err(|possible| SessionError::NothingThere {
                name: record.name.clone(),
                what,
                asked: count,
                possible,
            })
        })
        .await
    }

    async fn go(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        choose: impl FnOnce(&Self, &SessionRecord) -> Result<u64, SessionError> + Send + 'static,
    ) -> Result<JumpReport, SessionError> {
        let (manager, session) = (self.clone(), self.there(tenant, name)?);
        detach(&self.turns, Begin::There, async move {
            let _turn = manager.turn_of(&session).await?;
            let record = session.facts().record.clone();
            let event = choose(&manager, &record)?;
            manager.go_to(&session, record, event).await
        })
        .await
    }

    async fn go_to(
        self: &Arc<Self>,
        session: &Arc<Session>,
        record: SessionRecord,
        event: u64,
    ) -> Result<JumpReport, SessionError> {
        let store = self.store.as_ref();
        let memory_bytes = self.memory_at(&record, event)?;
        let way = way_to(store, &record, event, &[])?;
        let guest = record.guest_from(way.base.as_ref());
        let (from, mut after) = (record.event, SessionRecord { event, memory_bytes, guest, ..record });
        if !leads_to(store, &after, event, after.tip)? {
            after.tip = event;
        }
        // The next event may follow another than the one before it.
        after.branched |= event != after.last_event;
        let redoable = distance(store, &after, event, after.tip)?;
        if event != from {
            let written = self.write_record(session, after, None).await;
            // Written and not synced is written: the live instance is that of another event then.
            if matches!(written, Ok(()) | Err(SessionError::Unsynced(_))) {
                self.leave(session);
            }
            written?;
            self.relieve(session);
        }
        Ok(JumpReport { event, from, redoable, replay_events: way.events() })
    }

    /// The session stands elsewhere now than its instance does.
    fn leave(&self, session: &Session) {
        {
            let mut facts = session.facts();
            facts.jumps += 1;
            facts.tail = Tail::default();
        }
        if let Some(pooled) = self.pool.take(session.id) {
            self.drop_instance(session, pooled);
        }
    }

    /// Size of the session's memories after `event`, as far as its record tells.
    ///
    /// # Errors
    /// [`SessionError::NoSuchEvent`] when there is neither such an event nor its snapshot.
    pub(super) fn memory_at(&self, record: &SessionRecord, event: u64) -> Result<u64, SessionError> {
        if event == 0 {
            return Ok(0);
        }
        if let Some(entry) = record.snapshot(event) {
            return Ok(entry.memory_bytes);
        }
        let bytes = self.store.event(record.id, event)?.ok_or_else(|| no_such_event(record, event))?;
        // Whoever restores it is told of what is damaged.
        Ok(Event::decode(&bytes).map_or(record.memory_bytes, |event| event.usage.memory_after))
    }
}

/// The event that `target` means.
pub(super) fn resolve(record: &SessionRecord, target: &Target) -> Result<u64, SessionError> {
    match target {
        Target::Checkpoint(name) => find(record, name).map(|at| record.checkpoints[at].event),
        // Before the first event is always there to go to, and so is a checkpoint older than the history.
        Target::Event(event) if *event == 0 || record.has_snapshot(*event) => Ok(*event),
        Target::Event(event) if (record.first_event..=record.last_event).contains(event) => Ok(*event),
        Target::Event(event) => Err(no_such_event(record, *event)),
    }
}

pub(super) fn no_such_event(record: &SessionRecord, event: u64) -> SessionError {
    let (name, first, last) = (record.name.clone(), record.first_event, record.last_event);
    SessionError::NoSuchEvent { name, event, first, last }
}
