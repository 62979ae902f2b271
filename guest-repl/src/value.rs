//! A value in 32 bits: a small integer, a place in the heap, or a constant.
//!
//! ```text
//! iiiiiiii iiiiiiii iiiiiiii iiiiiii1   integer of 31 bits
//! nnnnnnnn nnnnnnnn nnnnnnnn nnnnn000   pair n
//! nnnnnnnn nnnnnnnn nnnnnnnn nnnnn010   object n
//! nnnnnnnn nnnnnnnn nnnnnnnn nnnnn100   symbol n
//! pppppppp pppppppp pppppppp ppkkk110   constant of kind k with payload p
//! ```
//!
//! Half the size of a machine word pays twice: a pair takes 8 bytes, and what a session changes is spread over fewer pages.

/// Any value of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Value(u32);

/// A place in one of the heap's slabs, by what lives there.
macro_rules! place {
    ($(#[$doc:meta] $name:ident)*) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) struct $name(pub(crate) u32);
    )*};
}

place! {
    /// A pair's place.
    PairId
    /// An object's place.
    ObjectId
    /// A symbol's place.
    SymbolId
    /// The place of compiled code.
    CodeId
}

/// A value taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int(i32),
    Pair(PairId),
    Object(ObjectId),
    Symbol(SymbolId),
    Char(char),
    /// A word that the compiler knows, as a value: what `if` is bound to.
    Keyword(u32),
    /// Compiled code, among the constants of other code only.
    Code(CodeId),
    /// One of the named constants.
    Constant,
}

const PAIR: u32 = 0b000;
const OBJECT: u32 = 0b010;
const SYMBOL: u32 = 0b100;
const CONSTANT: u32 = 0b110;
const TAG: u32 = 0b111;

const NAMED: u32 = 0;
const CHAR: u32 = 1;
const KEYWORD: u32 = 2;
const CODE: u32 = 3;

/// Places are numbered below this, in every slab.
pub(crate) const PLACES_MAX: u32 = 1 << 29;

// === impl Value ===

impl Value {
    pub(crate) const NIL: Self = Self::constant(NAMED, 0);
    pub(crate) const FALSE: Self = Self::constant(NAMED, 1);
    pub(crate) const TRUE: Self = Self::constant(NAMED, 2);
    /// What an expression with nothing to say is worth; the REPL does not show it.
    pub(crate) const UNSPECIFIED: Self = Self::constant(NAMED, 3);
    pub(crate) const EOF: Self = Self::constant(NAMED, 4);
    /// In a symbol: not defined. In a cell: not yet initialised.
    pub(crate) const UNBOUND: Self = Self::constant(NAMED, 5);

    const fn constant(kind: u32, payload: u32) -> Self {
        Self(payload << 6 | kind << 3 | CONSTANT)
    }

    pub(crate) const fn pair(id: PairId) -> Self {
        Self(id.0 << 3 | PAIR)
    }

    pub(crate) const fn object(id: ObjectId) -> Self {
        Self(id.0 << 3 | OBJECT)
    }

    pub(crate) const fn symbol(id: SymbolId) -> Self {
        Self(id.0 << 3 | SYMBOL)
    }

    pub(crate) const fn char(char: char) -> Self {
        Self::constant(CHAR, char as u32)
    }

    pub(crate) const fn keyword(number: u32) -> Self {
        Self::constant(KEYWORD, number)
    }

    pub(crate) const fn code(id: CodeId) -> Self {
        Self::constant(CODE, id.0)
    }

    pub(crate) const fn bool(bool: bool) -> Self {
        if bool { Self::TRUE } else { Self::FALSE }
    }

    /// An integer that fits in 31 bits.
    pub(crate) const fn small(number: i64) -> Option<Self> {
        if number >= -(1 << 30) && number < 1 << 30 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "31 bits, just checked")]
            Some(Self((number as i32 as u32) << 1 | 1))
        } else {
            None
        }
    }

    pub(crate) fn kind(self) -> Kind {
        if self.0 & 1 == 1 {
            return Kind::Int(self.0.cast_signed_shift());
        }
        let index = self.0 >> 3;
        match self.0 & TAG {
            PAIR => Kind::Pair(PairId(index)),
            OBJECT => Kind::Object(ObjectId(index)),
            SYMBOL => Kind::Symbol(SymbolId(index)),
            _ => self.constant_kind(),
        }
    }

    fn constant_kind(self) -> Kind {
        let payload = self.0 >> 6;
        match self.0 >> 3 & 0b111 {
            CHAR => Kind::Char(char::from_u32(payload).expect("only characters are made into characters")),
            KEYWORD => Kind::Keyword(payload),
            CODE => Kind::Code(CodeId(payload)),
            _ => Kind::Constant,
        }
    }

    /// Tells a value from every other; of an object, its place, where it stays.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Everything but `#f` counts as true.
    pub(crate) fn is_true(self) -> bool {
        self != Self::FALSE
    }

    pub(crate) fn as_small(self) -> Option<i32> {
        (self.0 & 1 == 1).then(|| self.0.cast_signed_shift())
    }

    pub(crate) fn as_pair(self) -> Option<PairId> {
        (self.0 & TAG == PAIR).then_some(PairId(self.0 >> 3))
    }

    pub(crate) fn as_object(self) -> Option<ObjectId> {
        (self.0 & TAG == OBJECT).then_some(ObjectId(self.0 >> 3))
    }

    pub(crate) fn as_symbol(self) -> Option<SymbolId> {
        (self.0 & TAG == SYMBOL).then_some(SymbolId(self.0 >> 3))
    }
}

/// The integer in a value whose lowest bit says that there is one.
trait Untag {
    fn cast_signed_shift(self) -> i32;
}

impl Untag for u32 {
    #[expect(clippy::cast_possible_wrap, reason = "the sign bit is the integer's")]
    fn cast_signed_shift(self) -> i32 {
        self as i32 >> 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_integers_keep_their_sign() {
        for number in [0, 1, -1, (1 << 30) - 1, -(1 << 30)] {
            let value = Value::small(number).expect("small");
            assert_eq!(value.as_small().map(i64::from), Some(number));
        }
        assert_eq!(Value::small(1 << 30), None);
        assert_eq!(Value::small(-(1 << 30) - 1), None);
    }

    #[test]
    fn each_kind_comes_apart_as_it_was_put_together() {
        assert_eq!(Value::pair(PairId(7)).kind(), Kind::Pair(PairId(7)));
        assert_eq!(Value::object(ObjectId(7)).kind(), Kind::Object(ObjectId(7)));
        assert_eq!(Value::symbol(SymbolId(7)).kind(), Kind::Symbol(SymbolId(7)));
        assert_eq!(Value::char('\u{10FFFF}').kind(), Kind::Char('\u{10FFFF}'));
        assert_eq!(Value::keyword(7).kind(), Kind::Keyword(7));
        assert_eq!(Value::code(CodeId(7)).kind(), Kind::Code(CodeId(7)));
        assert_eq!(Value::NIL.kind(), Kind::Constant);
    }
}
