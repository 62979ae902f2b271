//! The texts of an event: lengths first, then all of them in one piece, which is compressed when it is long.

use std::borrow::Cow;

use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};

use super::number::{Numbers, put_number};
use super::{
    COMMAND_BYTES_MAX, DecodeError, EXTRAS_BYTES_MAX, EncodeError, KEY_BYTES_MAX, OUTPUT_BYTES_MAX, TEXT_BYTES_MAX,
    VALUE_BYTES_MAX, invalid,
};
use crate::input::Input;

/// One of each kind, where it is there: command, key, value, error, both streams, standard output, standard error.
pub(super) type Texts<T> = [Option<T>; 7];

/// What each is called, and how long it may be.
const KINDS: [(&str, usize); 7] = [
    ("command", COMMAND_BYTES_MAX),
    ("key", KEY_BYTES_MAX),
    ("value", VALUE_BYTES_MAX),
    ("error", VALUE_BYTES_MAX),
    ("output", OUTPUT_BYTES_MAX),
    ("standard output", OUTPUT_BYTES_MAX),
    ("standard error", OUTPUT_BYTES_MAX),
];

/// From this length on compression is tried, in bytes: it takes a microsecond then, and shorter ones gain too little.
const COMPRESSED_FROM: usize = 1 << 10;

/// They are compressed when that saves an eighth at least, as in snapshots.
const SAVED_MIN: usize = 8;

/// What LZ4 makes of a byte at most: one that lengthens a match adds 255 to it.
const BYTES_OF_A_BYTE_MAX: usize = 255;

const TOO_LONG: DecodeError = invalid("a text is too long");

/// Their length together.
pub(super) fn check(texts: &Texts<&str>) -> Result<usize, EncodeError> {
    let mut whole = 0;
    for (text, (what, max)) in texts.iter().zip(KINDS) {
        let bytes = text.map_or(0, str::len);
        if bytes > max {
            return Err(EncodeError::TextTooLong { what, bytes, max });
        }
        whole += bytes;
    }
    let too_long = EncodeError::TextTooLong { what: "text", bytes: whole, max: TEXT_BYTES_MAX };
    if whole > TEXT_BYTES_MAX { Err(too_long) } else { Ok(whole) }
}

/// Puts lengths and texts, of `whole` bytes together; tells whether they are compressed.
pub(super) fn put(to: &mut Vec<u8>, texts: &Texts<&str>, whole: usize) -> bool {
    texts.iter().flatten().for_each(|text| put_number(to, text.len() as u64));
    let start = to.len();
    texts.iter().flatten().for_each(|text| to.extend_from_slice(text.as_bytes()));
    whole >= COMPRESSED_FROM && compress(to, start)
}

/// Puts a block of bytes: its length as stored, its length uncompressed, and itself, compressed when that saves enough.
pub(super) fn put_block(to: &mut Vec<u8>, mut block: Vec<u8>) {
    let plain = block.len();
    if plain >= COMPRESSED_FROM {
        compress(&mut block, 0);
    }
    put_number(to, block.len() as u64);
    put_number(to, plain as u64);
    to.extend_from_slice(&block);
}

/// A block that [`put_block`] put.
pub(super) fn take_block<'a>(from: &mut Input<'a>) -> Result<Cow<'a, [u8]>, DecodeError> {
    let (stored, whole) = (from.length()?, from.length()?);
    if whole > EXTRAS_BYTES_MAX {
        return Err(TOO_LONG);
    }
    take_plain(Input(from.take(stored)?), whole, stored != whole)
}

/// Compresses what is there from `start` on, when that saves enough.
fn compress(to: &mut Vec<u8>, start: usize) -> bool {
    let plain = &to[start..];
    // Untouched pages of this cost nothing, however long it is.
    let mut compressed = vec![0; get_maximum_output_size(plain.len())];
    match compress_into(plain, &mut compressed) {
        Ok(length) if length <= plain.len() - plain.len() / SAVED_MIN => {
            to.truncate(start);
            to.extend_from_slice(&compressed[..length]);
            true
        }
        _ => false,
    }
}

/// The lengths of the texts that are `there`.
pub(super) fn take_lengths(from: &mut Input<'_>, there: [bool; 7]) -> Result<Texts<usize>, DecodeError> {
    let mut lengths = [None; 7];
    for ((length, there), (_, max)) in lengths.iter_mut().zip(there).zip(KINDS) {
        if there {
            *length = Some(from.length()?).filter(|length| *length <= max);
            length.ok_or(TOO_LONG)?;
        }
    }
    Ok(lengths)
}

/// The texts of `whole` bytes, which are all that is left.
pub(super) fn take_plain<'a>(from: Input<'a>, whole: usize, compressed: bool) -> Result<Cow<'a, [u8]>, DecodeError> {
    let stored = from.0;
    if whole > TEXT_BYTES_MAX {
        return Err(TOO_LONG);
    }
    if !compressed {
        return match stored.len() {
            length if length < whole => Err(Input::SHORT),
            length if length > whole => Err(invalid("bytes follow its last text")),
            _ => Ok(stored.into()),
        };
    }
    // No room is made for what these bytes can't become.
    if whole > stored.len().saturating_mul(BYTES_OF_A_BYTE_MAX) {
        return Err(Input::SHORT);
    }
    let mut plain = vec![0; whole];
    match decompress_into(stored, &mut plain) {
        Ok(length) if length == whole => Ok(plain.into()),
        _ => Err(invalid("its texts do not decompress to their length")),
    }
}

/// Cuts `plain` into the texts.
pub(super) fn split<'a>(plain: &'a [u8], lengths: &Texts<usize>) -> Result<Texts<&'a str>, DecodeError> {
    let mut rest = Input(plain);
    let mut texts = [None; 7];
    for (text, length) in texts.iter_mut().zip(lengths) {
        if let Some(length) = length {
            let bytes = rest.take(*length)?;
            *text = Some(std::str::from_utf8(bytes).map_err(|_| invalid("a text is not UTF-8"))?);
        }
    }
    Ok(texts)
}
