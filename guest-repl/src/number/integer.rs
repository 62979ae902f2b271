//! What only integers can do. Floats without a fraction count as integers and give floats.

use super::{Number, NumberError};

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
    pub(crate) fn divide(self, other: Self, division: Division) -> Result<Self, NumberError> {
        if other.is_zero() {
            return Err(NumberError::DivisionByZero);
        }
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => divide_ints(a, b, division).map(Self::Int).ok_or(NumberError::Overflow),
            _ => Ok(Self::Float(divide_floats(self.to_float(), other.to_float(), division))),
        }
    }

    /// The greatest common divisor of two integers, never negative.
    pub(crate) fn gcd(self, other: Self) -> Result<Self, NumberError> {
        let (mut a, mut b) = (self, other);
        while !b.is_zero() {
            (a, b) = (b, a.divide(b, Division::Modulo)?);
        }
        a.magnitude()
    }

    /// The least common multiple of two integers, never negative.
    pub(crate) fn lcm(self, other: Self) -> Result<Self, NumberError> {
        if self.is_zero() || other.is_zero() {
            return Ok(Self::Int(0));
        }
        self.divide(self.gcd(other)?, Division::Quotient)?.mul(other)?.magnitude()
    }

    pub(crate) fn magnitude(self) -> Result<Self, NumberError> {
        match self {
            Self::Int(number) => number.checked_abs().map(Self::Int).ok_or(NumberError::Overflow),
            Self::Float(number) => Ok(Self::Float(number.abs())),
        }
    }
}

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

fn divide_floats(a: f64, b: f64, division: Division) -> f64 {
    match division {
        Division::Quotient => (a / b).trunc(),
        Division::Remainder => a % b,
        Division::Modulo => a - b * (a / b).floor(),
        Division::FloorQuotient => (a / b).floor(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Float, Int};

    #[test]
    fn signs_follow_the_standard() {
        let all = |a, b| {
            [Division::Quotient, Division::Remainder, Division::Modulo, Division::FloorQuotient]
                .map(|division| Int(a).divide(Int(b), division).expect("divisible"))
        };
        assert_eq!(all(13, 4), [Int(3), Int(1), Int(1), Int(3)]);
        assert_eq!(all(-13, 4), [Int(-3), Int(-1), Int(3), Int(-4)]);
        assert_eq!(all(13, -4), [Int(-3), Int(1), Int(-3), Int(-4)]);
        assert_eq!(all(-13, -4), [Int(3), Int(-1), Int(-1), Int(3)]);
    }

    #[test]
    fn the_edges_of_the_range_do_not_trap() {
        let least = Int(i64::MIN);
        assert_eq!(least.divide(Int(-1), Division::Quotient), Err(NumberError::Overflow));
        assert_eq!(least.divide(Int(-1), Division::Modulo), Ok(Int(0)));
        assert_eq!(least.magnitude(), Err(NumberError::Overflow));
        assert_eq!(Float(5.0).divide(Int(0), Division::Modulo), Err(NumberError::DivisionByZero));
    }

    #[test]
    fn common_divisors_and_multiples_are_never_negative() {
        assert_eq!(Int(-12).gcd(Int(18)), Ok(Int(6)));
        assert_eq!(Int(-4).lcm(Int(6)), Ok(Int(12)));
        assert_eq!(Int(0).gcd(Int(0)), Ok(Int(0)));
    }
}
