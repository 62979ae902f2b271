//! Where values live: four slabs that never move anything, a table of names, and a collector.
//!
//! ```text
//! Heap ─┬─ pairs     two values each                       ┐
//!       ├─ objects   everything else: strings, closures, … │ slots in chunks, lowest free slot first,
//!       ├─ symbols   a name and its global binding         │ used and marked bits apart from them
//!       ├─ codes     compiled procedures                   ┘
//!       ├─ table     names → symbols, weak
//!       └─ pace      when the next collection is due
//! ```
//!
//! The global environment is the symbols themselves: defining a variable writes one slot and, for a new name, one
//! bucket.

mod collect;
mod environment;
mod library;
mod object;
mod port;
mod portable;
mod slab;
mod symbols;
mod table;
mod text;

pub(crate) use collect::Marker;
pub(crate) use environment::Environment;
pub(crate) use object::{Code, Condition, Object, Pair, Symbol};
pub(crate) use port::{Flow, Port};
pub(crate) use table::{Found, Sameness, Table};
pub(crate) use text::Text;

use std::collections::BTreeMap;

use collect::{PLACES_EXPECTED, Pace, Scratch};
use slab::Slab;
use symbols::SymbolTable;

use crate::value::{CodeId, ObjectId, PairId, SymbolId, Value};

/// All values of a session.
pub(crate) struct Heap {
    pairs: Slab<Pair, 128>,
    objects: Slab<Object, 64>,
    symbols: Slab<Symbol, 64>,
    codes: Slab<Code, 64>,
    table: SymbolTable,
    pace: Pace,
    /// Sealed values that were changed since.
    remembered: Vec<Value>,
    /// What the library bound names to that the program has bound anew.
    replaced: BTreeMap<SymbolId, Value>,
    /// Symbols that `gensym` has made.
    pub(crate) gensyms: u64,
    /// `None` while it is lent to a collection.
    scratch: Option<Scratch>,
}

// === impl Heap ===

impl Heap {
    pub(crate) fn new() -> Self {
        Self {
            pairs: Slab::with_room(PLACES_EXPECTED),
            objects: Slab::with_room(PLACES_EXPECTED),
            symbols: Slab::with_room(PLACES_EXPECTED),
            codes: Slab::with_room(PLACES_EXPECTED),
            remembered: Vec::new(),
            replaced: BTreeMap::new(),
            gensyms: 0,
            table: SymbolTable::new(),
            pace: Pace::new(),
            scratch: Some(Scratch::new()),
        }
    }

    // --- making ---

    #[inline]
    pub(crate) fn cons(&mut self, car: Value, cdr: Value) -> Value {
        self.pace.charge(size_of::<Pair>());
        Value::pair(PairId(self.pairs.insert(Pair { car, cdr })))
    }

    pub(crate) fn insert(&mut self, object: Object) -> Value {
        self.pace.charge(size_of::<Object>() + object.weight());
        Value::object(ObjectId(self.objects.insert(object)))
    }

    pub(crate) fn text(&mut self, text: impl Into<String>) -> Value {
        self.insert(Object::Text(Box::new(Text::from(text.into()))))
    }

    pub(crate) fn vector(&mut self, items: impl Into<Box<[Value]>>) -> Value {
        self.insert(Object::Vector(items.into()))
    }

    /// A list of `items` that ends in `tail`.
    pub(crate) fn list_with_tail(&mut self, items: &[Value], tail: Value) -> Value {
        items.iter().rev().fold(tail, |list, item| self.cons(*item, list))
    }

    pub(crate) fn list(&mut self, items: &[Value]) -> Value {
        self.list_with_tail(items, Value::NIL)
    }

    pub(crate) fn add_code(&mut self, code: Code) -> CodeId {
        let weight = size_of_val(&*code.ops) + size_of_val(&*code.constants);
        self.pace.charge(size_of::<Code>() + weight);
        CodeId(self.codes.insert(code))
    }

    /// The symbol called `name`: always the same one while anything holds it.
    pub(crate) fn intern(&mut self, name: &str) -> SymbolId {
        if let Some(id) = self.table.find(name, &self.symbols) {
            return id;
        }
        let id = self.add_symbol(name);
        self.table.add(id, &self.symbols);
        id
    }

    /// The symbol called `name`, if anything holds it.
    pub(crate) fn find(&self, name: &str) -> Option<SymbolId> {
        self.table.find(name, &self.symbols)
    }

    /// A symbol unlike any other, however it is called.
    pub(crate) fn fresh_symbol(&mut self, name: &str) -> Value {
        Value::symbol(self.add_symbol(name))
    }

    fn add_symbol(&mut self, name: &str) -> SymbolId {
        self.pace.charge(size_of::<Symbol>() + name.len() + 8);
        SymbolId(self.symbols.insert(Symbol { name: name.into(), ..Symbol::default() }))
    }

    // --- looking ---

    #[inline]
    pub(crate) fn pair(&self, id: PairId) -> &Pair {
        self.pairs.get(id.0)
    }

    #[inline]
    pub(crate) fn pair_mut(&mut self, id: PairId) -> &mut Pair {
        if self.pairs.is_sealed(id.0) {
            self.remember(Value::pair(id));
        }
        self.pairs.get_mut(id.0)
    }

    #[inline]
    pub(crate) fn object(&self, id: ObjectId) -> &Object {
        self.objects.get(id.0)
    }

    #[inline]
    pub(crate) fn object_mut(&mut self, id: ObjectId) -> &mut Object {
        if self.objects.is_sealed(id.0) {
            self.remember(Value::object(id));
        }
        self.objects.get_mut(id.0)
    }

    #[inline]
    pub(crate) fn symbol(&self, id: SymbolId) -> &Symbol {
        self.symbols.get(id.0)
    }

    #[inline]
    pub(crate) fn code(&self, id: CodeId) -> &Code {
        self.codes.get(id.0)
    }

    /// Fills in code whose place was taken before its content was known.
    pub(crate) fn set_code(&mut self, id: CodeId, code: Code) {
        self.pace.charge(size_of_val(&*code.ops) + size_of_val(&*code.constants));
        *self.codes.get_mut(id.0) = code;
    }

    /// Binds a symbol on behalf of the program.
    pub(crate) fn define(&mut self, id: SymbolId, value: Value) {
        self.keep_replaced(id);
        let symbol = self.symbols.get_mut(id.0);
        symbol.value = value;
        symbol.library = false;
    }

    /// Changes a bound symbol on behalf of the program.
    #[inline]
    pub(crate) fn assign(&mut self, id: SymbolId, value: Value) {
        self.keep_replaced(id);
        self.bind(id, value);
    }

    /// Makes all that there is the library: it stays, and new values have places of their own.
    pub(crate) fn seal(&mut self) {
        let bound: Vec<SymbolId> = self.bound().map(|(id, _)| id).collect();
        for id in bound {
            self.symbols.get_mut(id.0).library = true;
        }
        self.symbols.seal(PLACES_EXPECTED);
        self.pairs.seal(PLACES_EXPECTED);
        self.objects.seal(PLACES_EXPECTED);
        self.codes.seal(PLACES_EXPECTED);
        std::mem::forget(self.scratch.replace(Scratch::new()));
    }

    /// The library has few values that can be changed at all, so looking through the list is quick.
    #[cold]
    fn remember(&mut self, value: Value) {
        if !self.remembered.contains(&value) {
            self.remembered.push(value);
        }
    }

    #[inline]
    pub(crate) fn bind(&mut self, id: SymbolId, value: Value) {
        self.symbols.get_mut(id.0).value = value;
    }

    /// The object that a value refers to, if it does to one.
    #[inline]
    pub(crate) fn as_object(&self, value: Value) -> Option<&Object> {
        value.as_object().map(|id| self.object(id))
    }

    #[inline]
    pub(crate) fn as_pair(&self, value: Value) -> Option<Pair> {
        value.as_pair().map(|id| *self.pair(id))
    }

    /// The items of a proper list; `None` for an improper or a circular one.
    pub(crate) fn items(&self, list: Value) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        let (mut rest, mut slow) = (list, list);
        while let Some(pair) = self.as_pair(rest) {
            items.push(pair.car);
            rest = pair.cdr;
            if items.len() % 2 == 0 {
                slow = self.as_pair(slow)?.cdr;
                if rest == slow && rest != Value::NIL {
                    return None;
                }
            }
        }
        (rest == Value::NIL).then_some(items)
    }

    /// The bound symbols, in the order in which they were first seen.
    pub(crate) fn bound(&self) -> impl Iterator<Item = (SymbolId, &Symbol)> {
        let symbols = self.symbols.iter().map(|(id, symbol)| (SymbolId(id), symbol));
        symbols.filter(|(_, symbol)| symbol.value != Value::UNBOUND && !symbol.private)
    }

    // --- accounting ---

    /// Takes note that an object has grown.
    pub(crate) fn charge(&mut self, bytes: usize) {
        self.pace.charge(bytes);
    }

    /// Whether the machine should collect before it goes on.
    #[inline]
    pub(crate) fn is_collection_due(&self) -> bool {
        self.pace.is_due()
    }

    /// Collects at every opportunity from now on.
    pub(crate) fn set_stress(&mut self, stress: bool) {
        self.pace.stress = stress;
    }

    /// Bytes that the session's values take, garbage that was not collected yet included.
    pub(crate) fn live_bytes(&self) -> usize {
        let slots = self.pairs.len() * size_of::<Pair>()
            + self.objects.len() * size_of::<Object>()
            + self.symbols.len() * size_of::<Symbol>()
            + self.codes.len() * size_of::<Code>();
        let outside: usize = self.objects.iter_unsealed().map(|(_, object)| object.weight()).sum();
        slots + outside
    }

    /// Values of all kinds that are held besides the library.
    pub(crate) fn count(&self) -> usize {
        self.pairs.len() + self.objects.len() + self.symbols.len() + self.codes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_symbol_while_it_is_held() {
        let mut heap = Heap::new();
        let first = heap.intern("a");
        assert_eq!(heap.intern("a"), first);
        assert_ne!(heap.intern("b"), first);
        heap.collect(|marker| marker.value(Value::symbol(first)));
        assert_eq!(heap.intern("a"), first);
        assert_eq!(heap.count(), 1);
    }

    #[test]
    fn what_nothing_leads_to_is_collected_cycles_too() {
        let mut heap = Heap::new();
        let ring = heap.cons(Value::NIL, Value::NIL);
        heap.pair_mut(ring.as_pair().expect("pair")).cdr = ring;
        let kept = heap.text("kept");
        let list = heap.list(&[kept, Value::TRUE]);
        heap.collect(|marker| marker.value(list));
        assert_eq!(heap.count(), 3);
        heap.collect(|_| {});
        assert_eq!(heap.count(), 0);
    }

    #[test]
    fn a_bound_symbol_keeps_its_value() {
        let mut heap = Heap::new();
        let name = heap.intern("x");
        let value = heap.list(&[Value::TRUE]);
        heap.bind(name, value);
        heap.collect(|_| {});
        assert_eq!(heap.items(heap.symbol(name).value), Some(vec![Value::TRUE]));
    }

    #[test]
    fn a_million_names_come_and_go_in_bounded_space() {
        let mut heap = Heap::new();
        for number in 0..1_000_000 {
            heap.intern(&format!("name-{number}"));
            if heap.is_collection_due() {
                heap.collect(|_| {});
            }
        }
        assert!(heap.symbols.capacity() < 16_384, "{}", heap.symbols.capacity());
    }

    #[test]
    fn circular_lists_have_no_items() {
        let mut heap = Heap::new();
        let ring = heap.list(&[Value::TRUE, Value::FALSE, Value::TRUE]);
        let last = heap.pair(ring.as_pair().expect("pair")).cdr.as_pair().expect("pair");
        heap.pair_mut(last).cdr = ring;
        assert_eq!(heap.items(ring), None);
    }
}
