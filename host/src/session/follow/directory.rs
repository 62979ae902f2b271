//! Where followed turns are found: those that run, and for a while those that have ended.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::FollowedTurn;
use crate::name::{SessionName, TenantName};
use crate::session::entry::lock;

/// How long a turn can be followed after it has ended.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// Ended turns that can be followed, and bytes of their logs: more, and the oldest go.
const KEPT_MAX: usize = 1_000;
const KEPT_BYTES_MAX: usize = 16 << 20;

/// The turns that can be followed.
#[derive(Default)]
pub(in crate::session) struct FollowedTurns(Mutex<Directory>);

#[derive(Default)]
struct Directory {
    by_id: HashMap<TurnKey, Arc<FollowedTurn>>,
    /// Those that have ended, the oldest first, and the bytes of their logs.
    ended: VecDeque<(Instant, TurnKey, Arc<FollowedTurn>)>,
    ended_bytes: usize,
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
        directory.ended_bytes += turn.bytes();
        directory.forget_old(now);
    }

    /// Forgets what nobody can follow any more.
    pub(in crate::session) fn sweep(&self) {
        lock(&self.0).forget_old(Instant::now());
    }
}

impl Directory {
    fn forget_old(&mut self, now: Instant) {
        while let Some((ended, _, _)) = self.ended.front()
            && (now.duration_since(*ended) > KEPT_FOR
                || self.ended.len() > KEPT_MAX
                || self.ended_bytes > KEPT_BYTES_MAX)
        {
            let Some((_, key, turn)) = self.ended.pop_front() else { return };
            // A later turn may have its id.
            if self.by_id.get(&key).is_some_and(|other| Arc::ptr_eq(other, &turn)) {
                self.by_id.remove(&key);
            }
            self.ended_bytes -= turn.bytes();
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
