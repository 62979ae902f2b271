//! Numbers: integers of 64 bits and floats. All arithmetic of the language goes through [`Number`], so that further kinds
//! (big integers, ratios) are new variants here and nothing elsewhere.

mod arithmetic;
mod integer;
mod text;

pub(crate) use integer::Division;
pub(crate) use text::{is_integer_text, parse};

use crate::heap::{Heap, Object};
use crate::value::Value;

/// A number out of its box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

/// Why there is no result; the caller knows the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberError {
    Overflow,
    DivisionByZero,
    NotExact,
}

// === impl Number ===

impl Number {
    /// The number that a value is, if it is one.
    #[inline]
    pub(crate) fn of(heap: &Heap, value: Value) -> Option<Self> {
        if let Some(small) = value.as_small() {
            return Some(Self::Int(i64::from(small)));
        }
        match heap.as_object(value)? {
            Object::Int(number) => Some(Self::Int(*number)),
            Object::Float(number) => Some(Self::Float(*number)),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn into_value(self, heap: &mut Heap) -> Value {
        match self {
            Self::Int(number) => Value::small(number).unwrap_or_else(|| heap.insert(Object::Int(number))),
            Self::Float(number) => heap.insert(Object::Float(number)),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub(crate) fn to_float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    pub(crate) fn is_exact(self) -> bool {
        matches!(self, Self::Int(_))
    }

    /// Has no fraction; `3.0` has none either.
    pub(crate) fn is_integer(self) -> bool {
        match self {
            Self::Int(_) => true,
            Self::Float(number) => number.is_finite() && number.fract() == 0.0,
        }
    }

    pub(crate) fn is_zero(self) -> bool {
        match self {
            Self::Int(number) => number == 0,
            Self::Float(number) => number == 0.0,
        }
    }

    /// The exact number of the same value.
    pub(crate) fn to_exact(self) -> Result<Self, NumberError> {
        match self {
            Self::Int(_) => Ok(self),
            Self::Float(number) if !self.is_integer() || !number.is_finite() => Err(NumberError::NotExact),
            Self::Float(number) => float_to_int(number).map(Self::Int).ok_or(NumberError::Overflow),
        }
    }

    pub(crate) fn to_inexact(self) -> Self {
        Self::Float(self.to_float())
    }
}

/// The integer of exactly this value, if 64 bits hold it.
fn float_to_int(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "in range and without a fraction, just checked")]
    (number.fract() == 0.0 && (-LIMIT..LIMIT).contains(&number)).then_some(number as i64)
}

// === impl NumberError ===

impl std::fmt::Display for NumberError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Overflow => "the result does not fit in an integer of 64 bits",
            Self::DivisionByZero => "division by zero",
            Self::NotExact => "no exact integer has this value",
        })
    }
}
