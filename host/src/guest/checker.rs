//! Whether an input is a whole command, asked of instances that belong to no session.
//!
//! All guests of a host have them in common: so many run at once, and so many are kept for the next input. They have their
//! places in the engine beside those of the sessions, and there are only a few of these, however many guests there are.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::instance::{
    Completeness, ExchangeLimits, GuestCode, InstanceError, InstanceLimits, SessionInstance, TABLE_ELEMENTS,
    TurnFailure,
};

/// Time to find out, and to wait for the inputs before it: a person waits for it after each line.
pub const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

/// What the instance may grow by beyond the guest's base image, in bytes: inputs are a megabyte at most.
pub const CHECK_GROWTH_BYTES_MAX: u64 = 64 << 20;

/// What it may have grown by and still be kept for the next input, in bytes.
const KEPT_GROWTH_BYTES_MAX: u64 = 4 << 20;

/// Inputs that one instance is asked about: a guest that leaks with each is begun anew before it matters.
const CHECKS_MAX: u32 = 1_000;

/// Inputs that are asked about at once. With [`KEPT_MAX`] it leaves the engine places for registering and restoring.
const RUNNING_MAX: usize = 4;

/// Instances that wait for their guests' next inputs.
const KEPT_MAX: usize = 4;

/// Asks instances of one guest.
pub struct Checker {
    code: Arc<GuestCode>,
    spares: Arc<Spares>,
}

/// The instances of all guests.
pub(super) struct Spares {
    running: Semaphore,
    /// In the order in which they were used, the latest last.
    kept: Mutex<Vec<Spare>>,
}

struct Spare {
    code: Arc<GuestCode>,
    instance: SessionInstance,
    /// Size of its memories when it was made, in bytes.
    memory_bytes: u64,
    checks: u32,
}

/// Why there is no answer. No session is touched by it.
#[derive(Debug)]
pub enum CheckFailure {
    /// Others took all the time there is.
    Busy,
    /// No instance can be had.
    Instance(InstanceError),
    /// The guest did not answer.
    Guest(TurnFailure),
}

// === impl Checker ===

impl Checker {
    pub(super) fn new(code: Arc<GuestCode>, spares: Arc<Spares>) -> Self {
        Self { code, spares }
    }

    /// What the guest says of `input`.
    ///
    /// # Errors
    /// [`CheckFailure`]. The next input gets an instance of its own.
    pub async fn check(&self, input: &str) -> Result<Completeness, CheckFailure> {
        let running = tokio::time::timeout(CHECK_TIMEOUT, self.spares.running.acquire()).await;
        let Ok(Ok(_running)) = running else { return Err(CheckFailure::Busy) };
        // It is put back only after an answer: what a failure, or a caller that went away, leaves behind is not used.
        let mut spare = match self.spares.take(&self.code) {
            Some(spare) => spare,
            None => self.make().await.map_err(CheckFailure::Instance)?,
        };
        let answer = spare.instance.is_complete(input).await.map_err(CheckFailure::Guest)?;
        spare.checks += 1;
        let grown = spare.instance.memory_bytes().saturating_sub(spare.memory_bytes);
        if spare.checks < CHECKS_MAX && grown <= KEPT_GROWTH_BYTES_MAX {
            self.spares.keep(spare);
        }
        Ok(answer)
    }

    async fn make(&self) -> Result<Spare, InstanceError> {
        let limits = InstanceLimits {
            memory_bytes: self.code.base.bytes() as u64 + CHECK_GROWTH_BYTES_MAX,
            table_elements: TABLE_ELEMENTS,
            output_bytes: 0,
            command_timeout: CHECK_TIMEOUT,
            exchanges: ExchangeLimits { count: 0, bytes: 0 },
        };
        let instance = self.code.instantiate(limits, None).await?;
        let memory_bytes = instance.memory_bytes();
        Ok(Spare { code: self.code.clone(), instance, memory_bytes, checks: 0 })
    }
}

// === impl Spares ===

impl Default for Spares {
    fn default() -> Self {
        Self { running: Semaphore::new(RUNNING_MAX), kept: Mutex::default() }
    }
}

impl Spares {
    fn take(&self, code: &Arc<GuestCode>) -> Option<Spare> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().rposition(|spare| Arc::ptr_eq(&spare.code, code))?;
        Some(kept.remove(at))
    }

    /// Keeps an instance, and lets the one go that nobody has used for longest.
    fn keep(&self, spare: Spare) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (kept.len() >= KEPT_MAX).then(|| kept.remove(0));
        kept.push(spare);
        drop(kept);
        drop(oldest);
    }
}
