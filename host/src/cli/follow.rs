//! Commands at a terminal: what they write is shown as they write it, and what they ask is answered from the keyboard.

use std::io::{self, Write, stderr, stdout};

use anyhow::{Context, bail};
use http_body_util::BodyExt;
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::backend::Backend;
use super::keyboard::Keyboard;
use super::output::tame;
use super::question::Question;
use crate::api::AnswerBody;
use crate::name::SessionName;

/// Media types that a terminal can show, the best first.
const SHOWN: [&str; 3] = ["text/plain", "text/markdown", "application/json"];

/// The question that runs a command, to be followed. Who hangs up at a terminal wants it to end.
pub(super) fn execute(name: &SessionName, command: &str) -> Question {
    let body = json!({ "command": command, "onHangUp": "interrupt" });
    let question = Question::of(Method::POST, name, "/execute").json(&body);
    question.header("accept", "application/x-ndjson".to_owned())
}

/// Runs a command and shows what happens; the last of it is the reply, with `replayed` beside it.
pub(super) async fn run(
    backend: &Backend,
    name: &SessionName,
    question: Question,
    keyboard: &mut Keyboard,
) -> anyhow::Result<Value> {
    let (_, body) = backend.open(question).await?;
    let mut events = Events { body, read: Vec::new() };
    let mut screen = Screen::default();
    let mut turn = String::new();
    let mut asked = None;
    loop {
        let event = tokio::select! {
            event = events.next() => event?,
            line = keyboard.line(), if asked.is_some() => {
                screen.fresh = true;
                let path = format!("/turns/{turn}/answers/{}", asked.take().unwrap_or_default());
                let answer = match line? {
                    Some(line) => json!({ "line": line.trim_end_matches(['\r', '\n']) }),
                    None => json!({ "error": "the input has ended" }),
                };
                // Who waits no longer is told of by what comes next.
                let _ = backend.ask(Question::of(Method::POST, name, &path).json(&answer)).await;
                continue;
            }
        };
        let Some(event) = event else {
            bail!("the server broke off its answer: the command may have run all the same")
        };
        match event["type"].as_str().unwrap_or_default() {
            "begin" => turn = text(&event["turn"]).to_owned(),
            "input" => {
                screen.write(&tame(text(&event["prompt"])))?;
                asked = event["id"].as_u64();
            }
            "closed" if asked == event["id"].as_u64() => asked = None,
            "end" => {
                let reply = &event["reply"];
                let value = [&reply["result"], &reply["error"]].into_iter().find_map(Value::as_str);
                // Of a recorded reply nothing has been shown yet.
                let shown = if event["replayed"] == true { reply["output"].as_str() } else { value };
                screen.line(shown.unwrap_or_default())?;
                return Ok(event);
            }
            "error" => {
                screen.line("")?;
                return Err(backend.problem(&event["problem"]));
            }
            written => screen.show(written, &event)?,
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a terminal shows of a result.
fn shown(data: &Value) -> String {
    let form = SHOWN.iter().find_map(|mime| data.get(mime));
    match form {
        Some(Value::String(text)) => text.clone(),
        Some(json) => json.to_string(),
        None => {
            let types: Vec<_> =
                data.as_object().into_iter().flat_map(|forms| forms.keys().map(String::as_str)).collect();
            format!("[{}]", types.join(", "))
        }
    }
}

/// What has been shown so far, as far as the next line depends on it.
struct Screen {
    /// The next character begins a line.
    fresh: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self { fresh: true }
    }
}

impl Screen {
    /// What an event has to show, if anything: a newer server may tell more.
    fn show(&mut self, kind: &str, event: &Value) -> io::Result<()> {
        match kind {
            "stdout" => self.write(text(&event["text"])),
            "stderr" => self.write_error(text(&event["text"])),
            "result" => self.line(&shown(&event["data"])),
            _ => Ok(()),
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.wrote(text);
        stdout().write_all(text.as_bytes())?;
        stdout().flush()
    }

    fn write_error(&mut self, text: &str) -> io::Result<()> {
        self.wrote(text);
        stderr().write_all(text.as_bytes())
    }

    /// Text that begins a line of its own and ends it; nothing ends the line that is begun.
    fn line(&mut self, text: &str) -> io::Result<()> {
        let before = if self.fresh { "" } else { "\n" };
        let after = if text.is_empty() { "" } else { "\n" };
        self.write(&format!("{before}{}{after}", text.strip_suffix('\n').unwrap_or(text)))?;
        self.fresh = true;
        Ok(())
    }

    fn wrote(&mut self, text: &str) {
        if let Some(last) = text.chars().next_back() {
            self.fresh = last == '\n';
        }
    }
}

/// The lines of an answer, each an event.
struct Events {
    body: AnswerBody,
    read: Vec<u8>,
}

impl Events {
    async fn next(&mut self) -> anyhow::Result<Option<Value>> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                let event = serde_json::from_slice(&line).context("the server's answer is no stream of events")?;
                return Ok(Some(event));
            }
            match self.data().await? {
                Some(bytes) => self.read.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }

    async fn data(&mut self) -> anyhow::Result<Option<Bytes>> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(anyhow::Error::from_boxed).context("the server broke off its answer")?;
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_shown_what_it_can_show() {
        assert_eq!(shown(&json!({ "text/html": "<b>x</b>", "text/plain": "x" })), "x");
        assert_eq!(shown(&json!({ "application/json": { "a": 1 } })), r#"{"a":1}"#);
        assert_eq!(shown(&json!({ "image/png": "iVBORw==" })), "[image/png]");
    }
}
