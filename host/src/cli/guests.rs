//! `hostel guests`: what sessions are made of.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

use super::backend::Backend;
use super::output;
use super::place::View;
use super::question::Question;
use super::swap;
use crate::name::{GuestLabel, GuestName, GuestRef};

/// How often a registration is asked how far it is.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// What can be done with guests.
#[derive(Debug, Subcommand)]
pub enum GuestsCommand {
    /// List the guests
    List {
        /// Every version, not only what each name means now
        #[arg(long)]
        all: bool,
        /// Where the guests are, and how to show them
        #[command(flatten)]
        view: View,
    },
    /// Show a guest and its versions
    Show(One),
    /// Register a component as a guest, or as a new version of one (for operators)
    Add(Add),
    /// Remove a guest with all its versions, or one version; none that sessions have (for operators)
    Remove(One),
    /// Make a guest the default (NAME), or one of its versions what its name means (NAME@LABEL) (for operators)
    Default(One),
    /// Change the guest of all sessions that are on one (for operators)
    Upgrade(swap::Upgrade),
    /// Take a component through all that registration does, and tell what was found
    Check {
        /// The component
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// A command about one guest.
#[derive(Debug, Args)]
pub struct One {
    /// The guest: NAME, NAME@LABEL, or NAME@ and eight or more digits of a digest
    #[arg(value_name = "NAME[@LABEL]")]
    guest: GuestRef,
    /// Where the guests are, and how to show what was found or done
    #[command(flatten)]
    view: View,
}

/// `hostel guests add`
#[derive(Debug, Args)]
pub struct Add {
    /// What it is to be called
    name: GuestName,
    /// The component
    file: PathBuf,
    /// What this version is to be called; made up of the language's version when it is not given
    #[arg(long)]
    label: Option<GuestLabel>,
    /// Make it the guest of sessions that name none
    #[arg(long)]
    default: bool,
    /// Where the guests are, and how to show what was registered
    #[command(flatten)]
    view: View,
}

impl GuestsCommand {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List { all, view } => list(all, view).await,
            Self::Show(one) => one.show().await,
            Self::Add(add) => add.run().await,
            Self::Remove(one) => one.remove().await,
            Self::Default(one) => one.make_default().await,
            Self::Upgrade(upgrade) => upgrade.run().await,
            Self::Check { file, json } => check(&file, json).await,
        }
    }
}

async fn list(all: bool, view: View) -> anyhow::Result<ExitCode> {
    let answer = Backend::ask_at(&view.place, Question::new(Method::GET, "/api/guests")).await?;
    let guests = answer.list("guests")?;
    if view.json || !all {
        let fields = ["name", "label", "language", "version", "default", "componentBytes", "digest"];
        return output::print_list(guests, view.json, &fields);
    }
    let versions = |guest: &Value| {
        let (name, versions) = (guest["name"].clone(), guest["versions"].as_array().cloned().unwrap_or_default());
        versions.into_iter().map(move |mut version| {
            version["name"] = name.clone();
            version
        })
    };
    output::print_list(guests.iter().flat_map(versions).collect(), false, VERSION_FIELDS)
}

/// What a table tells of versions.
const VERSION_FIELDS: &[&str] =
    &["name", "label", "current", "language", "version", "addedBy", "added", "componentBytes", "digest"];

fn path(guest: impl std::fmt::Display) -> String {
    format!("/api/guests/{guest}")
}

impl One {
    async fn show(self) -> anyhow::Result<ExitCode> {
        let answer = Backend::ask_at(&self.view.place, Question::new(Method::GET, path(&self.guest))).await?;
        output::print_answer(&answer.json(), self.view.json, shown)
    }

    async fn remove(self) -> anyhow::Result<ExitCode> {
        Backend::ask_at(&self.view.place, Question::new(Method::DELETE, path(&self.guest))).await?;
        let done = json!({ "removed": self.guest });
        output::print_answer(&done, self.view.json, |_| vec![format!("removed {}", self.guest)])
    }

    async fn make_default(self) -> anyhow::Result<ExitCode> {
        let question = Question::new(Method::POST, path("default")).json(&json!({ "guest": self.guest }));
        let answer = Backend::ask_at(&self.view.place.clone().making(), question).await?;
        output::print_answer(&answer.json(), self.view.json, |guest| {
            let text = |field: &str| guest[field].as_str().unwrap_or_default().to_owned();
            let (name, label) = (text("name"), text("label"));
            vec![match self.guest.version {
                Some(_) => format!("{name} means {name}@{label} now"),
                None => format!("sessions that name no guest get {name} now, which is {name}@{label}"),
            }]
        })
    }
}

fn shown(guest: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let mut tell = |name: &str, value: &Value| match value {
        Value::String(text) => lines.push(format!("{name:<14} {}", output::tame(text))),
        Value::Null => {}
        other => lines.push(format!("{name:<14} {other}")),
    };
    for field in ["name", "label", "language", "version", "default", "digest", "added", "addedBy", "loaded"] {
        tell(field, &guest[field]);
    }
    for field in ["componentBytes", "compiledBytes", "baseImageBytes", "registering"] {
        tell(field, &guest[field]);
    }
    for version in guest["versions"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let mark = if version["current"] == true { ", current" } else { "" };
        let text = |field: &str| version[field].as_str().unwrap_or_default();
        lines.push(format!("{:<14} {} {}{mark}", "version", text("label"), text("digest")));
    }
    lines
}

impl Add {
    async fn run(self) -> anyhow::Result<ExitCode> {
        self.name.check_fit()?;
        let bytes = std::fs::read(&self.file).with_context(|| format!("can't read {}", self.file.display()))?;
        let mut question = Question::new(Method::PUT, path(&self.name)).bytes("application/wasm", bytes.into());
        if let Some(label) = &self.label {
            question = question.parameter("label", label.as_str());
        }
        if self.default {
            question = question.parameter("default", "true");
        }
        let name = &self.name;
        let ask = async |backend: &Backend| {
            tokio::select! {
                answer = backend.ask(question) => answer,
                never = follow(backend, name) => match never {},
            }
        };
        let answer = Backend::at(&self.view.place.clone().making(), ask).await?;
        output::print_answer(&answer.json(), self.view.json, |guest| {
            let text = |field: &str| guest[field].as_str().unwrap_or_default();
            vec![format!("{name}@{} is {} {}, {}", text("label"), text("language"), text("version"), text("digest"))]
        })
    }
}

/// Tells how far the registration of `name` is, whenever that changes.
async fn follow(backend: &Backend, name: &GuestName) -> std::convert::Infallible {
    let mut told = String::new();
    loop {
        tokio::time::sleep(PROGRESS_EVERY).await;
        // Who can't be asked now may be later; what the registration itself answers is told in any case.
        let Ok(answer) = backend.ask(Question::new(Method::GET, path(name))).await else { continue };
        if let Some(stage) = answer.json()["registering"].as_str().filter(|stage| *stage != told) {
            eprintln!("{stage} …");
            told = stage.to_owned();
        }
    }
}

async fn check(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
    let checked = crate::guest::check(&bytes).await;
    if json {
        let answer = match &checked {
            Ok(report) => json!({ "accepted": true, "report": report }),
            Err(refusal) => json!({ "accepted": false, "findings": refusal.all().collect::<Vec<_>>() }),
        };
        output::print_json(&answer)?;
        return Ok(if checked.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let report = checked.with_context(|| format!("{} can't be a guest", file.display()))?;
    output::print(format_args!("{report}"))?;
    Ok(ExitCode::SUCCESS)
}
