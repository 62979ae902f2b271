//! The component's face: `hostel:guest/repl`, over the session.

mod bindings;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bindings::exports::hostel::guest::repl::{Completeness, Guest, LanguageInfo, Reply};
use bindings::hostel::guest::host::{self, FailureKind, OutputStream, Representation};
use bindings::wasi::clocks::{monotonic_clock, wall_clock};
use bindings::wasi::random::random;

use crate::{Failure, Fault, HELP, LANGUAGE, PROMPT, Repl, Stream, World, natives};

thread_local! {
    /// The session. Made by the first call, which is `info` and comes before the base image is taken.
    static REPL: RefCell<Repl> = RefCell::new(Repl::new(Rc::new(Host)));
    /// A command has come. Before that nothing is read from outside, so that equal guests make equal base images.
    static STARTED: Cell<bool> = const { Cell::new(false) };
}

/// The time of day for the engine, in microseconds: it asks for it when it starts too, when there is none.
#[expect(unsafe_code, reason = "the engine's C parts link to this name")]
#[unsafe(no_mangle)]
extern "C" fn __rquickjs_host_now_us() -> f64 {
    if STARTED.get() { Host.wall_clock_us() + natives::skew_us() } else { 0.0 }
}

struct JavaScript;

impl Guest for JavaScript {
    fn execute(command: String) -> Result<Reply, String> {
        STARTED.set(true);
        match REPL.with_borrow_mut(|repl| repl.execute(&command)) {
            Ok(reply) => Ok(Reply { output: reply.output, should_exit: reply.should_exit }),
            Err(Fault::Uncaught(error)) => Err(error),
            // The host, which refused the memory, then says so and undoes the command.
            Err(Fault::OutOfMemory) => core::arch::wasm32::unreachable(),
        }
    }

    fn info() -> LanguageInfo {
        REPL.with_borrow_mut(|_| {});
        LanguageInfo {
            language: LANGUAGE.to_owned(),
            version: crate::version(),
            prompt: PROMPT.to_owned(),
            help: HELP.to_owned(),
        }
    }

    fn is_complete(input: String) -> Completeness {
        match REPL.with_borrow_mut(|repl| repl.completeness(&input)) {
            crate::Completeness::Complete => Completeness::Complete,
            crate::Completeness::Incomplete => Completeness::Incomplete,
            crate::Completeness::Invalid => Completeness::Invalid,
        }
    }
}

/// The world as the host offers it.
struct Host;

impl World for Host {
    fn write(&self, to: Stream, text: &str) {
        let to = match to {
            Stream::Stdout => OutputStream::Stdout,
            Stream::Stderr => OutputStream::Stderr,
        };
        host::write(to, text.as_bytes());
    }

    fn wall_clock_us(&self) -> f64 {
        let now = wall_clock::now();
        #[expect(clippy::cast_precision_loss, reason = "exact until the year 2255")]
        let seconds = now.seconds as f64;
        seconds * 1e6 + f64::from(now.nanoseconds / 1000)
    }

    fn monotonic_ns(&self) -> u64 {
        monotonic_clock::now()
    }

    fn random(&self) -> u64 {
        random::get_random_u64()
    }

    fn random_bytes(&self, count: usize) -> Vec<u8> {
        random::get_random_bytes(count as u64)
    }

    fn display(&self, forms: Vec<(String, Vec<u8>)>) -> Result<(), String> {
        let forms: Vec<_> = forms.into_iter().map(|(mime, data)| Representation { mime, data }).collect();
        host::display(&forms)
    }

    fn read_line(&self, prompt: &str) -> Result<String, Failure> {
        host::read_line(prompt).map_err(failure)
    }

    fn call(&self, name: &str, arguments: &str) -> Result<String, Failure> {
        host::call(name, arguments).map_err(failure)
    }
}

fn failure(failure: host::Failure) -> Failure {
    let kind = match failure.kind {
        FailureKind::Denied => "denied",
        FailureKind::Invalid => "invalid",
        FailureKind::Limited => "limited",
        FailureKind::TimedOut => "timed-out",
        FailureKind::Failed => "failed",
    };
    Failure { kind, message: failure.message }
}
