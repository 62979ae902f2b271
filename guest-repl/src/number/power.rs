//! Powers, roots and logarithms.

use num_bigint::BigInt;
use num_traits::{Signed as _, ToPrimitive as _};

use super::convert::{bits, nearest};
use super::exponential::exp;
use super::{BITS_MAX, Number, NumberError, Ratio, Result};

/// Bits that are enough for a logarithm.
const LOGARITHM_BITS: u64 = 64;

/// Bits of a square that are enough for its root to be rounded to a float.
const ROOT_BITS: i64 = 130;

// === impl Number ===

impl Number {
    /// `self` to the power of `other`: exact for an integral exponent of an exact base, and for exact square roots.
    pub(crate) fn power(&self, other: &Self) -> Result {
        match (self, other) {
            (Self::Float(base), Self::Int(_) | Self::Big(_)) => Ok(Self::Float(float_power(*base, other))),
            (_, Self::Int(_) | Self::Big(_)) => self.exact_power(other),
            (_, Self::Ratio(exponent)) => self.root_power(exponent, other),
            _ => Ok(self.inexact_power(other)),
        }
    }

    /// Exact number to an exact integer.
    fn exact_power(&self, exponent: &Self) -> Result {
        match (self, exponent) {
            (_, Self::Int(0)) | (Self::Int(1), _) => Ok(Self::Int(1)),
            (Self::Int(0), _) if exponent.is_negative() => Err(NumberError::DivisionByZero),
            (Self::Int(0), _) => Ok(Self::Int(0)),
            (Self::Int(-1), _) => Ok(Self::Int(if exponent.is_odd() { -1 } else { 1 })),
            (_, Self::Int(number)) => {
                let power = self.natural_power(number.unsigned_abs())?;
                if *number < 0 { power.reciprocal() } else { Ok(power) }
            }
            _ => Err(NumberError::TooLarge),
        }
    }

    /// Exact number, neither 0 nor 1 nor -1, to a positive integer.
    fn natural_power(&self, exponent: u64) -> Result {
        if let (Self::Int(base), Ok(exponent)) = (self, u32::try_from(exponent)) {
            if let Some(power) = base.checked_pow(exponent) {
                return Ok(Self::Int(power));
            }
        }
        match self {
            Self::Ratio(ratio) => {
                let (numerator, denominator) = (&ratio.numerator, &ratio.denominator);
                Self::reduced_ratio(big_power(numerator, exponent)?, big_power(denominator, exponent)?)
            }
            _ => match self.as_integer() {
                Some(base) => Self::integer(big_power(&base, exponent)?),
                None => Err(NumberError::NotExact),
            },
        }
    }

    /// To a ratio: exact for halves of exact squares.
    fn root_power(&self, exponent: &Ratio, other: &Self) -> Result {
        if self.is_exact() && !self.is_negative() && exponent.denominator == BigInt::from(2) {
            let root = self.square_root()?;
            if root.is_exact() {
                return root.exact_power(&Self::integer(exponent.numerator.clone())?);
            }
        }
        Ok(self.inexact_power(other))
    }

    fn inexact_power(&self, other: &Self) -> Self {
        Self::Float(self.to_float().powf(other.to_float()))
    }

    /// Exact for exact squares. The caller has made sure that the number is not negative.
    pub(crate) fn square_root(&self) -> Result {
        if let Some(root) = self.exact_root()? {
            return Ok(root);
        }
        let float = self.to_float();
        if float.is_finite() && float >= f64::MIN_POSITIVE || !self.is_exact() {
            return Ok(Self::Float(float.sqrt()));
        }
        // The root is a float even where the number is none.
        Ok(Self::Float(self.as_ratio().map_or(f64::NAN, |ratio| ratio.root())))
    }

    /// The root, when the number is the square of an exact number.
    fn exact_root(&self) -> Result<Option<Self>> {
        match self {
            Self::Float(_) => Ok(None),
            Self::Int(_) | Self::Big(_) => {
                let (root, rest) = self.root_and_rest()?;
                Ok(rest.is_zero().then_some(root))
            }
            Self::Ratio(ratio) => {
                let numerator = Self::integer(ratio.numerator.clone())?.exact_root()?;
                let denominator = Self::integer(ratio.denominator.clone())?.exact_root()?;
                match (numerator, denominator) {
                    (Some(numerator), Some(denominator)) => numerator.div(&denominator).map(Some),
                    _ => Ok(None),
                }
            }
        }
    }

    /// e to the power of `self`, exact for 0.
    pub(crate) fn exponential(&self) -> Self {
        if *self == Self::Int(0) { Self::Int(1) } else { Self::Float(exp(self.to_float())) }
    }

    /// The logarithm to `base`. That of a power of 2 or of 10 to that base is the exponent, where a float holds the power.
    pub(crate) fn logarithm_to(&self, base: &Self) -> f64 {
        let float = self.to_float();
        match base {
            Self::Int(2) if float.is_normal() => float.log2(),
            Self::Int(10) if float.is_normal() => float.log10(),
            _ => self.logarithm() / base.logarithm(),
        }
    }

    /// The natural logarithm, also of what is too large or too small for a float.
    pub(crate) fn logarithm(&self) -> f64 {
        match self {
            Self::Big(number) if number.is_positive() => big_logarithm(number),
            Self::Ratio(ratio) if ratio.numerator.is_positive() => {
                let float = self.to_float();
                if float.is_normal() {
                    float.ln()
                } else {
                    big_logarithm(&ratio.numerator) - big_logarithm(&ratio.denominator)
                }
            }
            _ => self.to_float().ln(),
        }
    }
}

// === impl Ratio ===

impl Ratio {
    /// The root as a float, from an integer that is the number times a power of four.
    fn root(&self) -> f64 {
        let (numerator, denominator) = (&self.numerator, &self.denominator);
        let excess = bits(numerator) - bits(denominator);
        let shift = (ROOT_BITS - excess) / 2;
        let distance = shift.unsigned_abs();
        if shift >= 0 {
            nearest(&((numerator << (2 * distance)) / denominator).sqrt(), &(BigInt::from(1) << distance))
        } else {
            nearest(&(((numerator >> (2 * distance)) / denominator).sqrt() << distance), &BigInt::from(1))
        }
    }
}

/// The sign comes from the exact exponent, whose float may have lost its last bit.
fn float_power(base: f64, exponent: &Number) -> f64 {
    let power = base.abs().powf(exponent.to_float());
    if base.is_sign_negative() && exponent.is_odd() { -power } else { power }
}

/// `base`, of which the magnitude is more than 1, to a power, unless that would be too large.
fn big_power(base: &BigInt, exponent: u64) -> Result<BigInt> {
    if base.magnitude().bits() == 1 {
        return Ok(if base.is_negative() && exponent % 2 == 1 { BigInt::from(-1) } else { BigInt::from(1) });
    }
    #[expect(clippy::cast_precision_loss, reason = "near the limit it is exact enough, beyond it does not matter")]
    let bits = big_logarithm(&base.abs()) / std::f64::consts::LN_2 * exponent as f64;
    #[expect(clippy::cast_precision_loss, reason = "a power of two")]
    let limit = BITS_MAX as f64;
    match u32::try_from(exponent) {
        Ok(exponent) if bits <= limit => Ok(base.pow(exponent)),
        _ => Err(NumberError::TooLarge),
    }
}

/// The natural logarithm of a positive integer.
#[expect(clippy::cast_precision_loss, reason = "bits are far fewer than a float counts exactly")]
fn big_logarithm(number: &BigInt) -> f64 {
    let dropped = number.bits().saturating_sub(LOGARITHM_BITS);
    let top = (number >> dropped).to_f64().unwrap_or(f64::NAN);
    top.ln() + dropped as f64 * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Float, Int};

    #[test]
    fn powers_are_exact() {
        assert_eq!(Int(2).power(&Int(62)), Ok(Int(1 << 62)));
        assert_eq!(Int(2).power(&Int(63)), Int(1).shift(63));
        assert_eq!(Int(2).power(&Int(-2)).map(|number| number.to_text(10)), Ok("1/4".to_owned()));
        assert_eq!(Int(0).power(&Int(-1)), Err(NumberError::DivisionByZero));
        assert_eq!(Int(9).power(&Int(1).div(&Int(2)).expect("half")), Ok(Int(3)));
    }

    #[test]
    fn powers_that_would_be_too_large_are_refused_before() {
        let limit = i64::try_from(BITS_MAX).expect("small");
        assert_eq!(Int(2).power(&Int(limit)), Err(NumberError::TooLarge));
        assert!(Int(2).power(&Int(limit - 1)).is_ok());
        assert_eq!(Int(3).power(&Int(limit - 1)), Err(NumberError::TooLarge));
        assert_eq!(Int(-9).power(&Int(i64::MAX)), Err(NumberError::TooLarge));
        let huge = Int(10).power(&Int(30)).expect("fits");
        assert_eq!(Int(2).power(&huge), Err(NumberError::TooLarge));
        assert_eq!(Int(-1).power(&huge), Ok(Int(1)));
        let half = Int(1).div(&Int(2)).expect("half");
        assert_eq!(half.power(&huge), Err(NumberError::TooLarge));
    }

    #[test]
    fn roots_and_logarithms_reach_beyond_floats() {
        let huge = Int(10).power(&Int(400)).expect("fits");
        assert_eq!(huge.square_root(), Int(10).power(&Int(200)));
        assert_eq!(huge.add(&Int(1)).expect("fits").square_root(), Ok(Float(1e200)));
        let tiny = Int(3).div(&huge).expect("fits");
        let root = tiny.square_root().expect("a root").to_float();
        assert!((root / (3.0_f64.sqrt() * 1e-200) - 1.0).abs() < 1e-15);
        assert!((huge.logarithm() - 400.0 * 10.0_f64.ln()).abs() < 1e-10);
        assert!((tiny.logarithm() - 3.0_f64.ln() + 400.0 * 10.0_f64.ln()).abs() < 1e-10);
    }
}
