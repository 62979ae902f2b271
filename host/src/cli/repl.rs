//! `hostel repl`: a session, command by command.
//!
//! A command may take several lines, which its guest tells. Words with a colon that are about the session's history are
//! the program's own, for every guest; all others go to the guest.

mod commands;

use std::io::{IsTerminal, Write, stdin, stdout};

use hyper::Method;
use serde_json::json;

use super::backend::Backend;
use super::follow;
use super::output;
use super::question::Question;
use crate::name::SessionName;

/// What a person sees before a command, and before its further lines.
const PROMPT: &str = "> ";
const PROMPT_FOR_MORE: &str = "... ";

/// Reads commands until the input ends or the guest asks to leave. What goes wrong with one command is told, and does not
/// end the conversation.
pub(super) async fn run(backend: &Backend, name: &SessionName) -> anyhow::Result<()> {
    while let Some(command) = read_command(backend, name).await? {
        if command.trim().is_empty() {
            continue;
        }
        match answer(backend, name, &command).await {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => eprintln!("error: {error:#}"),
        }
    }
    Ok(())
}

/// Does what a command says; true when it asks to leave.
async fn answer(backend: &Backend, name: &SessionName, command: &str) -> anyhow::Result<bool> {
    if let Some(lines) = commands::run(backend, name, command.trim()).await? {
        lines.iter().try_for_each(|line| output::print(format_args!("{line}")))?;
        return Ok(false);
    }
    let running = follow::run(backend, name, follow::execute(name, command));
    tokio::select! {
        ended = running => Ok(ended?["reply"]["shouldExit"] == true),
        // Who runs it sees that nobody follows any more, and stops it.
        _ = tokio::signal::ctrl_c() => {
            output::print(format_args!("\ninterrupted: the session is as before the command"))?;
            Ok(false)
        }
    }
}

/// The next command; nothing at the end. An input that ends in the middle of one is a command too.
async fn read_command(backend: &Backend, name: &SessionName) -> anyhow::Result<Option<String>> {
    let mut command = String::new();
    loop {
        let prompt = if command.is_empty() { PROMPT } else { PROMPT_FOR_MORE };
        let Some(line) = tokio::task::spawn_blocking(move || read_line(prompt)).await?? else {
            return Ok(Some(command).filter(|command| !command.is_empty()));
        };
        command.push_str(&line);
        if command.trim().is_empty() || !is_incomplete(backend, name, &command).await {
            return Ok(Some(command));
        }
    }
}

/// Whether a guest waits for more lines. Whoever can't tell gets the command as it is.
async fn is_incomplete(backend: &Backend, name: &SessionName, input: &str) -> bool {
    let question = Question::of(Method::POST, name, "/complete").json(&json!({ "input": input }));
    backend.ask(question).await.is_ok_and(|answer| answer.json()["status"] == "incomplete")
}

/// The next line; nothing at the end. A person sees a prompt.
fn read_line(prompt: &str) -> std::io::Result<Option<String>> {
    if stdin().is_terminal() {
        print!("{prompt}");
        stdout().flush()?;
    }
    let mut line = String::new();
    Ok((stdin().read_line(&mut line)? > 0).then_some(line))
}
