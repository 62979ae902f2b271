//! The HTTP interface: JSON in camelCase over HTTP/1.1.
//!
//! ```text
//!   POST   /api/sessions/{name}/execute   run a command; the session is created on first use
//!   GET    /api/sessions                  list: ?prefix= &after= &limit=
//!   GET    /api/sessions/{name}           metadata; ?size=detail itemises its size
//!   PUT    /api/sessions/{name}           create with options
//!   DELETE /api/sessions/{name}           remove, with all it has stored
//!   POST   /api/sessions/{name}/save      write its snapshot now
//!   POST   /api/sessions/{name}/interrupt stop the command that runs
//!   GET    /api/guests                    what sessions can be made of
//!   GET    /api/health                    whether the host takes work; needs no key
//!   GET    /metrics                       Prometheus
//! ```
//! A request takes its id, finds its route, proves its tenant, and is answered; what goes wrong is a [`Problem`], which
//! becomes a response in one place, here, with the request's id. `execute` is nearly all of the traffic, so it is
//! recognised before the router and goes straight to its handler: by way of the router it had 61 % of a bare server's
//! throughput, without it 89 %. The router leads everything else to its place. `server` owns the connections.

mod body;
mod extract;
mod guests;
mod health;
mod lanes;
mod metrics;
mod patience;
mod problem;
mod request_id;
mod server;
mod sessions;

pub use self::server::{Drained, Server};

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::Response as RoutedResponse;
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::{Method, header};
use tower::ServiceExt;

use self::patience::Patience;
use self::problem::Problem;
use self::request_id::{RequestId, RequestIds};
use crate::config::Config;
use crate::metrics::{HttpRoute, Metrics};
use crate::session::SessionManager;
use crate::tenant::Tenants;

/// The answer to a request. The common ones are bytes in hand; what the router makes is boxed.
type Body = Either<Full<Bytes>, axum::body::Body>;
type Response = hyper::Response<Body>;

/// What all requests share.
struct Shared {
    manager: Arc<SessionManager>,
    metrics: Arc<Metrics>,
    tenants: Tenants,
    request_ids: RequestIds,
    execute_body_bytes_max: usize,
    body_timeout: Duration,
    /// Which run of the program this is.
    instance: String,
    /// Everybody on this machine is the one tenant, and only they.
    open_on_loopback: bool,
    /// The host is shutting down; for the health route.
    draining: AtomicBool,
}

/// The interface, ready to answer. Cheap to clone: each connection has one.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
    router: Router,
}

impl Api {
    /// The interface to `manager`, as `config` has it.
    #[must_use]
    pub fn new(config: &Config, manager: Arc<SessionManager>, metrics: Arc<Metrics>) -> Self {
        let keys = config.tenants.iter().flat_map(|tenant| tenant.keys.iter().map(|key| (*key, tenant.name.clone())));
        let shared = Arc::new(Shared {
            manager,
            metrics,
            tenants: Tenants::new(keys),
            request_ids: RequestIds::new(),
            execute_body_bytes_max: sessions::execute_body_bytes_max(config.limits.command_bytes_max),
            body_timeout: config.http.body_timeout,
            instance: instance(),
            open_on_loopback: config.tenants.is_empty() && config.listen.ip().is_loopback(),
            draining: AtomicBool::new(false),
        });
        Self { router: router(&shared), shared }
    }

    /// What this run of the program calls itself in its health.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.shared.instance
    }

    /// Makes the health route say that the host is going down.
    fn drain(&self) {
        self.shared.draining.store(true, Relaxed);
    }

    /// Answers a request. Never fails: problems are answers.
    async fn answer(self, request: hyper::Request<Incoming>, patience: Patience) -> Result<Response, Infallible> {
        patience.suspend();
        let id = self.shared.request_ids.of(request.headers());
        let (route, answered) = match sessions::execute_target(&request) {
            Some(name) => (HttpRoute::Execute, sessions::execute(&self.shared, name, request).await),
            None => self.route(request).await,
        };
        let response = self.shared.finish(route, answered, &id);
        patience.resume();
        Ok(response)
    }

    /// Sends a request through the router.
    async fn route(&self, request: hyper::Request<Incoming>) -> (HttpRoute, Result<Response, Problem>) {
        let method = request.method().clone();
        let Ok(mut response) = self.router.clone().oneshot(request.map(axum::body::Body::new)).await;
        let route = response.extensions_mut().remove().unwrap_or(HttpRoute::Other);
        let answered = match response.extensions_mut().remove::<Problem>() {
            Some(problem) => Err(problem),
            None if response.status() == hyper::StatusCode::METHOD_NOT_ALLOWED => {
                let allow = response.headers_mut().remove(header::ALLOW);
                Err(Problem::method_not_allowed(&method, allow))
            }
            None => Ok(response.map(Either::Right)),
        };
        (route, answered)
    }
}

impl Shared {
    /// Turns what came of a request into its response, and counts it.
    fn finish(&self, route: HttpRoute, answered: Result<Response, Problem>, id: &RequestId) -> Response {
        let mut response = answered.unwrap_or_else(|problem| problem.into_answer(id).map(Either::Left));
        response.headers_mut().insert(request_id::HEADER, id.header());
        self.metrics.http_answered(route, response.status().as_u16());
        tracing::debug!(request = %id, ?route, status = response.status().as_u16(), "answered");
        response
    }
}

/// A random name, of 64 bits.
fn instance() -> String {
    format!("{:016x}", getrandom::u64().expect("the operating system gives random numbers"))
}

fn router(shared: &Arc<Shared>) -> Router {
    let session = get(sessions::metadata).put(sessions::create).delete(sessions::delete);
    Router::new()
        .route("/api/sessions", get(sessions::list))
        .route("/api/sessions/{name}", session)
        .route("/api/sessions/{name}/execute", post(sessions::execute_routed))
        .route("/api/sessions/{name}/save", post(sessions::save))
        .route("/api/sessions/{name}/interrupt", post(sessions::interrupt))
        .route("/api/guests", get(guests::list))
        .route("/api/health", get(health::health))
        .route("/metrics", get(metrics::metrics))
        .route_layer(middleware::from_fn(name_route))
        .fallback(async |request: Request| Problem::no_such_route(request.uri().path()))
        .with_state(shared.clone())
}

/// Leaves the name of the route that was taken in the response, for the metrics.
async fn name_route(path: MatchedPath, request: Request, next: Next) -> RoutedResponse {
    let route = match (request.method(), path.as_str()) {
        (&Method::GET | &Method::HEAD, "/api/sessions") => HttpRoute::SessionList,
        (&Method::GET | &Method::HEAD, "/api/sessions/{name}") => HttpRoute::SessionGet,
        (&Method::PUT, "/api/sessions/{name}") => HttpRoute::SessionCreate,
        (&Method::DELETE, "/api/sessions/{name}") => HttpRoute::SessionDelete,
        (&Method::POST, "/api/sessions/{name}/execute") => HttpRoute::Execute,
        (&Method::POST, "/api/sessions/{name}/save") => HttpRoute::SessionSave,
        (&Method::POST, "/api/sessions/{name}/interrupt") => HttpRoute::SessionInterrupt,
        (&Method::GET | &Method::HEAD, "/api/guests") => HttpRoute::GuestList,
        (&Method::GET | &Method::HEAD, "/api/health") => HttpRoute::Health,
        (&Method::GET | &Method::HEAD, "/metrics") => HttpRoute::Metrics,
        _ => HttpRoute::Other,
    };
    let mut response = next.run(request).await;
    response.extensions_mut().insert(route);
    response
}

#[cfg(test)]
mod tests;
