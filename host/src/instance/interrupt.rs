//! Interrupting a turn from outside, whether its guest computes or waits in the host.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// The way to stop one turn.
#[derive(Debug, Default)]
pub struct Interrupt {
    triggered: AtomicBool,
    /// Wakes a turn that waits in a host function; one that computes looks at the flag with every tick.
    waiting: Notify,
}

impl Interrupt {
    /// Stops the turn.
    pub fn trigger(&self) {
        self.triggered.store(true, Ordering::Relaxed);
        self.waiting.notify_one();
    }

    /// Whether the turn is to stop.
    pub(crate) fn is_triggered(&self) -> bool {
        self.triggered.load(Ordering::Relaxed)
    }

    /// Resolves when the turn is to stop.
    pub(crate) async fn triggered(&self) {
        self.waiting.notified().await;
    }
}
