//! The first format, read for ever and written no more.
//!
//! ```text
//! 1   format version, 1
//! 1   flags: bit 0, a seed is there; the others are 0
//! v   number
//! v   wall clock at the beginning, ms
//! v   length of the command, then the command (UTF-8)
//! 16  digest of the outcome
//! 32  seed, if there is one
//! v   wall time, v  processor time, µs
//! v   memory before, s  memory after as difference, bytes
//! v   number of clock readings, then each
//! 8   XXH3-64 of all before
//! ```
//!
//! A session could not go back then: each event follows the one before it. Turns that can't be replayed had none.

use super::number::Numbers;
use super::{
    COMMAND_BYTES_MAX, DecodeError, Event, OutcomeDigest, invalid, take_event_number, take_outside, take_usage,
};
use crate::input::Input;

const FLAG_SEED: u8 = 1;

/// The event in what follows the version.
pub(super) fn decode(mut from: Input<'_>) -> Result<Event, DecodeError> {
    let [flags] = from.array()?;
    if flags & !FLAG_SEED != 0 {
        return Err(invalid("it has unknown flags"));
    }
    let number = take_event_number(&mut from)?;
    let at_ms = from.number()?;
    let length = from.length()?;
    if length > COMMAND_BYTES_MAX {
        return Err(invalid("its command is too long"));
    }
    let command = std::str::from_utf8(from.take(length)?).map_err(|_| invalid("its command is not UTF-8"))?;
    let outcome = OutcomeDigest::from_bytes(from.array()?);
    let seed = if flags & FLAG_SEED == 0 { None } else { Some(from.array()?) };
    let usage = take_usage(&mut from)?;
    let outside = take_outside(&mut from, seed, at_ms)?;
    if !from.0.is_empty() {
        return Err(invalid("bytes follow its last reading"));
    }
    Ok(Event {
        number,
        follows: number - 1,
        at_ms,
        command: command.into(),
        outcome,
        outside,
        usage,
        replayable: true,
        key: None,
        answer: None,
        undone: None,
        guest: None,
    })
}
