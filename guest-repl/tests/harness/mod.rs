//! A session to test with: a REPL in a world that is remembered.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use guest_repl::{Failure, FailureKind, Repl, World};

/// A session, and what it wrote.
pub(crate) struct Session {
    /// The REPL itself.
    pub(crate) repl: Box<Repl>,
    written: Rc<RefCell<Vec<u8>>>,
    lines: Rc<Cell<usize>>,
}

/// A world in which time passes with each look at it, chance is a counter, and a few effects are granted.
struct Fake {
    written: Rc<RefCell<Vec<u8>>>,
    clock: u64,
    /// Lines that were typed.
    lines: Rc<Cell<usize>>,
}

impl Session {
    /// A new session.
    pub(crate) fn new() -> Self {
        Self::after(None)
    }

    /// A new session, in the world that another has been in if there is one.
    pub(crate) fn after(other: Option<&Self>) -> Self {
        let lines = Rc::new(Cell::new(other.map_or(0, |other| other.lines.get())));
        let written = Rc::new(RefCell::new(Vec::new()));
        let world = Fake { written: Rc::clone(&written), clock: 0, lines: Rc::clone(&lines) };
        Self { repl: Repl::new(Box::new(world)), written, lines }
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

    /// Tells what it was asked, or fails as it is called.
    fn call(&mut self, name: &str, arguments: &str) -> Result<String, Failure> {
        let kind = match name {
            "nonsense" => return Ok("(".to_owned()),
            "http-get" | "send" => {
                let message = format!("no function {name} is granted");
                return Err(Failure { kind: FailureKind::Denied, message });
            }
            "denied" => FailureKind::Denied,
            "invalid" => FailureKind::Invalid,
            "limited" => FailureKind::Limited,
            "timed-out" => FailureKind::TimedOut,
            "failed" => FailureKind::Failed,
            _ => return Ok(format!("[\"{name}\", {arguments}]")),
        };
        Err(Failure { kind, message: "out of order".to_owned() })
    }

    fn read_line(&mut self, prompt: &str) -> Result<String, Failure> {
        if !prompt.is_empty() {
            return Ok(format!("you said {prompt}"));
        }
        let typed = ["first line", "second", "(third", "(a", "b) 5"];
        self.lines.set(self.lines.get() + 1);
        match typed.get(self.lines.get() - 1) {
            Some(line) => Ok((*line).to_owned()),
            None => Err(Failure { kind: FailureKind::Denied, message: "nobody is there to answer".to_owned() }),
        }
    }

    fn display(&mut self, representations: &[(String, Vec<u8>)]) -> Result<(), String> {
        for (mime, data) in representations {
            if !mime.contains('/') {
                return Err(format!("no media type: {mime}"));
            }
            self.write(format!("[{mime} {}]", data.len()).as_bytes());
        }
        Ok(())
    }
}
