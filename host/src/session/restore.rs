//! Leases: the session's live instance, or a new one brought into its state.
//!
//! ```text
//! base image ─▶ fresh instance ─ newest snapshot applied ─ events after it replayed, each outcome compared ─▶ live
//!                                  │ damaged: the one before it, and more events
//! ```

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::SessionError;
use super::admission::{Admission, Patience};
use super::entry::{Session, Tail};
use super::manager::SessionManager;
use super::turn::answer;
use super::way::{Way, way_to};
use crate::guest::Guest;
use crate::instance::{
    GuestCode, InstanceError, InstanceLimits, Interrupt, SessionInstance, Source, TURN_HOST_BYTES, TurnFailure,
};
use crate::journal::{self, Event};
use crate::pool::{Need, PooledInstance};
use crate::snapshot::{self, Snapshot};
use crate::store::{ReplayCost, SessionRecord, SnapshotKey, StoreError};

/// Events read from the store at once.
pub(super) const EVENTS_AT_ONCE: usize = 256;

/// The budget ran out while a session was brought back: nothing is lost, and later there may be room.
pub(super) const NO_ROOM_NOW: SessionError = SessionError::NoRoom { waited: Duration::ZERO };

/// Time that one event may take when it is replayed: it ended within its limit once, but the machine may be busier now.
const REPLAY_TIMEOUT: Duration = Duration::from_secs(120);

impl SessionManager {
    /// The session's instance, live and with its turn's memory reserved.
    ///
    /// `interrupt` also ends the replay that may be needed for that.
    pub(super) async fn lease(
        self: &Arc<Self>,
        session: &Arc<Session>,
        interrupt: &Arc<Interrupt>,
    ) -> Result<PooledInstance, SessionError> {
        if let Some(mut pooled) = self.pool.take(session.id) {
            self.metrics.pool_hit();
            if pooled.instance.reserve_for_turn() {
                return Ok(pooled);
            }
            return self.reserve_with_room(session, pooled).await;
        }
        self.metrics.pool_miss();
        let restored = self.restore(session, interrupt).await;
        if let Err(SessionError::Unrestorable { .. } | SessionError::Diverged { .. } | SessionError::Store(_)) =
            restored
        {
            self.metrics.restore_failed();
        }
        restored
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

    async fn restore(
        self: &Arc<Self>,
        session: &Arc<Session>,
        interrupt: &Arc<Interrupt>,
    ) -> Result<PooledInstance, SessionError> {
        // Whatever was known of an instance is over; it is not there.
        session.facts().live = None;
        let guest = self.guest_of(session).await?;
        let memory_bytes = session.facts().record.memory_bytes.max(guest.code.base.bytes() as u64);
        let patience = self.patience();
        let (mut pooled, admitted) = self.begin(session, &guest.code, memory_bytes, patience).await?;
        let (tail, damaged) = self.bring_to_now(session, &guest.code, &mut pooled.instance, interrupt).await?;
        pooled.instance.limit(self.limits(session));
        let footprint = pooled.instance.footprint();
        let record = {
            let mut facts = session.facts();
            facts.tail = tail;
            facts.live = Some(footprint);
            let mut record = facts.record.clone();
            // Of a checkpoint nothing else is left; it may be mended.
            let kept = |event: u64| record.checkpoints.iter().any(|checkpoint| checkpoint.event == event);
            let damaged: Vec<u64> = damaged.iter().copied().filter(|event| !kept(*event)).collect();
            record.snapshots.retain(|entry| !damaged.contains(&entry.event));
            record
        };
        let saving = !damaged.is_empty() || self.policy.worth_saving(&tail.cost, footprint.resident_bytes);
        if saving && tail.cost.events > 0 {
            self.save_replayed(session, &mut pooled, record).await;
        }
        if session.facts().record.last_event > 0 {
            self.metrics.restored(admitted.elapsed());
        }
        Ok(pooled)
    }

    /// A fresh instance of the guest, admitted with room for the session's memory and, while it is restored, its snapshot;
    /// and when it was admitted.
    pub(super) async fn begin(
        self: &Arc<Self>,
        session: &Session,
        code: &Arc<GuestCode>,
        memory_bytes: u64,
        patience: Patience,
    ) -> Result<(PooledInstance, Instant), SessionError> {
        let limits = restoring(self.limits(session), memory_bytes);
        let needed = memory_bytes + TURN_HOST_BYTES;
        let with_snapshot = if session.facts().record.snapshots.is_empty() { needed } else { needed + memory_bytes };
        let bytes = needed.max(with_snapshot.min(self.pool.budget_limit()));
        loop {
            let Admission { place, reservation, share } = self.admit(session, bytes, patience).await?;
            let admitted = Instant::now();
            let reservation = reservation.with_room(self.room());
            match code.instantiate(limits, Some(reservation)).await {
                Ok(instance) => return Ok((PooledInstance::new(instance, place, share), admitted)),
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

    /// Saves a session that should not have to be replayed again. When that fails, it will have to.
    async fn save_replayed(&self, session: &Session, pooled: &mut PooledInstance, record: SessionRecord) {
        if let Err(error) = self.write_snapshot(session, pooled, record, None).await {
            tracing::warn!(session = %session.name, error = &error as &dyn std::error::Error, "can't save a session yet");
        }
    }

    pub(super) async fn guest_of(&self, session: &Session) -> Result<Arc<Guest>, SessionError> {
        let pin = session.facts().record.guest.clone();
        self.pinned(&pin, &session.name).await
    }

    /// Applies the newest sound snapshot on the way to the present and replays what came after it. Gives the events of
    /// snapshots that were found damaged.
    async fn bring_to_now(
        &self,
        session: &Session,
        code: &GuestCode,
        instance: &mut SessionInstance,
        interrupt: &Arc<Interrupt>,
    ) -> Result<(Tail, Vec<u64>), SessionError> {
        let record = session.facts().record.clone();
        let mut damaged = Vec::new();
        let (way, snapshot) = loop {
            let way = way_to(self.store.as_ref(), &record, record.event, &damaged);
            let way = way.map_err(|error| match error {
                SessionError::Unreachable { .. } if !damaged.is_empty() => all_damaged(session, &damaged),
                error => error,
            })?;
            if record.guest_from(way.base.as_ref()).digest != code.digest {
                // It got its guest with a snapshot, which is damaged; what is before it is another guest's.
                return Err(all_damaged(session, &damaged));
            }
            let Some(entry) = way.base else { break (way, None) };
            match self.read_snapshot(entry.key(record.id))? {
                Ok(snapshot) => break (way, Some(snapshot)),
                Err(reason) => {
                    tracing::error!(session = %session.name, event = entry.event, reason, "a snapshot is damaged; an older one is used");
                    self.metrics.snapshot_damaged();
                    damaged.push(entry.event);
                }
            }
        };
        if let Some(snapshot) = snapshot {
            let applied = instance.apply(&snapshot).await;
            applied.map_err(|error| match error {
                InstanceError::Stopped(TurnFailure::HostMemoryExceeded) => NO_ROOM_NOW,
                error => unrestorable(session, format!("its snapshot does not fit guest {}: {error}", code.digest)),
            })?;
        }
        Ok((self.replay(session, &way, instance, interrupt).await?, damaged))
    }

    /// A stored snapshot, or why it can't be used.
    fn read_snapshot(&self, key: SnapshotKey) -> Result<Result<Snapshot, String>, SessionError> {
        let bytes = match self.store.snapshot(key) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(Err("it is missing".to_owned())),
            // The engine checks its blocks; a bad one is as bad as a damaged snapshot.
            Err(StoreError::Read(error)) => return Ok(Err(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        Ok(snapshot::decode(&bytes, SNAPSHOT_BYTES_MAX).map_err(|error| error.to_string()))
    }

    /// Takes the events of `way` through the instance again.
    async fn replay(
        &self,
        session: &Session,
        way: &Way,
        instance: &mut SessionInstance,
        interrupt: &Arc<Interrupt>,
    ) -> Result<Tail, SessionError> {
        let mut tail = Tail { base: way.base_event(), ..Tail::default() };
        for &(first, last) in &way.steps {
            let mut number = first - 1;
            while number < last {
                let limit = usize::try_from(last - number).unwrap_or(usize::MAX).min(EVENTS_AT_ONCE);
                let events = self.store.events(session.id, number, limit)?;
                if events.is_empty() {
                    return Err(unrestorable(session, format!("event {} is missing", number + 1)));
                }
                for (found, bytes) in events {
                    number += 1;
                    if found != number {
                        return Err(unrestorable(session, format!("event {number} is missing")));
                    }
                    let event = Event::decode(&bytes).map_err(|error| self.unreadable(session, number, &error))?;
                    let (wall_us, bytes) = (event.usage.wall_us, bytes.len() as u64);
                    replay_event(session, instance, event, interrupt).await?;
                    tail.cost += ReplayCost { events: 1, wall_us, bytes };
                }
            }
        }
        Ok(tail)
    }

    /// An event of which the bytes are damaged, or of a newer program.
    pub(super) fn unreadable(&self, session: &Session, number: u64, error: &journal::DecodeError) -> SessionError {
        unrestorable(session, format!("event {number}: {error}"))
    }
}

/// Largest snapshot that is read back, uncompressed: more than any limit on a session's memory allows.
const SNAPSHOT_BYTES_MAX: u64 = 16 << 30;

async fn replay_event(
    session: &Session,
    instance: &mut SessionInstance,
    event: Event,
    interrupt: &Arc<Interrupt>,
) -> Result<(), SessionError> {
    let number = event.number;
    if event.undone.is_some() {
        return Ok(());
    }
    if !event.replayable {
        return Err(unrestorable(session, format!("event {number} can't be replayed, and its snapshot is damaged")));
    }
    if interrupt.is_triggered() {
        return Err(SessionError::Interrupted);
    }
    let replayed = instance.execute(event.command, Source::Replay(event.outside), interrupt.clone()).await;
    let executed = replayed.map_err(|failure| match failure {
        TurnFailure::HostMemoryExceeded => NO_ROOM_NOW,
        TurnFailure::Interrupted => SessionError::Interrupted,
        failure => {
            tracing::error!(session = %session.name, event = number, %failure, "an event can't be replayed");
            SessionError::Diverged { name: session.name.clone(), event: number }
        }
    })?;
    if executed.readings.diverged || answer(executed).digest() != event.outcome {
        return Err(SessionError::Diverged { name: session.name.clone(), event: number });
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

/// Output that any configuration can have allowed, in bytes, with room for what counts more by now than it once did.
const OUTPUT_BYTES_EVER: usize = 256 << 20;

/// What it means that there is no way when these snapshots are left out.
fn all_damaged(session: &Session, damaged: &[u64]) -> SessionError {
    unrestorable(session, format!("its snapshots of events {damaged:?} are damaged, and nothing else leads to it"))
}

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
