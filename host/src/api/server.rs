//! The connections: accepting them, bounding their number and their patience, and letting them end.
//!
//! hyper speaks HTTP/1.1 on each, in a task of its own on one of the `lanes`. A connection holds a permit while it lives; when none is left
//! no more are accepted, and the kernel keeps those that come in its backlog. Told to stop, the server accepts no more,
//! lets requests in flight be answered, closes idle connections at once and what is left after a grace.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::Api;
use super::lanes::Lanes;
use super::patience::{Exhausted, Patience};
use crate::config::HttpConfig;

/// How long to wait after the system refused to accept: most likely there are no file descriptors left, and trying
/// again at once would keep a core busy with that.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Longest request head, in bytes, over hyper's own minimum of 8 KiB: a path, a key and a client's usual headers.
const HEAD_BYTES_MAX: usize = 32 << 10;

/// A server that holds its address.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    api: Api,
    config: HttpConfig,
    lanes: Lanes,
}

/// How a server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because their requests outlasted the grace.
    pub cut: usize,
}

impl Server {
    /// Takes the address. Requests are answered once the server runs.
    ///
    /// # Errors
    /// When the address can't be had, or no threads to serve it.
    pub async fn bind(address: SocketAddr, config: HttpConfig, api: Api) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self { address: listener.local_addr()?, listener, api, config, lanes: Lanes::start()? })
    }

    /// The address, with the port that was chosen.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is done, then lets requests in flight end.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Drained {
        let Self { listener, api, config, lanes, .. } = self;
        let mut connections = Connections::new(config, lanes);
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = connections.tasks.join_next() => {}
                (stream, permit) = accept(&listener, &connections.permits, &api) => {
                    connections.spawn(stream, permit, api.clone());
                }
            }
        }
        drop(listener);
        api.drain();
        connections.drain().await
    }
}

/// Accepts the next connection, when there is room for it.
async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>, api: &Api) -> (TcpStream, OwnedSemaphorePermit) {
    let permit = permits.clone().acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, permit),
            Err(error) => {
                api.shared.metrics.connection_failed();
                if !of_one_connection(&error) {
                    tracing::warn!(%error, "can't accept connections; is `ulimit -n` under connections_max?");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Whether the error is about the connection that was to be accepted, and says nothing of the next.
fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// The connections there are.
struct Connections {
    tasks: JoinSet<()>,
    permits: Arc<Semaphore>,
    graceful: GracefulShutdown,
    http: http1::Builder,
    config: HttpConfig,
    lanes: Lanes,
}

impl Connections {
    fn new(config: HttpConfig, lanes: Lanes) -> Self {
        let mut http = http1::Builder::new();
        // A client that has said all it will say may still want the answer; whoever has gone is noticed when we write.
        http.max_buf_size(HEAD_BYTES_MAX).half_close(true);
        let permits = Arc::new(Semaphore::new(config.connections_max));
        Self { tasks: JoinSet::new(), permits, graceful: GracefulShutdown::new(), http, config, lanes }
    }

    fn spawn(&mut self, stream: TcpStream, permit: OwnedSemaphorePermit, api: Api) {
        api.shared.metrics.connection_opened();
        // An answer is one small packet; waiting to fill it is only delay. A failure means that the peer has gone.
        let _ = stream.set_nodelay(true);
        let metrics = api.shared.metrics.clone();
        let Ok((lane, stream)) = stream.into_std().and_then(|stream| self.lanes.give(stream)) else {
            return metrics.connection_failed();
        };
        let patience = Patience::new(&self.config);
        let of_requests = patience.clone();
        let service = service_fn(move |request| api.clone().serve(request, of_requests.clone()));
        let connection = self.graceful.watch(self.http.serve_connection(TokioIo::new(stream), service));
        let serve = async move {
            match patience.watch(connection).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    metrics.connection_failed();
                    tracing::debug!(%error, "a connection ended early");
                }
                Err(Exhausted) => tracing::debug!("a connection was closed: its client was silent for too long"),
            }
            drop(permit);
        };
        self.tasks.spawn_on(serve, &lane);
    }

    async fn drain(mut self) -> Drained {
        let ended = tokio::time::timeout(self.config.shutdown_grace, self.graceful.shutdown()).await;
        while self.tasks.try_join_next().is_some() {}
        let cut = if ended.is_ok() { 0 } else { self.tasks.len() };
        self.tasks.shutdown().await;
        Drained { cut }
    }
}
