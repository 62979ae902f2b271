//! Functions that a host offers to its sessions: what code in a sandbox can reach, and nothing else.
//!
//! ```text
//!   guest ── call(name, arguments) ──▶ session: granted? within its limits? ──▶ HostFunction ──▶ answer, recorded
//!                                                                                 │
//!                                       infer: a model     callback: a service of the operator's, signed     your own
//! ```
//!
//! A session has the functions that its tenant's policy grants, or those of them that it was created with; nothing is
//! granted unless the configuration says so. `kv.get`, `kv.put`, `kv.list` and `kv.delete` are the session's own, and
//! are granted like the others.

mod callback;
mod client;
mod configured;
mod infer;
mod json;
mod signature;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

pub(crate) use self::client::one_line;
pub use self::json::{DEPTH_MAX, check_json};

use crate::journal::Failure;
use crate::name::{FunctionName, SessionId, SessionName, TenantName};

/// Who calls.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The tenant.
    pub tenant: &'a TenantName,
    /// The session.
    pub session: &'a SessionName,
    /// Its identity.
    pub id: SessionId,
    /// The event that the turn will be, when it ends well; with `call` it tells calls of one session apart.
    pub event: u64,
    /// The call's number within its turn, counted from 1.
    pub call: u64,
    /// Counts that the session keeps for its functions.
    pub counts: &'a dyn Counts,
}

/// Counts of one session, by name, which outlive the process and are changed at once, also by turns that are undone: what
/// has been spent is spent.
pub trait Counts: Send + Sync {
    /// A count; 0 when it never was changed.
    ///
    /// # Errors
    /// A [`Failure`] when the store can't be read.
    fn get(&self, name: &str) -> Result<u64, Failure>;

    /// Adds to a count.
    ///
    /// # Errors
    /// A [`Failure`] when the store can't be written.
    fn add(&self, name: &str, more: u64) -> Result<(), Failure>;
}

/// A function that sessions may call.
#[async_trait::async_trait]
pub trait HostFunction: Send + Sync {
    /// Answers a call. `arguments` is JSON, nested at most [`DEPTH_MAX`] deep; the answer is to be JSON too. Dropped
    /// half-way when the turn is stopped or the time for a call is over. The answer is recorded and served to replays: one
    /// turn calls once.
    ///
    /// # Errors
    /// A [`Failure`], which the guest's language reports as its own kind of error.
    async fn call(&self, caller: Caller<'_>, arguments: &str) -> Result<String, Failure>;

    /// What kind of function it is, for those who list them.
    fn kind(&self) -> FunctionKind {
        FunctionKind::Program
    }
}

/// Kinds of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FunctionKind {
    /// The session's own: what it keeps for itself.
    Session,
    /// It asks a model.
    Infer,
    /// It is a request to a service.
    Callback,
    /// It is part of the program.
    Program,
}

/// A function, for those who list them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionInfo {
    /// What it is called.
    pub name: FunctionName,
    /// What kind it is.
    pub kind: FunctionKind,
}

/// Two functions can't have one name, and none that of a session's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is a function {0} already: give this one another name")]
pub struct NameTaken(pub FunctionName);

/// The functions of a host, by name.
#[derive(Clone, Default)]
pub struct Functions {
    by_name: BTreeMap<FunctionName, Arc<dyn HostFunction>>,
}

impl Functions {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// With one more, in place of what had that name. Those that begin with `kv.` are the session's own, whatever is here.
    #[must_use]
    pub fn with(mut self, name: FunctionName, function: Arc<dyn HostFunction>) -> Self {
        self.by_name.insert(name, function);
        self
    }

    /// These and those of `others`.
    ///
    /// # Errors
    /// [`NameTaken`] when two have the same name, or one of them that of a session's own.
    pub fn and(mut self, others: Self) -> Result<Self, NameTaken> {
        for (name, function) in others.by_name {
            if name.is_session_s_own() || self.by_name.contains_key(&name) {
                return Err(NameTaken(name));
            }
            self.by_name.insert(name, function);
        }
        Ok(self)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The function of that name.
    #[must_use]
    pub fn get(&self, name: &FunctionName) -> Option<&Arc<dyn HostFunction>> {
        self.by_name.get(name)
    }

    /// What they are, in the order of their names.
    pub fn list(&self) -> impl Iterator<Item = FunctionInfo> {
        self.by_name.iter().map(|(name, function)| FunctionInfo { name: name.clone(), kind: function.kind() })
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}
