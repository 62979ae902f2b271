//! The portable form of a session: what the program has made, for any version of the language to read.
//!
//! ```text
//! omega-state 1 ⏎
//! strings      count, each its length and UTF-8
//! symbols      count, each a kind and the string that it is called
//! items        count, each a tag and what it holds: pairs, texts, closures, tables …
//! codes        count, each the tree of a procedure; inner procedures come before those that make closures of them
//! variables    of environments: count, each a symbol and its value
//! definitions  count, each whether it was assigned to, a symbol and its value
//! changes      to the library's own values: count, each the value's name and an item
//! gensyms      how many there were
//! ```
//!
//! Numbers are LEB128, signed ones in zigzag order. A reference to a value is a number whose lowest three bits say what
//! the others are. What the library binds names to is referred to by name, so a session takes what a newer library has
//! in its place. Procedures are trees, which the reading version compiles.
//!
//! Captured continuations, and machines that wait in the middle, are places in compiled code, and have no such form.

mod bytes;
mod code;
mod made;
mod reach;
mod read;
mod write;

#[cfg(test)]
mod tests;

use crate::context::Context;

/// What the first version of the format begins with.
const FORMAT_V1: &[u8] = b"omega-state 1\n";

/// What a reference is to, in its lowest three bits.
mod reference {
    pub(super) const CONSTANT: u64 = 0;
    pub(super) const CHAR: u64 = 1;
    pub(super) const SMALL: u64 = 2;
    pub(super) const ITEM: u64 = 3;
    pub(super) const SYMBOL: u64 = 4;
    pub(super) const KEYWORD: u64 = 5;
    pub(super) const LIBRARY: u64 = 6;
    pub(super) const BITS: u32 = 3;
}

/// The constants, by number.
const CONSTANTS: [crate::value::Value; 6] = {
    use crate::value::Value;
    [Value::NIL, Value::FALSE, Value::TRUE, Value::UNSPECIFIED, Value::EOF, Value::UNBOUND]
};

/// Among the constants, the port that leads to the user.
const CONSOLE: u64 = CONSTANTS.len() as u64;

/// What an item is.
mod tag {
    pub(super) const PAIR: u8 = 0;
    pub(super) const INT: u8 = 1;
    pub(super) const FLOAT: u8 = 2;
    pub(super) const BIG: u8 = 3;
    pub(super) const RATIO: u8 = 4;
    pub(super) const TEXT: u8 = 5;
    pub(super) const VECTOR: u8 = 6;
    pub(super) const CLOSURE: u8 = 7;
    pub(super) const CELL: u8 = 8;
    pub(super) const VALUES: u8 = 9;
    pub(super) const PROMISE: u8 = 10;
    pub(super) const CONDITION: u8 = 11;
    pub(super) const RECORD: u8 = 12;
    pub(super) const MACRO: u8 = 13;
    pub(super) const ENVIRONMENT: u8 = 14;
    pub(super) const BYTES: u8 = 15;
    pub(super) const TABLE: u8 = 16;
    pub(super) const INPUT: u8 = 17;
    pub(super) const OUTPUT: u8 = 18;
    pub(super) const MACHINE: u8 = 19;
}

/// What a symbol is.
mod symbol {
    /// What its name is read as.
    pub(super) const NAMED: u8 = 0;
    /// Unlike any other.
    pub(super) const FRESH: u8 = 1;
    /// A variable of an environment.
    pub(super) const VARIABLE: u8 = 2;
    /// The library's own, which no program can name.
    pub(super) const LIBRARY: u8 = 3;
}

/// What a node of a procedure's tree is.
mod node {
    pub(super) const CONSTANT: u8 = 0;
    pub(super) const LOCAL: u8 = 1;
    pub(super) const GLOBAL: u8 = 2;
    pub(super) const SET_LOCAL: u8 = 3;
    pub(super) const SET_GLOBAL: u8 = 4;
    pub(super) const DEFINE: u8 = 5;
    pub(super) const IF: u8 = 6;
    pub(super) const OR: u8 = 7;
    pub(super) const SEQUENCE: u8 = 8;
    pub(super) const LAMBDA: u8 = 9;
    pub(super) const LET: u8 = 10;
    pub(super) const BODY: u8 = 11;
    pub(super) const CALL: u8 = 12;
}

/// All that the program has made.
///
/// # Errors
/// What has no portable form, and which definition holds it.
pub(crate) fn save(context: &Context) -> Result<Vec<u8>, String> {
    write::write(&reach::reach(context)?)
}

/// Takes over what was saved, in a session that has defined nothing.
///
/// # Errors
/// What is wrong with it. The session is of no use then.
pub(crate) fn load(context: &mut Context, saved: &[u8]) -> Result<(), String> {
    let Some(rest) = saved.strip_prefix(FORMAT_V1) else {
        return Err("it is no saved state of a version that this one knows".to_owned());
    };
    read::read(context, rest).map_err(|error| format!("the saved state is damaged: {error}"))
}
