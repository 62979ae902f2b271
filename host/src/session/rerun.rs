//! Runs a session's history again on another guest.
//!
//! ```text
//! base image of ─▶ 1 ─▶ 2 ─▶ 3 ─▶ ✗ 4 ───────────▶ 5 ─▶ …        with what each of them read from outside at the time
//! the new guest              │   traps, or takes too long: it is left out
//!                            └ the newest copy of the state, from which another instance goes on then
//! ```
//!
//! Events that end otherwise are told, and are as good as any. Copies of the state are taken as often as snapshots would
//! be, and after each event that was left out, so that a history of such events is not run again for each of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::SessionError;
use super::entry::Session;
use super::manager::SessionManager;
use super::restore::{EVENTS_AT_ONCE, NO_ROOM_NOW};
use super::snapshots::internal;
use super::swap::{Arrived, Carried, SwapDifference, failed};
use super::turn::{answer, as_shown};
use super::way::Runs;
use crate::guest::Guest;
use crate::instance::{Executed, Interrupt, Source, TurnFailure};
use crate::journal::{Answer, Event, Outside};
use crate::memory::Reservation;
use crate::pool::{Need, PooledInstance};
use crate::snapshot::Snapshot;
use crate::store::{ReplayCost, SessionRecord};

/// Time that running a history again may take: its session waits for it, and nobody waits longer.
const RERUN_MAX: Duration = Duration::from_secs(300);

/// Differences that are told; the others are counted.
const DIFFERENCES_MAX: usize = 100;

/// Bytes of a command, and of an outcome, that are told.
const SHOWN_BYTES: usize = 400;

/// A history on its way through another guest.
pub(super) struct Rerun<'a> {
    manager: &'a Arc<SessionManager>,
    session: &'a Arc<Session>,
    guest: &'a Arc<Guest>,
    interrupt: &'a Arc<Interrupt>,
    deadline: Instant,
    /// What the seeds of events are made of that had none.
    salt: [u8; 32],
    /// None only while another takes its place.
    pooled: Option<PooledInstance>,
    /// The newest copy of the state; none while that is the base image.
    copy: Option<StateCopy>,
    /// The events since then, without those that were left out.
    since: Vec<Event>,
    cost: ReplayCost,
    carried: Carried,
}

/// A copy of a state, with its place in the budget.
struct StateCopy {
    snapshot: Snapshot,
    _reservation: Reservation,
}

impl<'a> Rerun<'a> {
    /// Makes an instance of `guest` in the state that the session's events lead to on it. The caller holds its turn, and
    /// nothing of it is live.
    ///
    /// # Errors
    /// [`SessionError::HistoryIncomplete`], [`SessionError::SwapFailed`], [`SessionError::Interrupted`], and what a restore
    /// may fail with.
    pub(super) async fn run(
        manager: &'a Arc<SessionManager>,
        session: &'a Arc<Session>,
        guest: &'a Arc<Guest>,
        interrupt: &'a Arc<Interrupt>,
    ) -> Result<Arrived, SessionError> {
        let record = session.facts().record.clone();
        let steps = whole_way(manager, &record)?;
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(internal)?;
        let mut rerun = Rerun {
            manager,
            session,
            guest,
            interrupt,
            deadline: Instant::now() + RERUN_MAX,
            salt,
            pooled: None,
            copy: None,
            since: Vec::new(),
            cost: ReplayCost::default(),
            carried: Carried::default(),
        };
        let done = match rerun.begin().await {
            Ok(()) => rerun.all(&record, &steps).await,
            Err(error) => Err(error),
        };
        let Rerun { pooled, carried, .. } = rerun;
        match (done, pooled) {
            (Ok(()), Some(pooled)) => Ok(Arrived { pooled, carried }),
            (done, pooled) => {
                pooled.into_iter().for_each(|pooled| manager.drop_instance(session, pooled));
                Err(done.err().unwrap_or_else(|| internal("an instance was lost")))
            }
        }
    }

    async fn all(&mut self, record: &SessionRecord, steps: &[(u64, u64)]) -> Result<(), SessionError> {
        for &(first, last) in steps {
            let mut number = first;
            while number <= last {
                let limit = usize::try_from(last - number + 1).unwrap_or(usize::MAX).min(EVENTS_AT_ONCE);
                let events = self.manager.store.events(record.id, number - 1, limit)?;
                if events.is_empty() {
                    return Err(incomplete(record, format!("event {number} is missing")));
                }
                for (found, bytes) in events {
                    if found != number {
                        return Err(incomplete(record, format!("event {number} is missing")));
                    }
                    let event = Event::decode(&bytes);
                    let event = event.map_err(|error| incomplete(record, format!("event {number}: {error}")))?;
                    self.step(record, event, bytes.len() as u64).await?;
                    number += 1;
                }
            }
        }
        Ok(())
    }

    /// Runs one event, or leaves it out.
    async fn step(&mut self, record: &SessionRecord, event: Event, bytes: u64) -> Result<(), SessionError> {
        let number = event.number;
        if event.guest.is_some() || event.undone.is_some() {
            // Neither is a command that did something.
            return Ok(());
        }
        if !event.replayable {
            let reason =
                format!("what event {number} did can't be done again, and only a snapshot of the old guest has it");
            return Err(incomplete(record, reason));
        }
        self.manager.check_open()?;
        if Instant::now() >= self.deadline {
            return Err(failed(self.session, format!("running its history again took over {RERUN_MAX:?}")));
        }
        self.carried.replayed += 1;
        match self.execute(&event).await {
            Ok(executed) => {
                let now = answer(executed);
                if now.digest() != event.outcome {
                    self.differs(&event, Some(shown(now)), None);
                }
                self.cost += ReplayCost { events: 1, wall_us: event.usage.wall_us, bytes };
                self.since.push(event);
                if self.manager.policy.due(&self.cost) { self.take_copy(number).await } else { Ok(()) }
            }
            Err(TurnFailure::HostMemoryExceeded) => Err(NO_ROOM_NOW),
            Err(TurnFailure::Interrupted) => Err(SessionError::Interrupted),
            Err(failure) => {
                self.carried.skipped += 1;
                self.differs(&event, None, Some(failure.to_string()));
                self.go_on_without(&event).await
            }
        }
    }

    async fn execute(&mut self, event: &Event) -> Result<Executed, TurnFailure> {
        let Some(pooled) = &mut self.pooled else { return Err(TurnFailure::Interrupted) };
        if self.interrupt.is_triggered() {
            return Err(TurnFailure::Interrupted);
        }
        let seed = event.outside.seed.unwrap_or_else(|| {
            let hash = blake3::keyed_hash(&self.salt, &event.number.to_le_bytes());
            *hash.as_bytes()
        });
        let record = Outside { seed: Some(seed), ..event.outside.clone() };
        let source = Source::Rerun { record, at_ns: event.at_ms.saturating_mul(1_000_000) };
        pooled.instance.execute(event.command.clone(), source, self.interrupt.clone()).await
    }

    /// A fresh instance, with the limits that the session has.
    async fn begin(&mut self) -> Result<(), SessionError> {
        let (manager, session) = (self.manager, self.session);
        let base = self.guest.code.base.bytes() as u64;
        let copied = self.copy.iter().flat_map(|copy| &copy.snapshot.memories).map(|memory| memory.bytes).sum::<u64>();
        let (mut pooled, _) = manager.begin(session, &self.guest.code, base.max(copied), manager.patience()).await?;
        pooled.instance.limit(manager.limits(session));
        self.pooled = Some(pooled);
        Ok(())
    }

    /// Takes another instance to where the last one was before `event`.
    async fn go_on_without(&mut self, event: &Event) -> Result<(), SessionError> {
        if let Some(pooled) = self.pooled.take() {
            self.manager.drop_instance(self.session, pooled);
        }
        self.begin().await?;
        if let (Some(copy), Some(pooled)) = (&self.copy, &mut self.pooled) {
            pooled.instance.apply(&copy.snapshot).await.map_err(internal)?;
        }
        let since = std::mem::take(&mut self.since);
        for event in &since {
            self.execute(event).await.map_err(|failure| match failure {
                TurnFailure::HostMemoryExceeded => NO_ROOM_NOW,
                TurnFailure::Interrupted => SessionError::Interrupted,
                failure => {
                    failed(self.session, format!("event {} ended well once, and then not: {failure}", event.number))
                }
            })?;
        }
        self.take_copy(event.number).await
    }

    async fn take_copy(&mut self, number: u64) -> Result<(), SessionError> {
        if let Some(pooled) = &mut self.pooled {
            let snapshot = pooled.instance.capture(number).await.map_err(internal)?;
            // The one before is not needed any more.
            self.copy = None;
            let (manager, bytes) = (self.manager, snapshot.page_bytes() as u64);
            let need = || Need { places: 0, ..manager.pool.need(bytes) };
            let reserve = || manager.pool.try_reserve(bytes);
            let reservation = manager.make_room(manager.patience(), need, reserve).await?;
            self.copy = Some(StateCopy { snapshot, _reservation: reservation });
        }
        self.since.clear();
        self.cost = ReplayCost::default();
        Ok(())
    }

    fn differs(&mut self, event: &Event, now: Option<String>, skipped: Option<String>) {
        self.carried.differing += 1;
        if self.carried.differences.len() < DIFFERENCES_MAX {
            let command = cut(event.command.as_ref().to_owned());
            let recorded = event.answer.clone().map(shown);
            self.carried.differences.push(SwapDifference { event: event.number, command, recorded, now, skipped });
        }
    }
}

/// All events that led to the present, from the first on: first and last of each run.
fn whole_way(manager: &SessionManager, record: &SessionRecord) -> Result<Vec<(u64, u64)>, SessionError> {
    let runs = Runs::to(manager.store.as_ref(), record, record.event).collect::<Result<Vec<_>, _>>()?;
    if record.event > 0 && runs.last().is_none_or(|run| run.parent != 0) {
        let reason = format!("its oldest event is {}, and what was before that is gone", record.first_event);
        return Err(incomplete(record, reason));
    }
    Ok(runs.into_iter().rev().map(|run| (run.first, run.last)).collect())
}

fn incomplete(record: &SessionRecord, reason: String) -> SessionError {
    SessionError::HistoryIncomplete { session: record.name.clone(), reason }
}

/// What a terminal shows of it, the beginning.
fn shown(answer: Answer) -> String {
    let last = answer.result.or(answer.error).unwrap_or_default();
    cut(as_shown(answer.all, &last))
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(SHOWN_BYTES));
    text
}
