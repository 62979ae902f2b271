//! Requests to others, over HTTP/1.1, with TLS where the address says so.
//!
//! Nothing is sent twice and no redirect is followed. A request ends when its future is dropped, and its connection with
//! it; one that was answered whole stays open for the next. A server that closes such a connection just as a request goes
//! out looks like one that broke off: seen in two of 1,000 calls of a server that closes after every answer without saying
//! so, and not worth doing a thing twice.

use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};

use crate::config::Config;
use crate::journal::{Failure, FailureKind};

/// How long a connection is kept for the next request: shorter than servers usually keep theirs, so that a request rarely
/// meets one that is about to be closed.
const IDLE: Duration = Duration::from_secs(15);

/// Connections kept for one server.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// Bytes read of an answer that says what went wrong.
const REASON_BYTES_MAX: usize = 16 << 10;

/// Characters of somebody's words in a failure.
const SAID_MAX: usize = 300;

/// Sends requests.
pub(super) struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    answer_bytes_max: usize,
}

/// An answer: its body is whole, when all went well.
pub(super) struct HttpAnswer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// Nothing was sent.
    Unreached,
    /// The connection broke off.
    Broken,
    /// It is longer than so many bytes.
    TooLong(usize),
}

impl HttpClient {
    /// For addresses of which some are `https`, or none.
    ///
    /// # Errors
    /// When some are, and the system has no certificates to trust. `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
    pub(super) fn new(config: &Config, https: bool) -> io::Result<Self> {
        let provider = rustls::crypto::ring::default_provider();
        let builder = ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let builder = match https {
            true => builder.with_native_roots()?,
            false => builder.with_root_certificates(RootCertStore::empty()),
        };
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(builder.with_no_client_auth())
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build(connector);
        Ok(Self { client, answer_bytes_max: config.limits.call_bytes_max })
    }

    /// Posts JSON, and reads the answer.
    pub(super) async fn post(
        &self,
        url: &Uri,
        headers: Vec<(&'static str, HeaderValue)>,
        body: String,
    ) -> Result<HttpAnswer, NoAnswer> {
        let request = self.client.request(request(url, headers, body));
        let response = request.await.map_err(|error| {
            tracing::warn!(error = chain(&error), server = authority(url), "a function's server gave no answer");
            if error.is_connect() { NoAnswer::Unreached } else { NoAnswer::Broken }
        })?;
        let (parts, body) = response.into_parts();
        let good = parts.status.is_success();
        let max = if good { self.answer_bytes_max } else { self.answer_bytes_max.min(REASON_BYTES_MAX) };
        match read(body, max).await {
            (body, End::Whole) => Ok(HttpAnswer { status: parts.status, body }),
            // A piece of what went wrong tells enough.
            (body, _) if !good => Ok(HttpAnswer { status: parts.status, body }),
            (_, End::TooLong) => Err(NoAnswer::TooLong(max)),
            (_, End::Broken) => Err(NoAnswer::Broken),
        }
    }
}

fn request(url: &Uri, headers: Vec<(&'static str, HeaderValue)>, body: String) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(Bytes::from(body)));
    *request.method_mut() = hyper::Method::POST;
    *request.uri_mut() = url.clone();
    let own = request.headers_mut();
    own.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    own.insert(ACCEPT, HeaderValue::from_static("application/json"));
    own.insert(USER_AGENT, HeaderValue::from_static(concat!("hostel/", env!("CARGO_PKG_VERSION"))));
    for (name, value) in headers {
        own.insert(name, value);
    }
    request
}

enum End {
    Whole,
    TooLong,
    Broken,
}

/// Reads at most `max` bytes of a body.
async fn read(mut body: Incoming, max: usize) -> (Vec<u8>, End) {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return (read, End::Broken) };
        let Ok(data) = frame.into_data() else { continue };
        let room = max - read.len();
        read.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return (read, End::TooLong);
        }
    }
    (read, End::Whole)
}

fn authority(url: &Uri) -> &str {
    url.authority().map_or("", |authority| authority.as_str())
}

/// An error with what is behind it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

impl NoAnswer {
    /// As the caller is told: where the server is, and what the network said, is the operator's business.
    pub(super) fn of(self, function: &str) -> Failure {
        match self {
            Self::Unreached => failed(format!("{function} can't be reached")),
            Self::Broken => failed(format!("the connection to {function} broke off before its answer was whole")),
            Self::TooLong(max) => Failure::new(
                FailureKind::Limited,
                format!("the answer of {function} has more than {max} bytes; the limit is set by call_bytes_max"),
            ),
        }
    }
}

impl HttpAnswer {
    /// The failure of an answer whose status is none of success, in the words of its body.
    pub(super) fn refused(&self, function: &str, said: &str) -> Failure {
        let redirect = if self.status.is_redirection() { ", and redirects are not followed" } else { "" };
        let said = one_line(said);
        let colon = if said.is_empty() { "" } else { ": " };
        failed(format!("{function} answered with HTTP {}{redirect}{colon}{said}", self.status.as_u16()))
    }

    /// The body as text.
    pub(super) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

pub(super) fn failed(message: String) -> Failure {
    Failure::new(FailureKind::Failed, message)
}

/// Somebody's words on one line, and not too many of them.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut line = words.collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(SAID_MAX) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_are_one_bounded_line() {
        assert_eq!(one_line(" a\r\n\tb\u{1b}[31m \u{0} c"), "a b [31m c");
        let long = one_line(&"é".repeat(1000));
        assert_eq!((long.chars().count(), long.chars().last()), (SAID_MAX + 1, Some('…')));
    }
}
