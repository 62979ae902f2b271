//! A name for each request, in its response, in its problem document and in the log: the client's own when it sends a
//! usable one in `x-request-id`, else a random prefix of this process and a count.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

/// The header that carries it, in requests and responses.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id taken from a client, in bytes: a UUID with room to spare, and harmless in a log line.
const CLIENT_BYTES_MAX: usize = 64;

/// The id of one request. A command's turn goes by it too, so it is text that both can hold.
#[derive(Clone)]
pub(super) struct RequestId(Arc<str>);

impl RequestId {
    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("ids are made and taken of visible characters only")
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// What an interrupt may call the turn of this request.
    pub(super) fn turn(&self) -> Arc<str> {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Makes ids: `9f86d081-000000000000001b`.
pub(super) struct RequestIds {
    prefix: u32,
    next: AtomicU64,
}

impl RequestIds {
    /// Starts a count under a prefix that tells this process's requests from its predecessor's. The prefix is no
    /// secret, so the randomness of std's hash maps is good enough for it.
    pub(super) fn new() -> Self {
        let random = std::hash::RandomState::new().build_hasher().finish();
        Self { prefix: (random >> 32) as u32, next: AtomicU64::new(1) }
    }

    /// The id of a request with these headers.
    pub(super) fn of(&self, headers: &HeaderMap) -> RequestId {
        let own = headers.get(&HEADER).and_then(|id| id.to_str().ok()).filter(|id| usable(id.as_bytes()));
        own.map_or_else(|| self.make(), |id| RequestId(id.into()))
    }

    fn make(&self) -> RequestId {
        let mut text = *b"00000000-0000000000000000";
        write_hex(&mut text[..8], u64::from(self.prefix));
        write_hex(&mut text[9..], self.next.fetch_add(1, Relaxed));
        RequestId(std::str::from_utf8(&text).expect("hexadecimal digits are text").into())
    }
}

fn usable(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
    (1..=CLIENT_BYTES_MAX).contains(&id.len()) && id.iter().all(allowed)
}

/// Writes `value` over all of `digits`, the last one first. `format!` would do, at ten times the cost, for every
/// request.
fn write_hex(digits: &mut [u8], mut value: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(value & 15) as usize];
        value >>= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_share_their_process_prefix() {
        let ids = RequestIds::new();
        let made = [(); 3].map(|()| ids.of(&HeaderMap::new()).to_string());
        assert!(made[0].ends_with("-0000000000000001") && made[2].ends_with("-0000000000000003"), "{made:?}");
        assert_eq!(made[0][..9], made[1][..9]);
    }

    #[test]
    fn a_client_may_name_its_request_within_reason() {
        let ids = RequestIds::new();
        let of = |id: &str| ids.of(&HeaderMap::from_iter([(HEADER, HeaderValue::from_str(id).unwrap())])).to_string();
        assert_eq!(of("build-7/step:3"), "build-7/step:3");
        for id in ["", "a b", "a\"b", &"x".repeat(65)] {
            assert!(of(id).contains("-00000000"), "{id}");
        }
    }
}
