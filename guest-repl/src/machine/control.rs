//! Primitives that reach into the machine. What can be said in the language itself is, in the library's prelude.

use super::signal::Stop;
use super::{Ended, Machine};
use crate::fault::Fault;
use crate::heap::Object;
use crate::prims::Primitive;
use crate::value::Value;

/// What such a primitive does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// `(apply f a b '(c d))`
    Apply,
    /// `(%apply-values f values)`
    ApplyValues,
    /// `(call/cc f)`
    CallCc,
    /// `(%resume k value)`, without any `dynamic-wind`.
    Resume,
    /// `(%handlers)`
    Handlers,
    /// `(%set-handlers! list)`
    SetHandlers,
    /// `(%winders)`
    Winders,
    /// `(%set-winders! list)`
    SetWinders,
    /// `(%prompt-winders tag who)`
    PromptWinders,
    /// `(%call-with-part tag f)`
    CallWithPart,
    /// `(%abort tag arguments)`
    Abort,
    /// `(%reinstate part value)`
    Reinstate,
    /// `(%machine-step machine calls)`
    MachineStep,
    /// `(%uncaught obj)` ends the command.
    Uncaught,
    /// `(exit)`
    Exit,
    /// `(gc)`
    Collect,
}

// === impl Machine ===

impl Machine {
    pub(super) fn control(
        &mut self,
        control: Control,
        primitive: &'static Primitive,
        count: usize,
        tail: bool,
    ) -> Result<(), Stop> {
        if control == Control::Apply {
            return self.apply_list(primitive, count, tail);
        }
        let arguments = self.leave(count, tail);
        let first = arguments.first().copied().unwrap_or(Value::UNSPECIFIED);
        match control {
            Control::CallCc => {
                let continuation = self.capture();
                self.stack.push(continuation);
                return self.apply(first, 1, true);
            }
            Control::ApplyValues => {
                let several = match self.context.heap.as_object(arguments[1]) {
                    Some(Object::Values(values)) => values.clone(),
                    _ => Box::from([arguments[1]]),
                };
                self.stack.extend_from_slice(&several);
                return self.apply(first, several.len(), true);
            }
            Control::PromptWinders => return self.prompt_winders(&arguments),
            Control::CallWithPart => return self.call_with_part(&arguments),
            Control::Abort => return self.abort(&arguments),
            Control::Reinstate => return self.reinstate_part(&arguments),
            Control::MachineStep => return self.step(&arguments),
            Control::Resume => return self.resume(first, arguments[1]),
            Control::Uncaught => return Err(Stop::Ended(Ended::Raised(first))),
            Control::Exit => return Err(Stop::Ended(Ended::Exit)),
            Control::SetHandlers => self.handlers = first,
            Control::SetWinders => self.winders = first,
            Control::Collect => self.collect(),
            Control::Handlers | Control::Winders | Control::Apply => {}
        }
        let value = match control {
            Control::Handlers => self.handlers,
            Control::Winders => self.winders,
            _ => Value::UNSPECIFIED,
        };
        self.return_value(value)
    }

    fn apply_list(&mut self, primitive: &'static Primitive, count: usize, tail: bool) -> Result<(), Stop> {
        let list = self.stack[self.stack.len() - 1];
        let Some(items) = self.context.heap.items(list) else {
            let fault = Fault::Expected { what: "a list", got: list };
            return self.signal(Some(primitive), &fault).map_err(Stop::raised);
        };
        self.pop();
        let procedure = self.stack.remove(self.stack.len() + 1 - count);
        self.stack.extend_from_slice(&items);
        self.apply(procedure, count - 2 + items.len(), tail)
    }
}
