//! Mends the journal after a power cut.
//!
//! The engine drops a last batch that was cut off. But a power cut can do worse to what was not synced yet: the pages of
//! a file reach the disk in any order, so that a batch may have its end and, before it, a page of zeros. The engine finds
//! that its checksum is wrong and refuses to open at all, over a commit of which nobody was told that it would survive
//! a power cut. Then this reads the newest journal, keeps a copy, and cuts it after its last good batch. Older journals
//! were synced when they were full: damage to those is not a power cut's doing, and stays refused.
//!
//! ```text
//! batch    start │ items … │ end
//! start    01 │ number of items (4) │ sequence number (8)
//! item     02 │ type (1) │ compression (1) │ keyspace (8) │ key length k (2) │ length (4) │ stored length v (4) │ k │ v
//! clear    04 │ keyspace (8)                                                                     counts as an item
//! end      03 │ XXH3-64 of the items (8) │ "FJL" 03
//! ```

use std::fs::{self, File};
use std::io;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::sync::{journal_path, newest_journal};

/// What a repair took away.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repair {
    /// Bytes of the journal that stay.
    pub(super) kept: usize,
    /// Bytes after them, up to the last that is not zero.
    pub(super) dropped: usize,
}

/// Cuts the newest journal in `directory` after its last good batch and puts a copy of the whole beside it, if there
/// is anything to cut.
pub(super) fn repair(directory: &Path) -> io::Result<Option<Repair>> {
    let path = journal_path(directory, newest_journal(directory)?);
    let bytes = fs::read(&path)?;
    let written = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let kept = good_bytes(&bytes[..written]);
    if kept == written {
        return Ok(None);
    }
    let copy = path.with_extension("damaged");
    fs::write(&copy, &bytes[..written])?;
    File::open(&copy)?.sync_all()?;
    let journal = File::options().write(true).open(&path)?;
    journal.set_len(kept as u64)?;
    journal.sync_all()?;
    Ok(Some(Repair { kept, dropped: written - kept }))
}

/// How many bytes the good batches at the beginning take.
fn good_bytes(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some(after) = skip_batch(rest) {
        rest = after;
    }
    bytes.len() - rest.len()
}

/// What follows a good batch; nothing when there is none.
fn skip_batch(bytes: &[u8]) -> Option<&[u8]> {
    let (start, mut rest) = bytes.split_first_chunk::<13>()?;
    let [1, a, b, c, d, ..] = *start else { return None };
    let items = rest;
    for _ in 0..u32::from_le_bytes([a, b, c, d]) {
        rest = skip_item(rest)?;
    }
    let items = &items[..items.len() - rest.len()];
    let (end, rest) = rest.split_first_chunk::<13>()?;
    let expected = [&[3], xxh3_64(items).to_le_bytes().as_slice(), b"FJL\x03"].concat();
    (end.as_slice() == expected).then_some(rest)
}

fn skip_item(bytes: &[u8]) -> Option<&[u8]> {
    match bytes.first()? {
        2 => {
            let (head, rest) = bytes.split_first_chunk::<21>()?;
            let key = usize::from(u16::from_le_bytes([head[11], head[12]]));
            let value = u32::from_le_bytes([head[17], head[18], head[19], head[20]]);
            rest.get(key.checked_add(value as usize)?..)
        }
        4 => bytes.get(9..),
        _ => None,
    }
}
