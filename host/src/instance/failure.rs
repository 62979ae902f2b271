//! How a turn fails, told apart.

use wasmtime::Trap;

/// Why a turn was stopped. The instance it ran in is poisoned and must be dropped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnFailure {
    /// The guest trapped.
    #[error("the guest trapped: {0}")]
    Trapped(String),
    /// The session's memory limit was reached.
    #[error("memory limit reached")]
    MemoryExceeded,
    /// The host's memory budget was used up.
    #[error("the host's memory budget is used up")]
    HostMemoryExceeded,
    /// The time limit was reached.
    #[error("time limit reached")]
    TimeExceeded,
    /// The output limit was reached.
    #[error("output limit reached")]
    OutputExceeded,
    /// Somebody interrupted the turn.
    #[error("interrupted")]
    Interrupted,
    /// The guest held so many host handles when the turn ended.
    #[error("{0} host handles held")]
    HandlesHeld(usize),
}

impl TurnFailure {
    /// What `error` tells, given that the turn was refused memory by `denied`.
    pub(super) fn of(error: &wasmtime::Error, denied: Option<Self>) -> Self {
        // wasmtime has no type for this one; a test holds the words.
        if format!("{error:#}").contains("fuel allocated for hostcalls") {
            return Self::OutputExceeded;
        }
        if let Some(denied) = denied {
            return denied;
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::UnreachableCodeReached) => {
                Self::Trapped("it reached a point that it says can't be reached".to_owned())
            }
            Some(trap) => Self::Trapped(trap.to_string()),
            None => Self::Trapped(error.root_cause().to_string()),
        }
    }
}
