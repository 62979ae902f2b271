//! Leases: the session's live instance, or a new one brought into its state.
//!
//! ```text
//! base image ─▶ fresh instance ─ newest snapshot applied ─ events after it replayed, each outcome compared ─▶ live
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::SessionError;
use super::entry::{Session, Tail};
use super::manager::SessionManager;
use super::turn::digest;
use crate::guest::Guest;
use crate::instance::{
    GuestCode, InstanceError, InstanceLimits, SessionInstance, Source, TURN_HOST_BYTES, TurnFailure,
};
use crate::journal::Event;
use crate::pool::PooledInstance;
use crate::snapshot::{self, Snapshot};

/// Events read from the store at once.
const EVENTS_AT_ONCE: usize = 256;

/// The budget ran out while a session was brought back: nothing is lost, and later there may be room.
const NO_ROOM_NOW: SessionError = SessionError::NoRoom { waited: Duration::ZERO };

/// Time that one event may take when it is replayed: it ended within its limit once, but the machine may be busier now.
const REPLAY_TIMEOUT: Duration = Duration::from_secs(120);

impl SessionManager {
    /// The session's instance, live and with its turn's memory reserved.
    pub(super) async fn lease(self: &Arc<Self>, session: &Arc<Session>) -> Result<PooledInstance, SessionError> {
        let id = session.facts().record.id;
        if let Some(mut pooled) = self.pool.take(id) {
            self.metrics.pool_hit();
            if pooled.instance.reserve_for_turn() {
                return Ok(pooled);
            }
            return self.reserve_with_room(session, pooled).await;
        }
        self.metrics.pool_miss();
        let began = Instant::now();
        match self.restore(session).await {
            Ok(pooled) => {
                self.metrics.restored(began.elapsed());
                Ok(pooled)
            }
            Err(error) => {
                if matches!(error, SessionError::Unrestorable { .. } | SessionError::Store(_)) {
                    self.metrics.restore_failed();
                }
                Err(error)
            }
        }
    }

    /// Makes room until the live instance has the memory that its turn may touch.
    async fn reserve_with_room(
        self: &Arc<Self>,
        session: &Arc<Session>,
        mut pooled: PooledInstance,
    ) -> Result<PooledInstance, SessionError> {
        let wanted = pooled.instance.memory_bytes();
        let room = self.make_room(session, wanted, || pooled.instance.reserve_for_turn().then_some(())).await;
        if let Err(error) = room {
            self.put_back(session, pooled, Duration::ZERO).await;
            return Err(error);
        }
        Ok(pooled)
    }

    async fn restore(self: &Arc<Self>, session: &Arc<Session>) -> Result<PooledInstance, SessionError> {
        let guest = self.guest_of(session)?;
        let snapshot = self.read_snapshot(session)?;
        let size = |snapshot: &Snapshot| snapshot.memories.iter().map(|memory| memory.bytes).sum();
        let memory_bytes = snapshot.as_ref().map_or(guest.code.base.bytes() as u64, size);
        let bytes = memory_bytes + TURN_HOST_BYTES;
        let admit = || {
            let share = session.share.try_live()?;
            self.pool.try_admit(bytes).map(|(place, reservation)| (place, reservation, share))
        };
        let (place, reservation, share) = self.make_room(session, bytes, admit).await?;
        let limits = self.limits(session);
        let instance =
            guest.code.instantiate(restoring(limits, memory_bytes), Some(reservation.with_room(self.room()))).await;
        let instance = instance.map_err(|error| cant_begin(session, error))?;
        let mut pooled = PooledInstance::new(instance, place, share);
        match self.bring_to_now(session, &guest.code, snapshot, &mut pooled.instance).await {
            Ok(tail) => {
                pooled.instance.limit(limits);
                let mut facts = session.facts();
                facts.tail = tail;
                facts.live = Some(pooled.instance.footprint());
                drop(facts);
                Ok(pooled)
            }
            Err(error) => {
                pooled.discard();
                Err(error)
            }
        }
    }

    fn guest_of(&self, session: &Session) -> Result<Arc<Guest>, SessionError> {
        let pin = session.facts().record.guest.clone();
        self.guests.with_digest(pin.digest).ok_or_else(|| SessionError::GuestMissing {
            session: session.name.clone(),
            guest: format!("{} {}", pin.name, pin.digest),
        })
    }

    fn read_snapshot(&self, session: &Session) -> Result<Option<Snapshot>, SessionError> {
        let (id, event) = {
            let record = &session.facts().record;
            (record.id, record.snapshot_event)
        };
        let Some(event) = event else { return Ok(None) };
        let (_, bytes) = self
            .store
            .snapshot(id, event)?
            .filter(|(found, _)| *found == event)
            .ok_or_else(|| unrestorable(session, format!("its snapshot of event {event} is missing")))?;
        let decoded = snapshot::decode(&bytes, SNAPSHOT_BYTES_MAX);
        decoded.map(Some).map_err(|error| unrestorable(session, format!("its snapshot of event {event}: {error}")))
    }

    /// Applies the snapshot and replays what came after it.
    async fn bring_to_now(
        &self,
        session: &Session,
        code: &GuestCode,
        snapshot: Option<Snapshot>,
        instance: &mut SessionInstance,
    ) -> Result<Tail, SessionError> {
        let from = snapshot.as_ref().map_or(0, |snapshot| snapshot.event);
        if let Some(snapshot) = snapshot {
            let applied = instance.apply(&snapshot).await;
            applied.map_err(|error| match error {
                InstanceError::Stopped(TurnFailure::HostMemoryExceeded) => NO_ROOM_NOW,
                error => unrestorable(session, format!("its snapshot does not fit guest {}: {error}", code.digest)),
            })?;
        }
        self.replay(session, from, instance).await
    }

    /// Takes the events after `from` through the instance again.
    async fn replay(&self, session: &Session, from: u64, instance: &mut SessionInstance) -> Result<Tail, SessionError> {
        let (id, last) = {
            let record = &session.facts().record;
            (record.id, record.event_count)
        };
        let mut tail = Tail::default();
        let mut number = from;
        while number < last {
            let events = self.store.events(id, number, EVENTS_AT_ONCE)?;
            if events.is_empty() {
                return Err(unrestorable(session, format!("event {} is missing", number + 1)));
            }
            for (found, bytes) in events {
                number += 1;
                if found != number {
                    return Err(unrestorable(session, format!("event {number} is missing")));
                }
                let event =
                    Event::decode(&bytes).map_err(|error| unrestorable(session, format!("event {number}: {error}")))?;
                tail.events += 1;
                tail.wall_us += event.usage.wall_us;
                tail.bytes += bytes.len() as u64;
                replay_event(session, instance, event).await?;
            }
        }
        Ok(tail)
    }
}

/// Largest snapshot that is read back, uncompressed: more than any limit on a session's memory allows.
const SNAPSHOT_BYTES_MAX: u64 = 16 << 30;

async fn replay_event(session: &Session, instance: &mut SessionInstance, event: Event) -> Result<(), SessionError> {
    let number = event.number;
    let replayed = instance.execute(event.command.into(), Source::Replay(event.outside), Arc::default()).await;
    let executed = replayed.map_err(|failure| match failure {
        TurnFailure::HostMemoryExceeded => NO_ROOM_NOW,
        failure => unrestorable(session, format!("event {number} can't be replayed: {failure}")),
    })?;
    if executed.readings.diverged || digest(&executed) != event.outcome {
        return Err(unrestorable(
            session,
            format!("the replay of event {number} gave another outcome than was recorded"),
        ));
    }
    Ok(())
}

/// Limits that let through what was let through before, even when the configuration has become stricter.
fn restoring(limits: InstanceLimits, memory_bytes: u64) -> InstanceLimits {
    InstanceLimits {
        memory_bytes: limits.memory_bytes.max(memory_bytes),
        output_bytes: limits.output_bytes.max(OUTPUT_BYTES_EVER),
        command_timeout: REPLAY_TIMEOUT,
        ..limits
    }
}

/// Output that any configuration can have allowed, in bytes.
const OUTPUT_BYTES_EVER: usize = 64 << 20;

fn unrestorable(session: &Session, reason: String) -> SessionError {
    SessionError::Unrestorable { name: session.name.clone(), reason }
}

fn cant_begin(session: &Session, error: InstanceError) -> SessionError {
    match error {
        InstanceError::NoPlace(_) | InstanceError::Stopped(TurnFailure::HostMemoryExceeded) => NO_ROOM_NOW,
        InstanceError::Stopped(TurnFailure::MemoryExceeded) => {
            unrestorable(session, "its guest needs more memory at start than the session may have".to_owned())
        }
        error => SessionError::Internal(format!("{error}: {:?}", std::error::Error::source(&error))),
    }
}
