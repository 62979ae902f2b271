//! Reading histories: lists of events, one event whole, and how two histories differ. Waits for nobody and changes nothing.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::history::{
    CallRecord, DiffSide, EventDetail, EventOutcome, EventPage, EventQuery, EventSummary, HistoryDiff,
};
use super::manager::SessionManager;
use super::results::rich;
use super::rewind::no_such_event;
use super::snapshots::on_a_thread;
use super::turn::as_shown;
use super::way::{Runs, leads_to};
use super::{SessionError, timestamp};
use crate::journal::{Asked, Event, Exchange};
use crate::name::{SessionId, SessionName, TenantName};
use crate::store::{SessionRecord, StoreError};

/// Bytes of a command that a list shows.
const COMMAND_SHOWN_BYTES: usize = 1_000;

/// Calls of one event that are told.
const CALLS_SHOWN: usize = 1_000;

/// Bytes of events looked at for one page. A page of large ones, or of few that a filter lets through, ends early and tells
/// where to go on.
const LOOKED_AT_BYTES_MAX: usize = 32 << 20;

/// Events read from the store at once: each may have megabytes.
const EVENTS_AT_ONCE: usize = 16;

impl SessionManager {
    /// Lists events of a session's history, undone ones too.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Store`].
    pub async fn events(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        query: &EventQuery,
    ) -> Result<EventPage, SessionError> {
        let record = self.facts_of(tenant, name)?.record;
        let (manager, query) = (self.clone(), query.clone());
        on_a_thread(true, move || manager.page(&record, &query)).await?
    }

    /// One event of a session's history, whole.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::NoSuchEvent`], [`SessionError::Store`].
    pub async fn event(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        number: u64,
    ) -> Result<EventDetail, SessionError> {
        let record = self.facts_of(tenant, name)?.record;
        let manager = self.clone();
        on_a_thread(true, move || manager.whole(&record, number)).await?
    }

    /// How the ways that led to the present states of two sessions differ; at most `limit` events of each.
    ///
    /// # Errors
    /// [`SessionError::NotFound`], [`SessionError::Store`].
    pub async fn diff(
        self: &Arc<Self>,
        tenant: &TenantName,
        left: &SessionName,
        right: &SessionName,
        limit: usize,
    ) -> Result<HistoryDiff, SessionError> {
        let left = self.facts_of(tenant, left)?.record;
        let right = self.facts_of(tenant, right)?.record;
        let manager = self.clone();
        on_a_thread(true, move || manager.compare(&left, &right, limit)).await?
    }

    fn whole(&self, record: &SessionRecord, number: u64) -> Result<EventDetail, SessionError> {
        let bytes = self.store.event(record.id, number)?.ok_or_else(|| no_such_event(record, number))?;
        let event = Event::decode(&bytes).map_err(|error| SessionError::Unrestorable {
            name: record.name.clone(),
            reason: format!("event {number}: {error}"),
        })?;
        let undone = !leads_to(&*self.store, record, number, record.event)?;
        Ok(detail(event, undone, bytes.len() as u64))
    }

    fn page(&self, record: &SessionRecord, query: &EventQuery) -> Result<EventPage, SessionError> {
        let way = Way::to(self, record)?;
        let mut cursor = Cursor::new(self, record, query);
        let mut page = EventPage { events: Vec::new(), next: None };
        while page.events.len() < query.limit && cursor.bytes < LOOKED_AT_BYTES_MAX {
            let Some((number, event)) = cursor.next()? else { return Ok(page) };
            let undone = !way.has(number);
            match event {
                Ok(event) if wanted(&event, undone, query) => page.events.push(summary(&event, undone)),
                Ok(_) => {}
                Err(reason) => page.events.push(damaged(number, undone, reason)),
            }
        }
        page.next = cursor.next()?.map(|(number, _)| if query.newest_first { number + 1 } else { number - 1 });
        Ok(page)
    }

    /// One event, when the history has it and it can be read.
    fn read_event(&self, record: &SessionRecord, number: u64) -> Result<Option<Event>, SessionError> {
        let bytes = self.store.event(record.id, number)?;
        Ok(bytes.and_then(|bytes| Event::decode(&bytes).ok()))
    }
}

/// Goes through the events of a history in either order.
struct Cursor<'a> {
    manager: &'a SessionManager,
    id: SessionId,
    newest_first: bool,
    /// Events after and before these are still to be read.
    after: u64,
    before: u64,
    read: VecDeque<(u64, Vec<u8>)>,
    /// Of all that was looked at.
    bytes: usize,
}

/// An event with its number, or why it can't be read.
type Found = (u64, Result<Event, String>);

impl<'a> Cursor<'a> {
    fn new(manager: &'a SessionManager, record: &SessionRecord, query: &EventQuery) -> Self {
        let after = query.after.unwrap_or(0).max(record.first_event.saturating_sub(1));
        let before = query.before.unwrap_or(u64::MAX).min(record.next_event());
        let (id, newest_first) = (record.id, query.newest_first);
        Self { manager, id, newest_first, after, before, read: VecDeque::new(), bytes: 0 }
    }

    fn next(&mut self) -> Result<Option<Found>, SessionError> {
        if self.read.is_empty() {
            self.read_some()?;
        }
        let Some((number, bytes)) = self.read.pop_front() else { return Ok(None) };
        if number <= self.after || number >= self.before {
            return Ok(None);
        }
        if self.newest_first {
            self.before = number;
        } else {
            self.after = number;
        }
        self.bytes += bytes.len();
        Ok(Some((number, Event::decode(&bytes).map_err(|error| error.to_string()))))
    }

    fn read_some(&mut self) -> Result<(), SessionError> {
        let store = &self.manager.store;
        let read = if self.newest_first {
            store.events_before(self.id, self.before, EVENTS_AT_ONCE)?
        } else {
            store.events(self.id, self.after, EVENTS_AT_ONCE)?
        };
        self.read = read.into();
        Ok(())
    }
}

/// What leads to the present state of a session.
struct Way(Vec<RangeInclusive<u64>>);

impl Way {
    fn to(manager: &SessionManager, record: &SessionRecord) -> Result<Self, StoreError> {
        let runs = Runs::to(manager.store.as_ref(), record, record.event);
        runs.map(|run| run.map(|run| run.first..=run.last)).collect::<Result<_, _>>().map(Self)
    }

    /// The runs are in falling order.
    fn has(&self, event: u64) -> bool {
        let at = self.0.partition_point(|run| *run.start() > event);
        self.0.get(at).is_some_and(|run| run.contains(&event))
    }

    /// What both have, in rising order.
    fn and(&self, other: &Self) -> Vec<RangeInclusive<u64>> {
        let (mut one, mut other) = (self.0.iter().rev().peekable(), other.0.iter().rev().peekable());
        let mut both = Vec::new();
        while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
            let meeting = *a.start().max(b.start())..=*a.end().min(b.end());
            if !meeting.is_empty() {
                both.push(meeting);
            }
            if a.end() < b.end() {
                one.next()
            } else {
                other.next()
            };
        }
        both
    }
}

fn outcome(event: &Event) -> EventOutcome {
    match &event.answer {
        _ if event.undone.is_some() => EventOutcome::Stopped,
        _ if event.guest.is_some() => EventOutcome::Guest,
        Some(answer) if answer.error.is_some() => EventOutcome::Error,
        _ => EventOutcome::Value,
    }
}

fn wanted(event: &Event, undone: bool, query: &EventQuery) -> bool {
    query.undone.is_none_or(|wanted| wanted == undone)
        && query.outcome.is_none_or(|wanted| wanted == outcome(event))
        && query.contains.as_ref().is_none_or(|text| event.command.contains(text.as_str()))
}

fn summary(event: &Event, undone: bool) -> EventSummary {
    let shown = event.command.floor_char_boundary(COMMAND_SHOWN_BYTES);
    EventSummary {
        event: event.number,
        follows: event.follows,
        undone,
        at: timestamp(event.at_ms),
        command: event.command[..shown].to_owned(),
        truncated: shown < event.command.len(),
        outcome: outcome(event),
        stopped: event.undone.as_deref().map(ToOwned::to_owned),
        wall_us: event.usage.wall_us,
        memory_bytes: event.usage.memory_after,
        damaged: None,
    }
}

fn detail(event: Event, undone: bool, journal_bytes: u64) -> EventDetail {
    let summary =
        EventSummary { command: event.command.as_ref().to_owned(), truncated: false, ..summary(&event, undone) };
    let told = event.answer.is_some();
    let answer = event.answer.unwrap_or_default();
    let shown = answer.result.as_deref().or(answer.error.as_deref()).unwrap_or_default();
    let output = told.then(|| as_shown(answer.all, shown));
    EventDetail {
        summary,
        output,
        result: answer.result.filter(|result| !result.is_empty()),
        error: answer.error,
        stdout: answer.stdout,
        stderr: answer.stderr,
        results: rich(answer.displays),
        calls: event.outside.exchanges.iter().take(CALLS_SHOWN).map(call).collect(),
        should_exit: answer.should_exit,
        cpu_us: event.usage.cpu_us,
        memory_before: event.usage.memory_before,
        readings: event.outside.readings.len(),
        random: event.outside.seed.is_some(),
        replayable: event.replayable,
        journal_bytes,
        idempotency_key: event.key.map(|key| key.as_ref().to_owned()),
    }
}

fn call(exchange: &Exchange) -> CallRecord {
    let mut truncated = false;
    let mut shown = |text: &str| {
        let end = text.floor_char_boundary(COMMAND_SHOWN_BYTES);
        truncated |= end < text.len();
        text[..end].to_owned()
    };
    let (name, asked) = match &exchange.asked {
        Asked::Call { name, arguments } => (Some(shown(name)), shown(arguments)),
        Asked::Line { prompt } => (None, shown(prompt)),
    };
    let (answer, failure) = match &exchange.answer {
        Ok(answer) => (Some(shown(answer)), None),
        Err(failure) => (None, Some(shown(&format!("{}: {}", failure.kind.name(), failure.message)))),
    };
    CallRecord { name, asked, answer, failure, truncated }
}

/// What a list says of an event that can't be read.
fn damaged(number: u64, undone: bool, reason: String) -> EventSummary {
    EventSummary {
        event: number,
        follows: 0,
        undone,
        at: timestamp(0),
        command: String::new(),
        truncated: false,
        outcome: EventOutcome::Error,
        stopped: None,
        wall_us: 0,
        memory_bytes: 0,
        damaged: Some(reason),
    }
}

// === comparing ===

impl SessionManager {
    /// Compares two ways. What is the same at one event is the same before it, so that the last common one is found by
    /// halving.
    fn compare(&self, left: &SessionRecord, right: &SessionRecord, limit: usize) -> Result<HistoryDiff, SessionError> {
        let ways = [Way::to(self, left)?, Way::to(self, right)?];
        let shared = ways[0].and(&ways[1]);
        let count: u64 = shared.iter().map(|run| run.end() - run.start() + 1).sum();
        let (mut same, mut different) = (0, count + 1);
        while different - same > 1 {
            let middle = same + (different - same) / 2;
            if self.is_same(left, right, nth(&shared, middle))? {
                same = middle;
            } else {
                different = middle;
            }
        }
        let common = if same > 0 { Some(nth(&shared, same)) } else { before(&ways, left, right) };
        let side = |record: &SessionRecord, way: &Way| self.side(record, way, common.unwrap_or(0), limit);
        Ok(HistoryDiff { common, left: side(left, &ways[0])?, right: side(right, &ways[1])? })
    }

    /// Both have the same turn there: its digest tells that it came to the same, its time that it is not only one like it.
    fn is_same(&self, left: &SessionRecord, right: &SessionRecord, number: u64) -> Result<bool, SessionError> {
        let [one, other] = [self.read_event(left, number)?, self.read_event(right, number)?];
        let what = |event: &Event| (event.follows, event.at_ms, event.outcome);
        Ok(match (one, other) {
            (Some(one), Some(other)) => what(&one) == what(&other) && one.command == other.command,
            _ => false,
        })
    }

    /// The events of a way after `common`.
    fn side(&self, record: &SessionRecord, way: &Way, common: u64, limit: usize) -> Result<DiffSide, SessionError> {
        let query = EventQuery { after: Some(common), limit, ..EventQuery::default() };
        let mut cursor = Cursor::new(self, record, &query);
        let mut side = DiffSide { session: record.name.clone(), events: Vec::new(), more: false };
        while let Some((number, event)) = cursor.next()? {
            if !way.has(number) {
                continue;
            }
            if side.events.len() == limit || cursor.bytes > LOOKED_AT_BYTES_MAX {
                side.more = true;
                break;
            }
            side.events.push(match event {
                Ok(event) => summary(&event, false),
                Err(reason) => damaged(number, false, reason),
            });
        }
        Ok(side)
    }
}

/// What both have in common when they share no event: the beginning, or the event that both go on from.
fn before(ways: &[Way; 2], left: &SessionRecord, right: &SessionRecord) -> Option<u64> {
    let origin = |record: &SessionRecord| record.origin.as_ref().map(|origin| origin.id);
    let related = left.id == right.id
        || origin(left) == Some(right.id)
        || origin(right) == Some(left.id)
        || (origin(left).is_some() && origin(left) == origin(right));
    if left.first_event == 1 && right.first_event == 1 {
        return (left.first_guest().digest == right.first_guest().digest).then_some(0);
    }
    // The one may still have the event after which the other's history begins.
    let base = left.first_event.max(right.first_event) - 1;
    let has = |way: &Way, record: &SessionRecord| way.has(base) || record.first_event == base + 1;
    (related && has(&ways[0], left) && has(&ways[1], right)).then_some(base)
}

/// The `n`th number of some runs in rising order, counted from 1.
fn nth(runs: &[RangeInclusive<u64>], n: u64) -> u64 {
    let mut left = n - 1;
    for run in runs {
        let length = run.end() - run.start() + 1;
        if left < length {
            return run.start() + left;
        }
        left -= length;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_meet_where_both_have_the_numbers() {
        let one = Way(vec![20..=25, 8..=9, 1..=5]);
        let other = Way(vec![9..=22, 2..=3]);
        assert_eq!(one.and(&other), [2..=3, 9..=9, 20..=22]);
        assert_eq!((1..=6).map(|n| nth(&one.and(&other), n)).collect::<Vec<_>>(), [2, 3, 9, 20, 21, 22]);
        assert!(one.has(8) && one.has(25) && !one.has(6) && !one.has(26) && !one.has(0));
    }
}
