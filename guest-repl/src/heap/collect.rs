//! Tracing collection: mark what the roots reach, with a list of what is still to be looked at, then sweep.
//!
//! Collections happen between two instructions of the machine only, when all that is alive hangs on the machine's
//! registers, its stacks, or a bound symbol. Whatever a primitive or the compiler holds in Rust variables needs no care.
//!
//! The library is sealed: it is neither marked nor looked into, so that a collection costs what the session holds and
//! touches no page of the base image. Sealed values that the program has changed are remembered, and are roots.

use super::Heap;
use super::object::{Code, Object};
use super::slab::Marks;
use crate::value::{Kind, SymbolId, Value};

/// Slots of each kind that the maps have room for before they move.
pub(super) const PLACES_EXPECTED: usize = 2048;

/// Bytes allocated before the first collection, and the fewest between two. Small, because garbage dirties pages that
/// the session pays for; not smaller, because each collection looks through all bound symbols.
const PACE_MIN: usize = 32 * 1024;

/// How many values of the mark list to keep room for between collections.
const LIST_KEPT: usize = 128;

/// When to collect next.
pub(crate) struct Pace {
    allocated: usize,
    limit: usize,
    /// Collect at every opportunity, to find what was not reachable and should have been.
    pub(crate) stress: bool,
}

/// What collections need, kept from one to the next.
pub(crate) struct Scratch {
    pairs: Marks,
    objects: Marks,
    symbols: Marks,
    codes: Marks,
    /// Marked, but not yet looked into.
    open: Vec<Value>,
}

/// Where the machine tells what is alive.
pub(crate) struct Marker<'a> {
    heap: &'a Heap,
    scratch: Scratch,
}

// === impl Pace ===

impl Pace {
    pub(crate) const fn new() -> Self {
        Self { allocated: 0, limit: PACE_MIN, stress: false }
    }

    #[inline]
    pub(crate) fn charge(&mut self, bytes: usize) {
        self.allocated += bytes;
    }

    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.allocated >= self.limit || self.stress
    }
}

// === impl Scratch ===

impl Scratch {
    /// Room for as many slots as a small session uses.
    pub(crate) fn new() -> Self {
        Self {
            pairs: Marks::with_room(PLACES_EXPECTED),
            objects: Marks::with_room(PLACES_EXPECTED),
            symbols: Marks::with_room(PLACES_EXPECTED),
            codes: Marks::with_room(PLACES_EXPECTED),
            open: Vec::with_capacity(LIST_KEPT),
        }
    }
}

// === impl Marker ===

impl Marker<'_> {
    /// Marks a value; what it refers to follows later.
    #[inline]
    pub(crate) fn value(&mut self, value: Value) {
        let fresh = match value.kind() {
            Kind::Pair(id) => self.scratch.pairs.add(id.0),
            Kind::Object(id) => self.scratch.objects.add(id.0),
            Kind::Symbol(id) => self.scratch.symbols.add(id.0),
            Kind::Code(id) => self.scratch.codes.add(id.0),
            _ => false,
        };
        if fresh {
            self.scratch.open.push(value);
        }
    }

    pub(crate) fn values(&mut self, values: &[Value]) {
        for value in values {
            self.value(*value);
        }
    }

    fn bound_symbols(&mut self) {
        let heap = self.heap;
        for (id, symbol) in heap.symbols.iter().filter(|(_, symbol)| symbol.value != Value::UNBOUND && !symbol.private)
        {
            self.value(Value::symbol(SymbolId(id)));
            self.value(symbol.value);
        }
    }

    /// Sealed values are never fresh, so what the program put into them is looked for here.
    fn remembered(&mut self) {
        let heap = self.heap;
        self.scratch.open.extend_from_slice(&heap.remembered);
    }

    fn trace(&mut self) {
        let heap = self.heap;
        while let Some(value) = self.scratch.open.pop() {
            match value.kind() {
                Kind::Pair(id) => {
                    let pair = heap.pairs.get(id.0);
                    self.value(pair.car);
                    self.value(pair.cdr);
                }
                Kind::Symbol(id) => self.value(heap.symbols.get(id.0).value),
                Kind::Object(id) => self.object(heap.objects.get(id.0)),
                Kind::Code(id) => self.code(heap.codes.get(id.0)),
                _ => {}
            }
        }
    }

    fn object(&mut self, object: &Object) {
        match object {
            Object::Vector(items) | Object::Values(items) | Object::Record(items) => self.values(items),
            Object::Closure { code, captured } => {
                self.value(Value::code(*code));
                self.values(captured);
            }
            Object::Cell(value) | Object::Promise(value) => self.value(*value),
            Object::Condition(condition) => self.values(&[condition.message, condition.irritants]),
            Object::Continuation(continuation) => continuation.mark(self),
            Object::Process(process) => process.mark(self),
            Object::Part(part) => part.mark(self),
            Object::Segment(segment) => segment.mark(self),
            Object::Environment(environment) => environment.mark(self),
            Object::Macro(known) => self.values(&known.parts()),
            Object::Table(table) => table.iter().for_each(|(key, value)| self.values(&[key, value])),
            Object::Free | Object::Int(_) | Object::Float(_) | Object::Big(_) | Object::Ratio(_) => {}
            Object::Text(_) | Object::Bytes(_) | Object::Port(_) | Object::Primitive(_) => {}
        }
    }

    fn code(&mut self, code: &Code) {
        self.values(&code.constants);
        self.value(code.name.unwrap_or(Value::FALSE));
    }
}

// === impl Heap ===

impl Heap {
    /// Frees all that neither `roots` nor a bound symbol leads to.
    pub(crate) fn collect(&mut self, roots: impl FnOnce(&mut Marker<'_>)) {
        let mut scratch = self.scratch.take().unwrap_or_else(Scratch::new);
        self.pairs.fit(&mut scratch.pairs);
        self.objects.fit(&mut scratch.objects);
        self.symbols.fit(&mut scratch.symbols);
        self.codes.fit(&mut scratch.codes);
        let mut marker = Marker { heap: self, scratch };
        roots(&mut marker);
        marker.bound_symbols();
        marker.remembered();
        marker.trace();
        let mut scratch = marker.scratch;
        self.table.forget_unmarked(&self.symbols, &scratch.symbols);
        self.pairs.sweep(&mut scratch.pairs);
        self.objects.sweep(&mut scratch.objects);
        self.symbols.sweep(&mut scratch.symbols);
        self.codes.sweep(&mut scratch.codes);
        scratch.open.shrink_to(LIST_KEPT);
        self.scratch = Some(scratch);
        self.pace.allocated = 0;
        self.pace.limit = PACE_MIN.max(self.live_bytes());
    }
}
