//! The routes under `/api/sessions`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response as RoutedResponse};
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::extract::{Options, Parameters, Session, Tenant};
use super::problem::Problem;
use super::{Response, Shared, body};
use crate::name::{GuestName, SessionName};
use crate::session::{CreateOptions, Execute, InterruptReport, ListQuery, SaveReport, SessionMetadata};
use crate::store::LimitOverrides;

/// Sessions of a list, when the query does not say how many.
const LIST_LENGTH: usize = 100;

/// The most sessions of a list: an answer of some hundred kilobytes.
const LIST_LENGTH_MAX: usize = 1_000;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

// === POST /api/sessions/{name}/execute ===

/// The longest body that can hold a command of that length: JSON may write a byte as six, `\u0000`.
pub(super) const fn execute_body_bytes_max(command_bytes_max: usize) -> usize {
    command_bytes_max.saturating_mul(6).saturating_add(1024)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExecuteBody {
    command: String,
}

/// The event of an `If-Event` header: refuse when the session has moved on from it.
fn if_event(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("if-event") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    number.map(Some).ok_or_else(|| Problem::invalid_header("if-event", "the number of an event"))
}

/// The session's name in a request to `execute`, as the path has it; nothing for any other request. A name that is
/// percent-encoded is left to the router, which decodes it.
pub(super) fn execute_target<B>(request: &hyper::Request<B>) -> Option<Result<SessionName, Problem>> {
    let name = request.uri().path().strip_prefix("/api/sessions/")?.strip_suffix("/execute")?;
    let direct = *request.method() == Method::POST && !name.bytes().any(|byte| byte == b'/' || byte == b'%');
    (direct && !name.is_empty()).then(|| SessionName::new(name).map_err(Problem::from))
}

/// Runs a command. The manager sees it through even when the client has gone.
pub(super) async fn execute<B>(
    shared: &Shared,
    name: Result<SessionName, Problem>,
    request: hyper::Request<B>,
) -> Result<Response, Problem>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    let (parts, body) = request.into_parts();
    let tenant = shared.tenant(&parts.headers)?;
    let name = name?;
    body::expect_json(&parts.headers)?;
    let bytes = body::read(body, shared.execute_body_bytes_max, shared.body_timeout).await?;
    let ExecuteBody { command } = body::parse(&bytes)?;
    let if_event = if_event(&parts.headers)?;
    let reply = shared.manager.execute(tenant, &name, Execute { command: command.into(), if_event }).await?;
    let json = serde_json::to_vec(&reply).map_err(|error| Problem::internal(error.into()))?;
    let mut response = Response::new(Either::Left(Full::new(json.into())));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    Ok(response)
}

/// [`execute`] by way of the router.
pub(super) async fn execute_routed(
    State(shared): State<Arc<Shared>>,
    Session(name): Session,
    request: Request,
) -> Result<RoutedResponse, Problem> {
    let response = execute(&shared, Ok(name), request).await?;
    Ok(response.map(axum::body::Body::new))
}

// === GET /api/sessions ===

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    #[serde(default)]
    prefix: String,
    after: Option<SessionName>,
    limit: Option<usize>,
}

/// A page of sessions.
#[derive(Serialize)]
pub(super) struct ListAnswer {
    sessions: Vec<SessionMetadata>,
    /// What to give as `after` for the next page; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<SessionName>,
}

/// Lists the tenant's sessions by name.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Parameters(ListParameters { prefix, after, limit }): Parameters<ListParameters>,
) -> Result<Json<ListAnswer>, Problem> {
    let limit = limit.unwrap_or(LIST_LENGTH);
    if !(1..=LIST_LENGTH_MAX).contains(&limit) {
        return Err(Problem::invalid_query(format!("limit must be between 1 and {LIST_LENGTH_MAX}")));
    }
    let sessions = shared.manager.list(&tenant, ListQuery { prefix, after, limit }).await?;
    let full = sessions.len() == limit;
    let next = sessions.last().filter(|_| full).map(|last| last.name.clone());
    Ok(Json(ListAnswer { sessions, next }))
}

// === /api/sessions/{name} ===

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetadataParameters {
    size: Option<SizeParameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum SizeParameter {
    Detail,
}

/// What a session tells of itself.
pub(super) async fn metadata(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Parameters(MetadataParameters { size }): Parameters<MetadataParameters>,
) -> Result<Json<SessionMetadata>, Problem> {
    Ok(Json(shared.manager.metadata(&tenant, &name, size.is_some()).await?))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    guest: Option<GuestName>,
    #[serde(default)]
    limits: LimitOverrides,
}

/// Creates a session, or confirms that it is there as asked.
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Options(Create { guest, limits }): Options<Create>,
) -> Result<(StatusCode, Json<SessionMetadata>), Problem> {
    let options = CreateOptions { guest, limits };
    let (metadata, created) = shared.manager.create(&tenant, &name, options).await?;
    Ok((if created { StatusCode::CREATED } else { StatusCode::OK }, Json(metadata)))
}

/// Removes a session with all it has stored.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
) -> Result<StatusCode, Problem> {
    shared.manager.delete(&tenant, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

// === POST /api/sessions/{name}/save ===

/// Writes a session's snapshot now.
pub(super) async fn save(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
) -> Result<Json<SaveReport>, Problem> {
    Ok(Json(shared.manager.save(&tenant, &name).await?))
}

// === POST /api/sessions/{name}/interrupt ===

/// Stops the command that runs.
pub(super) async fn interrupt(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
) -> Result<Json<InterruptReport>, Problem> {
    Ok(Json(shared.manager.interrupt(&tenant, &name)?))
}

impl IntoResponse for Problem {
    /// Carries the problem out through the router; the API makes the document of it, for it knows the request's id.
    fn into_response(self) -> RoutedResponse {
        let mut response = RoutedResponse::default();
        response.extensions_mut().insert(self);
        response
    }
}
