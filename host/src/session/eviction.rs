//! Eviction: saving a live session and dropping its instance, to make room, for being idle, or on the way out.
//!
//! Who evicts holds the victim's turn, tried for and never waited for; so two evictions can't wait for each other, and a
//! session that somebody wants right now is passed over.

use std::error::Error;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::entry::Session;
use super::manager::SessionManager;
use super::{Interruption, SessionError, ShutdownReport};
use crate::memory::MakeRoom;
use crate::pool::Need;

/// How often idle sessions are looked for, at the least.
const SWEEP_INTERVAL_MAX: Duration = Duration::from_secs(10);

/// Sessions that are tried in the stead of victims that can't go, being wanted right now.
const STAND_INS: usize = 16;

/// How long turns that were stopped at the end may take to be over.
const STOPPED_WITHIN: Duration = Duration::from_secs(2);

/// What an eviction came to.
enum Eviction {
    /// Its instance is gone, which held so many bytes.
    Done { charge: u64 },
    /// Somebody uses the session, or has evicted it.
    Passed,
    /// Its state could not be saved.
    Failed(SessionError),
}

/// What becomes of an instance whose state can't be saved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unsaved {
    /// It stays live.
    Keep,
    /// It goes; the journal has what the snapshot lacks.
    Drop,
}

// === impl SessionManager: making room ===

impl SessionManager {
    /// Makes room for live sessions whose memory grows.
    pub(super) fn room(self: &Arc<Self>) -> Arc<dyn MakeRoom> {
        Arc::new(Evictor(Arc::downgrade(self)))
    }

    /// Evicts sessions that are `eligible` until `need` is met, or as many as can go. False when nobody could.
    ///
    /// # Errors
    /// What kept the first victim that can't be saved from being saved; others would fare alike.
    pub(super) async fn evict_among(
        self: &Arc<Self>,
        mut need: Need,
        eligible: impl Fn(&Arc<Session>) -> bool,
    ) -> Result<bool, SessionError> {
        if need == Need::default() {
            return Ok(true);
        }
        let mut evicted = false;
        for victim in self.pool.victims(need, STAND_INS, eligible) {
            match self.evict(&victim, Unsaved::Keep).await {
                Eviction::Done { charge } => {
                    evicted = true;
                    need.places = need.places.saturating_sub(1);
                    need.bytes = need.bytes.saturating_sub(charge);
                }
                Eviction::Passed => {}
                Eviction::Failed(error) => return Err(error),
            }
            if need == Need::default() {
                break;
            }
        }
        Ok(evicted)
    }

    /// Saves a session if it has unsaved events, and drops its instance.
    async fn evict(self: &Arc<Self>, session: &Arc<Session>, unsaved: Unsaved) -> Eviction {
        let Some(session) = self.sessions.act(session) else { return Eviction::Passed };
        let Some(_turn) = session.try_turn() else { return Eviction::Passed };
        let (dirty, charge) = {
            let facts = session.facts();
            (facts.dirty(), facts.live.map_or(0, |live| live.charge()))
        };
        let ours = |other: &Arc<Session>| Arc::ptr_eq(other, &session);
        let Some(mut pooled) = self.pool.take_if(session.id, ours) else { return Eviction::Passed };
        let saved = if dirty {
            let record = session.facts().record.clone();
            self.write_snapshot(&session, &mut pooled, record, None).await
        } else {
            Ok(())
        };
        if let Err(error) = saved {
            tracing::error!(session = %session.name, error = &error as &dyn Error, "can't save a session");
            self.metrics.eviction_failed();
            if unsaved == Unsaved::Drop || matches!(error, SessionError::Internal(_)) {
                self.drop_instance(&session, pooled);
            } else {
                self.put_back_quietly(&session, pooled).await;
            }
            return Eviction::Failed(error);
        }
        self.drop_instance(&session, pooled);
        self.metrics.evicted();
        Eviction::Done { charge }
    }
}

// === impl SessionManager: idleness and the end ===

impl SessionManager {
    /// Evicts sessions that have been idle for the configured time, for ever.
    pub async fn sweep_idle(self: Arc<Self>) {
        let Some(timeout) = self.config.pool.idle_timeout else { return };
        let mut ticks = tokio::time::interval(SWEEP_INTERVAL_MAX.min(timeout));
        loop {
            ticks.tick().await;
            self.followed.sweep();
            for session in self.pool.expired(timeout) {
                // One that can't be saved has been used just now, as far as this goes, and is tried again later.
                if matches!(self.evict(&session, Unsaved::Keep).await, Eviction::Failed(_)) {
                    break;
                }
            }
        }
    }

    /// Stops the commands that wait for their clients, which can answer no more, and those that are about to.
    pub fn stop_asking(&self) {
        self.going_down.send_replace(true);
    }

    /// Lets running commands end, refuses new ones, and saves every live session. What still runs after the grace is
    /// stopped.
    pub async fn shutdown(self: &Arc<Self>) -> ShutdownReport {
        self.closing.store(true, Ordering::Relaxed);
        self.stop_asking();
        let mut deadline = Instant::now() + self.config.http.shutdown_grace;
        let mut stopped = false;
        let mut report = ShutdownReport::default();
        loop {
            let mut changed = std::pin::pin!(self.pool.changed());
            changed.as_mut().enable();
            for session in self.pool.all_idle() {
                let dirty = session.facts().dirty();
                match self.evict(&session, Unsaved::Drop).await {
                    Eviction::Done { .. } if dirty => report.saved += 1,
                    Eviction::Done { .. } => report.clean += 1,
                    Eviction::Failed(_) => report.failed += 1,
                    Eviction::Passed => {}
                }
            }
            if self.pool.figures().live == 0 {
                break;
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                if stopped {
                    break;
                }
                stopped = true;
                // So that what they had asked others is noted.
                self.sessions.each(|session| {
                    session.interrupt(&Interruption::default());
                });
                deadline = Instant::now() + STOPPED_WITHIN;
            }
        }
        if let Err(error) = self.store.stop() {
            tracing::error!(error = &error as &dyn Error, "can't sync the store");
        }
        report
    }
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
                manager.evict_among(need, |_| true).await.unwrap_or(false)
            });
            evicted.await.unwrap_or(false)
        })
    }
}
