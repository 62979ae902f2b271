//! The function `infer`: asks a model, by an interface as OpenAI has it.
//!
//! ```text
//!   "How old is the sun?"   {"prompt": …, "temperature": 0}   {"messages": [{"role": "user", "content": …}], "maxTokens": 100}
//!                                             │
//!           reserve tokens ── POST …/chat/completions ── count what was used ──▶ "4.6 billion years"
//! ```
//! A session has so many tokens. What a call may use at most is taken before it is made, and what it did not use is given
//! back when the provider has told: so a call whose answer never came, because it took too long or somebody stopped its
//! turn, has used all that it was allowed. The provider may have, too. Both counts only grow, as [`Counts`] do.

use std::sync::Arc;

use hyper::header::HeaderValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::{HttpAnswer, HttpClient, NoAnswer, failed};
use super::{Caller, Counts, FunctionKind, HostFunction};
use crate::config::{HttpUrl, INFER, InferConfig};
use crate::journal::{Failure, FailureKind};

/// Counts of a session: tokens taken for calls, and tokens given back.
const TAKEN: &str = "infer.taken";
const RETURNED: &str = "infer.returned";

/// Bytes of a prompt to a token, for as long as nobody has counted: English has four, and a Chinese character has three.
const BYTES_PER_TOKEN: u64 = 3;

/// Tokens that mark a message, for as long as nobody has counted.
const TOKENS_PER_MESSAGE: u64 = 4;

const TAKES: &str = r#"infer takes a text, {"prompt": "…"} or {"messages": [{"role": "user", "content": "…"}]}, and beside these "temperature" and "maxTokens""#;

/// The function.
pub(super) struct Infer {
    config: InferConfig,
    url: HttpUrl,
    client: Arc<HttpClient>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Arguments {
    prompt: Option<String>,
    messages: Option<Vec<Message>>,
    model: Option<String>,
    temperature: Option<f64>,
    max_tokens: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    role: Role,
    content: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    System,
    User,
    Assistant,
}

/// The body of the request, in the interface's own words.
#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: &'a [Message],
    max_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
}

#[derive(Deserialize)]
struct Completion {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

impl Infer {
    pub(super) fn new(config: InferConfig, client: Arc<HttpClient>) -> Self {
        Self { url: config.url.below("/chat/completions"), config, client }
    }

    /// Reads what is asked: the messages, and what is to hold for the answer.
    fn read(&self, arguments: &str) -> Result<(Vec<Message>, Arguments), Failure> {
        let invalid = |wrong: &str| Failure::new(FailureKind::Invalid, format!("{TAKES}: {wrong}"));
        let mut asked = match serde_json::from_str(arguments) {
            Ok(Value::String(prompt)) => Arguments { prompt: Some(prompt), ..Arguments::default() },
            Ok(value) => serde_json::from_value(value).map_err(|error| invalid(&error.to_string()))?,
            Err(error) => return Err(invalid(&error.to_string())),
        };
        let messages = match (asked.prompt.take(), asked.messages.take()) {
            (Some(content), None) => vec![Message { role: Role::User, content }],
            (None, Some(messages)) if !messages.is_empty() => messages,
            _ => return Err(invalid("it takes one of prompt and messages")),
        };
        let model = &self.config.model;
        if asked.model.as_ref().is_some_and(|asked| asked != model) {
            return Err(invalid(&format!("the model is {model}, which is set by infer_model")));
        }
        if asked.temperature.is_some_and(|temperature| !(0.0..=2.0).contains(&temperature)) {
            return Err(invalid("temperature is between 0 and 2"));
        }
        let max = self.config.tokens_per_call_max;
        if asked.max_tokens.is_some_and(|tokens| !(1..=max).contains(&tokens)) {
            return Err(invalid(&format!(
                "maxTokens is between 1 and {max}, which is set by infer_tokens_per_call_max"
            )));
        }
        Ok((messages, asked))
    }

    /// The text of an answer. What it used is counted first, whatever it says.
    fn text(&self, answer: &HttpAnswer, taken: Taken<'_>) -> Result<String, Failure> {
        if !answer.status.is_success() {
            taken.used(0)?;
            return Err(answer.refused(INFER, &self.without_key(&said(&answer.text()))));
        }
        let completion: Completion = serde_json::from_slice(&answer.body)
            .map_err(|_| failed(format!("{INFER} was given something else than a completion")))?;
        if let Some(usage) = completion.usage {
            taken.used(usage.prompt_tokens.saturating_add(usage.completion_tokens))?;
        }
        let text = completion.choices.into_iter().next().and_then(|choice| choice.message.content);
        text.map(|text| Value::from(text).to_string()).ok_or_else(|| failed(format!("{INFER} was given no text")))
    }

    /// Some providers repeat a key that they refuse.
    fn without_key(&self, text: &str) -> String {
        match &self.config.key {
            Some(key) => text.replace(key.reveal(), "…"),
            None => text.to_owned(),
        }
    }

    fn headers(&self) -> Vec<(&'static str, HeaderValue)> {
        let bearer = self.config.key.as_ref().and_then(|key| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.reveal())).ok()?;
            value.set_sensitive(true);
            Some(("authorization", value))
        });
        bearer.into_iter().collect()
    }
}

#[async_trait::async_trait]
impl HostFunction for Infer {
    async fn call(&self, caller: Caller<'_>, arguments: &str) -> Result<String, Failure> {
        let (messages, asked) = self.read(arguments)?;
        let answer_max = asked.max_tokens.unwrap_or(self.config.tokens_per_call_max);
        let (taken, max_tokens) =
            Taken::take(caller.counts, self.config.tokens_per_session, estimate(&messages), answer_max)?;
        let request =
            Request { model: &self.config.model, messages: &messages, max_tokens, temperature: asked.temperature };
        let body = serde_json::to_string(&request).map_err(|error| failed(error.to_string()))?;
        match self.client.post(self.url.uri(), self.headers(), body).await {
            Ok(answer) => self.text(&answer, taken),
            Err(no_answer) => {
                if matches!(no_answer, NoAnswer::Unreached) {
                    taken.used(0)?;
                }
                Err(no_answer.of(INFER))
            }
        }
    }

    fn kind(&self) -> FunctionKind {
        FunctionKind::Infer
    }
}

/// Tokens of a session that are taken for a call. They stay taken unless it is told what was used.
struct Taken<'a> {
    counts: &'a dyn Counts,
    tokens: u64,
}

impl<'a> Taken<'a> {
    /// Takes what the prompt and the longest answer may use; the answer may be shorter when no more is left. Also how long
    /// it may be.
    fn take(counts: &'a dyn Counts, max: u64, prompt: u64, answer_max: u64) -> Result<(Self, u64), Failure> {
        let spent = counts.get(TAKEN)?.saturating_sub(counts.get(RETURNED)?);
        let left = max.saturating_sub(spent);
        if left <= prompt {
            let message = format!(
                "the session has {left} of its {max} tokens left, and the prompt alone takes about {prompt}; the limit \
                 is set by infer_tokens_per_session"
            );
            return Err(Failure::new(FailureKind::Limited, message));
        }
        let answer = answer_max.min(left - prompt);
        let tokens = prompt + answer;
        counts.add(TAKEN, tokens)?;
        Ok((Self { counts, tokens }, answer))
    }

    /// Gives back what was not used, or takes what was used beyond.
    fn used(self, tokens: u64) -> Result<(), Failure> {
        match self.tokens.checked_sub(tokens) {
            Some(0) => Ok(()),
            Some(unused) => self.counts.add(RETURNED, unused),
            None => self.counts.add(TAKEN, tokens - self.tokens),
        }
    }
}

/// About how many tokens a prompt has.
fn estimate(messages: &[Message]) -> u64 {
    let tokens = |message: &Message| message.content.len() as u64 / BYTES_PER_TOKEN + TOKENS_PER_MESSAGE;
    messages.iter().map(tokens).sum()
}

/// What the provider says of its refusal: `error.message`, or `message`, or its text.
fn said(body: &str) -> String {
    let object: Option<Value> = serde_json::from_str(body).ok();
    let message = object.as_ref().and_then(|object| {
        let error = object.get("error").unwrap_or(object);
        error.get("message").unwrap_or(error).as_str()
    });
    message.unwrap_or(body).to_owned()
}
