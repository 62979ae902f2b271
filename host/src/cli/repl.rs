//! `hostel repl`: a session, command by command.
//!
//! A command may take several lines, which its guest tells. Words with a colon that are about the session's history are
//! the program's own, for every guest; all others go to the guest.

mod commands;

use std::io::{IsTerminal, Write, stdin, stdout};
use std::pin::pin;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::bail;
use hyper::Method;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::backend::Backend;
use super::follow;
use super::keyboard::Keyboard;
use super::output;
use super::question::Question;
use crate::name::SessionName;

/// What a person sees before a command whose guest has no prompt, and before the further lines of any.
const PROMPT: &str = "> ";
const PROMPT_FOR_MORE: &str = "... ";

/// Reads commands until the input ends or the guest asks to leave. What goes wrong with one command is told, and does not
/// end the conversation; where nobody is at a terminal to see it, the exit code tells too.
pub(super) async fn run(backend: &Backend, name: &SessionName) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    // From here to the end, so that none is missed between two things that it could stop.
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut keyboard = Keyboard::default();
    let prompt = if stdin().is_terminal() { prompt(backend, name).await? } else { String::new() };
    while let Some(command) = read_command(backend, name, &prompt, &mut keyboard, &mut interrupts).await? {
        if command.trim().is_empty() {
            continue;
        }
        match answer(backend, name, &command, &mut keyboard, &mut interrupts).await {
            Ok(Next::Leave) => break,
            Ok(Next::Go) => {}
            Ok(Next::Failed) => code = ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error:#}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(if stdin().is_terminal() { ExitCode::SUCCESS } else { code })
}

/// The prompt of the session's guest.
async fn prompt(backend: &Backend, name: &SessionName) -> anyhow::Result<String> {
    let guest = commands::guest(backend, name).await?;
    let prompt = guest["prompt"].as_str().unwrap_or_default();
    Ok(output::tame(if prompt.is_empty() { PROMPT } else { prompt }).replace(['\n', '\t'], " "))
}

/// What follows a command.
enum Next {
    Go,
    /// The same, after an error of the guest's language.
    Failed,
    Leave,
}

/// Does what a command says.
async fn answer(
    backend: &Backend,
    name: &SessionName,
    command: &str,
    keyboard: &mut Keyboard,
    interrupts: &mut Signal,
) -> anyhow::Result<Next> {
    if let Some(lines) = commands::run(backend, name, command.trim()).await? {
        lines.iter().try_for_each(|line| output::print(format_args!("{line}")))?;
        return Ok(Next::Go);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let turn = format!("repl-{}-{}", std::process::id(), now.as_micros());
    let question = follow::execute(name, command).header("x-request-id", turn.clone());
    let mut running = pin!(follow::run(backend, name, question, keyboard));
    let ended = tokio::select! {
        ended = &mut running => ended?,
        _ = interrupts.recv() => {
            println!();
            let question = Question::of(Method::POST, name, "/interrupt").json(&json!({ "turn": turn }));
            let stopped = backend.ask(question).await?.json()["interrupted"] == true;
            let ended = tokio::select! {
                ended = running => ended,
                _ = interrupts.recv() => bail!("not waited for any longer"),
            };
            if stopped && ended.is_err() {
                output::print(format_args!("interrupted: the session is as before the command"))?;
                return Ok(Next::Go);
            }
            ended?
        }
    };
    let reply = &ended["reply"];
    Ok(match (reply["shouldExit"] == true, reply["error"].is_null()) {
        (true, _) => Next::Leave,
        (false, true) => Next::Go,
        (false, false) => Next::Failed,
    })
}

/// The next command; nothing at the end. An input that ends in the middle of one is a command too. An interrupt at a
/// terminal gives up what was begun, and ends the conversation elsewhere.
async fn read_command(
    backend: &Backend,
    name: &SessionName,
    prompt: &str,
    keyboard: &mut Keyboard,
    interrupts: &mut Signal,
) -> anyhow::Result<Option<String>> {
    let terminal = stdin().is_terminal();
    let mut command = String::new();
    loop {
        if terminal {
            print!("{}", if command.is_empty() { prompt } else { PROMPT_FOR_MORE });
            stdout().flush()?;
        }
        let line = tokio::select! {
            line = keyboard.line() => line?,
            _ = interrupts.recv() => {
                println!();
                return Ok(terminal.then(String::new));
            }
        };
        let Some(line) = line else {
            if terminal {
                println!();
            }
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
    // The end of the last line is none of its own: some languages end a block with an empty line.
    let input = input.strip_suffix('\n').unwrap_or(input);
    let question = Question::of(Method::POST, name, "/complete").json(&json!({ "input": input }));
    backend.ask(question).await.is_ok_and(|answer| answer.json()["status"] == "incomplete")
}
