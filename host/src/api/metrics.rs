//! `GET /metrics`: the host's counters. They tell of all tenants together, so where there are keys it takes one; give
//! the scraper a tenant of its own.

use std::sync::Arc;

use axum::extract::State;
use hyper::header;

use super::Shared;
use super::extract::Tenant;
use crate::metrics::Gauges;

/// Prometheus' text format, version 0.0.4.
pub(super) async fn metrics(
    State(shared): State<Arc<Shared>>,
    _: Tenant,
) -> ([(header::HeaderName, &'static str); 1], String) {
    let text = shared.metrics.render(&shared.gauges());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

impl Shared {
    /// The pool's figures, as gauges.
    pub(super) fn gauges(&self) -> Gauges {
        let figures = self.manager.figures();
        Gauges {
            live_sessions: figures.live as u64,
            leased_sessions: figures.leased as u64,
            live_sessions_max: figures.live_max as u64,
            budget_used_bytes: figures.used_bytes,
            budget_bytes: figures.budget_bytes,
        }
    }
}
