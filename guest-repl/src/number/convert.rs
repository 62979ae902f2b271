//! Between exact numbers and floats, always to the nearest.

use num_bigint::{BigInt, Sign};
use num_integer::Integer as _;
use num_traits::{Signed as _, ToPrimitive as _};

use super::{Number, NumberError, Ratio, Result};

/// Bits of a float's significand, the one that is not stored included.
const DIGITS: i64 = f64::MANTISSA_DIGITS as i64;

/// The power of two that is the least positive float.
const EXPONENT_LEAST: i64 = -1074;

/// Bits to compute of a quotient that is to be rounded to a float: enough to tell on which side of a half it is.
const QUOTIENT_BITS: i64 = 66;

// === impl Number ===

impl Number {
    /// The nearest float.
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub(crate) fn to_float(&self) -> f64 {
        match self {
            Self::Int(number) => *number as f64,
            Self::Big(number) => number.to_f64().unwrap_or(f64::NAN),
            Self::Ratio(ratio) => ratio.to_float(),
            Self::Float(number) => *number,
        }
    }

    pub(crate) fn to_inexact(&self) -> Self {
        Self::Float(self.to_float())
    }

    /// The exact number of the same value.
    pub(crate) fn to_exact(&self) -> Result {
        match self {
            Self::Float(number) => exact(*number),
            _ => Ok(self.clone()),
        }
    }
}

/// The exact number of this value.
fn exact(number: f64) -> Result {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if !number.is_finite() {
        return Err(NumberError::NotExact);
    }
    if number.fract() == 0.0 && (-LIMIT..LIMIT).contains(&number) {
        #[expect(clippy::cast_possible_truncation, reason = "in range and without a fraction, just checked")]
        return Ok(Number::Int(number as i64));
    }
    let (significand, exponent) = parts(number);
    if exponent >= 0 {
        return Number::integer(BigInt::from(significand) << exponent.unsigned_abs());
    }
    Number::ratio(BigInt::from(significand), BigInt::from(1) << exponent.unsigned_abs())
}

/// A finite float as `significand * 2^exponent`.
fn parts(number: f64) -> (i64, i64) {
    const STORED: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = number.abs().to_bits();
    let (exponent, fraction) = (signed(bits >> STORED), signed(bits & ((1 << STORED) - 1)));
    let (significand, exponent) = match exponent {
        0 => (fraction, EXPONENT_LEAST),
        _ => (fraction | 1 << STORED, exponent - 1 + EXPONENT_LEAST),
    };
    (if number < 0.0 { -significand } else { significand }, exponent)
}

// === impl Ratio ===

impl Ratio {
    /// The nearest float, ties to even, whatever the sizes of the parts.
    fn to_float(&self) -> f64 {
        let magnitude = nearest(&self.numerator.abs(), &self.denominator);
        if self.numerator.sign() == Sign::Minus { -magnitude } else { magnitude }
    }
}

/// The float nearest to the quotient of two positive integers.
#[expect(clippy::cast_precision_loss, reason = "no more bits than a float has")]
pub(super) fn nearest(numerator: &BigInt, denominator: &BigInt) -> f64 {
    let shift = QUOTIENT_BITS + bits(denominator) - bits(numerator);
    let (quotient, rest) = if shift >= 0 {
        (numerator << shift.unsigned_abs()).div_rem(denominator)
    } else {
        numerator.div_rem(&(denominator << shift.unsigned_abs()))
    };
    // What follows the bits of the quotient counts only for being there.
    let quotient = quotient.to_u128().unwrap_or(0) | u128::from(rest.sign() != Sign::NoSign);
    let length = 128 - i64::from(quotient.leading_zeros());
    // The value is from 2^(top - 1) to before 2^top.
    let top = length - shift;
    if top > i64::from(f64::MAX_EXP) {
        return f64::INFINITY;
    }
    let kept = DIGITS.min(top - EXPONENT_LEAST);
    if kept < 0 {
        return 0.0;
    }
    let dropped = length - kept;
    let (whole, rest, half) = (quotient >> dropped, quotient & ((1 << dropped) - 1), 1 << (dropped - 1));
    let up = rest > half || rest == half && whole % 2 == 1;
    (whole + u128::from(up)) as f64 * power_of_two(dropped - shift)
}

pub(super) fn bits(number: &BigInt) -> i64 {
    signed(number.bits())
}

/// What is far from the end of the range, as a number that may be subtracted from.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// `2^exponent`, which must be a float.
fn power_of_two(exponent: i64) -> f64 {
    const NORMAL_LEAST: i64 = f64::MIN_EXP as i64 - 1;
    if exponent >= NORMAL_LEAST {
        f64::from_bits((exponent - NORMAL_LEAST + 1).unsigned_abs() << (f64::MANTISSA_DIGITS - 1))
    } else {
        f64::from_bits(1 << (exponent - EXPONENT_LEAST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> f64 {
        let (numerator, denominator) = text.split_once('/').expect("a ratio");
        let part = |text: &str| text.parse::<BigInt>().expect("an integer");
        Number::ratio(part(numerator), part(denominator)).expect("fits").to_float()
    }

    #[test]
    fn ratios_become_the_nearest_float() {
        assert_eq!(ratio("1/3"), 1.0 / 3.0);
        assert_eq!(ratio("-2/3"), -2.0 / 3.0);
        assert_eq!(ratio("1/10"), 0.1);
        // Half-way between two floats, and a little more.
        assert_eq!(ratio("18014398509481985/2"), 9_007_199_254_740_992.0);
        assert_eq!(ratio("54043195528445957/6"), 9_007_199_254_740_993.0_f64.next_up().next_down());
        let huge = "9".repeat(400);
        assert_eq!(ratio(&format!("{huge}1/{huge}0")), 1.0);
        assert_eq!(ratio(&format!("{huge}/2")), f64::INFINITY);
        assert_eq!(ratio(&format!("1/{huge}")), 0.0);
    }

    #[test]
    fn floats_come_back_from_exact_numbers() {
        let least = f64::from_bits(1);
        let largest_subnormal = f64::MIN_POSITIVE.next_down();
        for number in [0.1, -2.5, 1e300, -1e-300, least, largest_subnormal, f64::MIN_POSITIVE, f64::MAX, 3.0, 0.0] {
            let exact = Number::Float(number).to_exact().expect("finite");
            assert!(exact.is_exact());
            assert_eq!(exact.to_float().to_bits(), number.to_bits(), "{number:e}");
        }
    }

    #[test]
    fn what_is_below_half_the_least_float_is_zero() {
        let power = |exponent: u32| BigInt::from(1) << exponent;
        let to_float = |numerator: i32, exponent| nearest(&BigInt::from(numerator), &power(exponent));
        assert_eq!(to_float(1, 1075), 0.0);
        assert_eq!(to_float(3, 1076), f64::from_bits(1));
        assert_eq!(to_float(1, 1076), 0.0);
        assert_eq!(to_float(1, 2000), 0.0);
    }
}
