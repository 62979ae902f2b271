//! The REPL: commands in, replies out, a session's state in between.

mod commands;
mod debug;
#[cfg(target_arch = "wasm32")]
mod memory;

use crate::codegen;
use crate::context::Context;
use crate::heap::{Heap, Object};
use crate::machine::{Ended, Machine};
use crate::portable;
use crate::prelude;
use crate::prims;
use crate::printer;
use crate::reader::{self, Form, Place, ReadError};
use crate::syntax::{self, Answers, Expanded, KEYWORDS};
use crate::value::Value;
use crate::world::World;

/// The name of the language.
pub const LANGUAGE: &str = "Omega Lisp";

/// What a terminal shows before a command.
pub const PROMPT: &str = "omega> ";

/// What a newcomer needs to know.
pub const HELP: &str = commands::HELP;

/// A session of the language.
pub struct Repl {
    pub(crate) machine: Machine,
}

/// What came of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The printed value, or nothing for a value that is not worth showing.
    pub output: String,
    /// The command asked to leave.
    pub should_exit: bool,
}

/// Whether an input is ready to be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// A whole command.
    Complete,
    /// More lines could make it whole.
    Incomplete,
    /// Nothing could.
    Invalid,
}

// === impl Repl ===

impl Repl {
    /// A new session with the library loaded.
    ///
    /// # Panics
    /// When the library itself is broken.
    #[must_use]
    pub fn new(world: Box<dyn World>) -> Box<Self> {
        let mut context = Context::new(Heap::new(), world);
        for (number, (name, _)) in (0..).zip(KEYWORDS) {
            let name = context.heap.intern(name);
            context.heap.bind(name, Value::keyword(number));
        }
        prims::define_all(&mut context);
        let mut repl = Box::new(Self { machine: Machine::new(context) });
        for source in prelude::SOURCES {
            repl.execute(source).expect("the library loads");
        }
        let heap = &mut repl.machine.context.heap;
        for (alias, name) in prelude::ALIASES {
            let (alias, name) = (heap.intern(alias), heap.intern(name));
            heap.bind(alias, heap.symbol(name).value);
        }
        heap.close_library();
        repl.machine.collect();
        // Once for what loading left behind, once for what moving the session out of its way leaves behind.
        #[cfg(target_arch = "wasm32")]
        memory::fill_holes();
        let mut repl = Box::new(*repl);
        repl.machine.settle();
        #[cfg(target_arch = "wasm32")]
        memory::fill_holes();
        repl
    }

    /// Runs one command: a word with a colon, or any number of expressions, of which the last one's value is shown.
    ///
    /// # Errors
    /// What the program did wrong. What it changed before that stays changed.
    pub fn execute(&mut self, command: &str) -> Result<Reply, String> {
        if let Some(command) = command.trim().strip_prefix(':') {
            self.machine.context.start_line();
            let result = commands::run(&mut self.machine, command.trim());
            self.machine.context.fresh_line();
            self.machine.context.flush();
            self.machine.reset();
            return result;
        }
        self.machine.context.start_line();
        let result = self.evaluate(command);
        if result.as_ref().is_ok_and(|reply| !reply.output.is_empty()) {
            self.machine.context.fresh_line();
        }
        self.machine.context.flush();
        self.machine.reset();
        result
    }

    /// Whether `input` is a whole command.
    #[must_use]
    pub fn completeness(input: &str) -> Completeness {
        if input.trim_start().starts_with(':') {
            return Completeness::Complete;
        }
        match reader::check(input) {
            Ok(()) => Completeness::Complete,
            Err(ReadError::Incomplete(..)) => Completeness::Incomplete,
            Err(ReadError::Invalid(..)) => Completeness::Invalid,
        }
    }

    /// All that the program has made, for another version of the language to take over with [`Self::load`].
    ///
    /// # Errors
    /// What has no such form, and which definition holds it.
    pub fn save(&mut self) -> Result<Vec<u8>, String> {
        self.machine.collect();
        portable::save(&self.machine.context)
    }

    /// Takes over what a session of another version has made, in a session that has made nothing yet.
    ///
    /// # Errors
    /// What is wrong with it. This session is not to be used then.
    pub fn load(&mut self, saved: &[u8]) -> Result<(), String> {
        portable::load(&mut self.machine.context, saved)
    }

    /// Collects garbage at every opportunity from now on, for tests.
    pub fn set_stress(&mut self, stress: bool) {
        self.machine.context.heap.set_stress(stress);
    }

    /// Values that the session holds, garbage that was not collected yet included.
    #[must_use]
    pub fn heap_count(&self) -> usize {
        self.machine.context.heap.count()
    }

    fn evaluate(&mut self, command: &str) -> Result<Reply, String> {
        if self.machine.context.heap.is_collection_due() {
            self.machine.collect();
        }
        let forms = reader::read(&mut self.machine.context.heap, command).map_err(|error| error.to_string())?;
        self.machine.wait_for(forms.iter().map(|form| form.datum));
        let mut value = Value::UNSPECIFIED;
        for form in &forms {
            match self.evaluate_form(form) {
                Ok(Some(result)) => value = result,
                Ok(None) => return Ok(Reply { output: String::new(), should_exit: true }),
                Err(text) if forms.len() > 1 => {
                    return Err(format!("{text}\n  in the expression at {}", Place::of(command, form.start)));
                }
                Err(text) => return Err(text),
            }
        }
        Ok(Reply { output: shown(&self.machine.context.heap, value), should_exit: false })
    }

    /// The value of one expression; `None` when it asked to leave.
    fn evaluate_form(&mut self, form: &Form) -> Result<Option<Value>, String> {
        let heap = &mut self.machine.context.heap;
        let ended = match syntax::expand(heap, form.datum, None, Answers::default())? {
            Expanded::Program(program) => {
                let code = codegen::generate(heap, program);
                self.machine.run(code)
            }
            Expanded::Question(_) => {
                let arguments = [form.datum, Value::FALSE, Value::FALSE];
                let ended = self.machine.run_library("%eval", &arguments);
                ended.ok_or("%eval, which macros need, is not the library's any more")?
            }
        };
        match ended {
            Ended::Value(value) => Ok(Some(value)),
            Ended::Exit => Ok(None),
            Ended::Raised(raised) => {
                let text = report(&self.machine.context.heap, raised);
                self.unwind();
                Err(text)
            }
        }
    }

    /// Leaves the dynamic extents that an error ended.
    fn unwind(&mut self) {
        while self.machine.is_wound() {
            match self.machine.run_global("%rewind", &[Value::NIL]) {
                // An error on the way out has left its own extent already.
                Some(Ended::Value(_) | Ended::Raised(_)) => {}
                _ => break,
            }
        }
    }
}

/// What to tell a person of something that was raised.
pub(crate) fn report(heap: &Heap, raised: Value) -> String {
    let Some(Object::Condition(condition)) = heap.as_object(raised) else {
        return format!("uncaught exception: {}", printer::brief(heap, raised));
    };
    let mut text = printer::displayed(heap, condition.message);
    for irritant in heap.items(condition.irritants).unwrap_or_default() {
        text.push(' ');
        text.push_str(&printer::written(heap, irritant));
    }
    text
}

/// A value as the REPL shows it: several values on a line each, and nothing for what is not worth showing.
fn shown(heap: &Heap, value: Value) -> String {
    match heap.as_object(value) {
        _ if value == Value::UNSPECIFIED => String::new(),
        Some(Object::Values(values)) => {
            values.iter().map(|value| printer::written(heap, *value)).collect::<Vec<_>>().join("\n")
        }
        _ => printer::written(heap, value),
    }
}
