//! `behave`: a guest that does what it is told, well or badly, so that the host's tests can see what the host makes of it.
//!
//! A command is a verb and its argument, `dirty 40`. An unknown verb is an error of the language. What is kept between
//! commands, and so is what a restored session must have again, is in one `State`.
#![cfg(target_arch = "wasm32")]

mod bindings;
mod outside;
mod ruin;
mod state;
mod version;

use std::sync::{Mutex, PoisonError};

use bindings::exports::hostel::guest::repl::{Completeness, Guest, LanguageInfo, Reply};
use state::State;

/// The verbs, as `info` and `help` tell them.
const HELP: &str = "\
kept:   count | set K V | get K | alloc BYTES | free | dirty PAGES | grow PAGES
output: echo TEXT | write BYTES | write-err TEXT | write-bytes HEX | flood
versions: version | differ HOW (value, error, trap, spin, more-clocks, fewer-clocks, random)
world:  time | mono | random | random-bytes N | time-loop
asks:   call NAME JSON | calls N NAME JSON | line PROMPT | show TYPE TEXT | show-bytes TYPE HEX
ends:   error TEXT | quit | exit | trap | panic | recurse | spin";

static STATE: Mutex<State> = Mutex::new(State::new());

struct Behave;

impl Guest for Behave {
    fn execute(command: String) -> Result<Reply, String> {
        let (verb, argument) = command.trim().split_once(' ').unwrap_or((command.trim(), ""));
        let should_exit = matches!(verb, "quit" | "exit");
        let output = obey(verb, argument.trim())?;
        Ok(Reply { output, should_exit })
    }

    fn info() -> LanguageInfo {
        LanguageInfo {
            language: "Behave".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            prompt: "behave> ".to_owned(),
            help: HELP.to_owned(),
        }
    }

    fn is_complete(input: String) -> Completeness {
        match input.trim_end() {
            text if text.ends_with('\\') => Completeness::Incomplete,
            text if text.starts_with('!') => Completeness::Invalid,
            _ => Completeness::Complete,
        }
    }
}

impl bindings::exports::hostel::guest::state::Guest for Behave {
    fn save() -> Result<Vec<u8>, String> {
        STATE.lock().unwrap_or_else(PoisonError::into_inner).save()
    }

    fn load(saved: Vec<u8>) -> Result<(), String> {
        STATE.lock().unwrap_or_else(PoisonError::into_inner).load(&saved)
    }
}

/// Does what `verb` says; the answer is the command's value.
fn obey(verb: &str, argument: &str) -> Result<String, String> {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    match verb {
        "" | "quit" | "exit" => Ok(String::new()),
        "help" => Ok(HELP.to_owned()),
        "count" => Ok(state.count().to_string()),
        "set" => state.set(argument),
        "get" => state.get(argument),
        "alloc" => Ok(state.alloc(number(argument)?)),
        "free" => Ok(state.free()),
        "dirty" => Ok(state.dirty(number(argument)?)),
        "grow" => Ok(outside::grow(number(argument)?)),
        "echo" => Ok(argument.to_owned()),
        "write" => Ok(outside::write(number(argument)?)),
        "write-err" => Ok(outside::write_err(argument)),
        "write-bytes" => outside::write_bytes(argument),
        "flood" => outside::flood(),
        "time" => Ok(outside::time()),
        "mono" => Ok(outside::mono()),
        "random" => Ok(outside::random()),
        "random-bytes" => Ok(outside::random_bytes(number(argument)?)),
        "time-loop" => outside::time_loop(),
        "version" => Ok(version::number().to_string()),
        "differ" => version::differ(argument),
        "call" => outside::call(argument),
        "calls" => outside::calls(argument),
        "line" => outside::line(argument),
        "show" => outside::show(argument),
        "show-bytes" => outside::show_bytes(argument),
        "error" => Err(argument.to_owned()),
        "trap" => ruin::trap(),
        "panic" => ruin::panic(argument),
        "recurse" => Ok(ruin::recurse(0).to_string()),
        "spin" => ruin::spin(),
        _ => Err(format!("unknown verb: {verb}")),
    }
}

fn number(argument: &str) -> Result<usize, String> {
    argument.parse().map_err(|_| format!("expected a number, got `{argument}`"))
}
