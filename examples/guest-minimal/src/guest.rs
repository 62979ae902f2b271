//! The component's face: what `wit/guest.wit` asks of a guest.

use std::cell::RefCell;

wit_bindgen::generate!({ world: "guest", path: "../../wit", generate_all });

use exports::hostel::guest::repl::{Completeness, Guest, LanguageInfo, Reply};

use crate::{Calculator, is_open};

thread_local! {
    static CALCULATOR: RefCell<Calculator> = RefCell::default();
}

struct Face;

impl Guest for Face {
    fn execute(command: String) -> Result<Reply, String> {
        let output = CALCULATOR.with_borrow_mut(|calculator| calculator.run(&command))?;
        Ok(Reply { output, should_exit: false })
    }

    fn info() -> LanguageInfo {
        LanguageInfo {
            language: "Calculator".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            prompt: "= ".to_owned(),
            help: "x = 2 * (3 + 4) keeps a value, x / 4 shows one, vars lists them.".to_owned(),
        }
    }

    fn is_complete(input: String) -> Completeness {
        if is_open(&input) { Completeness::Incomplete } else { Completeness::Complete }
    }
}

export!(Face);
