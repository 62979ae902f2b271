//! Captured parts of the stack, and coming back to them.

use super::signal::Stop;
use super::{Frame, Machine};
use crate::heap::{Marker, Object};
use crate::value::Value;

/// What goes on below the stack: the lowest `count` frames of a segment, then whatever is below that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resume {
    pub(super) segment: Value,
    pub(super) count: usize,
}

/// A part of the stack that was moved to the heap. Never changed.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(super) values: Box<[Value]>,
    pub(super) frames: Box<[Frame]>,
    pub(super) next: Resume,
}

/// The rest of a computation, as a value.
#[derive(Debug)]
pub(crate) struct Continuation {
    resume: Resume,
    handlers: Value,
    winders: Value,
}

// === impl Resume ===

impl Resume {
    pub(super) const NOTHING: Self = Self { segment: Value::NIL, count: 0 };

    pub(super) fn mark(&self, marker: &mut Marker<'_>) {
        marker.value(self.segment);
    }
}

// === impl Segment ===

impl Segment {
    pub(crate) fn mark(&self, marker: &mut Marker<'_>) {
        marker.values(&self.values);
        for frame in &self.frames {
            marker.value(frame.closure);
        }
        self.next.mark(marker);
    }

    /// Bytes that it takes, roughly.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.values) + size_of_val(&*self.frames) + 24
    }

    /// The values of the procedure that the frame at `index` goes back to.
    pub(super) fn values_of(&self, index: usize) -> &[Value] {
        let end = self.frames.get(index + 1).map_or(self.values.len(), |next| next.base);
        &self.values[self.frames[index].base..end]
    }
}

// === impl Continuation ===

impl Continuation {
    pub(crate) fn mark(&self, marker: &mut Marker<'_>) {
        self.resume.mark(marker);
        marker.values(&[self.handlers, self.winders]);
    }
}

// === impl Machine ===

impl Machine {
    /// Takes the rest of the computation. The stack must be as a call leaves it when it returns.
    pub(super) fn capture(&mut self) -> Value {
        if !self.frames.is_empty() {
            let count = self.frames.len();
            let values = self.stack.drain(..).collect();
            let frames = self.frames.drain(..).collect();
            let segment = Object::Segment(Box::new(Segment { values, frames, next: self.under }));
            self.under = Resume { segment: self.context.heap.insert(segment), count };
        }
        self.stack.clear();
        self.base = 0;
        let (resume, handlers, winders) = (self.under, self.handlers, self.winders);
        self.context.heap.insert(Object::Continuation(Box::new(Continuation { resume, handlers, winders })))
    }

    /// Takes the topmost frame of `under` back onto the stack, which is empty. False when there is none.
    pub(super) fn reinstate(&mut self) -> bool {
        let Some(Object::Segment(segment)) = self.context.heap.as_object(self.under.segment) else { return false };
        let index = self.under.count - 1;
        let frame = segment.frames[index];
        self.stack.extend_from_slice(segment.values_of(index));
        self.under = if index == 0 { segment.next } else { Resume { count: index, ..self.under } };
        self.restore(Frame { base: 0, ..frame });
        true
    }

    /// Goes back to a continuation, through the `dynamic-wind`s in between, which the library knows how to run.
    pub(super) fn throw(&mut self, continuation: Value, arguments: Vec<Value>) -> Result<(), Stop> {
        let winders = match self.context.heap.as_object(continuation) {
            Some(Object::Continuation(target)) => target.winders,
            _ => unreachable!("the caller found a continuation"),
        };
        let value = self.values(arguments);
        if winders == self.winders {
            return self.resume(continuation, value);
        }
        let rewind = self.context.heap.intern("%rewind-and-resume");
        let rewind = self.context.heap.symbol(rewind).value;
        self.stack.extend([continuation, winders, value]);
        self.apply(rewind, 3, true)
    }

    /// Goes back to a continuation at once.
    pub(super) fn resume(&mut self, continuation: Value, value: Value) -> Result<(), Stop> {
        if let Some(Object::Continuation(target)) = self.context.heap.as_object(continuation) {
            (self.under, self.handlers, self.winders) = (target.resume, target.handlers, target.winders);
        }
        self.stack.clear();
        self.frames.clear();
        self.base = 0;
        self.return_value(value)
    }

    /// One value as itself, several as one object.
    pub(super) fn values(&mut self, values: Vec<Value>) -> Value {
        match values[..] {
            [value] => value,
            _ => self.context.heap.insert(Object::Values(values.into())),
        }
    }
}
