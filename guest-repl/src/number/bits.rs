//! Exact integers as rows of bits, in two's complement and without an end.

use num_bigint::{BigInt, Sign};

use super::{BITS_MAX, Number, NumberError, Result};

/// What is done with each bit of two integers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bitwise {
    And,
    Or,
    Xor,
}

// === impl Number ===
// The caller has made sure that the numbers are exact integers.

impl Number {
    pub(crate) fn bitwise(&self, other: &Self, operation: Bitwise) -> Result {
        if let (Self::Int(a), Self::Int(b)) = (self, other) {
            return Ok(Self::Int(match operation {
                Bitwise::And => a & b,
                Bitwise::Or => a | b,
                Bitwise::Xor => a ^ b,
            }));
        }
        let (Some(a), Some(b)) = (self.as_integer(), other.as_integer()) else { return Err(NumberError::NotExact) };
        Self::integer(match operation {
            Bitwise::And => &*a & &*b,
            Bitwise::Or => &*a | &*b,
            Bitwise::Xor => &*a ^ &*b,
        })
    }

    pub(crate) fn bitwise_not(&self) -> Result {
        Self::Int(-1).sub(self)
    }

    /// To the left, or to the right for a negative count, which rounds down.
    pub(crate) fn shift(&self, count: i64) -> Result {
        let distance = count.unsigned_abs();
        let Some(number) = self.as_integer() else { return Err(NumberError::NotExact) };
        match count {
            _ if number.sign() == Sign::NoSign => Ok(Self::Int(0)),
            0.. if number.bits().saturating_add(distance) > BITS_MAX => Err(NumberError::TooLarge),
            0.. => Self::integer(&*number << distance),
            _ if distance > number.bits() => Ok(Self::Int(if self.is_negative() { -1 } else { 0 })),
            _ => Self::integer(&*number >> distance),
        }
    }

    /// Bits that tell it from 0 or, when it is negative, from -1.
    pub(crate) fn bit_length(&self) -> u64 {
        self.told_from_sign().bits()
    }

    /// How many of those bits differ from the sign.
    pub(crate) fn bit_count(&self) -> u64 {
        self.told_from_sign().magnitude().count_ones()
    }

    fn told_from_sign(&self) -> BigInt {
        let number = self.as_integer().unwrap_or_default().into_owned();
        if number.sign() == Sign::Minus { !number } else { number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::Int;

    #[test]
    fn shifts_that_would_be_too_large_are_refused_before() {
        let limit = i64::try_from(BITS_MAX).expect("small");
        assert_eq!(Int(1).shift(limit), Err(NumberError::TooLarge));
        assert!(Int(1).shift(limit - 1).is_ok());
        assert_eq!(Int(1).shift(i64::MAX), Err(NumberError::TooLarge));
        assert_eq!(Int(0).shift(i64::MAX), Ok(Int(0)));
        assert_eq!(Int(5).shift(i64::MIN), Ok(Int(0)));
        assert_eq!(Int(-5).shift(i64::MIN), Ok(Int(-1)));
        assert_eq!(Int(-5).shift(-1), Ok(Int(-3)));
    }
}
