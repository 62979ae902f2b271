//! Keys: what stands where, in the order it is read.
//!
//! ```text
//! sessions    tenant · 00 · name        names have no 00, so tenants never mix, and a tenant's names are in order
//! events      id (16) · number (8, big-endian)
//! branches    id (16) · first event (8, big-endian)
//! keys        id (16) · hash (8, big-endian)
//! snapshots   maker (16) · event (8, big-endian)
//! shares      maker (16) · event (8, big-endian) · holder (16)
//! floors      'e' · id (16)              the first version also had 's' · id, which is not read any more
//! removals    space (1) · first key (24) · last key (24)
//! ```

use std::ops::{Bound, RangeInclusive};

use super::plan::Space;
use crate::name::{SessionId, SessionName, TenantName};
use crate::store::SnapshotKey;

/// Bytes of a key of an entry: a thing that a session has many of, each with a number.
pub(super) const ENTRY_BYTES: usize = 24;

/// The key of an entry: in `events`, `branches`, `keys` or `snapshots`.
pub(super) type EntryKey = [u8; ENTRY_BYTES];

/// What is said of a key that is none.
pub(super) const NO_ENTRY: &str = "an entry's key has not 24 bytes";

/// From one key to another.
pub(super) type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// The key of a tenant's session.
pub(super) fn session(tenant: &TenantName, name: &str) -> Vec<u8> {
    [tenant.as_str().as_bytes(), &[0], name.as_bytes()].concat()
}

/// The key of a session's entry.
pub(super) fn entry(id: SessionId, number: u64) -> EntryKey {
    let mut key = [0; ENTRY_BYTES];
    key[..16].copy_from_slice(id.as_bytes());
    key[16..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The key of a note that a session holds a snapshot.
pub(super) fn share(key: SnapshotKey, holder: SessionId) -> Vec<u8> {
    [entry(key.maker, key.event).as_slice(), holder.as_bytes()].concat()
}

/// The keys of all notes of who holds a snapshot.
pub(super) fn shares(key: SnapshotKey) -> RangeInclusive<Vec<u8>> {
    share(key, SessionId::from_bytes([0; 16]))..=share(key, SessionId::from_bytes([0xff; 16]))
}

/// The key of the floor of a session's events.
pub(super) fn floor(id: SessionId) -> Vec<u8> {
    [&[Space::Events.tag()], id.as_bytes().as_slice()].concat()
}

/// The number in an entry's key; nothing when it is no such key.
pub(super) fn number(key: &[u8]) -> Option<u64> {
    EntryKey::try_from(key).ok()?.last_chunk().map(|number| u64::from_be_bytes(*number))
}

/// The session in an entry's key; nothing when it is no such key.
pub(super) fn session_of(key: &[u8]) -> Option<SessionId> {
    EntryKey::try_from(key).ok()?.first_chunk().map(|id| SessionId::from_bytes(*id))
}

/// The keys of a tenant's names that begin with `prefix` and come after `after`; nothing when there can be none.
pub(super) fn listing(tenant: &TenantName, prefix: &str, after: Option<&SessionName>) -> Option<Range> {
    let first = session(tenant, prefix);
    // No UTF-8 text has this byte, so that all that begins with the prefix comes before.
    let end = [first.as_slice(), &[0xff]].concat();
    let start = match after.map(|after| session(tenant, after.as_str())) {
        Some(after) if after >= end => return None,
        Some(after) if after >= first => Bound::Excluded(after),
        _ => Bound::Included(first),
    };
    Some((start, Bound::Excluded(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_in_the_order_of_their_numbers() {
        let id = SessionId::from_bytes([7; 16]);
        assert!(entry(id, 255) < entry(id, 256));
        assert!(entry(id, u64::MAX) < entry(SessionId::from_bytes([8; 16]), 0));
        assert_eq!((session_of(&entry(id, 258)), number(&entry(id, 258))), (Some(id), Some(258)));
        assert_eq!(number(b"short"), None);
    }

    #[test]
    fn the_holders_of_a_snapshot_are_side_by_side() {
        let [a, b] = [7, 8].map(|byte| SessionId::from_bytes([byte; 16]));
        let key = SnapshotKey { maker: a, event: 255 };
        assert!([a, b].iter().all(|&holder| shares(key).contains(&share(key, holder))));
        for other in [SnapshotKey { maker: a, event: 256 }, SnapshotKey { maker: b, event: 255 }] {
            assert!(!shares(key).contains(&share(other, a)));
        }
    }

    #[test]
    fn a_listing_stays_within_its_tenant_and_prefix() {
        let tenant = TenantName::new("a").expect("a name");
        let start = |prefix: &str, after: Option<&str>| {
            let after = after.map(|after| SessionName::new(after).expect("a name"));
            listing(&tenant, prefix, after.as_ref()).map(|range| range.0)
        };
        assert_eq!(start("", None), Some(Bound::Included(b"a\0".to_vec())));
        assert_eq!(start("m", Some("b")), Some(Bound::Included(b"a\0m".to_vec())));
        assert_eq!(start("m", Some("mx")), Some(Bound::Excluded(b"a\0mx".to_vec())));
        assert_eq!(start("m", Some("n")), None);
    }
}
