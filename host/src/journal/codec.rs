//! The bytes of an event.
//!
//! ```text
//! 1   format version: 2, or 3 for an event with extras; version 1 is in `codec/v1.rs`
//! 2   flags: what is there, see `flag`
//! v   number
//! v   events between it and the one that it follows: 0, unless the session had gone back
//! v   wall clock at the beginning, ms
//! 16  digest of the outcome
//! v   wall time, v  processor time, µs
//! v   memory before, s  memory after as difference, bytes
//!     ┌──────────────────────────────────────────────────┐
//!     │ 32  seed, if there is one                        │ if it can be replayed
//!     │ v   number of clock readings, then each: below   │
//!     └──────────────────────────────────────────────────┘
//! v   version 3 only: length of the block of extras, v its length when uncompressed, then the block (`codec/extras.rs`)
//! v   length of each text that is there: command, key, value, error, both streams in order, standard output,
//!     standard error
//! …   the texts (UTF-8) one after the other, or the LZ4 block that they make
//! 8   XXH3-64 of all before
//! ```
//!
//! Most turns write to one stream or to none. Then both streams in order are what that stream is, and not there.
//!
//! `v` is a number in LEB128, seven bits to a byte; `s` is one with its sign folded into the lowest bit; other numbers
//! are little-endian. Clock readings come from two clocks that lie decades apart and are read in turns. So each is the
//! difference from the nearer of the last two, one on each clock, with a bit that says which:
//!
//! ```text
//! near the wall clock       1 700 000 000 000 000 123 ─┬─ +40 ─▶ …        starts at the event's beginning
//! near the monotonic clock              5 000 000 007 ─┴─ +25 ─▶ …        starts at 0
//! ```
//!
//! Equal events encode to equal bytes (of one build: LZ4 leaves the encoder some freedom).
//!
//! Decoding trusts nothing. The checksum finds accidents, not lies, so that every number is checked as if there were
//! none, and lengths before room is made for them.

mod extras;
mod number;
mod text;
mod v1;

use xxhash_rust::xxh3::xxh3_64;

use self::extras::Extras;
pub use self::extras::{EXCHANGES_MAX, EXTRAS_BYTES_MAX};
use self::number::{Clocks, Numbers, VARINT_BYTES_MAX, fold_sign, put_number, unfold_sign};
use self::text::Texts;
use super::{Answer, Display, Event, EventUsage, OutcomeDigest, Outside};
use crate::input::Input;

/// The first format.
pub const EVENT_V1: u8 = 1;

/// The format of most events.
pub const EVENT_V2: u8 = 2;

/// The newest format: the second, with a block of what few events have.
pub const EVENT_V3: u8 = 3;

/// Longest command, in bytes: the most that a host's configuration allows.
pub const COMMAND_BYTES_MAX: usize = 64 << 20;

/// Longest idempotency key, in bytes.
pub const KEY_BYTES_MAX: usize = 255;

/// Longest printed value or error, in bytes: it counts as output, of which a configuration allows so much.
pub const VALUE_BYTES_MAX: usize = 64 << 20;

/// Longest text that was written to a stream, and to both, in bytes. A configuration allows a third of it, and a byte
/// that is not UTF-8 becomes a character of three.
pub const OUTPUT_BYTES_MAX: usize = 3 * (64 << 20);

/// Longest texts together, in bytes: what was written to two streams is there twice.
const TEXT_BYTES_MAX: usize = COMMAND_BYTES_MAX + KEY_BYTES_MAX + VALUE_BYTES_MAX + 2 * OUTPUT_BYTES_MAX;

/// Most clock readings of an event. A turn that read more is cheaper to keep as a snapshot.
pub const READINGS_MAX: usize = 1 << 20;

/// Longest encoded event, in bytes.
pub const EVENT_BYTES_MAX: usize =
    TEXT_BYTES_MAX + EXTRAS_BYTES_MAX + READINGS_MAX * VARINT_BYTES_MAX + FIXED_BYTES_MAX;

/// Version, flags, digest, seed, checksum, and seventeen numbers.
const FIXED_BYTES_MAX: usize = 1 + 2 + 16 + 32 + CHECKSUM_BYTES + 17 * VARINT_BYTES_MAX;
const CHECKSUM_BYTES: usize = 8;
const FLAGS_AT: usize = 1;

/// What the flags say; bits that are not here are 0.
mod flag {
    /// A seed is there.
    pub(super) const SEED: u16 = 1;
    /// It can't be replayed: nothing from outside is there.
    pub(super) const FINAL: u16 = 1 << 1;
    /// An answer is there. Without it, of the texts only the command and the key can be.
    pub(super) const ANSWER: u16 = 1 << 2;
    /// The guest asked to leave the REPL.
    pub(super) const EXIT: u16 = 1 << 3;
    /// The texts are compressed.
    pub(super) const COMPRESSED: u16 = 1 << 4;
    pub(super) const KEY: u16 = 1 << 5;
    pub(super) const RESULT: u16 = 1 << 6;
    pub(super) const ERROR: u16 = 1 << 7;
    /// Both streams in order, when they are not what one of them is.
    pub(super) const ALL: u16 = 1 << 8;
    pub(super) const STDOUT: u16 = 1 << 9;
    pub(super) const STDERR: u16 = 1 << 10;
    pub(super) const KNOWN: u16 = (1 << 11) - 1;
    /// What only an answer has.
    pub(super) const ANSWERS: u16 = EXIT | RESULT | ERROR | ALL | STDOUT | STDERR;
    /// What says that a text is there, in their order after the command, which always is.
    pub(super) const TEXTS: [u16; 6] = [KEY, RESULT, ERROR, ALL, STDOUT, STDERR];
}

/// Why an event can't be written. Of what a host lets through, only readings can be too many: then the turn can't be
/// replayed, and its event is written without them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A text is too long.
    #[error("an event holds {max} bytes of {what} at most, this one has {bytes}")]
    TextTooLong {
        /// Which.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The guest read the clocks too often.
    #[error("an event holds at most {READINGS_MAX} clock readings, this turn made {readings}")]
    TooManyReadings {
        /// How often.
        readings: usize,
    },
    /// It promises what no event has: whoever made it made a mistake.
    #[error("not an event: {what}")]
    Invalid {
        /// What is wrong.
        what: &'static str,
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

// === encoding ===

pub(super) fn encode(event: &Event) -> Result<Vec<u8>, EncodeError> {
    check_promises(event).map_err(|what| EncodeError::Invalid { what })?;
    let texts = texts_of(event);
    let text_bytes = text::check(&texts)?;
    let outside = Some(&event.outside).filter(|_| event.replayable);
    let readings = outside.map_or(0, |outside| outside.readings.len());
    if readings > READINGS_MAX {
        return Err(EncodeError::TooManyReadings { readings });
    }
    let extras = extras::encode(event)?;
    let mut flags = flags_of(event, &texts);
    let mut to = Vec::with_capacity(FIXED_BYTES_MAX + text_bytes + extras.len() + 4 * readings);
    to.extend_from_slice(&[if extras.is_empty() { EVENT_V2 } else { EVENT_V3 }, 0, 0]);
    put_number(&mut to, event.number);
    put_number(&mut to, event.number - 1 - event.follows);
    put_number(&mut to, event.at_ms);
    to.extend_from_slice(event.outcome.as_bytes());
    put_usage(&mut to, &event.usage);
    if let Some(outside) = outside {
        put_outside(&mut to, outside, event.at_ms);
    }
    if !extras.is_empty() {
        text::put_block(&mut to, extras);
    }
    if text::put(&mut to, &texts, text_bytes) {
        flags |= flag::COMPRESSED;
    }
    to[FLAGS_AT..FLAGS_AT + 2].copy_from_slice(&flags.to_le_bytes());
    let checksum = xxh3_64(&to);
    to.extend_from_slice(&checksum.to_le_bytes());
    Ok(to)
}

/// What every event keeps to, whoever made it.
fn check_promises(event: &Event) -> Result<(), &'static str> {
    let has_both = |answer: &Answer| answer.result.is_some() && answer.error.is_some();
    if event.follows >= event.number {
        return Err("it does not follow an earlier one");
    }
    if event.key.as_ref().is_some_and(|key| key.is_empty()) {
        return Err("its key is empty");
    }
    if event.answer.as_ref().is_some_and(has_both) {
        return Err("it has both a value and an error");
    }
    if event.undone.is_some() && event.answer.is_some() {
        return Err("it has an answer and was undone");
    }
    Ok(())
}

fn texts_of(event: &Event) -> Texts<&str> {
    let command = Some(&*event.command);
    let key = event.key.as_deref();
    let Some(Answer { result, error, all, stdout, stderr, .. }) = &event.answer else {
        return [command, key, None, None, None, None, None];
    };
    let streams = [written_to(stdout), written_to(stderr)];
    let only = match streams {
        [Some(_), Some(_)] => None,
        [stdout, stderr] => Some(stdout.or(stderr).unwrap_or_default()),
    };
    let own = Some(all.as_str()).filter(|all| only != Some(*all));
    let [stdout, stderr] = streams;
    [command, key, result.as_deref(), error.as_deref(), own, stdout, stderr]
}

fn written_to(stream: &str) -> Option<&str> {
    Some(stream).filter(|text| !text.is_empty())
}

fn flags_of(event: &Event, [_, texts @ ..]: &Texts<&str>) -> u16 {
    let set = |there: bool, flag: u16| if there { flag } else { 0 };
    let texts = texts.iter().zip(flag::TEXTS).map(|(text, flag)| set(text.is_some(), flag));
    set(event.replayable && event.outside.seed.is_some(), flag::SEED)
        | set(!event.replayable, flag::FINAL)
        | set(event.answer.is_some(), flag::ANSWER)
        | set(event.answer.as_ref().is_some_and(|answer| answer.should_exit), flag::EXIT)
        | texts.fold(0, |flags, flag| flags | flag)
}

fn put_usage(to: &mut Vec<u8>, usage: &EventUsage) {
    put_number(to, usage.wall_us);
    put_number(to, usage.cpu_us);
    put_number(to, usage.memory_before);
    put_number(to, fold_sign(usage.memory_after.wrapping_sub(usage.memory_before)));
}

fn put_outside(to: &mut Vec<u8>, outside: &Outside, at_ms: u64) {
    to.extend_from_slice(outside.seed.as_ref().map_or(&[], |seed| seed.as_slice()));
    put_number(to, outside.readings.len() as u64);
    let mut clocks = Clocks::new(at_ms);
    outside.readings.iter().for_each(|&reading| clocks.put(to, reading));
}

// === decoding ===

pub(super) fn decode(bytes: &[u8]) -> Result<Event, DecodeError> {
    match check_envelope(bytes)? {
        (EVENT_V1, from) => v1::decode(from),
        (version, from) => decode_v2(from, version == EVENT_V3),
    }
}

/// Checks size, version and checksum; gives the version, which is known, and what follows it.
fn check_envelope(bytes: &[u8]) -> Result<(u8, Input<'_>), DecodeError> {
    let truncated = DecodeError::Truncated { bytes: bytes.len() };
    match bytes.first() {
        None => return Err(truncated),
        Some(0) => return Err(invalid("there is no format 0")),
        Some(&(EVENT_V1 | EVENT_V2 | EVENT_V3)) => {}
        Some(&found) => return Err(DecodeError::TooNew { found, known: EVENT_V3 }),
    }
    if bytes.len() > EVENT_BYTES_MAX {
        return Err(DecodeError::TooLarge { bytes: bytes.len() });
    }
    let (checked, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(truncated.clone())?;
    if xxh3_64(checked).to_le_bytes() != *checksum {
        return Err(DecodeError::Checksum);
    }
    match checked {
        [version, rest @ ..] if !rest.is_empty() => Ok((*version, Input(rest))),
        _ => Err(truncated),
    }
}

fn decode_v2(mut from: Input<'_>, has_extras: bool) -> Result<Event, DecodeError> {
    let flags = take_flags(&mut from)?;
    let has = |flag: u16| flags & flag != 0;
    let number = take_event_number(&mut from)?;
    let follows = (number - 1).checked_sub(from.number()?).ok_or(invalid("it follows an event before the first"))?;
    let at_ms = from.number()?;
    let outcome = OutcomeDigest::from_bytes(from.array()?);
    let usage = take_usage(&mut from)?;
    let mut outside = if has(flag::FINAL) {
        Outside::default()
    } else {
        let seed = if has(flag::SEED) { Some(from.array()?) } else { None };
        take_outside(&mut from, seed, at_ms)?
    };
    let extras = if has_extras { extras::decode(&text::take_block(&mut from)?)? } else { Extras::default() };
    if !extras.displays.is_empty() && !has(flag::ANSWER) {
        return Err(invalid("it has results and no answer"));
    }
    outside.exchanges = extras.exchanges;
    let mut there = [true; 7];
    there[1..].copy_from_slice(&flag::TEXTS.map(has));
    let lengths = text::take_lengths(&mut from, there)?;
    let plain = text::take_plain(from, lengths.iter().flatten().sum(), has(flag::COMPRESSED))?;
    let [command, key, answer @ ..] = text::split(&plain, &lengths)?;
    let event = Event {
        number,
        follows,
        at_ms,
        command: command.unwrap_or_default().into(),
        outcome,
        outside,
        usage,
        replayable: !has(flag::FINAL),
        key: key.map(Into::into),
        answer: has(flag::ANSWER).then(|| answer_of(answer, has(flag::EXIT), extras.displays)),
        undone: extras.undone,
        guest: extras.guest,
    };
    check_promises(&event).map_err(invalid)?;
    Ok(event)
}

/// The flags, which are known and don't contradict each other.
fn take_flags(from: &mut Input<'_>) -> Result<u16, DecodeError> {
    let flags = u16::from_le_bytes(from.array()?);
    let has_all = |wanted: u16| flags & wanted == wanted;
    if flags & !flag::KNOWN != 0 {
        return Err(invalid("it has unknown flags"));
    }
    if flags & flag::ANSWERS != 0 && !has_all(flag::ANSWER) {
        return Err(invalid("it has parts of an answer and no answer"));
    }
    if has_all(flag::SEED | flag::FINAL) {
        return Err(invalid("it has a seed and can't be replayed"));
    }
    if has_all(flag::STDOUT | flag::STDERR) && !has_all(flag::ALL) {
        return Err(invalid("it does not tell the order of its two streams"));
    }
    Ok(flags)
}

fn answer_of(
    [result, error, all, stdout, stderr]: [Option<&str>; 5],
    should_exit: bool,
    displays: Vec<Display>,
) -> Answer {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Answer {
        should_exit,
        result: result.map(ToOwned::to_owned),
        error: error.map(ToOwned::to_owned),
        all: text(all.or(stdout).or(stderr)),
        stdout: text(stdout),
        stderr: text(stderr),
        displays,
    }
}

fn take_event_number(from: &mut Input<'_>) -> Result<u64, DecodeError> {
    match from.number()? {
        0 => Err(invalid("there is no event 0")),
        number => Ok(number),
    }
}

fn take_usage(from: &mut Input<'_>) -> Result<EventUsage, DecodeError> {
    let [wall_us, cpu_us, memory_before] = [from.number()?, from.number()?, from.number()?];
    let memory_after = memory_before.wrapping_add(unfold_sign(from.number()?));
    Ok(EventUsage { wall_us, cpu_us, memory_before, memory_after })
}

/// The clock readings, beside the seed that was read before.
fn take_outside(from: &mut Input<'_>, seed: Option<[u8; 32]>, at_ms: u64) -> Result<Outside, DecodeError> {
    let count = from.length()?;
    // Each takes a byte at least: a count over that is a lie, and nothing is reserved for it.
    if count > READINGS_MAX.min(from.0.len()) {
        return Err(invalid("it has fewer readings than it says"));
    }
    let mut clocks = Clocks::new(at_ms);
    let readings = (0..count).map(|_| clocks.take(from)).collect::<Result<_, _>>()?;
    Ok(Outside { seed, readings, exchanges: Vec::new() })
}

const fn invalid(what: &'static str) -> DecodeError {
    DecodeError::Invalid { what }
}

#[cfg(test)]
mod tests;
