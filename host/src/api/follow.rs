//! Turns as they happen: the streamed form of `execute`, following a turn, and answering what it asks.
//!
//! ```text
//!   begin                    the command runs; its turn's id
//!   stdout, stderr           text, as it is written
//!   result                   a result that is more than text
//!   call, input, closed      a question to the client, and that it is answered or asked no more
//!   end | error              what the plain reply holds | the problem
//! ```
//! As `text/event-stream` each is an event of that name, and as `application/x-ndjson` a line with that `type`. Both carry
//! the reader's position behind it, from where it can be read on: as the event's id, or in `at`.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response as RoutedResponse;
use bytes::Bytes;
use http_body_util::Either;
use hyper::body::{Body, Frame};
use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::extract::{Parameters, Tenant};
use super::patience::Patience;
use super::problem::Problem;
use super::unread::GivenUp;
use super::{Response, Shared, body};
use crate::functions::check_json;
use crate::instance::OutputStream;
use crate::journal::{Failure, FailureKind};
use crate::name::{FunctionName, SessionName, TenantName};
use crate::session::{
    Answering, Execute, FollowedTurn, Interruption, Piece, Position, Reply, RichResult, SessionManager, Wanted,
};

/// How often a stream says that it is still there: often enough for proxies that close what is silent for a minute.
const PING_EVERY: Duration = Duration::from_secs(15);

/// The same for a client whose hanging up is to stop its command: that it has gone is seen by the second thing that can't be
/// sent to it, and a command may be silent for as long as it runs.
const WATCHED_PING_EVERY: Duration = Duration::from_secs(1);

/// Functions that a client may offer to a turn.
const OFFERED_MAX: usize = 100;

/// Longest failure that a client may answer with, in bytes.
const FAILURE_BYTES_MAX: usize = 4 << 10;

/// Where a client that lost its stream goes on.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Form of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Server-sent events, as the HTML standard has them.
    Events,
    /// A JSON value on each line.
    Lines,
}

/// What a client that follows its command asks for beside.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum OnHangUp {
    /// The command goes on when the client hangs up.
    #[default]
    Continue,
    /// It is interrupted then.
    Interrupt,
}

impl Format {
    /// The form that a request accepts, when it is one of a stream.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let accept = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        accept.flat_map(|value| value.split(',')).find_map(|kind| {
            match kind.split(';').next().unwrap_or_default().trim() {
                "text/event-stream" => Some(Self::Events),
                "application/x-ndjson" => Some(Self::Lines),
                _ => None,
            }
        })
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Events => "text/event-stream",
            Self::Lines => "application/x-ndjson",
        })
    }

    fn ping(self) -> Bytes {
        Bytes::from_static(match self {
            Self::Events => b": ping\n\n",
            Self::Lines => b"{\"type\":\"ping\"}\n",
        })
    }

    /// Writes an object under its kind, with the position behind it.
    fn write(self, kind: &str, data: &impl Serialize, at: Position) -> Bytes {
        let data = serde_json::to_string(data).unwrap_or_else(|_| "{}".to_owned());
        let text = match self {
            Self::Events => format!("id: {at}\nevent: {kind}\ndata: {data}\n\n"),
            // An object that has its kind before all else.
            Self::Lines => format!("{{\"type\":\"{kind}\",\"at\":\"{at}\",{}\n", data.strip_prefix('{').unwrap_or("}")),
        };
        text.into()
    }
}

/// Reads the functions that a client offers.
pub(super) fn offered(names: Vec<String>) -> Result<BTreeSet<FunctionName>, Problem> {
    if names.len() > OFFERED_MAX {
        return Err(Problem::invalid_body("`functions` has at most 100 names"));
    }
    names.iter().map(|name| FunctionName::new(name).map_err(Problem::from)).collect()
}

/// Runs a command whose client follows it.
pub(super) async fn execute(
    shared: &Shared,
    (tenant, name): (&TenantName, SessionName),
    execute: Execute,
    offered: BTreeSet<FunctionName>,
    (format, hang_up, patience): (Format, OnHangUp, Option<Patience>),
) -> Result<Response, Problem> {
    let turn = shared.manager.execute_followed(tenant, &name, execute, offered)?;
    let hang_up = matches!(hang_up, OnHangUp::Interrupt).then(|| HangUp {
        manager: shared.manager.clone(),
        tenant: tenant.clone(),
        name: name.clone(),
        turn: turn.clone(),
    });
    let reader = Reader { turn, name, format, position: Position::default(), hang_up };
    reader.answer(patience).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FollowParameters {
    after: Option<String>,
}

/// Follows a turn from a position on.
pub(super) async fn follow(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    path: Result<Path<(String, String)>, PathRejection>,
    Parameters(FollowParameters { after }): Parameters<FollowParameters>,
    request: Request,
) -> Result<RoutedResponse, Problem> {
    let (name, turn) = of_path(path)?;
    let name = SessionName::new(&name)?;
    let turn = shared.manager.followed(&tenant, &name, &turn).ok_or_else(|| Problem::no_such_turn(&turn))?;
    let last = || request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).map(ToOwned::to_owned);
    let position = match after.or_else(last) {
        None => Position::default(),
        Some(text) => text.parse().map_err(|()| {
            Problem::invalid_query("`after`, or the last event's id, is a position such as 3.120".to_owned())
        })?,
    };
    let format = Format::accepted(request.headers()).unwrap_or(Format::Lines);
    let patience = request.extensions().get::<Patience>().cloned();
    let reader = Reader { turn, name, format, position, hang_up: None };
    Ok(reader.stream(None, patience).map(axum::body::Body::new))
}

fn of_path<T>(path: Result<Path<T>, PathRejection>) -> Result<T, Problem> {
    path.map(|Path(parts)| parts).map_err(|error| Problem::invalid_path(error.body_text()))
}

/// An answer of the client: one of the three.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default, deserialize_with = "some")]
    result: Option<Value>,
    error: Option<String>,
    line: Option<String>,
}

/// A value that is there, also when it is `null`.
fn some<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

#[derive(Serialize)]
pub(super) struct Answered {
    taken: bool,
}

/// Answers a question of a turn.
pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    path: Result<Path<(String, String, u64)>, PathRejection>,
    request: Request,
) -> Result<(StatusCode, Json<Answered>), Problem> {
    let (name, turn, question) = of_path(path)?;
    let name = SessionName::new(&name)?;
    body::expect_json(request.headers())?;
    let limit = ("call_bytes_max", shared.answer_body_bytes_max);
    let bytes = body::read_within(request.into_body(), limit, shared.body_timeout).await?;
    let answer: Answer = body::parse(&bytes)?;
    let turn = shared.manager.followed(&tenant, &name, &turn).ok_or_else(|| Problem::no_such_turn(&turn))?;
    let (kind, answer) = answer.read()?;
    match turn.answer(question, kind, answer) {
        Answering::Taken => Ok((StatusCode::OK, Json(Answered { taken: true }))),
        Answering::Closed => Err(Problem::question_closed(question)),
        Answering::Unknown => Err(Problem::no_such_question(question)),
        Answering::Unfit(Wanted::Line) => Err(Problem::invalid_body("this question wants a `line`, or an `error`")),
        Answering::Unfit(Wanted::Result) => Err(Problem::invalid_body("this question wants a `result`, or an `error`")),
    }
}

impl Answer {
    /// What kind of answer it is, unless it is a failure; and the answer.
    fn read(self) -> Result<(Option<Wanted>, Result<String, Failure>), Problem> {
        match (self.result, self.error, self.line) {
            (Some(result), None, None) => {
                let text = result.to_string();
                check_json(&text).map_err(|_| Problem::invalid_body("`result` is nested too deeply"))?;
                Ok((Some(Wanted::Result), Ok(text)))
            }
            (None, Some(error), None) if error.len() <= FAILURE_BYTES_MAX => {
                Ok((None, Err(Failure::new(FailureKind::Failed, error))))
            }
            (None, Some(_), None) => Err(Problem::invalid_body("`error` has at most 4096 bytes")),
            (None, None, Some(line)) if line.contains(['\n', '\r']) => {
                Err(Problem::invalid_body("`line` is one line, without its end"))
            }
            (None, None, Some(line)) => Ok((Some(Wanted::Line), Ok(line))),
            _ => Err(Problem::invalid_body("expected one of `result`, `error` and `line`")),
        }
    }
}

// === reading ===

#[derive(Serialize)]
struct ShownResult {
    data: RichResult,
}

#[derive(Serialize)]
struct End<'r> {
    reply: &'r Reply,
    /// It is the recorded reply to an earlier command with the same key.
    replayed: bool,
}

/// A client that reads a turn.
struct Reader {
    turn: Arc<FollowedTurn>,
    name: SessionName,
    format: Format,
    position: Position,
    hang_up: Option<HangUp>,
}

/// Interrupts the turn when its client goes away before its end.
struct HangUp {
    manager: Arc<SessionManager>,
    tenant: TenantName,
    name: SessionName,
    turn: Arc<FollowedTurn>,
}

impl Drop for HangUp {
    fn drop(&mut self) {
        if !self.turn.has_ended() {
            let which = Interruption { turn: Some(self.turn.id.clone()), queued: false };
            // A session that is gone has nothing to stop.
            let _ = self.manager.interrupt(&self.tenant, &self.name, &which);
        }
    }
}

impl Reader {
    /// The stream, once the command runs. What goes wrong before that is a problem like any other.
    async fn answer(mut self, patience: Option<Patience>) -> Result<Response, Problem> {
        match self.turn.next(&mut self.position).await {
            Some(Piece::End(Err(error))) => Err(error.into()),
            Some(Piece::Gone) => Err(Problem::no_such_turn(&self.turn.id)),
            Some(first) => Ok(self.stream(Some(first), patience).map(Either::Right)),
            None => Err(Problem::no_such_turn(&self.turn.id)),
        }
    }

    fn stream(self, first: Option<Piece>, patience: Option<Patience>) -> hyper::Response<axum::body::Body> {
        let format = self.format;
        let next: Next = match first {
            Some(first) => {
                let bytes = self.written(first);
                Box::pin(std::future::ready((self, Some(bytes))))
            }
            None => Box::pin(self.next()),
        };
        let mut response = hyper::Response::new(axum::body::Body::new(TurnBody { next: Some(next), patience }));
        response.headers_mut().insert(CONTENT_TYPE, format.content_type());
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    async fn next(mut self) -> (Self, Option<Written>) {
        let ping_every = if self.hang_up.is_some() { WATCHED_PING_EVERY } else { PING_EVERY };
        let waited = tokio::time::timeout(ping_every, self.turn.next(&mut self.position)).await;
        let bytes = match waited {
            Err(_) => Some(Ok(self.format.ping())),
            Ok(piece) => piece.map(|piece| self.written(piece)),
        };
        (self, bytes)
    }

    fn written(&self, piece: Piece) -> Written {
        let parsed = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
        let write = |kind: &str, data: Value| self.format.write(kind, &data, self.position);
        Ok(match piece {
            Piece::Gone => return Err(GivenUp),
            Piece::Begin => write("begin", json!({ "turn": &*self.turn.id, "session": self.name })),
            Piece::Text(OutputStream::Stdout, text) => write("stdout", json!({ "text": text })),
            Piece::Text(OutputStream::Stderr, text) => write("stderr", json!({ "text": text })),
            Piece::Result(data) => self.format.write("result", &ShownResult { data }, self.position),
            Piece::Call { question, name, arguments } => {
                write("call", json!({ "id": question, "name": name, "arguments": parsed(&arguments) }))
            }
            Piece::Line { question, prompt } => write("input", json!({ "id": question, "prompt": &*prompt })),
            Piece::Closed { question } => write("closed", json!({ "id": question })),
            Piece::End(Ok(reply)) => {
                self.format.write("end", &End { replayed: reply.replayed, reply: &reply }, self.position)
            }
            Piece::End(Err(error)) => {
                let document = Problem::from(error).document(&self.turn.id);
                write("error", json!({ "problem": parsed(&String::from_utf8_lossy(&document)) }))
            }
        })
    }
}

/// A piece as it is sent.
type Written = Result<Bytes, GivenUp>;

type Next = Pin<Box<dyn Future<Output = (Reader, Option<Written>)> + Send>>;

/// The body of a stream. Nothing is read ahead: what the client has not taken stays in the turn's log.
struct TurnBody {
    /// Nothing at the end.
    next: Option<Next>,
    /// Of the connection.
    patience: Option<Patience>,
}

impl Body for TurnBody {
    type Data = Bytes;
    type Error = GivenUp;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(next) = &mut self.next else { return Poll::Ready(None) };
        match next.as_mut().poll(context) {
            Poll::Pending => {
                // The client has all that there is: it waits for the turn.
                self.patience.iter().for_each(Patience::suspend);
                Poll::Pending
            }
            Poll::Ready((reader, bytes)) => {
                self.patience.iter().for_each(Patience::resume);
                self.next = matches!(bytes, Some(Ok(_))).then(|| Box::pin(reader.next()) as Next);
                Poll::Ready(bytes.map(|bytes| bytes.map(Frame::data)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_what_the_request_accepts() {
        let accepted = |value: &'static str| {
            let headers = [(ACCEPT, HeaderValue::from_static(value))].into_iter().collect();
            Format::accepted(&headers)
        };
        assert_eq!(accepted("text/event-stream"), Some(Format::Events));
        assert_eq!(accepted("application/x-ndjson;q=0.9, application/json"), Some(Format::Lines));
        assert_eq!(accepted("application/json"), None);
        assert_eq!(accepted("*/*"), None);
        assert_eq!(Format::accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn an_answer_is_one_of_three() {
        let read = |json: &str| serde_json::from_str::<Answer>(json).unwrap().read();
        let result = |text: &str| (Some(Wanted::Result), Ok(text.to_owned()));
        assert_eq!(read(r#"{"result": {"a": 1}}"#).unwrap(), result(r#"{"a":1}"#));
        assert_eq!(read(r#"{"result": null}"#).unwrap(), result("null"));
        assert_eq!(read(r#"{"line": ""}"#).unwrap(), (Some(Wanted::Line), Ok(String::new())));
        assert_eq!(read(r#"{"error": "no"}"#).unwrap(), (None, Err(Failure::new(FailureKind::Failed, "no"))));
        assert!(read(r#"{"line": "a\nb"}"#).unwrap_err().detail().contains("one line"));
        for wrong in ["{}", r#"{"result": 1, "line": ""}"#] {
            assert!(read(wrong).unwrap_err().detail().contains("one of"), "{wrong}");
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        let at = "3.120".parse().unwrap();
        let event = Format::Events.write("stdout", &json!({ "text": "a\nb" }), at);
        assert_eq!(event, "id: 3.120\nevent: stdout\ndata: {\"text\":\"a\\nb\"}\n\n");
        let line = Format::Lines.write("stdout", &json!({ "text": "a\nb" }), at);
        assert_eq!(
            serde_json::from_slice::<Value>(&line).unwrap(),
            json!({ "type": "stdout", "text": "a\nb", "at": "3.120" })
        );
    }
}
