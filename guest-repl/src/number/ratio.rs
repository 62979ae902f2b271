//! Exact numbers that are not integers.

use std::borrow::Cow;
use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_integer::Integer as _;
use num_traits::{One as _, Signed as _};

use super::arithmetic::multiply;
use super::{Number, Result};

/// A fraction. As a number of its own its parts have no common divisor, and the denominator is more than 1; an integer
/// that takes part in a calculation is over 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ratio {
    pub(crate) numerator: BigInt,
    pub(crate) denominator: BigInt,
}

// === impl Ratio ===

impl From<BigInt> for Ratio {
    fn from(number: BigInt) -> Self {
        Self { numerator: number, denominator: BigInt::one() }
    }
}

impl Ratio {
    /// Without a common divisor, and with the sign in the numerator. The denominator must not be zero.
    pub(super) fn reduced(numerator: BigInt, denominator: BigInt) -> Self {
        let mut divisor = gcd(&numerator, &denominator);
        if denominator.is_negative() {
            divisor = -divisor;
        }
        if divisor.is_one() {
            return Self { numerator, denominator };
        }
        Self { numerator: numerator / &divisor, denominator: denominator / &divisor }
    }

    pub(super) fn add(&self, other: &Self) -> Result {
        self.over_common(other, |a, b| a + b)
    }

    pub(super) fn sub(&self, other: &Self) -> Result {
        self.over_common(other, |a, b| a - b)
    }

    fn over_common(&self, other: &Self, operation: fn(BigInt, BigInt) -> BigInt) -> Result {
        if self.denominator == other.denominator {
            let numerator = operation(self.numerator.clone(), other.numerator.clone());
            return Number::ratio(numerator, self.denominator.clone());
        }
        let left = multiply(&self.numerator, &other.denominator)?;
        let right = multiply(&other.numerator, &self.denominator)?;
        Number::ratio(operation(left, right), multiply(&self.denominator, &other.denominator)?)
    }

    pub(super) fn mul(&self, other: &Self) -> Result {
        let numerator = multiply(&self.numerator, &other.numerator)?;
        Number::ratio(numerator, multiply(&self.denominator, &other.denominator)?)
    }

    /// The divisor must not be zero.
    pub(super) fn div(&self, other: &Self) -> Result {
        let numerator = multiply(&self.numerator, &other.denominator)?;
        Number::ratio(numerator, multiply(&self.denominator, &other.numerator)?)
    }

    /// By sign and size where that tells, otherwise by multiplying across.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let (sign, other_sign) = (self.numerator.sign(), other.numerator.sign());
        if sign != other_sign || self.denominator == other.denominator {
            return self.numerator.cmp(&other.numerator);
        }
        let bits = self.numerator.bits() + other.denominator.bits();
        let other_bits = other.numerator.bits() + self.denominator.bits();
        if bits.abs_diff(other_bits) > 1 {
            let order = bits.cmp(&other_bits);
            return if sign == Sign::Minus { order.reverse() } else { order };
        }
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }
}

/// The greatest common divisor, never negative.
pub(super) fn gcd(a: &BigInt, b: &BigInt) -> BigInt {
    let (large, small) = if a.bits() < b.bits() { (b, a) } else { (a, b) };
    if small.sign() == Sign::NoSign {
        return large.abs();
    }
    // One division makes them as long as each other; what follows takes a step for each bit.
    let rest = if large.bits() == small.bits() { Cow::Borrowed(large) } else { Cow::Owned(large % small) };
    rest.gcd(small)
}
