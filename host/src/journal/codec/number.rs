//! Numbers as an event has them, and reading them back.

use super::{DecodeError, invalid};
use crate::input::{EndsEarly, Input};

/// Ten times seven bits hold 65.
pub(super) const VARINT_BYTES_MAX: usize = 10;

/// Puts a number in LEB128.
pub(super) fn put_number(to: &mut Vec<u8>, number: u64) {
    let mut rest = number;
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            return to.push(low);
        }
        to.push(low | 0x80);
    }
}

/// A difference with its sign in the lowest bit, so that small ones of either sign are small numbers.
pub(super) const fn fold_sign(difference: u64) -> u64 {
    (difference << 1) ^ (difference.cast_signed() >> 63).cast_unsigned()
}

pub(super) const fn unfold_sign(folded: u64) -> u64 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}

/// The last reading of each clock, as far as encoder and decoder can tell the clocks apart.
pub(super) struct Clocks([u64; 2]);

impl Clocks {
    /// At the beginning of an event: `at_ms` by the wall clock, 0 by the monotonic one.
    pub(super) fn new(at_ms: u64) -> Self {
        Self([at_ms.wrapping_mul(1_000_000), 0])
    }

    /// Puts a reading as its distance from the nearer clock, which it moves: 65 bits, the lowest says which clock.
    pub(super) fn put(&mut self, to: &mut Vec<u8>, reading: u64) {
        let [wall, monotonic] = self.0.map(|last| fold_sign(reading.wrapping_sub(last)));
        let (clock, distance) = if wall <= monotonic { (0, wall) } else { (1, monotonic) };
        self.0[clock] = reading;
        let which = if clock == 0 { 0 } else { 1 };
        let [low, ..] = (distance << 1).to_le_bytes();
        // The upper 59 of the 65 bits, past the first byte's seven.
        match distance >> 6 {
            0 => to.push(low | which),
            rest => {
                to.push(low | which | 0x80);
                put_number(to, rest);
            }
        }
    }

    pub(super) fn take(&mut self, from: &mut Input<'_>) -> Result<u64, DecodeError> {
        let folded = from.varint()?;
        let distance = u64::try_from(folded >> 1).map_err(|_| invalid("a reading is over 64 bits"))?;
        let [wall, monotonic] = &mut self.0;
        let clock = if folded & 1 == 0 { wall } else { monotonic };
        *clock = clock.wrapping_add(unfold_sign(distance));
        Ok(*clock)
    }
}

/// What events have beside plain bytes.
pub(super) trait Numbers {
    /// The error of an input that ends early.
    const SHORT: DecodeError = invalid(EndsEarly::WHAT);

    fn number(&mut self) -> Result<u64, DecodeError>;

    fn length(&mut self) -> Result<usize, DecodeError>;

    fn varint(&mut self) -> Result<u128, DecodeError>;
}

impl Numbers for Input<'_> {
    fn number(&mut self) -> Result<u64, DecodeError> {
        u64::try_from(self.varint()?).map_err(|_| invalid("a number is over 64 bits"))
    }

    fn length(&mut self) -> Result<usize, DecodeError> {
        usize::try_from(self.number()?).map_err(|_| Self::SHORT)
    }

    fn varint(&mut self) -> Result<u128, DecodeError> {
        let mut number = 0;
        for shift in (0..VARINT_BYTES_MAX).map(|at| 7 * at) {
            let [byte] = self.array()?;
            number |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(invalid("a number is too long"))
    }
}

impl From<EndsEarly> for DecodeError {
    fn from(_: EndsEarly) -> Self {
        Input::SHORT
    }
}
