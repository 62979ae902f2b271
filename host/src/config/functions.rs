//! The functions that the operator configures: a model, and `[callbacks]` to services of the operator's own.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;

use super::problem::{Origin, Problem};
use super::{Secret, raw::Text};
use crate::name::FunctionName;

/// What the function is called that asks a model.
pub const INFER: &str = "infer";

/// What the written form of a callback's secret may begin with, as Standard Webhooks has it; base64 follows.
const WEBHOOK_SECRET: &str = "whsec_";

/// Longest key of a model's provider, in characters: several times those in use, and a header's line.
const KEY_CHARACTERS_MAX: usize = 4096;

/// The model that `infer` asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InferConfig {
    /// The base address of an interface as OpenAI has it; `/chat/completions` is below it.
    pub url: HttpUrl,
    /// What proves to the provider who asks; nothing where it asks for no proof.
    pub key: Option<SecretText>,
    /// The model.
    pub model: String,
    /// Tokens that a session may use, of prompts and answers together.
    pub tokens_per_session: u64,
    /// Tokens of an answer, at most.
    pub tokens_per_call_max: u64,
}

/// A function that is a request to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackConfig {
    /// What it is called.
    pub name: FunctionName,
    /// Where the request goes.
    pub url: HttpUrl,
    /// What it is signed with.
    pub secret: Secret,
}

/// An address of a server, with `http` or `https`. Shows itself without its query, where some have their keys.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpUrl(Uri);

impl HttpUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// What would be right. The text is not in it: there may be a password in there.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "expected an address such as https://example.com/v1".to_owned();
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(wrong());
        }
        match uri.authority() {
            Some(authority) if authority.as_str().contains('@') => {
                Err("an address with a user or a password is not taken: it would be shown".to_owned())
            }
            Some(authority) if !authority.host().is_empty() => Ok(Self(uri)),
            _ => Err(wrong()),
        }
    }

    /// The address.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.0
    }

    /// Whether it takes TLS to talk to it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// The address of something below this one; a query stays behind it.
    #[must_use]
    pub fn below(&self, path: &str) -> Self {
        let base = self.0.path().trim_end_matches('/');
        let query = self.0.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut parts = self.0.clone().into_parts();
        parts.path_and_query = format!("{base}{path}{query}").parse().ok();
        Uri::from_parts(parts).map_or_else(|_| self.clone(), Self)
    }
}

impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host) = (self.0.scheme_str().unwrap_or_default(), self.0.authority().map(|host| host.as_str()));
        let query = if self.0.query().is_some() { "?…" } else { "" };
        write!(f, "{scheme}://{}{}{query}", host.unwrap_or_default(), self.0.path())
    }
}

/// A text that shows itself only when told to.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Takes what can stand in a header: visible ASCII. Nothing when the text is not that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=KEY_CHARACTERS_MAX).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Reads the file's `[callbacks]`: tables, by the functions' names.
pub(super) fn read(
    raw: &BTreeMap<String, toml::Value>,
    infer: Option<&InferConfig>,
    origin: &Origin,
    problems: &mut Vec<Problem>,
) -> Vec<CallbackConfig> {
    let mut read = Vec::new();
    for (name, value) in raw {
        let mut report = Report { name, origin, problems };
        let function = report.name(infer.is_some());
        let settings = report.settings(value);
        if let (Some(name), Some((url, secret))) = (function, settings) {
            read.push(CallbackConfig { name, url, secret });
        }
    }
    read
}

/// Names the callback in its problems. Values stay out of them: most of a secret may be right.
struct Report<'a> {
    name: &'a str,
    origin: &'a Origin,
    problems: &'a mut Vec<Problem>,
}

impl Report<'_> {
    fn name(&mut self, infer: bool) -> Option<FunctionName> {
        match FunctionName::new(self.name) {
            Ok(name) if name.is_session_s_own() => {
                self.problem("", "the functions whose names begin with kv. are the session's own")
            }
            Ok(name) if infer && name.as_str() == INFER => {
                self.problem("", "infer_url makes a function of that name: call this one differently")
            }
            Ok(name) => Some(name),
            Err(error) => self.problem("", &error.to_string()),
        }
    }

    fn settings(&mut self, value: &toml::Value) -> Option<(HttpUrl, Secret)> {
        let Some(table) = value.as_table() else {
            return self.problem("", "expected a table with url and secret");
        };
        for unknown in table.keys().filter(|key| !["url", "secret"].contains(&key.as_str())) {
            let hint = "there is no such setting of a callback; a function's name with dots in it stands in quotes";
            self.problem::<()>(unknown, hint);
        }
        let text = |setting: &str| table.get(setting).map(|value| Text::from(value.clone()).0).unwrap_or_default();
        let url = HttpUrl::parse(&text("url")).map_or_else(|wrong| self.problem("url", &wrong), Some);
        let secret = read_secret(&text("secret"))
            .or_else(|| self.problem("secret", "expected 64 hexadecimal digits, or whsec_ and 32 bytes in base64"));
        Some((url?, secret?))
    }

    fn problem<T>(&mut self, setting: &str, message: &str) -> Option<T> {
        let dot = if setting.is_empty() { "" } else { "." };
        let setting = format!("callbacks.{}{dot}{setting}", self.name);
        let (value, origin, message) = (String::new(), self.origin.clone(), message.to_owned());
        self.problems.push(Problem { setting, value, origin, message });
        None
    }
}

fn read_secret(text: &str) -> Option<Secret> {
    match text.strip_prefix(WEBHOOK_SECRET) {
        Some(encoded) => STANDARD.decode(encoded).ok()?.try_into().ok().map(Secret),
        None => Secret::parse(text),
    }
}
