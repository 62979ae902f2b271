//! Commands about a session's history: `history`, `checkpoint`, `jump`, `undo`, `redo`, `diff`.

use std::num::NonZeroU64;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use hyper::Method;
use serde_json::{Value, json};

use super::backend::Backend;
use super::output::{self, count, duration, table, tame};
use super::place::View;
use super::question::Question;
use crate::name::{CheckpointName, SessionName};
use crate::session::Target;

/// Events asked for at a time.
const PAGE: usize = 1_000;

/// What a table shows of a command, in characters.
const COMMAND_CHARS_MAX: usize = 80;

/// `hostel history`
#[derive(Debug, Args)]
#[command(after_help = "`*` marks the event that the session stands at, `-` what was undone.")]
pub struct History {
    /// The session
    name: SessionName,
    /// One event, to be shown whole
    #[arg(conflicts_with_all = ["limit", "undone"])]
    event: Option<u64>,
    /// How many events, the newest ones
    #[arg(long, value_name = "COUNT", default_value = "20")]
    limit: NonZeroU64,
    /// Only events that were undone
    #[arg(long)]
    undone: bool,
    /// Where the sessions are, and how to show the history
    #[command(flatten)]
    view: View,
}

/// `hostel checkpoint`
#[derive(Debug, Args)]
pub struct Checkpoint {
    /// The session
    name: SessionName,
    /// The checkpoint to make, of the event that the session stands at; without it they are listed
    checkpoint: Option<CheckpointName>,
    /// Checkpoint to delete
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "checkpoint")]
    delete: Option<CheckpointName>,
    /// Where the sessions are, and how to show the checkpoints
    #[command(flatten)]
    view: View,
}

/// `hostel jump`
#[derive(Debug, Args)]
pub struct Jump {
    /// The session
    name: SessionName,
    /// Event to go to, a number, 0 for before the first; or a checkpoint, with @ before a name that is a number too
    #[arg(value_name = "EVENT|CHECKPOINT")]
    to: Where,
    /// Where the sessions are, and how to show what was done
    #[command(flatten)]
    view: View,
}

/// `hostel undo` and `hostel redo`
#[derive(Debug, Args)]
pub struct Steps {
    /// The session
    name: SessionName,
    /// How many events
    #[arg(default_value = "1")]
    count: NonZeroU64,
    /// Where the sessions are, and how to show what was done
    #[command(flatten)]
    view: View,
}

/// `hostel diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// The session
    name: SessionName,
    /// The one that it is compared with
    other: SessionName,
    /// How many events of each to show, at most 1000
    #[arg(long, value_name = "COUNT", default_value = "100")]
    limit: u64,
    /// Where the sessions are, and how to show the difference
    #[command(flatten)]
    view: View,
}

/// A place in a history, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Where(Target);

impl FromStr for Where {
    type Err = String;

    /// Digits alone are an event; `@` says that they are a checkpoint's name.
    fn from_str(text: &str) -> Result<Self, String> {
        let checkpoint = |name| CheckpointName::new(name).map(Target::Checkpoint).map_err(|error| error.to_string());
        let target = match text.strip_prefix('@') {
            Some(name) => checkpoint(name)?,
            None if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Target::Event(text.parse().map_err(|_| format!("there can't be an event {text}"))?)
            }
            None => checkpoint(text)?,
        };
        Ok(Self(target))
    }
}

/// Says in a body where.
pub(super) fn at(Where(target): &Where, body: &mut Value) {
    match target {
        Target::Event(event) => body["event"] = (*event).into(),
        Target::Checkpoint(checkpoint) => body["checkpoint"] = checkpoint.as_str().into(),
    }
}

// === history ===

impl History {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        if let Some(event) = self.event {
            let question = Question::of(Method::GET, &self.name, &format!("/events/{event}"));
            let answer = Backend::ask_at(&self.view.place, question).await?;
            return output::print_answer(&answer.json(), self.view.json, event_lines);
        }
        let limit = usize::try_from(self.limit.get()).unwrap_or(usize::MAX);
        let (events, present) = Backend::at(&self.view.place, async |backend| {
            let session = backend.ask(Question::of(Method::GET, &self.name, "")).await?.json();
            Ok((newest(backend, &self.name, limit, self.undone).await?, session["event"].as_u64()))
        })
        .await?;
        output::print_answer(&Value::from(events), self.view.json, |events| event_table(events, present))
    }
}

/// The newest events of a session, the oldest of them first; of all, or of those that were undone.
pub(super) async fn newest(
    backend: &Backend,
    name: &SessionName,
    limit: usize,
    undone: bool,
) -> anyhow::Result<Vec<Value>> {
    let (mut events, mut before) = (Vec::new(), None::<u64>);
    while events.len() < limit {
        let page = PAGE.min(limit - events.len());
        let mut question = Question::of(Method::GET, name, &format!("/events?order=newest&limit={page}"));
        if undone {
            question = question.parameter("undone", "true");
        }
        if let Some(before) = before {
            question = question.parameter("before", &before.to_string());
        }
        let answer = backend.ask(question).await?;
        events.append(&mut answer.list("events")?);
        before = answer.json()["next"].as_u64();
        if before.is_none() {
            break;
        }
    }
    events.reverse();
    Ok(events)
}

pub(super) fn event_table(events: &Value, present: Option<u64>) -> Vec<String> {
    let head = ["", "EVENT", "FOLLOWS", "AT", "OUTCOME", "WALL", "COMMAND"].map(str::to_owned).to_vec();
    let events = events.as_array().map(Vec::as_slice).unwrap_or_default();
    let rows = events.iter().map(|event| event_row(event, present));
    table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

fn event_row(event: &Value, present: Option<u64>) -> Vec<String> {
    let number = event["event"].as_u64().unwrap_or(0);
    let follows = event["follows"].as_u64().filter(|follows| follows + 1 != number);
    let mark = match (present == Some(number), event["undone"] == true) {
        (true, _) => "*",
        (false, true) => "-",
        (false, false) => "",
    };
    vec![
        mark.to_owned(),
        number.to_string(),
        follows.map(|follows| follows.to_string()).unwrap_or_default(),
        text(&event["at"]),
        text(&event["outcome"]),
        duration(&event["wallUs"]),
        first_line(event),
    ]
}

/// The first line of an event's command that says something; `…` when there is more.
fn first_line(event: &Value) -> String {
    let command = event["command"].as_str().unwrap_or_default().trim();
    let line = command.lines().next().unwrap_or_default();
    let tamed = tame(line).replace('\t', " ");
    let shown: String = tamed.chars().take(COMMAND_CHARS_MAX).collect();
    let whole = line.len() == command.len() && shown.len() == tamed.len() && event["truncated"] != true;
    if whole { shown } else { format!("{} …", shown.trim_end()) }
}

/// An event whole: what is known of it, its command as a prompt shows it, and its output.
fn event_lines(event: &Value) -> Vec<String> {
    let mut lines = vec![
        format!("event     {}, follows {}{}", event["event"], event["follows"], note(event, "undone", ", undone")),
        format!("at        {}", text(&event["at"])),
        format!("outcome   {}{}", text(&event["outcome"]), note(event, "shouldExit", ", asked to leave")),
        format!("took      {}, processor {}", duration(&event["wallUs"]), duration(&event["cpuUs"])),
        format!("memory    {} bytes, {} before", event["memoryBytes"], event["memoryBefore"]),
        format!("recorded  {}", recorded(event)),
    ];
    if let Some(key) = event["idempotencyKey"].as_str() {
        lines.push(format!("key       {key}"));
    }
    lines.push(String::new());
    let command = tame(event["command"].as_str().unwrap_or_default());
    lines.extend(command.lines().map(|line| format!("> {line}")));
    match event["output"].as_str() {
        Some(output) => lines.extend(tame(output).lines().map(str::to_owned)),
        None => lines.push("(an older version recorded it without its output)".to_owned()),
    }
    lines
}

fn recorded(event: &Value) -> String {
    let replayable = if event["replayable"] == true { "" } else { ", with a snapshot, for it can't be replayed" };
    let random = note(event, "random", " and random numbers");
    let readings = count(&event["readings"], "clock reading");
    format!("{}, {readings}{random}{replayable}", count(&event["journalBytes"], "byte"))
}

fn note(event: &Value, field: &str, note: &'static str) -> &'static str {
    if event[field] == true { note } else { "" }
}

fn text(value: &Value) -> String {
    tame(value.as_str().unwrap_or_default())
}

// === checkpoint ===

impl Checkpoint {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let View { json, place } = &self.view;
        let about = |method, checkpoint| {
            Backend::ask_at(place, Question::of(method, &self.name, &format!("/checkpoints/{checkpoint}")))
        };
        if let Some(checkpoint) = &self.delete {
            about(Method::DELETE, checkpoint).await?;
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(checkpoint) = &self.checkpoint {
            let made = about(Method::PUT, checkpoint).await?.json();
            return output::print_answer(&made, *json, |made| {
                vec![format!("checkpoint {checkpoint} keeps event {}, {} bytes", made["event"], made["bytes"])]
            });
        }
        let answer = Backend::ask_at(place, Question::of(Method::GET, &self.name, "/checkpoints")).await?;
        output::print_list(answer.list("checkpoints")?, *json, &["name", "event", "created", "bytes"])
    }
}

// === jump, undo, redo ===

impl Jump {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut body = json!({});
        at(&self.to, &mut body);
        go(&self.name, "/jump", &body, &self.view).await
    }
}

impl Steps {
    pub(super) async fn undo(self) -> anyhow::Result<ExitCode> {
        go(&self.name, "/undo", &json!({ "count": self.count }), &self.view).await
    }

    pub(super) async fn redo(self) -> anyhow::Result<ExitCode> {
        go(&self.name, "/redo", &json!({ "count": self.count }), &self.view).await
    }
}

async fn go(name: &SessionName, how: &str, body: &Value, view: &View) -> anyhow::Result<ExitCode> {
    let answer = Backend::ask_at(&view.place, Question::of(Method::POST, name, how).json(body)).await?;
    output::print_answer(&answer.json(), view.json, |report| vec![gone(name, report)])
}

pub(super) fn gone(name: &SessionName, report: &Value) -> String {
    let mut told = format!("{name} stands at event {}, before that at {}", report["event"], report["from"]);
    if report["redoable"].as_u64().is_some_and(|redoable| redoable > 0) {
        told += &format!("; {} to redo", count(&report["redoable"], "event"));
    }
    let replay = &report["replay"];
    if replay["events"].as_u64().is_some_and(|events| events > 0) {
        let events = count(&replay["events"], "event");
        told += &format!("; the next command replays {events}, which takes about {}", duration(&replay["wallUs"]));
    }
    told
}

// === diff ===

impl Diff {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let question = Question::of(Method::GET, &self.name, "/diff")
            .parameter("with", self.other.as_str())
            .parameter("limit", &self.limit.to_string());
        let answer = Backend::ask_at(&self.view.place, question).await?;
        output::print_answer(&answer.json(), self.view.json, diff_lines)
    }
}

fn diff_lines(diff: &Value) -> Vec<String> {
    let common = match diff["common"].as_u64() {
        None => "they have nothing in common".to_owned(),
        Some(0) => "they have only their beginning in common".to_owned(),
        Some(event) => format!("they have event {event} in common, and those that it came from"),
    };
    let mut lines = vec![common];
    for (side, mark) in [(&diff["left"], '-'), (&diff["right"], '+')] {
        lines.push(format!("{mark}{mark}{mark} {}", text(&side["session"])));
        let events = side["events"].as_array().map(Vec::as_slice).unwrap_or_default();
        lines.extend(
            events.iter().map(|event| format!("{mark} {:<6} {}", event["event"].to_string(), first_line(event))),
        );
        if side["more"] == true {
            lines.push(format!("{mark} …"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: u64, follows: u64, undone: bool, command: &str) -> Value {
        json!({
            "event": number, "follows": follows, "undone": undone, "at": "2026-11-24T04:10:02.928Z",
            "command": command, "outcome": "value", "wallUs": 1_500, "memoryBytes": 458_752,
        })
    }

    #[test]
    fn digits_are_an_event_and_names_are_checkpoints() {
        let checkpoint = |name| Ok(Where(Target::Checkpoint(CheckpointName::new(name).unwrap())));
        assert_eq!("17".parse(), Ok(Where(Target::Event(17))));
        assert_eq!("0".parse(), Ok(Where(Target::Event(0))));
        assert_eq!("noon".parse::<Where>(), checkpoint("noon"));
        assert_eq!("17th".parse::<Where>(), checkpoint("17th"));
        assert_eq!("@17".parse::<Where>(), checkpoint("17"));
        for wrong in ["", "@", "-1", "a b", "99999999999999999999"] {
            assert!(wrong.parse::<Where>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_history_marks_where_it_stands_what_is_undone_and_where_it_branches() {
        let events = json!([event(1, 0, false, "(a)"), event(2, 1, true, "(b)"), event(3, 1, false, "(c)\n(d)")]);
        assert_eq!(
            event_table(&events, Some(3)),
            [
                "   EVENT  FOLLOWS  AT                        OUTCOME  WALL   COMMAND",
                "   1               2026-11-24T04:10:02.928Z  value    1.5ms  (a)",
                "-  2               2026-11-24T04:10:02.928Z  value    1.5ms  (b)",
                "*  3      1        2026-11-24T04:10:02.928Z  value    1.5ms  (c) …",
            ]
        );
    }

    #[test]
    fn a_table_shows_of_a_command_what_fits_in_a_line() {
        let shown = |command: &str| first_line(&event(1, 0, false, command));
        assert_eq!(shown("\n  (a)\n"), "(a)");
        assert_eq!(shown("(a\tb)\u{1b}[2J"), "(a b)\\u{1b}[2J");
        assert_eq!(shown(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(shown(&"x".repeat(81)), format!("{} …", "x".repeat(80)));
        let mut cut = event(1, 0, false, "(a)");
        cut["truncated"] = true.into();
        assert_eq!(first_line(&cut), "(a) …");
    }

    #[test]
    fn an_event_is_shown_with_its_command_and_its_output() {
        let mut whole = event(3, 1, true, "(a)\n(b)");
        for (field, value) in [
            ("output", json!("hello\n3")),
            ("cpuUs", json!(900)),
            ("memoryBefore", json!(65_536)),
            ("readings", json!(1)),
            ("random", json!(true)),
            ("replayable", json!(false)),
            ("journalBytes", json!(97)),
            ("idempotencyKey", json!("step-7")),
            ("shouldExit", json!(false)),
        ] {
            whole[field] = value;
        }
        assert_eq!(
            event_lines(&whole),
            [
                "event     3, follows 1, undone",
                "at        2026-11-24T04:10:02.928Z",
                "outcome   value",
                "took      1.5ms, processor 900µs",
                "memory    458752 bytes, 65536 before",
                "recorded  97 bytes, 1 clock reading and random numbers, with a snapshot, for it can't be replayed",
                "key       step-7",
                "",
                "> (a)",
                "> (b)",
                "hello",
                "3",
            ]
        );
        whole["output"] = Value::Null;
        assert!(event_lines(&whole).last().is_some_and(|line| line.contains("without its output")));
    }

    #[test]
    fn a_jump_tells_where_it_led_and_what_comes_of_it() {
        let alice = SessionName::new("alice").unwrap();
        let replay = json!({ "events": 2, "wallUs": 380, "bytes": 100 });
        let back = json!({ "event": 2, "from": 5, "redoable": 1, "replay": replay });
        assert_eq!(
            gone(&alice, &back),
            "alice stands at event 2, before that at 5; 1 event to redo; the next command replays 2 events, which takes about 380µs"
        );
        let here = json!({ "event": 5, "from": 2, "redoable": 0, "replay": { "events": 0, "wallUs": 0, "bytes": 0 } });
        assert_eq!(gone(&alice, &here), "alice stands at event 5, before that at 2");
    }

    #[test]
    fn a_diff_shows_what_each_has_alone() {
        let side = |session: &str, events: Vec<Value>, more: bool| json!({ "session": session, "events": events, "more": more });
        let left = side("alice", vec![event(4, 3, false, "(a)"), event(5, 4, false, "(b)")], true);
        let right = side("bob", vec![], false);
        let diff = json!({ "common": 3, "left": left, "right": right });
        assert_eq!(
            diff_lines(&diff),
            [
                "they have event 3 in common, and those that it came from",
                "--- alice",
                "- 4      (a)",
                "- 5      (b)",
                "- …",
                "+++ bob",
            ]
        );
        assert_eq!(diff_lines(&json!({ "common": 0 }))[0], "they have only their beginning in common");
        assert_eq!(diff_lines(&json!({}))[0], "they have nothing in common");
    }
}
