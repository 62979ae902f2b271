//! Arguments as what a primitive needs them to be, or the fault that says so.

use crate::context::Context;
use crate::fault::{Outcome, expected, fault};
use crate::heap::{Object, Pair, Text};
use crate::number::{Number, NumberError};
use crate::value::{Kind, ObjectId, SymbolId, Value};

/// The most items that a primitive makes at once: what comes near it is a mistake.
const ITEMS_MAX: usize = 1 << 28;

// === impl Context ===

impl Context {
    #[inline]
    pub(super) fn pair(&self, value: Value) -> Outcome<Pair> {
        match self.heap.as_pair(value) {
            Some(pair) => Ok(pair),
            None => expected("a pair", value),
        }
    }

    pub(super) fn list_items(&self, value: Value) -> Outcome<Vec<Value>> {
        match self.heap.items(value) {
            Some(items) => Ok(items),
            None => expected("a list", value),
        }
    }

    #[inline]
    pub(super) fn number(&self, value: Value) -> Outcome<Number> {
        match Number::of(&self.heap, value) {
            Some(number) => Ok(number),
            None => expected("a number", value),
        }
    }

    /// A number without a fraction, exact or not.
    pub(super) fn integer(&self, value: Value) -> Outcome<Number> {
        match Number::of(&self.heap, value) {
            Some(number) if number.is_integer() => Ok(number),
            _ => expected("an integer", value),
        }
    }

    /// A number that is a fraction of integers.
    pub(super) fn rational(&self, value: Value) -> Outcome<Number> {
        match Number::of(&self.heap, value) {
            Some(number) if number.is_finite() => Ok(number),
            _ => expected("a rational number", value),
        }
    }

    /// An exact integer of any size.
    pub(super) fn exact_integer(&self, value: Value) -> Outcome<Number> {
        match Number::of(&self.heap, value) {
            Some(number) if number.is_exact_integer() => Ok(number),
            _ => expected("an exact integer", value),
        }
    }

    /// An exact integer; what 64 bits do not hold is the last that they do.
    pub(super) fn clamped_integer(&self, value: Value) -> Outcome<i64> {
        match self.exact_integer(value)? {
            Number::Int(number) => Ok(number),
            number if number.is_negative() => Ok(i64::MIN),
            _ => Ok(i64::MAX),
        }
    }

    /// An exact integer that can count or number items.
    #[inline]
    pub(super) fn index(&self, value: Value) -> Outcome<usize> {
        match Number::of(&self.heap, value) {
            Some(Number::Int(number @ 0..)) => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
            _ => expected("an index", value),
        }
    }

    /// How many items to make.
    pub(super) fn size(&self, value: Value) -> Outcome<usize> {
        match self.index(value)? {
            size @ 0..ITEMS_MAX => Ok(size),
            size => fault(format!("{size} items are more than the {ITEMS_MAX} that can be made at once")),
        }
    }

    /// A range given by optional arguments; without them, everything.
    pub(super) fn range(&self, arguments: &[Value], length: usize) -> Outcome<(usize, usize)> {
        let end = arguments.get(1).map_or(Ok(length), |end| self.index(*end))?;
        let start = arguments.first().map_or(Ok(0), |start| self.index(*start))?;
        if start > end || end > length {
            return fault(format!("the range {start} to {end} is not within 0 to {length}"));
        }
        Ok((start, end))
    }

    pub(super) fn string(&self, value: Value) -> Outcome<&Text> {
        match self.heap.as_object(value) {
            Some(Object::Text(text)) => Ok(text),
            _ => expected("a string", value),
        }
    }

    pub(super) fn char(&self, value: Value) -> Outcome<char> {
        match value.kind() {
            Kind::Char(char) => Ok(char),
            _ => expected("a character", value),
        }
    }

    pub(super) fn symbol(&self, value: Value) -> Outcome<SymbolId> {
        match value.as_symbol() {
            Some(symbol) => Ok(symbol),
            None => expected("a symbol", value),
        }
    }

    #[inline]
    pub(super) fn vector(&self, value: Value) -> Outcome<&[Value]> {
        match self.heap.as_object(value) {
            Some(Object::Vector(items)) => Ok(items),
            _ => expected("a vector", value),
        }
    }

    pub(super) fn vector_mut(&mut self, value: Value) -> Outcome<&mut [Value]> {
        match value.as_object().map(|id: ObjectId| self.heap.object_mut(id)) {
            Some(Object::Vector(items)) => Ok(items),
            _ => expected("a vector", value),
        }
    }

    /// The value of an arithmetic result.
    #[inline]
    pub(super) fn done(&mut self, result: Result<Number, NumberError>) -> Outcome {
        match result {
            Ok(number) => Ok(number.into_value(&mut self.heap)),
            Err(error) => fault(error.to_string()),
        }
    }
}
