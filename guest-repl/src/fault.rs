//! Why a primitive could not do what it was asked.

use crate::value::Value;

/// What goes wrong in a primitive, before its name and the printed value make a message of it.
#[derive(Debug)]
pub(crate) enum Fault {
    /// What the world has no answer to, in full, and the word for why.
    Outside { text: String, kind: &'static str },
    /// `car: expected a pair, got 5`
    Expected { what: &'static str, got: Value },
    /// Anything else, without the name of the primitive.
    Text(String),
    /// Text that says all there is to say, name included.
    Whole(String),
}

/// What a primitive answers.
pub(crate) type Outcome<T = Value> = Result<T, Fault>;

/// A fault with a text of its own.
pub(crate) fn fault<T>(text: impl Into<String>) -> Outcome<T> {
    Err(Fault::Text(text.into()))
}

/// A fault about the kind of a value.
pub(crate) fn expected<T>(what: &'static str, got: Value) -> Outcome<T> {
    Err(Fault::Expected { what, got })
}
