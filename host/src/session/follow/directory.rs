//! Where followed turns are found: those that run, and for a while those that have ended.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::FollowedTurn;
use crate::name::{SessionName, TenantName};
use crate::session::entry::lock;

/// How long a turn can be followed after it has ended.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// Ended turns that can be followed, or have readers yet, and bytes of their logs, of all tenants. More, and the logs are
/// dropped of the oldest turns of the tenant that takes the largest share, so that no tenant takes the others' away.
const KEPT_MAX: usize = 1_000;
const KEPT_BYTES_MAX: usize = 64 << 20;

/// Logs of the longest outputs that there is room for at least, each with the reply, which has the output twice.
const LONG_LOGS: usize = 4;
const OUTPUTS_IN_A_LOG: usize = 3;

/// The turns that can be followed.
pub(in crate::session) struct FollowedTurns(Mutex<Directory>);

#[derive(Default)]
struct Directory {
    bytes_max: usize,
    by_id: HashMap<TurnKey, Arc<FollowedTurn>>,
    /// Those that have ended, the oldest first.
    ended: VecDeque<Ended>,
    /// Those of them that can't be followed any more, and had readers when somebody last looked.
    read_late: VecDeque<Ended>,
    /// What these take, of all tenants and of each that has any.
    taken: Taken,
    taken_by: HashMap<TenantName, Taken>,
}

/// Ended turns, and the bytes of their logs.
#[derive(Clone, Copy, Default)]
struct Taken {
    turns: usize,
    bytes: usize,
}

impl Taken {
    fn add(&mut self, turn: &FollowedTurn) {
        self.turns += 1;
        self.bytes += turn.bytes();
    }

    fn remove(&mut self, turn: &FollowedTurn) {
        self.turns -= 1;
        self.bytes -= turn.bytes();
    }

    fn is_too_much(&self, bytes_max: usize) -> bool {
        self.turns > KEPT_MAX || self.bytes > bytes_max
    }

    /// Of what there is room for, in bytes: a turn is worth as many as there are to each.
    fn share(&self, bytes_max: usize) -> usize {
        self.bytes.max(self.turns * (bytes_max / KEPT_MAX))
    }
}

type TurnKey = (TenantName, SessionName, Arc<str>);

/// A turn that has ended.
struct Ended {
    at: Instant,
    key: TurnKey,
    turn: Arc<FollowedTurn>,
}

impl Ended {
    /// Somebody beside the directory has it.
    fn has_readers(&self) -> bool {
        Arc::strong_count(&self.turn) > 1
    }
}

impl FollowedTurns {
    /// Room for what turns leave whose output is bounded so.
    pub(in crate::session) fn new(output_bytes_max: usize) -> Self {
        let long = output_bytes_max.saturating_mul(OUTPUTS_IN_A_LOG * LONG_LOGS);
        Self(Mutex::new(Directory { bytes_max: long.max(KEPT_BYTES_MAX), ..Directory::default() }))
    }

    /// Adds a turn; false when one of that id is not over yet.
    pub(in crate::session) fn add(&self, tenant: &TenantName, session: &SessionName, turn: &Arc<FollowedTurn>) -> bool {
        let mut directory = lock(&self.0);
        directory.forget_old(Instant::now());
        let key = (tenant.clone(), session.clone(), turn.id.clone());
        let free = directory.by_id.get(&key).is_none_or(|other| other.has_ended());
        if free {
            directory.by_id.insert(key, turn.clone());
        }
        free
    }

    pub(in crate::session) fn get(
        &self,
        tenant: &TenantName,
        session: &SessionName,
        id: &str,
    ) -> Option<Arc<FollowedTurn>> {
        let mut directory = lock(&self.0);
        directory.forget_old(Instant::now());
        directory.by_id.get(&(tenant.clone(), session.clone(), id.into())).cloned()
    }

    /// A turn has ended: it can be followed for a while yet.
    pub(in crate::session) fn ended(&self, tenant: &TenantName, session: &SessionName, turn: &Arc<FollowedTurn>) {
        let mut directory = lock(&self.0);
        let now = Instant::now();
        let key = (tenant.clone(), session.clone(), turn.id.clone());
        directory.ended.push_back(Ended { at: now, key, turn: turn.clone() });
        directory.taken.add(turn);
        directory.taken_by.entry(tenant.clone()).or_default().add(turn);
        directory.forget_old(now);
    }

    /// Forgets what nobody can follow any more.
    pub(in crate::session) fn sweep(&self) {
        let mut directory = lock(&self.0);
        directory.forget_old(Instant::now());
        directory.forget_read();
    }
}

impl Directory {
    fn forget_old(&mut self, now: Instant) {
        while self.ended.front().is_some_and(|ended| now.duration_since(ended.at) > KEPT_FOR)
            && let Some(ended) = self.ended.pop_front()
        {
            self.unlist(&ended);
            self.leave_to_readers(ended);
        }
        if self.taken.is_too_much(self.bytes_max) {
            self.forget_read();
        }
        while self.taken.is_too_much(self.bytes_max) {
            let largest = self.taken_by.iter().max_by_key(|(_, taken)| taken.share(self.bytes_max));
            let is_its = |ended: &Ended| largest.is_some_and(|(largest, _)| *largest == ended.key.0);
            let dropped = take_first(&mut self.read_late, is_its).or_else(|| take_first(&mut self.ended, is_its));
            let Some(ended) = dropped else { return };
            self.unlist(&ended);
            self.count_no_more(&ended);
            ended.turn.drop_log();
        }
    }

    /// Forgets what has no readers any more, of what can't be followed. Looks at all of that, and so is not for every turn.
    fn forget_read(&mut self) {
        for ended in std::mem::take(&mut self.read_late) {
            self.leave_to_readers(ended);
        }
    }

    /// Nobody else can follow it; its log stays and counts while somebody reads it.
    fn leave_to_readers(&mut self, ended: Ended) {
        if ended.has_readers() {
            self.read_late.push_back(ended);
        } else {
            self.count_no_more(&ended);
        }
    }

    fn unlist(&mut self, ended: &Ended) {
        // A later turn may have its id.
        if self.by_id.get(&ended.key).is_some_and(|other| Arc::ptr_eq(other, &ended.turn)) {
            self.by_id.remove(&ended.key);
        }
    }

    fn count_no_more(&mut self, ended: &Ended) {
        self.taken.remove(&ended.turn);
        if let Some(taken) = self.taken_by.get_mut(&ended.key.0) {
            taken.remove(&ended.turn);
            if taken.turns == 0 {
                self.taken_by.remove(&ended.key.0);
            }
        }
    }
}

fn take_first(from: &mut VecDeque<Ended>, wanted: impl Fn(&Ended) -> bool) -> Option<Ended> {
    let at = from.iter().position(wanted)?;
    from.remove(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::instance::OutputStream;
    use crate::session::SessionError;
    use crate::session::follow::{Piece, Position};

    fn turn() -> Arc<FollowedTurn> {
        FollowedTurn::new("t".into(), BTreeSet::new())
    }

    #[test]
    fn a_tenant_that_follows_much_takes_no_turn_from_others() {
        let turns = FollowedTurns::new(0);
        let tenant = |name: &str| TenantName::new(name).unwrap();
        let session = |at: usize| SessionName::new(&format!("s{at}")).unwrap();
        let over = |name: &str, at: usize| {
            let one = turn();
            turns.add(&tenant(name), &session(at), &one);
            one.end(Err(SessionError::Interrupted));
            turns.ended(&tenant(name), &session(at), &one);
        };
        over("quiet", 0);
        (0..2 * KEPT_MAX).for_each(|at| over("busy", at));
        assert!(turns.get(&tenant("quiet"), &session(0), "t").is_some());
        assert!(turns.get(&tenant("busy"), &session(0), "t").is_none());
        assert!(turns.get(&tenant("busy"), &session(2 * KEPT_MAX - 1), "t").is_some());
        assert_eq!(lock(&turns.0).ended.len(), KEPT_MAX);
        lock(&turns.0).forget_old(Instant::now() + KEPT_FOR + Duration::from_secs(1));
        let directory = lock(&turns.0);
        assert!(directory.by_id.is_empty() && directory.taken_by.is_empty());
        assert_eq!((directory.taken.turns, directory.taken.bytes), (0, 0));
    }

    #[test]
    fn ended_turns_are_forgotten_in_the_end() {
        let turns = FollowedTurns::new(0);
        let (tenant, session) = (TenantName::new("t").unwrap(), SessionName::new("s").unwrap());
        let one = turn();
        assert!(turns.add(&tenant, &session, &one));
        assert!(!turns.add(&tenant, &session, &turn()));
        one.end(Err(SessionError::Interrupted));
        turns.ended(&tenant, &session, &one);
        assert!(turns.get(&tenant, &session, "t").is_some());
        let later = turn();
        assert!(turns.add(&tenant, &session, &later), "the id is free once its turn is over");
        lock(&turns.0).forget_old(Instant::now() + KEPT_FOR + Duration::from_secs(1));
        assert!(turns.get(&tenant, &session, "t").is_some_and(|found| Arc::ptr_eq(&found, &later)));
        later.end(Err(SessionError::Interrupted));
        turns.ended(&tenant, &session, &later);
        lock(&turns.0).forget_old(Instant::now() + KEPT_FOR + Duration::from_secs(1));
        assert!(turns.get(&tenant, &session, "t").is_none());
    }

    #[tokio::test]
    async fn logs_that_are_read_late_count_until_they_are_read() {
        let turns = FollowedTurns::new(0);
        let (tenant, session) = (TenantName::new("t").unwrap(), SessionName::new("s").unwrap());
        let long = || {
            let one = turn();
            assert!(turns.add(&tenant, &session, &one));
            one.wrote(OutputStream::Stdout, &vec![b'x'; KEPT_BYTES_MAX / 2]);
            one.end(Err(SessionError::Interrupted));
            turns.ended(&tenant, &session, &one);
            one
        };
        let late = || lock(&turns.0).forget_old(Instant::now() + KEPT_FOR + Duration::from_secs(1));
        let first = long();
        late();
        assert!(turns.get(&tenant, &session, "t").is_none());
        let mut position = Position::default();
        assert!(matches!(first.next(&mut position).await, Some(Piece::Text(..))), "its reader goes on");
        let second = long();
        assert!(matches!(first.next(&mut position).await, Some(Piece::Gone)), "there is no room for both");
        drop((first, second));
        late();
        turns.sweep();
        let directory = lock(&turns.0);
        assert!(directory.by_id.is_empty() && directory.taken_by.is_empty() && directory.read_late.is_empty());
        assert_eq!((directory.taken.turns, directory.taken.bytes), (0, 0));
    }
}
