//! One instruction after another.

use super::Machine;
use super::signal::Stop;
use crate::fault::Fault;
use crate::heap::Object;
use crate::op::Op;
use crate::value::{CodeId, SymbolId, Value};

/// A mask: output that waits for its line's end is handed on after as many calls, some milliseconds' worth. It depends on
/// nothing but the program, so that a replay writes alike.
const CALLS_BETWEEN_FLUSHES: u64 = (1 << 16) - 1;

type Executed<T = ()> = Result<T, Stop>;

// === impl Machine ===

impl Machine {
    /// Executes instructions until something out of the ordinary happens. `Ok` never comes back for long: it only lets
    /// the caller look around.
    pub(super) fn execute(&mut self) -> Executed {
        loop {
            let op = self.context.heap.code(self.code).ops[self.pc];
            self.pc += 1;
            match op {
                Op::Constant(value) => self.stack.push(value),
                Op::Local(place) => self.stack.push(self.stack[self.base + place as usize]),
                Op::Captured(place) => self.stack.push(self.captured(place)),
                Op::LocalCell(place) => self.stack.push(self.cell(self.stack[self.base + place as usize])),
                Op::CapturedCell(place) => self.stack.push(self.cell(self.captured(place))),
                Op::Check(name) => self.check(name)?,
                Op::Global(name) => {
                    let value = self.global(name)?;
                    self.stack.push(value);
                }
                Op::SetLocal(place) => {
                    let value = self.pop();
                    self.stack[self.base + place as usize] = value;
                }
                Op::SetLocalCell(place) => {
                    let value = self.pop();
                    self.set_cell(self.stack[self.base + place as usize], value);
                }
                Op::SetCapturedCell(place) => {
                    let value = self.pop();
                    self.set_cell(self.captured(place), value);
                }
                Op::SetGlobal(name) => {
                    let value = self.pop();
                    self.global(name)?;
                    self.context.heap.assign(name, value);
                }
                Op::Define(name) => self.define(name),
                Op::MakeCell(place) => {
                    let place = self.base + place as usize;
                    self.stack[place] = self.context.heap.insert(Object::Cell(self.stack[place]));
                }
                Op::Closure { count, code } => self.make_closure(count, code),
                Op::Patch(place) => self.patch(place),
                Op::Pop => {
                    self.pop();
                }
                Op::Slide(count) => {
                    let value = self.pop();
                    let length = self.stack.len() - count as usize;
                    self.stack.truncate(length);
                    self.stack.push(value);
                }
                Op::Jump(to) => self.pc = to as usize,
                Op::JumpIfFalse(to) => {
                    if !self.pop().is_true() {
                        self.pc = to as usize;
                    }
                }
                Op::JumpIfTrue(to) => {
                    if self.stack.last().is_some_and(|top| top.is_true()) {
                        self.pc = to as usize;
                    } else {
                        self.pop();
                    }
                }
                Op::Call(count) => self.call(count as usize, false)?,
                Op::TailCall(count) => self.call(count as usize, true)?,
                Op::CallGlobal { count, name } => self.call_global(name, usize::from(count), false)?,
                Op::TailCallGlobal { count, name } => self.call_global(name, usize::from(count), true)?,
                Op::Return => {
                    let value = self.pop();
                    self.return_value(value)?;
                }
            }
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Value {
        self.stack.pop().expect("the compiler keeps the stack's depth")
    }

    /// Hands on the output that waits: who follows the command sees what has no line's end yet.
    #[cold]
    fn hand_on(&mut self) {
        self.context.flush();
    }

    fn call(&mut self, count: usize, tail: bool) -> Executed {
        if self.context.heap.is_collection_due() {
            self.collect();
        }
        if self.fuel & CALLS_BETWEEN_FLUSHES == 0 {
            if self.fuel == 0 {
                return self.suspend();
            }
            self.hand_on();
        }
        self.fuel -= 1;
        let procedure = self.pop();
        self.apply(procedure, count, tail)
    }

    #[inline]
    fn call_global(&mut self, name: SymbolId, count: usize, tail: bool) -> Executed {
        if self.context.heap.is_collection_due() {
            self.collect();
        }
        if self.fuel & CALLS_BETWEEN_FLUSHES == 0 {
            if self.fuel == 0 {
                return self.suspend();
            }
            self.hand_on();
        }
        self.fuel -= 1;
        let procedure = self.global(name)?;
        self.apply(procedure, count, tail)
    }

    #[inline]
    fn global(&self, name: SymbolId) -> Executed<Value> {
        let symbol = self.context.heap.symbol(name);
        if symbol.value == Value::UNBOUND {
            return Err(Fault::Whole(format!("unbound variable: {}", symbol.name)).into());
        }
        Ok(symbol.value)
    }

    /// Defines a global; the form's value is the name.
    fn define(&mut self, name: SymbolId) {
        let value = self.pop();
        self.context.heap.define(name, value);
        let shown = self.context.heap.public(name);
        self.stack.push(Value::symbol(shown));
    }

    #[inline]
    fn captured(&self, place: u32) -> Value {
        match self.context.heap.as_object(self.closure) {
            Some(Object::Closure { captured, .. }) => captured[place as usize],
            _ => unreachable!("what runs is a closure"),
        }
    }

    #[inline]
    fn cell(&self, cell: Value) -> Value {
        match self.context.heap.as_object(cell) {
            Some(Object::Cell(value)) => *value,
            _ => unreachable!("the compiler knows where cells are"),
        }
    }

    fn set_cell(&mut self, cell: Value, value: Value) {
        let id = cell.as_object().expect("the compiler knows where cells are");
        *self.context.heap.object_mut(id) = Object::Cell(value);
    }

    fn check(&self, name: SymbolId) -> Executed {
        if self.stack.last() == Some(&Value::UNBOUND) {
            let name = &self.context.heap.symbol(name).name;
            return Err(Fault::Whole(format!("variable used before its definition: {name}")).into());
        }
        Ok(())
    }

    fn make_closure(&mut self, count: u16, code: CodeId) {
        let start = self.stack.len() - usize::from(count);
        let captured = self.stack.drain(start..).collect();
        let closure = self.context.heap.insert(Object::Closure { code, captured });
        self.stack.push(closure);
    }

    fn patch(&mut self, place: u32) {
        let value = self.pop();
        let closure = self.pop().as_object().expect("the compiler patches closures");
        if let Object::Closure { captured, .. } = self.context.heap.object_mut(closure) {
            captured[place as usize] = value;
        }
    }
}
