//! The machine that runs compiled code. All of its state is in one struct; nothing of a computation is on Rust's stack.
//!
//! ```text
//! stack    │ … variables and temporaries of each procedure that is being run │ those of the running one │
//! frames   │ where each of them goes on                                      │ base
//! under    what goes on when `frames` is empty: frames of a segment in the heap, and so on down
//!
//!   call            push a frame; the arguments become the callee's variables
//!   return          pop a frame, or take the topmost one of `under` back onto the stack
//!   capture         stack and frames move into a new segment; `under` points to it
//! ```
//!
//! A captured continuation is `under`: taking one costs what the stack grew since the last, and resuming it copies one
//! frame at a time. Segments never change, so a continuation can be resumed any number of times.

mod call;
mod continuation;
mod control;
mod execute;
mod inspect;
mod process;
mod prompt;
mod signal;

pub(crate) use continuation::{Continuation, Segment};
pub(crate) use control::Control;
pub(crate) use inspect::{Activation, activations};
pub(crate) use process::{Process, state as process_state};
pub(crate) use prompt::Part;

use crate::context::Context;
use crate::heap::Object;
use crate::value::{CodeId, Value};

use continuation::Resume;
use process::{Step, UNCOUNTED};
use signal::Stop;

/// Values that the stack keeps room for between commands, and four times the frames.
const STACK_KEPT: usize = 256;

/// A computation, and the world that it is in.
pub(crate) struct Machine {
    pub(crate) context: Context,
    stack: Vec<Value>,
    frames: Vec<Frame>,
    under: Resume,
    /// The running closure.
    closure: Value,
    code: CodeId,
    /// The next instruction.
    pc: usize,
    /// Where the running procedure's variables begin.
    base: usize,
    /// Procedures of one argument, the innermost handler first.
    handlers: Value,
    /// Pairs of procedures, those of the innermost `dynamic-wind` first.
    winders: Value,
    /// Steps of machines that are being taken, the innermost last.
    steps: Vec<Step>,
    /// Calls that are left to the innermost.
    fuel: u64,
    /// Data that the rest of the command will need.
    waiting: Vec<Value>,
}

/// Where a procedure goes on after a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    closure: Value,
    pc: usize,
    base: usize,
}

/// How a computation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With a value.
    Value(Value),
    /// Nothing handled what was raised.
    Raised(Value),
    /// It asked to leave.
    Exit,
}

// === impl Machine ===

impl Machine {
    pub(crate) fn new(context: Context) -> Self {
        Self {
            context,
            stack: Vec::with_capacity(STACK_KEPT),
            frames: Vec::with_capacity(STACK_KEPT / 4),
            under: Resume::NOTHING,
            closure: Value::FALSE,
            code: CodeId(0),
            pc: 0,
            base: 0,
            handlers: Value::NIL,
            winders: Value::NIL,
            steps: Vec::new(),
            fuel: UNCOUNTED,
            waiting: Vec::new(),
        }
    }

    /// Runs the code of a top-level form to its end.
    pub(crate) fn run(&mut self, code: CodeId) -> Ended {
        self.reset_registers();
        self.closure = self.context.heap.insert(Object::Closure { code, captured: Box::default() });
        self.code = code;
        self.go_on()
    }

    /// Runs the global procedure `name` to its end; `None` when the program has made something else of it.
    pub(crate) fn run_library(&mut self, name: &str, arguments: &[Value]) -> Option<Ended> {
        self.reset_registers();
        self.run_global(name, arguments)
    }

    /// Calls the global procedure `name`, after a computation was given up.
    pub(crate) fn run_global(&mut self, name: &str, arguments: &[Value]) -> Option<Ended> {
        self.stack.clear();
        self.frames.clear();
        (self.under, self.base, self.handlers) = (Resume::NOTHING, 0, Value::NIL);
        let name = self.context.heap.intern(name);
        let procedure = self.context.heap.symbol(name).value;
        self.stack.extend_from_slice(arguments);
        match self.apply(procedure, arguments.len(), true) {
            Ok(()) => Some(self.go_on()),
            Err(_) => None,
        }
    }

    /// Forgets everything about the last command.
    pub(crate) fn reset(&mut self) {
        self.reset_registers();
        self.waiting.clear();
        self.stack.shrink_to(STACK_KEPT);
        self.frames.shrink_to(STACK_KEPT / 4);
    }

    fn reset_registers(&mut self) {
        self.stack.clear();
        self.frames.clear();
        (self.under, self.closure) = (Resume::NOTHING, Value::FALSE);
        (self.pc, self.base) = (0, 0);
        (self.handlers, self.winders) = (Value::NIL, Value::NIL);
        self.steps = Vec::new();
        self.fuel = UNCOUNTED;
        self.context.output = self.context.console;
    }

    /// Seals the library and gives new memory to all that each command writes to, in one place.
    pub(crate) fn settle(&mut self) {
        self.reset();
        self.collect();
        std::mem::forget(std::mem::replace(&mut self.stack, Vec::with_capacity(STACK_KEPT)));
        std::mem::forget(std::mem::replace(&mut self.frames, Vec::with_capacity(STACK_KEPT / 4)));
        self.waiting = Vec::with_capacity(STACK_KEPT / 16);
        self.context.heap.seal();
    }

    /// Keeps `data` alive until the next command.
    pub(crate) fn wait_for(&mut self, data: impl Iterator<Item = Value>) {
        self.waiting.clear();
        self.waiting.extend(data);
        self.waiting.shrink_to(STACK_KEPT);
    }

    /// Whether a `dynamic-wind` was entered and not left.
    pub(crate) fn is_wound(&self) -> bool {
        self.winders != Value::NIL
    }

    fn go_on(&mut self) -> Ended {
        loop {
            match self.execute() {
                Ok(()) => {}
                Err(Stop::Fault(fault)) => {
                    if let Err(condition) = self.signal(None, &fault) {
                        if let Err(ended) = self.end_step(Ended::Raised(condition)) {
                            return ended;
                        }
                    }
                }
                Err(Stop::Ended(ended)) => {
                    if let Err(ended) = self.end_step(ended) {
                        return ended;
                    }
                }
            }
        }
    }

    /// Frees what the computation can't reach any more. Safe between two instructions only.
    pub(crate) fn collect(&mut self) {
        let ports = [self.context.console, self.context.output];
        let Self { context, stack, frames, under, closure, handlers, winders, steps, waiting, .. } = self;
        context.heap.collect(|marker| {
            marker.values(stack);
            marker.values(waiting);
            marker.values(&ports);
            for frame in &*frames {
                marker.value(frame.closure);
            }
            marker.values(&[*closure, *handlers, *winders]);
            under.mark(marker);
            for step in &*steps {
                step.mark(marker);
            }
        });
    }
}
