//! JSON, in which the host is spoken to.
//!
//! ```text
//! null               the symbol null; what is unspecified becomes null too
//! true, false        #t, #f
//! 12, 1.5            exact integers, and numbers with a fraction; a ratio becomes the nearest of those
//! "text"             a string; symbols and characters become strings too
//! [1, 2]             a list; vectors become arrays too
//! {"a": 1}           a hash table with strings for keys; alists whose keys are all symbols become objects too
//! ```

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::{object, write};

/// Levels of lists and objects within each other, at most: deeper ones are cycles or mistakes.
const LEVELS_MAX: usize = 500;

/// Bytes of a text that is written, at most.
const BYTES_MAX: usize = 8 << 20;
