//! A session on paper: what it writes is kept, its clock stands and its dice are loaded.
#![expect(unreachable_pub, reason = "says what is for other files")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use guest_js::{Failure, Fault, Repl, Stream, World};

pub struct Session {
    repl: Repl,
    paper: Rc<Paper>,
}

#[derive(Default)]
struct Paper {
    written: RefCell<String>,
    random: Cell<u64>,
}

pub fn session() -> Session {
    let paper = Rc::<Paper>::default();
    Session { repl: Repl::new(paper.clone()), paper }
}

impl Session {
    /// All that a terminal would show.
    pub fn shows(&mut self, command: &str) -> String {
        let value = match self.repl.execute(command) {
            Ok(reply) => reply.output,
            Err(Fault::Uncaught(error)) => error,
            Err(Fault::OutOfMemory) => "out of memory".to_owned(),
        };
        self.paper.written.take() + &value
    }

    #[track_caller]
    pub fn expect(&mut self, command: &str, shown: &str) -> &mut Self {
        assert_eq!(self.shows(command), shown, "{command}");
        self
    }

    #[allow(dead_code, reason = "not every test uses it")]
    #[allow(clippy::allow_attributes, reason = "an expectation would fail where it is used")]
    pub fn repl(&mut self) -> &mut Repl {
        &mut self.repl
    }
}

impl World for Paper {
    fn write(&self, to: Stream, text: &str) {
        if to == Stream::Stderr {
            self.written.borrow_mut().push('!');
        }
        self.written.borrow_mut().push_str(text);
    }

    fn wall_clock_us(&self) -> f64 {
        1.7e15
    }

    fn monotonic_ns(&self) -> u64 {
        5_000_000
    }

    fn random(&self) -> u64 {
        self.random.set(self.random.get() + 1);
        self.random.get() << 60
    }

    fn random_bytes(&self, count: usize) -> Vec<u8> {
        vec![0xab; count]
    }

    fn display(&self, forms: Vec<(String, Vec<u8>)>) -> Result<(), String> {
        for (mime, data) in forms {
            if !mime.contains('/') {
                return Err(format!("`{mime}` is no media type"));
            }
            let data = String::from_utf8(data).unwrap_or_else(|bytes| format!("{:?}", bytes.into_bytes()));
            self.written.borrow_mut().push_str(&format!("<{mime}: {data}>"));
        }
        Ok(())
    }

    fn read_line(&self, prompt: &str) -> Result<String, Failure> {
        self.written.borrow_mut().push_str(prompt);
        Ok("a line".to_owned())
    }

    fn call(&self, name: &str, arguments: &str) -> Result<String, Failure> {
        match name {
            "echo" => Ok(arguments.to_owned()),
            "nothing" => Ok(String::new()),
            "garbage" => Ok("{".to_owned()),
            _ => Err(Failure { kind: "denied", message: format!("{name} is not granted") }),
        }
    }
}
