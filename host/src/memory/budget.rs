//! The host's memory budget: one counter, taken from by guards.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that all live instances together may use. Clones share the counter.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Counter>);

#[derive(Debug)]
struct Counter {
    limit: u64,
    used: AtomicU64,
}

impl Budget {
    /// A budget of `limit` bytes, all of them free.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self(Arc::new(Counter { limit, used: AtomicU64::new(0) }))
    }

    /// Takes `bytes`, or nothing when fewer are free.
    #[must_use]
    pub fn reserve(&self, bytes: u64) -> Option<Reservation> {
        let mut reservation = Reservation { budget: self.clone(), bytes: 0, room: None };
        reservation.grow_to(bytes).then_some(reservation)
    }

    /// The limit in bytes.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.0.limit
    }

    /// Bytes taken now.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }
}

/// Somebody who can free bytes of a budget, by evicting idle sessions, say.
pub trait MakeRoom: Send + Sync {
    /// Frees `bytes` or as many as can be had. False when nothing came free.
    fn make_room(&self, bytes: u64) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;
}

/// Bytes taken from a budget; given back on drop.
pub struct Reservation {
    budget: Budget,
    bytes: u64,
    /// Asked when the budget has not enough.
    room: Option<Arc<dyn MakeRoom>>,
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Reservation {
    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// This reservation, growing at the cost of others: `room` is asked before it is refused.
    #[must_use]
    pub fn with_room(mut self, room: Arc<dyn MakeRoom>) -> Self {
        self.room = Some(room);
        self
    }

    /// As [`Reservation::grow_to`], after room was made where there is too little.
    pub async fn grow_to_with_room(&mut self, bytes: u64) -> bool {
        while !self.grow_to(bytes) {
            let Some(room) = self.room.clone() else { return false };
            let wanted = bytes - self.bytes;
            if wanted > self.budget.limit() || !room.make_room(wanted).await {
                return false;
            }
        }
        true
    }

    /// Makes sure that at least `bytes` are held. False, and nothing changed, when the budget has not enough.
    #[must_use]
    pub fn grow_to(&mut self, bytes: u64) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        let counter = &self.budget.0;
        let taken = counter.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(more).filter(|total| more == 0 || *total <= counter.limit)
        });
        self.bytes += if taken.is_ok() { more } else { 0 };
        taken.is_ok()
    }

    /// Gives back what is held over `bytes`.
    pub fn shrink_to(&mut self, bytes: u64) {
        let less = self.bytes.saturating_sub(bytes);
        self.budget.0.used.fetch_sub(less, Ordering::Relaxed);
        self.bytes -= less;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back_and_never_exceeds_the_limit() {
        let budget = Budget::new(100);
        let mut a = budget.reserve(60).expect("60 of 100 are free");
        assert!(budget.reserve(41).is_none());
        let b = budget.reserve(40).expect("40 are left");
        assert!(!a.grow_to(61));
        assert_eq!((a.bytes(), budget.used()), (60, 100));
        drop(b);
        assert!(a.grow_to(61));
        a.shrink_to(10);
        assert_eq!(budget.used(), 10);
        a.shrink_to(20);
        assert_eq!(a.bytes(), 10);
        drop(a);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn holding_what_one_has_needs_no_room() {
        let budget = Budget::new(10);
        let mut a = budget.reserve(10).expect("all are free");
        assert!(a.grow_to(10) && a.grow_to(3));
        assert!(!a.grow_to(u64::MAX));
    }
}
