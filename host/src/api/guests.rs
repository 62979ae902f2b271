//! `GET /api/guests`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Shared;
use super::extract::Tenant;

/// The guests that sessions can be made of.
pub(super) async fn list(State(shared): State<Arc<Shared>>, _: Tenant) -> Json<Value> {
    Json(json!({ "guests": shared.manager.guests() }))
}
