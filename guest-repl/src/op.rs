//! The instructions of the machine, 8 bytes each.
//!
//! ```text
//! stack   … │ arguments, then variables of inner scopes, then temporaries │
//!            base                                                      top
//! ```
//! Every instruction takes its operands from the top of the stack and leaves its result there. A local variable is a
//! place above `base`; a captured one is a place in the running closure. A variable that is assigned to, or that must
//! exist before its value does, is a cell in that place.

use crate::value::{CodeId, SymbolId, Value};

/// One instruction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    Constant(Value),
    Local(u32),
    Captured(u32),
    /// Reads the cell in a local variable.
    LocalCell(u32),
    CapturedCell(u32),
    /// Fails, naming the variable, when the top says that it has no value yet.
    Check(SymbolId),
    Global(SymbolId),
    SetLocal(u32),
    SetLocalCell(u32),
    SetCapturedCell(u32),
    SetGlobal(SymbolId),
    Define(SymbolId),
    /// Puts a local variable's value into a new cell in its place.
    MakeCell(u32),
    /// Makes a closure over the topmost `count` values.
    Closure {
        count: u16,
        code: CodeId,
    },
    /// Takes a value, then a closure, and puts the value in the closure's captured place.
    Patch(u32),
    Pop,
    /// Keeps the top and drops so many values under it.
    Slide(u32),
    Jump(u32),
    JumpIfFalse(u32),
    /// Jumps keeping the top when it is true, otherwise drops it.
    JumpIfTrue(u32),
    /// Calls what is on top with so many arguments under it.
    Call(u32),
    TailCall(u32),
    CallGlobal {
        count: u16,
        name: SymbolId,
    },
    TailCallGlobal {
        count: u16,
        name: SymbolId,
    },
    Return,
}

// === impl Op ===

impl Op {
    /// The global variable that it reads.
    pub(crate) fn global_mut(&mut self) -> Option<&mut SymbolId> {
        match self {
            Self::Global(name) | Self::CallGlobal { name, .. } | Self::TailCallGlobal { name, .. } => Some(name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_takes_eight_bytes() {
        assert_eq!(size_of::<Op>(), 8);
    }
}
