//! `GET /api/health`: whether the host takes work. It needs no key, so it tells nothing of any tenant.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use hyper::StatusCode;
use serde::Serialize;

use super::Shared;

/// How the host is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    /// Which run of the program this is: a random name.
    instance: String,
    live_sessions: u64,
    live_sessions_max: u64,
    memory_used_bytes: u64,
    memory_budget_bytes: u64,
}

/// How long a refusal of the store is told of: longer than it is from one look at the health to the next.
const FAILING_FOR: Duration = Duration::from_secs(60);

/// 200 while the host takes work; 503 once it is shutting down, its store has failed for good, or has just refused
/// something, as a full disk makes it.
pub(super) async fn health(State(shared): State<Arc<Shared>>) -> (StatusCode, Json<Health>) {
    let (code, status) = match (shared.draining.load(Relaxed), shared.manager.store_has_failed()) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "shuttingDown"),
        (false, true) => (StatusCode::SERVICE_UNAVAILABLE, "storeFailed"),
        (false, false) if shared.metrics.store_failed_within(FAILING_FOR) => {
            (StatusCode::SERVICE_UNAVAILABLE, "storeFailing")
        }
        (false, false) => (StatusCode::OK, "ok"),
    };
    let gauges = shared.gauges();
    let health = Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        instance: shared.instance.clone(),
        live_sessions: gauges.live_sessions,
        live_sessions_max: gauges.live_sessions_max,
        memory_used_bytes: gauges.budget_used_bytes,
        memory_budget_bytes: gauges.budget_bytes,
    };
    (code, Json(health))
}
