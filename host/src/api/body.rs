//! Reading request bodies: up to a size, within a time, and as JSON.

use std::pin::pin;
use std::time::Duration;

use axum::extract::Request;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use hyper::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// Reads a whole body of at most `bytes_max` bytes. The time-out costs nothing when the body is there already: its timer
/// is made only after a first look.
pub(super) async fn read<B>(body: B, bytes_max: usize, timeout: Duration) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes> + Unpin,
{
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > bytes_max {
        return Err(Problem::body_too_large(bytes_max));
    }
    let mut whole = pin!(gather(body, announced, bytes_max));
    match std::future::poll_fn(|cx| std::task::Poll::Ready(whole.as_mut().poll(cx))).await {
        std::task::Poll::Ready(bytes) => bytes,
        std::task::Poll::Pending => {
            let bytes = tokio::time::timeout(timeout, whole).await;
            bytes.unwrap_or_else(|_| Err(Problem::body_timeout(timeout)))
        }
    }
}

/// As [`read`], for a body whose size a setting limits, which is named when it is too large.
pub(super) async fn read_within<B>(
    body: B,
    (setting, max): (&'static str, usize),
    timeout: Duration,
) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes> + Unpin,
{
    read(body, max, timeout).await.map_err(|problem| problem.limited_by(setting, max))
}

/// Bodies up to this length are read for every route, also for those that have no use for one: a body that is left unread
/// ends its connection.
const TAKEN_BYTES_MAX: u64 = 64 << 10;

/// The request with its body in hand, when that is short.
pub(super) async fn taken(request: Request, timeout: Duration) -> Result<Request, Problem> {
    let short = request.body().size_hint().exact().is_some_and(|bytes| (1..=TAKEN_BYTES_MAX).contains(&bytes));
    if !short {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let bytes = read(body, usize::try_from(TAKEN_BYTES_MAX).unwrap_or(usize::MAX), timeout).await?;
    Ok(Request::from_parts(parts, bytes.into()))
}

/// Takes the frames of a body together. One that is all of it, as most are, is not copied.
async fn gather<B>(mut body: B, announced: usize, bytes_max: usize) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes> + Unpin,
{
    let Some(first) = data(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() <= bytes_max && (first.len() == announced || body.is_end_stream()) {
        return Ok(first);
    }
    let mut whole = BytesMut::from(first);
    while whole.len() <= bytes_max {
        match data(&mut body).await? {
            Some(more) => whole.extend_from_slice(&more),
            None => return Ok(whole.freeze()),
        }
    }
    Err(Problem::body_too_large(bytes_max))
}

/// The next piece of data; trailers are passed over.
async fn data<B>(body: &mut B) -> Result<Option<Bytes>, Problem>
where
    B: Body<Data = Bytes> + Unpin,
{
    while let Some(frame) = body.frame().await {
        match frame.map_err(|_| Problem::body_broken())?.into_data() {
            Ok(data) => return Ok(Some(data)),
            Err(_trailers) => {}
        }
    }
    Ok(None)
}

/// What an exported session is sent as.
pub(super) const EXPORT_TYPE: &str = "application/vnd.hostel.session";

/// Refuses a body that says it is something else than JSON. One that says nothing is taken for it, unless a page in a
/// browser sent it: those may send such bodies to any host without asking, JSON only after asking.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Problem> {
    expect(headers, &["application/json"], Problem::not_json)
}

/// Refuses a body that says it is something else than an exported session, as [`expect_json`] does for JSON.
pub(super) fn expect_export(headers: &HeaderMap) -> Result<(), Problem> {
    expect(headers, &[EXPORT_TYPE, "application/octet-stream"], Problem::not_an_export)
}

/// Refuses a body that says it is something else than a component, as [`expect_json`] does for JSON.
pub(super) fn expect_component(headers: &HeaderMap) -> Result<(), Problem> {
    expect(headers, &["application/wasm", "application/octet-stream"], Problem::not_a_component)
}

/// A page in a browser sent the request.
pub(super) fn from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN)
}

fn expect(
    headers: &HeaderMap,
    types: &[&str],
    refuse: impl Fn(Option<&header::HeaderValue>) -> Problem,
) -> Result<(), Problem> {
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else {
        return if from_a_page(headers) { Err(refuse(None)) } else { Ok(()) };
    };
    let essence = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if types.iter().any(|expected| essence.eq_ignore_ascii_case(expected.as_bytes())) {
        return Ok(());
    }
    Err(refuse(Some(content_type)))
}

/// Reads JSON, or says where it goes wrong.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        return Err(Problem::invalid_body("expected an object"));
    }
    serde_json::from_slice(bytes).map_err(|error| Problem::invalid_json(&error))
}
