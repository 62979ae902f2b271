//! The session manager: routes what users ask to sessions, and keeps them live, saved and apart.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use super::entry::{Acting, Facts, Session, Sessions, Ticket, Turn};
use super::follow::{FollowedTurn, FollowedTurns};
use super::policy::SnapshotPolicy;
use super::snapshots::{Saver, Takes, advance, events_between};
use super::tenants::TenantShares;
use super::{
    Begin, CreateOptions, Execute, InterruptReport, Interruption, ListQuery, Reply, SaveReport, SessionError,
    SessionMetadata, SizeDetail, detach, timestamp,
};
use crate::config::Config;
use crate::functions::Functions;
use crate::guest::GuestRegistry;
use crate::instance::{ExchangeLimits, InstanceLimits};
use crate::journal::Event;
use crate::memory::Budget;
use crate::metrics::Metrics;
use crate::name::{FunctionName, SessionName, TenantName};
use crate::pool::{PoolFigures, SessionPool};
use crate::store::{Change, Durability, SessionRecord, Store, StoreError};

/// Callers that make room at once. Each evicts for itself; more would only wait for the same disk.
const MAKING_ROOM_MAX: usize = 8;

/// Sessions on their way to another guest at once, each of which is in the host's memory in its portable form.
const TRANSFERRING_MAX: usize = 4;

/// Takes commands through sessions, and keeps the sessions.
pub struct SessionManager {
    pub(super) config: Arc<Config>,
    pub(super) guests: Arc<GuestRegistry>,
    pub(super) store: Arc<dyn Store>,
    pub(super) pool: SessionPool<Arc<Session>>,
    pub(super) metrics: Arc<Metrics>,
    /// What sessions may be granted beside what they have of their own.
    pub(super) functions: Functions,
    pub(super) followed: FollowedTurns,
    pub(super) sessions: Arc<Sessions>,
    pub(super) shares: TenantShares,
    pub(super) policy: SnapshotPolicy,
    /// Who makes room now; first come first served.
    pub(super) making_room: Semaphore,
    /// How many make room or wait for it.
    pub(super) waiting_for_room: AtomicUsize,
    /// Who captures and writes a snapshot now; each holds the pages of one session for that long.
    pub(super) writing: Semaphore,
    /// Who holds the portable state of a session now.
    pub(super) transferring: Semaphore,
    pub(super) closing: AtomicBool,
    /// True once no client can answer any more.
    pub(super) going_down: watch::Sender<bool>,
    /// Places for components that are being registered.
    pub(super) registrations: Arc<Semaphore>,
    /// Where turns go on that don't end at once.
    pub(super) turns: Handle,
}

impl SessionManager {
    /// A manager of the sessions in `store`. Turns that don't end in their first millisecond go on on `turns`.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        guests: Arc<GuestRegistry>,
        store: Arc<dyn Store>,
        metrics: Arc<Metrics>,
        turns: Handle,
    ) -> Arc<Self> {
        Self::with_functions(config, guests, store, metrics, turns, Functions::none())
    }

    /// As [`SessionManager::new`], with functions that sessions may be granted.
    #[must_use]
    pub fn with_functions(
        config: Arc<Config>,
        guests: Arc<GuestRegistry>,
        store: Arc<dyn Store>,
        metrics: Arc<Metrics>,
        turns: Handle,
        functions: Functions,
    ) -> Arc<Self> {
        let live_max = NonZeroUsize::new(config.pool.live_sessions_max as usize).unwrap_or(NonZeroUsize::MIN);
        Arc::new(Self {
            pool: SessionPool::new(live_max, Budget::new(config.pool.memory_budget_bytes)),
            shares: TenantShares::new(config.clone()),
            followed: FollowedTurns::new(config.limits.output_bytes_max),
            config,
            guests,
            store,
            metrics,
            functions,
            sessions: Sessions::new(),
            policy: SnapshotPolicy::default(),
            making_room: Semaphore::new(MAKING_ROOM_MAX),
            waiting_for_room: AtomicUsize::new(0),
            writing: Semaphore::new(MAKING_ROOM_MAX),
            transferring: Semaphore::new(TRANSFERRING_MAX),
            closing: AtomicBool::new(false),
            going_down: watch::Sender::new(false),
            registrations: super::guests::registrations(),
            turns,
        })
    }

    /// Takes a command through a session, which is created when the tenant has none of that name. When the caller goes
    /// away the turn goes on.
    ///
    /// # Errors
    /// [`SessionError`]; [`SessionError::effect`] tells what became of the session.
    pub async fn execute(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        execute: Execute,
    ) -> Result<Reply, SessionError> {
        let (bytes, max) = (execute.command.len(), self.config.limits.command_bytes_max);
        if bytes > max {
            return Err(SessionError::CommandTooLong { bytes, max });
        }
        loop {
            self.check_open()?;
            let session = match self.find(tenant, name)? {
                Some(session) => session,
                None => match execute.if_event {
                    Some(expected) if expected != 0 => return Err(SessionError::MovedOn { expected, event: 0 }),
                    _ => {
                        let options = CreateOptions::default();
                        let guest = self.guest_for(&options).await?;
                        self.create_entry(tenant, name, &options, &guest)?.0
                    }
                },
            };
            let begin = if self.pool.has_idle(session.id) { Begin::Here } else { Begin::There };
            let (manager, execute) = (self.clone(), execute.clone());
            let work = async move { manager.take_turn(&session, execute).await };
            match detach(&self.turns, begin, work).await {
                // It was deleted while the command waited for it; the name is free now.
                Err(SessionError::NotFound(_)) => {}
                done => return done,
            }
        }
    }

    /// As [`SessionManager::execute`], for a client that follows what happens in the turn, and offers it functions of its
    /// own. The turn goes on without it.
    ///
    /// # Errors
    /// [`SessionError::TurnTaken`] when the session has a turn of that id that is not over yet. Everything else is
    /// told by the turn's end.
    pub fn execute_followed(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        execute: Execute,
        offered: BTreeSet<FunctionName>,
    ) -> Result<Arc<FollowedTurn>, SessionError> {
        let id = execute.turn.clone().unwrap_or_default();
        let turn = FollowedTurn::new(id.clone(), offered);
        if !self.followed.add(tenant, name, &turn) {
            return Err(SessionError::TurnTaken { turn: id.as_ref().to_owned() });
        }
        let (manager, tenant, name, followed) = (self.clone(), tenant.clone(), name.clone(), turn.clone());
        let execute = Execute { follow: Some(turn.clone()), ..execute };
        self.turns.spawn(async move {
            let _ended = EndOfTurn { manager: &manager, tenant: &tenant, name: &name, turn: &followed };
            followed.end(manager.execute(&tenant, &name, execute).await);
        });
        Ok(turn)
    }

    /// A turn that can be followed: one that runs, or that ended not long ago.
    #[must_use]
    pub fn followed(&self, tenant: &TenantName, name: &SessionName, turn: &str) -> Option<Arc<FollowedTurn>> {
        self.followed.get(tenant, name, turn)
    }

    /// Creates a session, or finds the one that is there with the same options. True when it was created now.
    ///
    /// # Errors
    /// [`SessionError::Conflict`] when it is there with other options; [`SessionError::GuestUnknown`],
    /// [`SessionError::LimitRange`] and [`SessionError::TooManySessions`] when it can't be had so.
    pub async fn create(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        options: CreateOptions,
    ) -> Result<(SessionMetadata, bool), SessionError> {
        self.check_open()?;
        let guest = self.guest_for(&options).await?;
        let (session, created) = self.create_entry(tenant, name, &options, &guest)?;
        let facts = session.facts().clone();
        drop(session);
        if !created {
            self.check_same(&facts.record, &options, &guest)?;
        }
        Ok((self.describe(&facts, None), created))
    }

    /// What is known of a session. Reads no state and waits for nobody.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Store`].
    pub async fn metadata(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        itemised: bool,
    ) -> Result<SessionMetadata, SessionError> {
        let facts = self.facts_of(tenant, name)?;
        let stored = if itemised { Some(self.store.stored_bytes(facts.record.id)?) } else { None };
        let detail = stored.map(|stored| {
            let live = facts.live.unwrap_or_default();
            SizeDetail {
                memory_bytes: facts.live.map_or(facts.record.memory_bytes, |live| live.memory_bytes),
                resident_bytes: live.resident_bytes,
                host_bytes: live.host_bytes,
                snapshot_bytes: facts.record.snapshots.iter().map(|entry| entry.bytes).sum(),
                journal_bytes: stored.journal,
            }
        });
        Ok(self.describe(&facts, detail))
    }

    /// A tenant's sessions, in the order of their names.
    ///
    /// # Errors
    /// [`SessionError::Store`].
    pub async fn list(
        self: &Arc<Self>,
        tenant: &TenantName,
        query: ListQuery,
    ) -> Result<Vec<SessionMetadata>, SessionError> {
        let records = self.store.sessions(tenant, &query.prefix, query.after.as_ref(), query.limit)?;
        records
            .into_iter()
            .map(|record| {
                let facts = match self.sessions.peek(tenant, &record.name, |session| session.facts().clone()) {
                    Some(facts) => facts,
                    None => self.brought_up_to_date(record)?,
                };
                Ok(self.describe(&facts, None))
            })
            .collect()
    }

    /// Stops the command that runs in a session: it ends as [`SessionError::Interrupted`] within some milliseconds, and the
    /// session is as before it. Commands that wait go on, unless they are meant too: they end as
    /// [`SessionError::InterruptedWaiting`].
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Store`].
    pub fn interrupt(
        &self,
        tenant: &TenantName,
        name: &SessionName,
        which: &Interruption,
    ) -> Result<InterruptReport, SessionError> {
        if let Some(report) = self.sessions.peek(tenant, name, |session| session.interrupt(which)) {
            return Ok(report);
        }
        self.facts_of(tenant, name)?;
        Ok(InterruptReport::default())
    }

    /// Writes a snapshot of a session's state, unless the newest one holds it already.
    ///
    /// # Errors
    /// [`SessionError`]; the session is as it was.
    pub async fn save(self: &Arc<Self>, tenant: &TenantName, name: &SessionName) -> Result<SaveReport, SessionError> {
        let (manager, session) = (self.clone(), self.there(tenant, name)?);
        detach(&self.turns, Begin::There, async move { manager.save_session(&session, Saver::User).await }).await
    }

    /// Deletes a session: its state, its history, its name. A command that runs ends first.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Store`].
    pub async fn delete(self: &Arc<Self>, tenant: &TenantName, name: &SessionName) -> Result<(), SessionError> {
        let (manager, session) = (self.clone(), self.there(tenant, name)?);
        detach(&self.turns, Begin::There, async move {
            let _turn = session.queue_for_host().await?;
            manager.remove(&session)
        })
        .await
    }

    /// What is live now.
    #[must_use]
    pub fn figures(&self) -> PoolFigures {
        self.pool.figures()
    }

    /// The store takes no more writes until the host is restarted.
    #[must_use]
    pub fn store_has_failed(&self) -> bool {
        self.store.has_failed()
    }

    /// Whether the host is going down.
    #[must_use]
    pub fn closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

// === impl SessionManager: finding and describing ===

impl SessionManager {
    pub(super) fn check_open(&self) -> Result<(), SessionError> {
        if self.closing() { Err(SessionError::ShuttingDown) } else { Ok(()) }
    }

    /// Commits, counting failures.
    pub(super) fn commit(&self, changes: &[Change<'_>], durability: Durability) -> Result<(), StoreError> {
        self.store.commit(changes, durability).inspect_err(|_| self.metrics.store_failed())
    }

    /// The limits of a session's instance.
    pub(super) fn limits(&self, session: &Session) -> InstanceLimits {
        let own = session.facts().record.limits;
        let host = &self.config.limits;
        let memory = session.share.limits.session_memory_bytes;
        InstanceLimits {
            memory_bytes: own.memory_bytes.unwrap_or(memory).min(memory),
            table_elements: crate::instance::TABLE_ELEMENTS,
            output_bytes: own
                .output_bytes
                .and_then(|bytes| usize::try_from(bytes).ok())
                .unwrap_or(host.output_bytes_max)
                .min(host.output_bytes_max),
            command_timeout: own
                .command_timeout_ms
                .map_or(host.command_timeout, std::time::Duration::from_millis)
                .min(host.command_timeout),
            exchanges: ExchangeLimits { count: host.calls_per_turn_max, bytes: host.call_bytes_max },
        }
    }

    /// A session that somebody wants to do something with.
    pub(super) fn there(&self, tenant: &TenantName, name: &SessionName) -> Result<Acting, SessionError> {
        self.check_open()?;
        self.find(tenant, name)?.ok_or_else(|| SessionError::NotFound(name.clone()))
    }

    /// The session's turn, for something else than a command that a user wants.
    pub(super) async fn turn_of(&self, session: &Session) -> Result<Turn, SessionError> {
        session.queue(&Ticket::new(None), self.config.limits.queue_length_max).await
    }

    /// Removes a session. The caller holds its turn.
    pub(super) fn remove(&self, session: &Session) -> Result<(), SessionError> {
        let (id, record) = (session.id, session.facts().record.clone());
        let usage = session.share.change_storage(&*self.store, record.counted_bytes, 0)?;
        let mut changes = vec![
            Change::RemoveSession { tenant: &session.tenant, name: &session.name, id },
            Change::PutUsage { tenant: &session.tenant, bytes: usage.total },
        ];
        changes.extend(record.foreign_snapshots().into_iter().map(|key| Change::ReleaseSnapshot { key, holder: id }));
        let unsynced = match self.commit(&changes, session.durability) {
            Ok(()) => None,
            // A sync that failed may leave it gone all the same.
            Err(error) => match self.store.session(&session.tenant, &session.name) {
                Ok(None) => Some(error),
                _ => return Err(error.into()),
            },
        };
        usage.keep();
        if let Some(pooled) = self.pool.take(id) {
            self.drop_instance(session, pooled);
        }
        session.facts().deleted = true;
        session.share.session_removed();
        unsynced.map_or(Ok(()), |error| Err(SessionError::Unsynced(error)))
    }

    /// The session, brought into memory when it is only stored.
    pub(super) fn find(&self, tenant: &TenantName, name: &SessionName) -> Result<Option<Acting>, SessionError> {
        self.sessions.get_or_load(tenant, name, || {
            let Some(record) = self.store.session(tenant, name)? else { return Ok(None) };
            Ok(Some(self.loaded(record)?))
        })
    }

    /// What is known of a session of which only the record is at hand: the events after it count too. Each of them was the
    /// present in turn, for the record is written whenever the session goes elsewhere.
    pub(super) fn brought_up_to_date(&self, record: SessionRecord) -> Result<Facts, SessionError> {
        let mut facts = Facts::of(record);
        if let Some((number, bytes)) = self.store.last_event(facts.record.id)?
            && number > facts.record.last_event
        {
            match Event::decode(&bytes) {
                Ok(event) => advance(&mut facts.record, &event, Takes::event(&bytes)),
                // Whoever restores the session is told.
                Err(_) => (facts.record.event, facts.record.last_event, facts.record.tip) = (number, number, number),
            }
        }
        Ok(facts)
    }

    /// A session that is brought into memory.
    pub(super) fn loaded(&self, record: SessionRecord) -> Result<Session, SessionError> {
        let (stored, known) = (record.journal, record.last_event);
        let mut facts = self.brought_up_to_date(record)?;
        if facts.record.last_event > known {
            let (id, end) = (facts.record.id, facts.record.next_event());
            let (tail, _) = events_between(&*self.store, id, known + 1, end, false)?;
            facts.record.journal = stored;
            facts.record.journal += tail;
        }
        let share = self.shares.of(&facts.record.tenant);
        Ok(Session::new(facts, share))
    }

    pub(super) fn facts_of(&self, tenant: &TenantName, name: &SessionName) -> Result<Facts, SessionError> {
        let not_found = || SessionError::NotFound(name.clone());
        if let Some(facts) = self.sessions.peek(tenant, name, |session| session.facts().clone()) {
            return if facts.deleted { Err(not_found()) } else { Ok(facts) };
        }
        self.brought_up_to_date(self.store.session(tenant, name)?.ok_or_else(not_found)?)
    }

    pub(super) fn describe(&self, facts: &Facts, detail: Option<SizeDetail>) -> SessionMetadata {
        let record = &facts.record;
        let live = facts.live.unwrap_or_default();
        let stored = record.stored_bytes();
        SessionMetadata {
            id: record.id,
            name: record.name.clone(),
            tenant: record.tenant.clone(),
            guest: record.guest.name.clone(),
            guest_label: self.guests.label(&record.guest.name, record.guest.digest),
            guest_digest: record.guest.digest,
            created: timestamp(record.created_ms),
            last_accessed: timestamp(record.last_accessed_ms),
            event: record.event,
            event_count: record.last_event,
            first_event: record.first_event,
            redo_to: (record.tip != record.event).then_some(record.tip),
            checkpoint_count: record.checkpoints.len() as u64,
            origin: record.origin.clone(),
            size: live.charge() + stored,
            size_detail: detail,
            live: facts.live.is_some(),
            dirty: facts.dirty(),
            limits: record.limits,
            durability: record.durability,
            functions: record.functions.clone(),
        }
    }
}

/// Sees to it that a followed turn ends, however it does.
struct EndOfTurn<'m> {
    manager: &'m SessionManager,
    tenant: &'m TenantName,
    name: &'m SessionName,
    turn: &'m Arc<FollowedTurn>,
}

impl Drop for EndOfTurn<'_> {
    fn drop(&mut self) {
        if !self.turn.has_ended() {
            self.turn.end(Err(SessionError::Internal("the turn was lost".to_owned())));
        }
        self.manager.followed.ended(self.tenant, self.name, self.turn);
    }
}

/// Milliseconds since 1970; 0 when the clock stands before that.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
