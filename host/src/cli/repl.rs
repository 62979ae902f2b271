//! `hostel repl`: a session, line by line.

use std::io::{IsTerminal, Write, stdin, stdout};

use super::backend::Backend;
use super::follow;
use crate::name::SessionName;

/// Reads lines until the input ends or the guest asks to leave. What goes wrong with one command is told, and does not
/// end the conversation.
pub(super) async fn run(backend: &Backend, name: &SessionName) -> anyhow::Result<()> {
    while let Some(line) = tokio::task::spawn_blocking(read_line).await?? {
        if line.trim().is_empty() {
            continue;
        }
        match follow::run(backend, name, follow::execute(name, &line)).await {
            Ok(end) => {
                if end["reply"]["shouldExit"] == true {
                    break;
                }
            }
            Err(error) => eprintln!("error: {error:#}"),
        }
    }
    Ok(())
}

/// The next line; nothing at the end. A person sees a prompt.
fn read_line() -> std::io::Result<Option<String>> {
    if stdin().is_terminal() {
        print!("> ");
        stdout().flush()?;
    }
    let mut line = String::new();
    Ok((stdin().read_line(&mut line)? > 0).then_some(line))
}
