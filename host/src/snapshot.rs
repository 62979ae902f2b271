//! Snapshots: the pages and globals of one session, at one event, that differ from its guest's base image.
//!
//! ```text
//! live instance ──capture──▶ Snapshot ──codec::encode──▶ bytes ──▶ store
//! fresh instance ◀──apply─── Snapshot ◀──codec::decode── bytes ◀── store
//! ```
//!
//! A snapshot holds truth by comparison: a page is in it exactly when its bytes differ from the base image (or, past the
//! end of the base image, from zeros). So equal states make equal snapshots, however they came about.

mod codec;

pub use self::codec::{DecodeError, FORMAT_V1, decode, encode};

use crate::name::Digest;

/// The unit of capture: a page of the operating system, 4 KiB. A WebAssembly page is sixteen of them.
pub const PAGE_BYTES: usize = 4096;

/// The state of one session after one event, as its difference from the base image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The guest that the state belongs to.
    pub guest: Digest,
    /// The base image that it differs from.
    pub base: Digest,
    /// The event it was taken after; 0 before the first.
    pub event: u64,
    /// Each linear memory of the guest, in the order of its instrumentation.
    pub memories: Vec<MemoryState>,
    /// All mutable globals as 64-bit patterns, in the order of the guest's instrumentation; empty when none differs
    /// from the base image.
    pub globals: Vec<u64>,
}

/// One linear memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryState {
    /// Its size in bytes, a multiple of 64 KiB and under 4 GiB + 1.
    pub bytes: u64,
    /// Runs of consecutive differing pages: ascending, not overlapping, not touching, none empty.
    pub runs: Vec<PageRun>,
    /// The contents of all runs, one after the other.
    pub pages: Vec<u8>,
}

/// Consecutive pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRun {
    /// The first page, counted from the start of the memory.
    pub first: u32,
    /// How many, at least 1.
    pub count: u32,
}

impl Snapshot {
    /// Bytes of page contents.
    #[must_use]
    pub fn page_bytes(&self) -> usize {
        self.memories.iter().map(|memory| memory.pages.len()).sum()
    }
}

impl MemoryState {
    /// Each run with its address in the memory and its contents.
    pub fn contents(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = self.pages.as_slice();
        self.runs.iter().map(move |run| {
            let (bytes, after) = rest.split_at(run.count as usize * PAGE_BYTES);
            rest = after;
            (u64::from(run.first) * PAGE_BYTES as u64, bytes)
        })
    }
}
