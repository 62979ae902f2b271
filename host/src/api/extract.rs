//! What handlers behind the router take from a request, with our problems for what is wrong with it.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, header};
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::{Shared, body};
use crate::name::{SessionName, TenantName};

/// Longest body of the routes beside `execute` and `import`, in bytes: some options, or the names of a thousand sessions.
const BODY_BYTES_MAX: usize = 256 << 10;

/// Items of a list, when the query does not say how many.
const LIST_LENGTH: usize = 100;

/// The most items of a list: an answer of some hundred kilobytes.
const LIST_LENGTH_MAX: usize = 1_000;

/// How many items of a list to answer with.
pub(super) fn list_length(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(LIST_LENGTH);
    if !(1..=LIST_LENGTH_MAX).contains(&limit) {
        return Err(Problem::invalid_query(format!("limit must be between 1 and {LIST_LENGTH_MAX}")));
    }
    Ok(limit)
}

impl Shared {
    /// The tenant that a request speaks for.
    pub(super) fn tenant(&self, headers: &HeaderMap) -> Result<&TenantName, Problem> {
        self.refuse_strangers(headers)?;
        self.tenants.authenticate(authorization(headers)).map_err(Problem::from)
    }

    /// Whether a request speaks for an operator.
    pub(super) fn operator(&self, headers: &HeaderMap) -> Result<(), Problem> {
        self.refuse_strangers(headers)?;
        self.operators.authenticate(authorization(headers), &self.tenants).map_err(Problem::from)
    }

    /// Refuses what a page that does not belong here makes a browser send to an open host.
    fn refuse_strangers(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let of_here = || headers.get(header::HOST).is_none_or(names_this_machine) && of_this_machine(headers);
        if self.open_on_loopback && !of_here() { Err(Problem::foreign_host()) } else { Ok(()) }
    }
}

fn authorization(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes)
}

/// Whether a `Host` header is an address or `localhost`. A browser that a name has led here, whose owner let it point to
/// this machine, sends that name; an open host would run that page's code.
fn names_this_machine(host: &header::HeaderValue) -> bool {
    let Ok(authority) = host.to_str().unwrap_or_default().parse::<hyper::http::uri::Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok()
}

/// Whether no page in a browser sent the request, or one that this machine served.
fn of_this_machine(headers: &HeaderMap) -> bool {
    headers.get(header::ORIGIN).is_none_or(|origin| {
        let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        authority
            .and_then(|(_, name)| header::HeaderValue::from_str(name).ok())
            .is_some_and(|name| names_this_machine(&name))
    })
}

/// The tenant that the request speaks for.
pub(super) struct Tenant(pub(super) TenantName);

impl FromRequestParts<Arc<Shared>> for Tenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        shared.tenant(&parts.headers).cloned().map(Self)
    }
}

/// The session that the path names.
pub(super) struct Session(pub(super) SessionName);

impl FromRequestParts<Arc<Shared>> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let Path(name) = Path::<String>::from_request_parts(parts, shared)
            .await
            .map_err(|error| Problem::invalid_path(error.body_text()))?;
        SessionName::new(&name).map(Self).map_err(Problem::from)
    }
}

/// The session that the path names, and what of it.
pub(super) struct Part<T>(pub(super) SessionName, pub(super) T);

impl<T: FromStr<Err: Into<Problem>>> FromRequestParts<Arc<Shared>> for Part<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let Path((name, part)) = Path::<(String, String)>::from_request_parts(parts, shared)
            .await
            .map_err(|error| Problem::invalid_path(error.body_text()))?;
        Ok(Self(SessionName::new(&name)?, part.parse().map_err(Into::into)?))
    }
}

/// The number of an event, in a path.
#[derive(Debug)]
pub(super) struct EventNumber(pub(super) u64);

impl FromStr for EventNumber {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number.map(Self).ok_or_else(|| Problem::invalid_path(format!("expected the number of an event, not {text:?}")))
    }
}

/// The query's parameters.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Shared>> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, shared).await;
        query.map(|Query(parameters)| Self(parameters)).map_err(|error| Problem::invalid_query(error.body_text()))
    }
}

/// The body, in JSON; an empty one is the default. Where a page in a browser could send an empty one without asking, it
/// has to be said to be JSON, too.
pub(super) struct Options<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<Shared>> for Options<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = body::read(body, BODY_BYTES_MAX, shared.body_timeout).await?;
        if !bytes.is_empty() || (parts.method == Method::POST && body::from_a_page(&parts.headers)) {
            body::expect_json(&parts.headers)?;
        }
        if bytes.is_empty() { Ok(Self(T::default())) } else { body::parse(&bytes).map(Self) }
    }
}
