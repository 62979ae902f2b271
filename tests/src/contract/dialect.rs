//! How a language says what the tests need, and where its guest is.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::harness::{Answer, Server, Session, Setup, setup};

/// Makes a command of a text.
pub type Says = fn(&str) -> String;

/// A language. What it can't say is `None` or an empty list.
pub struct Dialect {
    /// The guest's name. Unless it is built in, its component is what `HOSTEL_NAME_GUEST` names, or
    /// `target/guests/NAME.wasm`.
    pub guest: &'static str,
    pub built_in: bool,
    /// Defines a name as a number, or defines it anew.
    pub define: Option<fn(&str, i64) -> String>,
    /// A name's value.
    pub read: Option<Says>,
    /// Adds to what a name stands for, whose value it then is.
    pub add: Option<fn(&str, i64) -> String>,
    /// Reads the name `nowhere`, which nobody has defined.
    pub unknown: Option<&'static str>,
    /// Raises an error with a message.
    pub fail: Option<Says>,
    /// One command of several, one after the other.
    pub then: Option<fn(&[String]) -> String>,
    /// Writes a text and a line's end to stdout.
    pub print: Option<Says>,
    /// Writes a text and a line's end to stderr.
    pub warn: Option<Says>,
    /// Keeps a text as the name `text`.
    pub keep_text: Option<Says>,
    /// Writes what [`Dialect::keep_text`] kept, and a line's end, to stdout.
    pub print_text: &'static str,
    /// Never ends.
    pub spin: Option<&'static str>,
    /// Takes more and more memory.
    pub hoard: Option<&'static str>,
    /// Calls itself without end.
    pub recurse: Option<&'static str>,
    /// Writes without end.
    pub flood: Option<&'static str>,
    /// Asks to leave.
    pub quit: Option<&'static str>,
    /// Keeps the time and a random number, and another command that tells both; for one that can.
    pub chance: Option<(&'static str, &'static str)>,
    /// Defines a name as what an expression gives.
    pub bind: Option<fn(&str, &str) -> String>,
    /// An expression: asks the client for a line, with a prompt.
    pub line: Option<Says>,
    /// An expression: calls a function of the host with arguments in JSON.
    pub call: Option<fn(&str, &str) -> String>,
    /// The kind of failure with which an expression of [`Dialect::call`] fails, by the language's own means.
    pub failure_kind: Option<Says>,
    /// Shows a result of a media type.
    pub display: Option<fn(&str, &str) -> String>,
    /// Commands that do nothing and show nothing.
    pub nothing: &'static [&'static str],
    /// Whole commands.
    pub complete: &'static [&'static str],
    /// Beginnings of commands.
    pub incomplete: &'static [&'static str],
    /// What no continuation makes a command.
    pub invalid: &'static [&'static str],
    /// What lives between commands and has a state that no snapshot of values would have.
    pub living: &'static [Living],
}

/// Something that lives between commands: made by commands, it answers each further step with something else.
pub struct Living {
    pub what: &'static str,
    pub make: &'static [&'static str],
    pub step: &'static str,
    /// What the steps show, one after the other.
    pub answers: [&'static str; STEPS],
}

/// Steps of what lives.
pub const STEPS: usize = 4;

/// A guest that is there, with its language.
pub struct Guest {
    pub dialect: &'static Dialect,
    component: Option<PathBuf>,
}

/// Runs a test on a guest, or says that it is not there.
pub fn on(dialect: &'static Dialect, test: fn(&Guest)) {
    let guest = Guest { dialect, component: component(dialect.guest) };
    if dialect.built_in || guest.component.is_some() {
        test(&guest);
    } else {
        note(dialect.guest);
    }
}

fn variable(guest: &str) -> String {
    format!("HOSTEL_{}_GUEST", guest.to_uppercase())
}

fn component(guest: &str) -> Option<PathBuf> {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests");
    let named = std::env::var_os(variable(guest)).map(PathBuf::from);
    let path = named.unwrap_or_else(|| PathBuf::from(built).join(format!("{guest}.wasm")));
    path.canonicalize().ok()
}

/// Says once that a guest is left out, past what captures the output of tests that pass.
fn note(guest: &'static str) {
    static NOTED: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    if NOTED.lock().expect("nobody fails who has it").insert(guest) {
        let variable = variable(guest);
        let _ = writeln!(std::io::stderr(), "left out: there is no {guest} guest here; {variable} says where one is");
    }
}

impl Guest {
    /// A server that has the guest.
    pub fn setup(&self) -> Setup {
        match &self.component {
            Some(path) if !self.dialect.built_in => setup().guest(self.dialect.guest, path),
            _ => setup(),
        }
    }

    /// What the server of [`Guest::setup`] was given beside its usual guests.
    pub fn added(&self) -> Vec<(String, PathBuf)> {
        let path = self.component.clone().filter(|_| !self.dialect.built_in);
        path.map(|path| (self.dialect.guest.to_owned(), path)).into_iter().collect()
    }

    /// A new session of the guest.
    pub fn session<'s>(&self, server: &'s Server, name: &str) -> Session<'s> {
        let session = server.session(name);
        let answer = session.create(json!({ "guest": self.dialect.guest }));
        assert_eq!(answer.status, 201, "{}", answer.text);
        session
    }

    /// Defines a name, or has the session do nothing.
    pub fn define(&self, session: &Session<'_>, name: &str, value: i64) {
        ordinary(session, &self.dialect.define.map(|define| define(name, value)).unwrap_or_default());
    }

    /// Whether a name has a value.
    #[track_caller]
    pub fn expect(&self, session: &Session<'_>, name: &str, value: i64) {
        let Some(read) = self.dialect.read else { return };
        let shown = ordinary(session, &read(name));
        assert_eq!(shown["result"], value.to_string(), "{}: {name}: {shown}", self.dialect.guest);
    }

    /// A command after another, where the language can say that in one.
    pub fn after(&self, first: String, last: &str) -> Option<String> {
        self.dialect.then.map(|then| then(&[first, last.to_owned()]))
    }

    /// A command after one that defines a name.
    pub fn after_defining(&self, name: &str, value: i64, last: &str) -> Option<String> {
        self.after(self.dialect.define?(name, value), last)
    }
}

/// Executes what the language has no complaint about.
#[track_caller]
pub fn ordinary(session: &Session<'_>, command: &str) -> Value {
    let answer = answered(session, command);
    assert_eq!(answer.get("error"), None, "{}: {answer}", brief(command));
    answer
}

/// Executes what the guest has an answer for, an error or a value.
#[track_caller]
pub fn answered(session: &Session<'_>, command: &str) -> Value {
    let answer: Answer = session.execute(command);
    assert_eq!(answer.status, 200, "{}: {}", brief(command), answer.text);
    answer.json()
}

/// The beginning of a command, for messages.
pub fn brief(command: &str) -> String {
    command.chars().take(200).collect()
}
