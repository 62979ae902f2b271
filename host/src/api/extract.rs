//! What handlers behind the router take from a request, with our problems for what is wrong with it.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use hyper::http::request::Parts;
use hyper::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::{Shared, body};
use crate::name::{SessionName, TenantName};

/// Longest body of the routes beside `execute`, in bytes: a few options.
const BODY_BYTES_MAX: usize = 64 << 10;

impl Shared {
    /// The tenant that a request speaks for.
    pub(super) fn tenant(&self, headers: &HeaderMap) -> Result<&TenantName, Problem> {
        if self.open_on_loopback
            && !(headers.get(header::HOST).is_none_or(names_this_machine) && of_this_machine(headers))
        {
            return Err(Problem::foreign_host());
        }
        let authorization = headers.get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
        self.tenants.authenticate(authorization).map_err(Problem::from)
    }
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

/// The query's parameters.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Shared>> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, shared).await;
        query.map(|Query(parameters)| Self(parameters)).map_err(|error| Problem::invalid_query(error.body_text()))
    }
}

/// The body, in JSON; an empty one is the default.
pub(super) struct Options<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<Shared>> for Options<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = body::read(body, BODY_BYTES_MAX, shared.body_timeout).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        body::expect_json(&parts.headers)?;
        body::parse(&bytes).map(Self)
    }
}
