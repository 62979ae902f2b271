//! Commands about sessions whole: `exec`, `sessions`, `save`, `delete`, `interrupt` and `fork`.

use std::process::ExitCode;

use clap::Args;
use hyper::Method;
use serde_json::{Value, json};

use super::backend::Backend;
use super::follow;
use super::history::{Where, at};
use super::keyboard::Keyboard;
use super::output;
use super::place::{Place, View};
use super::question::Question;
use crate::name::{GuestRef, SessionName};

/// Sessions asked for at a time.
const PAGE: usize = 1_000;

/// What a table tells of a session that was just made.
pub(super) const MADE_FIELDS: &[&str] = &["name", "guest", "event", "size"];

/// `hostel exec`
#[derive(Debug, Args)]
pub struct Exec {
    /// The session
    name: SessionName,
    /// The command
    #[arg(allow_hyphen_values = true)]
    command: String,
    /// Guest of the session, NAME or NAME@VERSION, when it is to be made; the host's default otherwise
    #[arg(long, value_name = "GUEST")]
    guest: Option<GuestRef>,
    /// Run it only when the session stands at this event
    #[arg(long, value_name = "EVENT")]
    if_event: Option<u64>,
    /// Run it once: the same command with the same key again is answered with the recorded reply
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Where the sessions are, and how to show the reply
    #[command(flatten)]
    view: View,
}

/// `hostel sessions`
#[derive(Debug, Args)]
pub struct Sessions {
    /// Only names that begin so
    #[arg(long, default_value = "")]
    prefix: String,
    /// Where the sessions are, and how to show them
    #[command(flatten)]
    view: View,
}

/// A command that is about one session.
#[derive(Debug, Args)]
pub struct One {
    /// The session
    pub(super) name: SessionName,
    /// Where the sessions are
    #[command(flatten)]
    pub(super) place: Place,
}

/// `hostel repl`
#[derive(Debug, Args)]
pub struct Repl {
    /// The session, and where it is
    #[command(flatten)]
    pub(super) one: One,
    /// Guest of the session, NAME or NAME@VERSION, when it is to be made; the host's default otherwise
    #[arg(long, value_name = "GUEST")]
    pub(super) guest: Option<GuestRef>,
}

/// `hostel save`
#[derive(Debug, Args)]
pub struct Save {
    /// The session
    name: SessionName,
    /// Where the sessions are, and how to show what was done
    #[command(flatten)]
    view: View,
}

/// `hostel interrupt`
#[derive(Debug, Args)]
pub struct Interrupt {
    /// The session
    name: SessionName,
    /// Only the command of this request id
    #[arg(long, value_name = "ID")]
    turn: Option<String>,
    /// Commands that wait for their turn too
    #[arg(long)]
    queued: bool,
    /// Where the sessions are, and how to show what was done
    #[command(flatten)]
    view: View,
}

/// `hostel fork`
#[derive(Debug, Args)]
pub struct Fork {
    /// The session
    name: SessionName,
    /// Names of the sessions to make
    #[arg(required = true, value_name = "NEW")]
    names: Vec<SessionName>,
    /// Event or checkpoint to begin at; now when it is not given
    #[arg(long, value_name = "EVENT|CHECKPOINT")]
    from: Option<Where>,
    /// Where the sessions are, and how to show those that were made
    #[command(flatten)]
    view: View,
}

/// Makes the session when it is not there and `guest` is given. One that is there must be of that guest.
pub(super) async fn make(backend: &Backend, name: &SessionName, guest: Option<&GuestRef>) -> anyhow::Result<()> {
    let Some(guest) = guest else { return Ok(()) };
    let found = backend.ask(Question::of(Method::GET, name, "")).await.map(|answer| answer.json()).unwrap_or_default();
    // Without a version any of the guest's is meant.
    if guest.version.is_none() && found["guest"] == guest.name.as_str() {
        return Ok(());
    }
    backend.ask(Question::of(Method::PUT, name, "").json(&json!({ "guest": guest }))).await?;
    Ok(())
}

/// The question that runs a command.
pub(super) fn execute(name: &SessionName, command: &str) -> Question {
    Question::of(Method::POST, name, "/execute").json(&json!({ "command": command }))
}

impl Exec {
    /// Exits with 1 when the guest's language reports an error, so that scripts can tell.
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut question = match self.view.json {
            true => execute(&self.name, &self.command),
            false => follow::execute(&self.name, &self.command),
        };
        if let Some(event) = self.if_event {
            question = question.header("if-event", event.to_string());
        }
        if let Some(key) = self.idempotency_key {
            question = question.header("idempotency-key", key);
        }
        let place = self.view.place.clone().making();
        let (reply, replayed) = Backend::at(&place, async |backend| {
            make(backend, &self.name, self.guest.as_ref()).await?;
            if self.view.json {
                let answer = backend.ask(question).await?;
                return Ok((answer.json(), answer.headers.contains_key("idempotent-replayed")));
            }
            let mut end = follow::run(backend, &self.name, question, &mut Keyboard::default()).await?;
            Ok((end["reply"].take(), end["replayed"] == true))
        })
        .await?;
        if replayed {
            eprintln!("note: this is what event {} answered; nothing was run now", reply["event"]);
        }
        if self.view.json {
            output::print_json(&reply)?;
        }
        Ok(if reply["error"].is_null() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Sessions {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let sessions = Backend::at(&self.view.place, async |backend| all(backend, &self.prefix).await).await?;
        let fields = ["name", "guest", "event", "eventCount", "size", "live", "dirty", "lastAccessed"];
        output::print_list(sessions, self.view.json, &fields)
    }
}

/// All sessions whose names begin with `prefix`, page by page.
async fn all(backend: &Backend, prefix: &str) -> anyhow::Result<Vec<Value>> {
    let (mut sessions, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut page = Question::new(Method::GET, format!("/api/sessions?limit={PAGE}")).parameter("prefix", prefix);
        if let Some(after) = &after {
            page = page.parameter("after", after);
        }
        let page = backend.ask(page).await?;
        sessions.append(&mut page.list("sessions")?);
        match page.json()["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(sessions),
        }
    }
}

impl Save {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let answer = Backend::ask_at(&self.view.place, Question::of(Method::POST, &self.name, "/save")).await?;
        output::print_answer(&answer.json(), self.view.json, |report| {
            let done = if report["written"] == true { "saved" } else { "was saved already" };
            vec![format!("event {} {done}, {} bytes", report["event"], report["snapshotBytes"])]
        })
    }
}

/// `hostel delete`
pub(super) async fn delete(One { name, place }: One) -> anyhow::Result<ExitCode> {
    Backend::ask_at(&place, Question::of(Method::DELETE, &name, "")).await?;
    Ok(ExitCode::SUCCESS)
}

impl Interrupt {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut body = json!({ "queued": self.queued });
        if let Some(turn) = self.turn {
            body["turn"] = turn.into();
        }
        let question = Question::of(Method::POST, &self.name, "/interrupt").json(&body);
        let answer = Backend::ask_at(&self.view.place, question).await?;
        output::print_answer(&answer.json(), self.view.json, interrupted)
    }
}

fn interrupted(report: &Value) -> Vec<String> {
    let running = match report["interrupted"] == true {
        true => "the command that ran is stopped",
        false => "no such command runs",
    };
    let waiting = report["queued"].as_u64().filter(|queued| *queued > 0);
    let waiting =
        waiting.map(|queued| format!("{} that waited will not run", output::count(&queued.into(), "command")));
    std::iter::once(running.to_owned()).chain(waiting).collect()
}

impl Fork {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut body = json!({ "names": self.names });
        if let Some(from) = &self.from {
            at(from, &mut body);
        }
        let question = Question::of(Method::POST, &self.name, "/fork").json(&body);
        let answer = Backend::ask_at(&self.view.place, question).await?;
        output::print_list(answer.list("sessions")?, self.view.json, MADE_FIELDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_tells_what_it_found() {
        assert_eq!(interrupted(&json!({ "interrupted": false, "queued": 0 })), ["no such command runs"]);
        let both = interrupted(&json!({ "interrupted": true, "queued": 2 }));
        assert_eq!(both, ["the command that ran is stopped", "2 commands that waited will not run"]);
    }
}
