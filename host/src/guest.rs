//! Guests: components that become sessions.
//!
//! ```text
//! bytes ─ validate ─ component ─ instrument ─ initialise ─ bake ─ instrument ─ compile ─ probe ─▶ Guest
//!                    (what it    (access      (repl.info    (base          (artifact
//!                     defines)    module)      is called)    image)         cached)
//! ```
//!
//! A guest whose state can't be captured whole is refused here, with the reason and the mend, and never later.

mod access;
mod artifact;
mod bake;
mod bounds;
mod catalogue;
mod checker;
mod component;
mod contract;
mod files;
#[cfg(test)]
mod hostile;
mod prepare;
mod registry;

use std::borrow::Cow;
use std::fmt;

pub use self::catalogue::AddedBy;
pub use self::checker::{CHECK_GROWTH_BYTES_MAX, CHECK_TIMEOUT, CheckFailure, Checker};
pub use self::prepare::{GuestReport, check, unbaked};
pub use self::registry::{Guest, GuestError, GuestInfo, GuestRegistry, Stage, VersionInfo};

/// The embedded default guest: Omega Lisp.
pub const OMEGA: &[u8] = include_bytes!("../guests/omega.wasm");

/// The embedded guest beside it: JavaScript by QuickJS.
pub const JAVASCRIPT: &[u8] = include_bytes!("../guests/javascript.wasm");

/// Largest component that is looked at, in bytes. CPython with its standard library has 20 MB.
pub const COMPONENT_BYTES_MAX: usize = 128 << 20;

/// Why a component is refused as a guest, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Refusal {
    /// What is wrong.
    pub reason: Cow<'static, str>,
    /// What would mend it.
    pub mend: Cow<'static, str>,
    /// What else is wrong, where that was found along with it.
    #[serde(skip)]
    pub more: Vec<Refusal>,
}

impl Refusal {
    fn unsupported(reason: impl Into<Cow<'static, str>>, mend: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), mend: mend.into(), more: Vec::new() }
    }

    fn malformed(error: impl fmt::Display) -> Self {
        Self::unsupported(
            format!("it is not a valid component: {error}"),
            "rebuild it; a core module has to be made a component first",
        )
    }
}

impl Refusal {
    /// All that was found: this, and what was found along with it.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.more.iter().flat_map(|more| std::iter::once(more).chain(&more.more)))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhint: {}", self.reason, self.mend)?;
        self.more.iter().try_for_each(|more| write!(f, "\n{more}"))
    }
}

impl std::error::Error for Refusal {}
