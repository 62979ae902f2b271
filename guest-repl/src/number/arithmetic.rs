//! What all kinds of number can do.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use super::{BITS_MAX, Number, NumberError, Ratio, Result};

/// One operation, on each kind of number.
struct Operation {
    /// `None` when 64 bits are too few.
    int: fn(i64, i64) -> Option<i64>,
    big: fn(&BigInt, &BigInt) -> Result<BigInt>,
    ratio: fn(&Ratio, &Ratio) -> Result,
    float: fn(f64, f64) -> f64,
}

// === impl Number ===

impl Number {
    pub(crate) fn add(&self, other: &Self) -> Result {
        const ADD: Operation =
            Operation { int: i64::checked_add, big: |a, b| Ok(a + b), ratio: Ratio::add, float: |a, b| a + b };
        self.combine(other, &ADD)
    }

    pub(crate) fn sub(&self, other: &Self) -> Result {
        const SUB: Operation =
            Operation { int: i64::checked_sub, big: |a, b| Ok(a - b), ratio: Ratio::sub, float: |a, b| a - b };
        self.combine(other, &SUB)
    }

    pub(crate) fn mul(&self, other: &Self) -> Result {
        const MUL: Operation =
            Operation { int: i64::checked_mul, big: multiply, ratio: Ratio::mul, float: |a, b| a * b };
        self.combine(other, &MUL)
    }

    /// Exact when both are.
    pub(crate) fn div(&self, other: &Self) -> Result {
        match (self, other) {
            (_, Self::Int(0)) => Err(NumberError::DivisionByZero),
            (Self::Int(a), Self::Int(b)) if a.checked_rem(*b) == Some(0) => Ok(Self::Int(a / b)),
            (Self::Int(1), _) => other.reciprocal(),
            _ => match (self.as_ratio(), other.as_ratio()) {
                (Some(a), Some(b)) => a.div(&b),
                _ => Ok(Self::Float(self.to_float() / other.to_float())),
            },
        }
    }

    /// 1 divided by a number other than exact zero.
    pub(super) fn reciprocal(&self) -> Result {
        let Some(ratio) = self.as_ratio() else { return Ok(Self::Float(1.0 / self.to_float())) };
        let Ratio { numerator, denominator } = ratio.into_owned();
        if numerator.sign() == Sign::Minus {
            return Self::reduced_ratio(-denominator, -numerator);
        }
        Self::reduced_ratio(denominator, numerator)
    }

    #[inline]
    fn combine(&self, other: &Self, operation: &Operation) -> Result {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => match (operation.int)(*a, *b) {
                Some(number) => Ok(Self::Int(number)),
                None => Self::integer((operation.big)(&BigInt::from(*a), &BigInt::from(*b))?),
            },
            (Self::Float(a), Self::Float(b)) => Ok(Self::Float((operation.float)(*a, *b))),
            _ => self.combine_kinds(other, operation),
        }
    }

    /// Numbers of two kinds, or large ones.
    fn combine_kinds(&self, other: &Self, operation: &Operation) -> Result {
        if let (Some(a), Some(b)) = (self.as_integer(), other.as_integer()) {
            return Self::integer((operation.big)(&a, &b)?);
        }
        match (self.as_ratio(), other.as_ratio()) {
            (Some(a), Some(b)) => (operation.ratio)(&a, &b),
            _ => Ok(Self::Float((operation.float)(self.to_float(), other.to_float()))),
        }
    }

    /// How two numbers compare, by their exact values; `None` when one is not a number.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Float(a), _) if !a.is_finite() => a.partial_cmp(&0.0),
            (_, Self::Float(b)) if !b.is_finite() => 0.0.partial_cmp(b),
            _ => compare_exact(&self.to_exact().ok()?, &other.to_exact().ok()?),
        }
    }

    pub(crate) fn sign(&self) -> Option<Ordering> {
        match self {
            Self::Int(number) => Some(number.cmp(&0)),
            Self::Big(number) => Some(order_of(number)),
            Self::Ratio(number) => Some(order_of(&number.numerator)),
            Self::Float(number) => number.partial_cmp(&0.0),
        }
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.sign() == Some(Ordering::Less)
    }

    pub(crate) fn negate(&self) -> Result {
        match self {
            // Not zero less the number, which makes no negative zero.
            Self::Float(number) => Ok(Self::Float(-number)),
            _ => Self::Int(0).sub(self),
        }
    }

    pub(crate) fn magnitude(&self) -> Result {
        match self {
            Self::Float(number) => Ok(Self::Float(number.abs())),
            _ if self.is_negative() => self.negate(),
            _ => Ok(self.clone()),
        }
    }
}

fn compare_exact(a: &Number, b: &Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some(a.cmp(b)),
        (Number::Big(a), Number::Big(b)) => Some(a.cmp(b)),
        _ => Some(a.as_ratio()?.compare(&*b.as_ratio()?)),
    }
}

fn order_of(number: &BigInt) -> Ordering {
    match number.sign() {
        Sign::Minus => Ordering::Less,
        Sign::NoSign => Ordering::Equal,
        Sign::Plus => Ordering::Greater,
    }
}

/// The product, unless it would be too large.
pub(super) fn multiply(a: &BigInt, b: &BigInt) -> Result<BigInt> {
    // The product has as many bits as both together, or one less.
    if a.bits() + b.bits() > BITS_MAX + 1 { Err(NumberError::TooLarge) } else { Ok(a * b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Float, Int};

    #[test]
    fn integers_stay_exact() {
        let sum = Int(i64::MAX).add(&Int(1)).expect("fits");
        assert!(matches!(sum, Number::Big(_)));
        assert_eq!(sum.sub(&Int(1)), Ok(Int(i64::MAX)));
        assert_eq!(Int(i64::MIN).div(&Int(-1)), Ok(sum));
        assert_eq!(Int(6).div(&Int(3)), Ok(Int(2)));
        assert_eq!(Int(6).div(&Int(0)), Err(NumberError::DivisionByZero));
    }

    #[test]
    fn integers_and_floats_compare_by_value() {
        assert_eq!(Int(i64::MAX).compare(&Float(9_223_372_036_854_775_808.0)), Some(Ordering::Less));
        assert_eq!(Int(1).compare(&Float(1.0)), Some(Ordering::Equal));
        assert_eq!(Int(-1).compare(&Float(-1.5)), Some(Ordering::Greater));
        assert_eq!(Float(1.5).compare(&Int(1)), Some(Ordering::Greater));
        assert_eq!(Int(1).compare(&Float(f64::NAN)), None);
        assert_eq!(Int(1).compare(&Float(f64::INFINITY)), Some(Ordering::Less));
        assert_eq!(Float(f64::NEG_INFINITY).compare(&Int(1)), Some(Ordering::Less));
    }

    #[test]
    fn a_product_that_would_be_too_large_is_refused_before() {
        let half = Int(1).shift(i64::try_from(BITS_MAX / 2).expect("small")).expect("fits");
        let big = half.as_integer().expect("an integer");
        assert_eq!(multiply(&big, &big), Err(NumberError::TooLarge));
        let less = half.sub(&Int(1)).expect("fits");
        assert!(less.mul(&less).is_ok());
    }
}
