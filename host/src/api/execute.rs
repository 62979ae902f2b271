//! `POST /api/sessions/{name}/execute`: nearly all of the traffic.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response as RoutedResponse;
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method};
use serde::Deserialize;

use super::extract::Session;
use super::follow::{self, Format, OnHangUp};
use super::patience::Patience;
use super::problem::Problem;
use super::request_id::RequestId;
use super::{Response, Shared, body};
use crate::name::SessionName;
use crate::session::Execute;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Refuse when the session stands at another event.
const IF_EVENT: HeaderName = HeaderName::from_static("if-event");

/// What makes the command once-only.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is the recorded one, and that nothing was run for it.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Longest key, in bytes: a UUID with room to spare, for it is stored with the event.
const KEY_BYTES_MAX: usize = 255;

/// The longest body that can hold a command of that length: JSON may write a byte as six, `\u0000`.
pub(super) const fn body_bytes_max(command_bytes_max: usize) -> usize {
    command_bytes_max.saturating_mul(6).saturating_add(1024)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    command: String,
    /// What the client offers to answer while it follows the command.
    #[serde(default)]
    functions: Vec<String>,
    #[serde(default, rename = "onHangUp")]
    on_hang_up: Option<OnHangUp>,
}

/// The session's name in a request to `execute`, as the path has it; nothing for any other request. A name that is
/// percent-encoded is left to the router, which decodes it.
pub(super) fn target<B>(request: &hyper::Request<B>) -> Option<Result<SessionName, Problem>> {
    let name = request.uri().path().strip_prefix("/api/sessions/")?.strip_suffix("/execute")?;
    let direct = *request.method() == Method::POST && !name.bytes().any(|byte| byte == b'/' || byte == b'%');
    (direct && !name.is_empty()).then(|| SessionName::new(name).map_err(Problem::from))
}

/// Runs a command. The manager sees it through even when the client has gone.
pub(super) async fn execute<B>(
    shared: &Shared,
    name: Result<SessionName, Problem>,
    request: hyper::Request<B>,
    id: &RequestId,
) -> Result<Response, Problem>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    let (parts, body) = request.into_parts();
    let tenant = shared.tenant(&parts.headers)?;
    let name = name?;
    body::expect_json(&parts.headers)?;
    let limit = ("command_bytes_max", shared.execute_body_bytes_max);
    let bytes = body::read_within(body, limit, shared.body_timeout).await?;
    let Body { command, functions, on_hang_up } = body::parse(&bytes)?;
    let (if_event, key) = (if_event(&parts.headers)?, key(&parts.headers)?);
    let execute = Execute { command: command.into(), if_event, key, turn: Some(id.turn()), ..Execute::default() };
    if let Some(format) = Format::accepted(&parts.headers) {
        let how = (format, on_hang_up.unwrap_or_default(), parts.extensions.get::<Patience>().cloned());
        return follow::execute(shared, (tenant, name), execute, follow::offered(functions)?, how).await;
    }
    if !functions.is_empty() || on_hang_up.is_some() {
        return Err(Problem::invalid_body(
            "`functions` and `onHangUp` are for clients that follow the command: accept text/event-stream or \
             application/x-ndjson",
        ));
    }
    let reply = shared.manager.execute(tenant, &name, execute).await?;
    let json = serde_json::to_vec(&reply).map_err(|error| Problem::internal(error.into()))?;
    let mut response = Response::new(Either::Left(Full::new(json.into())));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    if reply.replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// [`execute`] by way of the router.
pub(super) async fn execute_routed(
    State(shared): State<Arc<Shared>>,
    Session(name): Session,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Result<RoutedResponse, Problem> {
    let response = execute(&shared, Ok(name), request, &id).await?;
    Ok(response.map(axum::body::Body::new))
}

/// The event of an `If-Event` header: refuse when the session has moved on from it.
fn if_event(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let mut values = headers.get_all(IF_EVENT).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok()).filter(|_| values.next().is_none());
    number.map(Some).ok_or_else(|| Problem::invalid_header("if-event", "the number of an event"))
}

/// The key of an `Idempotency-Key` header, of which there may be one.
fn key(headers: &HeaderMap) -> Result<Option<Arc<str>>, Problem> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let usable =
        |key: &&str| (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    match (key.to_str().ok().filter(usable), keys.next()) {
        (Some(key), None) => Ok(Some(key.into())),
        _ => Err(Problem::invalid_header("idempotency-key", "one key of 1 to 255 visible ASCII characters")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap())).collect()
    }

    #[test]
    fn a_key_is_visible_ascii_within_reason() {
        let read = |values: &[&str]| key(&headers(IDEMPOTENCY_KEY, values)).map(|key| key.map(|key| key.to_string()));
        let longest = "k".repeat(255);
        assert_eq!(read(&[]).unwrap(), None);
        for fine in ["k", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", &longest] {
            assert_eq!(read(&[fine]).unwrap().as_deref(), Some(fine));
        }
        for wrong in [&[""][..], &["a b"], &["ü"], &["a\tb"], &[&(longest + "k")], &["a", "b"], &["a", "a"]] {
            assert!(read(wrong).unwrap_err().detail().contains("1 to 255 visible"), "{wrong:?}");
        }
    }

    #[test]
    fn an_event_is_a_number() {
        let read = |value: &str| if_event(&headers(IF_EVENT, &[value]));
        assert_eq!(read("17").unwrap(), Some(17));
        for wrong in ["", "x", "-1", "1.5", "99999999999999999999"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_plain_requests_to_execute_pass_the_router_by() {
        let target = |method: &str, path: &str| {
            let request = hyper::Request::builder().method(method).uri(path).body(()).unwrap();
            target(&request)
                .map(|name| name.map(|name| name.to_string()).map_err(|problem| problem.detail().to_owned()))
        };
        assert_eq!(target("POST", "/api/sessions/alice/execute"), Some(Ok("alice".to_owned())));
        assert!(target("POST", "/api/sessions/.x/execute").is_some_and(|name| name.is_err()));
        for (method, path) in [
            ("GET", "/api/sessions/alice/execute"),
            ("POST", "/api/sessions/a%6cice/execute"),
            ("POST", "/api/sessions//execute"),
            ("POST", "/api/sessions/alice/events"),
        ] {
            assert_eq!(target(method, path), None, "{method} {path}");
        }
    }
}
