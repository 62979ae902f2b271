//! What lies outside of the language: output, clocks, chance.

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
}
