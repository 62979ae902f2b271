//! Calling and returning.

use super::signal::Stop;
use super::{Ended, Frame, Machine};
use crate::fault::Fault;
use crate::heap::Object;
use crate::prims::{Primitive, Work, arity_complaint};
use crate::syntax::VALUES_RECEIVER;
use crate::value::{CodeId, Value};

/// What a value is when it is called.
#[derive(Clone, Copy)]
enum Callee {
    Closure(CodeId),
    Primitive(&'static Primitive),
    Continuation,
    Nothing,
}

// === impl Machine ===

impl Machine {
    /// Calls `procedure` with the topmost `count` values. In tail position the callee takes the caller's place.
    #[inline]
    pub(super) fn apply(&mut self, procedure: Value, count: usize, tail: bool) -> Result<(), Stop> {
        let callee = match self.context.heap.as_object(procedure) {
            Some(Object::Closure { code, .. }) => Callee::Closure(*code),
            Some(Object::Primitive(primitive)) => Callee::Primitive(primitive),
            Some(Object::Continuation(_)) => Callee::Continuation,
            _ => Callee::Nothing,
        };
        match callee {
            Callee::Closure(code) => self.enter(procedure, code, count, tail),
            Callee::Primitive(primitive) => self.primitive(primitive, count, tail),
            Callee::Continuation => {
                let arguments = self.leave(count, tail);
                self.throw(procedure, arguments)
            }
            Callee::Nothing => {
                let text = crate::printer::brief(&self.context.heap, procedure);
                Err(Fault::Whole(format!("not a procedure: {text}")).into())
            }
        }
    }

    fn enter(&mut self, closure: Value, code: CodeId, count: usize, tail: bool) -> Result<(), Stop> {
        let (required, rest) = {
            let code = self.context.heap.code(code);
            (usize::from(code.required), code.rest)
        };
        if count != required && (count < required || !rest) {
            return Err(self.arity_fault(code, count));
        }
        let start = self.stack.len() - count;
        if tail {
            self.stack.copy_within(start.., self.base);
            self.stack.truncate(self.base + count);
        } else {
            self.frames.push(Frame { closure: self.closure, pc: self.pc, base: self.base });
            self.base = start;
        }
        if rest {
            let first = self.base + required;
            let list = self.context.heap.list(&self.stack[first..]);
            self.stack.truncate(first);
            self.stack.push(list);
        }
        self.closure = closure;
        self.code = code;
        self.pc = 0;
        Ok(())
    }

    fn primitive(&mut self, primitive: &'static Primitive, count: usize, tail: bool) -> Result<(), Stop> {
        if !primitive.takes(count) {
            return self.signal(Some(primitive), &Fault::Text(primitive.complaint(count))).map_err(Stop::raised);
        }
        let work = match primitive.work {
            Work::Plain(work) => work,
            Work::Control(control) => return self.control(control, primitive, count, tail),
        };
        let start = self.stack.len() - count;
        match work(&mut self.context, &self.stack[start..]) {
            Ok(value) if tail => self.return_value(value),
            Ok(value) => {
                self.stack.truncate(start);
                self.stack.push(value);
                Ok(())
            }
            Err(fault) => self.signal(Some(primitive), &fault).map_err(Stop::raised),
        }
    }

    /// Takes the topmost `count` values off and makes the stack what it is when a call with them returns.
    pub(super) fn leave(&mut self, count: usize, tail: bool) -> Vec<Value> {
        let start = self.stack.len() - count;
        let arguments = self.stack.split_off(start);
        if tail {
            self.stack.truncate(self.base);
        } else {
            self.frames.push(Frame { closure: self.closure, pc: self.pc, base: self.base });
            self.base = start;
        }
        arguments
    }

    /// Returns from the running procedure.
    #[inline]
    pub(super) fn return_value(&mut self, value: Value) -> Result<(), Stop> {
        self.stack.truncate(self.base);
        match self.frames.pop() {
            Some(frame) => self.restore(frame),
            None if !self.reinstate() => return Err(Stop::Ended(Ended::Value(value))),
            None => {}
        }
        self.stack.push(value);
        Ok(())
    }

    #[inline]
    pub(super) fn restore(&mut self, frame: Frame) {
        self.closure = frame.closure;
        self.pc = frame.pc;
        self.base = frame.base;
        self.code = match self.context.heap.as_object(frame.closure) {
            Some(Object::Closure { code, .. }) => *code,
            _ => unreachable!("frames are those of closures"),
        };
    }

    fn arity_fault(&self, code: CodeId, count: usize) -> Stop {
        let code = self.context.heap.code(code);
        let name = code.name.and_then(|name| name.as_symbol()).map(|name| &*self.context.heap.symbol(name).name);
        let most = (!code.rest).then_some(usize::from(code.required));
        if name == Some(VALUES_RECEIVER) {
            return Fault::Whole(arity_complaint("value", usize::from(code.required), most, count)).into();
        }
        let complaint = arity_complaint("argument", usize::from(code.required), most, count);
        Fault::Whole(format!("{}: {complaint}", name.unwrap_or("procedure"))).into()
    }
}
