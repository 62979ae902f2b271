//! A client for the HTTP interface: a connection for each request, plain HTTP.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, Uri, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// How long to wait for a connection: who is not there after this won't come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

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

    /// Asks, and answers with the JSON of a success. A problem is an error, with the server's words.
    pub(super) async fn request(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let response = self.send(method, path, body).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await.context("the server broke off its answer")?.to_bytes();
        let json: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(json);
        }
        let request = json["requestId"].as_str().unwrap_or("unknown");
        match json["detail"].as_str() {
            Some(detail) => {
                Err(anyhow!("{detail}").context(format!("the server answered {status} (request {request})")))
            }
            None => Err(anyhow!("the server answered {status}; is {} a hostel?", self.authority)),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Response<hyper::body::Incoming>> {
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(&self.authority));
        let stream = connecting.await.map_err(anyhow::Error::from).and_then(|connected| Ok(connected?));
        let stream = stream.with_context(|| format!("can't reach a server at {}", self.authority))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the answer; what it reports of its end concerns nobody.
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.authority);
        if let Some(key) = &self.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let request = request.body(Full::new(body)).context("the API key can't be sent in a header")?;
        sender.send_request(request).await.with_context(|| format!("{} does not answer", self.authority))
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
