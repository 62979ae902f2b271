//! What the host counts, and how it tells: a few counters and histograms, rendered in Prometheus' text format.
//!
//! Every metric is known when the program is compiled, and no label ever takes a value that a user chose: neither
//! sessions nor tenants nor guests multiply the series. What others know better than a counter could (how many sessions
//! are live, how full the budget is) is not kept here but handed in as [`Gauges`] when somebody asks.
//!
//! ```text
//!   hot path ── one relaxed add ──▶ Counter, Histogram      GET /metrics ──▶ render(Gauges) ──▶ text
//! ```
//! Nothing is locked. A reader may see a histogram's count before its sum; the difference is one observation.

mod instrument;
mod label;
mod render;

pub use self::label::{CallOutcome, HttpRoute, TurnOutcome};

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use self::instrument::{Counter, Family, Histogram};
use self::label::{RestoreOutcome, StatusClass};
use self::render::Text;

/// The host's counters; one for the whole process, shared by all of its parts.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Requests,
    connections: Counter,
    connections_failed: Counter,
    turns: Family<{ TurnOutcome::COUNT }>,
    turn_seconds: Histogram,
    calls: Family<{ CallOutcome::COUNT }>,
    pool_hits: Counter,
    pool_misses: Counter,
    evictions: Counter,
    eviction_failures: Counter,
    admission_waits: Counter,
    admission_rejections: Counter,
    restores: Family<{ RestoreOutcome::COUNT }>,
    restore_seconds: Histogram,
    snapshots: Counter,
    snapshot_bytes: Counter,
    snapshots_damaged: Counter,
    store_errors: Counter,
    store_failed_at: Mutex<Option<Instant>>,
}

/// Requests by route and status.
#[derive(Debug)]
struct Requests([Family<{ StatusClass::COUNT }>; HttpRoute::COUNT]);

impl Default for Requests {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Family::default()))
    }
}

/// What is read from others at the moment of rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gauges {
    /// Sessions with a live instance.
    pub live_sessions: u64,
    /// Of these, taken by a turn now.
    pub leased_sessions: u64,
    /// The most sessions that may be live.
    pub live_sessions_max: u64,
    /// Bytes charged to the memory budget.
    pub budget_used_bytes: u64,
    /// The memory budget, in bytes.
    pub budget_bytes: u64,
}

// === impl Metrics: the HTTP side ===

impl Metrics {
    /// A request was answered with `status`.
    pub fn http_answered(&self, route: HttpRoute, status: u16) {
        self.requests.0[route as usize].add(StatusClass::of(status) as usize);
    }

    /// A connection was accepted.
    pub fn connection_opened(&self) {
        self.connections.add(1);
    }

    /// A connection could not be accepted, or ended in a protocol error or a time-out.
    pub fn connection_failed(&self) {
        self.connections_failed.add(1);
    }
}

// === impl Metrics: turns and the pool ===

impl Metrics {
    /// A turn ended; `took` runs from the start of the guest's call to its end.
    pub fn turn_ended(&self, outcome: TurnOutcome, took: Duration) {
        self.turns.add(outcome as usize);
        self.turn_seconds.observe(took);
    }

    /// A guest's call of a function ended.
    pub fn function_called(&self, outcome: CallOutcome) {
        self.calls.add(outcome as usize);
    }

    /// A command found its session live.
    pub fn pool_hit(&self) {
        self.pool_hits.add(1);
    }

    /// A command had to bring its session to life.
    pub fn pool_miss(&self) {
        self.pool_misses.add(1);
    }

    /// An instance was dropped to make room or because it was idle.
    pub fn evicted(&self) {
        self.evictions.add(1);
    }

    /// An eviction failed: the snapshot could not be written and the session stayed live.
    pub fn eviction_failed(&self) {
        self.eviction_failures.add(1);
    }

    /// A caller has to wait for room in the pool.
    pub fn admission_waited(&self) {
        self.admission_waits.add(1);
    }

    /// A caller was turned away because there was no room in time.
    pub fn admission_rejected(&self) {
        self.admission_rejections.add(1);
    }
}

// === impl Metrics: snapshots and the store ===

impl Metrics {
    /// A stored session was brought back to life, `took` from when there was room for it to readiness.
    pub fn restored(&self, took: Duration) {
        self.restores.add(RestoreOutcome::Ok as usize);
        self.restore_seconds.observe(took);
    }

    /// A stored session could not be brought back.
    pub fn restore_failed(&self) {
        self.restores.add(RestoreOutcome::Failed as usize);
    }

    /// A snapshot of `bytes` encoded bytes was written.
    pub fn snapshot_written(&self, bytes: u64) {
        self.snapshots.add(1);
        self.snapshot_bytes.add(bytes);
    }

    /// A stored snapshot was damaged or missing, and an older one was used.
    pub fn snapshot_damaged(&self) {
        self.snapshots_damaged.add(1);
    }

    /// The store refused a read or a write.
    pub fn store_failed(&self) {
        self.store_errors.add(1);
        *self.store_failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// The store has refused something within the time before now.
    pub fn store_failed_within(&self, time: Duration) -> bool {
        let failed_at = *self.store_failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_some_and(|failed_at| failed_at.elapsed() < time)
    }
}

// === impl Metrics: the report ===

impl Metrics {
    /// All metrics in Prometheus' text format, version 0.0.4.
    #[must_use]
    pub fn render(&self, gauges: &Gauges) -> String {
        let mut text = Text::default();
        self.render_http(&mut text);
        self.render_turns(&mut text);
        self.render_pool(&mut text);
        self.render_storage(&mut text);
        render_gauges(gauges, &mut text);
        text.finish()
    }

    fn render_http(&self, text: &mut Text) {
        text.header("hostel_http_requests_total", "counter", "HTTP requests answered, by route and class of status.");
        for (route, family) in HttpRoute::ALL.iter().zip(&self.requests.0) {
            for (class, count) in StatusClass::ALL.iter().zip(family.read()) {
                let labels = [("route", route.label()), ("status", class.label())];
                text.sample("hostel_http_requests_total", &labels, count);
            }
        }
        text.counter("hostel_http_connections_total", "HTTP connections accepted.", &self.connections);
        let help = "HTTP connections refused, or ended by a protocol error or a time-out.";
        text.counter("hostel_http_connections_failed_total", help, &self.connections_failed);
    }

    fn render_turns(&self, text: &mut Text) {
        text.header("hostel_turns_total", "counter", "Commands taken through a guest, by how they ended.");
        for (outcome, count) in TurnOutcome::ALL.iter().zip(self.turns.read()) {
            text.sample("hostel_turns_total", &[("outcome", outcome.label())], count);
        }
        text.histogram("hostel_turn_seconds", "Time of a turn in its guest.", &self.turn_seconds);
        let help = "Calls of functions that guests made, by how they ended.";
        text.header("hostel_function_calls_total", "counter", help);
        for (outcome, count) in CallOutcome::ALL.iter().zip(self.calls.read()) {
            text.sample("hostel_function_calls_total", &[("outcome", outcome.label())], count);
        }
    }

    fn render_pool(&self, text: &mut Text) {
        text.counter("hostel_pool_hits_total", "Commands that found their session live.", &self.pool_hits);
        text.counter(
            "hostel_pool_misses_total",
            "Commands that had to bring their session to life.",
            &self.pool_misses,
        );
        text.counter("hostel_evictions_total", "Instances dropped to make room or for being idle.", &self.evictions);
        let help = "Evictions that failed because the snapshot could not be written.";
        text.counter("hostel_eviction_failures_total", help, &self.eviction_failures);
        text.counter("hostel_admission_waits_total", "Commands that waited for room.", &self.admission_waits);
        let help = "Commands refused because no room came free in time.";
        text.counter("hostel_admission_rejections_total", help, &self.admission_rejections);
    }

    fn render_storage(&self, text: &mut Text) {
        text.header("hostel_restores_total", "counter", "Stored sessions brought back to life, by outcome.");
        for (outcome, count) in RestoreOutcome::ALL.iter().zip(self.restores.read()) {
            text.sample("hostel_restores_total", &[("outcome", outcome.label())], count);
        }
        text.histogram("hostel_restore_seconds", "Time to bring a stored session back.", &self.restore_seconds);
        text.counter("hostel_snapshots_written_total", "Snapshots written.", &self.snapshots);
        text.counter("hostel_snapshot_bytes_total", "Encoded bytes of the snapshots written.", &self.snapshot_bytes);
        let help = "Snapshots found damaged or missing; older ones were used.";
        text.counter("hostel_snapshots_damaged_total", help, &self.snapshots_damaged);
        text.counter("hostel_store_errors_total", "Reads and writes that the store refused.", &self.store_errors);
    }
}

fn render_gauges(gauges: &Gauges, text: &mut Text) {
    text.gauge("hostel_live_sessions", "Sessions with a live instance.", gauges.live_sessions);
    text.gauge("hostel_leased_sessions", "Live sessions taken by a turn.", gauges.leased_sessions);
    text.gauge("hostel_live_sessions_max", "The most sessions that may be live.", gauges.live_sessions_max);
    text.gauge("hostel_budget_used_bytes", "Bytes charged to the memory budget.", gauges.budget_used_bytes);
    text.gauge("hostel_budget_bytes", "The memory budget.", gauges.budget_bytes);
}

#[cfg(test)]
mod tests;
