//! Where followed turns are found: those that run, and for a while those that have ended.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::FollowedTurn;
use crate::name::{SessionName, TenantName};
use crate::session::entry::lock;

/// How long a turn can be followed after it has ended.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// Ended turns that can be followed, and bytes of their logs, of all tenants. More, and the oldest go of the tenant that
/// takes the largest share, so that no tenant takes the others' away.
const KEPT_MAX: usize = 1_000;
const KEPT_BYTES_MAX: usize = 16 << 20;

/// The turns that can be followed.
#[derive(Default)]
pub(in crate::session) struct FollowedTurns(Mutex<Directory>);

#[derive(Default)]
struct Directory {
    by_id: HashMap<TurnKey, Arc<FollowedTurn>>,
    /// Those that have ended, the oldest first.
    ended: VecDeque<(Instant, TurnKey, Arc<FollowedTurn>)>,
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

    fn is_too_much(&self) -> bool {
        self.turns > KEPT_MAX || self.bytes > KEPT_BYTES_MAX
    }

    /// Of what there is room for, in bytes: a turn is worth as many as there are to each.
    fn share(&self) -> usize {
        self.bytes.max(self.turns * (KEPT_BYTES_MAX / KEPT_MAX))
    }
}

type TurnKey = (TenantName, SessionName, Arc<str>);

impl FollowedTurns {
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
        directory.ended.push_back((now, (tenant.clone(), session.clone(), turn.id.clone()), turn.clone()));
        directory.taken.add(turn);
        directory.taken_by.entry(tenant.clone()).or_default().add(turn);
        directory.forget_old(now);
    }

    /// Forgets what nobody can follow any more.
    pub(in crate::session) fn sweep(&self) {
        lock(&self.0).forget_old(Instant::now());
    }
}

impl Directory {
    fn forget_old(&mut self, now: Instant) {
        while self.ended.front().is_some_and(|(ended, ..)| now.duration_since(*ended) > KEPT_FOR) {
            self.forget(0);
        }
        while self.taken.is_too_much() {
            let largest = self.taken_by.iter().max_by_key(|(_, taken)| taken.share());
            let is_its = |(_, (tenant, ..), _): &(_, TurnKey, _)| largest.is_some_and(|(largest, _)| largest == tenant);
            let Some(at) = self.ended.iter().position(is_its) else { return };
            self.forget(at);
        }
    }

    /// Forgets an ended turn, by its place.
    fn forget(&mut self, at: usize) {
        let Some((_, key, turn)) = self.ended.remove(at) else { return };
        self.taken.remove(&turn);
        if let Some(taken) = self.taken_by.get_mut(&key.0) {
            taken.remove(&turn);
            if taken.turns == 0 {
                self.taken_by.remove(&key.0);
            }
        }
        // A later turn may have its id.
        if self.by_id.get(&key).is_some_and(|other| Arc::ptr_eq(other, &turn)) {
            self.by_id.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::session::SessionError;

    fn turn() -> Arc<FollowedTurn> {
        FollowedTurn::new("t".into(), BTreeSet::new())
    }

    #[test]
    fn a_tenant_that_follows_much_takes_no_turn_from_others() {
        let turns = FollowedTurns::default();
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
        let turns = FollowedTurns::default();
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
}
