//! Functions that are requests to services of the operator's.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::header::HeaderValue;
use serde_json::Value;

use super::client::{HttpClient, failed};
use super::signature::sign;
use super::{Caller, FunctionKind, HostFunction};
use crate::config::CallbackConfig;
use crate::journal::Failure;
use crate::name::Digest;

/// Digits of a call's digest in its id: 64 bits, enough to tell apart the few calls that can have the same number.
const DIGEST_DIGITS: usize = 16;

/// A function that posts its calls to a service and passes on the answers.
pub(super) struct Callback {
    config: CallbackConfig,
    client: Arc<HttpClient>,
}

impl Callback {
    pub(super) fn new(config: CallbackConfig, client: Arc<HttpClient>) -> Self {
        Self { config, client }
    }

    fn headers(&self, id: &str, body: &str) -> Vec<(&'static str, HeaderValue)> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let signature = sign(self.config.secret.reveal(), id, now, body);
        let headers = [("webhook-id", id), ("webhook-timestamp", &now.to_string()), ("webhook-signature", &signature)];
        let value = |value: &str| HeaderValue::from_str(value).ok();
        headers.into_iter().filter_map(|(name, text)| Some((name, value(text)?))).collect()
    }
}

#[async_trait::async_trait]
impl HostFunction for Callback {
    async fn call(&self, caller: Caller<'_>, arguments: &str) -> Result<String, Failure> {
        let name = self.config.name.as_str();
        let (id, body) = (id(&caller, name, arguments), body(&caller, name, arguments));
        let posted = self.client.post(self.config.url.uri(), self.headers(&id, &body), body).await;
        let answer = posted.map_err(|no_answer| no_answer.of(name))?;
        if !answer.status.is_success() {
            return Err(answer.refused(name, &said(&answer.text())));
        }
        match String::from_utf8(answer.body) {
            // A service with nothing to say has no body, and 204.
            Ok(text) if text.is_empty() => Ok("null".to_owned()),
            Ok(text) => Ok(text),
            Err(_) => Err(failed(format!("{name} gave no JSON that can be passed on: it is not UTF-8"))),
        }
    }

    fn kind(&self) -> FunctionKind {
        FunctionKind::Callback
    }
}

/// What tells a call from all others. A turn that is lost with its host leaves its number to the next one, which may be the
/// same command, sent again, or another: so what is asked is part of it.
fn id(caller: &Caller<'_>, name: &str, arguments: &str) -> String {
    let digest = Digest::of(format!("{name} {arguments}").as_bytes()).to_string();
    format!("{}-{}-{}-{}", caller.id, caller.event, caller.call, &digest[..DIGEST_DIGITS])
}

/// The request's body. The arguments are JSON already, and stay as the guest wrote them.
fn body(caller: &Caller<'_>, name: &str, arguments: &str) -> String {
    let text = |text: &str| Value::from(text).to_string();
    format!(
        r#"{{"function":{},"arguments":{arguments},"tenant":{},"session":{},"sessionId":{},"event":{},"call":{}}}"#,
        text(name),
        text(caller.tenant.as_str()),
        text(caller.session.as_str()),
        text(&caller.id.to_string()),
        caller.event,
        caller.call
    )
}

/// What a service says of its refusal: the `detail` or `message` or `error` of a JSON object, or its text.
fn said(body: &str) -> String {
    let object: Option<Value> = serde_json::from_str(body).ok();
    let field = |name| object.as_ref().and_then(|object| object.get(name)?.as_str());
    field("detail").or(field("message")).or(field("error")).unwrap_or(body).to_owned()
}
