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

    /// Does what `name` stands for with `arguments`, a written list, and answers with a written datum.
    ///
    /// # Errors
    /// That the world grants no such effect, as is so unless it says otherwise, or what went wrong.
    fn effect(&mut self, name: &str, arguments: &str) -> Result<String, Refusal> {
        let _ = (name, arguments);
        Err(Refusal::NotGranted)
    }
}

/// Why an effect did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The world has no effect of this name for this program.
    NotGranted,
    /// It went wrong, and this says how.
    Failed(String),
}
