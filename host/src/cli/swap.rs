//! `guest` and `guests upgrade`: sessions go on with other guests.

use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use hyper::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::backend::Backend;
use super::output::{self, count, duration, tame};
use super::place::View;
use super::question::Question;
use crate::name::{CheckpointName, GuestRef, SessionName};

/// Differences that a terminal is shown.
const SHOWN: usize = 20;

/// Sessions that are upgraded with one request, at most.
const PAGE_MAX: u32 = 100;

/// How states get to another guest.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    /// The old guest saves them in a portable form, and the new one loads that
    Transfer,
    /// The commands that led to them are run on the new guest
    Replay,
}

impl How {
    const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Replay => "replay",
        }
    }
}

/// `hostel guest`
#[derive(Debug, Args)]
pub struct Guest {
    /// The session
    name: SessionName,
    /// Its new guest: NAME, or NAME@VERSION
    guest: GuestRef,
    /// How its state gets there
    #[arg(long, default_value = "transfer")]
    how: How,
    /// What the checkpoint of its state before is to be called; before-EVENT when it is not given
    #[arg(long, value_name = "CHECKPOINT")]
    checkpoint: Option<CheckpointName>,
    /// Only tell what would come of it
    #[arg(long)]
    dry_run: bool,
    /// Where the sessions are, and how to show what was done
    #[command(flatten)]
    view: View,
}

/// `hostel guests upgrade`
#[derive(Debug, Args)]
#[command(
    after_help = "All sessions on OLD are upgraded, of all tenants, or of the one that --tenant names. Sessions \
                        that have NEW already are passed over, so that an upgrade that broke off is run again. Exits \
                        with 1 when some sessions stay on OLD."
)]
pub struct Upgrade {
    /// The guest that the sessions are on: NAME, or NAME@VERSION
    old: GuestRef,
    /// The guest that they are to have
    new: GuestRef,
    /// How their states get there
    #[arg(long, default_value = "transfer")]
    how: How,
    /// Only tell what would come of it
    #[arg(long)]
    dry_run: bool,
    /// Sessions a second, at most
    #[arg(long, value_name = "COUNT", default_value = "50")]
    rate: NonZeroU32,
    /// Where the sessions are, and how to show what was done
    #[command(flatten)]
    view: View,
}

// === guest ===

impl Guest {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut body = json!({ "guest": self.guest, "how": self.how.name(), "dryRun": self.dry_run });
        if let Some(checkpoint) = &self.checkpoint {
            body["checkpoint"] = checkpoint.as_str().into();
        }
        let question = Question::of(Method::POST, &self.name, "/guest").json(&body);
        let answer = Backend::ask_at(&self.view.place, question).await?;
        output::print_answer(&answer.json(), self.view.json, |report| swapped(&self.name, report, self.dry_run))
    }
}

fn swapped(name: &SessionName, report: &Value, dry_run: bool) -> Vec<String> {
    let (guest, from) = (version(report, "guest", "guestLabel"), version(report, "from", "fromLabel"));
    let head = match (report["changed"] == true, dry_run) {
        (true, _) => format!(
            "{name} is on {guest} now, at event {}, after {}; checkpoint {} keeps what it was on {}",
            report["event"],
            duration(&report["wallUs"]),
            text(&report["checkpoint"]),
            from,
        ),
        (false, true) => format!("{name} could be on {guest}, and is on {from}"),
        (false, false) => format!("{name} is on {guest} already"),
    };
    let mut lines = vec![head];
    if report["differing"].as_u64().is_some_and(|differing| differing > 0) {
        let (events, skipped) = (count(&report["replayed"], "event"), &report["skipped"]);
        lines.push(format!("of {events}, {} ended otherwise, {skipped} of them were left out:", report["differing"]));
        let differences = report["differences"].as_array().map(Vec::as_slice).unwrap_or_default();
        lines.extend(differences.iter().take(SHOWN).map(difference));
        lines.extend((differences.len() > SHOWN).then(|| "…".to_owned()));
    }
    lines
}

/// A guest as a report names it, with its label where that is told.
fn version(report: &Value, name: &str, label: &str) -> String {
    match report[label].as_str() {
        Some(label) => format!("{}@{}", text(&report[name]), tame(label)),
        None => text(&report[name]),
    }
}

fn difference(found: &Value) -> String {
    let now = match found["skipped"].as_str() {
        Some(why) => format!("left out: {}", tame(why)),
        None => first_line(&found["now"]),
    };
    format!(
        "{:<6} {}  {} → {now}",
        found["event"].to_string(),
        first_line(&found["command"]),
        first_line(&found["recorded"])
    )
}

fn first_line(value: &Value) -> String {
    let text = text(value);
    let mut lines = text.trim().lines();
    let first = lines.next().unwrap_or_default().to_owned();
    if lines.next().is_some() { format!("{first} …") } else { first }
}

fn text(value: &Value) -> String {
    tame(value.as_str().unwrap_or_default())
}

// === guests upgrade ===

impl Upgrade {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let (place, tenant) = self.view.place.clone().of_operator();
        let mut body = json!({
            "from": self.old, "to": self.new, "how": self.how.name(), "dryRun": self.dry_run,
            "limit": self.rate.get().min(PAGE_MAX),
        });
        if let Some(tenant) = tenant {
            body["tenant"] = tenant.as_str().into();
        }
        let rate = self.rate.get();
        let sessions = Backend::at(&place, async |backend| all(backend, body, rate).await).await?;
        let failed = sessions.iter().any(|session| session["outcome"] == "failed");
        let (old, dry_run) = (self.old.to_string(), self.dry_run);
        output::print_answer(&Value::from(sessions), self.view.json, |sessions| upgraded(sessions, &old, dry_run))?;
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Upgrades page by page, each of which may take its time.
async fn all(backend: &Backend, mut body: Value, rate: u32) -> anyhow::Result<Vec<Value>> {
    let mut sessions = Vec::new();
    loop {
        let began = Instant::now();
        let question = Question::new(Method::POST, "/api/guests/upgrade").json(&body);
        let page = backend.ask(question).await?;
        let mut done = page.list("sessions")?;
        let next = page.json()["next"].take();
        let takes = Duration::from_secs(1).mul_f64(done.len() as f64 / f64::from(rate));
        sessions.append(&mut done);
        if next.is_null() {
            return Ok(sessions);
        }
        body["after"] = next;
        tokio::time::sleep_until(began + takes).await;
    }
}

/// The sessions that somebody should look at, and how many of each kind there are.
fn upgraded(sessions: &Value, old: &str, dry_run: bool) -> Vec<String> {
    let sessions = sessions.as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |outcome: &'static str| sessions.iter().filter(move |session| session["outcome"] == outcome);
    let name = |session: &Value| format!("{}/{}", text(&session["tenant"]), text(&session["session"]));
    let mut lines = Vec::new();
    for session in of("failed") {
        lines.push(format!("{} failed: {}", name(session), text(&session["reason"])));
    }
    for session in of("differing") {
        let report = &session["report"];
        let events = count(&report["differing"], "event");
        lines.push(format!("{} differs in {events}, {} of them left out", name(session), report["skipped"]));
    }
    let done = of("upgraded").count() + of("differing").count();
    let (did, would) = if dry_run { ("could be upgraded", "would stay") } else { ("upgraded", "stay") };
    let (differing, failed, skipped) = (of("differing").count(), of("failed").count(), of("skipped").count());
    lines.push(format!("{done} {did}, {differing} of them differ; {failed} {would} on {old}; {skipped} skipped"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_tells_what_differs() {
        let alice = SessionName::new("alice").unwrap();
        let difference = json!({ "event": 3, "command": "(f)\n(g)", "recorded": "1", "now": "2" });
        let skipped = json!({ "event": 4, "command": "(h)", "recorded": "1", "skipped": "time limit reached" });
        let mut report = json!({
            "changed": true, "guest": "omega", "from": "old", "event": 6, "checkpoint": "before-6", "wallUs": 1_500,
            "replayed": 5, "differing": 2, "skipped": 1, "differences": [difference, skipped],
        });
        let told = [
            "alice is on omega now, at event 6, after 1.5ms; checkpoint before-6 keeps what it was on old",
            "of 5 events, 2 ended otherwise, 1 of them were left out:",
            "3      (f) …  1 → 2",
            "4      (h)  1 → left out: time limit reached",
        ];
        assert_eq!(swapped(&alice, &report, false), told);
        report["changed"] = false.into();
        assert_eq!(swapped(&alice, &report, true)[0], "alice could be on omega, and is on old");
        assert_eq!(
            swapped(&alice, &json!({ "changed": false, "guest": "omega" }), false),
            ["alice is on omega already"]
        );
    }

    #[test]
    fn an_upgrade_names_who_needs_a_look_and_counts_the_others() {
        let session = |name: &str, outcome: &str| json!({ "tenant": "t", "session": name, "outcome": outcome });
        let mut failed = session("b", "failed");
        failed["reason"] = "no".into();
        let mut differing = session("c", "differing");
        differing["report"] = json!({ "differing": 2, "skipped": 0 });
        let sessions = json!([session("a", "upgraded"), failed, differing, session("d", "skipped")]);
        assert_eq!(
            upgraded(&sessions, "old", false),
            [
                "t/b failed: no",
                "t/c differs in 2 events, 0 of them left out",
                "2 upgraded, 1 of them differ; 1 stay on old; 1 skipped",
            ]
        );
    }
}
