//! Admission: a place, memory and a part of the tenant's share for an instance that is to become live.
//!
//! ```text
//! share of the tenant ─▶ place and bytes of the host ─▶ admitted
//!   full: own sessions     full: the least recently
//!   make way, or wait      used make way, or wait      ─▶ after admission_wait: no room
//! ```
//!
//! The tenant's share comes first and outside of the host's queue, so that a tenant that uses up its own share waits for
//! itself alone. Every wait is bounded by one deadline, looked at before each new try.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::SessionError;
use super::entry::Session;
use super::manager::SessionManager;
use crate::memory::Reservation;
use crate::pool::{Need, Place};

/// What a live instance needs to have.
pub(super) struct Admission {
    pub(super) place: Place,
    pub(super) reservation: Reservation,
    pub(super) share: OwnedSemaphorePermit,
}

/// How long a caller may wait.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    began: Instant,
    pub(super) deadline: Instant,
}

impl SessionManager {
    pub(super) fn patience(&self) -> Patience {
        let began = Instant::now();
        Patience { began, deadline: began + self.config.pool.admission_wait }
    }

    /// Admits an instance of `session` that may touch `bytes`.
    ///
    /// # Errors
    /// [`SessionError::NoRoom`] when the time for waiting is over, [`SessionError::HostMemoryExceeded`] when the budget
    /// could never hold it, [`SessionError::Store`] when those that should make way can't be saved.
    pub(super) async fn admit(
        self: &Arc<Self>,
        session: &Session,
        bytes: u64,
        patience: Patience,
    ) -> Result<Admission, SessionError> {
        if bytes > self.pool.budget_limit() {
            return Err(SessionError::HostMemoryExceeded);
        }
        let share = self.share_for(session, patience).await?;
        let need = || self.pool.need(bytes);
        let (place, reservation) = self.make_room(patience, need, || self.pool.try_admit(bytes)).await?;
        Ok(Admission { place, reservation, share })
    }

    /// A part of the tenant's share; its least recently used session makes way when the share is full.
    async fn share_for(
        self: &Arc<Self>,
        session: &Session,
        patience: Patience,
    ) -> Result<OwnedSemaphorePermit, SessionError> {
        loop {
            // Registered before looking, so that what comes free meanwhile is not missed.
            let mut changed = std::pin::pin!(session.share.changed.notified());
            changed.as_mut().enable();
            if let Some(permit) = session.share.try_live() {
                return Ok(permit);
            }
            if Instant::now() >= patience.deadline {
                return Err(self.no_room(patience));
            }
            let need = Need { places: 1, bytes: 0 };
            if self.evict_among(need, |other| other.tenant == session.tenant).await? {
                continue;
            }
            if timeout_at(patience.deadline, changed).await.is_err() {
                return Err(self.no_room(patience));
            }
        }
    }

    /// Tries `take` until it succeeds, evicting what `need` tells in between, and waiting when nobody can go.
    pub(super) async fn make_room<T>(
        self: &Arc<Self>,
        patience: Patience,
        need: impl Fn() -> Need,
        mut take: impl FnMut() -> Option<T>,
    ) -> Result<T, SessionError> {
        // Whoever waits goes first.
        if self.waiting_for_room.load(Ordering::Relaxed) == 0
            && let Some(taken) = take()
        {
            return Ok(taken);
        }
        let _waiting = Waiting::new(&self.waiting_for_room);
        let making = timeout_at(patience.deadline, self.making_room.acquire()).await;
        let Ok(_making) = making else { return Err(self.no_room(patience)) };
        let mut waited = false;
        loop {
            let mut changed = std::pin::pin!(self.pool.changed());
            changed.as_mut().enable();
            if let Some(taken) = take() {
                return Ok(taken);
            }
            if Instant::now() >= patience.deadline {
                return Err(self.no_room(patience));
            }
            if self.evict_among(need(), |_| true).await? {
                // Others may have been faster; they get a chance to be done with it.
                tokio::task::yield_now().await;
                continue;
            }
            if !waited {
                waited = true;
                self.metrics.admission_waited();
            }
            if timeout_at(patience.deadline, changed).await.is_err() {
                return Err(self.no_room(patience));
            }
        }
    }

    pub(super) fn no_room(&self, patience: Patience) -> SessionError {
        self.metrics.admission_rejected();
        SessionError::NoRoom { waited: patience.began.elapsed() }
    }
}

/// Somebody waits for room, until dropped.
struct Waiting<'m>(&'m std::sync::atomic::AtomicUsize);

impl<'m> Waiting<'m> {
    fn new(count: &'m std::sync::atomic::AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
