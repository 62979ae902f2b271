//! The program's commands, beside `serve` which `main` tells.
//!
//! Those about sessions ask questions of the HTTP interface. They work against a server: the one named by `--server`, or
//! the one that has the data directory open and says so in its [`Announcement`]. When there is none they open the data
//! directory themselves and ask there. Data goes to stdout, everything else to stderr.

mod announcement;
mod backend;
mod client;
mod failure;
mod follow;
mod guests;
mod history;
mod keyboard;
mod logging;
mod output;
mod place;
mod question;
mod repl;
mod sessions;
mod signals;
mod swap;
mod transfer;

pub use self::announcement::Announcement;
pub use self::failure::exit_code;
pub use self::logging::start_logging;
pub use self::signals::Signals;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use self::backend::Backend;
use crate::config::{Config, RawConfig};
use crate::name::TenantName;
use crate::tenant::Key;

/// Sessions for WebAssembly REPLs: thousands of them in one process, each as it was left
#[derive(Debug, Parser)]
#[command(name = "hostel", version)]
pub struct Program {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve sessions over HTTP
    Serve(Box<RawConfig>),
    /// Run one command in a session, which is created when it is not there
    Exec(sessions::Exec),
    /// Run commands in a session, line by line
    Repl(sessions::Repl),
    /// List sessions
    Sessions(sessions::Sessions),
    /// Show what happened in a session
    History(history::History),
    /// Make a checkpoint of a session, or list its checkpoints
    Checkpoint(history::Checkpoint),
    /// Take a session to an event or checkpoint of its history
    Jump(history::Jump),
    /// Take a session back by some events
    Undo(history::Steps),
    /// Take a session forward again, to what was undone
    Redo(history::Steps),
    /// Make sessions that have the state and the history of another
    Fork(sessions::Fork),
    /// Show how the histories of two sessions differ
    Diff(history::Diff),
    /// Change a session's guest, and take its state along
    Guest(swap::Guest),
    /// Write a session to a file
    Export(transfer::Export),
    /// Make a session of such a file
    Import(transfer::Import),
    /// Stop the command that runs in a session
    Interrupt(sessions::Interrupt),
    /// Write a session's snapshot now
    Save(sessions::Save),
    /// Delete a session with its history
    Delete(sessions::One),
    /// What sessions are made of
    #[command(subcommand)]
    Guests(guests::GuestsCommand),
    /// Make an API key for a tenant, or for operators
    Key {
        /// The tenant
        #[arg(required_unless_present = "admin")]
        tenant: Option<TenantName>,
        /// A key for operators, who register and remove guests
        #[arg(long, conflicts_with = "tenant")]
        admin: bool,
    },
    /// Print the configuration that `serve` would have with the same flags, environment and file, as a file
    Config(Box<RawConfig>),
}

/// Runs a command other than `serve`.
///
/// # Errors
/// What went wrong; [`exit_code`] tells it.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(_) => anyhow::bail!("serve is for main"),
        Command::Exec(exec) => exec.run().await,
        Command::Repl(sessions::Repl { one: sessions::One { name, place }, guest }) => {
            Backend::at(&place.making(), async |backend| {
                sessions::make(backend, &name, guest.as_ref()).await?;
                repl::run(backend, &name).await
            })
            .await
        }
        Command::Sessions(sessions) => sessions.run().await,
        Command::History(history) => history.run().await,
        Command::Checkpoint(checkpoint) => checkpoint.run().await,
        Command::Jump(jump) => jump.run().await,
        Command::Undo(steps) => steps.undo().await,
        Command::Redo(steps) => steps.redo().await,
        Command::Fork(fork) => fork.run().await,
        Command::Diff(diff) => diff.run().await,
        Command::Guest(guest) => guest.run().await,
        Command::Export(export) => export.run().await,
        Command::Import(import) => import.run().await,
        Command::Interrupt(interrupt) => interrupt.run().await,
        Command::Save(save) => save.run().await,
        Command::Delete(one) => sessions::delete(one).await,
        Command::Guests(guests) => guests.run().await,
        Command::Key { tenant, admin: _ } => key(tenant.as_ref()),
        Command::Config(flags) => {
            output::print(format_args!("{}", Config::written(*flags)?.trim_end()))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn key(tenant: Option<&TenantName>) -> anyhow::Result<ExitCode> {
    let key = Key::generate().context("the operating system gives no random bytes")?;
    output::print(format_args!("{}", key.reveal()))?;
    eprintln!("This is the only time the key is shown. For the configuration file:\n");
    match tenant {
        Some(tenant) => eprintln!("[[tenants]]\nname = \"{tenant}\"\nkeys = [\"{}\"]", key.hash()),
        None => eprintln!("admin_key = \"{}\"", key.hash()),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        let words = std::iter::once("hostel").chain(line.split_whitespace());
        Program::try_parse_from(words).map(|program| program.command).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Program::command().debug_assert();
    }

    #[test]
    fn commands_are_read_as_documented() {
        for line in [
            "exec alice -- --help",
            "exec alice (tick) --guest omega@1",
            "repl alice --guest javascript --server http://127.0.0.1:3000",
            "exec alice (tick) --if-event 3 --idempotency-key step-7 --json",
            "history alice",
            "history alice --limit 5 --undone --json",
            "history alice 17",
            "checkpoint alice",
            "checkpoint alice noon",
            "checkpoint alice --delete noon",
            "jump alice 0",
            "jump alice @17",
            "undo alice",
            "redo alice 2",
            "fork alice b c d --from noon --server http://127.0.0.1:3000",
            "diff alice bob --json",
            "export alice",
            "export alice - --data d",
            "export alice a.hostel --force",
            "import bob -",
            "interrupt alice --turn 7 --queued",
            "save alice",
            "delete alice",
            "guests list --json",
            "guests list --all",
            "guests show python@3.14-2",
            "guests add python python.wasm --label 3.14-2 --default --key k",
            "guests remove python@3.14-1",
            "guests default python",
            "guests check python.wasm --json",
            "key acme",
            "key --admin",
            "guest alice omega@2 --how replay --dry-run --checkpoint old",
            "guests upgrade omega omega@2 --rate 5 --how replay --dry-run --tenant t --json",
        ] {
            assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (line, words) in [
            ("history alice 17 --limit 5", "cannot be used with"),
            ("history alice --limit 0", "0"),
            ("history alice newest", "invalid digit"),
            ("checkpoint alice noon --delete noon", "cannot be used with"),
            ("checkpoint alice a/b", "'/' is not allowed"),
            ("jump alice", "required"),
            ("jump alice -1", "unexpected argument"),
            ("undo alice 0", "0"),
            ("fork alice", "required"),
            ("import bob", "required"),
            ("guests add python", "required"),
            ("guests add python@3 p.wasm --label a@b", "'@' is not allowed"),
            ("key", "required"),
            ("key acme --admin", "cannot be used with"),
            ("delete a/b", "'/' is not allowed"),
            ("guest alice", "required"),
            ("guest alice omega --how copy", "possible values: transfer, replay"),
            ("guests upgrade omega omega@2 --rate 0", "0"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(words), "{line}: {error}");
        }
    }
}
