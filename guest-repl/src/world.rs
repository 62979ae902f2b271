//! What lies outside of the language: output, clocks, chance, and what the host grants.

/// The world that a REPL runs in.
pub trait World {
    /// Shows text to the user.
    fn write(&mut self, text: &[u8]);

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    fn wall_clock(&mut self) -> u128;

    /// Nanoseconds since some start; never goes back.
    fn monotonic_clock(&mut self) -> u64;

    /// A random number, all 64 bits of it.
    fn random(&mut self) -> u64;

    /// Calls the function that the program is granted under `name`. Arguments and answer are JSON.
    ///
    /// # Errors
    /// Why there is no answer. A world grants nothing unless it says otherwise.
    fn call(&mut self, name: &str, arguments: &str) -> Result<String, Failure> {
        let _ = arguments;
        Err(Failure { kind: FailureKind::Denied, message: format!("no function {name} is granted") })
    }

    /// Asks the user for a line, without its end.
    ///
    /// # Errors
    /// Why there is none.
    fn read_line(&mut self, prompt: &str) -> Result<String, Failure> {
        let _ = prompt;
        Err(Failure { kind: FailureKind::Denied, message: "nobody is there to answer".to_owned() })
    }

    /// Shows one result in several forms: media types, and the data as those have it.
    ///
    /// # Errors
    /// What is wrong with one of them.
    fn display(&mut self, representations: &[(String, Vec<u8>)]) -> Result<(), String> {
        let _ = representations;
        Err("nothing is there to show it".to_owned())
    }
}

/// No answer, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which kind.
    pub kind: FailureKind,
    /// For people, on one line.
    pub message: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// It is not granted, or nobody is there to answer.
    Denied,
    /// It is not asked as it should be.
    Invalid,
    /// A limit was reached.
    Limited,
    /// No answer came in time.
    TimedOut,
    /// It was done, and failed.
    Failed,
}

// === impl FailureKind ===

impl FailureKind {
    /// What programs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Invalid => "invalid",
            Self::Limited => "limited",
            Self::TimedOut => "timed-out",
            Self::Failed => "failed",
        }
    }
}

/// A world where nothing happens, for tests.
#[cfg(test)]
pub(crate) struct Nowhere;

#[cfg(test)]
impl World for Nowhere {
    fn write(&mut self, _: &[u8]) {}

    fn wall_clock(&mut self) -> u128 {
        0
    }

    fn monotonic_clock(&mut self) -> u64 {
        0
    }

    fn random(&mut self) -> u64 {
        0
    }
}
