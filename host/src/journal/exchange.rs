//! What a guest asked the host to have done by others during a turn, and what it showed.

use std::sync::Arc;

/// A question that a guest asked, and what it was answered: recorded in the order of asking, and served from the record
/// on replay, so that nothing is done twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What was asked.
    pub asked: Asked,
    /// What came back: JSON from a function, a line from a client.
    pub answer: Result<String, Failure>,
}

/// A question of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To call a function.
    Call {
        /// Its name.
        name: Arc<str>,
        /// Its arguments, JSON.
        arguments: Arc<str>,
    },
    /// For a line from the client.
    Line {
        /// What the person is shown.
        prompt: Arc<str>,
    },
}

/// Why there is no answer. The numbers are those of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FailureKind {
    /// Not granted, or nobody is there to answer.
    Denied = 0,
    /// Not asked as it should be.
    Invalid = 1,
    /// A limit was reached.
    Limited = 2,
    /// No answer came in time.
    TimedOut = 3,
    /// It was done, and failed.
    Failed = 4,
}

/// No answer, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which kind.
    pub kind: FailureKind,
    /// For people, on one line.
    pub message: String,
}

/// What a form of a result counts beside its data, in bytes: about what holding it takes, so that many small ones are no
/// way around a limit.
const FORM_BYTES: usize = 128;

/// A result that is more than text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Display {
    /// The same result in several forms, at least one.
    pub representations: Vec<Representation>,
}

/// One form of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Representation {
    /// Its media type.
    pub mime: Box<str>,
    /// The data as that type has it.
    pub data: Box<[u8]>,
}

impl Exchange {
    /// Bytes of what was asked and answered.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let answer = self.answer.as_ref().map_or_else(|failure| failure.message.len(), String::len);
        self.asked.bytes() + answer
    }
}

impl Asked {
    /// Bytes of its texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Call { name, arguments } => name.len() + arguments.len(),
            Self::Line { prompt } => prompt.len(),
        }
    }
}

impl FailureKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Denied, Self::Invalid, Self::Limited, Self::TimedOut, Self::Failed];

    /// What it is called, where users see it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Invalid => "invalid",
            Self::Limited => "limited",
            Self::TimedOut => "timed-out",
            Self::Failed => "failed",
        }
    }
}

impl Failure {
    /// A failure with its message.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl Representation {
    /// Whether data of that type is text: `text/…`, JSON, XML.
    #[must_use]
    pub fn is_text_type(mime: &str) -> bool {
        mime.starts_with("text/") || mime.ends_with("+xml") || mime == "application/xml" || Self::is_json_type(mime)
    }

    /// Whether data of that type is JSON.
    #[must_use]
    pub fn is_json_type(mime: &str) -> bool {
        mime == "application/json" || mime.ends_with("+json")
    }
}

impl Display {
    /// Bytes of its media types and data, and what holding each form takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.representations.iter().map(|one| FORM_BYTES + one.mime.len() + one.data.len()).sum()
    }
}
