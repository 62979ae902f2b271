//! The program's own commands at a prompt: those about the session's history, which the host keeps for every guest.

use anyhow::{Context, bail};
use hyper::Method;
use serde_json::{Value, json};

use crate::cli::backend::Backend;
use crate::cli::history::{Where, at, event_table, gone, newest};
use crate::cli::output;
use crate::cli::question::Question;
use crate::name::{CheckpointName, SessionName};

/// Events that `:history` shows, when it is not told how many.
const EVENTS_SHOWN: u64 = 20;

const HELP: &[&str] = &[
    "Commands of the session, for every guest:",
    "  :history [N]              what happened last; * is where the session stands, - what was undone",
    "  :back [N] :forward [N]    undo, and redo, by so many events",
    "  :goto EVENT|CHECKPOINT    go there, with @ before a checkpoint whose name is a number",
    "  :checkpoint NAME          keep this state by name",
    "  :checkpoints              list what is kept",
    "  :save                     write the session's snapshot now",
    "  :fork NAME                make another session of this one",
    "All else goes to the guest. Of itself it says:",
    "",
];

/// What `command` answers; nothing when it is the guest's.
pub(super) async fn run(backend: &Backend, name: &SessionName, command: &str) -> anyhow::Result<Option<Vec<String>>> {
    let Some(words) = command.strip_prefix(':') else { return Ok(None) };
    let mut words = words.split_whitespace();
    let (word, argument) = (words.next().unwrap_or_default(), words.next());
    let asked = Asked { backend, name, argument };
    let answered = match word {
        "help" | "h" | "?" => asked.help().await,
        "history" => asked.history().await,
        "back" | "undo" => asked.steps("/undo").await,
        "forward" | "redo" => asked.steps("/redo").await,
        "goto" | "jump" => asked.goto().await,
        "checkpoint" => asked.checkpoint().await,
        "checkpoints" => asked.checkpoints().await,
        "save" => asked.save().await,
        "fork" => asked.fork().await,
        _ => return Ok(None),
    };
    if words.next().is_some() {
        bail!(":{word} takes one argument at most");
    }
    answered.map(Some)
}

/// What is known of a session's guest; null when that is not there. A session that is not there yet will have the default
/// one.
pub(super) async fn guest(backend: &Backend, name: &SessionName) -> anyhow::Result<Value> {
    let guests = backend.ask(Question::new(Method::GET, "/api/guests")).await?.list("guests")?;
    let session = backend.ask(Question::of(Method::GET, name, "")).await.map(|answer| answer.json());
    let session = session.unwrap_or_default();
    let is_its = |guest: &&Value| match session["guest"].as_str() {
        Some(name) => guest["name"] == name,
        None => guest["default"] == true,
    };
    // Of another version of it no more is told than of the current one.
    let guest =
        guests.iter().find(|guest| guest["digest"] == session["guestDigest"]).or_else(|| guests.iter().find(is_its));
    Ok(guest.cloned().unwrap_or_default())
}

/// A command and what follows it.
struct Asked<'a> {
    backend: &'a Backend,
    name: &'a SessionName,
    argument: Option<&'a str>,
}

// === impl Asked ===

impl Asked<'_> {
    async fn ask(&self, method: Method, rest: &str) -> anyhow::Result<Value> {
        Ok(self.backend.ask(Question::of(method, self.name, rest)).await?.json())
    }

    async fn post(&self, rest: &str, body: &Value) -> anyhow::Result<Value> {
        let question = Question::of(Method::POST, self.name, rest).json(body);
        Ok(self.backend.ask(question).await?.json())
    }

    fn needs(&self, what: &str) -> anyhow::Result<&str> {
        self.argument.with_context(|| format!("this needs {what}; :help tells more"))
    }

    fn count(&self, otherwise: u64) -> anyhow::Result<u64> {
        match self.argument {
            None => Ok(otherwise),
            Some(count) => match count.parse() {
                Ok(count @ 1..) => Ok(count),
                _ => bail!("{count} is no number of events"),
            },
        }
    }

    async fn help(&self) -> anyhow::Result<Vec<String>> {
        let guest = guest(self.backend, self.name).await?;
        let help = guest["help"].as_str().unwrap_or_default();
        Ok(HELP.iter().map(|line| (*line).to_owned()).chain(output::tame(help).lines().map(str::to_owned)).collect())
    }

    async fn history(&self) -> anyhow::Result<Vec<String>> {
        let count = self.count(EVENTS_SHOWN)?;
        let session = self.ask(Method::GET, "").await?;
        let events = newest(self.backend, self.name, usize::try_from(count).unwrap_or(usize::MAX), false).await?;
        Ok(event_table(&Value::from(events), session["event"].as_u64()))
    }

    async fn steps(&self, how: &str) -> anyhow::Result<Vec<String>> {
        let report = self.post(how, &json!({ "count": self.count(1)? })).await?;
        Ok(vec![gone(self.name, &report)])
    }

    async fn goto(&self) -> anyhow::Result<Vec<String>> {
        let to: Where = self.needs("an event or a checkpoint")?.parse().map_err(anyhow::Error::msg)?;
        let mut body = json!({});
        at(&to, &mut body);
        let report = self.post("/jump", &body).await?;
        Ok(vec![gone(self.name, &report)])
    }

    async fn checkpoint(&self) -> anyhow::Result<Vec<String>> {
        let checkpoint = CheckpointName::new(self.needs("a name")?)?;
        let made = self.ask(Method::PUT, &format!("/checkpoints/{checkpoint}")).await?;
        Ok(vec![format!("checkpoint {checkpoint} keeps event {}", made["event"])])
    }

    async fn checkpoints(&self) -> anyhow::Result<Vec<String>> {
        let mut answer = self.ask(Method::GET, "/checkpoints").await?;
        let Value::Array(checkpoints) = answer["checkpoints"].take() else { bail!("the answer has no checkpoints") };
        let told = |checkpoint: &Value| {
            format!(
                "{} keeps event {}",
                output::tame(checkpoint["name"].as_str().unwrap_or_default()),
                checkpoint["event"]
            )
        };
        Ok(match checkpoints.is_empty() {
            true => vec!["there are none".to_owned()],
            false => checkpoints.iter().map(told).collect(),
        })
    }

    async fn save(&self) -> anyhow::Result<Vec<String>> {
        let report = self.ask(Method::POST, "/save").await?;
        Ok(vec![format!("event {} is saved, {} bytes", report["event"], report["snapshotBytes"])])
    }

    async fn fork(&self) -> anyhow::Result<Vec<String>> {
        let new = SessionName::new(self.needs("a name")?)?;
        self.post("/fork", &json!({ "names": [new] })).await?;
        Ok(vec![format!("session {new} begins where this one stands")])
    }
}
