//! The bytes of an archive.
//!
//! ```text
//! offset  bytes
//!      0      8  magic "HSTLARCH"
//!      8      4  format version: 2 with values, 1 without
//!     12      8  length of the whole, proof included
//!     20      4  length of the header  h
//!     24      h  header: the session's record and the time, as JSON
//!            ┌──────────────────────────────────────────┐
//!            │  1  kind: e event, b branch, s snapshot, │
//!            │     v values, of which there is one      │
//!            │  8  number of the event; of values, 0    │ until the proof; by kind, in that order, then by number
//!            │  8  length  n                            │
//!            │  n  what the store keeps; of a branch    │
//!            │     the event that it follows (8)        │
//!            └──────────────────────────────────────────┘
//!            32  proof: BLAKE3 of all before, keyed
//! ```
//!
//! Numbers are little-endian. Until the proof is found right, nothing past the length is looked at. After that the
//! contents are still checked as if anybody had written them: whoever has the key may make mistakes.

use std::io;

use serde::{Deserialize, Serialize};

use super::{Archive, ArchiveKey, check};
use crate::input::{EndsEarly, Input};
use crate::store::SessionRecord;

/// The format of a session that keeps nothing beside its history.
pub const ARCHIVE_V1: u32 = 1;
/// The newest format. Programs that know the first only would lose the values.
pub const ARCHIVE_V2: u32 = 2;

/// What an archive begins with.
pub const MAGIC: [u8; 8] = *b"HSTLARCH";
/// Magic, version, and two lengths.
const HEAD_BYTES: usize = 8 + 4 + 8 + 4;
const ENTRY_HEAD_BYTES: usize = 1 + 8 + 8;
const PROOF_BYTES: usize = 32;

/// Why bytes are no session that this host takes. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes don't begin like an archive.
    #[error("not an exported session")]
    NotAnArchive,
    /// A newer program wrote it.
    #[error("the exported session has format {found}, this program knows up to {known}: use a newer hostel")]
    TooNew {
        /// Its format.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// The end is missing.
    #[error("the exported session is cut off after {bytes} bytes")]
    Truncated {
        /// How many bytes are there.
        bytes: usize,
    },
    /// Its proof is not one by the host's key.
    #[error(
        "the exported session has changed since it was made, or a host with another key made it; archive_key sets the key"
    )]
    Unauthentic,
    /// The proof is right and the contents are not: whoever made it made a mistake.
    #[error("the exported session is invalid: {what}")]
    Invalid {
        /// What is wrong.
        what: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeaderRef<'a> {
    exported_ms: u64,
    session: &'a SessionRecord,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    exported_ms: u64,
    session: SessionRecord,
}

// === encoding ===

/// The bytes of an archive.
#[must_use]
pub fn encode(archive: &Archive, key: &ArchiveKey) -> Vec<u8> {
    let mut header = Vec::new();
    write_header(archive, &mut header);
    let length = encoded_bytes(archive);
    let mut to = Vec::with_capacity(usize::try_from(length).expect("what is in memory can be counted"));
    to.extend_from_slice(&MAGIC);
    let version = if archive.values.is_some() { ARCHIVE_V2 } else { ARCHIVE_V1 };
    to.extend_from_slice(&version.to_le_bytes());
    to.extend_from_slice(&length.to_le_bytes());
    to.extend_from_slice(&u32::try_from(header.len()).expect("a record is far under 4 GiB").to_le_bytes());
    to.extend_from_slice(&header);
    archive.events.iter().for_each(|(number, bytes)| put_entry(&mut to, Kind::Event, *number, bytes));
    archive.branches.iter().for_each(|(first, parent)| put_entry(&mut to, Kind::Branch, *first, &parent.to_le_bytes()));
    archive.snapshots.iter().for_each(|(event, bytes)| put_entry(&mut to, Kind::Snapshot, *event, bytes));
    archive.values.iter().for_each(|bytes| put_entry(&mut to, Kind::Values, 0, bytes));
    let proof = key.proof(&to);
    to.extend_from_slice(proof.as_bytes());
    debug_assert_eq!(to.len() as u64, length, "the length is that of the whole");
    to
}

/// How many bytes [`encode`] makes of it; for a limit that is to be kept before they are made.
#[must_use]
pub fn encoded_bytes(archive: &Archive) -> u64 {
    let mut header = Counter(0);
    write_header(archive, &mut header);
    let numbered = archive.events.iter().chain(&archive.snapshots).map(|(_, bytes)| bytes);
    let stored = numbered.chain(&archive.values).map(Vec::len);
    let entries = stored.chain(archive.branches.iter().map(|_| 8)).map(|bytes| ENTRY_HEAD_BYTES + bytes);
    (HEAD_BYTES + header.0 + entries.sum::<usize>() + PROOF_BYTES) as u64
}

fn write_header(archive: &Archive, to: impl io::Write) {
    let header = HeaderRef { exported_ms: archive.exported_ms, session: &archive.record };
    serde_json::to_writer(to, &header).expect("a record is text and numbers, and goes to memory");
}

fn put_entry(to: &mut Vec<u8>, kind: Kind, number: u64, bytes: &[u8]) {
    to.push(kind.tag());
    to.extend_from_slice(&number.to_le_bytes());
    to.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    to.extend_from_slice(bytes);
}

/// Counts what is written.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What an entry is, in the order in which they come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Event,
    Branch,
    Snapshot,
    Values,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Event, Self::Branch, Self::Snapshot, Self::Values];

    const fn tag(self) -> u8 {
        match self {
            Self::Event => b'e',
            Self::Branch => b'b',
            Self::Snapshot => b's',
            Self::Values => b'v',
        }
    }

    fn of(tag: u8) -> Result<Self, DecodeError> {
        let known = Self::ALL.into_iter().find(|kind| kind.tag() == tag);
        known.ok_or_else(|| invalid("it has an entry of unknown kind"))
    }
}

// === decoding ===

/// The archive in `bytes`, when it was made with `key`. Its events are sound, its snapshots not looked into.
///
/// # Errors
/// [`DecodeError`]; no input makes it panic, or reserve more than a small multiple of its length.
pub fn decode(bytes: &[u8], key: &ArchiveKey) -> Result<Archive, DecodeError> {
    let mut from = Input(check_envelope(bytes, key)?);
    let header = from.u32()?;
    let header: Header = serde_json::from_slice(from.take(in_memory(u64::from(header))?)?)
        .map_err(|error| invalid(format!("its header can't be read: {error}")))?;
    let Header { exported_ms, session: record } = header;
    let (events, branches, snapshots) = (Vec::new(), Vec::new(), Vec::new());
    let mut archive = Archive { record, exported_ms, events, branches, snapshots, values: None };
    let mut last = Kind::Event;
    while !from.0.is_empty() {
        last = take_entry(&mut from, last, &mut archive)?;
    }
    check::check(&archive).map_err(invalid)?;
    Ok(archive)
}

/// Checks magic, version, length and proof, in this order; gives what is between length and proof.
fn check_envelope<'a>(bytes: &'a [u8], key: &ArchiveKey) -> Result<&'a [u8], DecodeError> {
    let truncated = DecodeError::Truncated { bytes: bytes.len() };
    let mut from = Input(bytes);
    match from.array::<8>() {
        Ok(MAGIC) => {}
        Err(_) if MAGIC.starts_with(bytes) => return Err(truncated),
        _ => return Err(DecodeError::NotAnArchive),
    }
    match from.u32().map_err(|_| truncated.clone())? {
        ARCHIVE_V1 | ARCHIVE_V2 => {}
        0 => return Err(invalid("there is no format 0")),
        found => return Err(DecodeError::TooNew { found, known: ARCHIVE_V2 }),
    }
    let length = from.u64().map_err(|_| truncated.clone())?;
    let (contents, proof) = from.0.split_last_chunk::<PROOF_BYTES>().ok_or(truncated.clone())?;
    if (bytes.len() as u64) < length {
        return Err(truncated);
    }
    let proven = &bytes[..bytes.len() - PROOF_BYTES];
    if length != bytes.len() as u64 || key.proof(proven) != blake3::Hash::from_bytes(*proof) {
        return Err(DecodeError::Unauthentic);
    }
    Ok(contents)
}

/// Takes an entry, whose kind must not come before `last`; gives its kind.
fn take_entry(from: &mut Input<'_>, last: Kind, archive: &mut Archive) -> Result<Kind, DecodeError> {
    let [tag] = from.array()?;
    let kind = Kind::of(tag)?;
    if kind < last {
        return Err(invalid("its entries are not events, then branches, then snapshots, then values"));
    }
    let (number, length) = (from.u64()?, from.u64()?);
    let bytes = from.take(in_memory(length)?)?;
    match kind {
        Kind::Event => archive.events.push((number, bytes.to_vec())),
        Kind::Snapshot => archive.snapshots.push((number, bytes.to_vec())),
        Kind::Values if archive.values.is_some() => return Err(invalid("it has values twice")),
        Kind::Values => archive.values = Some(bytes.to_vec()),
        Kind::Branch => {
            let parent = bytes.try_into().map_err(|_| invalid(format!("branch {number} does not have 8 bytes")))?;
            archive.branches.push((number, u64::from_le_bytes(parent)));
        }
    }
    Ok(kind)
}

fn invalid(what: impl Into<String>) -> DecodeError {
    DecodeError::Invalid { what: what.into() }
}

impl From<EndsEarly> for DecodeError {
    fn from(_: EndsEarly) -> Self {
        invalid(EndsEarly::WHAT)
    }
}

/// A length as the format has it, of what lies in memory.
fn in_memory(length: u64) -> Result<usize, EndsEarly> {
    usize::try_from(length).map_err(|_| EndsEarly)
}

#[cfg(test)]
mod tests;
