//! The procedures that are written in Rust, by what they work on. Those written in the language are in `prelude/`.

mod arguments;
mod bits;
mod bytevectors;
mod chars;
mod compare;
mod control;
mod effects;
mod evaluation;
mod hash_tables;
mod lists;
mod math;
mod numbers;
mod output;
mod ports;
mod search;
mod strings;
mod substrings;
mod system;
mod text;
mod vectors;

use crate::context::Context;
use crate::fault::Outcome;
use crate::heap::Object;
use crate::machine::Control;
use crate::value::Value;

/// More arguments than this are as good as any number.
const ANY: u8 = u8::MAX;

/// A procedure written in Rust.
#[derive(Debug)]
pub(crate) struct Primitive {
    pub(crate) name: &'static str,
    least: u8,
    /// `ANY`, or the number of arguments it takes at most.
    most: u8,
    pub(crate) work: Work,
}

/// What a primitive does with its arguments.
pub(crate) type Plain = fn(&mut Context, &[Value]) -> Outcome;

/// How a primitive does its work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// By itself, from arguments to a value.
    Plain(Plain),
    /// By changing what the machine does next.
    Control(Control),
}

/// Defines all primitives.
pub(crate) fn define_all(context: &mut Context) {
    let tables = [
        lists::TABLE,
        search::TABLE,
        compare::TABLE,
        numbers::TABLE,
        math::TABLE,
        bits::TABLE,
        chars::TABLE,
        strings::TABLE,
        text::TABLE,
        vectors::TABLE,
        control::TABLE,
        evaluation::TABLE,
        output::TABLE,
        ports::TABLE,
        bytevectors::TABLE,
        hash_tables::TABLE,
        substrings::TABLE,
        effects::TABLE,
        system::TABLE,
    ];
    for primitive in tables.into_iter().flatten() {
        let value = context.heap.insert(Object::Primitive(primitive));
        let name = context.heap.intern(primitive.name);
        context.heap.bind(name, value);
    }
}

// === impl Primitive ===

impl Primitive {
    const fn plain(name: &'static str, least: u8, most: u8, work: Plain) -> Self {
        Self { name, least, most, work: Work::Plain(work) }
    }

    const fn control(name: &'static str, least: u8, most: u8, control: Control) -> Self {
        Self { name, least, most, work: Work::Control(control) }
    }

    #[inline]
    pub(crate) fn takes(&self, count: usize) -> bool {
        count >= usize::from(self.least) && (count <= usize::from(self.most) || self.most == ANY)
    }

    /// The fewest and the most arguments that it takes; `None` for any number.
    fn arity(&self) -> (usize, Option<usize>) {
        (usize::from(self.least), (self.most != ANY).then_some(usize::from(self.most)))
    }

    /// What to say when it is called with `count` arguments, which it does not take.
    pub(crate) fn complaint(&self, count: usize) -> String {
        let (least, most) = self.arity();
        arity_complaint("argument", least, most, count)
    }
}

/// `expected 1 argument, got 2`
pub(crate) fn arity_complaint(what: &str, least: usize, most: Option<usize>, count: usize) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let expected = match most {
        None => format!("at least {least} {what}{}", plural(least)),
        Some(most) if most == least => format!("{least} {what}{}", plural(least)),
        Some(most) => format!("{least} to {most} {what}s"),
    };
    format!("expected {expected}, got {count}")
}
