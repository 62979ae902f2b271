//! A session in memory: who may act on it, and what is known of it.
//!
//! ```text
//!  Session
//!   ├ turn    one at a time, first come first served: whoever holds it may touch instance, journal and snapshots
//!   └ facts   what is known of it, changed only by the holder of the turn, read by anybody at any moment
//! ```
//!
//! An entry exists while the session is live or somebody acts on it, and is dropped then; the store has the rest.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::SessionError;
use super::tenants::TenantShare;
use crate::instance::{Footprint, Interrupt};
use crate::name::{SessionName, TenantName};
use crate::store::SessionRecord;

/// One session.
pub(super) struct Session {
    pub(super) tenant: TenantName,
    pub(super) name: SessionName,
    pub(super) share: Arc<TenantShare>,
    turn: Arc<tokio::sync::Mutex<()>>,
    waiting: AtomicUsize,
    /// How many [`Acting`] there are; changed only under the shard's lock.
    acting: AtomicUsize,
    /// A snapshot is to be taken when the queue has come round; one at a time is enough.
    saving: AtomicBool,
    /// Set to stop the turn that runs; made anew for each turn, so that an interrupt never hits the next one.
    running: Mutex<Option<Arc<Interrupt>>>,
    facts: Mutex<Facts>,
}

/// A turn that runs, as far as an interrupt is concerned.
pub(super) struct RunningTurn<'s> {
    session: &'s Session,
    pub(super) interrupt: Arc<Interrupt>,
}

impl Drop for RunningTurn<'_> {
    fn drop(&mut self) {
        *self.session.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What is known of a session.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// Its record, with `event_count` and `last_accessed_ms` ahead of the stored one while there is a tail.
    pub(super) record: SessionRecord,
    /// The events since its newest snapshot.
    pub(super) tail: Tail,
    /// What its instance holds, while it is live.
    pub(super) live: Option<Footprint>,
    /// It has been deleted; whoever still holds the entry must let go.
    pub(super) deleted: bool,
}

/// The events since a session's newest snapshot, as the snapshot policy weighs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tail {
    /// How many.
    pub(super) events: u64,
    /// Time that they took in the guest, in microseconds: about what a replay takes.
    pub(super) wall_us: u64,
    /// Their encoded size.
    pub(super) bytes: u64,
}

/// The right to act on a session, until dropped.
pub(super) struct Turn {
    _right: OwnedMutexGuard<()>,
}

/// A place in a session's queue, until dropped.
pub(super) struct Waiting<'s>(&'s AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Facts {
    /// What is known of a session whose record was just read or made.
    pub(super) fn of(record: SessionRecord) -> Self {
        Self { record, tail: Tail::default(), live: None, deleted: false }
    }

    /// It has events newer than its newest snapshot.
    pub(super) fn dirty(&self) -> bool {
        self.record.event_count > self.record.snapshot_event.unwrap_or(0)
    }
}

impl Session {
    pub(super) fn new(facts: Facts, share: Arc<TenantShare>) -> Self {
        Self {
            tenant: facts.record.tenant.clone(),
            name: facts.record.name.clone(),
            share,
            turn: Arc::default(),
            waiting: AtomicUsize::new(0),
            acting: AtomicUsize::new(0),
            saving: AtomicBool::new(false),
            running: Mutex::new(None),
            facts: Mutex::new(facts),
        }
    }

    /// Waits for the session's turn behind at most `waiting_max` others; behind any number, and without counting as one of
    /// them, when the host itself has something to do.
    ///
    /// # Errors
    /// [`SessionError::QueueFull`], or [`SessionError::NotFound`] when the session was deleted meanwhile.
    pub(super) async fn queue(&self, waiting_max: Option<usize>) -> Result<Turn, SessionError> {
        if let Ok(right) = self.turn.clone().try_lock_owned() {
            return self.granted(right);
        }
        let _waiting = match waiting_max {
            Some(waiting_max) => Some(self.wait(waiting_max)?),
            None => None,
        };
        self.granted(self.turn.clone().lock_owned().await)
    }

    /// Lets interrupts reach the turn that begins now.
    pub(super) fn run(&self) -> RunningTurn<'_> {
        let interrupt = Arc::<Interrupt>::default();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(interrupt.clone());
        RunningTurn { session: self, interrupt }
    }

    /// Tells the running turn to stop. False when none runs.
    pub(super) fn interrupt(&self) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().map(|interrupt| interrupt.trigger()).is_some()
    }

    /// The session's turn, when nobody has it.
    pub(super) fn try_turn(&self) -> Option<Turn> {
        self.turn.clone().try_lock_owned().ok().map(|right| Turn { _right: right })
    }

    /// Announces a snapshot to be taken. False when one is announced already.
    pub(super) fn announce_save(&self) -> bool {
        !self.saving.swap(true, Ordering::Relaxed)
    }

    /// The announced snapshot has been taken, or has failed.
    pub(super) fn save_is_over(&self) {
        self.saving.store(false, Ordering::Relaxed);
    }

    fn key(&self) -> Key {
        (self.tenant.clone(), self.name.clone())
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, waiting_max: usize) -> Result<Waiting<'_>, SessionError> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&self.waiting);
        if before >= waiting_max {
            return Err(SessionError::QueueFull { name: self.name.clone(), waiting: before });
        }
        Ok(waiting)
    }

    fn granted(&self, right: OwnedMutexGuard<()>) -> Result<Turn, SessionError> {
        if self.facts().deleted { Err(SessionError::NotFound(self.name.clone())) } else { Ok(Turn { _right: right }) }
    }
}

/// The sessions in memory.
pub(super) struct Sessions {
    /// Sharded by tenant and name, so that commands of many sessions seldom meet at one lock.
    shards: [Mutex<Shard>; SHARDS],
}

/// Enough that a few dozen workers seldom meet.
const SHARDS: usize = 64;

type Shard = HashMap<Key, Arc<Session>>;
type Key = (TenantName, SessionName);

/// Somebody acts on a session: its entry stays while one of these exists, or the session is live. Whoever holds none must
/// not touch the session but by [`Sessions::act`].
pub(super) struct Acting {
    sessions: Arc<Sessions>,
    session: Arc<Session>,
}

impl Deref for Acting {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        &self.session
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        let key = self.session.key();
        let mut shard = self.sessions.shard(&key);
        let others = self.session.acting.fetch_sub(1, Ordering::Relaxed) - 1;
        let facts = self.session.facts();
        let over = facts.deleted || (others == 0 && facts.live.is_none());
        if over && shard.get(&key).is_some_and(|entry| Arc::ptr_eq(entry, &self.session)) {
            shard.remove(&key);
        }
    }
}

impl Sessions {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { shards: std::array::from_fn(|_| Mutex::default()) })
    }

    /// Looks at a session that is in memory, without acting on it.
    pub(super) fn peek<R>(
        &self,
        tenant: &TenantName,
        name: &SessionName,
        look: impl FnOnce(&Session) -> R,
    ) -> Option<R> {
        let key = (tenant.clone(), name.clone());
        self.shard(&key).get(&key).map(|session| look(session))
    }

    /// Acts on a session that is known from elsewhere; nothing when its entry is gone or another has taken its place.
    pub(super) fn act(self: &Arc<Self>, session: &Arc<Session>) -> Option<Acting> {
        let key = session.key();
        let shard = self.shard(&key);
        let current = shard.get(&key).is_some_and(|entry| Arc::ptr_eq(entry, session));
        current.then(|| self.acting(session))
    }

    /// Acts on a session, brought into memory by `load` when it is not there. `load` runs under the shard's lock, so that
    /// a session is never in memory twice.
    pub(super) fn get_or_load<E>(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        load: impl FnOnce() -> Result<Option<Session>, E>,
    ) -> Result<Option<Acting>, E> {
        let key = (tenant.clone(), name.clone());
        let mut shard = self.shard(&key);
        if let Some(session) = shard.get(&key) {
            return Ok(Some(self.acting(session)));
        }
        let Some(session) = load()?.map(Arc::new) else { return Ok(None) };
        shard.insert(key, session.clone());
        Ok(Some(self.acting(&session)))
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    /// Called with the shard's lock held, so that counting and removal don't cross.
    fn acting(self: &Arc<Self>, session: &Arc<Session>) -> Acting {
        session.acting.fetch_add(1, Ordering::Relaxed);
        Acting { sessions: self.clone(), session: session.clone() }
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, Shard> {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or(0)].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
