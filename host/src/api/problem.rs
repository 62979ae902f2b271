//! What can go wrong with a request, and how it is told: the one place that decides statuses and codes.
//!
//! A problem is answered as an RFC 9457 document:
//! ```json
//! {"type": "urn:hostel:problem:time-exceeded", "title": "The command ran too long", "status": 422,
//!  "detail": "the command ran longer than 10000 ms; …", "code": "time-exceeded", "requestId": "…",
//!  "effect": "rolledBack", "rolledBack": true, "limit": {"setting": "command_timeout", "value": 10000, "unit": "ms"}}
//! ```
//! `code` is for programs and stays as it is; `title` and `detail` are for people. What the host alone is to blame for
//! is told in general words: the cause goes to the log, under the same request id.

mod guest;
mod session;

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde::Serialize;

use super::request_id::RequestId;
use crate::name::NameError;
use crate::session::Effect;
use crate::tenant::Unauthenticated;

/// When to come back after all places for exports and imports were taken: most take less.
const TRANSFER_RETRY_SECONDS: u32 = 1;

/// What the host failed of, in the extensions of a response, for whoever asks from within this process. It is not sent.
#[derive(Debug, Clone)]
pub struct Cause(pub Arc<dyn Error + Send + Sync>);

/// Why a request is not answered as it hoped. Boxed, for every result on the way has room for one.
#[derive(Debug, Clone)]
pub(super) struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    effect: Effect,
    limit: Option<Limit>,
    header: Option<(HeaderName, HeaderValue)>,
    /// For the log, never for the client.
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// The limit that was met.
#[derive(Debug, Clone, Copy, Serialize)]
struct Limit {
    setting: &'static str,
    value: u64,
    unit: &'static str,
}

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    request_id: &'a str,
    effect: &'static str,
    rolled_back: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Limit>,
}

// === impl Problem: the answer ===

impl Problem {
    /// The response, with the document in it. Logs what the client is not told.
    pub(super) fn into_answer(self, id: &RequestId) -> Response<Full<Bytes>> {
        let json = self.document(id.as_str());
        let parts = *self.0;
        let mut response = Response::new(Full::new(json.into()));
        *response.status_mut() = parts.status;
        let content_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response.headers_mut().extend(parts.header);
        if let Some(cause) = parts.cause {
            response.extensions_mut().insert(Cause(cause));
        }
        response
    }

    /// The document, JSON. Logs what the client is not told.
    pub(super) fn document(&self, id: &str) -> Vec<u8> {
        let parts = &*self.0;
        parts.log(id);
        let document = Document {
            r#type: format!("urn:hostel:problem:{}", parts.code),
            title: parts.title,
            status: parts.status.as_u16(),
            detail: &parts.detail,
            code: parts.code,
            request_id: id,
            effect: match parts.effect {
                Effect::Untouched => "untouched",
                Effect::Done => "done",
                Effect::RolledBack => "rolledBack",
            },
            rolled_back: parts.effect == Effect::RolledBack,
            limit: parts.limit,
        };
        serde_json::to_vec(&document).expect("texts and numbers make a JSON document")
    }
}

impl Parts {
    fn log(&self, id: &str) {
        let Some(cause) = &self.cause else { return };
        let sources = std::iter::successors(cause.source(), |&error| error.source());
        let cause = sources.fold(cause.to_string(), |text, source| format!("{text}: {source}"));
        tracing::error!(request = %id, code = self.code, %cause, "a request failed");
    }
}

// === impl Problem: making one ===

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        let (detail, effect) = (detail.into(), Effect::Untouched);
        Self(Box::new(Parts { status, code, title, detail, effect, limit: None, header: None, cause: None }))
    }

    fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Says that no session has changed, whatever was being done.
    pub(super) fn untouched(self) -> Self {
        self.with_effect(Effect::Untouched)
    }

    fn with_limit(mut self, setting: &'static str, value: u64, unit: &'static str) -> Self {
        self.0.limit = Some(Limit { setting, value, unit });
        self
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    fn retry_after(self, seconds: u32) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Tells the client `detail` and the log the cause.
    fn hiding(mut self, detail: &str, cause: Arc<dyn Error + Send + Sync>) -> Self {
        self.0.detail = format!("{detail}; the log has the cause under this request id").into();
        self.0.cause = Some(cause);
        self
    }

    /// What the client is told.
    #[cfg(test)]
    pub(super) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// A defect of the host.
    pub(super) fn internal(cause: Box<dyn Error + Send + Sync>) -> Self {
        Self::internal_of(cause.into())
    }

    fn internal_of(cause: Arc<dyn Error + Send + Sync>) -> Self {
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", "");
        problem.hiding("the host failed", cause)
    }
}

// === impl Problem: requests that can't be understood ===

impl Problem {
    pub(super) fn no_such_route(path: &str) -> Self {
        let detail = format!("there is nothing at {path}");
        Self::new(StatusCode::NOT_FOUND, "no-such-route", "No such route", detail)
    }

    pub(super) fn method_not_allowed(method: &Method, allow: Option<HeaderValue>) -> Self {
        let allow = allow.unwrap_or(HeaderValue::from_static(""));
        let detail = format!("{method} is not allowed here; allowed: {}", allow.to_str().unwrap_or_default());
        let (status, title) = (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
        Self::new(status, "method-not-allowed", title, detail).with_header(header::ALLOW, allow)
    }

    /// Without a content type it came from a page in a browser: only a type like this makes the browser ask first.
    pub(super) fn not_json(content_type: Option<&HeaderValue>) -> Self {
        let detail = wrong_type("application/json", content_type);
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", "Not JSON", detail)
    }

    /// As [`Problem::not_json`], where an exported session is expected.
    pub(super) fn not_an_export(content_type: Option<&HeaderValue>) -> Self {
        let detail = wrong_type("application/vnd.hostel.session or application/octet-stream", content_type);
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-an-export", "Not an exported session", detail)
    }

    /// As [`Problem::not_json`], where a component is expected.
    pub(super) fn not_a_component(content_type: Option<&HeaderValue>) -> Self {
        let detail = wrong_type("application/wasm or application/octet-stream", content_type);
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-a-component", "Not a component", detail)
    }

    pub(super) fn invalid_json(error: &serde_json::Error) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-json", "Invalid JSON", format!("in the request's body: {error}"))
    }

    pub(super) fn no_such_turn(turn: &str) -> Self {
        let detail = format!(
            "there is no turn {turn} that can be followed: none of that id was begun with a stream, or it ended a while ago"
        );
        Self::new(StatusCode::NOT_FOUND, "turn-not-found", "No such turn", detail)
    }

    pub(super) fn no_such_question(question: u64) -> Self {
        let detail = format!("the turn has not asked a question {question}");
        Self::new(StatusCode::NOT_FOUND, "question-not-found", "No such question", detail)
    }

    pub(super) fn question_closed(question: u64) -> Self {
        let detail = format!("question {question} has an answer, or the turn waits for one no more");
        Self::new(StatusCode::CONFLICT, "question-closed", "The question is closed", detail)
    }

    /// JSON that can be read, and does not say what is needed.
    pub(super) fn invalid_body(detail: &str) -> Self {
        let detail = format!("in the request's body: {detail}");
        Self::new(StatusCode::BAD_REQUEST, "invalid-json", "Invalid JSON", detail)
    }

    pub(super) fn names_out_of_range(count: usize, max: usize) -> Self {
        let detail = format!("a fork makes 1 to {max} sessions at once, these are {count} names");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "limit-out-of-range", "Limit out of range", detail)
            .with_limit("names", max as u64, "names")
    }

    pub(super) fn transfers_busy(max: usize) -> Self {
        let detail = format!("{max} sessions are being exported or imported, which is all that may be at once");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "transfers-busy", "Too many exports and imports", detail)
            .retry_after(TRANSFER_RETRY_SECONDS)
    }

    pub(super) fn invalid_query(detail: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-query", "Invalid query", detail)
    }

    pub(super) fn invalid_path(detail: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-path", "Invalid path", detail)
    }

    pub(super) fn body_too_large(bytes_max: usize) -> Self {
        let detail = format!("the body of this request has at most {bytes_max} bytes");
        // What is left of the body is not read, so the connection can't be used again; a client is told, not surprised.
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "Body too large", detail)
            .with_header(header::CONNECTION, HeaderValue::from_static("close"))
    }

    /// Names the setting that limits a body, when its size is what is wrong.
    pub(super) fn limited_by(mut self, setting: &'static str, bytes_max: usize) -> Self {
        if self.0.status != StatusCode::PAYLOAD_TOO_LARGE {
            return self;
        }
        self.0.detail = format!("{}; the limit is set by {setting}", self.0.detail).into();
        self.with_limit(setting, bytes_max as u64, "bytes")
    }

    pub(super) fn body_timeout(timeout: Duration) -> Self {
        let detail = format!("the request's body did not come within {timeout:?}; the limit is set by body_timeout");
        Self::new(StatusCode::REQUEST_TIMEOUT, "body-timeout", "Body too slow", detail)
            .with_header(header::CONNECTION, HeaderValue::from_static("close"))
    }

    pub(super) fn foreign_host() -> Self {
        let detail = "without [[tenants]] this host answers only to `localhost` and to addresses in the headers Host and \
                      Origin: give tenants keys (`hostel key NAME`) to be reached by other names";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "foreign-host", "Not this host's name", detail)
    }

    pub(super) fn invalid_header(name: &str, expected: &str) -> Self {
        let detail = format!("the header {name} holds {expected}");
        Self::new(StatusCode::BAD_REQUEST, "invalid-header", "Invalid header", detail)
    }

    pub(super) fn body_broken() -> Self {
        let detail = "the request's body ended too early or is not framed as HTTP wants it";
        Self::new(StatusCode::BAD_REQUEST, "body-broken", "Body broken off", detail)
    }
}

fn wrong_type(expected: &str, found: Option<&HeaderValue>) -> String {
    match found {
        Some(found) => format!("expected content-type {expected}, this is {found:?}"),
        None => format!("expected content-type {expected} from a request with an Origin header, this has none"),
    }
}

impl From<NameError> for Problem {
    fn from(error: NameError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-name", "Invalid name", error.to_string())
    }
}

impl From<Unauthenticated> for Problem {
    fn from(error: Unauthenticated) -> Self {
        let challenge = HeaderValue::from_static("Bearer realm=\"hostel\"");
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "No valid API key", error.to_string())
            .with_header(header::WWW_AUTHENTICATE, challenge)
    }
}
