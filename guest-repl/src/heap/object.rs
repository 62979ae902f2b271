//! What the heap holds besides pairs.

use std::rc::Rc;

use num_bigint::BigInt;

use super::environment::Environment;
use super::port::Port;
use super::slab::Slot;
use super::table::Table;
use super::text::Text;
use crate::machine::{Continuation, Part, Process, Segment};
use crate::number::Ratio;
use crate::op::Op;
use crate::prims::Primitive;
use crate::syntax::Macro;
use crate::value::{CodeId, Value};

/// Two values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) car: Value,
    pub(crate) cdr: Value,
}

/// A name, and what it is bound to at top level.
#[derive(Debug)]
pub(crate) struct Symbol {
    pub(crate) name: Box<str>,
    /// `UNBOUND` unless defined. What is bound is a root of collections.
    pub(crate) value: Value,
    /// Bound by the library, and not by the program since.
    pub(crate) library: bool,
    /// It is a variable of an environment, which keeps it, and no name of the program's.
    pub(crate) private: bool,
}

/// Everything that is neither a pair nor a symbol. 16 bytes in WebAssembly; what needs more is boxed.
#[derive(Debug, Default)]
pub(crate) enum Object {
    #[default]
    Free,
    /// An integer of more than 31 bits.
    Int(i64),
    Float(f64),
    /// An integer of more than 64 bits.
    Big(Rc<BigInt>),
    /// An exact number that is no integer.
    Ratio(Rc<Ratio>),
    Text(Box<Text>),
    Vector(Box<[Value]>),
    Closure {
        code: CodeId,
        captured: Box<[Value]>,
    },
    Primitive(&'static Primitive),
    /// A variable that is assigned to, or that must exist before its value does.
    Cell(Value),
    /// What `(values 1 2)` returns.
    Values(Box<[Value]>),
    /// Points to a pair `(done? . value-or-thunk)`, which chained promises share.
    Promise(Value),
    Condition(Box<Condition>),
    /// The first field is the record's type, itself a record or a symbol.
    Record(Box<[Value]>),
    Continuation(Box<Continuation>),
    Segment(Box<Segment>),
    Part(Box<Part>),
    Process(Box<Process>),
    Macro(Box<Macro>),
    Environment(Box<Environment>),
    Bytes(Box<[u8]>),
    Table(Box<Table>),
    Port(Box<Port>),
}

/// What `error` raises.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition {
    /// Mostly a string.
    pub(crate) message: Value,
    pub(crate) irritants: Value,
}

/// The compiled body of a procedure.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(crate) ops: Box<[Op]>,
    /// All heap values that `ops` mention, for the collector.
    pub(crate) constants: Box<[Value]>,
    /// The name it was defined by, or `None` for a lambda that never got one.
    pub(crate) name: Option<Value>,
    pub(crate) required: u16,
    /// Further arguments are gathered in a list.
    pub(crate) rest: bool,
}

// === impl Code ===

impl Code {
    /// The code of the closures that it makes.
    pub(crate) fn inner(&self) -> impl Iterator<Item = CodeId> {
        self.ops.iter().filter_map(|op| match op {
            Op::Closure { code, .. } => Some(*code),
            _ => None,
        })
    }
}

// === impl Slot ===

impl Default for Pair {
    fn default() -> Self {
        Self { car: Value::NIL, cdr: Value::NIL }
    }
}

impl Default for Symbol {
    fn default() -> Self {
        Self { name: Box::default(), value: Value::UNBOUND, library: false, private: false }
    }
}

impl Slot for Pair {
    fn is_heavy(&self) -> bool {
        false
    }
}

impl Slot for Symbol {
    fn is_heavy(&self) -> bool {
        true
    }
}

impl Slot for Code {
    fn is_heavy(&self) -> bool {
        true
    }
}

impl Slot for Object {
    fn is_heavy(&self) -> bool {
        !matches!(self, Self::Int(_) | Self::Float(_) | Self::Primitive(_) | Self::Cell(_) | Self::Promise(_))
    }
}

// === impl Object ===

impl Object {
    /// Bytes that it takes outside its slot, roughly: what a collection could give back.
    pub(crate) fn weight(&self) -> usize {
        let values = |values: &[Value]| size_of_val(values) + 8;
        match self {
            Self::Big(number) => number_weight(number) + 16,
            Self::Ratio(number) => number_weight(&number.numerator) + number_weight(&number.denominator) + 16,
            Self::Text(text) => text.as_str().len() + size_of::<Text>() + 16,
            Self::Vector(items) | Self::Values(items) | Self::Record(items) => values(items),
            Self::Closure { captured, .. } if captured.is_empty() => 0,
            Self::Closure { captured, .. } => values(captured),
            Self::Condition(_) => size_of::<Condition>() + 8,
            Self::Continuation(_) => size_of::<Continuation>() + 8,
            Self::Segment(segment) => segment.weight(),
            Self::Part(_) => size_of::<Part>() + 8,
            Self::Process(_) => size_of::<Process>() + 8,
            Self::Macro(_) => size_of::<Macro>() + 8,
            Self::Environment(environment) => environment.weight(),
            Self::Bytes(bytes) => bytes.len() + 8,
            Self::Table(table) => table.weight(),
            Self::Port(port) => port.weight(),
            _ => 0,
        }
    }
}

/// Bytes of an integer, whose length is that of a value in memory.
fn number_weight(number: &BigInt) -> usize {
    size_of::<BigInt>() + usize::try_from(number.bits() / 8).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_what_the_layout_promises() {
        assert_eq!(size_of::<Pair>(), 8);
        assert!(size_of::<Object>() <= 4 * size_of::<usize>());
    }

    #[test]
    fn large_numbers_weigh_what_they_take() {
        let number = BigInt::from(1) << 8000_u32;
        let ratio = Ratio { numerator: number.clone(), denominator: &number + 1 };
        assert!(Object::Ratio(Rc::new(ratio)).weight() > 2000);
        assert!((1000..1100).contains(&Object::Big(Rc::new(number)).weight()));
    }
}
