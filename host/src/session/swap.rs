//! Swaps: a session goes on with another guest, or another version of its own.
//!
//! ```text
//! history     1 ─ 2 ─ 3 ─▣─ 4 ─ 5 ─▣═ 6 ═▣─ 7 ─ 8 …        6 is the change of guest: an event that nothing replays
//! guest      └────── v1 ──────────┘      └─── v2 ───┘
//!                                  │      └ the snapshot that it is committed with, of the new guest
//!                                  └ the snapshot before it, of the old guest, kept as a checkpoint
//! ```
//!
//! Every snapshot names its guest, and the events after it are that guest's. So the guest of an event is that of the
//! snapshot which the way to it begins with, and going back over a swap brings the old guest back.
//!
//! The new state is made first: by running the history again (`rerun`), or of what the old guest saves in a portable form.
//! Only one of the two instances is there at a time, so that a pool of one place is enough. Then one commit has the event,
//! the snapshot, the checkpoint and the record; before it the session is on the old guest, after it on the new.

mod report;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::report::{Carried, SwapDifference, SwapMethod, SwapOptions, SwapReport};
use super::entry::{Session, Tail, Ticket};
use super::manager::{SessionManager, now_ms};
use super::rerun::Rerun;
use super::restore::NO_ROOM_NOW;
use super::rewind::{add_checkpoint, find};
use super::snapshots::{Recorded, advance, internal};
use super::turn::micros;
use super::{Begin, SessionError, detach};
use crate::functions::one_line;
use crate::guest::Guest;
use crate::instance::{Interrupt, TurnFailure};
use crate::journal::{Answer, Event, EventUsage, Outside};
use crate::name::{CheckpointName, GuestRef, SessionName, TenantName};
use crate::pool::PooledInstance;
use crate::store::{GuestPin, ReplayCost, SessionRecord};

/// What becomes of the new instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Afterwards {
    /// It stays live, for its next command.
    Live,
    /// It stays live when the session was live before.
    AsBefore,
}

/// A state on the new guest, which nothing is stored of yet.
pub(super) struct Arrived {
    pub(super) pooled: PooledInstance,
    pub(super) carried: Carried,
}

impl SessionManager {
    /// Changes a session's guest. The commands that wait for the session are then run on the new one.
    ///
    /// # Errors
    /// [`SessionError::GuestUnknown`]; [`SessionError::NotPortable`], [`SessionError::HistoryIncomplete`] when the other
    /// way may do; [`SessionError::SwapFailed`], [`SessionError::Interrupted`] when it was begun and undone;
    /// [`SessionError::CheckpointTaken`], [`SessionError::TooManyCheckpoints`]; what a command may fail with.
    pub async fn swap(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        options: SwapOptions,
    ) -> Result<SwapReport, SessionError> {
        let guest = self.guest_meant(&options.guest).await?;
        let (manager, session) = (self.clone(), self.there(tenant, name)?);
        detach(&self.turns, Begin::There, async move {
            let ticket = Ticket::new(options.turn.clone());
            let _turn = session.queue(&ticket, manager.config.limits.queue_length_max).await?;
            manager.check_open()?;
            manager.swap_session(&session, &guest, &options, &ticket, Afterwards::Live).await
        })
        .await
    }

    /// The guest that somebody means.
    pub(super) async fn guest_meant(&self, guest: &GuestRef) -> Result<Arc<Guest>, SessionError> {
        Ok(self.guests.resolve(Some(guest)).await?)
    }

    /// Changes a session's guest. The caller holds its turn, which `ticket` is for.
    pub(super) async fn swap_session(
        self: &Arc<Self>,
        session: &Arc<Session>,
        guest: &Arc<Guest>,
        options: &SwapOptions,
        ticket: &Arc<Ticket>,
        afterwards: Afterwards,
    ) -> Result<SwapReport, SessionError> {
        let began = Instant::now();
        let before = session.facts().record.clone();
        if before.guest.digest == guest.digest() {
            return Ok(self.report(&before, &before, Carried::default(), None, began));
        }
        let checkpoint = self.checkpoint_for(session, &before, options)?;
        let was_live = self.pool.has_idle(session.id);
        let running = session.run(ticket);
        let arrived = self.carry_over(session, guest, options.how, &ticket.interrupt).await;
        drop(running);
        let Arrived { mut pooled, carried } = arrived?;
        if options.dry_run {
            self.drop_instance(session, pooled);
            let would_be = SessionRecord { guest: pin(options, guest), ..before.clone() };
            return Ok(self.report(&before, &would_be, carried, None, began));
        }
        let changed = self.change(session, &mut pooled, pin(options, guest), checkpoint.clone(), began).await;
        let is_done = matches!(changed, Ok(()) | Err(SessionError::Unsynced(_)));
        if is_done && (was_live || afterwards == Afterwards::Live) {
            self.put_back(session, pooled, Duration::ZERO).await;
        } else {
            self.drop_instance(session, pooled);
        }
        changed?;
        let after = session.facts().record.clone();
        Ok(self.report(&before, &after, carried, Some(checkpoint), began))
    }

    /// The name for the old state, when it may be kept.
    fn checkpoint_for(
        &self,
        session: &Session,
        record: &SessionRecord,
        options: &SwapOptions,
    ) -> Result<CheckpointName, SessionError> {
        let there = |name: &CheckpointName| find(record, name).ok().map(|at| record.checkpoints[at].event);
        let named = options.checkpoint.clone().or_else(|| automatic(record));
        let checkpoint = named.ok_or_else(|| internal("no name for a checkpoint"))?;
        match there(&checkpoint) {
            Some(event) if event == record.event => return Ok(checkpoint),
            Some(event) => return Err(SessionError::CheckpointTaken { checkpoint, event }),
            None => {}
        }
        session.share.check_storage(&*self.store)?;
        self.check_checkpoints(session, record)?;
        Ok(checkpoint)
    }

    /// Makes an instance of the new guest that has what the session has now. The old one is gone then, and its state is in
    /// the store.
    async fn carry_over(
        self: &Arc<Self>,
        session: &Arc<Session>,
        guest: &Arc<Guest>,
        how: SwapMethod,
        interrupt: &Arc<Interrupt>,
    ) -> Result<Arrived, SessionError> {
        let (needs, may) = (guest.code.base.bytes() as u64, self.limits(session).memory_bytes);
        if needs > may {
            let reason = format!("guest {} needs {needs} bytes of memory, and the session may have {may}", guest.name);
            return Err(failed(session, reason));
        }
        match how {
            SwapMethod::Replay => {
                self.put_away(session, interrupt).await?;
                Rerun::run(self, session, guest, interrupt).await
            }
            SwapMethod::Transfer => self.transfer(session, guest, interrupt).await,
        }
    }

    /// Saves the session, and drops its instance where it has one.
    async fn put_away(
        self: &Arc<Self>,
        session: &Arc<Session>,
        interrupt: &Arc<Interrupt>,
    ) -> Result<(), SessionError> {
        if session.facts().dirty() {
            let pooled = self.saved_instance(session, interrupt).await?;
            self.drop_instance(session, pooled);
        } else if let Some(pooled) = self.pool.take(session.id) {
            self.drop_instance(session, pooled);
        }
        Ok(())
    }

    /// The session's instance, of which a snapshot has the state.
    async fn saved_instance(
        self: &Arc<Self>,
        session: &Arc<Session>,
        interrupt: &Arc<Interrupt>,
    ) -> Result<PooledInstance, SessionError> {
        let mut pooled = self.lease(session, interrupt).await?;
        if !session.facts().dirty() {
            return Ok(pooled);
        }
        let record = session.facts().record.clone();
        match self.write_snapshot(session, &mut pooled, record, None).await {
            Ok(()) => Ok(pooled),
            Err(error) => {
                if matches!(error, SessionError::Internal(_)) {
                    self.drop_instance(session, pooled);
                } else {
                    self.put_back(session, pooled, Duration::ZERO).await;
                }
                Err(error)
            }
        }
    }

    /// Has the old guest save and the new one load.
    async fn transfer(
        self: &Arc<Self>,
        session: &Arc<Session>,
        guest: &Arc<Guest>,
        interrupt: &Arc<Interrupt>,
    ) -> Result<Arrived, SessionError> {
        let old = self.guest_of(session).await?;
        if let Some(guest) = [&old, guest].into_iter().find(|guest| !guest.code.is_portable()) {
            return Err(SessionError::NotPortable { session: session.name.clone(), guest: guest.name.clone() });
        }
        let _transferring = tokio::select! {
            biased;
            () = interrupt.triggered() => return Err(SessionError::InterruptedWaiting),
            permit = self.transferring.acquire() => permit.map_err(internal)?,
        };
        let mut pooled = self.saved_instance(session, interrupt).await?;
        let saved = pooled.instance.save_portable(interrupt.clone()).await;
        // Whatever saving did to it is not to be seen, and the new one needs its place.
        self.drop_instance(session, pooled);
        let saved = saved.map_err(|failure| stopped(session, &old, "save", failure))?;
        let saved = saved.map_err(|words| refused(session, &old, "save", &words))?;
        let saved_bytes = saved.len() as u64;
        let memory_bytes = guest.code.base.bytes() as u64 + saved_bytes;
        let (mut pooled, _) = self.begin(session, &guest.code, memory_bytes, self.patience()).await?;
        pooled.instance.limit(self.limits(session));
        let loaded = pooled.instance.load_portable(saved, interrupt.clone()).await;
        match loaded {
            Ok(Ok(())) => {
                let carried = Carried { saved_bytes: Some(saved_bytes), ..Carried::default() };
                Ok(Arrived { pooled, carried })
            }
            loaded => {
                self.drop_instance(session, pooled);
                Err(match loaded {
                    Ok(answer) => refused(session, guest, "load", &answer.err().unwrap_or_default()),
                    Err(failure) => stopped(session, guest, "load", failure),
                })
            }
        }
    }

    /// Commits the swap: its event, the new state, the checkpoint of the old one, and the record with the new guest.
    async fn change(
        &self,
        session: &Session,
        pooled: &mut PooledInstance,
        to: GuestPin,
        checkpoint: CheckpointName,
        began: Instant,
    ) -> Result<(), SessionError> {
        let mut record = session.facts().record.clone();
        let event = event_of(&record, &to, began, pooled.instance.memory_bytes());
        let encoded = event.encode().map_err(internal)?;
        let recorded = Recorded::new(&record, &event, encoded, None);
        let takes = recorded.takes();
        let cost = ReplayCost { events: 1, wall_us: event.usage.wall_us, bytes: takes.event_bytes };
        if find(&record, &checkpoint).is_err() {
            add_checkpoint(&mut record, checkpoint);
        }
        let base = record.event;
        advance(&mut record, &event, takes);
        record.change_guest(to);
        {
            let mut facts = session.facts();
            facts.jumps += 1;
            facts.tail = Tail { base, cost };
        }
        let written = self.write_snapshot(session, pooled, record, Some(recorded)).await;
        written.map_err(|error| match error {
            SessionError::Store(error) => SessionError::NotRecorded(error),
            error => error,
        })
    }
}

/// `before-17`, or, should that be taken, `before-17-2` and so on.
fn automatic(record: &SessionRecord) -> Option<CheckpointName> {
    let swap = record.next_event();
    let names = std::iter::once(format!("before-{swap}")).chain((2..).map(|n| format!("before-{swap}-{n}")));
    let free =
        |name: &CheckpointName| find(record, name).map_or(true, |at| record.checkpoints[at].event == record.event);
    names.map_while(|name| CheckpointName::new(&name).ok()).find(free)
}

fn event_of(record: &SessionRecord, to: &GuestPin, began: Instant, memory_bytes: u64) -> Event {
    let answer = Answer { result: Some(String::new()), ..Answer::default() };
    let spent = micros(began.elapsed());
    Event {
        number: record.next_event(),
        follows: record.event,
        at_ms: now_ms(),
        command: format!("guest {} → {}", version(&record.guest), version(to)).into(),
        outcome: answer.digest(),
        outside: Outside::default(),
        usage: EventUsage { wall_us: spent, cpu_us: 0, memory_before: record.memory_bytes, memory_after: memory_bytes },
        replayable: false,
        key: None,
        answer: Some(answer),
        undone: None,
        guest: Some(to.clone()),
    }
}

/// The guest, by the name that it was asked for.
fn pin(options: &SwapOptions, guest: &Guest) -> GuestPin {
    GuestPin { name: options.guest.name.clone(), digest: guest.digest() }
}

/// Digits of a digest that tell versions of a guest apart; as many as choose one.
const DIGEST_DIGITS: usize = 8;

/// A version as people can choose it.
fn version(pin: &GuestPin) -> String {
    let mut digest = pin.digest.to_string();
    digest.truncate(DIGEST_DIGITS);
    format!("{}@{digest}", pin.name)
}

pub(super) fn failed(session: &Session, reason: String) -> SessionError {
    SessionError::SwapFailed { session: session.name.clone(), reason }
}

/// What a guest says that it can't do.
fn refused(session: &Session, guest: &Guest, what: &str, words: &str) -> SessionError {
    failed(session, format!("guest {} can't {what} its state: {}", guest.name, one_line(words)))
}

/// A guest did not get through it.
fn stopped(session: &Session, guest: &Guest, what: &str, failure: TurnFailure) -> SessionError {
    match failure {
        TurnFailure::HostMemoryExceeded => NO_ROOM_NOW,
        TurnFailure::Interrupted => SessionError::Interrupted,
        failure => failed(session, format!("guest {} did not {what} its state: {failure}", guest.name)),
    }
}
