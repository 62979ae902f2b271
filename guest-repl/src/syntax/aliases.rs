//! Names that macros put into a program. Each is a fresh symbol, so that it binds and is bound by nothing else; what it
//! means when nothing binds it is what its original means where the macro was defined.

use std::collections::{BTreeMap, BTreeSet};

use super::node::ScopeId;
use super::{Expander, Question};
use crate::heap::{Heap, Object};
use crate::value::Value;

/// What a fresh name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alias {
    pub(super) original: Value,
    /// Where the original has its meaning.
    pub(super) scope: ScopeId,
}

// === impl Expander ===

impl Expander<'_> {
    /// A new name for `original` as it is meant in `scope`. Expanding the same form again makes the same names.
    pub(super) fn alias(&mut self, original: Value, scope: ScopeId) -> Value {
        let text = original.as_symbol().map_or(String::new(), |symbol| self.heap.symbol(symbol).name.to_string());
        let known = self.expansions.names.next().and_then(|name| name.as_symbol());
        let alias = match known.filter(|known| *self.heap.symbol(*known).name == *text) {
            Some(known) => Value::symbol(known),
            None => self.heap.fresh_symbol(&text),
        };
        self.expansions.made.push(alias);
        self.aliases.insert(alias, Alias { original, scope });
        alias
    }

    /// The name in the program's text that `name` comes from.
    pub(super) fn original(&self, name: Value) -> Value {
        let mut name = name;
        while let Some(alias) = self.aliases.get(&name) {
            name = alias.original;
        }
        name
    }

    /// The pairs of alias and original of all aliases in `data`, and of those that they stand for.
    pub(super) fn aliases_in(&mut self, data: &[Value]) -> Value {
        let mut found = BTreeMap::new();
        if !self.aliases.is_empty() {
            let mut open = Vec::new();
            each_symbol(self.heap, data, |symbol| open.push(symbol));
            while let Some(name) = open.pop() {
                if let Some(alias) = self.aliases.get(&name) {
                    found.insert(name, alias.original);
                    open.push(alias.original);
                }
            }
        }
        let pairs: Vec<Value> = found.into_iter().map(|(alias, original)| self.heap.cons(alias, original)).collect();
        self.heap.list(&pairs)
    }

    /// `datum` with its aliases replaced by the names that they stand for; `datum` itself when it has none.
    pub(super) fn plain(&mut self, datum: Value) -> Value {
        if self.aliases.is_empty() {
            return datum;
        }
        let mut has_alias = false;
        each_symbol(self.heap, &[datum], |symbol| has_alias |= self.aliases.contains_key(&symbol));
        if has_alias { self.copy_plain(datum) } else { datum }
    }

    /// Copies what `datum` is made of, keeping what is shared or circular so.
    fn copy_plain(&mut self, datum: Value) -> Value {
        let mut copies = BTreeMap::new();
        let mut open = Vec::new();
        let copy = self.plain_shell(datum, &mut copies, &mut open);
        while let Some((source, target)) = open.pop() {
            if let (Some(source), Some(target)) = (self.heap.as_pair(source), target.as_pair()) {
                let car = self.plain_shell(source.car, &mut copies, &mut open);
                let cdr = self.plain_shell(source.cdr, &mut copies, &mut open);
                let pair = self.heap.pair_mut(target);
                (pair.car, pair.cdr) = (car, cdr);
            } else if let Some(Object::Vector(items)) = self.heap.as_object(source) {
                let items = items.clone();
                let items: Box<[_]> =
                    items.iter().map(|item| self.plain_shell(*item, &mut copies, &mut open)).collect();
                let target = target.as_object().expect("a vector's copy is a vector");
                *self.heap.object_mut(target) = Object::Vector(items);
            }
        }
        copy
    }

    /// What takes the place of `source`: for a pair or vector a new one, still to be filled in.
    fn plain_shell(
        &mut self,
        source: Value,
        copies: &mut BTreeMap<Value, Value>,
        open: &mut Vec<(Value, Value)>,
    ) -> Value {
        if source.as_symbol().is_some() {
            return self.original(source);
        }
        if let Some(copy) = copies.get(&source) {
            return *copy;
        }
        let copy = if source.as_pair().is_some() {
            self.heap.cons(Value::NIL, Value::NIL)
        } else if let Some(Object::Vector(_)) = self.heap.as_object(source) {
            self.heap.vector([])
        } else {
            return source;
        };
        copies.insert(source, copy);
        open.push((source, copy));
        copy
    }

    /// Notes that the program must transform `form`; the text is never shown.
    pub(super) fn ask(&mut self, transformer: Value, form: Value) -> String {
        let names = std::mem::take(&mut self.expansions.made);
        self.expansions.question = Some(Question { transformer, form, names });
        String::new()
    }
}

/// Calls `found` with each symbol in `data`, circular or not.
fn each_symbol(heap: &Heap, data: &[Value], mut found: impl FnMut(Value)) {
    let mut seen = BTreeSet::new();
    let mut open = data.to_vec();
    while let Some(value) = open.pop() {
        if value.as_symbol().is_some() {
            found(value);
        } else if let Some(pair) = heap.as_pair(value) {
            if seen.insert(value) {
                open.extend([pair.cdr, pair.car]);
            }
        } else if let Some(Object::Vector(items)) = heap.as_object(value) {
            if seen.insert(value) {
                open.extend(items.iter());
            }
        }
    }
}
