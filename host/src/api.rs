//! The HTTP interface: JSON in camelCase over HTTP/1.1.
//!
//! ```text
//!   POST   /api/sessions/{name}/execute     run a command; the session is created on first use
//!   GET    /api/sessions                    list: ?prefix= &after= &limit=
//!   GET    /api/sessions/{name}             metadata; ?size=detail itemises its size
//!   PUT    /api/sessions/{name}             create with options
//!   DELETE /api/sessions/{name}             remove, with all it has stored
//!   POST   /api/sessions/{name}/complete    whether an input is a whole command
//!   POST   /api/sessions/{name}/save        write its snapshot now
//!   POST   /api/sessions/{name}/interrupt   stop the command that runs
//!   GET    /api/sessions/{name}/turns/{turn}                      follow a turn: ?after=
//!   POST   /api/sessions/{name}/turns/{turn}/answers/{question}   answer what it asks
//!   POST   /api/sessions/{name}/fork        make sessions of it
//!   GET    /api/sessions/{name}/export      the session as a file
//!   POST   /api/sessions/{name}/import      make a session of such a file
//!   GET    /api/sessions/{name}/events      history: ?after= &before= &limit= &order= &undone= &outcome= &contains=
//!   GET    /api/sessions/{name}/events/{number}
//!   GET    /api/sessions/{name}/checkpoints
//!   PUT    /api/sessions/{name}/checkpoints/{checkpoint}
//!   DELETE /api/sessions/{name}/checkpoints/{checkpoint}
//!   POST   /api/sessions/{name}/jump        go to an event or checkpoint
//!   POST   /api/sessions/{name}/undo        go back
//!   POST   /api/sessions/{name}/redo        go forward again
//!   GET    /api/sessions/{name}/diff        what its history has and another's has not: ?with= &limit=
//!   POST   /api/sessions/{name}/guest       change its guest
//!   GET    /api/guests                      what sessions can be made of
//!   GET    /api/guests/{name}               one of them, and how far its registration is
//!   PUT    /api/guests/{name}               register a component: ?label= &default= ; for operators
//!   DELETE /api/guests/{name}               remove a guest, or `name@version`; for operators
//!   POST   /api/guests/default              choose the default guest, or a name's version; for operators
//!   POST   /api/guests/upgrade              change the guest of all sessions that are on one, a page at a time
//!   GET    /api/functions                   what the tenant's sessions may call
//!   GET    /api/health                      whether the host takes work; needs no key
//!   GET    /metrics                         Prometheus
//! ```
//! A request takes its id, finds its route, proves its tenant, and is answered; what goes wrong is a [`Problem`], which
//! becomes a response in one place, here, with the request's id. `execute` is nearly all of the traffic, so it is
//! recognised before the router and goes straight to its handler: by way of the router it had 61 % of a bare server's
//! throughput, without it 89 %. The router leads everything else to its place. `server` owns the connections.
//!
//! The program's commands ask the same questions. On a data directory that no server has open they ask an [`Api`] of
//! their own, without a connection ([`Api::ask`]).

mod body;
mod execute;
mod extract;
mod follow;
mod functions;
mod guests;
mod health;
mod history;
mod lanes;
mod metrics;
mod patience;
mod problem;
mod request_id;
mod server;
mod sessions;
mod swap;
mod transfer;
mod unread;

pub use self::problem::Cause;
pub use self::server::{Drained, Server};

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response as RoutedResponse};
use axum::routing::{get, post, put};
use axum::{BoxError, Router};
use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::{Method, header};
use tower::ServiceExt;

use self::patience::Patience;
use self::problem::Problem;
use self::request_id::{RequestId, RequestIds};
use self::transfer::Transfers;
use self::unread::Unread;
use crate::config::Config;
use crate::metrics::{HttpRoute, Metrics};
use crate::name::TenantName;
use crate::session::SessionManager;
use crate::tenant::{Operators, Tenants};

/// The answer to a request. The common ones are bytes in hand; what the router makes is boxed.
type Body = Either<Full<Bytes>, axum::body::Body>;
type Response = hyper::Response<Body>;

/// The body of an answer that is read while it is made.
pub type AnswerBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;

/// What all requests share.
struct Shared {
    manager: Arc<SessionManager>,
    metrics: Arc<Metrics>,
    tenants: Tenants,
    operators: Operators,
    request_ids: RequestIds,
    execute_body_bytes_max: usize,
    answer_body_bytes_max: usize,
    body_timeout: Duration,
    transfers: Transfers,
    unread: Arc<Unread>,
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
        let open_on_loopback = config.tenants.is_empty() && config.listen.ip().is_loopback();
        let operators = match config.admin_key {
            Some(key) => Operators::Keyed(key),
            None if open_on_loopback => Operators::Everybody,
            None => Operators::Nobody,
        };
        Self::of(config, manager, metrics, (Tenants::new(keys), operators), open_on_loopback)
    }

    /// The interface to `manager` for this process alone, in which everybody is `tenant` and an operator. It is not to be served.
    #[must_use]
    pub fn within(config: &Config, manager: Arc<SessionManager>, metrics: Arc<Metrics>, tenant: TenantName) -> Self {
        Self::of(config, manager, metrics, (Tenants::Open(tenant), Operators::Everybody), false)
    }

    fn of(
        config: &Config,
        manager: Arc<SessionManager>,
        metrics: Arc<Metrics>,
        (tenants, operators): (Tenants, Operators),
        open_on_loopback: bool,
    ) -> Self {
        let shared = Arc::new(Shared {
            manager,
            metrics,
            tenants,
            operators,
            request_ids: RequestIds::new(),
            execute_body_bytes_max: execute::body_bytes_max(config.limits.command_bytes_max),
            answer_body_bytes_max: execute::body_bytes_max(config.limits.call_bytes_max),
            body_timeout: config.http.body_timeout,
            transfers: Transfers::new(config.limits.transfer_bytes_max, config.pool.admission_wait),
            unread: Unread::new(config.http.unread_bytes_max),
            instance: instance(),
            open_on_loopback,
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
        // Answers come by connections of their own, and no more of these are accepted.
        self.shared.manager.stop_asking();
    }

    /// Answers a request of this process. Where the host failed, the response's extensions have the [`Cause`].
    pub async fn ask(&self, request: hyper::Request<Bytes>) -> hyper::Response<Bytes> {
        let (parts, body) = self.open(request).await.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        hyper::Response::from_parts(parts, body)
    }

    /// As [`Api::ask`], for an answer that is read while it is made.
    pub async fn open(&self, request: hyper::Request<Bytes>) -> hyper::Response<AnswerBody> {
        self.answer(request.map(Full::new)).await.map(|body| body.map_err(Into::into).boxed_unsync())
    }

    /// Answers a request that came over a connection, whose client is waited for before and after it.
    async fn serve(self, mut request: hyper::Request<Incoming>, patience: Patience) -> Result<Response, Infallible> {
        patience.suspend();
        request.extensions_mut().insert(patience.clone());
        let key = request.headers().get(header::AUTHORIZATION).cloned();
        let response = self.answer(request).await;
        patience.resume();
        Ok(self.shared.held(response, key))
    }

    /// Answers a request. Never fails: problems are answers.
    async fn answer<B>(&self, request: hyper::Request<B>) -> Response
    where
        B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let id = self.shared.request_ids.of(request.headers());
        let (route, answered) = match execute::target(&request) {
            Some(name) => (HttpRoute::Execute, execute::execute(&self.shared, name, request, &id).await),
            None => self.route(request.map(axum::body::Body::new), &id).await,
        };
        self.shared.finish(route, answered, &id)
    }

    /// Sends a request through the router.
    async fn route(&self, mut request: Request, id: &RequestId) -> (HttpRoute, Result<Response, Problem>) {
        let method = request.method().clone();
        request.extensions_mut().insert(id.clone());
        let request = match body::taken(request, self.shared.body_timeout).await {
            Ok(request) => request,
            Err(problem) => return (HttpRoute::Other, Err(problem)),
        };
        let Ok(mut response) = self.router.clone().oneshot(request).await;
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

impl Shared {
    /// The response, whose body is counted while its client does not take it. Files that are exported are bounded by
    /// themselves.
    fn held(&self, response: Response, key: Option<HeaderValue>) -> Response {
        if response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == body::EXPORT_TYPE) {
            return response;
        }
        let owner = || {
            let headers = key.map(|key| (header::AUTHORIZATION, key)).into_iter().collect();
            self.tenant(&headers).ok().cloned()
        };
        response.map(|body| match self.unread.hold(body, owner) {
            Ok(held) => Either::Right(axum::body::Body::new(held)),
            Err(body) => body,
        })
    }
}

/// A random name, of 64 bits.
fn instance() -> String {
    format!("{:016x}", getrandom::u64().expect("the operating system gives random numbers"))
}

fn router(shared: &Arc<Shared>) -> Router {
    let session = get(sessions::metadata).put(sessions::create).delete(sessions::delete);
    let checkpoint = put(history::make_checkpoint).delete(history::delete_checkpoint);
    Router::new()
        .route("/api/sessions", get(sessions::list))
        .route("/api/sessions/{name}", session)
        .route("/api/sessions/{name}/execute", post(execute::execute_routed))
        .route("/api/sessions/{name}/complete", post(sessions::complete))
        .route("/api/sessions/{name}/save", post(sessions::save))
        .route("/api/sessions/{name}/interrupt", post(sessions::interrupt))
        .route("/api/sessions/{name}/turns/{turn}", get(follow::follow))
        .route("/api/sessions/{name}/turns/{turn}/answers/{question}", post(follow::answer))
        .route("/api/sessions/{name}/fork", post(sessions::fork))
        .route("/api/sessions/{name}/export", get(transfer::export))
        .route("/api/sessions/{name}/import", post(transfer::import))
        .route("/api/sessions/{name}/events", get(history::events))
        .route("/api/sessions/{name}/events/{number}", get(history::event))
        .route("/api/sessions/{name}/checkpoints", get(history::checkpoints))
        .route("/api/sessions/{name}/checkpoints/{checkpoint}", checkpoint)
        .route("/api/sessions/{name}/jump", post(history::jump))
        .route("/api/sessions/{name}/undo", post(history::undo))
        .route("/api/sessions/{name}/redo", post(history::redo))
        .route("/api/sessions/{name}/diff", get(history::diff))
        .route("/api/sessions/{name}/guest", post(swap::swap))
        .route("/api/guests", get(guests::list))
        .route("/api/guests/default", post(guests::set_default))
        .route("/api/guests/{name}", get(guests::show).put(guests::add).delete(guests::remove))
        .route("/api/guests/upgrade", post(swap::upgrade))
        .route("/api/functions", get(functions::list))
        .route("/api/health", get(health::health))
        .route("/metrics", get(metrics::metrics))
        .route_layer(middleware::from_fn(name_route))
        .fallback(async |request: Request| Problem::no_such_route(request.uri().path()))
        .with_state(shared.clone())
}

/// Leaves the name of the route that was taken in the response, for the metrics.
async fn name_route(path: MatchedPath, request: Request, next: Next) -> RoutedResponse {
    let route = named(request.method(), path.as_str());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(route);
    response
}

fn named(method: &Method, path: &str) -> HttpRoute {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    match (method, path) {
        ("GET", "/api/sessions") => HttpRoute::SessionList,
        ("GET", "/api/sessions/{name}") => HttpRoute::SessionGet,
        ("PUT", "/api/sessions/{name}") => HttpRoute::SessionCreate,
        ("DELETE", "/api/sessions/{name}") => HttpRoute::SessionDelete,
        ("POST", "/api/sessions/{name}/execute") => HttpRoute::Execute,
        ("POST", "/api/sessions/{name}/complete") => HttpRoute::SessionComplete,
        ("POST", "/api/sessions/{name}/save") => HttpRoute::SessionSave,
        ("POST", "/api/sessions/{name}/interrupt") => HttpRoute::SessionInterrupt,
        ("GET", "/api/sessions/{name}/turns/{turn}") => HttpRoute::TurnFollow,
        ("POST", "/api/sessions/{name}/turns/{turn}/answers/{question}") => HttpRoute::TurnAnswer,
        ("POST", "/api/sessions/{name}/fork") => HttpRoute::SessionFork,
        ("GET", "/api/sessions/{name}/export") => HttpRoute::SessionExport,
        ("POST", "/api/sessions/{name}/import") => HttpRoute::SessionImport,
        ("GET", "/api/sessions/{name}/events") => HttpRoute::EventList,
        ("GET", "/api/sessions/{name}/events/{number}") => HttpRoute::EventGet,
        ("GET", "/api/sessions/{name}/checkpoints") => HttpRoute::CheckpointList,
        ("PUT", "/api/sessions/{name}/checkpoints/{checkpoint}") => HttpRoute::CheckpointCreate,
        ("DELETE", "/api/sessions/{name}/checkpoints/{checkpoint}") => HttpRoute::CheckpointDelete,
        ("POST", "/api/sessions/{name}/jump") => HttpRoute::SessionJump,
        ("POST", "/api/sessions/{name}/undo") => HttpRoute::SessionUndo,
        ("POST", "/api/sessions/{name}/redo") => HttpRoute::SessionRedo,
        ("GET", "/api/sessions/{name}/diff") => HttpRoute::SessionDiff,
        ("POST", "/api/sessions/{name}/guest") => HttpRoute::SessionGuest,
        ("GET", "/api/guests") => HttpRoute::GuestList,
        ("GET", "/api/guests/{name}") => HttpRoute::GuestGet,
        ("PUT", "/api/guests/{name}") => HttpRoute::GuestAdd,
        ("DELETE", "/api/guests/{name}") => HttpRoute::GuestRemove,
        ("POST", "/api/guests/default") => HttpRoute::GuestDefault,
        ("POST", "/api/guests/upgrade") => HttpRoute::GuestUpgrade,
        ("GET", "/api/functions") => HttpRoute::FunctionList,
        ("GET", "/api/health") => HttpRoute::Health,
        ("GET", "/metrics") => HttpRoute::Metrics,
        _ => HttpRoute::Other,
    }
}

impl IntoResponse for Problem {
    /// Carries the problem out through the router; the API makes the document of it, for it knows the request's id.
    fn into_response(self) -> RoutedResponse {
        let mut response = RoutedResponse::default();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests;
