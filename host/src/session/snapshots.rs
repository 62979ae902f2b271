//! Snapshots of sessions, on their way into the store.
//!
//! ```text
//!                 a turn's own                                    beside the turns
//!   ──┬─ capture ─ encode ─ commit ─┬──          ──┬─ capture ─┬───── next turns ─────┬─ list ─┬──
//!     │  eviction, shutdown, a turn │              │ the copy  │ encode, write bytes  │ record │
//!     │  that can't be replayed     │              │ only      │ off their path       │ only   │
//! ```
//!
//! The state after an event never changes, so a snapshot is right whenever it is listed. Until then no record names it: a
//! crash in between leaves bytes that the session's next snapshot clears away.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::SemaphorePermit;

use super::entry::{Session, Tail};
use super::manager::SessionManager;
use super::retention::{Needed, Retention};
use super::tenants::TenantShare;
use super::turn::key_hash;
use super::way::{Way, leads_to, way_to};
use super::{SaveReport, SessionError};
use crate::config::TenantLimits;
use crate::journal::Event;
use crate::name::SessionId;
use crate::pool::PooledInstance;
use crate::snapshot::{self, Snapshot};
use crate::store::{
    Change, Durability, JournalSize, SessionRecord, SnapshotEntry, SnapshotKey, Store, StoreError, ValueKind,
};

/// Page contents up to which a snapshot is encoded and written where it was taken, in bytes: about a millisecond. More
/// goes to a thread that may block.
const INLINE_BYTES_MAX: usize = 1 << 20;

/// An event, encoded, with what else has to be stored with it.
pub(super) struct Recorded {
    id: SessionId,
    number: u64,
    bytes: Vec<u8>,
    /// The event that it follows, when that is not the one before it.
    branches_from: Option<u64>,
    key: Option<u64>,
    replayable: bool,
    /// What the session keeps beside its history, when the turn changed that.
    values: Option<Vec<u8>>,
    /// The record as the event makes it, when that says something new of the history as a whole.
    record: Option<Box<SessionRecord>>,
}

impl Recorded {
    /// The event that comes next in the history that `record` describes, with what the session keeps beside it from then
    /// on, when that changes; empty for nothing.
    pub(super) fn new(record: &SessionRecord, event: &Event, bytes: Vec<u8>, values: Option<Vec<u8>>) -> Self {
        let (id, number, replayable) = (record.id, event.number, event.replayable);
        let branches_from = branches_from(event);
        let key = event.key.as_deref().map(key_hash);
        let mut recorded = Self { id, number, bytes, branches_from, key, replayable, values, record: None };
        let takes = recorded.takes();
        let says_new = (branches_from.is_some() && !record.branched)
            || (key.is_some() && !record.keyed)
            || takes.values_bytes.is_some_and(|bytes| bytes != record.values_bytes);
        if says_new {
            let mut record = Box::new(record.clone());
            advance(&mut record, event, takes);
            recorded.record = Some(record);
        }
        recorded
    }

    /// An event beside the way of the session that `record` describes, which is stored with it.
    pub(super) fn beside(record: &SessionRecord, event: &Event, bytes: Vec<u8>) -> Self {
        let (id, number, replayable) = (record.id, event.number, event.replayable);
        let branches_from = branches_from(event);
        Self { id, number, bytes, branches_from, key: None, replayable, values: None, record: None }
    }

    /// What it takes in the store.
    pub(super) fn takes(&self) -> Takes {
        let values_bytes = self.values.as_ref().map(|values| values.len() as u64);
        Takes { event_bytes: self.bytes.len() as u64, values_bytes }
    }

    pub(super) fn changes(&self) -> Vec<Change<'_>> {
        let (id, number) = (self.id, self.number);
        let mut changes = vec![Change::AppendEvent { id, number, bytes: &self.bytes }];
        changes.extend(self.branches_from.map(|parent| Change::PutBranch { id, first: number, parent }));
        changes.extend(self.key.map(|hash| Change::PutKey { id, hash, event: number }));
        changes.extend(self.values.as_deref().map(|bytes| Change::PutValues { id, kind: ValueKind::Values, bytes }));
        changes.extend(self.record.as_deref().map(Change::PutSession));
        changes
    }
}

/// The event that `event` follows, when that is not the one before it.
pub(super) fn branches_from(event: &Event) -> Option<u64> {
    (event.follows.saturating_add(1) != event.number).then_some(event.follows)
}

/// What an event takes in the store.
#[derive(Clone, Copy)]
pub(super) struct Takes {
    /// In the journal.
    pub(super) event_bytes: u64,
    /// What the session keeps beside its history, when the event's turn changed that.
    values_bytes: Option<u64>,
}

impl Takes {
    /// Of one whose turn changed nothing beside the history.
    pub(super) fn event(bytes: &[u8]) -> Self {
        Self { event_bytes: bytes.len() as u64, values_bytes: None }
    }
}

/// Makes `event` the present of `record`.
pub(super) fn advance(record: &mut SessionRecord, event: &Event, takes: Takes) {
    record.event = event.number;
    record.last_event = event.number;
    record.tip = event.number;
    record.branched |= branches_from(event).is_some();
    record.keyed |= event.key.is_some();
    record.last_accessed_ms = event.at_ms;
    record.memory_bytes = event.usage.memory_after;
    record.journal += JournalSize { events: 1, bytes: takes.event_bytes };
    record.values_bytes = takes.values_bytes.unwrap_or(record.values_bytes);
}

/// A state that was copied out of an instance.
struct Captured<'m> {
    snapshot: Snapshot,
    /// What the record will say of it; its size is not known yet.
    entry: SnapshotEntry,
    /// Held until it is written: each holds the pages of one session for that long.
    _writing: SemaphorePermit<'m>,
}

/// Writes a session's record, and lets go of what its history need not keep then.
struct Keeper {
    store: Arc<dyn Store>,
    share: Arc<TenantShare>,
    durability: Durability,
    retention: Retention,
    /// Others' snapshots that it holds before.
    held: Vec<SnapshotKey>,
    unlisted: Vec<u64>,
}

impl Keeper {
    /// Commits `changes`, which may append an event, and the record, in which `entry` is listed, if there is one. Gives the
    /// record as it is then, and why it could not be synced, when it is there all the same.
    fn commit<'c>(
        &'c self,
        record: SessionRecord,
        entry: Option<SnapshotEntry>,
        mut changes: Vec<Change<'c>>,
    ) -> Result<(SessionRecord, Option<StoreError>), StoreError> {
        let appended = changes.iter().find_map(|change| match change {
            Change::AppendEvent { number, bytes, .. } => Some((*number, bytes.len() as u64)),
            _ => None,
        });
        let mut listing = Listing::of(self, record, entry, appended)?;
        let (counted, stored) = (listing.record.counted_bytes, listing.record.stored_bytes());
        listing.record.counted_bytes = stored;
        let usage = self.share.change_storage(&*self.store, counted, stored)?;
        let put_usage = Change::PutUsage { tenant: &self.share.name, bytes: usage.total };
        let committed = {
            changes.push(put_usage);
            let listed = listing.changes();
            self.store.commit(&changes.into_iter().chain(listed).collect::<Vec<_>>(), self.durability)
        };
        let unsynced = all_the_same(committed, &*self.store, &listing)?;
        usage.keep();
        Ok((listing.record, unsynced))
    }
}

/// A record with one more snapshot, and what goes for it.
struct Listing {
    record: SessionRecord,
    /// Events of the session's own snapshots that stay.
    keep: Vec<u64>,
    released: Vec<SnapshotKey>,
    /// The last event that goes, when any does.
    removed_through: Option<u64>,
    /// Keys whose events go.
    forgotten: Vec<u64>,
}

impl Listing {
    /// `appended` is the event that is stored along with it, and its size.
    fn of(
        keeper: &Keeper,
        mut record: SessionRecord,
        entry: Option<SnapshotEntry>,
        appended: Option<(u64, u64)>,
    ) -> Result<Self, StoreError> {
        let (store, first) = (&*keeper.store, record.first_event);
        if let Some(entry) = entry {
            list(store, &mut record, entry)?;
        }
        let [safe, bare] = needed(store, &record)?;
        let (id, keyed) = (record.id, record.keyed);
        let mut forgotten = Vec::new();
        let mut journal = |first, end| {
            let (mut size, keys) = events_between(store, id, first, end, keyed)?;
            if let Some((_, bytes)) = appended.filter(|(number, _)| (first..end).contains(number)) {
                size += JournalSize { events: 1, bytes };
            }
            forgotten.extend(keys);
            Ok::<_, StoreError>(size)
        };
        keeper.retention.apply(&mut record, safe, &mut journal)?;
        if far_over(&keeper.share.limits, &record) {
            keeper.retention.apply(&mut record, bare, &mut journal)?;
        }
        record.forget_guests();
        let foreign = record.foreign_snapshots();
        let released = keeper.held.iter().filter(|key| !foreign.contains(key)).copied().collect();
        let own = record.snapshots.iter().filter(|entry| entry.maker.is_none()).map(|entry| entry.event);
        let keep = own.chain(keeper.unlisted.iter().copied()).collect();
        let removed_through = (record.first_event > first).then(|| record.first_event - 1);
        Ok(Self { record, keep, released, removed_through, forgotten })
    }

    fn changes(&self) -> Vec<Change<'_>> {
        let id = self.record.id;
        let mut changes = vec![Change::KeepSnapshots { id, events: &self.keep }];
        changes.extend(self.released.iter().map(|key| Change::ReleaseSnapshot { key: *key, holder: id }));
        changes.extend(self.forgotten.iter().map(|hash| Change::RemoveKey { id, hash: *hash }));
        changes.extend(self.removed_through.map(|number| Change::RemoveEventsThrough { id, number }));
        changes.push(Change::PutSession(&self.record));
        changes
    }
}

/// Lists a snapshot where it belongs. Others may have been listed, or have gone, since its bytes were made.
fn list(store: &dyn Store, record: &mut SessionRecord, mut entry: SnapshotEntry) -> Result<(), StoreError> {
    record.snapshots.retain(|other| other.event != entry.event);
    if entry.after != 0 && !record.has_snapshot(entry.after) {
        entry.after = or_nothing(way_to(store, record, entry.event, &[]))?.map_or(0, |way| way.base_event());
    }
    for at in 0..record.snapshots.len() {
        let next = record.snapshots[at];
        let later = next.after == entry.after && next.event > entry.event;
        if later && leads_to(store, record, entry.event, next.event)? {
            record.snapshots[at].after = entry.event;
            record.snapshots[at].cost -= entry.cost;
        }
    }
    let at = record.snapshots.partition_point(|other| other.event < entry.event);
    record.snapshots.insert(at, entry);
    Ok(())
}

/// Bytes and events by which a history may pass twice its bounds: some times what there is from one snapshot to the next.
const BYTES_BEYOND: u64 = 4 << 20;
const EVENTS_BEYOND: u64 = 20_000;

/// A history that has grown far over its bounds, as what is done and undone over and over makes it while the present state
/// needs what was before: then the snapshot before the newest goes too.
pub(super) fn far_over(limits: &TenantLimits, record: &SessionRecord) -> bool {
    let beyond = |max: u64, more: u64| max.saturating_mul(2).saturating_add(more);
    record.journal.bytes > beyond(limits.history_bytes_max, BYTES_BEYOND)
        || record.journal.events > beyond(limits.history_events_max, EVENTS_BEYOND)
}

/// What the present state needs: the newest snapshot on the way to it, the one before that, and the events since; and the
/// same without the one before.
fn needed(store: &dyn Store, record: &SessionRecord) -> Result<[Needed; 2], StoreError> {
    // What is damaged already is not made worse: everything stays.
    let all = Needed { snapshots: [0, 0], first_event: record.first_event };
    let Some(way) = or_nothing(way_to(store, record, record.event, &[]))? else { return Ok([all; 2]) };
    let newest = way.base_event();
    let older = if newest == 0 { None } else { or_nothing(way_to(store, record, record.event, &[newest]))? };
    // A state that needs no replay needs no events.
    let first_of = |way: &Way| way.steps.first().map_or(record.next_event(), |(first, _)| *first);
    let from = |way: &Way| Needed { snapshots: [newest, way.base_event()], first_event: first_of(way) };
    Ok([from(older.as_ref().unwrap_or(&way)), from(&way)])
}

/// A way, where there is one.
fn or_nothing(way: Result<Way, SessionError>) -> Result<Option<Way>, StoreError> {
    match way {
        Ok(way) => Ok(Some(way)),
        Err(SessionError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Events read from the store at once.
const EVENTS_AT_ONCE: u64 = 64;

/// The events from `first` to before `end`: what they are, and the hashes of the keys that lead to them, where some have.
pub(super) fn events_between(
    store: &dyn Store,
    id: SessionId,
    first: u64,
    end: u64,
    keyed: bool,
) -> Result<(JournalSize, Vec<u64>), StoreError> {
    let (mut size, mut hashes) = (JournalSize::default(), Vec::new());
    let mut next = first;
    while next < end {
        let limit = usize::try_from((end - next).min(EVENTS_AT_ONCE)).unwrap_or(usize::MAX);
        let events = store.events(id, next - 1, limit)?;
        let Some((last, _)) = events.last() else { break };
        next = last + 1;
        for (number, bytes) in events.iter().filter(|(number, _)| *number < end) {
            size += JournalSize { events: 1, bytes: bytes.len() as u64 };
            let key = if keyed { Event::decode(bytes).ok().and_then(|event| event.key) } else { None };
            // The same key may have been used again for an event that stays.
            let hash = key.map(|key| key_hash(&key));
            if let Some(hash) = hash.filter(|hash| store.key(id, *hash).is_ok_and(|found| found == Some(*number))) {
                hashes.push(hash);
            }
        }
    }
    Ok((size, hashes))
}

impl SessionManager {
    fn keeper(&self, session: &Session) -> Result<Keeper, StoreError> {
        let (share, store) = (session.share.clone(), self.store.clone());
        let TenantLimits { history_events_max, history_bytes_max, storage_bytes_max, .. } = share.limits;
        let full = share.storage(&*store)? > storage_bytes_max;
        // A tenant that has too much stored gives up history first.
        let (events_max, bytes_max) = if full { (0, 0) } else { (history_events_max, history_bytes_max) };
        let retention = Retention { events_max, bytes_max, policy: self.policy };
        let facts = session.facts();
        let (held, unlisted) = (facts.record.foreign_snapshots(), facts.unlisted.clone());
        drop(facts);
        Ok(Keeper { store, share, durability: session.durability, retention, held, unlisted })
    }

    /// Captures the state of a live session, whose record then is `record`, and stores both, with the event that made that
    /// state where it is not stored yet. The caller holds the session's turn.
    pub(super) async fn write_snapshot(
        &self,
        session: &Session,
        pooled: &mut PooledInstance,
        record: SessionRecord,
        recorded: Option<Recorded>,
    ) -> Result<(), SessionError> {
        let replayable = recorded.as_ref().is_none_or(|recorded| recorded.replayable);
        let Captured { snapshot, entry, _writing } = self.capture(session, pooled, record.event, replayable).await?;
        let keeper = self.keeper(session)?;
        let blocking = snapshot.page_bytes() > INLINE_BYTES_MAX || keeper.durability == Durability::Power;
        let write = move || {
            let bytes = snapshot::encode(&snapshot);
            let (id, event) = (record.id, entry.event);
            let entry = SnapshotEntry { bytes: bytes.len() as u64, ..entry };
            let mut changes = recorded.as_ref().map(Recorded::changes).unwrap_or_default();
            changes.push(Change::PutSnapshot { id, event, bytes: &bytes });
            keeper.commit(record, Some(entry), changes).map(|done| (done, entry.bytes))
        };
        let written = on_a_thread(blocking, write).await?;
        let ((record, unsynced), bytes) = written.inspect_err(|_| self.metrics.store_failed())?;
        self.metrics.snapshot_written(bytes);
        let mut facts = session.facts();
        facts.tail = Tail { base: record.event, ..Tail::default() };
        facts.record = record;
        unsynced.map_or(Ok(()), |error| Err(SessionError::Unsynced(error)))
    }

    async fn capture(
        &self,
        session: &Session,
        pooled: &mut PooledInstance,
        event: u64,
        replayable: bool,
    ) -> Result<Captured<'_>, SessionError> {
        let writing = self.writing.acquire().await.map_err(internal)?;
        let captured = pooled.instance.capture(event).await;
        let snapshot = captured.map_err(|error| SessionError::Internal(format!("can't capture: {error}")))?;
        let Tail { base, cost } = session.facts().tail;
        let memory_bytes = snapshot.memories.iter().map(|memory| memory.bytes).sum();
        let first = session.facts().record.first_guest().digest;
        let guest = (snapshot.guest != first).then_some(snapshot.guest);
        let entry = SnapshotEntry { event, bytes: 0, memory_bytes, after: base, cost, replayable, maker: None, guest };
        Ok(Captured { snapshot, entry, _writing: writing })
    }

    /// Changes a session's record, with an event beside its way where there is one, and lets go of what need not be kept
    /// then. The caller holds the session's turn.
    pub(super) async fn write_record(
        &self,
        session: &Session,
        record: SessionRecord,
        beside: Option<Recorded>,
    ) -> Result<(), SessionError> {
        let keeper = self.keeper(session)?;
        let blocking = keeper.durability == Durability::Power;
        let write = move || {
            let changes = beside.as_ref().map(Recorded::changes).unwrap_or_default();
            keeper.commit(record, None, changes)
        };
        let written = on_a_thread(blocking, write).await?;
        let (record, unsynced) = written.inspect_err(|_| self.metrics.store_failed())?;
        session.facts().record = record;
        unsynced.map_or(Ok(()), |error| Err(SessionError::Unsynced(error)))
    }
}

/// Does `work` here, or, when it may take long, on a thread that may block.
pub(super) async fn on_a_thread<T: Send + 'static>(
    blocking: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SessionError> {
    if blocking { tokio::task::spawn_blocking(work).await.map_err(internal) } else { Ok(work()) }
}

/// A sync that failed may leave a commit there all the same, and then it counts; gives the failure.
fn all_the_same(
    committed: Result<(), StoreError>,
    store: &dyn Store,
    listing: &Listing,
) -> Result<Option<StoreError>, StoreError> {
    let Err(error) = committed else { return Ok(None) };
    let wanted = &listing.record;
    match store.session(&wanted.tenant, &wanted.name) {
        Ok(Some(found)) if found == *wanted => Ok(Some(error)),
        _ => Err(error),
    }
}

// === impl SessionManager: saving beside the turns ===

/// Who wants a session saved.
pub(super) enum Saver {
    /// A user, whose request takes a place in the queue.
    User,
    /// The host itself.
    Host,
}

impl SessionManager {
    /// Saves a session, bringing it to life for that when no snapshot holds its state. Its commands wait for the copy of its
    /// pages only.
    pub(super) async fn save_session(
        self: &Arc<Self>,
        session: &Arc<Session>,
        saver: Saver,
    ) -> Result<SaveReport, SessionError> {
        let turn = match saver {
            Saver::User => self.turn_of(session).await?,
            Saver::Host => session.queue_for_host().await?,
        };
        if !session.facts().dirty() {
            return Ok(clean(session, false));
        }
        let mut pooled = self.lease(session, &Arc::default()).await?;
        // A lease that replayed much has saved already.
        if !session.facts().dirty() {
            self.put_back(session, pooled, Duration::ZERO).await;
            return Ok(clean(session, true));
        }
        let (event, jumps) = {
            let mut facts = session.facts();
            let event = facts.record.event;
            facts.unlisted.push(event);
            (event, facts.jumps)
        };
        let captured = match self.capture(session, &mut pooled, event, true).await {
            Ok(captured) => captured,
            Err(error) => {
                self.drop_instance(session, pooled);
                session.facts().listed(event);
                return Err(error);
            }
        };
        self.put_back(session, pooled, Duration::ZERO).await;
        drop(turn);
        let listed = match self.write_bytes(session, captured).await {
            Ok(entry) => self.list_snapshot(session, entry, jumps).await.map(|()| entry),
            Err(error) => Err(error),
        };
        session.facts().listed(event);
        listed.map(|entry| SaveReport { event: entry.event, snapshot_bytes: entry.bytes, written: true })
    }

    /// Encodes a state and stores the bytes, which no record names yet.
    async fn write_bytes(&self, session: &Session, captured: Captured<'_>) -> Result<SnapshotEntry, SessionError> {
        let Captured { snapshot, entry, _writing } = captured;
        let (store, id) = (self.store.clone(), session.id);
        let blocking = snapshot.page_bytes() > INLINE_BYTES_MAX;
        let write = move || {
            let bytes = snapshot::encode(&snapshot);
            // They are synced with the record that names them, where that is asked for.
            store.commit(&[Change::PutSnapshot { id, event: entry.event, bytes: &bytes }], Durability::Process)?;
            Ok::<_, StoreError>(SnapshotEntry { bytes: bytes.len() as u64, ..entry })
        };
        let written = on_a_thread(blocking, write).await?;
        let entry = written.inspect_err(|_| self.metrics.store_failed())?;
        self.metrics.snapshot_written(entry.bytes);
        Ok(entry)
    }

    /// Lists a stored snapshot in the session's record.
    async fn list_snapshot(&self, session: &Session, entry: SnapshotEntry, jumps: u64) -> Result<(), SessionError> {
        let id = session.id;
        let Ok(_turn) = session.queue_for_host().await else {
            // Deleted meanwhile; nobody else would clear the bytes away.
            return Ok(self.commit(&[Change::KeepSnapshots { id, events: &[] }], Durability::Process)?);
        };
        let (keeper, record) = (self.keeper(session)?, session.facts().record.clone());
        let blocking = keeper.durability == Durability::Power;
        let listed = on_a_thread(blocking, move || keeper.commit(record, Some(entry), Vec::new())).await?;
        let (record, unsynced) = listed.inspect_err(|_| self.metrics.store_failed())?;
        let mut facts = session.facts();
        facts.record = record;
        // What came after the copy is the tail now, unless the session went elsewhere or was saved again meanwhile.
        if facts.jumps == jumps && facts.tail.base == entry.after {
            facts.tail.base = entry.event;
            facts.tail.cost -= entry.cost;
        }
        unsynced.map_or(Ok(()), |error| Err(SessionError::Unsynced(error)))
    }

    /// Saves a session of which the history is far over its bounds for want of a snapshot of its present.
    pub(super) fn relieve(self: &Arc<Self>, session: &Arc<Session>) {
        let due = {
            let facts = session.facts();
            facts.dirty() && far_over(&session.share.limits, &facts.record)
        };
        if due {
            self.save_in_background(session);
        }
    }

    /// Saves a session after its turn, when a replay would have become long.
    pub(super) fn save_in_background(self: &Arc<Self>, session: &Arc<Session>) {
        if !session.announce_save() {
            return;
        }
        let Some(session) = self.sessions.act(session) else { return session.save_is_over() };
        let manager = self.clone();
        self.turns.spawn(async move {
            if let Err(error) = manager.save_session(&session, Saver::Host).await {
                tracing::warn!(session = %session.name, error = &error as &dyn std::error::Error, "can't save a session yet");
            }
            session.save_is_over();
        });
    }
}

fn clean(session: &Session, written: bool) -> SaveReport {
    let facts = session.facts();
    let record = &facts.record;
    let snapshot_bytes = record.snapshot(record.event).map_or(0, |entry| entry.bytes);
    SaveReport { event: record.event, snapshot_bytes, written }
}

pub(super) fn internal(error: impl std::fmt::Display) -> SessionError {
    SessionError::Internal(error.to_string())
}
