//! `GET /api/functions`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Shared;
use super::extract::Tenant;

/// The functions that the tenant's sessions may call.
pub(super) async fn list(State(shared): State<Arc<Shared>>, Tenant(tenant): Tenant) -> Json<Value> {
    Json(json!({ "functions": shared.manager.functions_of(&tenant) }))
}
