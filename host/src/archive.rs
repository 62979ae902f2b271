//! Archives: a session as one file, to be kept or given to another host.
//!
//! ```text
//! store ──▶ Archive ──encode(key)──▶ one file ──decode(key)──▶ Archive ──▶ store of any host that has the key
//! ```
//!
//! A file has all that the session is: its record, its events with their branches, its snapshots, what it keeps beside
//! them, each as the store has it, with its own format, version and checksum. What it can't have is its guest, which it names by digest.
//!
//! Snapshots go into a guest's memory as they are. So a host takes a file only when it was made with the host's own key
//! ([`ArchiveKey`]); nothing of another file is looked at.

mod check;
mod codec;
mod key;

pub use self::codec::{ARCHIVE_V1, ARCHIVE_V2, DecodeError, MAGIC, decode, encode, encoded_bytes};
pub use self::key::ArchiveKey;

use crate::store::SessionRecord;

/// A session, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The session as it was where it comes from. Its snapshots are its own there: none has another maker.
    pub record: SessionRecord,
    /// When it was exported, in milliseconds since 1970.
    pub exported_ms: u64,
    /// Its encoded events by number, in order.
    pub events: Vec<(u64, Vec<u8>)>,
    /// The first event of each branch and the event that this follows, in order.
    pub branches: Vec<(u64, u64)>,
    /// The encoded snapshots that the record names, by event, in order.
    pub snapshots: Vec<(u64, Vec<u8>)>,
    /// What the session keeps beside its history, as the store has it, if anything.
    pub values: Option<Vec<u8>>,
}
