//! The component's face: `hostel:guest/repl` and `hostel:guest/state`, over the language.

mod bindings;

use std::cell::RefCell;

use bindings::exports::hostel::guest::repl::{Completeness, Guest, LanguageInfo, Reply};
use bindings::exports::hostel::guest::state;
use bindings::hostel::guest::host::{self, OutputStream};
use bindings::wasi::clocks::{monotonic_clock, wall_clock};
use bindings::wasi::random::random;

use crate::{Failure, FailureKind, HELP, LANGUAGE, PROMPT, Repl, World};

thread_local! {
    /// The session. Made by the first call, which is `info` and comes before the base image is taken.
    static REPL: RefCell<Box<Repl>> = RefCell::new(Repl::new(Box::new(Host)));
}

struct Omega;

impl Guest for Omega {
    fn execute(command: String) -> Result<Reply, String> {
        let reply = REPL.with_borrow_mut(|repl| repl.execute(&command))?;
        Ok(Reply { output: reply.output, should_exit: reply.should_exit })
    }

    fn info() -> LanguageInfo {
        REPL.with_borrow_mut(|_| {});
        LanguageInfo {
            language: LANGUAGE.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            prompt: PROMPT.to_owned(),
            help: HELP.to_owned(),
        }
    }

    fn is_complete(input: String) -> Completeness {
        match Repl::completeness(&input) {
            crate::Completeness::Complete => Completeness::Complete,
            crate::Completeness::Incomplete => Completeness::Incomplete,
            crate::Completeness::Invalid => Completeness::Invalid,
        }
    }
}

impl state::Guest for Omega {
    fn save() -> Result<Vec<u8>, String> {
        REPL.with_borrow_mut(|repl| repl.save())
    }

    fn load(saved: Vec<u8>) -> Result<(), String> {
        REPL.with_borrow_mut(|repl| repl.load(&saved))
    }
}

/// The world as the host offers it.
struct Host;

impl World for Host {
    fn write(&mut self, text: &[u8]) {
        host::write(OutputStream::Stdout, text);
    }

    fn wall_clock(&mut self) -> u128 {
        let now = wall_clock::now();
        u128::from(now.seconds) * 1_000_000_000 + u128::from(now.nanoseconds)
    }

    fn monotonic_clock(&mut self) -> u64 {
        monotonic_clock::now()
    }

    fn random(&mut self) -> u64 {
        random::get_random_u64()
    }

    fn call(&mut self, name: &str, arguments: &str) -> Result<String, Failure> {
        host::call(name, arguments).map_err(failure)
    }

    fn read_line(&mut self, prompt: &str) -> Result<String, Failure> {
        host::read_line(prompt).map_err(failure)
    }

    fn display(&mut self, representations: &[(String, Vec<u8>)]) -> Result<(), String> {
        let representations: Vec<host::Representation> = representations
            .iter()
            .map(|(mime, data)| host::Representation { mime: mime.clone(), data: data.clone() })
            .collect();
        host::display(&representations)
    }
}

fn failure(failure: host::Failure) -> Failure {
    let kind = match failure.kind {
        host::FailureKind::Denied => FailureKind::Denied,
        host::FailureKind::Invalid => FailureKind::Invalid,
        host::FailureKind::Limited => FailureKind::Limited,
        host::FailureKind::TimedOut => FailureKind::TimedOut,
        host::FailureKind::Failed => FailureKind::Failed,
    };
    Failure { kind, message: failure.message }
}
