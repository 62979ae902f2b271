//! What few events have: a block of sections, each with its kind and length, in rising order of kinds.
//!
//! ```text
//! 1   kind          1 exchanges   v count, each: 1 what and how it ended, v length and text of each of its texts
//! v   length        2 displays    v count, each: v count of representations, each: v length and media type, v length and data
//! …   contents      3 undone      why the turn was undone, a text
//!                   4 guest       32 digest, then the name
//! ```
//!
//! The byte of an exchange has 1 for a line and 0 for a call in its lowest bit; above it 0 for an answer, otherwise the
//! kind of failure and one. Its texts are what was asked (name and arguments, or prompt), then the answer or message.

use std::sync::Arc;

use super::number::{Numbers, put_number};
use super::{DecodeError, EncodeError, Event, invalid};
use crate::input::Input;
use crate::journal::{Asked, Display, Exchange, Failure, FailureKind, Representation};
use crate::name::{Digest, GuestName};
use crate::store::GuestPin;

/// Most exchanges of an event.
pub const EXCHANGES_MAX: usize = 1 << 16;

/// Most bytes of what an event's exchanges and displays hold together: displays count as output, and a configuration
/// allows as much of exchanges.
pub const EXTRAS_BYTES_MAX: usize = 3 * (64 << 20);

/// Longest reason why a turn was undone, in bytes.
const UNDONE_BYTES_MAX: usize = 1 << 10;

const EXCHANGES: u8 = 1;
const DISPLAYS: u8 = 2;
const UNDONE: u8 = 3;
const GUEST: u8 = 4;

const LINE: u8 = 1;

/// The sections of an event; empty for most.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) exchanges: Vec<Exchange>,
    pub(super) displays: Vec<Display>,
    pub(super) undone: Option<Arc<str>>,
    pub(super) guest: Option<GuestPin>,
}

// === encoding ===

/// The block of an event; empty when it has none of these.
pub(super) fn encode(event: &Event) -> Result<Vec<u8>, EncodeError> {
    let mut to = Vec::new();
    let exchanges = &event.outside.exchanges;
    if !exchanges.is_empty() {
        check(exchanges.len(), EXCHANGES_MAX, "exchanges")?;
        section(&mut to, EXCHANGES, &encode_exchanges(exchanges));
    }
    let displays = event.answer.as_ref().map_or(&[][..], |answer| &answer.displays);
    if !displays.is_empty() {
        section(&mut to, DISPLAYS, &encode_displays(displays));
    }
    if let Some(undone) = &event.undone {
        check(undone.len(), UNDONE_BYTES_MAX, "reason")?;
        section(&mut to, UNDONE, undone.as_bytes());
    }
    if let Some(GuestPin { name, digest }) = &event.guest {
        section(&mut to, GUEST, &[digest.as_bytes(), name.as_str().as_bytes()].concat());
    }
    check(to.len(), EXTRAS_BYTES_MAX, "exchanges and results")?;
    Ok(to)
}

fn check(bytes: usize, max: usize, what: &'static str) -> Result<(), EncodeError> {
    if bytes > max { Err(EncodeError::TextTooLong { what, bytes, max }) } else { Ok(()) }
}

fn section(to: &mut Vec<u8>, kind: u8, contents: &[u8]) {
    to.push(kind);
    put_text(to, contents);
}

fn put_text(to: &mut Vec<u8>, text: &[u8]) {
    put_number(to, text.len() as u64);
    to.extend_from_slice(text);
}

fn encode_exchanges(exchanges: &[Exchange]) -> Vec<u8> {
    let mut to = Vec::with_capacity(exchanges.iter().map(|one| one.bytes() + 8).sum());
    put_number(&mut to, exchanges.len() as u64);
    for Exchange { asked, answer } in exchanges {
        let ended = answer.as_ref().map_or_else(|failure| (failure.kind as u8 + 1) << 1, |_| 0);
        match asked {
            Asked::Call { name, arguments } => {
                to.push(ended);
                put_text(&mut to, name.as_bytes());
                put_text(&mut to, arguments.as_bytes());
            }
            Asked::Line { prompt } => {
                to.push(ended | LINE);
                put_text(&mut to, prompt.as_bytes());
            }
        }
        let text = answer.as_ref().unwrap_or_else(|failure| &failure.message);
        put_text(&mut to, text.as_bytes());
    }
    to
}

fn encode_displays(displays: &[Display]) -> Vec<u8> {
    let mut to = Vec::with_capacity(displays.iter().map(|one| one.bytes() + 16).sum());
    put_number(&mut to, displays.len() as u64);
    for display in displays {
        put_number(&mut to, display.representations.len() as u64);
        for Representation { mime, data } in &display.representations {
            put_text(&mut to, mime.as_bytes());
            put_text(&mut to, data);
        }
    }
    to
}

// === decoding ===

pub(super) fn decode(block: &[u8]) -> Result<Extras, DecodeError> {
    let mut from = Input(block);
    let mut extras = Extras::default();
    let mut last = 0;
    while !from.0.is_empty() {
        let [kind] = from.array()?;
        if kind <= last {
            return Err(invalid("its sections are not in order"));
        }
        last = kind;
        let length = from.length()?;
        let mut contents = Input(from.take(length)?);
        match kind {
            EXCHANGES => extras.exchanges = take_exchanges(&mut contents)?,
            DISPLAYS => extras.displays = take_displays(&mut contents)?,
            UNDONE => extras.undone = Some(text(contents.take(length.min(UNDONE_BYTES_MAX))?)?.into()),
            GUEST => extras.guest = Some(take_guest(&mut contents)?),
            _ => return Err(invalid("it has a section of unknown kind")),
        }
        if !contents.0.is_empty() {
            return Err(invalid("bytes follow the contents of a section"));
        }
    }
    Ok(extras)
}

/// How many there are, of which each takes a byte at least: a count over that is a lie, and nothing is reserved for it.
fn take_count(from: &mut Input<'_>, max: usize) -> Result<usize, DecodeError> {
    let count = from.length()?;
    match count {
        0 => Err(invalid("a section is empty")),
        _ if count > max.min(from.0.len()) => Err(Input::SHORT),
        _ => Ok(count),
    }
}

fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|_| invalid("a text is not UTF-8"))
}

fn take_bytes<'a>(from: &mut Input<'a>) -> Result<&'a [u8], DecodeError> {
    let length = from.length()?;
    Ok(from.take(length)?)
}

fn take_exchanges(from: &mut Input<'_>) -> Result<Vec<Exchange>, DecodeError> {
    let count = take_count(from, EXCHANGES_MAX)?;
    (0..count).map(|_| take_exchange(from)).collect()
}

fn take_exchange(from: &mut Input<'_>) -> Result<Exchange, DecodeError> {
    let [how] = from.array()?;
    let first = text(take_bytes(from)?)?;
    let asked = match how & LINE {
        0 => Asked::Call { name: first.into(), arguments: text(take_bytes(from)?)?.into() },
        _ => Asked::Line { prompt: first.into() },
    };
    let said = text(take_bytes(from)?)?.to_owned();
    let answer = match how >> 1 {
        0 => Ok(said),
        kind => match FailureKind::ALL.get(usize::from(kind - 1)) {
            Some(&kind) => Err(Failure { kind, message: said }),
            None => return Err(invalid("an exchange ended in an unknown way")),
        },
    };
    Ok(Exchange { asked, answer })
}

fn take_displays(from: &mut Input<'_>) -> Result<Vec<Display>, DecodeError> {
    let count = take_count(from, usize::MAX)?;
    (0..count)
        .map(|_| {
            let count = take_count(from, usize::MAX)?;
            let representations = (0..count).map(|_| take_representation(from)).collect::<Result<_, _>>()?;
            Ok(Display { representations })
        })
        .collect()
}

fn take_representation(from: &mut Input<'_>) -> Result<Representation, DecodeError> {
    let mime = text(take_bytes(from)?)?.into();
    Ok(Representation { mime, data: take_bytes(from)?.into() })
}

fn take_guest(from: &mut Input<'_>) -> Result<GuestPin, DecodeError> {
    let digest = Digest::from_bytes(from.array()?);
    let name = text(from.take(from.0.len())?)?;
    let name = GuestName::new(name).map_err(|_| invalid("its guest's name is none"))?;
    Ok(GuestPin { name, digest })
}
