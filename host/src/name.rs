//! Names that users choose, ids and digests that the host makes. Each has one way in, which validates, and one way out.

mod grants;

use std::fmt;

pub use self::grants::{Grants, GrantsError};

use serde::{Deserialize, Serialize};

/// Longest name of a session, tenant or guest, in bytes: fits a path segment, a log line and a metrics label.
pub const NAME_BYTES_MAX: usize = 128;

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a {kind} name can't be empty")]
    Empty {
        /// What was to be named.
        kind: &'static str,
    },
    /// The text is longer than [`NAME_BYTES_MAX`].
    #[error("a {kind} name has at most {NAME_BYTES_MAX} bytes, this one has {bytes}")]
    TooLong {
        /// What was to be named.
        kind: &'static str,
        /// Its length in bytes.
        bytes: usize,
    },
    /// The text has a character that names don't have.
    #[error(
        "a {kind} name has only letters, digits and - _ . ~ :{} and starts with a letter, digit or _; {found:?} is not allowed at byte {at}",
        if *kind == VERSION { "" } else { " @" }
    )]
    Character {
        /// What was to be named.
        kind: &'static str,
        /// The character.
        found: char,
        /// Where it stands.
        at: usize,
    },
}

/// The kind whose names have no `@`: it stands before them.
const VERSION: &str = "version";

fn check(kind: &'static str, text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty { kind });
    }
    if text.len() > NAME_BYTES_MAX {
        return Err(NameError::TooLong { kind, bytes: text.len() });
    }
    let allowed = |at: usize, c: char| {
        c.is_ascii_alphanumeric() || c == '_' || (at > 0 && "-.~:@".contains(c) && (c != '@' || kind != VERSION))
    };
    match text.char_indices().find(|&(at, c)| !allowed(at, c)) {
        Some((at, found)) => Err(NameError::Character { kind, found, at }),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Takes a text that is a valid name.
            ///
            /// # Errors
            /// [`NameError`] when the text is empty, too long, or has a character that names don't have.
            pub fn new(text: &str) -> Result<Self, NameError> {
                check($kind, text)?;
                Ok(Self(text.into()))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// What a tenant calls one of its sessions; unique within the tenant.
    SessionName,
    "session"
);
name!(
    /// A tenant: the owner of sessions, known by its API keys.
    TenantName,
    "tenant"
);
name!(
    /// What a guest is called on this host: `omega`.
    GuestName,
    "guest"
);

name!(
    /// What a user calls one of a session's checkpoints; unique within the session.
    CheckpointName,
    "checkpoint"
);

name!(
    /// What one version of a guest is called, beside the others of its name: `3.14-2`. It has no `@`, which stands before
    /// it where a version is chosen ([`GuestRef`]).
    GuestLabel,
    "version"
);

/// Words that stand in the interface's paths where a guest's name may.
const RESERVED_GUEST_NAMES: [&str; 2] = ["default", "upgrade"];

/// Why no guest can be registered under a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitGuestName {
    /// A name of a guest has no `@`.
    #[error("a guest that is called {0} could not be chosen: what follows an @ is a version")]
    HasVersion(GuestName),
    /// The interface has another use for it.
    #[error("no guest can be called {0}, which is a word of the interface: take another name")]
    Reserved(GuestName),
}

impl GuestName {
    /// Whether a guest can be registered under this name.
    ///
    /// # Errors
    /// Why not.
    pub fn check_fit(&self) -> Result<(), UnfitGuestName> {
        if self.as_str().contains('@') {
            return Err(UnfitGuestName::HasVersion(self.clone()));
        }
        if RESERVED_GUEST_NAMES.contains(&self.as_str()) {
            return Err(UnfitGuestName::Reserved(self.clone()));
        }
        Ok(())
    }
}

/// A guest as users choose it: `python` for the current version of that name, `python@3.14-2` for the version with that
/// label, or `python@` and eight or more digits of a version's digest. A label that is there is meant before a digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GuestRef {
    /// What it is called.
    pub name: GuestName,
    /// Which of its versions, where that is not the current one: a label, or the beginning of a digest.
    pub version: Option<GuestLabel>,
}

impl GuestRef {
    /// Reads `name` or `name@version`.
    ///
    /// # Errors
    /// [`NameError`] when either part is none.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let Some((name, version)) = text.split_once('@') else {
            return Ok(Self { name: GuestName::new(text)?, version: None });
        };
        match version.find('@') {
            Some(at) => Err(NameError::Character { kind: "version", found: '@', at }),
            None => Ok(Self { name: GuestName::new(name)?, version: Some(GuestLabel::new(version)?) }),
        }
    }
}

impl From<GuestName> for GuestRef {
    fn from(name: GuestName) -> Self {
        Self { name, version: None }
    }
}

impl TryFrom<String> for GuestRef {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for GuestRef {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl From<GuestRef> for String {
    fn from(guest: GuestRef) -> Self {
        guest.to_string()
    }
}

impl fmt::Display for GuestRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

name!(
    /// What a function is called that sessions may call: `kv.get`.
    FunctionName,
    "function"
);

impl FunctionName {
    /// What the names of the functions begin with that each session has of its own.
    pub const OWN: &str = "kv.";

    /// Whether it is one of these.
    #[must_use]
    pub fn is_session_s_own(&self) -> bool {
        self.0.starts_with(Self::OWN)
    }
}

/// A session's identity: 128 random bits, never reused, kept over renames. Written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 16]);

/// A BLAKE3 digest: of a guest's bytes, of a base image. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

macro_rules! hex {
    ($name:ident, $bytes:literal) => {
        impl $name {
            /// From its bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// Reads the hexadecimal form; nothing when the text is not that.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let digits = text.as_bytes();
                if digits.len() != 2 * $bytes {
                    return None;
                }
                let mut bytes = [0; $bytes];
                for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
                    let [high, low] = [pair[0], pair[1]].map(|digit| (digit as char).to_digit(16));
                    *byte = u8::try_from(high? * 16 + low?).ok()?;
                }
                Some(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom(concat!("not a ", stringify!($name))))
            }
        }
    };
}

hex!(SessionId, 16);
hex!(Digest, 32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_wrong_with_it() {
        assert_eq!(SessionName::new("alice-1.b~c:d@e").map(String::from), Ok("alice-1.b~c:d@e".to_owned()));
        assert_eq!(SessionName::new(""), Err(NameError::Empty { kind: "session" }));
        assert_eq!(SessionName::new("../x"), Err(NameError::Character { kind: "session", found: '.', at: 0 }));
        assert_eq!(SessionName::new("a/b"), Err(NameError::Character { kind: "session", found: '/', at: 1 }));
        assert_eq!(SessionName::new("ü"), Err(NameError::Character { kind: "session", found: 'ü', at: 0 }));
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        assert_eq!(TenantName::new(&long), Err(NameError::TooLong { kind: "tenant", bytes: 129 }));
    }

    #[test]
    fn a_guest_is_chosen_by_its_name_alone_or_with_a_version() {
        let python = GuestRef::parse("python@3.14-2").expect("a guest");
        assert_eq!((python.name.as_str(), python.version.as_ref().map(GuestLabel::as_str)), ("python", Some("3.14-2")));
        assert_eq!(python.to_string(), "python@3.14-2");
        assert_eq!(GuestRef::parse("python").map(|python| python.version), Ok(None));
        for wrong in ["", "@", "python@", "@3", "python@3@4", "python@-", "py thon@3"] {
            assert!(GuestRef::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_that_could_not_be_asked_for_are_no_guest_s() {
        let unfit = |text: &str| GuestName::new(text).expect("a name").check_fit().err().map(|unfit| unfit.to_string());
        assert_eq!(unfit("python-3"), None);
        assert!(unfit("python@3").is_some_and(|unfit| unfit.contains("python@3 could not be chosen")));
        assert!(unfit("default").is_some_and(|unfit| unfit.contains("a word of the interface")));
        assert!(unfit("upgrade").is_some());
    }

    #[test]
    fn an_id_reads_back_what_it_writes() {
        let id = SessionId::from_bytes([0xa5; 16]);
        assert_eq!(SessionId::parse(&id.to_string()), Some(id));
        assert_eq!(SessionId::parse("a5"), None);
        assert_eq!(SessionId::parse(&"+5".repeat(16)), None);
    }
}
