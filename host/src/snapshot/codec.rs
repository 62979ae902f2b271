//! The bytes of a snapshot.
//!
//! ```text
//! offset  bytes
//!      0      8  magic "HSTLSNAP"
//!      8      4  format version, now 1
//!     12      8  length of the whole, checksum included
//!     20     32  digest of the guest
//!     52     32  digest of the base image
//!     84      8  event
//!     92      4  number of globals   g
//!     96      4  number of memories  m
//!    100    8·g  globals
//!            ┌─────────────────────────────────────────────────┐
//!            │  8    size in bytes                              │
//!            │  4    number of runs  r                          │ m times
//!            │  8·r  runs: first page (4), pages (4)            │
//!            │  …    contents of all runs, cut into chunks of   │
//!            │       64 KiB, the last one shorter: each is its  │
//!            │       stored length (4), then LZ4, or itself     │
//!            │       when that is hardly shorter                │
//!            └─────────────────────────────────────────────────┘
//!            16  XXH3-128 of all before
//! ```
//!
//! Numbers are little-endian. A chunk whose stored length is its whole length is stored as it is; no flag is needed.
//! Equal snapshots encode to equal bytes (of one build: LZ4 leaves the encoder some freedom).
//!
//! Why LZ4: on 1 MiB of a real heap (CPython's) it leaves 35 % and decodes in 0.4 ms; storing pages as they are would
//! save that and write three times as much, at every eviction.
//!
//! Decoding trusts nothing. The checksum finds accidents, not lies, so that every number is checked as if there were
//! none: counts against the bytes that are left, page contents against the caller's limit, both before memory is
//! reserved for them.

use lz4_flex::block::{CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size};
use xxhash_rust::xxh3::xxh3_128;

use super::{MemoryState, PAGE_BYTES, PageRun, Snapshot};
use crate::input::{EndsEarly, Input};
use crate::name::Digest;

/// The newest format, and the one that is written.
pub const FORMAT_V1: u32 = 1;

const MAGIC: [u8; 8] = *b"HSTLSNAP";
const LENGTH_AT: usize = 12;
const HEADER_BYTES: usize = 100;
const CHECKSUM_BYTES: usize = 16;

/// LZ4 looks back 64 KiB, so that longer chunks gain little; shorter ones keep the buffer and an incompressible
/// stretch small.
const CHUNK_BYTES: usize = 64 << 10;

/// A chunk is compressed when that saves an eighth at least: less is not worth the 25 µs that decoding it takes.
const SAVED_MIN: usize = 8;

const MEMORY_GRANULE_BYTES: u64 = 64 << 10;
const MEMORY_BYTES_MAX: u64 = 4 << 30;

/// Why bytes are no snapshot that this program can use. The session is as it was; an older snapshot or the journal may
/// bring it back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes don't begin like a snapshot.
    #[error("not a snapshot")]
    NotASnapshot,
    /// A newer program wrote it.
    #[error("the snapshot has format {found}, this program knows up to {known}: use a newer hostel")]
    TooNew {
        /// Its format.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// The end is missing.
    #[error("the snapshot is cut off after {bytes} bytes")]
    Truncated {
        /// How many bytes are there.
        bytes: usize,
    },
    /// The bytes changed since they were written.
    #[error("the snapshot's checksum does not match: its bytes have changed since they were written")]
    Checksum,
    /// Its pages need more memory than the caller allows.
    #[error("the snapshot holds {bytes} bytes of pages or more, the limit is {max}")]
    TooLarge {
        /// The pages counted until the limit was passed, in bytes.
        bytes: u64,
        /// The limit, in bytes.
        max: u64,
    },
    /// The checksum is right and the contents are not: whoever wrote it made a mistake.
    #[error("the snapshot is invalid: {what}")]
    Invalid {
        /// What is wrong.
        what: &'static str,
    },
}

/// The bytes of a snapshot.
#[must_use]
pub fn encode(snapshot: &Snapshot) -> Vec<u8> {
    let mut to = Vec::with_capacity(HEADER_BYTES + snapshot.page_bytes() / 2 + CHECKSUM_BYTES);
    to.extend_from_slice(&MAGIC);
    to.extend_from_slice(&FORMAT_V1.to_le_bytes());
    to.extend_from_slice(&[0; 8]);
    to.extend_from_slice(snapshot.guest.as_bytes());
    to.extend_from_slice(snapshot.base.as_bytes());
    to.extend_from_slice(&snapshot.event.to_le_bytes());
    put_count(&mut to, snapshot.globals.len());
    put_count(&mut to, snapshot.memories.len());
    snapshot.globals.iter().for_each(|global| to.extend_from_slice(&global.to_le_bytes()));
    let mut chunks = ChunkWriter::new();
    for memory in &snapshot.memories {
        put_memory(&mut to, &mut chunks, memory);
    }
    let length = (to.len() + CHECKSUM_BYTES) as u64;
    to[LENGTH_AT..LENGTH_AT + 8].copy_from_slice(&length.to_le_bytes());
    let checksum = xxh3_128(&to);
    to.extend_from_slice(&checksum.to_le_bytes());
    to
}

/// The snapshot in `bytes`, whose pages together may take up to `bytes_max`.
///
/// # Errors
/// [`DecodeError`]; no input makes it panic, or reserve more than `bytes_max` and a small multiple of `bytes`.
pub fn decode(bytes: &[u8], bytes_max: u64) -> Result<Snapshot, DecodeError> {
    let body = check_envelope(bytes)?;
    let mut from = Input(body);
    let guest = Digest::from_bytes(from.array()?);
    let base = Digest::from_bytes(from.array()?);
    let event = from.u64()?;
    let [globals, memories] = [from.u32()?, from.u32()?];
    let globals = take_items(&mut from, globals, u64::from_le_bytes)?;
    let mut budget = Budget { used: 0, max: bytes_max };
    let memories = (0..memories).map(|_| take_memory(&mut from, &mut budget)).collect::<Result<_, _>>()?;
    if !from.0.is_empty() {
        return Err(DecodeError::Invalid { what: "bytes follow its last memory" });
    }
    Ok(Snapshot { guest, base, event, memories, globals })
}

// === encoding ===

fn put_count(to: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("a guest has under 4 Gi globals, memories and pages");
    to.extend_from_slice(&count.to_le_bytes());
}

fn put_memory(to: &mut Vec<u8>, chunks: &mut ChunkWriter, memory: &MemoryState) {
    debug_assert_eq!(check_runs(&memory.runs, memory.bytes), Ok(memory.pages.len() as u64), "the runs name the pages");
    to.extend_from_slice(&memory.bytes.to_le_bytes());
    put_count(to, memory.runs.len());
    for run in &memory.runs {
        to.extend_from_slice(&run.first.to_le_bytes());
        to.extend_from_slice(&run.count.to_le_bytes());
    }
    memory.pages.chunks(CHUNK_BYTES).for_each(|chunk| chunks.put(to, chunk));
}

/// What compressing needs beside input and output; made once for all chunks.
struct ChunkWriter {
    table: CompressTable,
    buffer: Vec<u8>,
}

impl ChunkWriter {
    fn new() -> Self {
        Self { table: CompressTable::default(), buffer: vec![0; get_maximum_output_size(CHUNK_BYTES)] }
    }

    fn put(&mut self, to: &mut Vec<u8>, chunk: &[u8]) {
        let compressed = compress_into_with_table(chunk, &mut self.buffer, &mut self.table).ok();
        let stored = match compressed {
            Some(length) if length <= chunk.len() - chunk.len() / SAVED_MIN => &self.buffer[..length],
            _ => chunk,
        };
        put_count(to, stored.len());
        to.extend_from_slice(stored);
    }
}

// === decoding ===

/// Checks magic, version, length and checksum; gives what is between version and checksum, without the length.
fn check_envelope(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    let truncated = DecodeError::Truncated { bytes: bytes.len() };
    let mut from = Input(bytes);
    match from.array::<8>() {
        Ok(MAGIC) => {}
        Err(_) if MAGIC.starts_with(bytes) => return Err(truncated),
        _ => return Err(DecodeError::NotASnapshot),
    }
    match from.u32().map_err(|_| truncated.clone())? {
        FORMAT_V1 => {}
        0 => return Err(DecodeError::Invalid { what: "there is no format 0" }),
        found => return Err(DecodeError::TooNew { found, known: FORMAT_V1 }),
    }
    let length = from.u64().map_err(|_| truncated.clone())?;
    if (bytes.len() as u64) < length {
        return Err(truncated);
    }
    let checked = bytes.len().saturating_sub(CHECKSUM_BYTES);
    let (checked, checksum) = bytes.split_at(checked);
    if length != bytes.len() as u64 || checksum != xxh3_128(checked).to_le_bytes() {
        return Err(DecodeError::Checksum);
    }
    checked.get(LENGTH_AT + 8..).ok_or(truncated)
}

fn take_memory(from: &mut Input<'_>, budget: &mut Budget) -> Result<MemoryState, DecodeError> {
    let bytes = from.u64()?;
    if bytes % MEMORY_GRANULE_BYTES != 0 || bytes > MEMORY_BYTES_MAX {
        return Err(DecodeError::Invalid { what: "a memory's size is not a multiple of 64 KiB up to 4 GiB" });
    }
    let runs = from.u32()?;
    let runs = take_items(from, runs, |[a, b, c, d, e, f, g, h]| PageRun {
        first: u32::from_le_bytes([a, b, c, d]),
        count: u32::from_le_bytes([e, f, g, h]),
    })?;
    let page_bytes = budget.reserve(check_runs(&runs, bytes)?)?;
    let mut pages = vec![0; page_bytes];
    pages.chunks_mut(CHUNK_BYTES).try_for_each(|chunk| take_chunk(from, chunk))?;
    Ok(MemoryState { bytes, runs, pages })
}

fn take_chunk(from: &mut Input<'_>, chunk: &mut [u8]) -> Result<(), DecodeError> {
    let stored = from.u32()? as usize;
    let stored = from.take(stored)?;
    if stored.len() == chunk.len() {
        chunk.copy_from_slice(stored);
        return Ok(());
    }
    match decompress_into(stored, chunk) {
        Ok(length) if length == chunk.len() => Ok(()),
        _ => Err(DecodeError::Invalid { what: "pages do not decompress to their size" }),
    }
}

/// What [`MemoryState::runs`] promises; gives the bytes that the runs hold.
fn check_runs(runs: &[PageRun], memory_bytes: u64) -> Result<u64, DecodeError> {
    let mut pages = 0;
    let mut free_from = 0;
    for run in runs {
        let (first, count) = (u64::from(run.first), u64::from(run.count));
        if count == 0 {
            return Err(DecodeError::Invalid { what: "a run of pages is empty" });
        }
        if first < free_from {
            return Err(DecodeError::Invalid { what: "runs of pages overlap, touch or are out of order" });
        }
        pages += count;
        free_from = first + count + 1;
    }
    if free_from > memory_bytes / PAGE_BYTES as u64 + 1 {
        return Err(DecodeError::Invalid { what: "a run of pages ends past its memory" });
    }
    Ok(pages * PAGE_BYTES as u64)
}

/// Bytes of page contents that may be reserved, over all memories.
struct Budget {
    used: u64,
    max: u64,
}

impl Budget {
    fn reserve(&mut self, bytes: u64) -> Result<usize, DecodeError> {
        self.used = self.used.saturating_add(bytes);
        let too_large = DecodeError::TooLarge { bytes: self.used, max: self.max };
        if self.used > self.max { Err(too_large) } else { usize::try_from(bytes).map_err(|_| too_large) }
    }
}

impl From<EndsEarly> for DecodeError {
    fn from(_: EndsEarly) -> Self {
        Self::Invalid { what: EndsEarly::WHAT }
    }
}

/// `count` items of eight bytes each. They are in the input before room is made for them.
fn take_items<T>(from: &mut Input<'_>, count: u32, read: impl Fn([u8; 8]) -> T) -> Result<Vec<T>, DecodeError> {
    let bytes = from.take((count as usize).checked_mul(8).ok_or(EndsEarly)?)?;
    let (items, _) = bytes.as_chunks::<8>();
    Ok(items.iter().map(|&item| read(item)).collect())
}

#[cfg(test)]
mod tests;
