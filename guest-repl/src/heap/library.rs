//! What sets the library apart from the program: names of its own.

use std::collections::BTreeMap;

use super::Heap;
use crate::value::{CodeId, SymbolId, Value};

impl Heap {
    /// Makes the library's procedures refer to each other by symbols that no program can name, so that one which defines a
    /// `reverse` of its own, as beginners do, changes nothing but its own code.
    pub(crate) fn close_library(&mut self) {
        let mut own = BTreeMap::new();
        let codes: Vec<u32> = self.codes.iter().map(|(id, _)| id).collect();
        for id in codes {
            let mut code = std::mem::take(self.codes.get_mut(id));
            for name in code.ops.iter_mut().filter_map(|op| op.global_mut()) {
                *name = *own.entry(*name).or_insert_with(|| self.own_name(*name));
            }
            self.set_code(CodeId(id), code);
        }
    }

    /// Another symbol with the value of a global. It is bound, so collections keep it. Names with `%` are the library's
    /// already.
    fn own_name(&mut self, global: SymbolId) -> SymbolId {
        let (name, value) = (self.symbol(global).name.clone(), self.symbol(global).value);
        if value == Value::UNBOUND || name.starts_with('%') {
            return global;
        }
        let own = self.add_symbol(&format!("%{name}"));
        self.bind(own, value);
        own
    }
}
