//! What answers a command: a server, or this process, which opens the data directory itself and asks its own HTTP
//! interface. Either way a command is a [`Question`] and its answer.

use anyhow::{Context, anyhow, bail};
use http_body_util::{BodyExt, Collected};
use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Response};
use serde_json::Value;

use super::Announcement;
use super::client::Client;
use super::output::tame;
use super::place::Place;
use super::question::Question;
use crate::api::{AnswerBody, Api, Cause};
use crate::config::{Config, LogConfig, LogFormat};
use crate::host::Host;

/// Live sessions of a host that runs one command, one session at a time: enough, and quickly reserved.
const LOCAL_LIVE_SESSIONS: u32 = 2;

/// Who answers.
pub(super) enum Backend {
    Server(Client),
    Local { host: Box<Host>, api: Api },
}

/// What it answered, when it was a success.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// The answer's JSON; null when it has none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A list in the answer.
    pub(super) fn list(&self, name: &str) -> anyhow::Result<Vec<Value>> {
        match self.json()[name].take() {
            Value::Array(items) => Ok(items),
            _ => bail!("the answer has no list of {name}; is it a hostel of another version?"),
        }
    }
}

impl Backend {
    /// Does some work where `place` says: with the server that is named; else with the one that serves the data
    /// directory; else with the directory itself. What that has in memory then is saved.
    pub(super) async fn at<T>(place: &Place, work: impl AsyncFnOnce(&Self) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let backend = Self::find(place).await?;
        let done = work(&backend).await;
        backend.close().await;
        done
    }

    /// Asks one question where `place` says.
    pub(super) async fn ask_at(place: &Place, question: Question) -> anyhow::Result<Answer> {
        Self::at(place, async |backend| backend.ask(question).await).await
    }

    async fn find(place: &Place) -> anyhow::Result<Self> {
        if let Some(url) = place.named_server() {
            place.refuse_tenant()?;
            return Ok(Self::Server(Client::new(url, place.key.clone())?));
        }
        let config = place.config()?;
        if let Some(announced) = Announcement::read(&config.data) {
            let client = Client::new(&format!("http://{}", announced.address), place.key.clone())?;
            let server = Self::Server(client);
            let health = server.ask(Question::new(Method::GET, "/api/health")).await;
            if health.is_ok_and(|health| health.json()["instance"] == announced.instance.as_str()) {
                place.refuse_tenant()?;
                return Ok(server);
            }
        }
        let tenant = place.local_tenant(&config)?;
        place.check_directory(&config)?;
        let host = open(config).await?;
        let api = Api::within(&host.config, host.manager.clone(), host.metrics.clone(), tenant);
        Ok(Self::Local { host: Box::new(host), api })
    }

    /// Asks. A problem is an error, in the words of who answers.
    pub(super) async fn ask(&self, question: Question) -> anyhow::Result<Answer> {
        let request = question.into_request()?;
        let response = match self {
            Self::Server(client) => client.send(request).await?,
            Self::Local { api, .. } => api.ask(request).await,
        };
        if !response.status().is_success() {
            return Err(self.refusal(&response));
        }
        let (parts, body) = response.into_parts();
        Ok(Answer { headers: parts.headers, body })
    }

    /// Asks for something that is answered bit by bit, with the body to read.
    pub(super) async fn open(&self, question: Question) -> anyhow::Result<(HeaderMap, AnswerBody)> {
        let request = question.into_request()?;
        let response = match self {
            Self::Server(client) => client.open(request).await?.map(|body| body.map_err(Into::into).boxed_unsync()),
            Self::Local { api, .. } => api.open(request).await,
        };
        let (parts, body) = response.into_parts();
        if parts.status.is_success() {
            return Ok((parts.headers, body));
        }
        let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        Err(self.refusal(&Response::from_parts(parts, body)))
    }

    /// The error that a problem document in an answer tells.
    pub(super) fn problem(&self, problem: &Value) -> anyhow::Error {
        let status = problem["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(500);
        let response = Response::builder().status(status).body(Bytes::from(problem.to_string()));
        response.map_or_else(|error| anyhow!(error), |response| self.refusal(&response))
    }

    /// What a response that is no success says.
    fn refusal(&self, response: &Response<Bytes>) -> anyhow::Error {
        // This process has no log that would have it.
        if let Some(Cause(cause)) = response.extensions().get() {
            return anyhow::Error::new(cause.clone());
        }
        let status = response.status();
        let problem: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        match (problem["detail"].as_str(), self) {
            (Some(detail), Self::Local { .. }) => anyhow!("{}", tame(detail)),
            (Some(detail), Self::Server(_)) => {
                let request = tame(problem["requestId"].as_str().unwrap_or("unknown"));
                anyhow!("{}", tame(detail)).context(format!("the server answered {status} (request {request})"))
            }
            (None, Self::Server(client)) => anyhow!("the server answered {status}; is {client} a hostel?"),
            (None, Self::Local { .. }) => anyhow!("the host answered {status}"),
        }
    }

    /// Saves what a local host has in memory.
    async fn close(&self) {
        let Self::Local { host, .. } = self else { return };
        let report = host.manager.shutdown().await;
        if report.failed > 0 {
            eprintln!("warning: {} sessions could not be saved", report.failed);
        }
    }
}

async fn open(mut config: Config) -> anyhow::Result<Host> {
    config.pool.live_sessions_max = LOCAL_LIVE_SESSIONS;
    let data = config.data.display().to_string();
    // Only what goes wrong: what the store finds damaged, say.
    super::start_logging(&LogConfig { format: LogFormat::Text, filter: "warn".to_owned() });
    Host::open(config).await.with_context(|| format!("can't open the data directory {data}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::SessionError;

    fn server() -> Backend {
        Backend::Server(Client::new("http://localhost:3000", None).unwrap())
    }

    fn response(status: u16, body: &'static str) -> Response<Bytes> {
        Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn a_problem_is_told_in_the_servers_words() {
        let problem = response(404, r#"{"detail": "there is no session bob", "requestId": "7"}"#);
        let told = format!("{:#}", server().refusal(&problem));
        assert_eq!(told, "the server answered 404 Not Found (request 7): there is no session bob");
        let other = server().refusal(&response(502, "<html>")).to_string();
        assert_eq!(other, "the server answered 502 Bad Gateway; is localhost:3000 a hostel?");
    }

    #[test]
    fn what_failed_in_this_process_is_told_with_its_causes() {
        let error = SessionError::Store(crate::store::StoreError::Read("the disk is gone".into()));
        let mut failed = response(500, r#"{"detail": "the log has it", "requestId": "7"}"#);
        failed.extensions_mut().insert(Cause(std::sync::Arc::new(error)));
        let told = format!("{:#}", server().refusal(&failed));
        assert_eq!(told, "the store failed: can't read from the store: the disk is gone");
    }
}
