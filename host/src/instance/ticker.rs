//! The ticker: advances the engine's epoch every millisecond while turns run, and sleeps while none does.
//!
//! A guest checks the epoch at every loop and call; when its deadline has passed it comes back to the host, which lets
//! others run, or stops it. So the tick is the longest that a guest keeps a thread for itself.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// Length of a tick: a thousand wake-ups a second cost well under 1 % of a core, and a millisecond of another's turn is
/// the most that a ready command waits for on a free core.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// Idle ticks before the ticker sleeps: long enough that a client that sends command after command doesn't pay for a
/// wake-up each time.
const IDLE_TICKS: u32 = 100;

/// Handle to the ticker's thread, which ends when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Ticker(Arc<Shared>);

struct Shared {
    running: AtomicUsize,
    /// Set by the thread before it sleeps; whoever begins a turn wakes it then.
    asleep: AtomicBool,
    thread: std::sync::OnceLock<Thread>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

impl Ticker {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            running: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            thread: std::sync::OnceLock::new(),
        });
        let seen = Arc::downgrade(&shared);
        let engine = engine.weak();
        let body = move || {
            let advance = || engine.upgrade().map(|engine| engine.increment_epoch()).is_some();
            tick(&seen, advance);
        };
        let thread = thread::Builder::new().name("hostel-ticker".to_owned()).spawn(body)?;
        shared.thread.get_or_init(|| thread.thread().clone());
        Ok(Self(shared))
    }

    /// Keeps the epoch advancing until the guard is dropped.
    pub(crate) fn run(&self) -> Running {
        self.0.running.fetch_add(1, Ordering::SeqCst);
        if self.0.asleep.swap(false, Ordering::SeqCst)
            && let Some(thread) = self.0.thread.get()
        {
            thread.unpark();
        }
        Running(self.clone())
    }
}

/// A turn runs.
pub(crate) struct Running(Ticker);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(shared: &Weak<Shared>, advance: impl Fn() -> bool) {
    let mut idle = 0;
    loop {
        thread::park_timeout(TICK);
        let Some(shared) = shared.upgrade() else { return };
        if !advance() {
            return;
        }
        idle = if shared.running.load(Ordering::SeqCst) > 0 { 0 } else { idle + 1 };
        if idle < IDLE_TICKS {
            continue;
        }
        shared.asleep.store(true, Ordering::SeqCst);
        // Registered as asleep before looking, so that a turn that begins now is either seen here or wakes us.
        let begun = shared.running.load(Ordering::SeqCst) > 0;
        drop(shared);
        if !begun {
            thread::park();
        }
        idle = 0;
    }
}
