//! How long a connection's client may keep it waiting.
//!
//! hyper has such a timer, and sets and drops it with every request; that was 6 % of a warm command. Here a request only
//! writes down until when the next may take, and the connection's one timer, whenever it goes off, looks whether that
//! time has come. No time that is written down ends before the timer goes off next: it is set at most the shortest of
//! them ahead.
//!
//! ```text
//!   accepted ──header_timeout──▶ request ──none, its turn has a limit──▶ answer ──keep_alive──▶ next request
//! ```

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::config::HttpConfig;

/// Nothing is expected of the client.
const NEVER: u64 = u64::MAX;

/// Until when the client of one connection may take. Clones are about the same connection.
#[derive(Clone)]
pub(super) struct Patience {
    begun: Instant,
    keep_alive: Duration,
    step: Duration,
    /// Milliseconds after `begun`, or [`NEVER`].
    ends_ms: Arc<AtomicU64>,
}

/// The client took too long.
pub(super) struct Exhausted;

impl Patience {
    /// For a connection accepted now.
    pub(super) fn new(config: &HttpConfig) -> Self {
        let ends_ms = Arc::new(AtomicU64::new(milliseconds(config.header_timeout)));
        let step = config.header_timeout.min(config.keep_alive);
        Self { begun: Instant::now(), keep_alive: config.keep_alive, step, ends_ms }
    }

    /// A request has come: it is our turn.
    pub(super) fn suspend(&self) {
        self.ends_ms.store(NEVER, Relaxed);
    }

    /// It is answered: the client may take the answer and send its next request.
    pub(super) fn resume(&self) {
        self.ends_ms.store(milliseconds(self.begun.elapsed() + self.keep_alive), Relaxed);
    }

    /// Runs a connection until it ends or its client has taken too long.
    pub(super) async fn watch<T>(self, connection: impl Future<Output = T>) -> Result<T, Exhausted> {
        let mut connection = pin!(connection);
        loop {
            if let Ok(ended) = timeout_at(self.next_look(), connection.as_mut()).await {
                return Ok(ended);
            }
            if self.is_exhausted() {
                return Err(Exhausted);
            }
        }
    }

    fn next_look(&self) -> Instant {
        let step = Instant::now() + self.step;
        match self.ends_ms.load(Relaxed) {
            NEVER => step,
            ends_ms => step.min(self.begun + Duration::from_millis(ends_ms)),
        }
    }

    fn is_exhausted(&self) -> bool {
        milliseconds(self.begun.elapsed()) >= self.ends_ms.load(Relaxed)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(NEVER - 1)
}
