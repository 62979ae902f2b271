//! Numbers: exact integers and ratios of any size, and floats. All arithmetic of the language goes through [`Number`].
//!
//! ```text
//! Int    an integer of 64 bits; those of 31 bits need no place in the heap      ┐
//! Big    an integer that 64 bits do not hold                                    │ exact
//! Ratio  numerator / denominator, without a common divisor, denominator > 1     ┘
//! Float  inexact
//! ```
//!
//! So each exact number has one form only, and equal exact numbers are equal part by part. What would be larger than
//! [`BITS_MAX`] is an error before it is computed.

mod arithmetic;
mod bits;
mod convert;
mod exponential;
mod integer;
mod parse;
mod power;
mod ratio;
mod round;
mod text;

#[cfg(test)]
mod laws;

pub(crate) use bits::Bitwise;
pub(crate) use integer::Division;
pub(crate) use parse::parse;
pub(crate) use ratio::Ratio;
pub(crate) use round::Rounding;

use std::borrow::Cow;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{One as _, ToPrimitive as _};

use crate::heap::{Heap, Object};
use crate::value::Value;

/// The most bits of an integer, 16 MiB: far more than anyone can read, and little enough that a few of them do not fill
/// a session's memory.
pub(crate) const BITS_MAX: u64 = 1 << 27;

/// A number out of its box. Cheap to clone: large ones are shared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Big(Rc<BigInt>),
    Ratio(Rc<Ratio>),
    Float(f64),
}

/// Why there is no result; the caller knows the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberError {
    TooLarge,
    DivisionByZero,
    NotExact,
}

/// What comes of an operation.
type Result<T = Number> = std::result::Result<T, NumberError>;

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
            Object::Big(number) => Some(Self::Big(Rc::clone(number))),
            Object::Ratio(number) => Some(Self::Ratio(Rc::clone(number))),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn into_value(self, heap: &mut Heap) -> Value {
        match self {
            Self::Int(number) => Value::small(number).unwrap_or_else(|| heap.insert(Object::Int(number))),
            Self::Big(number) => heap.insert(Object::Big(number)),
            Self::Ratio(number) => heap.insert(Object::Ratio(number)),
            Self::Float(number) => heap.insert(Object::Float(number)),
        }
    }

    /// An integer in its one form, unless it is too large.
    pub(crate) fn integer(number: BigInt) -> Result {
        match number.to_i64() {
            Some(small) => Ok(Self::Int(small)),
            None => fitting(number).map(|number| Self::Big(Rc::new(number))),
        }
    }

    /// `numerator / denominator` in its one form. The denominator must not be zero.
    pub(crate) fn ratio(numerator: BigInt, denominator: BigInt) -> Result {
        let ratio = Ratio::reduced(numerator, denominator);
        Self::reduced_ratio(ratio.numerator, ratio.denominator)
    }

    /// As [`Self::ratio`], of parts without a common divisor. The denominator must be positive.
    fn reduced_ratio(numerator: BigInt, denominator: BigInt) -> Result {
        if denominator.is_one() {
            return Self::integer(numerator);
        }
        let (numerator, denominator) = (fitting(numerator)?, fitting(denominator)?);
        Ok(Self::Ratio(Rc::new(Ratio { numerator, denominator })))
    }

    /// An exact integer, in the form that all of them have in common.
    pub(crate) fn as_integer(&self) -> Option<Cow<'_, BigInt>> {
        match self {
            Self::Int(number) => Some(Cow::Owned(BigInt::from(*number))),
            Self::Big(number) => Some(Cow::Borrowed(number)),
            Self::Ratio(_) | Self::Float(_) => None,
        }
    }

    /// An exact number, in the form that all of them have in common.
    fn as_ratio(&self) -> Option<Cow<'_, Ratio>> {
        match self {
            Self::Ratio(number) => Some(Cow::Borrowed(number)),
            _ => self.as_integer().map(|number| Cow::Owned(Ratio::from(number.into_owned()))),
        }
    }

    pub(crate) fn is_exact(&self) -> bool {
        !matches!(self, Self::Float(_))
    }

    /// Has no fraction; `3.0` has none either.
    pub(crate) fn is_integer(&self) -> bool {
        match self {
            Self::Int(_) | Self::Big(_) => true,
            Self::Ratio(_) => false,
            Self::Float(number) => number.is_finite() && number.fract() == 0.0,
        }
    }

    pub(crate) fn is_exact_integer(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Big(_))
    }

    pub(crate) fn is_finite(&self) -> bool {
        !matches!(self, Self::Float(number) if !number.is_finite())
    }

    pub(crate) fn is_infinite(&self) -> bool {
        matches!(self, Self::Float(number) if number.is_infinite())
    }

    pub(crate) fn is_nan(&self) -> bool {
        matches!(self, Self::Float(number) if number.is_nan())
    }

    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::Int(number) => *number == 0,
            Self::Big(_) | Self::Ratio(_) => false,
            Self::Float(number) => *number == 0.0,
        }
    }
}

/// The integer, if it is not too large.
fn fitting(number: BigInt) -> Result<BigInt> {
    if number.bits() > BITS_MAX { Err(NumberError::TooLarge) } else { Ok(number) }
}

// === impl NumberError ===

impl std::fmt::Display for NumberError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge => write!(out, "the number would take more than {} MiB", BITS_MAX >> 23),
            Self::DivisionByZero => out.write_str("division by zero"),
            Self::NotExact => out.write_str("no exact number has this value"),
        }
    }
}
