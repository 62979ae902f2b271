//! What a portable form of the state must know of the heap.

use super::Heap;
#[cfg(test)]
use crate::value::CodeId;
use crate::value::{Kind, SymbolId, Value};

impl Heap {
    /// Whether a value belongs to the library.
    pub(crate) fn is_sealed(&self, value: Value) -> bool {
        match value.kind() {
            Kind::Pair(id) => self.pairs.is_sealed(id.0),
            Kind::Object(id) => self.objects.is_sealed(id.0),
            Kind::Symbol(id) => self.symbols.is_sealed(id.0),
            Kind::Code(id) => self.codes.is_sealed(id.0),
            _ => true,
        }
    }

    /// Values of the library that were changed since.
    pub(crate) fn changed(&self) -> &[Value] {
        &self.remembered
    }

    /// Whether it is the symbol that its name is read as.
    pub(crate) fn is_interned(&self, id: SymbolId) -> bool {
        self.table.find(&self.symbol(id).name, &self.symbols) == Some(id)
    }

    /// What the library binds names to, the program's own bindings of them aside.
    pub(crate) fn library(&self) -> impl Iterator<Item = (SymbolId, Value)> {
        let kept = self.bound().filter(|(id, symbol)| symbol.library && !self.replaced.contains_key(id));
        kept.map(|(id, symbol)| (id, symbol.value)).chain(self.replaced.iter().map(|(id, value)| (*id, *value)))
    }

    /// Whether the program has made something else of a name of the library by assigning to it.
    pub(crate) fn is_assigned(&self, id: SymbolId) -> bool {
        self.symbol(id).library && self.replaced.contains_key(&id)
    }

    /// The library's symbols that no program can name.
    pub(crate) fn library_symbols(&self) -> impl Iterator<Item = SymbolId> {
        let sealed = self.symbols.iter().map(|(id, _)| SymbolId(id)).filter(|id| self.symbols.is_sealed(id.0));
        sealed.filter(|id| !self.is_interned(*id))
    }

    /// Adds a variable of an environment.
    pub(crate) fn private_symbol(&mut self, name: &str) -> SymbolId {
        let id = self.add_symbol(name);
        self.symbols.get_mut(id.0).private = true;
        id
    }

    #[cfg(test)]
    pub(crate) fn code_ids(&self) -> impl Iterator<Item = CodeId> {
        self.codes.iter().map(|(id, _)| CodeId(id))
    }
}
