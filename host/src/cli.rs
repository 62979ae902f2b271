//! The program's commands, beside `serve` which `main` tells.
//!
//! `exec`, `sessions`, `repl` and `guests list` work against a server: the one named by `--server`, or the one that has
//! the data directory open and says so in its [`Announcement`]. When there is none they open the data directory
//! themselves. Data goes to stdout, everything else to stderr.

mod announcement;
mod backend;
mod client;
mod failure;
mod logging;
mod output;
mod repl;
mod signals;

pub use self::announcement::Announcement;
pub use self::failure::exit_code;
pub use self::logging::start_logging;
pub use self::signals::Signals;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};

use self::backend::Backend;
use crate::config::raw::Text;
use crate::config::{Config, RawConfig};
use crate::name::{SessionName, TenantName};
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
    Exec {
        /// The session
        name: SessionName,
        /// The command
        #[arg(allow_hyphen_values = true)]
        command: String,
        /// Print the whole reply as JSON
        #[arg(long)]
        json: bool,
        /// Where the sessions are
        #[command(flatten)]
        place: Place,
    },
    /// Run commands in a session, line by line
    Repl {
        /// The session
        name: SessionName,
        /// Where the sessions are
        #[command(flatten)]
        place: Place,
    },
    /// List sessions
    Sessions {
        /// Only names that begin so
        #[arg(long, default_value = "")]
        prefix: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Where the sessions are
        #[command(flatten)]
        place: Place,
    },
    /// What sessions are made of
    #[command(subcommand)]
    Guests(GuestsCommand),
    /// Make an API key for a tenant
    Key {
        /// The tenant
        tenant: TenantName,
    },
    /// Print the configuration that `serve` would have with the same flags, environment and file
    Config(Box<RawConfig>),
}

/// What can be done with guests.
#[derive(Debug, Subcommand)]
pub enum GuestsCommand {
    /// List the guests
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Where the sessions are
        #[command(flatten)]
        place: Place,
    },
    /// Take a component through all that registration does, and tell what was found
    Check {
        /// The component
        file: PathBuf,
    },
}

/// Where the sessions are.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Server to ask, as http://HOST:PORT; without it the one that serves the data directory, if any
    #[arg(long, env = "HOSTEL_SERVER", value_name = "URL")]
    server: Option<String>,
    /// API key for the server
    #[arg(long, env = "HOSTEL_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Data directory
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Whose sessions, when the data directory is opened directly
    #[arg(long, value_name = "NAME")]
    tenant: Option<TenantName>,
}

impl Place {
    /// The configuration, for the data directory.
    fn config(&self) -> anyhow::Result<Config> {
        let mut flags = RawConfig::default();
        flags.config.clone_from(&self.config);
        flags.data = self.data.clone().map(Text);
        Ok(Config::resolve(flags)?)
    }
}

/// Runs a command other than `serve`.
///
/// # Errors
/// What went wrong; [`exit_code`] tells it.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(_) => anyhow::bail!("serve is for main"),
        Command::Exec { name, command, json, place } => exec(&place, &name, &command, json).await,
        Command::Repl { name, place } => {
            let backend = Backend::find(&place).await?;
            let ended = repl::run(&backend, &name).await;
            backend.close().await;
            ended.map(|()| ExitCode::SUCCESS)
        }
        Command::Sessions { prefix, json, place } => sessions(&place, &prefix, json).await,
        Command::Guests(GuestsCommand::List { json, place }) => guests(&place, json).await,
        Command::Guests(GuestsCommand::Check { file }) => check(&file).await,
        Command::Key { tenant } => key(&tenant),
        Command::Config(flags) => {
            output::print(format_args!("{:#?}", Config::resolve(*flags)?))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Exits with 1 when the guest's language reports an error, so that scripts can tell.
async fn exec(place: &Place, name: &SessionName, command: &str, json: bool) -> anyhow::Result<ExitCode> {
    let backend = Backend::find(place).await?;
    let reply = backend.execute(name, command).await;
    backend.close().await;
    let reply = reply?;
    match json {
        true => output::print_json(&reply)?,
        false => output::print_reply(&reply)?,
    }
    Ok(if reply["error"].is_null() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn sessions(place: &Place, prefix: &str, json: bool) -> anyhow::Result<ExitCode> {
    let backend = Backend::find(place).await?;
    let sessions = backend.sessions(prefix).await;
    backend.close().await;
    output::print_list(&sessions?, json, &["name", "guest", "eventCount", "size", "live", "dirty", "lastAccessed"])
}

async fn guests(place: &Place, json: bool) -> anyhow::Result<ExitCode> {
    let backend = Backend::find(place).await?;
    let guests = backend.guests().await;
    backend.close().await;
    output::print_list(&guests?, json, &["name", "language", "version", "default", "componentBytes", "digest"])
}

async fn check(file: &std::path::Path) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
    let report = crate::guest::check(&bytes).await.with_context(|| format!("{} can't be a guest", file.display()))?;
    output::print(format_args!("{report}"))?;
    Ok(ExitCode::SUCCESS)
}

fn key(tenant: &TenantName) -> anyhow::Result<ExitCode> {
    let key = Key::generate().context("the operating system gives no random bytes")?;
    output::print(format_args!("{}", key.reveal()))?;
    eprintln!("This is the only time the key is shown. For the configuration file:\n");
    eprintln!("[[tenants]]\nname = \"{tenant}\"\nkeys = [\"{}\"]", key.hash());
    Ok(ExitCode::SUCCESS)
}
