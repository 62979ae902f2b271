//! Whether an input is a whole command, asked of an instance that belongs to no session.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::instance::{
    Completeness, ExchangeLimits, GuestCode, InstanceError, InstanceLimits, SessionInstance, TABLE_ELEMENTS,
    TurnFailure,
};

/// Time to find out, and to wait for the inputs before it: a person waits for it after each line.
pub const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

/// What the instance may grow by beyond the guest's base image, in bytes: inputs are a megabyte at most.
const GROWTH_BYTES_MAX: u64 = 32 << 20;

/// What it may have grown by and still be kept for the next input, in bytes.
const KEPT_GROWTH_BYTES_MAX: u64 = 4 << 20;

/// Inputs that one instance is asked about: a guest that leaks with each is begun anew before it matters.
const CHECKS_MAX: u32 = 1_000;

/// One instance, made when it is first needed and kept. Inputs take turns.
pub struct Checker {
    code: Arc<GuestCode>,
    spare: Mutex<Option<Spare>>,
}

struct Spare {
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
    pub(super) fn new(code: Arc<GuestCode>) -> Self {
        Self { code, spare: Mutex::new(None) }
    }

    /// What the guest says of `input`.
    ///
    /// # Errors
    /// [`CheckFailure`]. The next input gets an instance of its own.
    pub async fn check(&self, input: &str) -> Result<Completeness, CheckFailure> {
        let Ok(mut place) = tokio::time::timeout(CHECK_TIMEOUT, self.spare.lock()).await else {
            return Err(CheckFailure::Busy);
        };
        // It is put back only after an answer: what a failure, or a caller that went away, leaves behind is not used.
        let mut spare = match place.take() {
            Some(spare) => spare,
            None => self.make().await.map_err(CheckFailure::Instance)?,
        };
        let answer = spare.instance.is_complete(input).await.map_err(CheckFailure::Guest)?;
        spare.checks += 1;
        let grown = spare.instance.memory_bytes().saturating_sub(spare.memory_bytes);
        if spare.checks < CHECKS_MAX && grown <= KEPT_GROWTH_BYTES_MAX {
            *place = Some(spare);
        }
        Ok(answer)
    }

    async fn make(&self) -> Result<Spare, InstanceError> {
        let limits = InstanceLimits {
            memory_bytes: self.code.base.bytes() as u64 + GROWTH_BYTES_MAX,
            table_elements: TABLE_ELEMENTS,
            output_bytes: 0,
            command_timeout: CHECK_TIMEOUT,
            exchanges: ExchangeLimits { count: 0, bytes: 0 },
        };
        let instance = self.code.instantiate(limits, None).await?;
        let memory_bytes = instance.memory_bytes();
        Ok(Spare { instance, memory_bytes, checks: 0 })
    }
}
