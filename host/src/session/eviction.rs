//! Making room: evicting the least recently used, waiting when nobody can go, and saving on the way out.
//!
//! Who evicts holds the victim's turn, tried for and never waited for; so two evictions can't wait for each other, and a
//! session that somebody wants right now is passed over.

use std::error::Error;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::entry::{Session, Tail};
use super::manager::SessionManager;
use super::{SaveReport, SessionError, ShutdownReport};
use crate::memory::MakeRoom;
use crate::pool::{Need, PooledInstance};
use crate::snapshot;
use crate::store::{Change, SessionRecord};

/// How often idle sessions are looked for, at the least.
const SWEEP_INTERVAL_MAX: Duration = Duration::from_secs(10);

/// Page contents up to which a snapshot is encoded and written where it was taken, in bytes: about a millisecond. More
/// goes to a thread that may block.
const INLINE_BYTES_MAX: usize = 1 << 20;

/// What an eviction came to.
enum Eviction {
    /// Its instance is gone, which held so many bytes.
    Done { charge: u64 },
    /// Somebody uses the session, or has evicted it.
    Passed,
    /// Its state could not be saved; it stays live.
    Failed,
}

impl SessionManager {
    /// Tries `admit` until it succeeds, evicting in between, and waiting when nobody can go.
    ///
    /// # Errors
    /// [`SessionError::NoRoom`] when the time for waiting is over.
    pub(super) async fn make_room<T>(
        self: &Arc<Self>,
        session: &Session,
        bytes: u64,
        mut admit: impl FnMut() -> Option<T>,
    ) -> Result<T, SessionError> {
        if self.making_room.available_permits() > 0
            && let Some(admitted) = admit()
        {
            return Ok(admitted);
        }
        let began = Instant::now();
        let deadline = began + self.config.pool.admission_wait;
        let full = || {
            self.metrics.admission_rejected();
            SessionError::NoRoom { waited: began.elapsed() }
        };
        let making = tokio::time::timeout_at(deadline, self.making_room.acquire()).await;
        let Ok(_making) = making else { return Err(full()) };
        let mut waited = false;
        loop {
            // Registered before looking, so that what comes free meanwhile is not missed.
            let mut changed = std::pin::pin!(self.pool.changed());
            changed.as_mut().enable();
            if let Some(admitted) = admit() {
                return Ok(admitted);
            }
            if self.evict_for(session, bytes).await {
                continue;
            }
            if !waited {
                waited = true;
                self.metrics.admission_waited();
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Err(full());
            }
        }
    }

    /// Makes room for live sessions whose memory grows.
    pub(super) fn room(self: &Arc<Self>) -> Arc<dyn MakeRoom> {
        Arc::new(Evictor(Arc::downgrade(self)))
    }

    /// Evicts what `session` needs to become live with `bytes`. False when nobody could go.
    async fn evict_for(self: &Arc<Self>, session: &Session, bytes: u64) -> bool {
        let own_share = session.share.full();
        let mut need = self.pool.need(bytes);
        need.places = need.places.max(usize::from(own_share));
        self.evict_among(need, |other| !own_share || other.tenant == session.tenant).await
    }

    /// Evicts sessions that are `eligible` until `need` is met. False when nobody could go.
    async fn evict_among(self: &Arc<Self>, mut need: Need, eligible: impl Fn(&Arc<Session>) -> bool) -> bool {
        if need == Need::default() {
            return true;
        }
        // The least recently used first; when those can't go, anybody who can.
        let mut victims = self.pool.victims(need, &eligible);
        victims.extend(self.pool.victims(Need { places: usize::MAX, bytes: 0 }, &eligible));
        let mut evicted = false;
        for (_, victim) in victims {
            if let Eviction::Done { charge } = self.evict(&victim).await {
                evicted = true;
                need.places = need.places.saturating_sub(1);
                need.bytes = need.bytes.saturating_sub(charge);
            }
            if need == Need::default() {
                break;
            }
        }
        evicted
    }

    /// Saves a session if it has unsaved events, and drops its instance.
    async fn evict(self: &Arc<Self>, session: &Arc<Session>) -> Eviction {
        let Some(_turn) = session.try_turn() else { return Eviction::Passed };
        let (id, dirty, charge) = {
            let facts = session.facts();
            (facts.record.id, facts.dirty(), facts.live.map_or(0, |live| live.charge()))
        };
        let Some(mut pooled) = self.pool.take(id) else { return Eviction::Passed };
        if dirty && let Err(error) = self.write_snapshot(session, &mut pooled).await {
            tracing::error!(session = %session.name, error = &error as &dyn Error, "can't save a session; it stays live");
            self.metrics.eviction_failed();
            self.keep(session, pooled, &error).await;
            return Eviction::Failed;
        }
        self.drop_instance(session, pooled);
        self.metrics.evicted();
        self.sessions.release(session.clone());
        Eviction::Done { charge }
    }

    /// Keeps an instance whose state could not be stored, unless it was the instance that failed.
    async fn keep(&self, session: &Arc<Session>, pooled: PooledInstance, error: &SessionError) {
        if matches!(error, SessionError::Internal(_)) {
            self.drop_instance(session, pooled);
        } else {
            self.put_back(session, pooled, Duration::ZERO).await;
        }
    }

    /// Captures the state of a live session and stores it. The caller holds the session's turn.
    pub(super) async fn write_snapshot(
        &self,
        session: &Session,
        pooled: &mut PooledInstance,
    ) -> Result<(), SessionError> {
        let mut record = session.facts().record.clone();
        let captured = pooled.instance.capture(record.event_count).await;
        let captured = captured.map_err(|error| SessionError::Internal(format!("can't capture: {error}")))?;
        record.memory_bytes = captured.memories.iter().map(|memory| memory.bytes).sum();
        record.snapshot_event = Some(record.event_count);
        let large = captured.page_bytes() > INLINE_BYTES_MAX;
        let (store, durability) = (self.store.clone(), self.config.durability);
        let write = move || {
            let bytes = snapshot::encode(&captured);
            record.snapshot_bytes = bytes.len() as u64;
            store.commit(&changes(&record, &bytes), durability).map(|()| record)
        };
        let written = if large { tokio::task::spawn_blocking(write).await.map_err(internal)? } else { write() };
        let record = written.inspect_err(|_| self.metrics.store_failed())?;
        self.metrics.snapshot_written(record.snapshot_bytes);
        let mut facts = session.facts();
        facts.tail = Tail::default();
        facts.record = record;
        Ok(())
    }

    /// Saves a session, bringing it to life for that when it has events that no snapshot holds.
    pub(super) async fn save_session(self: &Arc<Self>, session: &Arc<Session>) -> Result<SaveReport, SessionError> {
        let turn = session.queue(self.config.limits.queue_length_max).await?;
        let written = session.facts().dirty();
        if written {
            let mut pooled = self.lease(session).await?;
            let saved = self.write_snapshot(session, &mut pooled).await;
            match saved {
                Ok(()) => self.put_back(session, pooled, Duration::ZERO).await,
                Err(error) => {
                    self.keep(session, pooled, &error).await;
                    return Err(error);
                }
            }
        }
        drop(turn);
        let facts = session.facts();
        Ok(SaveReport { event: facts.record.event_count, snapshot_bytes: facts.record.snapshot_bytes, written })
    }

    /// Saves a session after its turn, when a replay would have become long.
    pub(super) fn save_in_background(self: &Arc<Self>, session: Arc<Session>) {
        let manager = self.clone();
        self.turns.spawn(async move {
            if let Err(error) = manager.save_session(&session).await {
                tracing::warn!(session = %session.name, error = &error as &dyn Error, "can't save a session yet");
            }
            manager.sessions.release(session);
        });
    }

    /// Evicts sessions that have been idle for the configured time, for ever.
    pub async fn sweep_idle(self: Arc<Self>) {
        let Some(timeout) = self.config.pool.idle_timeout else { return };
        let mut ticks = tokio::time::interval(SWEEP_INTERVAL_MAX.min(timeout));
        loop {
            ticks.tick().await;
            for (_, session) in self.pool.expired(timeout) {
                self.evict(&session).await;
            }
        }
    }

    /// Lets running commands end, refuses new ones, and saves every live session.
    pub async fn shutdown(self: &Arc<Self>) -> ShutdownReport {
        self.closing.store(true, Ordering::Relaxed);
        let deadline = Instant::now() + self.config.http.shutdown_grace;
        let mut report = ShutdownReport::default();
        loop {
            let mut changed = std::pin::pin!(self.pool.changed());
            changed.as_mut().enable();
            for (_, session) in self.pool.all_idle() {
                let dirty = session.facts().dirty();
                match self.evict(&session).await {
                    Eviction::Done { .. } if dirty => report.saved += 1,
                    Eviction::Done { .. } => report.clean += 1,
                    Eviction::Failed => {
                        report.failed += 1;
                        self.give_up(&session);
                    }
                    Eviction::Passed => {}
                }
            }
            if self.pool.figures().live == 0 || tokio::time::timeout_at(deadline, changed).await.is_err() {
                break;
            }
        }
        if let Err(error) = self.store.sync() {
            tracing::error!(error = &error as &dyn Error, "can't sync the store");
        }
        report
    }

    /// Drops the instance of a session that can't be saved; its journal has what its snapshot lacks.
    fn give_up(&self, session: &Arc<Session>) {
        let Some(_turn) = session.try_turn() else { return };
        let id = session.facts().record.id;
        if let Some(pooled) = self.pool.take(id) {
            self.drop_instance(session, pooled);
        }
    }
}

fn internal(error: impl std::fmt::Display) -> SessionError {
    SessionError::Internal(error.to_string())
}

/// Frees memory for a session whose memory grows in the middle of its turn.
struct Evictor(Weak<SessionManager>);

impl MakeRoom for Evictor {
    fn make_room(&self, bytes: u64) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(async move {
            let Some(manager) = self.0.upgrade() else { return false };
            // A task of its own: the caller stands on the stack of a guest, which is short.
            let turns = manager.turns.clone();
            let evicted = turns.spawn(async move {
                let need = Need { places: 0, ..manager.pool.need(bytes) };
                manager.evict_among(need, |_| true).await
            });
            evicted.await.unwrap_or(false)
        })
    }
}

/// What a snapshot changes in the store: it is there, and what it makes superfluous is gone.
fn changes<'a>(record: &'a SessionRecord, bytes: &'a [u8]) -> [Change<'a>; 4] {
    let (id, event) = (record.id, record.event_count);
    [
        Change::PutSnapshot { id, event, bytes },
        Change::RemoveSnapshotsBefore { id, event },
        Change::RemoveEventsThrough { id, number: event },
        Change::PutSession(record),
    ]
}
