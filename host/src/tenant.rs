//! Tenants: who asks. A request proves it with an API key, `Authorization: Bearer KEY`.
//!
//! Keys are 256 random bits that the host makes ([`Key::generate`]) and keeps only as a hash, so that neither the
//! configuration file nor a core dump gives one away. Such a key can't be guessed, so a fast hash is enough: slow ones
//! make up for passwords that people choose.
//!
//! A key is looked up by its hash. How long that takes depends on the hashes' bytes, which say nothing about the key.

use std::collections::HashMap;
use std::fmt;

use crate::name::{Digest, TenantName};

/// The tenant that owns everything while no tenant is configured.
pub const OPEN_TENANT: &str = "default";

/// What a key begins with, for people and for the scanners that look for leaked secrets.
const KEY_PREFIX: &str = "hostel_";

/// Longest key that is worth hashing, in bytes: twice as long as ours.
const KEY_BYTES_MAX: usize = 160;

/// Who may use the host.
#[derive(Debug)]
pub enum Tenants {
    /// Everybody, as one tenant.
    Open(TenantName),
    /// Whoever has a key.
    Keyed(HashMap<KeyHash, TenantName>),
}

/// The request does not prove who asks. The message does not say which part was wrong: a guesser would like to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// There is no `Authorization` header.
    #[error("this host needs an API key: send it as `Authorization: Bearer KEY`")]
    Missing,
    /// There is one, and it holds no key of any tenant.
    #[error("the API key is not valid: send one as `Authorization: Bearer KEY`")]
    Invalid,
}

impl Tenants {
    /// Tenants by the hashes of their keys; the open one when there are no keys.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = (KeyHash, TenantName)>) -> Self {
        let keys: HashMap<_, _> = keys.into_iter().collect();
        if keys.is_empty() {
            return Self::Open(TenantName::new(OPEN_TENANT).expect("the open tenant's name is a name"));
        }
        Self::Keyed(keys)
    }

    /// The tenant that a request speaks for, by the value of its `Authorization` header. The open tenant takes every
    /// request, with whatever key.
    ///
    /// # Errors
    /// [`Unauthenticated`] when there is no key or nobody has it.
    pub fn authenticate(&self, authorization: Option<&[u8]>) -> Result<&TenantName, Unauthenticated> {
        match (self, authorization) {
            (Self::Open(tenant), _) => Ok(tenant),
            (Self::Keyed(_), None) => Err(Unauthenticated::Missing),
            (Self::Keyed(keys), Some(header)) => {
                let key = bearer(header).filter(|key| key.len() <= KEY_BYTES_MAX).ok_or(Unauthenticated::Invalid)?;
                keys.get(&KeyHash::of(key)).ok_or(Unauthenticated::Invalid)
            }
        }
    }
}

/// Who may change what all tenants share: the guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operators {
    /// Everybody that may use the host.
    Everybody,
    /// Whoever has the key. It opens no sessions.
    Keyed(KeyHash),
    /// Nobody: no key is configured.
    Nobody,
}

/// The request does not prove an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoOperator {
    /// There is no key in it, or one that nobody has.
    #[error("this is for operators: send the key that admin_key holds the hash of, as `Authorization: Bearer KEY`")]
    Unproven,
    /// It has a tenant's key.
    #[error("this is for operators: a tenant's key is not enough, the one that admin_key holds the hash of is needed")]
    Tenant,
    /// No key is configured.
    #[error("this is for operators, and this host knows none: configure admin_key (`hostel key --admin` makes a key)")]
    NoKey,
}

impl Operators {
    /// Whether a request speaks for an operator, by the value of its `Authorization` header. `tenants` tells whose key it
    /// has otherwise.
    ///
    /// # Errors
    /// [`NoOperator`].
    pub fn authenticate(&self, authorization: Option<&[u8]>, tenants: &Tenants) -> Result<(), NoOperator> {
        match self {
            Self::Everybody => Ok(()),
            Self::Nobody => Err(NoOperator::NoKey),
            Self::Keyed(hash) => match authorization.and_then(bearer).filter(|key| key.len() <= KEY_BYTES_MAX) {
                Some(key) if KeyHash::of(key) == *hash => Ok(()),
                Some(key) if matches!(tenants, Tenants::Keyed(keys) if keys.contains_key(&KeyHash::of(key))) => {
                    Err(NoOperator::Tenant)
                }
                _ => Err(NoOperator::Unproven),
            },
        }
    }
}

/// The token of a `Bearer` header. The scheme's case is free.
fn bearer(header: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = header.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// An API key, in the clear: shown once, when it is made.
pub struct Key(String);

impl Key {
    /// A new key, of 256 bits from the operating system.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn generate() -> std::io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(Self(format!("{KEY_PREFIX}{}", Digest::from_bytes(bytes))))
    }

    /// The key as text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What to keep of it.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The hash of a key. Written as `blake3:` and 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(Digest);

impl KeyHash {
    /// The hash of `key`.
    #[must_use]
    pub fn of(key: &[u8]) -> Self {
        Self(Digest::of(key))
    }

    /// Reads the written form; nothing when the text is not that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Digest::parse(text.strip_prefix("blake3:")?).map(Self)
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blake3:{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme(key: &Key) -> Tenants {
        let name = TenantName::new("acme").unwrap();
        Tenants::new([(KeyHash::of(b"old"), name.clone()), (key.hash(), name)])
    }

    #[test]
    fn a_key_names_its_tenant_and_anything_else_names_none() {
        let key = Key::generate().unwrap();
        let tenants = acme(&key);
        let ask = |header: &str| tenants.authenticate(Some(header.as_bytes())).map(TenantName::as_str);

        assert_eq!(ask(&format!("Bearer {}", key.reveal())), Ok("acme"));
        assert_eq!(ask(&format!("bearer  {} ", key.reveal())), Ok("acme"));
        assert_eq!(ask("Bearer old"), Ok("acme"));
        let long = format!("Bearer {}", "x".repeat(100_000));
        for wrong in ["", "Bearer", "Bearer ", "Basic old", "old", "Bearer olD", &long, &key.hash().to_string()] {
            assert_eq!(ask(wrong), Err(Unauthenticated::Invalid), "{wrong:.20}");
        }
        assert_eq!(tenants.authenticate(None), Err(Unauthenticated::Missing));
    }

    #[test]
    fn an_operators_key_and_a_tenants_key_are_not_the_same() {
        let (key, admin) = (Key::generate().unwrap(), Key::generate().unwrap());
        let (tenants, operators) = (acme(&key), Operators::Keyed(admin.hash()));
        let bearer = |key: &Key| format!("Bearer {}", key.reveal());
        let ask = |key: &Key| operators.authenticate(Some(bearer(key).as_bytes()), &tenants);
        assert_eq!(ask(&admin), Ok(()));
        assert_eq!(ask(&key), Err(NoOperator::Tenant));
        assert_eq!(ask(&Key::generate().unwrap()), Err(NoOperator::Unproven));
        assert_eq!(operators.authenticate(None, &tenants), Err(NoOperator::Unproven));
        assert_eq!(Operators::Nobody.authenticate(None, &tenants), Err(NoOperator::NoKey));
        assert_eq!(tenants.authenticate(Some(bearer(&admin).as_bytes())), Err(Unauthenticated::Invalid));
    }

    #[test]
    fn without_tenants_everybody_is_the_open_one() {
        let open = Tenants::new([]);
        assert_eq!(open.authenticate(None).unwrap().as_str(), OPEN_TENANT);
        assert_eq!(open.authenticate(Some(b"Bearer x")).unwrap().as_str(), OPEN_TENANT);
    }

    #[test]
    fn a_key_shows_itself_only_when_told_to() {
        let key = Key::generate().unwrap();
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert_eq!(KeyHash::parse(&key.hash().to_string()), Some(key.hash()));
        assert_ne!(Key::generate().unwrap().hash(), key.hash());
        assert_eq!(key.reveal().len(), KEY_PREFIX.len() + 64);
    }
}
