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

use super::tenants::TenantShare;
use super::{InterruptReport, Interruption, SessionError};
use crate::instance::{Footprint, Interrupt};
use crate::name::{Grants, SessionId, SessionName, TenantName};
use crate::store::{Durability, ReplayCost, SessionRecord};

/// One session.
pub(super) struct Session {
    // These never change.
    pub(super) id: SessionId,
    /// When its commands count as recorded.
    pub(super) durability: Durability,
    pub(super) tenant: TenantName,
    pub(super) name: SessionName,
    pub(super) share: Arc<TenantShare>,
    /// The functions that it may call.
    pub(super) granted: Grants,
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Commands in the queue, for their number and for interrupts.
    waiting: Mutex<Vec<Arc<Ticket>>>,
    /// How many [`Acting`] there are; changed only under the shard's lock.
    acting: AtomicUsize,
    /// A snapshot is to be taken when the queue has come round; one at a time is enough.
    saving: AtomicBool,
    /// The turn that runs or restores; made anew for each, so that an interrupt never hits the next one.
    running: Mutex<Option<Arc<Ticket>>>,
    facts: Mutex<Facts>,
}

/// A command on its way through the session, as far as an interrupt is concerned.
#[derive(Debug, Default)]
pub(super) struct Ticket {
    /// What an interrupt may call it.
    turn: Option<Arc<str>>,
    pub(super) interrupt: Arc<Interrupt>,
}

impl Ticket {
    pub(super) fn new(turn: Option<Arc<str>>) -> Arc<Self> {
        Arc::new(Self { turn, interrupt: Arc::default() })
    }

    /// Tells it to stop, when it is meant.
    fn interrupt(&self, which: &Interruption) -> bool {
        let meant = which.turn.is_none() || which.turn == self.turn;
        if meant {
            self.interrupt.trigger();
        }
        meant
    }
}

/// A turn that runs, until dropped.
pub(super) struct RunningTurn<'s> {
    session: &'s Session,
}

impl Drop for RunningTurn<'_> {
    fn drop(&mut self) {
        *lock(&self.session.running) = None;
    }
}

/// What is known of a session.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// Its record, ahead of the stored one while there is a tail.
    pub(super) record: SessionRecord,
    /// The events since the snapshot that its live instance came from or was last saved in; meaningless without one.
    pub(super) tail: Tail,
    /// The events of snapshots that are being stored and are in no record yet; one for each save.
    pub(super) unlisted: Vec<u64>,
    /// How often it has gone to another event than its next one.
    pub(super) jumps: u64,
    /// What its instance holds, while it is live.
    pub(super) live: Option<Footprint>,
    /// It has been deleted; whoever still holds the entry must let go.
    pub(super) deleted: bool,
}

/// The events between a snapshot and the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tail {
    /// The event of the snapshot; 0 for the base image.
    pub(super) base: u64,
    /// What replaying the events takes.
    pub(super) cost: ReplayCost,
}

/// The right to act on a session, until dropped.
pub(super) struct Turn {
    _right: OwnedMutexGuard<()>,
}

/// A place in a session's queue, until dropped.
pub(super) struct Waiting<'s> {
    queue: &'s Mutex<Vec<Arc<Ticket>>>,
    ticket: &'s Arc<Ticket>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(self.queue).retain(|other| !Arc::ptr_eq(other, self.ticket));
    }
}

impl Facts {
    /// What is known of a session whose record was just read or made.
    pub(super) fn of(record: SessionRecord) -> Self {
        Self { record, tail: Tail::default(), unlisted: Vec::new(), jumps: 0, live: None, deleted: false }
    }

    /// A save of `event` is over.
    pub(super) fn listed(&mut self, event: u64) {
        if let Some(at) = self.unlisted.iter().position(|unlisted| *unlisted == event) {
            self.unlisted.swap_remove(at);
        }
    }

    /// No snapshot holds its present state.
    pub(super) fn dirty(&self) -> bool {
        self.record.event > 0 && !self.record.has_snapshot(self.record.event)
    }
}

/// What was asked for at its creation, as far as its tenant still has it.
fn granted(record: &SessionRecord, share: &TenantShare) -> Grants {
    match &record.functions {
        Some(own) => own.within(&share.functions),
        None => share.functions.clone(),
    }
}

impl Session {
    pub(super) fn new(facts: Facts, share: Arc<TenantShare>) -> Self {
        Self {
            id: facts.record.id,
            durability: facts.record.durability.unwrap_or(share.limits.durability),
            tenant: facts.record.tenant.clone(),
            name: facts.record.name.clone(),
            granted: granted(&facts.record, &share),
            share,
            turn: Arc::default(),
            waiting: Mutex::default(),
            acting: AtomicUsize::new(0),
            saving: AtomicBool::new(false),
            running: Mutex::new(None),
            facts: Mutex::new(facts),
        }
    }

    /// Waits for the session's turn behind at most `waiting_max` commands.
    ///
    /// # Errors
    /// [`SessionError::QueueFull`]; [`SessionError::InterruptedWaiting`]; [`SessionError::NotFound`] when the session was
    /// deleted meanwhile.
    pub(super) async fn queue(&self, ticket: &Arc<Ticket>, waiting_max: usize) -> Result<Turn, SessionError> {
        if let Ok(right) = self.turn.clone().try_lock_owned() {
            return self.granted(right);
        }
        let _waiting = self.wait(ticket, waiting_max)?;
        tokio::select! {
            biased;
            () = ticket.interrupt.triggered() => Err(SessionError::InterruptedWaiting),
            right = self.turn.clone().lock_owned() => self.granted(right),
        }
    }

    /// Waits for the session's turn on behalf of the host, behind any number of commands and without counting as one.
    ///
    /// # Errors
    /// [`SessionError::NotFound`] when the session was deleted meanwhile.
    pub(super) async fn queue_for_host(&self) -> Result<Turn, SessionError> {
        self.granted(self.turn.clone().lock_owned().await)
    }

    /// Lets interrupts reach the turn that begins now.
    pub(super) fn run(&self, ticket: &Arc<Ticket>) -> RunningTurn<'_> {
        *lock(&self.running) = Some(ticket.clone());
        RunningTurn { session: self }
    }

    /// Tells the running turn to stop, and those that wait where that is asked for.
    pub(super) fn interrupt(&self, which: &Interruption) -> InterruptReport {
        let interrupted = lock(&self.running).as_ref().is_some_and(|running| running.interrupt(which));
        let queued = if which.queued || which.turn.is_some() {
            lock(&self.waiting).iter().filter(|waiting| waiting.interrupt(which)).count()
        } else {
            0
        };
        InterruptReport { interrupted, queued }
    }

    /// Commands in the queue.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        lock(&self.waiting).len()
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
        lock(&self.facts)
    }

    fn wait<'s>(&'s self, ticket: &'s Arc<Ticket>, waiting_max: usize) -> Result<Waiting<'s>, SessionError> {
        let mut queue = lock(&self.waiting);
        if queue.len() >= waiting_max {
            return Err(SessionError::QueueFull { name: self.name.clone(), waiting: queue.len() });
        }
        queue.push(ticket.clone());
        Ok(Waiting { queue: &self.waiting, ticket })
    }

    fn granted(&self, right: OwnedMutexGuard<()>) -> Result<Turn, SessionError> {
        if self.facts().deleted { Err(SessionError::NotFound(self.name.clone())) } else { Ok(Turn { _right: right }) }
    }
}

/// What these locks guard is right after every statement, so that another thread's panic leaves nothing to fear.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Looks at all that are in memory, without acting on them.
    pub(super) fn each(&self, look: impl Fn(&Session)) {
        for shard in &self.shards {
            lock(shard).values().for_each(|session| look(session));
        }
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
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Called with the shard's lock held, so that counting and removal don't cross.
    fn acting(self: &Arc<Self>, session: &Arc<Session>) -> Acting {
        session.acting.fetch_add(1, Ordering::Relaxed);
        Acting { sessions: self.clone(), session: session.clone() }
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, Shard> {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        lock(&self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or(0)])
    }
}
