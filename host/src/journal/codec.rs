//! The bytes of an event.
//!
//! ```text
//! 1   format version, now 1
//! 1   flags: bit 0, a seed is there; the others are 0
//! v   number
//! v   wall clock at the beginning, ms
//! v   length of the command, then the command (UTF-8)
//! 16  digest of the outcome
//! 32  seed, if there is one
//! v   wall time, v  processor time, µs
//! v   memory before, s  memory after as difference, bytes
//! v   number of clock readings, then each: see below
//! 8   XXH3-64 of all before
//! ```
//!
//! `v` is a number in LEB128, seven bits to a byte; `s` is one with its sign folded into the lowest bit. Clock readings
//! come from two clocks that lie decades apart and are read in turns. So each is the difference from the nearer of the
//! last two, one on each clock, with a bit that says which:
//!
//! ```text
//! near the wall clock       1 700 000 000 000 000 123 ─┬─ +40 ─▶ …        starts at the event's beginning
//! near the monotonic clock              5 000 000 007 ─┴─ +25 ─▶ …        starts at 0
//! ```

use xxhash_rust::xxh3::xxh3_64;

use super::{Event, EventUsage, OutcomeDigest, Outside};

/// The newest format, and the one that is written.
pub const EVENT_V1: u8 = 1;

/// Longest command, in bytes. Far over what a host's configuration sensibly allows, so that lowering that never makes
/// an old event unreadable.
pub const COMMAND_BYTES_MAX: usize = 16 << 20;

/// Most clock readings of an event. A turn that read more is cheaper to keep as a snapshot.
pub const READINGS_MAX: usize = 1 << 20;

/// Longest encoded event, in bytes.
pub const EVENT_BYTES_MAX: usize = COMMAND_BYTES_MAX + READINGS_MAX * VARINT_BYTES_MAX + FIXED_BYTES_MAX;

const VARINT_BYTES_MAX: usize = 10;
/// Versions, flags, digest, seed, checksum and eight numbers.
const FIXED_BYTES_MAX: usize = 2 + 16 + 32 + CHECKSUM_BYTES + 8 * VARINT_BYTES_MAX;
const CHECKSUM_BYTES: usize = 8;
const FLAG_SEED: u8 = 1;

/// Why an event can't be written. The turn must end in a snapshot instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The command is too long.
    #[error("an event holds a command of at most {COMMAND_BYTES_MAX} bytes, this one has {bytes}")]
    CommandTooLong {
        /// Its length.
        bytes: usize,
    },
    /// The guest read the clocks too often.
    #[error("an event holds at most {READINGS_MAX} clock readings, this turn made {readings}")]
    TooManyReadings {
        /// How often.
        readings: usize,
    },
}

/// Why bytes are no event that this program can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A newer program wrote it.
    #[error("the event has format {found}, this program knows up to {known}: use a newer hostel")]
    TooNew {
        /// Its format.
        found: u8,
        /// The newest known.
        known: u8,
    },
    /// There are too few bytes for any event.
    #[error("the event is cut off after {bytes} bytes")]
    Truncated {
        /// How many bytes are there.
        bytes: usize,
    },
    /// There are more bytes than an event may have.
    #[error("the event has {bytes} bytes, the limit is {EVENT_BYTES_MAX}")]
    TooLarge {
        /// How many bytes are there.
        bytes: usize,
    },
    /// The bytes changed since they were written, or some are missing.
    #[error("the event's checksum does not match: its bytes have changed since they were written")]
    Checksum,
    /// The checksum is right and the contents are not: whoever wrote it made a mistake.
    #[error("the event is invalid: {what}")]
    Invalid {
        /// What is wrong.
        what: &'static str,
    },
}

pub(super) fn encode(event: &Event) -> Result<Vec<u8>, EncodeError> {
    let (command, readings) = (event.command.as_bytes(), &event.outside.readings);
    if command.len() > COMMAND_BYTES_MAX {
        return Err(EncodeError::CommandTooLong { bytes: command.len() });
    }
    if readings.len() > READINGS_MAX {
        return Err(EncodeError::TooManyReadings { readings: readings.len() });
    }
    let mut to = Vec::with_capacity(FIXED_BYTES_MAX + command.len() + 4 * readings.len());
    to.extend_from_slice(&[EVENT_V1, if event.outside.seed.is_some() { FLAG_SEED } else { 0 }]);
    put_number(&mut to, event.number);
    put_number(&mut to, event.at_ms);
    put_number(&mut to, command.len() as u64);
    to.extend_from_slice(command);
    to.extend_from_slice(event.outcome.as_bytes());
    to.extend_from_slice(event.outside.seed.as_ref().map_or(&[], |seed| seed.as_slice()));
    put_usage(&mut to, &event.usage);
    put_number(&mut to, readings.len() as u64);
    let mut clocks = Clocks::new(event.at_ms);
    readings.iter().for_each(|&reading| put_number(&mut to, clocks.fold(reading)));
    let checksum = xxh3_64(&to);
    to.extend_from_slice(&checksum.to_le_bytes());
    Ok(to)
}

pub(super) fn decode(bytes: &[u8]) -> Result<Event, DecodeError> {
    let (flags, mut from) = check_envelope(bytes)?;
    let number = from.number()?;
    let at_ms = from.number()?;
    let length = from.length()?;
    let command = std::str::from_utf8(from.take(length)?).map_err(|_| invalid("its command is not UTF-8"))?;
    let outcome = OutcomeDigest::from_bytes(from.array()?);
    let seed = if flags & FLAG_SEED == 0 { None } else { Some(from.array()?) };
    let usage = take_usage(&mut from)?;
    let readings = take_readings(&mut from, at_ms)?;
    if !from.0.is_empty() {
        return Err(invalid("bytes follow its last reading"));
    }
    Ok(Event { number, at_ms, command: command.to_owned(), outcome, outside: Outside { seed, readings }, usage })
}

/// Checks size, version, checksum and flags; gives the flags and what follows them.
fn check_envelope(bytes: &[u8]) -> Result<(u8, Input<'_>), DecodeError> {
    let truncated = DecodeError::Truncated { bytes: bytes.len() };
    match bytes.first() {
        None => return Err(truncated),
        Some(0) => return Err(invalid("there is no format 0")),
        Some(&EVENT_V1) => {}
        Some(&found) => return Err(DecodeError::TooNew { found, known: EVENT_V1 }),
    }
    if bytes.len() > EVENT_BYTES_MAX {
        return Err(DecodeError::TooLarge { bytes: bytes.len() });
    }
    let (checked, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(truncated.clone())?;
    if xxh3_64(checked).to_le_bytes() != *checksum {
        return Err(DecodeError::Checksum);
    }
    match checked {
        [_, flags, rest @ ..] if flags & !FLAG_SEED == 0 => Ok((*flags, Input(rest))),
        [_, _, ..] => Err(invalid("it has unknown flags")),
        _ => Err(truncated),
    }
}

fn put_usage(to: &mut Vec<u8>, usage: &EventUsage) {
    put_number(to, usage.wall_us);
    put_number(to, usage.cpu_us);
    put_number(to, usage.memory_before);
    put_number(to, fold_sign(usage.memory_after.wrapping_sub(usage.memory_before)));
}

fn take_usage(from: &mut Input<'_>) -> Result<EventUsage, DecodeError> {
    let [wall_us, cpu_us, memory_before] = [from.number()?, from.number()?, from.number()?];
    let memory_after = memory_before.wrapping_add(unfold_sign(from.number()?));
    Ok(EventUsage { wall_us, cpu_us, memory_before, memory_after })
}

fn take_readings(from: &mut Input<'_>, at_ms: u64) -> Result<Vec<u64>, DecodeError> {
    let count = from.length()?;
    // Each takes a byte at least: a count over that is a lie, and nothing is reserved for it.
    if count > READINGS_MAX.min(from.0.len()) {
        return Err(invalid("it has fewer readings than it says"));
    }
    let mut clocks = Clocks::new(at_ms);
    (0..count).map(|_| clocks.unfold(from.varint()?)).collect()
}

/// The last reading of each clock, as far as encoder and decoder can tell the clocks apart.
struct Clocks([u64; 2]);

impl Clocks {
    fn new(at_ms: u64) -> Self {
        Self([at_ms.wrapping_mul(1_000_000), 0])
    }

    /// A reading as its distance from the nearer clock, which it moves: 65 bits, the lowest says which clock.
    fn fold(&mut self, reading: u64) -> u128 {
        let [wall, monotonic] = self.0.map(|last| fold_sign(reading.wrapping_sub(last)));
        if wall <= monotonic {
            self.0[0] = reading;
            u128::from(wall) << 1
        } else {
            self.0[1] = reading;
            u128::from(monotonic) << 1 | 1
        }
    }

    fn unfold(&mut self, folded: u128) -> Result<u64, DecodeError> {
        let distance = u64::try_from(folded >> 1).map_err(|_| invalid("a reading is over 64 bits"))?;
        let [wall, monotonic] = &mut self.0;
        let clock = if folded & 1 == 0 { wall } else { monotonic };
        *clock = clock.wrapping_add(unfold_sign(distance));
        Ok(*clock)
    }
}

/// A difference with its sign in the lowest bit, so that small ones of either sign are small numbers.
const fn fold_sign(difference: u64) -> u64 {
    (difference << 1) ^ (difference.cast_signed() >> 63).cast_unsigned()
}

const fn unfold_sign(folded: u64) -> u64 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}

fn put_number(to: &mut Vec<u8>, number: impl Into<u128>) {
    let mut rest: u128 = number.into();
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            return to.push(low);
        }
        to.push(low | 0x80);
    }
}

const fn invalid(what: &'static str) -> DecodeError {
    DecodeError::Invalid { what }
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    const SHORT: DecodeError = invalid("it ends before its contents do");

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Self::SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Self::SHORT)?;
        self.0 = rest;
        Ok(*taken)
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

    fn number(&mut self) -> Result<u64, DecodeError> {
        u64::try_from(self.varint()?).map_err(|_| invalid("a number is over 64 bits"))
    }

    fn length(&mut self) -> Result<usize, DecodeError> {
        usize::try_from(self.number()?).map_err(|_| Self::SHORT)
    }
}

#[cfg(test)]
mod tests;
