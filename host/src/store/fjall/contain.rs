//! A wall around the storage engine: what panics behind it comes out as an error.
//!
//! The engine checks its blocks' checksums and reports most damage as errors, but some of its code takes its own files at
//! their word and panics when they lie. It keeps its locks poisoned after that, so that later calls fail too: loudly,
//! each with an error, and without taking the host along.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Any error, boxed as [`crate::store::StoreError`] holds it.
pub(super) type Source = Box<dyn std::error::Error + Send + Sync>;

/// The engine panicked.
#[derive(Debug, thiserror::Error)]
#[error("the storage engine panicked: {0}")]
pub(super) struct Panicked(String);

/// Runs `work` in the engine. Its callers hold nothing across it that a panic could leave half changed.
pub(super) fn contained<T>(work: impl FnOnce() -> Result<T, Source>) -> Result<T, Source> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Panicked(message(&*panic).to_owned()).into()))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_behind_the_wall_is_an_error() {
        let error = contained::<()>(|| panic!("block {} is bad", 7)).expect_err("a panic");
        assert_eq!(error.to_string(), "the storage engine panicked: block 7 is bad");
    }
}
