//! The world outside: what a session may read and write.

/// Where output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// What the program prints.
    Stdout,
    /// Warnings and diagnostics.
    Stderr,
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
}
