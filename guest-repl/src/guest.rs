//! The component's face: `hostel:guest/repl`, over the language.

mod bindings;

use bindings::exports::hostel::guest::repl::{Completeness, Guest, LanguageInfo, Reply};

struct Omega;

impl Guest for Omega {
    fn execute(command: String) -> Result<Reply, String> {
        Ok(Reply { output: command, should_exit: false })
    }

    fn info() -> LanguageInfo {
        LanguageInfo {
            language: "Omega Lisp".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            prompt: "omega> ".to_owned(),
            help: String::new(),
        }
    }

    fn is_complete(_input: String) -> Completeness {
        Completeness::Complete
    }
}
