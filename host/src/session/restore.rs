//! Leases: the session's live instance, or a new one brought into its state.
//!
//! ```text
//! base image ─▶ fresh instance ─ newest snapshot applied ─ events after it replayed, each outcome compared ─▶ live
//! ```

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::SessionError;
use super::admission::{Admission, Patience};
use super::entry::{Session, Tail};
use super::manager::SessionManager;
use super::turn::digest;
use crate::guest::Guest;
use crate::instance::{
    GuestCode, InstanceError, InstanceLimits, SessionInstance, Source, TURN_HOST_BYTES, TurnFailure,
};
use crate::journal::Event;
use crate::pool::{Need, PooledInstance};
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
        let held = session.facts().live.map_or(0, |live| live.charge());
        let missing = (pooled.instance.memory_bytes() + TURN_HOST_BYTES).saturating_sub(held);
        let need = || Need { places: 0, ..self.pool.need(missing) };
        let reserve = || pooled.instance.reserve_for_turn().then_some(());
        let room = self.make_room(self.patience(), need, reserve).await;
        if let Err(error) = room {
            self.put_back(session, pooled, Duration::ZERO).await;
            return Err(error);
        }
        Ok(pooled)
    }

    async fn restore(self: &Arc<Self>, session: &Arc<Session>) -> Result<PooledInstance, SessionError> {
        // Whatever was known of an instance is over; it is not there.
        session.facts().live = None;
        let guest = self.guest_of(session)?;
        let memory_bytes = session.facts().record.memory_bytes.max(guest.code.base.bytes() as u64);
        let patience = self.patience();
        let mut pooled = self.begin(session, &guest.code, memory_bytes, patience).await?;
        let tail = self.bring_to_now(session, &guest.code, &mut pooled.instance).await?;
        pooled.instance.limit(self.limits(session));
        {
            let mut facts = session.facts();
            facts.tail = tail;
            facts.live = Some(pooled.instance.footprint());
        }
        self.save_long_tail(session, &mut pooled).await;
        Ok(pooled)
    }

    /// A fresh instance of the guest, admitted with room for the session's memory and, while it is restored, its snapshot.
    async fn begin(
        self: &Arc<Self>,
        session: &Session,
        code: &Arc<GuestCode>,
        memory_bytes: u64,
        patience: Patience,
    ) -> Result<PooledInstance, SessionError> {
        let limits = restoring(self.limits(session), memory_bytes);
        let needed = memory_bytes + TURN_HOST_BYTES;
        let with_snapshot =
            if session.facts().record.snapshot_event.is_some() { needed + memory_bytes } else { needed };
        let bytes = needed.max(with_snapshot.min(self.pool.budget_limit()));
        loop {
            let Admission { place, reservation, share } = self.admit(session, bytes, patience).await?;
            let reservation = reservation.with_room(self.room());
            match code.instantiate(limits, Some(reservation)).await {
                Ok(instance) => return Ok(PooledInstance::new(instance, place, share)),
                // Guests with several memories fill the engine before they fill the pool.
                Err(InstanceError::NoPlace(_)) if Instant::now() < patience.deadline => {
                    drop((place, share));
                    if !self.evict_among(Need { places: 1, bytes: 0 }, |_| true).await? {
                        return Err(self.no_room(patience));
                    }
                }
                Err(error) => return Err(cant_begin(session, error)),
            }
        }
    }

    /// Saves a session whose replay was so long that its next restore should not pay for it again. When that fails, it
    /// will.
    async fn save_long_tail(&self, session: &Session, pooled: &mut PooledInstance) {
        let (due, record) = {
            let facts = session.facts();
            (self.policy.due(&facts.tail), facts.record.clone())
        };
        if due && let Err(error) = self.write_snapshot(session, pooled, record).await {
            tracing::warn!(session = %session.name, error = &error as &dyn std::error::Error, "can't save a session yet");
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
        instance: &mut SessionInstance,
    ) -> Result<Tail, SessionError> {
        let snapshot = self.read_snapshot(session)?;
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
                tail.events = tail.events.saturating_add(1);
                tail.wall_us = tail.wall_us.saturating_add(event.usage.wall_us);
                tail.bytes = tail.bytes.saturating_add(bytes.len() as u64);
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
