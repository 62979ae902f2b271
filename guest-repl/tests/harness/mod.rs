//! A session to test with: a REPL in a world that is remembered.

use std::cell::RefCell;
use std::rc::Rc;

use guest_repl::{Refusal, Repl, World};

/// A session, and what it wrote.
pub(crate) struct Session {
    /// The REPL itself.
    pub(crate) repl: Box<Repl>,
    written: Rc<RefCell<Vec<u8>>>,
}

/// A world in which time passes with each look at it, chance is a counter, and a few effects are granted.
struct Fake {
    written: Rc<RefCell<Vec<u8>>>,
    clock: u64,
}

impl Session {
    /// A new session.
    pub(crate) fn new() -> Self {
        let written = Rc::new(RefCell::new(Vec::new()));
        let world = Fake { written: Rc::clone(&written), clock: 0 };
        Self { repl: Repl::new(Box::new(world)), written }
    }

    /// What came of a command: what it wrote, a bar if that is anything, and its value or error.
    pub(crate) fn told(&mut self, command: &str) -> String {
        let result = self.repl.execute(command);
        let written = String::from_utf8(std::mem::take(&mut self.written.borrow_mut())).expect("text");
        let bar = if written.is_empty() { "" } else { "|" };
        match result {
            Ok(reply) if reply.should_exit => format!("{written}{bar}exit"),
            Ok(reply) => format!("{written}{bar}{}", reply.output),
            Err(text) => format!("{written}{bar}error: {text}"),
        }
    }
}

impl World for Fake {
    fn write(&mut self, text: &[u8]) {
        self.written.borrow_mut().extend_from_slice(text);
    }

    fn wall_clock(&mut self) -> u128 {
        self.clock += 1;
        u128::from(self.clock) * 1_000_000_000
    }

    fn monotonic_clock(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn random(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn effect(&mut self, name: &str, arguments: &str) -> Result<String, Refusal> {
        match name {
            "echo" => Ok(arguments.to_owned()),
            "nonsense" => Ok("(".to_owned()),
            "fail" => Err(Refusal::Failed("out of order".to_owned())),
            _ => Err(Refusal::NotGranted),
        }
    }
}
