//! The world outside: what a session may read and write.

/// Where output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// What the program prints.
    Stdout,
    /// Warnings and diagnostics.
    Stderr,
}

/// Why the world has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `denied`, `invalid`, `limited`, `timed-out` or `failed`.
    pub kind: &'static str,
    /// For people.
    pub message: String,
}

/// All that a session has of the world.
pub trait World {
    /// Writes text.
    fn write(&self, to: Stream, text: &str);

    /// Microseconds since 1970.
    fn wall_clock_us(&self) -> f64;

    /// Nanoseconds since some moment.
    fn monotonic_ns(&self) -> u64;

    /// A random number.
    fn random(&self) -> u64;

    /// Random bytes.
    fn random_bytes(&self, count: usize) -> Vec<u8>;

    /// Shows one result in several forms: media types and data. The error says what is wrong with one.
    fn display(&self, forms: Vec<(String, Vec<u8>)>) -> Result<(), String>;

    /// Asks for a line.
    fn read_line(&self, prompt: &str) -> Result<String, Failure>;

    /// Calls a function of the host. Arguments and answer are JSON.
    fn call(&self, name: &str, arguments: &str) -> Result<String, Failure>;
}
