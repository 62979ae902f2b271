//! What has been made of a saved state so far, by the numbers that it goes by there.

use std::collections::BTreeMap;

use super::bytes::{Read, unzigzag};
use super::{CONSOLE, CONSTANTS, reference};
use crate::codegen::Capture;
use crate::heap::{Heap, Object};
use crate::syntax::keyword_number;
use crate::value::{CodeId, SymbolId, Value};

/// Values, symbols and codes by number.
pub(super) struct Made {
    pub(super) strings: Vec<String>,
    pub(super) symbols: Vec<SymbolId>,
    pub(super) items: Vec<Value>,
    pub(super) codes: Vec<CodeId>,
    pub(super) captures: BTreeMap<CodeId, Vec<Capture>>,
    pub(super) console: Value,
    /// What the library binds names to.
    pub(super) library: BTreeMap<String, Value>,
    /// What a variable without a name is called.
    pub(super) nameless: SymbolId,
}

fn missing<T>(what: &str) -> Read<T> {
    Err(format!("it refers to {what} that is not there"))
}

fn at<T: Copy>(items: &[T], number: u64, what: &str) -> Read<T> {
    let item = usize::try_from(number).ok().and_then(|number| items.get(number));
    item.map_or_else(|| missing(what), |item| Ok(*item))
}

// === impl Made ===

impl Made {
    pub(super) fn string(&self, number: u64) -> Read<&str> {
        match usize::try_from(number).ok().and_then(|number| self.strings.get(number)) {
            Some(string) => Ok(string),
            None => missing("a text"),
        }
    }

    pub(super) fn symbol(&self, number: u64) -> Read<SymbolId> {
        at(&self.symbols, number, "a symbol")
    }

    pub(super) fn code(&self, number: u64) -> Read<CodeId> {
        at(&self.codes, number, "a procedure")
    }

    pub(super) fn captures(&self, code: CodeId) -> &[Capture] {
        self.captures.get(&code).map_or(&[], Vec::as_slice)
    }

    /// A value that a program can have.
    pub(super) fn value(&self, heap: &Heap, reference: u64) -> Read<Value> {
        let value = self.any(reference)?;
        match heap.as_object(value) {
            Some(Object::Cell(_)) => Err("a variable stands where a value should".to_owned()),
            _ if value == Value::UNBOUND => Err("nothing stands where a value should".to_owned()),
            _ => Ok(value),
        }
    }

    /// A value, or what a variable without one has.
    pub(super) fn value_or_nothing(&self, heap: &Heap, reference: u64) -> Read<Value> {
        match self.any(reference)? {
            Value::UNBOUND => Ok(Value::UNBOUND),
            _ => self.value(heap, reference),
        }
    }

    /// What a procedure has captured.
    pub(super) fn captured(&self, heap: &Heap, reference: u64, capture: Capture) -> Read<Value> {
        let value = self.any(reference)?;
        match heap.as_object(value) {
            Some(Object::Cell(_)) if capture.cell => Ok(value),
            _ if capture.cell => Err("a value stands where a variable should".to_owned()),
            _ => self.value(heap, reference),
        }
    }

    fn any(&self, reference: u64) -> Read<Value> {
        let number = reference >> reference::BITS;
        match reference & ((1 << reference::BITS) - 1) {
            reference::CONSTANT if number == CONSOLE => Ok(self.console),
            reference::CONSTANT => at(&CONSTANTS, number, "a constant"),
            reference::CHAR => match u32::try_from(number).ok().and_then(char::from_u32) {
                Some(char) => Ok(Value::char(char)),
                None => missing("a character"),
            },
            reference::SMALL => Value::small(unzigzag(number)).map_or_else(|| missing("a small integer"), Ok),
            reference::ITEM => at(&self.items, number, "an item"),
            reference::SYMBOL => self.symbol(number).map(Value::symbol),
            reference::KEYWORD => {
                let name = self.string(number)?;
                match keyword_number(name) {
                    Some(number) => Ok(Value::keyword(number)),
                    None => Err(format!("this version has no syntax {name}")),
                }
            }
            reference::LIBRARY => self.library(self.string(number)?),
            _ => missing("something"),
        }
    }

    pub(super) fn library(&self, name: &str) -> Read<Value> {
        match self.library.get(name) {
            Some(value) => Ok(*value),
            None => Err(format!("this version's library has no {name}")),
        }
    }
}
