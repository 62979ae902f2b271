//! What a command asks: a request of the HTTP interface, wherever it goes.

use anyhow::Context;
use hyper::body::Bytes;
use hyper::{Method, Request, header};
use serde_json::Value;

use crate::name::SessionName;

/// A request.
#[derive(Debug)]
pub(super) struct Question {
    method: Method,
    path: String,
    headers: Vec<(header::HeaderName, String)>,
    body: Bytes,
}

impl Question {
    /// A request for `path`, which may have a query.
    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Bytes::new() }
    }

    /// A request about a session: `rest` is what follows its name in the path.
    pub(super) fn of(method: Method, session: &SessionName, rest: &str) -> Self {
        Self::new(method, format!("/api/sessions/{session}{rest}"))
    }

    /// With a parameter in its query.
    pub(super) fn parameter(mut self, name: &str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path += &format!("{name}={}", encode(value));
        self
    }

    /// With a header.
    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((header::HeaderName::from_static(name), value));
        self
    }

    /// With a body in JSON.
    pub(super) fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().into())
    }

    /// With a body of that type.
    pub(super) fn bytes(mut self, content_type: &str, body: Bytes) -> Self {
        self.body = body;
        self.header("content-type", content_type.to_owned())
    }

    /// The request.
    ///
    /// # Errors
    /// When a header's value can't be sent.
    pub(super) fn into_request(self) -> anyhow::Result<Request<Bytes>> {
        let mut request = Request::builder().method(self.method).uri(self.path).body(self.body)?;
        for (name, value) in self.headers {
            let value = header::HeaderValue::from_str(&value)
                .with_context(|| format!("{value:?} can't be sent in the header {name}"))?;
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }
}

/// Percent-encodes a value of a query.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_question_becomes_a_request() {
        let alice = SessionName::new("alice@1:b~c").unwrap();
        let question = Question::of(Method::POST, &alice, "/events")
            .parameter("limit", "7")
            .parameter("contains", "a-b:c&é")
            .header("if-event", "3".to_owned())
            .json(&json!({ "count": 1 }));
        let request = question.into_request().unwrap();
        assert_eq!(request.uri(), "/api/sessions/alice@1:b~c/events?limit=7&contains=a-b%3Ac%26%C3%A9");
        assert_eq!(request.headers()["if-event"], "3");
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.body(), &br#"{"count":1}"#[..]);
    }

    #[test]
    fn what_no_header_can_hold_is_told() {
        let question = Question::new(Method::GET, "/").header("idempotency-key", "a\nb".to_owned());
        let error = question.into_request().unwrap_err().to_string();
        assert!(error.contains(r#""a\nb" can't be sent in the header idempotency-key"#), "{error}");
    }
}
