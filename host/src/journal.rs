//! Journals: what happened in a session, one event for each turn that changed it.
//!
//! ```text
//! 0 ───▶ 1 ───▶ 2 ───▶ 3 ───▶ 4 ───▶ 5            undone, and still there
//!               ▲      │
//!           snapshot   └───▶ 6 ───▶ 7 ───▶ 8
//!                                          ▲
//!                                         now  =  snapshot + replay of 3, 6, 7, 8
//! ```
//!
//! Events are numbered in the order in which they were recorded, and only appended. Each follows another: the one before
//! it, or, when the session had gone back, the one that it stood at. Here it went from 5 to 3, so that 6 follows 3 and
//! begins a *branch*; going back to 5 would make 9 follow that. So a history is a tree, the session stands at one of its
//! events, and the way there is read backwards by [`Event::follows`].
//!
//! A guest computes the same from the same, so that a replay needs only what came from outside: the command, the seed of
//! the turn's random source, each clock reading, and each answer that it got from outside, in order. It serves the guest from [`Outside`] and compares what it
//! then produces with [`Event::outcome`]. A turn that can't be replayed has a snapshot right after it. What a turn
//! answered is kept for those who read the history, and for those who send a command again with the same key.

mod codec;
mod exchange;

pub use self::codec::{
    COMMAND_BYTES_MAX, DecodeError, EVENT_BYTES_MAX, EVENT_V1, EVENT_V2, EVENT_V3, EXCHANGES_MAX, EXTRAS_BYTES_MAX,
    EncodeError, KEY_BYTES_MAX, OUTPUT_BYTES_MAX, READINGS_MAX, VALUE_BYTES_MAX,
};
pub use self::exchange::{Asked, Display, Exchange, Failure, FailureKind, Representation};

use std::fmt;
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use crate::store::GuestPin;

/// The record of one turn that changed the session, with all that is needed to replay it and to answer again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the journal, counted from 1.
    pub number: u64,
    /// The event it follows: the one before it, unless the session had gone back; 0 for none.
    pub follows: u64,
    /// Wall clock when the turn began, in milliseconds since 1970. For people; a replay uses the readings.
    pub at_ms: u64,
    /// What was executed.
    pub command: Arc<str>,
    /// What came of it.
    pub outcome: OutcomeDigest,
    /// What the guest learned from outside while it ran. Not encoded when the turn can't be replayed.
    pub outside: Outside,
    /// What the turn used.
    pub usage: EventUsage,
    /// It can be taken through the guest again. Otherwise a snapshot of the state after it was stored with it.
    pub replayable: bool,
    /// The idempotency key that the command came with, 1 to [`KEY_BYTES_MAX`] bytes.
    pub key: Option<Arc<str>>,
    /// What it answered; nothing in events of the first format.
    pub answer: Option<Answer>,
    /// Why its turn was undone, as a stable code: then it changed nothing, and is here for what it had others do.
    pub undone: Option<Arc<str>>,
    /// The guest that the session has from this event on, where it changed guests. Such an event can't be replayed.
    pub guest: Option<GuestPin>,
}

/// What a turn answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The guest asked to leave the REPL.
    pub should_exit: bool,
    /// The printed value. An empty one is as good as none: it has the same digest.
    pub result: Option<String>,
    /// What the guest's language reported, when there is no value.
    pub error: Option<String>,
    /// All that was written, both streams in order.
    pub all: String,
    /// What was written to standard output.
    pub stdout: String,
    /// What was written to standard error.
    pub stderr: String,
    /// Results that are more than text, in order.
    pub displays: Vec<Display>,
}

/// What a guest reads from outside itself during a turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outside {
    /// The seed of the turn's random source; nothing when the guest read nothing random.
    pub seed: Option<[u8; 32]>,
    /// Every clock reading in the order the guest asked, in nanoseconds: since 1970 where it asked for the time of day,
    /// since the session's own beginning where it asked for the monotonic clock.
    pub readings: Vec<u64>,
    /// What it asked others and was answered, in order. Encoded also when the turn can't be replayed: it was done.
    pub exchanges: Vec<Exchange>,
}

/// What a turn used: measured, not replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventUsage {
    /// Time in the guest, in microseconds.
    pub wall_us: u64,
    /// Processor time in the guest, in microseconds.
    pub cpu_us: u64,
    /// Size of all linear memories before the turn, in bytes.
    pub memory_before: u64,
    /// Size of all linear memories after the turn, in bytes.
    pub memory_after: u64,
}

impl Event {
    /// The event's bytes. One that can't be replayed is encoded without what came from outside, and decodes without.
    ///
    /// Takes well under a microsecond for a small event. One of megabytes is compressed, at some 400 MB/s: better on a
    /// thread that may block.
    ///
    /// # Errors
    /// [`EncodeError`] when it holds more than an event may, or promises what no event has.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        codec::encode(self)
    }

    /// The event in `bytes`.
    ///
    /// # Errors
    /// [`DecodeError`]; no input makes it panic, or reserve more than a few hundred times its length or a few times
    /// [`EVENT_BYTES_MAX`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes)
    }
}

impl Answer {
    /// The digest of a turn that answered this.
    #[must_use]
    pub fn digest(&self) -> OutcomeDigest {
        let (kind, result) = match &self.error {
            Some(_) => ("error", None),
            // A turn that ends well has a value, which may be empty.
            None => ("value", Some(self.result.as_deref().unwrap_or_default())),
        };
        OutcomeDigest::of(&OutcomeParts {
            kind,
            output: self.all.as_bytes(),
            result,
            error: self.error.as_deref(),
            should_exit: self.should_exit,
            displays: &self.displays,
        })
    }
}

/// XXH3-128 of all that a turn produced: equal digests mean that a replay did the same. It finds differences, not
/// forgeries.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OutcomeDigest([u8; 16]);

/// What [`OutcomeDigest`] covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeParts<'a> {
    /// How the turn ended, in a word that never changes its meaning: `value`, `error`.
    pub kind: &'a str,
    /// All that was written, in order.
    pub output: &'a [u8],
    /// The printed value.
    pub result: Option<&'a str>,
    /// What the guest's language reported.
    pub error: Option<&'a str>,
    /// The guest asked to leave the REPL.
    pub should_exit: bool,
    /// Results that are more than text.
    pub displays: &'a [Display],
}

impl OutcomeDigest {
    /// The digest of a turn's outcome.
    #[must_use]
    pub fn of(parts: &OutcomeParts<'_>) -> Self {
        let mut hasher = Xxh3::new();
        // Each part carries its length, absent ones none, so that bytes can't move from one part to the next unseen.
        let mut add = |part: Option<&[u8]>| {
            hasher.update(&part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
            hasher.update(part.unwrap_or_default());
        };
        add(Some(parts.kind.as_bytes()));
        add(Some(parts.output));
        add(parts.result.map(str::as_bytes));
        add(parts.error.map(str::as_bytes));
        add(Some(&[u8::from(parts.should_exit)]));
        // Outcomes without these have the digest that they had before there were any.
        for display in parts.displays {
            add(Some(&(display.representations.len() as u64).to_le_bytes()));
            for Representation { mime, data } in &display.representations {
                add(Some(mime.as_bytes()));
                add(Some(data));
            }
        }
        Self(hasher.digest128().to_le_bytes())
    }

    /// From its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for OutcomeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for OutcomeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutcomeDigest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: OutcomeParts<'_> =
        OutcomeParts { kind: "value", output: b"3", result: Some("3"), error: None, should_exit: false, displays: &[] };

    #[test]
    fn an_outcome_has_the_same_digest_in_every_version() {
        assert_eq!(OutcomeDigest::of(&PARTS).to_string(), "83f06b66545c8b16c0fa1f1a64295027");
    }

    #[test]
    fn an_answer_has_the_digest_of_its_turn() {
        let answer = Answer { all: "3".into(), stdout: "3".into(), result: Some("3".into()), ..Answer::default() };
        assert_eq!(answer.digest(), OutcomeDigest::of(&PARTS));
        let nothing = OutcomeParts { output: b"", result: Some(""), ..PARTS };
        assert_eq!(Answer::default().digest(), OutcomeDigest::of(&nothing));
        assert_eq!(Answer { result: Some(String::new()), ..Answer::default() }.digest(), OutcomeDigest::of(&nothing));
        let failed = Answer { error: Some("unbound".into()), should_exit: true, ..Answer::default() };
        let parts = OutcomeParts {
            kind: "error",
            output: b"",
            result: None,
            error: Some("unbound"),
            should_exit: true,
            displays: &[],
        };
        assert_eq!(failed.digest(), OutcomeDigest::of(&parts));
    }

    #[test]
    fn every_part_of_an_outcome_counts() {
        let shown = [Display { representations: vec![Representation { mime: "a".into(), data: b"3"[..].into() }] }];
        let others = [
            OutcomeParts { kind: "error", ..PARTS },
            OutcomeParts { output: b"4", ..PARTS },
            OutcomeParts { output: b"", result: Some("33"), ..PARTS },
            OutcomeParts { result: None, ..PARTS },
            OutcomeParts { result: Some(""), ..PARTS },
            OutcomeParts { result: None, error: Some("3"), ..PARTS },
            OutcomeParts { error: Some(""), ..PARTS },
            OutcomeParts { should_exit: true, ..PARTS },
            OutcomeParts { displays: &shown, ..PARTS },
        ];
        let mut digests: Vec<_> =
            others.iter().chain([&PARTS]).map(|parts| *OutcomeDigest::of(parts).as_bytes()).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), others.len() + 1);
    }
}
