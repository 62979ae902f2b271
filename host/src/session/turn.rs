//! A turn: one command taken through a session.
//!
//! ```text
//! queue ─▶ lease (live, or restored) ─▶ guest ─┬─ ended: event recorded, reply ─▶ instance back to the pool
//!                                              └─ failed: instance dropped; the next turn restores the state from before
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::entry::Session;
use super::manager::{SessionManager, now_ms};
use super::{Execute, Reply, SessionError, Usage};
use crate::instance::{Executed, Footprint, Source, TurnFailure};
use crate::journal::{Event, EventUsage, OutcomeDigest, OutcomeParts};
use crate::metrics::TurnOutcome;
use crate::name::SessionId;
use crate::pool::PooledInstance;
use crate::store::{Change, Durability, StoreError};

impl SessionManager {
    /// Takes a command through `session` when its turn comes.
    pub(super) async fn take_turn(
        self: &Arc<Self>,
        session: &Arc<Session>,
        execute: Execute,
    ) -> Result<Reply, SessionError> {
        let turn = session.queue(Some(self.config.limits.queue_length_max)).await?;
        self.check_open()?;
        let event = session.facts().record.event_count;
        if let Some(expected) = execute.if_event.filter(|expected| *expected != event) {
            return Err(SessionError::MovedOn { expected, event });
        }
        let mut pooled = self.lease(session).await?;
        let at_ms = now_ms();
        let before = pooled.instance.memory_bytes();
        let command = execute.command;
        let began = Instant::now();
        let running = session.run();
        let interrupt = running.interrupt.clone();
        let executed = pooled.instance.execute(command.clone(), Source::Live, interrupt).await;
        drop(running);
        let mut executed = match executed {
            Ok(executed) => executed,
            Err(failure) => {
                self.drop_instance(session, pooled);
                self.metrics.turn_ended(outcome_of(&failure), began.elapsed());
                return Err(self.turn_error(session, failure));
            }
        };
        let number = event.saturating_add(1);
        let event = Event {
            number,
            at_ms,
            command: command.as_ref().to_owned(),
            outcome: digest(&executed),
            outside: std::mem::take(&mut executed.readings.record),
            usage: EventUsage {
                wall_us: micros(executed.wall),
                cpu_us: micros(executed.busy),
                memory_before: before,
                memory_after: pooled.instance.memory_bytes(),
            },
        };
        let replayable = executed.readings.complete && self.policy.replayable(event.usage.wall_us);
        if let Err(error) = self.record(session, &mut pooled, &event, replayable).await {
            self.drop_instance(session, pooled);
            self.metrics.turn_ended(TurnOutcome::HostFailed, executed.wall);
            return Err(match error {
                SessionError::Store(error) => SessionError::NotRecorded(error),
                error => error,
            });
        }
        let outcome = if executed.outcome.is_ok() { TurnOutcome::Ok } else { TurnOutcome::LanguageError };
        self.metrics.turn_ended(outcome, executed.wall);
        self.put_back(session, pooled, executed.busy).await;
        let due = self.policy.due(&session.facts().tail);
        drop(turn);
        if due {
            self.save_in_background(session);
        }
        Ok(reply(executed, &event, self.config.durability))
    }

    /// Records the turn: its event, or, when it can't be replayed, the state after it.
    async fn record(
        &self,
        session: &Session,
        pooled: &mut PooledInstance,
        event: &Event,
        replayable: bool,
    ) -> Result<(), SessionError> {
        let encoded = if replayable { event.encode().ok() } else { None };
        let mut after = session.facts().record.clone();
        after.event_count = event.number;
        after.last_accessed_ms = event.at_ms;
        after.memory_bytes = event.usage.memory_after;
        let Some(bytes) = encoded else {
            return self.write_snapshot(session, pooled, after).await;
        };
        let length = bytes.len() as u64;
        let appended = self.append(after.id, event.number, bytes).await;
        if let Err(error) = &appended
            && !self.is_there_all_the_same(after.id, event.number)
        {
            tracing::error!(session = %session.name, error = error as &dyn std::error::Error, "can't record a command");
            return appended.map_err(SessionError::Store);
        }
        let mut facts = session.facts();
        facts.record = after;
        facts.tail.events = facts.tail.events.saturating_add(1);
        facts.tail.wall_us = facts.tail.wall_us.saturating_add(event.usage.wall_us);
        facts.tail.bytes = facts.tail.bytes.saturating_add(length);
        appended.map_err(SessionError::Unsynced)
    }

    /// Appends an encoded event, on a thread that may block when it has to be synced.
    async fn append(&self, id: SessionId, number: u64, bytes: Vec<u8>) -> Result<(), StoreError> {
        if !self.commits_block() {
            return self.commit(&[Change::AppendEvent { id, number, bytes: &bytes }]);
        }
        let (store, durability) = (self.store.clone(), self.config.durability);
        let append = move || store.commit(&[Change::AppendEvent { id, number, bytes: &bytes }], durability);
        let appended = tokio::task::spawn_blocking(append).await;
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
                Some((facts.record.id, pooled, footprint))
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

/// What a turn produced, for comparison with a replay.
pub(super) fn digest(executed: &Executed) -> OutcomeDigest {
    let outcome = executed.outcome.as_ref();
    OutcomeDigest::of(&OutcomeParts {
        kind: if outcome.is_ok() { "value" } else { "error" },
        output: executed.written.all.as_bytes(),
        result: outcome.ok().map(|reply| reply.output.as_str()),
        error: outcome.err().map(String::as_str),
        should_exit: outcome.is_ok_and(|reply| reply.should_exit),
    })
}

fn reply(executed: Executed, event: &Event, durable: Durability) -> Reply {
    let (result, error, should_exit) = match executed.outcome {
        Ok(reply) => (Some(reply.output).filter(|output| !output.is_empty()), None, reply.should_exit),
        Err(error) => (None, Some(error), false),
    };
    let shown = result.as_deref().or(error.as_deref()).unwrap_or_default();
    Reply {
        output: as_shown(executed.written.all, shown),
        should_exit,
        result,
        error,
        stdout: executed.written.stdout,
        stderr: executed.written.stderr,
        event: event.number,
        durable,
        usage: Usage { wall_us: event.usage.wall_us, memory_bytes: event.usage.memory_after },
    }
}

/// What a terminal shows: the value or the error begins a line of its own.
fn as_shown(mut written: String, last: &str) -> String {
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

fn micros(duration: Duration) -> u64 {
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
