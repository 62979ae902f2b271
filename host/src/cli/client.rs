//! A client for the HTTP interface: a connection for each request, plain HTTP.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{self, Poll};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::failure::Hinted;

/// How long to wait for a connection: who is not there after this won't come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A response's body, with its connection, which is closed when nobody reads the body any more. Of itself it would not
/// notice before more of the body comes, and the server would go on with what was hung up on.
#[derive(Debug)]
pub(super) struct Reading {
    body: Incoming,
    _connection: JoinSet<hyper::Result<()>>,
}

/// A server to ask.
#[derive(Debug)]
pub(super) struct Client {
    authority: String,
    key: Option<String>,
}

impl Client {
    /// For a server's URL, `http://HOST:PORT`.
    pub(super) fn new(url: &str, key: Option<String>) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("{url:?} is no URL; expected http://HOST:PORT"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => bail!("hostel speaks plain http; for {url} use a tunnel or the address behind the proxy"),
            _ => bail!("{url:?} is no server's URL; expected http://HOST:PORT"),
        }
        if !matches!(uri.path(), "" | "/") {
            bail!("a server's URL has no path; expected http://HOST:PORT instead of {url}");
        }
        let authority = uri.authority().ok_or_else(|| anyhow!("{url} has no host"))?.clone();
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self { authority: format!("{}:{port}", authority.host()), key })
    }

    /// Sends a request and receives the whole response.
    pub(super) async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let (parts, body) = self.open(request).await?.into_parts();
        let body = body.collect().await.context("the server broke off its answer")?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }

    /// Sends a request and receives the head of the response.
    pub(super) async fn open(&self, request: Request<Bytes>) -> anyhow::Result<Response<Reading>> {
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(&self.authority));
        let stream = connecting.await.map_err(anyhow::Error::from).and_then(|connected| Ok(connected?));
        let stream = stream.with_context(|| format!("can't reach a server at {self}"))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // What it reports of its end concerns nobody.
        let mut connections = JoinSet::new();
        connections.spawn(connection);
        let response = sender.send_request(self.addressed(request)?.map(Full::new)).await;
        let response = response.map_err(|error| self.unanswered(error))?;
        Ok(response.map(|body| Reading { body, _connection: connections }))
    }

    fn unanswered(&self, error: hyper::Error) -> anyhow::Error {
        // A server that refuses a large body does not wait for its end, and its words may be lost then.
        if was_cut_off(&error) {
            let message = format!("{self} closed the connection before it had all of the request");
            let hint = "it may be too large for the server: command_bytes_max and transfer_bytes_max are its limits, \
                        and guests have at most 128 MiB";
            return Hinted { message, hint }.into();
        }
        anyhow!(error).context(format!("{self} does not answer"))
    }

    /// The request with what this server wants to know.
    fn addressed(&self, mut request: Request<Bytes>) -> anyhow::Result<Request<Bytes>> {
        let value = |text: &str| HeaderValue::from_str(text);
        request.headers_mut().insert(header::HOST, value(&self.authority)?);
        if let Some(key) = &self.key {
            let key = value(&format!("Bearer {key}")).context("the API key can't be sent in a header")?;
            request.headers_mut().insert(header::AUTHORIZATION, key);
        }
        Ok(request)
    }
}

impl Body for Reading {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }
}

/// The connection ended while something was being written to it.
fn was_cut_off(error: &hyper::Error) -> bool {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_servers_are_asked() {
        assert_eq!(Client::new("http://localhost:3000/", None).unwrap().authority, "localhost:3000");
        assert_eq!(Client::new("http://[::1]", None).unwrap().authority, "[::1]:80");
        for (url, words) in [
            ("https://example.org", "plain http"),
            ("localhost:3000", "expected http://HOST:PORT"),
            ("http://localhost/api", "has no path"),
            ("", "no URL"),
        ] {
            let error = Client::new(url, None).unwrap_err().to_string();
            assert!(error.contains(words), "{url}: {error}");
        }
    }
}
