//! From numbers to numbers without a fraction, and to the parts of a fraction.

use num_bigint::BigInt;
use num_integer::Integer as _;

use super::{Number, Ratio, Result};

/// Which integer near a number to take.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rounding {
    Floor,
    Ceiling,
    Truncate,
    /// The nearest, or the even one of two that are as near.
    Nearest,
}

// === impl Number ===

impl Number {
    /// As exact as the number.
    pub(crate) fn round(&self, rounding: Rounding) -> Result {
        match self {
            Self::Int(_) | Self::Big(_) => Ok(self.clone()),
            Self::Ratio(ratio) => Self::integer(ratio.round(rounding)),
            Self::Float(number) => Ok(Self::Float(match rounding {
                Rounding::Floor => number.floor(),
                Rounding::Ceiling => number.ceil(),
                Rounding::Truncate => number.trunc(),
                Rounding::Nearest => number.round_ties_even(),
            })),
        }
    }

    /// Of the number as a fraction; as exact as the number.
    pub(crate) fn numerator(&self) -> Result {
        self.part(|ratio| &ratio.numerator)
    }

    pub(crate) fn denominator(&self) -> Result {
        self.part(|ratio| &ratio.denominator)
    }

    fn part(&self, part: fn(&Ratio) -> &BigInt) -> Result {
        match self.to_exact()? {
            Self::Ratio(ratio) if self.is_exact() => Self::integer(part(&ratio).clone()),
            Self::Ratio(ratio) => Ok(Self::integer(part(&ratio).clone())?.to_inexact()),
            exact => {
                let part = exact.as_ratio().map(|ratio| part(&ratio).clone()).unwrap_or_default();
                let part = Self::integer(part)?;
                Ok(if self.is_exact() { part } else { part.to_inexact() })
            }
        }
    }
}

// === impl Ratio ===

impl Ratio {
    fn round(&self, rounding: Rounding) -> BigInt {
        let floor = self.numerator.div_floor(&self.denominator);
        let up = match rounding {
            Rounding::Floor => false,
            Rounding::Ceiling => true,
            Rounding::Truncate => self.numerator.sign() == num_bigint::Sign::Minus,
            Rounding::Nearest => self.rounds_up(&floor),
        };
        floor + i32::from(up)
    }

    /// Whether the next integer is nearer than `floor`, or as near and even.
    fn rounds_up(&self, floor: &BigInt) -> bool {
        let rest = &self.numerator - floor * &self.denominator;
        match (rest << 1_u32).cmp(&self.denominator) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => floor.is_odd(),
            std::cmp::Ordering::Greater => true,
        }
    }
}
