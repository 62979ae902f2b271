//! From names to symbols: a hash table of places, open addressing, so that a new name writes four bytes of it.

use super::object::Symbol;
use super::slab::{Marks, Slab};
use crate::value::SymbolId;

/// No symbol. Places are numbered from 1 in the table.
const EMPTY: u32 = 0;

/// Names that a table has room for before it first grows.
const START: usize = 1024;

/// The symbols that names lead to. They are held weakly: a collection takes out those that nothing else holds.
pub(crate) struct SymbolTable {
    buckets: Vec<u32>,
    len: usize,
}

// === impl SymbolTable ===

impl SymbolTable {
    pub(crate) fn new() -> Self {
        Self { buckets: vec![EMPTY; START], len: 0 }
    }

    /// The symbol called `name`, if there is one.
    pub(crate) fn find<const N: usize>(&self, name: &str, symbols: &Slab<Symbol, N>) -> Option<SymbolId> {
        let mut bucket = self.home(name);
        while self.buckets[bucket] != EMPTY {
            let place = self.buckets[bucket] - 1;
            if *symbols.get(place).name == *name {
                return Some(SymbolId(place));
            }
            bucket = (bucket + 1) % self.buckets.len();
        }
        None
    }

    /// Adds a symbol that [`Self::find`] does not find.
    pub(crate) fn add<const N: usize>(&mut self, id: SymbolId, symbols: &Slab<Symbol, N>) {
        if (self.len + 1) * 4 > self.buckets.len() * 3 {
            let grown = self.buckets.len() * 2;
            self.rebuild(grown, symbols, |_| true);
        }
        self.put(id, &symbols.get(id.0).name);
    }

    /// Takes out the symbols that a collection did not reach.
    pub(crate) fn forget_unmarked<const N: usize>(&mut self, symbols: &Slab<Symbol, N>, marks: &Marks) {
        if self.buckets.iter().any(|place| *place != EMPTY && !marks.has(*place - 1)) {
            self.rebuild(self.buckets.len(), symbols, |place| marks.has(place));
        }
    }

    fn rebuild<const N: usize>(&mut self, size: usize, symbols: &Slab<Symbol, N>, keep: impl Fn(u32) -> bool) {
        let old = std::mem::replace(&mut self.buckets, vec![EMPTY; size]);
        self.len = 0;
        for place in old.into_iter().filter(|place| *place != EMPTY && keep(*place - 1)) {
            self.put(SymbolId(place - 1), &symbols.get(place - 1).name);
        }
    }

    fn put(&mut self, id: SymbolId, name: &str) {
        let mut bucket = self.home(name);
        while self.buckets[bucket] != EMPTY {
            bucket = (bucket + 1) % self.buckets.len();
        }
        self.buckets[bucket] = id.0 + 1;
        self.len += 1;
    }

    fn home(&self, name: &str) -> usize {
        hash(name) as usize % self.buckets.len()
    }
}

/// FNV-1a, 32 bits.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
