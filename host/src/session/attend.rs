//! Attending a turn: what its guest asks is looked up, passed on or refused here, and who follows it hears of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::Execute;
use super::entry::{Session, lock};
use super::follow::{FollowedTurn, Question};
use super::manager::SessionManager;
use super::values::{OWN, OWN_FUNCTIONS, Place, SessionCounts, TurnValues, check_answer};
use crate::functions::{Caller, FunctionInfo, FunctionKind, check_json};
use crate::instance::{Attendant, Interrupt, OutputStream};
use crate::journal::{Asked, Display, Exchange, Failure, FailureKind};
use crate::metrics::{CallOutcome, Metrics};
use crate::name::{FunctionName, TenantName};

/// Names of a refusal's list of what is granted, in characters.
const GRANTED_SHOWN: usize = 200;

/// Who attends one turn of a session.
pub(super) struct TurnAttendant {
    manager: Arc<SessionManager>,
    session: Arc<Session>,
    followed: Option<Arc<FollowedTurn>>,
    interrupt: Arc<Interrupt>,
    values: Mutex<TurnValues>,
    /// The event that the turn will be.
    event: u64,
    calls: AtomicU64,
    /// Time waited for answers so far.
    waited: Mutex<Duration>,
}

impl SessionManager {
    /// Who attends the turn of `execute`: nobody, when there is nobody to hear it and nothing that it may call.
    pub(super) fn attendant(
        self: &Arc<Self>,
        session: &Arc<Session>,
        execute: &Execute,
        interrupt: &Arc<Interrupt>,
    ) -> Option<Arc<TurnAttendant>> {
        if execute.follow.is_none() && session.granted.is_empty() {
            return None;
        }
        Some(Arc::new(TurnAttendant {
            manager: self.clone(),
            session: session.clone(),
            followed: execute.follow.clone(),
            interrupt: interrupt.clone(),
            values: Mutex::default(),
            event: session.facts().record.next_event(),
            calls: AtomicU64::new(0),
            waited: Mutex::default(),
        }))
    }
}

// === impl SessionManager: the functions there are ===

impl SessionManager {
    /// All functions of this host, in the order of their names: those that each session has, and the others.
    #[must_use]
    pub fn functions(&self) -> Vec<FunctionInfo> {
        let own = OWN_FUNCTIONS.iter().filter_map(|name| FunctionName::new(name).ok());
        let own = own.map(|name| FunctionInfo { name, kind: FunctionKind::Session });
        let mut all: Vec<_> = own.chain(self.functions.list()).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// Those of them that a tenant's sessions may be granted.
    #[must_use]
    pub fn functions_of(&self, tenant: &TenantName) -> Vec<FunctionInfo> {
        let granted = self.config.tenant_functions(tenant);
        self.functions().into_iter().filter(|function| granted.allow(&function.name)).collect()
    }
}

impl TurnAttendant {
    /// What the turn leaves in the session's values, when it changed them.
    pub(super) fn changed_values(&self) -> Option<Vec<u8>> {
        lock(&self.values).changed()
    }

    /// Time that the turn waited for answers.
    pub(super) fn waited(&self) -> Duration {
        *lock(&self.waited)
    }

    /// Calls a function of the session's own.
    fn call_own(&self, name: &FunctionName, arguments: &str) -> Result<String, Failure> {
        let (manager, session) = (&self.manager, &self.session);
        let check_room = || {
            let full = session.share.check_storage(&*manager.store);
            full.map_err(|error| Failure::new(FailureKind::Limited, error.to_string()))
        };
        let place = Place {
            store: &*manager.store,
            id: session.id,
            bytes_max: manager.config.limits.kv_bytes_max,
            check_room: &check_room,
        };
        lock(&self.values).call(&place, name.as_str(), arguments)
    }

    async fn call(&self, name: &str, arguments: &str) -> Result<String, Failure> {
        let call = self.calls.fetch_add(1, Relaxed) + 1;
        let invalid = |message: String| Failure::new(FailureKind::Invalid, message);
        let name = FunctionName::new(name).map_err(|error| invalid(error.to_string()))?;
        check_json(arguments).map_err(|wrong| invalid(format!("the arguments of {name} are no JSON: {wrong}")))?;
        if let Some(followed) = self.followed.as_ref().filter(|followed| followed.offers(&name)) {
            let arguments = arguments.into();
            let asked = name.clone();
            let answer = self.ask(followed, Question::Call { name: asked, arguments }).await?;
            return check_answer("the client", answer);
        }
        if !self.session.granted.allow(&name) {
            let granted: String = self.session.granted.to_string().chars().take(GRANTED_SHOWN).collect();
            let message = format!("function {name} is not granted to this session; granted: {granted}");
            return Err(Failure::new(FailureKind::Denied, message));
        }
        if name.as_str().starts_with(OWN) {
            return self.call_own(&name, arguments);
        }
        let Some(function) = self.manager.functions.get(&name) else {
            return Err(Failure::new(FailureKind::Denied, format!("this host has no function {name}")));
        };
        let counts = SessionCounts { manager: &self.manager, session: &self.session };
        let session = &self.session;
        let caller = Caller {
            tenant: &session.tenant,
            session: &session.name,
            id: session.id,
            event: self.event,
            call,
            counts: &counts,
        };
        let limit = self.manager.config.limits.call_timeout;
        let answer = self.wait(Some(limit), caught(&name, function.call(caller, arguments))).await?;
        check_answer(name.as_str(), answer)
    }

    async fn line(&self, prompt: &Arc<str>) -> Result<String, Failure> {
        let Some(followed) = &self.followed else {
            let message = "nobody can be asked for a line: the client does not follow the command's output";
            return Err(Failure::new(FailureKind::Denied, message));
        };
        self.ask(followed, Question::Line { prompt: prompt.clone() }).await
    }

    /// Asks the client. When the host goes down, no answer can come any more, and the turn is stopped.
    async fn ask(&self, followed: &FollowedTurn, question: Question) -> Result<String, Failure> {
        let mut state = self.manager.going_down.subscribe();
        let going_down = async move { state.wait_for(|down| *down).await.is_ok() };
        tokio::select! {
            biased;
            answer = self.wait(None, followed.ask(question)) => answer,
            _ = going_down => {
                self.interrupt.trigger();
                std::future::pending().await
            }
        }
    }

    /// Waits for an answer for at most `limit`, and as long as the turn may wait in all.
    async fn wait(
        &self,
        limit: Option<Duration>,
        answer: impl Future<Output = Result<String, Failure>>,
    ) -> Result<String, Failure> {
        let max = self.manager.config.limits.turn_wait_max;
        let left = max.saturating_sub(*lock(&self.waited));
        let (limit, setting) = match limit {
            Some(limit) if limit <= left => (limit, "call_timeout"),
            _ => (left, "turn_wait_max"),
        };
        let late = |message| Err(Failure::new(FailureKind::TimedOut, message));
        if limit.is_zero() {
            // Nothing is begun for which there is no time.
            return late(format!("the command has waited for answers for {max:?}; the limit is set by turn_wait_max"));
        }
        let Ok(_waiting) = self.session.share.waiting.try_acquire() else {
            let message = "too many of the tenant's commands wait for answers: half of its live_sessions_max may";
            return Err(Failure::new(FailureKind::Limited, message));
        };
        let began = Instant::now();
        let answered = tokio::time::timeout(limit, answer).await;
        *lock(&self.waited) += began.elapsed();
        answered.unwrap_or_else(|_| late(format!("no answer within {limit:?}; the limit is set by {setting}")))
    }
}

#[async_trait::async_trait]
impl Attendant for TurnAttendant {
    fn wrote(&self, stream: OutputStream, bytes: &[u8]) {
        if let Some(followed) = &self.followed {
            followed.wrote(stream, bytes);
        }
    }

    fn showed(&self, display: &Display) {
        if let Some(followed) = &self.followed {
            followed.showed(display);
        }
    }

    async fn answer(&self, asked: &Asked) -> Result<String, Failure> {
        match asked {
            Asked::Call { name, arguments } => {
                let mut counted = CountedCall { metrics: &self.manager.metrics, outcome: CallOutcome::Stopped };
                let answer = self.call(name, arguments).await;
                counted.outcome = outcome(&answer);
                answer
            }
            Asked::Line { prompt } => self.line(prompt).await,
        }
    }
}

/// What a function answers; a panic is its failure, and the turn goes on.
async fn caught(name: &FunctionName, call: impl Future<Output = Result<String, Failure>>) -> Result<String, Failure> {
    let mut call = std::pin::pin!(call);
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context)));
        polled.unwrap_or_else(|_| {
            tracing::error!(function = %name, "a function panicked");
            Poll::Ready(Err(Failure::new(FailureKind::Failed, format!("{name} broke down"))))
        })
    })
    .await
}

/// Counts a call when it ends, however it does.
struct CountedCall<'m> {
    metrics: &'m Metrics,
    outcome: CallOutcome,
}

impl Drop for CountedCall<'_> {
    fn drop(&mut self) {
        self.metrics.function_called(self.outcome);
    }
}

fn outcome(answer: &Result<String, Failure>) -> CallOutcome {
    match answer.as_ref().map_err(|failure| failure.kind) {
        Ok(_) => CallOutcome::Ok,
        Err(FailureKind::Denied) => CallOutcome::Denied,
        Err(FailureKind::Invalid) => CallOutcome::Invalid,
        Err(FailureKind::Limited) => CallOutcome::Limited,
        Err(FailureKind::TimedOut) => CallOutcome::TimedOut,
        Err(FailureKind::Failed) => CallOutcome::Failed,
    }
}

/// What has gone out of the session, of what a turn asked: what the session keeps for itself goes with the turn.
pub(super) fn gone_out(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    let own = |asked: &Asked| matches!(asked, Asked::Call { name, .. } if name.starts_with(OWN));
    let denied = |answer: &Result<String, Failure>| {
        matches!(answer, Err(Failure { kind: FailureKind::Denied | FailureKind::Invalid, .. }))
    };
    exchanges.retain(|exchange| !own(&exchange.asked) && !denied(&exchange.answer));
    exchanges
}
