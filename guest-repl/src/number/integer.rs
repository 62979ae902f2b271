//! What only integers can do. Floats without a fraction count as integers and give floats.

use num_bigint::BigInt;
use num_integer::Integer as _;

use super::{Number, NumberError, Result, ratio};

/// The divisions of the language, by which way the quotient is rounded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Division {
    Quotient,
    Remainder,
    Modulo,
    FloorQuotient,
}

// === impl Number ===

impl Number {
    /// Divides two integers. The caller has made sure that both are.
    pub(crate) fn divide(&self, other: &Self, division: Division) -> Result {
        if other.is_zero() {
            return Err(NumberError::DivisionByZero);
        }
        if let (Self::Int(a), Self::Int(b)) = (self, other) {
            if let Some(number) = divide_ints(*a, *b, division) {
                return Ok(Self::Int(number));
            }
        }
        self.by_integers(other, |a, b| Self::integer(divide_bigs(a, b, division)))
    }

    /// The greatest common divisor of two integers, never negative.
    pub(crate) fn gcd(&self, other: &Self) -> Result {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) if *a != i64::MIN && *b != i64::MIN => Ok(Self::Int(a.gcd(b))),
            _ => self.by_integers(other, |a, b| Self::integer(ratio::gcd(a, b))),
        }
    }

    /// The least common multiple of two integers, never negative.
    pub(crate) fn lcm(&self, other: &Self) -> Result {
        let divisor = self.gcd(other)?;
        if divisor.is_zero() {
            return Ok(divisor);
        }
        self.divide(&divisor, Division::Quotient)?.mul(other)?.magnitude()
    }

    pub(crate) fn is_odd(&self) -> bool {
        match self {
            Self::Int(number) => number % 2 != 0,
            Self::Big(number) => number.is_odd(),
            Self::Ratio(_) => false,
            Self::Float(number) => (number % 2.0).abs() == 1.0,
        }
    }

    /// The largest integer whose square is not larger than this natural number, and what is left over.
    pub(crate) fn root_and_rest(&self) -> Result<(Self, Self)> {
        let root = self.root()?;
        let rest = self.sub(&root.mul(&root)?)?;
        Ok((root, rest))
    }

    fn root(&self) -> Result {
        match self {
            Self::Int(number @ 0..) => Ok(Self::Int(number.isqrt())),
            Self::Big(number) => Self::integer(number.sqrt()),
            _ => Err(NumberError::NotExact),
        }
    }

    /// An operation of exact integers, applied to integers that may be floats.
    fn by_integers(&self, other: &Self, operation: impl FnOnce(&BigInt, &BigInt) -> Result) -> Result {
        let (a, b) = (self.to_exact()?, other.to_exact()?);
        let (Some(big_a), Some(big_b)) = (a.as_integer(), b.as_integer()) else { return Err(NumberError::NotExact) };
        let result = operation(&big_a, &big_b)?;
        Ok(if self.is_exact() && other.is_exact() { result } else { result.to_inexact() })
    }
}

/// `None` when 64 bits do not hold the result.
fn divide_ints(a: i64, b: i64, division: Division) -> Option<i64> {
    match division {
        Division::Quotient => a.checked_div(b),
        Division::Remainder => Some(a.wrapping_rem(b)),
        Division::Modulo => Some(modulo(a, b)),
        Division::FloorQuotient => {
            let quotient = a.checked_div(b)?;
            Some(if a.wrapping_rem(b) != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
        }
    }
}

/// The remainder with the sign of the divisor.
fn modulo(a: i64, b: i64) -> i64 {
    let remainder = a.wrapping_rem(b);
    if remainder != 0 && (remainder < 0) != (b < 0) { remainder + b } else { remainder }
}

fn divide_bigs(a: &BigInt, b: &BigInt, division: Division) -> BigInt {
    match division {
        Division::Quotient => a / b,
        Division::Remainder => a % b,
        Division::Modulo => a.mod_floor(b),
        Division::FloorQuotient => a.div_floor(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Float, Int};

    #[test]
    fn signs_follow_the_standard() {
        let all = |a: Number, b: Number| {
            [Division::Quotient, Division::Remainder, Division::Modulo, Division::FloorQuotient]
                .map(|division| a.divide(&b, division).expect("divisible").to_text(10))
        };
        assert_eq!(all(Int(13), Int(4)), ["3", "1", "1", "3"]);
        assert_eq!(all(Int(-13), Int(4)), ["-3", "-1", "3", "-4"]);
        assert_eq!(all(Int(13), Int(-4)), ["-3", "1", "-3", "-4"]);
        assert_eq!(all(Int(-13), Int(-4)), ["3", "-1", "-1", "3"]);
        assert_eq!(all(Float(-13.0), Int(4)), ["-3.0", "-1.0", "3.0", "-4.0"]);
        let expected = ["-9223372036854775806", "-1", "9223372036854775806", "-9223372036854775807"];
        let large = Int(i64::MAX).mul(&Int(i64::MAX - 1)).and_then(|number| number.add(&Int(1))).expect("fits");
        assert_eq!(all(large.negate().expect("fits"), Int(i64::MAX)), expected);
    }

    #[test]
    fn the_edges_of_the_range_do_not_trap() {
        let least = Int(i64::MIN);
        let beyond = Int(i64::MAX).add(&Int(1));
        assert_eq!(least.divide(&Int(-1), Division::Quotient), beyond);
        assert_eq!(least.divide(&Int(-1), Division::FloorQuotient), beyond);
        assert_eq!(least.divide(&Int(-1), Division::Modulo), Ok(Int(0)));
        assert_eq!(least.magnitude(), beyond);
        assert_eq!(least.gcd(&Int(0)), beyond);
        assert_eq!(Float(5.0).divide(&Int(0), Division::Modulo), Err(NumberError::DivisionByZero));
    }

    #[test]
    fn common_divisors_and_multiples_are_never_negative() {
        assert_eq!(Int(-12).gcd(&Int(18)), Ok(Int(6)));
        assert_eq!(Int(-4).lcm(&Int(6)), Ok(Int(12)));
        assert_eq!(Int(0).gcd(&Int(0)), Ok(Int(0)));
        assert_eq!(Int(0).lcm(&Int(0)), Ok(Int(0)));
        assert_eq!(Int(0).lcm(&Int(5)), Ok(Int(0)));
        assert_eq!(Float(-4.0).lcm(&Int(6)), Ok(Float(12.0)));
    }
}
