//! Errors of primitives and instructions, as conditions that the program can handle.

use super::{Ended, Machine};
use crate::fault::Fault;
use crate::heap::{Condition, Object};
use crate::prims::Primitive;
use crate::printer;
use crate::value::Value;

/// Why the machine does not go on with the next instruction.
#[derive(Debug)]
pub(super) enum Stop {
    /// An error to be signalled.
    Fault(Fault),
    Ended(Ended),
}

// === impl Stop ===

impl Stop {
    pub(super) fn raised(condition: Value) -> Self {
        Self::Ended(Ended::Raised(condition))
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

// === impl Machine ===

impl Machine {
    /// Raises a fault as the program's own `raise` would. The error is the condition that nothing would handle.
    pub(super) fn signal(&mut self, primitive: Option<&Primitive>, fault: &Fault) -> Result<(), Value> {
        let text = self.fault_text(primitive, fault);
        let message = self.context.heap.text(text);
        let irritants = match fault {
            Fault::Outside { kind, .. } => {
                // In a list of its own, which a report shows in parentheses.
                let kind = Value::symbol(self.context.heap.intern(kind));
                let kind = self.context.heap.list(&[kind]);
                self.context.heap.list(&[kind])
            }
            _ => Value::NIL,
        };
        let condition = Condition { message, irritants };
        let condition = self.context.heap.insert(Object::Condition(Box::new(condition)));
        if self.handlers == Value::NIL {
            return Err(condition);
        }
        let raise = self.context.heap.intern("%raise");
        let raise = self.context.heap.symbol(raise).value;
        self.stack.push(condition);
        match self.apply(raise, 1, false) {
            Ok(()) => Ok(()),
            Err(_) => Err(condition),
        }
    }

    fn fault_text(&self, primitive: Option<&Primitive>, fault: &Fault) -> String {
        let text = match fault {
            Fault::Expected { what, got } => {
                format!("expected {what}, got {}", printer::brief(&self.context.heap, *got))
            }
            Fault::Text(text) | Fault::Whole(text) | Fault::Outside { text, .. } => text.clone(),
        };
        match (primitive, fault) {
            (Some(primitive), Fault::Expected { .. } | Fault::Text(_)) => {
                format!("{}: {text}", primitive.name.trim_start_matches('%'))
            }
            _ => text,
        }
    }
}
