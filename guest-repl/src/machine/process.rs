//! Machines as values: computations that run for so many calls and then wait, and that can be copied while they do.
//!
//! A step puts the caller aside, runs the machine's frames in its place, and comes back when the calls are used up, or
//! the machine has ended. What waits is a place on a chain of segments, so a fork costs nothing.

use super::continuation::Resume;
use super::signal::Stop;
use super::{Ended, Frame, Machine};
use crate::fault::Fault;
use crate::heap::{Marker, Object};
use crate::value::Value;

/// Calls that nobody counts.
pub(super) const UNCOUNTED: u64 = u64::MAX;

/// Where a machine is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Process {
    /// About to call a procedure.
    New(Value),
    /// In the middle.
    Waiting(Place),
    Done(Value),
    /// Nothing handled what was raised.
    Failed(Value),
    /// A step of it is being taken, by itself maybe.
    Running,
}

/// The frames of a computation, and its dynamic extents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(super) under: Resume,
    handlers: Value,
    winders: Value,
}

/// A step that is being taken.
#[derive(Debug)]
pub(super) struct Step {
    process: Value,
    caller: Place,
    /// What the caller may use up itself.
    fuel: u64,
}

// === impl Process ===

impl Process {
    pub(crate) fn mark(&self, marker: &mut Marker<'_>) {
        match self {
            Self::New(value) | Self::Done(value) | Self::Failed(value) => marker.value(*value),
            Self::Waiting(place) => place.mark(marker),
            Self::Running => {}
        }
    }
}

impl Place {
    fn mark(&self, marker: &mut Marker<'_>) {
        self.under.mark(marker);
        marker.values(&[self.handlers, self.winders]);
    }
}

impl Step {
    pub(super) fn mark(&self, marker: &mut Marker<'_>) {
        marker.value(self.process);
        self.caller.mark(marker);
    }
}

// === impl Machine ===

impl Machine {
    /// `(%machine-step machine calls)`; a negative number of calls is any.
    pub(super) fn step(&mut self, arguments: &[Value]) -> Result<(), Stop> {
        let value = arguments[0];
        let process = match self.context.heap.as_object(value) {
            Some(Object::Process(process)) => **process,
            _ => return Err(Fault::Expected { what: "a machine", got: value }.into()),
        };
        if !matches!(process, Process::New(_) | Process::Waiting(_)) {
            return self.return_value(value);
        }
        self.capture();
        let caller = self.place();
        self.steps.push(Step { process: value, caller, fuel: self.fuel });
        self.fuel = arguments[1].as_small().and_then(|calls| u64::try_from(calls).ok()).unwrap_or(UNCOUNTED);
        self.set_process(value, Process::Running);
        match process {
            Process::New(thunk) => {
                self.go_to(Place { under: Resume::NOTHING, handlers: Value::NIL, winders: Value::NIL });
                self.apply(thunk, 0, true)
            }
            Process::Waiting(place) => {
                self.go_to(place);
                self.reinstate();
                Ok(())
            }
            _ => unreachable!("only these are run"),
        }
    }

    /// Counts a call; true when there are none left, and the caller goes on instead. The call will be made again.
    #[cold]
    pub(super) fn suspend(&mut self) -> Result<(), Stop> {
        let Some(step) = self.steps.pop() else {
            self.fuel = UNCOUNTED;
            return Ok(());
        };
        self.frames.push(Frame { closure: self.closure, pc: self.pc - 1, base: self.base });
        self.capture();
        let place = self.place();
        self.set_process(step.process, Process::Waiting(place));
        self.come_back(&step)
    }

    /// What becomes of the end of a computation: the end of a step, if one is being taken.
    pub(super) fn end_step(&mut self, ended: Ended) -> Result<(), Ended> {
        let process = match ended {
            Ended::Value(value) => Process::Done(value),
            Ended::Raised(condition) => Process::Failed(condition),
            Ended::Exit => return Err(ended),
        };
        let Some(step) = self.steps.pop() else { return Err(ended) };
        self.set_process(step.process, process);
        match self.come_back(&step) {
            Err(Stop::Ended(ended)) => Err(ended),
            _ => Ok(()),
        }
    }

    fn come_back(&mut self, step: &Step) -> Result<(), Stop> {
        self.fuel = step.fuel;
        self.go_to(step.caller);
        self.return_value(step.process)
    }

    fn place(&self) -> Place {
        Place { under: self.under, handlers: self.handlers, winders: self.winders }
    }

    fn go_to(&mut self, place: Place) {
        self.stack.clear();
        self.frames.clear();
        self.base = 0;
        (self.under, self.handlers, self.winders) = (place.under, place.handlers, place.winders);
    }

    fn set_process(&mut self, value: Value, process: Process) {
        if let Some(id) = value.as_object() {
            *self.context.heap.object_mut(id) = Object::Process(Box::new(process));
        }
    }
}

/// `(%machine-state machine)`: its state's name and what belongs to it.
pub(crate) fn state(process: Process) -> (&'static str, Value) {
    match process {
        Process::New(_) => ("new", Value::FALSE),
        Process::Waiting(_) => ("waiting", Value::FALSE),
        Process::Running => ("running", Value::FALSE),
        Process::Done(value) => ("done", value),
        Process::Failed(condition) => ("failed", condition),
    }
}
