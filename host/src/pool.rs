//! The pool: the bounded, least-recently-used set of live instances.
//!
//! ```text
//!                   take(id)
//!   idle, in order ──────────▶ leased (a turn holds it) ──put──▶ idle, as the most recent
//!        │ oldest first                    │
//!        ▼ eviction (by the manager)       ▼ dropped when it is poisoned
//!      place and bytes are free again: `Place` and the instance's `Reservation` are guards
//! ```
//!
//! The pool owns what is idle and counts what is live. It knows nothing of disks: whoever makes room asks it whom to evict
//! ([`policy`]), saves that session and drops the instance. A leased instance is not in the pool, so it can't be evicted.

mod policy;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;
use tokio::sync::{Notify, OwnedSemaphorePermit};

pub(crate) use self::policy::Need;
use crate::instance::{Footprint, SessionInstance};
use crate::memory::{Budget, Reservation};
use crate::name::SessionId;

/// The pool of live instances. `S` is what the caller wants to know of an instance's session.
pub struct SessionPool<S> {
    idle: Mutex<LruCache<SessionId, Idle<S>>>,
    places: Arc<Places>,
    budget: Budget,
    /// Held while a place and bytes are taken together, so that nobody sees either taken for an admission that fails.
    admission: Mutex<()>,
}

/// Places for live instances, idle or leased.
struct Places {
    max: usize,
    taken: AtomicUsize,
    /// Told whenever a place or bytes come free or an instance becomes idle. Waiters register before they look.
    changed: Notify,
}

/// One place, given back on drop.
pub(crate) struct Place(Arc<Places>);

/// A live instance with its place in the pool. Dropped from top to bottom: the instance goes before its place is free, so
/// that the engine never has more instances than places, and the place tells who waits when all is free.
pub(crate) struct PooledInstance {
    pub(crate) instance: SessionInstance,
    /// The instance's part of what its tenant may have live.
    _share: OwnedSemaphorePermit,
    _place: Place,
}

struct Idle<S> {
    pooled: PooledInstance,
    session: S,
    footprint: Footprint,
    since: Instant,
}

/// What the pool holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolFigures {
    /// Live instances.
    pub live: usize,
    /// Of these, those that a turn holds.
    pub leased: usize,
    /// The most there may be.
    pub live_max: usize,
    /// Bytes charged to the memory budget.
    pub used_bytes: u64,
    /// The memory budget.
    pub budget_bytes: u64,
}

impl<S: Clone> SessionPool<S> {
    /// A pool of at most `live_max` instances that use at most what `budget` gives.
    #[must_use]
    pub fn new(live_max: NonZeroUsize, budget: Budget) -> Self {
        let places = Places { max: live_max.get(), taken: AtomicUsize::new(0), changed: Notify::new() };
        Self { idle: Mutex::new(LruCache::unbounded()), places: Arc::new(places), budget, admission: Mutex::new(()) }
    }

    /// Takes the session's instance, when it has one that is idle.
    pub(crate) fn take(&self, id: SessionId) -> Option<PooledInstance> {
        self.idle(|idle| idle.pop(&id)).map(|entry| entry.pooled)
    }

    /// Takes the instance of exactly the session that `is_it` knows.
    pub(crate) fn take_if(&self, id: SessionId, is_it: impl FnOnce(&S) -> bool) -> Option<PooledInstance> {
        self.idle(|idle| if idle.peek(&id).is_some_and(|entry| is_it(&entry.session)) { idle.pop(&id) } else { None })
            .map(|entry| entry.pooled)
    }

    /// Whether the session has an instance that is idle.
    pub(crate) fn has_idle(&self, id: SessionId) -> bool {
        self.idle(|idle| idle.contains(&id))
    }

    /// The most bytes there can be for all instances.
    pub(crate) fn budget_limit(&self) -> u64 {
        self.budget.limit()
    }

    /// Puts an instance back, as the most recently used, and tells whoever waits for one that can go.
    pub(crate) fn put(&self, id: SessionId, session: S, pooled: PooledInstance, footprint: Footprint) {
        self.put_quietly(id, session, pooled, footprint);
        self.places.changed.notify_waiters();
    }

    /// As [`SessionPool::put`], for an instance that could not be evicted: who waits has just tried it.
    pub(crate) fn put_quietly(&self, id: SessionId, session: S, pooled: PooledInstance, footprint: Footprint) {
        let entry = Idle { pooled, session, footprint, since: Instant::now() };
        let replaced = self.idle(|idle| idle.push(id, entry));
        debug_assert!(replaced.is_none(), "a session has at most one instance");
    }

    /// A place and `bytes` of the budget, when both are free.
    pub(crate) fn try_admit(&self, bytes: u64) -> Option<(Place, Reservation)> {
        let _one_at_a_time = self.admission.lock().unwrap_or_else(PoisonError::into_inner);
        if self.places.free() == 0 {
            return None;
        }
        let reservation = self.budget.reserve(bytes)?;
        Some((self.places.take()?, reservation))
    }

    /// `bytes` of the budget for something else than an instance, when they are free.
    pub(crate) fn try_reserve(&self, bytes: u64) -> Option<Reservation> {
        let _one_at_a_time = self.admission.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget.reserve(bytes)
    }

    /// What is missing for an instance of `bytes`.
    pub(crate) fn need(&self, bytes: u64) -> Need {
        let free = self.budget.limit().saturating_sub(self.budget.used());
        Need { places: usize::from(self.places.free() == 0), bytes: bytes.saturating_sub(free) }
    }

    /// Whom to evict for `need`, among the sessions that `eligible` names, and `more` that could go in their stead.
    pub(crate) fn victims(&self, need: Need, more: usize, eligible: impl Fn(&S) -> bool) -> Vec<S> {
        self.idle(|idle| {
            let oldest_first = || idle.iter().rev().map(|(_, entry)| entry).filter(|entry| eligible(&entry.session));
            let count = policy::victims(oldest_first().map(|entry| ((), entry.footprint.charge())), need).len();
            oldest_first().take(count + more).map(|entry| entry.session.clone()).collect()
        })
    }

    /// Sessions whose instance nobody has used for `timeout`, oldest first.
    pub(crate) fn expired(&self, timeout: Duration) -> Vec<S> {
        let now = Instant::now();
        let old = |entry: &Idle<S>| now.saturating_duration_since(entry.since) >= timeout;
        self.idle(|idle| {
            let oldest_first = idle.iter().rev().take_while(|(_, entry)| old(entry));
            oldest_first.map(|(_, entry)| entry.session.clone()).collect()
        })
    }

    /// All sessions with an idle instance.
    pub(crate) fn all_idle(&self) -> Vec<S> {
        self.expired(Duration::ZERO)
    }

    /// Resolves when something may have come free since it was called.
    pub(crate) fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.places.changed.notified()
    }

    /// What the pool holds now.
    #[must_use]
    pub fn figures(&self) -> PoolFigures {
        let live = self.places.taken.load(Ordering::Relaxed);
        let idle = self.idle(|idle| idle.len());
        PoolFigures {
            live,
            leased: live.saturating_sub(idle),
            live_max: self.places.max,
            used_bytes: self.budget.used(),
            budget_bytes: self.budget.limit(),
        }
    }

    fn idle<R>(&self, act: impl FnOnce(&mut LruCache<SessionId, Idle<S>>) -> R) -> R {
        act(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

// === impl Place ===

impl Places {
    fn take(self: &Arc<Self>) -> Option<Place> {
        let free = |taken: usize| (taken < self.max).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).ok()?;
        Some(Place(self.clone()))
    }

    fn free(&self) -> usize {
        self.max - self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
        self.0.changed.notify_waiters();
    }
}

impl PooledInstance {
    /// An instance that lives in `place`, counted in its tenant's `share`.
    pub(crate) fn new(instance: SessionInstance, place: Place, share: OwnedSemaphorePermit) -> Self {
        Self { instance, _share: share, _place: place }
    }
}
