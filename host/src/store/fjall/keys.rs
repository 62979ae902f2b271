//! Keys: what stands where, in the order it is read.
//!
//! ```text
//! sessions    tenant · 00 · name        names have no 00, so tenants never mix, and a tenant's names are in order
//! events      id (16) · number (8, big-endian)
//! snapshots   id (16) · event  (8, big-endian)
//! floors      space (1) · id (16)
//! removals    space (1) · first key (24) · last key (24)
//! ```

use std::ops::Bound;

use super::plan::Space;
use crate::name::{SessionId, SessionName, TenantName};

/// Bytes of a key in `events` and `snapshots`.
pub(super) const ENTRY_BYTES: usize = 24;

/// A key in `events` or `snapshots`.
pub(super) type EntryKey = [u8; ENTRY_BYTES];

/// From one key to another.
pub(super) type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// The key of a tenant's session.
pub(super) fn session(tenant: &TenantName, name: &str) -> Vec<u8> {
    [tenant.as_str().as_bytes(), &[0], name.as_bytes()].concat()
}

/// The key of an event, or of the snapshot after it.
pub(super) fn entry(id: SessionId, number: u64) -> EntryKey {
    let mut key = [0; ENTRY_BYTES];
    key[..16].copy_from_slice(id.as_bytes());
    key[16..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The key of the floor of a session's entries.
pub(super) fn floor(space: Space, id: SessionId) -> Vec<u8> {
    [&[space.tag()], id.as_bytes().as_slice()].concat()
}

/// The number in an entry's key; nothing when it is no such key.
pub(super) fn number(key: &[u8]) -> Option<u64> {
    EntryKey::try_from(key).ok()?.last_chunk().map(|number| u64::from_be_bytes(*number))
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
        assert_eq!(number(&entry(id, 258)), Some(258));
        assert_eq!(number(b"short"), None);
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
