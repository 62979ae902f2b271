//! A turn: one command taken through a session.
//!
//! ```text
//! queue ─▶ lease (live, or restored) ─▶ guest ─┬─ ended: event recorded, reply ─▶ instance back to the pool
//!                                              └─ failed: instance dropped; the next turn restores the state from before
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attend::gone_out;
use super::entry::{Session, Ticket};
use super::manager::{SessionManager, now_ms};
use super::results::rich;
use super::snapshots::{Recorded, Takes, advance, on_a_thread};
use super::{Execute, Reply, SessionError, Usage};
use crate::instance::{Attendant, Executed, Footprint, Source, TurnFailure};
use crate::journal::{Answer, Event, EventUsage, Exchange, Outside};
use crate::metrics::TurnOutcome;
use crate::name::SessionId;
use crate::pool::PooledInstance;
use crate::store::{Durability, ReplayCost, SessionRecord, StoreError};

impl SessionManager {
    /// Takes a command through `session` when its turn comes.
    pub(super) async fn take_turn(
        self: &Arc<Self>,
        session: &Arc<Session>,
        execute: Execute,
    ) -> Result<Reply, SessionError> {
        let ticket = Ticket::new(execute.turn.clone());
        let turn = session.queue(&ticket, self.config.limits.queue_length_max).await?;
        self.check_open()?;
        if let Some(reply) = self.recorded_reply(session, &execute)? {
            return self.as_durable(session, reply).await;
        }
        let stands_at = session.facts().record.event;
        if let Some(expected) = execute.if_event.filter(|expected| *expected != stands_at) {
            return Err(SessionError::MovedOn { expected, event: stands_at });
        }
        // What can't be recorded is not begun: it may ask others for something.
        self.store.check_room().inspect_err(|_| self.metrics.store_failed()).map_err(SessionError::NotRecorded)?;
        let running = session.run(&ticket);
        let mut pooled = self.lease(session, &ticket.interrupt).await?;
        let (at_ms, began, before) = (now_ms(), Instant::now(), pooled.instance.memory_bytes());
        let attendant = self.attendant(session, &execute, &ticket.interrupt);
        if let Some(followed) = &execute.follow {
            followed.begin();
        }
        let executed = if ticket.interrupt.is_triggered() {
            Err(TurnFailure::Interrupted)
        } else {
            let source = Source::Live(attendant.clone().map(|attendant| attendant as Arc<dyn Attendant>));
            pooled.instance.execute(execute.command.clone(), source, ticket.interrupt.clone()).await
        };
        drop(running);
        let waited = attendant.as_ref().map_or(Duration::ZERO, |attendant| attendant.waited());
        let executed = match executed {
            Ok(executed) => executed,
            Err(failure) => {
                let asked = if attendant.is_some() { gone_out(pooled.instance.asked_in_vain()) } else { Vec::new() };
                self.drop_instance(session, pooled);
                self.metrics.turn_ended(outcome_of(&failure), began.elapsed());
                if !asked.is_empty() {
                    let wall = began.elapsed().saturating_sub(waited);
                    self.note_undone(session, &execute.command, (at_ms, wall), asked, code(&failure)).await;
                    self.relieve(session);
                }
                return Err(self.turn_error(session, failure));
            }
        };
        let (wall, busy) = (executed.wall, executed.busy);
        // A replay waits for nobody.
        let executed = Executed { wall: wall.saturating_sub(waited), ..executed };
        let mut event = self.event_of(session, execute, executed, at_ms, (before, pooled.instance.memory_bytes()));
        let values = attendant.as_ref().and_then(|attendant| attendant.changed_values());
        if let Err(error) = self.record(session, &mut pooled, &event, values).await {
            self.drop_instance(session, pooled);
            self.metrics.turn_ended(TurnOutcome::HostFailed, wall);
            let asked = gone_out(std::mem::take(&mut event.outside.exchanges));
            if !asked.is_empty() && !matches!(error, SessionError::Unsynced(_)) {
                let times = (at_ms, Duration::from_micros(event.usage.wall_us));
                self.note_undone(session, &event.command, times, asked, "not-recorded").await;
            }
            return Err(match error {
                SessionError::Store(error) => SessionError::NotRecorded(error),
                error => error,
            });
        }
        let failed = event.answer.as_ref().is_some_and(|answer| answer.error.is_some());
        self.metrics.turn_ended(if failed { TurnOutcome::LanguageError } else { TurnOutcome::Ok }, wall);
        self.put_back(session, pooled, busy).await;
        let due = self.policy.due(&session.facts().tail.cost);
        drop(turn);
        if due {
            self.save_in_background(session);
        }
        Ok(reply(event, session.durability))
    }

    /// The reply to an earlier command with the same key, when there was one.
    fn recorded_reply(&self, session: &Session, execute: &Execute) -> Result<Option<Reply>, SessionError> {
        let Some(key) = &execute.key else { return Ok(None) };
        let (id, keyed) = (session.id, session.facts().record.keyed);
        let number = if keyed { self.store.key(id, key_hash(key))? } else { None };
        let Some(number) = number else { return Ok(None) };
        // Its event may be gone from the history, and another key may have the same hash: then it is not known.
        let Some(bytes) = self.store.event(id, number)? else { return Ok(None) };
        let decoded = Event::decode(&bytes);
        let event = decoded.map_err(|error| self.unreadable(session, number, &error))?;
        if event.key.as_deref() != Some(&**key) {
            return Ok(None);
        }
        if event.command != execute.command {
            return Err(SessionError::KeyReused { key: key.as_ref().to_owned(), event: number });
        }
        Ok(Some(Reply { replayed: true, ..reply(event, session.durability) }))
    }

    /// The reply, once what it tells of survives what it says.
    async fn as_durable(&self, session: &Session, reply: Reply) -> Result<Reply, SessionError> {
        if session.durability == Durability::Power {
            // The event may be of a command whose own sync failed.
            let store = self.store.clone();
            on_a_thread(true, move || store.sync()).await?.map_err(SessionError::Unsynced)?;
        }
        Ok(reply)
    }

    fn event_of(
        &self,
        session: &Session,
        execute: Execute,
        mut executed: Executed,
        at_ms: u64,
        (memory_before, memory_after): (u64, u64),
    ) -> Event {
        let (number, follows) = {
            let record = &session.facts().record;
            (record.next_event(), record.event)
        };
        let usage =
            EventUsage { wall_us: micros(executed.wall), cpu_us: micros(executed.busy), memory_before, memory_after };
        let replayable = executed.readings.complete && self.policy.replayable(usage.wall_us);
        let outside = std::mem::take(&mut executed.readings.record);
        let answer = answer(executed);
        let outcome = answer.digest();
        let (command, key) = (execute.command, execute.key);
        Event {
            number,
            follows,
            at_ms,
            command,
            outcome,
            outside,
            usage,
            replayable,
            key,
            answer: Some(answer),
            undone: None,
            guest: None,
        }
    }

    /// Records the turn: its event, and, when that can't be replayed, the state after it.
    async fn record(
        &self,
        session: &Session,
        pooled: &mut PooledInstance,
        event: &Event,
        values: Option<Vec<u8>>,
    ) -> Result<(), SessionError> {
        let encoded = event.encode().map_err(|error| SessionError::Internal(error.to_string()))?;
        let recorded = Recorded::new(&session.facts().record, event, encoded, values);
        let takes = recorded.takes();
        let cost = ReplayCost { events: 1, wall_us: event.usage.wall_us, bytes: takes.event_bytes };
        if !event.replayable {
            let mut record = session.facts().record.clone();
            advance(&mut record, event, takes);
            session.facts().tail.cost += cost;
            return self.write_snapshot(session, pooled, record, Some(recorded)).await;
        }
        let (id, number) = (session.id, event.number);
        let appended = self.append(session, recorded).await;
        if let Err(error) = &appended
            && !self.is_there_all_the_same(id, number)
        {
            tracing::error!(session = %session.name, error = error as &dyn std::error::Error, "can't record a command");
            return appended.map_err(SessionError::Store);
        }
        let mut facts = session.facts();
        advance(&mut facts.record, event, takes);
        facts.tail.cost += cost;
        appended.map_err(SessionError::Unsynced)
    }

    /// Notes a turn that was undone after it had asked others for something: as an event that is undone already, so that
    /// the session stays where it is. The turn is over for its client however this ends.
    async fn note_undone(
        &self,
        session: &Session,
        command: &Arc<str>,
        (at_ms, wall): (u64, Duration),
        exchanges: Vec<Exchange>,
        why: &str,
    ) {
        let record = session.facts().record.clone();
        let (number, follows) = (record.next_event(), record.event);
        let memory = record.memory_bytes;
        let usage = EventUsage { wall_us: micros(wall), cpu_us: 0, memory_before: memory, memory_after: memory };
        let event = Event {
            number,
            follows,
            at_ms,
            command: command.clone(),
            outcome: Answer::default().digest(),
            outside: Outside { exchanges, ..Outside::default() },
            usage,
            replayable: true,
            key: None,
            answer: None,
            undone: Some(why.into()),
            guest: None,
        };
        if let Err(error) = self.commit_undone(session, record, &event).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(session = %session.name, error, "can't note what an undone command had asked others");
        }
    }

    async fn commit_undone(&self, session: &Session, before: SessionRecord, event: &Event) -> Result<(), SessionError> {
        let bytes = event.encode().map_err(|error| SessionError::Internal(error.to_string()))?;
        let mut record = before.clone();
        advance(&mut record, event, Takes::event(&bytes));
        // The next event follows the one that the session stands at, and not this one.
        let SessionRecord { event: stands_at, tip, .. } = before;
        let record = SessionRecord { event: stands_at, tip, branched: true, ..record };
        let noted = Recorded::beside(&record, event, bytes);
        self.write_record(session, record, Some(noted)).await
    }

    /// Appends an event, on a thread that may block when it has to be synced.
    async fn append(&self, session: &Session, recorded: Recorded) -> Result<(), StoreError> {
        let durability = session.durability;
        if durability == Durability::Process {
            return self.commit(&recorded.changes(), durability);
        }
        let store = self.store.clone();
        let appended = tokio::task::spawn_blocking(move || store.commit(&recorded.changes(), durability)).await;
        let appended = appended.unwrap_or_else(|error| Err(StoreError::Write(error.into())));
        appended.inspect_err(|_| self.metrics.store_failed())
    }

    /// Whether an event that could not be committed was stored and only not synced: then it counts, after a restart too.
    fn is_there_all_the_same(&self, id: SessionId, number: u64) -> bool {
        self.store.last_event(id).is_ok_and(|last| last.is_some_and(|(last, _)| last == number))
    }

    /// Gives the instance back to the pool after it kept a thread for `busy`, charged with what it holds.
    pub(super) async fn put_back(&self, session: &Arc<Session>, pooled: PooledInstance, busy: Duration) {
        if let Some((id, pooled, footprint)) = self.charge(session, pooled, busy).await {
            self.pool.put(id, session.clone(), pooled, footprint);
        }
        session.share.changed.notify_waiters();
    }

    /// As [`SessionManager::put_back`], for an instance that could not be evicted; wakes nobody.
    pub(super) async fn put_back_quietly(&self, session: &Arc<Session>, pooled: PooledInstance) {
        if let Some((id, pooled, footprint)) = self.charge(session, pooled, Duration::ZERO).await {
            self.pool.put_quietly(id, session.clone(), pooled, footprint);
        }
    }

    /// Charges the instance with what it holds; nothing when that can't be told, and the instance is gone then.
    async fn charge(
        &self,
        session: &Session,
        mut pooled: PooledInstance,
        busy: Duration,
    ) -> Option<(SessionId, PooledInstance, Footprint)> {
        match pooled.instance.settle(busy).await {
            Ok(footprint) => {
                let mut facts = session.facts();
                facts.live = Some(footprint);
                Some((session.id, pooled, footprint))
            }
            Err(error) => {
                // What was acknowledged is recorded, so nothing is lost: the next turn restores.
                tracing::error!(session = %session.name, %error, "an instance could not be looked at after its turn");
                self.drop_instance(session, pooled);
                None
            }
        }
    }

    /// Drops an instance whose state is not to be used any more.
    pub(super) fn drop_instance(&self, session: &Session, pooled: PooledInstance) {
        drop(pooled);
        session.facts().live = None;
        session.share.changed.notify_waiters();
    }

    fn turn_error(&self, session: &Session, failure: TurnFailure) -> SessionError {
        let limits = self.limits(session);
        match failure {
            TurnFailure::Trapped(reason) => SessionError::Trapped(reason),
            TurnFailure::MemoryExceeded => SessionError::MemoryExceeded { limit_bytes: limits.memory_bytes },
            TurnFailure::HostMemoryExceeded => SessionError::HostMemoryExceeded,
            TurnFailure::TimeExceeded => SessionError::TimeExceeded {
                limit_ms: u64::try_from(limits.command_timeout.as_millis()).unwrap_or(u64::MAX),
            },
            TurnFailure::OutputExceeded => SessionError::OutputExceeded { limit_bytes: limits.output_bytes as u64 },
            TurnFailure::Interrupted => SessionError::Interrupted,
            TurnFailure::HandlesHeld(held) => SessionError::HandlesHeld(held),
        }
    }
}

/// What a turn answered, to be recorded, told, and compared with a replay.
pub(super) fn answer(executed: Executed) -> Answer {
    let (result, error, should_exit) = match executed.outcome {
        Ok(reply) => (Some(reply.output), None, reply.should_exit),
        Err(error) => (None, Some(error), false),
    };
    let written = executed.written;
    Answer {
        should_exit,
        result,
        error,
        all: written.all,
        stdout: written.stdout,
        stderr: written.stderr,
        displays: written.displays,
    }
}

/// The hash that a key is found by.
pub(super) fn key_hash(key: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(key.as_bytes())
}

fn reply(event: Event, durable: Durability) -> Reply {
    let Answer { should_exit, result, error, all, stdout, stderr, displays } = event.answer.unwrap_or_default();
    let result = result.filter(|result| !result.is_empty());
    let shown = result.as_deref().or(error.as_deref()).unwrap_or_default();
    Reply {
        output: as_shown(all, shown),
        should_exit,
        result,
        error,
        stdout,
        stderr,
        results: rich(displays),
        event: event.number,
        durable,
        usage: Usage { wall_us: event.usage.wall_us, memory_bytes: event.usage.memory_after },
        replayed: false,
    }
}

/// What a terminal shows: the value or the error begins a line of its own.
pub(super) fn as_shown(mut written: String, last: &str) -> String {
    if !written.is_empty() && !last.is_empty() && !written.ends_with('\n') {
        written.push('\n');
    }
    written.push_str(last);
    written
}

fn outcome_of(failure: &TurnFailure) -> TurnOutcome {
    match failure {
        TurnFailure::Trapped(_) => TurnOutcome::Trapped,
        TurnFailure::MemoryExceeded | TurnFailure::HostMemoryExceeded => TurnOutcome::MemoryExceeded,
        TurnFailure::TimeExceeded => TurnOutcome::TimeExceeded,
        TurnFailure::OutputExceeded => TurnOutcome::OutputExceeded,
        TurnFailure::Interrupted => TurnOutcome::Interrupted,
        TurnFailure::HandlesHeld(_) => TurnOutcome::HandlesHeld,
    }
}

/// What a stopped turn's event says of why: the code of the problem that the client is told.
fn code(failure: &TurnFailure) -> &'static str {
    match failure {
        TurnFailure::Trapped(_) => "trapped",
        TurnFailure::MemoryExceeded => "memory-exceeded",
        TurnFailure::HostMemoryExceeded => "host-memory-exceeded",
        TurnFailure::TimeExceeded => "time-exceeded",
        TurnFailure::OutputExceeded => "output-exceeded",
        TurnFailure::Interrupted => "interrupted",
        TurnFailure::HandlesHeld(_) => "handles-held",
    }
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::as_shown;

    #[test]
    fn a_value_begins_a_line_of_its_own() {
        assert_eq!(as_shown(String::new(), "3"), "3");
        assert_eq!(as_shown("hi".into(), ""), "hi");
        assert_eq!(as_shown("hi".into(), "3"), "hi\n3");
        assert_eq!(as_shown("hi\n".into(), "3"), "hi\n3");
    }
}
