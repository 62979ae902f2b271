//! A JavaScript REPL for Hostel: QuickJS behind `hostel:guest/repl`.
//!
//! ```text
//! guest      the component's face (WebAssembly only)
//!   │
//! repl       one session: commands, jobs, timers, outcomes
//!   │
//! script     source to compiled code; declares again what was declared; tells whole inputs from beginnings
//! natives    what the prelude asks of the world
//! memory     the engine's memory, and whether any was refused
//!   │
//! world      the world: output, clocks, random numbers
//!
//! prelude/*.js   printing, console, timers, encoding, cloning, URLs, events, the host, in the language itself
//! ```
//!
//! Nothing here knows of sessions or snapshots. The prelude is evaluated by the first call, which is `info` and comes
//! before the base image is taken, so that all sessions share it.

#[cfg(target_arch = "wasm32")]
mod guest;
mod memory;
mod natives;
mod repl;
mod script;
mod world;

pub use repl::{Fault, Repl, Reply};
pub use script::Completeness;
pub use world::{Failure, Stream, World};

/// Name of the language.
pub const LANGUAGE: &str = "JavaScript";

/// Name and version of what runs it.
#[must_use]
pub fn version() -> String {
    format!("ES2023 (QuickJS-ng {})", script::engine_version())
}

/// What a terminal shows before a command.
pub const PROMPT: &str = "js> ";

/// Help for a newcomer.
pub const HELP: &str = "\
JavaScript (ES2023 and later) by QuickJS. Everything at top level stays: variables, functions, classes, closures,
generators, pending promises. let, const and class may be declared again by a later command.

  let n = 40; const add = x => n + x
  add(2)                      42
  _                           the last value; _error is the last error
  await Promise.resolve(1)    1

There are console, timers, queueMicrotask, structuredClone, TextEncoder, TextDecoder, atob, btoa, crypto.randomUUID,
crypto.getRandomValues, performance, URL, URLSearchParams, Event, EventTarget, AbortController and AbortSignal.

A command ends when what it awaits is settled and no job and no setTimeout is left. Timers do not wait: once nothing else
is left to do, time jumps to the next one, and stays there. An interval ticks while time passes so; of itself it keeps no
command from its end.

  await host.call('name', args)      a function that the session was granted; rejects with HostError, which has a kind
  prompt('name? ')                   asks the person at the client for a line
  host.display('text/html', html)    shows a result that is more than text; { type: data, … } shows one in several forms

There is no network, no file, no require, no import, no process, no Intl and no Blob. :help shows this, :quit leaves.";
