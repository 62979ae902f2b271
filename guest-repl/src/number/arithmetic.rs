//! What all kinds of number can do.

use std::cmp::Ordering;

use super::{Number, NumberError};

type Result<T = Number> = std::result::Result<T, NumberError>;

// === impl Number ===

impl Number {
    #[inline]
    pub(crate) fn add(self, other: Self) -> Result {
        self.combine(other, i64::checked_add, |a, b| a + b)
    }

    #[inline]
    pub(crate) fn sub(self, other: Self) -> Result {
        self.combine(other, i64::checked_sub, |a, b| a - b)
    }

    pub(crate) fn mul(self, other: Self) -> Result {
        self.combine(other, i64::checked_mul, |a, b| a * b)
    }

    /// Exact when the result is an integer, otherwise a float.
    pub(crate) fn div(self, other: Self) -> Result {
        match (self, other) {
            (_, Self::Int(0)) => Err(NumberError::DivisionByZero),
            (Self::Int(a), Self::Int(b)) if a.checked_rem(b) == Some(0) => Ok(Self::Int(a / b)),
            _ => Ok(Self::Float(self.to_float() / other.to_float())),
        }
    }

    #[inline]
    fn combine(self, other: Self, int: fn(i64, i64) -> Option<i64>, float: fn(f64, f64) -> f64) -> Result {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => int(a, b).map(Self::Int).ok_or(NumberError::Overflow),
            _ => Ok(Self::Float(float(self.to_float(), other.to_float()))),
        }
    }

    /// How two numbers compare; `None` when one is not a number.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Int(a), Self::Float(b)) => compare_mixed(a, b),
            (Self::Float(a), Self::Int(b)) => compare_mixed(b, a).map(Ordering::reverse),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
        }
    }

    pub(crate) fn sign(self) -> Option<Ordering> {
        self.compare(Self::Int(0))
    }

    pub(crate) fn negate(self) -> Result {
        match self {
            Self::Int(number) => number.checked_neg().map(Self::Int).ok_or(NumberError::Overflow),
            Self::Float(number) => Ok(Self::Float(-number)),
        }
    }

    /// `self` to the power of `other`: exact for a natural exponent of an exact base.
    pub(crate) fn power(self, other: Self) -> Result {
        match (self, other) {
            (Self::Int(base), Self::Int(exponent)) if exponent >= 0 => int_power(base, exponent),
            (Self::Int(0), Self::Int(_)) => Err(NumberError::DivisionByZero),
            (Self::Int(base @ (1 | -1)), Self::Int(exponent)) => int_power(base, exponent & 1),
            _ => Ok(Self::Float(self.to_float().powf(other.to_float()))),
        }
    }

    /// Exact for exact squares.
    pub(crate) fn square_root(self) -> Self {
        if let Self::Int(number @ 0..) = self {
            let root = number.isqrt();
            if root * root == number {
                return Self::Int(root);
            }
        }
        Self::Float(self.to_float().sqrt())
    }

    /// Applies a rounding of floats; integers are round already.
    pub(crate) fn round_by(self, round: fn(f64) -> f64) -> Self {
        match self {
            Self::Int(_) => self,
            Self::Float(number) => Self::Float(round(number)),
        }
    }
}

/// Exact, where turning the integer into a float would lose digits.
fn compare_mixed(int: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    let floor = float.floor();
    Some(match super::float_to_int(floor) {
        Some(whole) if int == whole && floor < float => Ordering::Less,
        Some(whole) => int.cmp(&whole),
        None if float > 0.0 => Ordering::Less,
        None => Ordering::Greater,
    })
}

fn int_power(base: i64, exponent: i64) -> Result {
    if matches!(base, 0 | 1) && exponent > 0 {
        return Ok(Number::Int(base));
    }
    if base == -1 {
        return Ok(Number::Int(if exponent % 2 == 0 { 1 } else { -1 }));
    }
    let exponent = u32::try_from(exponent).map_err(|_| NumberError::Overflow)?;
    base.checked_pow(exponent).map(Number::Int).ok_or(NumberError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Float, Int};

    #[test]
    fn integers_stay_exact_or_fail() {
        assert_eq!(Int(i64::MAX).add(Int(1)), Err(NumberError::Overflow));
        assert_eq!(Int(2).power(Int(62)), Ok(Int(1 << 62)));
        assert_eq!(Int(2).power(Int(63)), Err(NumberError::Overflow));
        assert_eq!(Int(i64::MIN).div(Int(-1)), Ok(Float(9_223_372_036_854_775_808.0)));
        assert_eq!(Int(6).div(Int(3)), Ok(Int(2)));
    }

    #[test]
    fn integers_and_floats_compare_by_value() {
        assert_eq!(Int(i64::MAX).compare(Float(9_223_372_036_854_775_808.0)), Some(Ordering::Less));
        assert_eq!(Int(1).compare(Float(1.0)), Some(Ordering::Equal));
        assert_eq!(Int(-1).compare(Float(-1.5)), Some(Ordering::Greater));
        assert_eq!(Float(1.5).compare(Int(1)), Some(Ordering::Greater));
        assert_eq!(Int(1).compare(Float(f64::NAN)), None);
    }
}
