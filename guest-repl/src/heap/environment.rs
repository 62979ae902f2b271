//! Environments: global variables besides the program's own.
//!
//! An environment has a private symbol for each name that its code mentions. One starts with the value that the library
//! gave the name; what the program made of the name since is not seen, and neither does the program see what becomes of
//! it here. Code refers to the private symbols, so it runs as fast as any other.

use std::collections::BTreeMap;

use super::Heap;
use super::collect::Marker;
use super::object::{Object, Symbol};
use crate::value::{ObjectId, SymbolId, Value};

/// Names and the variables that they are.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    names: BTreeMap<SymbolId, SymbolId>,
    /// It stands for the program's own variables, and has none itself.
    pub(crate) is_global: bool,
}

// === impl Environment ===

impl Environment {
    /// What stands for the program's own variables.
    pub(crate) fn global() -> Self {
        Self { is_global: true, ..Self::default() }
    }

    pub(super) fn mark(&self, marker: &mut Marker<'_>) {
        for (name, variable) in &self.names {
            marker.values(&[Value::symbol(*name), Value::symbol(*variable)]);
        }
    }

    /// Names, and the variables that they are.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (SymbolId, SymbolId)> {
        self.names.iter().map(|(name, variable)| (*name, *variable))
    }

    /// Makes `name` be `variable`.
    pub(crate) fn insert(&mut self, name: SymbolId, variable: SymbolId) {
        self.names.insert(name, variable);
    }

    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + 8 + self.names.len() * 2 * size_of::<(SymbolId, SymbolId)>()
    }
}

// === impl Heap ===

impl Heap {
    /// Remembers what the library bound a symbol to, before the program binds it to something else.
    #[inline]
    pub(super) fn keep_replaced(&mut self, id: SymbolId) {
        let symbol = self.symbol(id);
        if symbol.library {
            let value = symbol.value;
            self.replaced.entry(id).or_insert(value);
        }
    }

    /// What the library binds a symbol to, or `UNBOUND`.
    fn library_value(&self, id: SymbolId) -> Value {
        match self.replaced.get(&id) {
            Some(value) => *value,
            None if self.symbol(id).library => self.symbol(id).value,
            None => Value::UNBOUND,
        }
    }

    /// The value of the variable called `name` in an environment.
    pub(crate) fn value_in(&self, environment: ObjectId, name: SymbolId) -> Value {
        match self.own_variable(environment, name) {
            Some(variable) => self.symbol(variable).value,
            None => self.library_value(name),
        }
    }

    fn own_variable(&self, environment: ObjectId, name: SymbolId) -> Option<SymbolId> {
        match self.object(environment) {
            Object::Environment(environment) => environment.names.get(&name).copied(),
            _ => None,
        }
    }

    /// The variable called `name` in an environment. The library's inner parts are shared by all.
    pub(crate) fn variable_of(&mut self, environment: ObjectId, name: SymbolId) -> SymbolId {
        if let Some(variable) = self.own_variable(environment, name) {
            return variable;
        }
        let symbol = self.symbol(name);
        if symbol.library && symbol.name.starts_with('%') {
            return name;
        }
        let (text, value) = (symbol.name.clone(), self.library_value(name));
        self.pace.charge(size_of::<Symbol>() + text.len() + 8);
        let variable = SymbolId(self.symbols.insert(Symbol { name: text, value, library: false, private: true }));
        if let Object::Environment(environment) = self.object_mut(environment) {
            environment.names.insert(name, variable);
        }
        variable
    }

    /// The name that the program knows a symbol by.
    pub(crate) fn public(&mut self, id: SymbolId) -> SymbolId {
        if !self.symbol(id).private {
            return id;
        }
        let name = self.symbol(id).name.clone();
        self.intern(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_that_nothing_holds_goes_with_its_variables() {
        let mut heap = Heap::new();
        let name = heap.intern("x");
        let environment = heap.insert(Object::Environment(Box::default()));
        let variable = heap.variable_of(environment.as_object().expect("object"), name);
        let value = heap.list(&[environment]);
        heap.define(variable, value);
        heap.collect(|marker| marker.value(environment));
        assert_eq!(heap.count(), 4);
        heap.collect(|_| {});
        assert_eq!(heap.count(), 0);
    }
}
