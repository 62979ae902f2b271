//! What a session has made: all that its definitions lead to, up to what is the library's.

use std::collections::BTreeMap;

use crate::codegen::{Capture, Recovered, recover};
use crate::context::Context;
use crate::heap::{Heap, Object};
use crate::machine::Process;
use crate::op::Op;
use crate::value::{CodeId, Kind, SymbolId, Value};

/// All that is to be saved, numbered.
pub(super) struct Reached<'a> {
    pub(super) heap: &'a Heap,
    pub(super) console: Value,
    pub(super) items: Vec<Value>,
    numbers: BTreeMap<Value, u64>,
    pub(super) symbols: Vec<SymbolId>,
    symbol_numbers: BTreeMap<SymbolId, u64>,
    pub(super) codes: Vec<(CodeId, Recovered)>,
    code_numbers: BTreeMap<CodeId, u64>,
    pub(super) definitions: Vec<SymbolId>,
    pub(super) changes: Vec<(SymbolId, Value)>,
    /// What the library calls its values.
    names: BTreeMap<Value, SymbolId>,
}

/// A reach in progress.
struct Reach<'a> {
    reached: Reached<'a>,
    /// Codes in the order in which they were seen.
    seen: Vec<CodeId>,
    /// Items, symbols and codes that were looked into.
    done: [usize; 3],
}

pub(super) fn reach(context: &Context) -> Result<Reached<'_>, String> {
    let heap = &context.heap;
    let reached = Reached {
        heap,
        console: context.console,
        items: Vec::new(),
        numbers: BTreeMap::new(),
        symbols: Vec::new(),
        symbol_numbers: BTreeMap::new(),
        codes: Vec::new(),
        code_numbers: BTreeMap::new(),
        definitions: heap
            .bound()
            .filter(|(id, symbol)| !symbol.library || heap.is_assigned(*id))
            .map(|(id, _)| id)
            .collect(),
        changes: Vec::new(),
        names: names(heap),
    };
    Reach { reached, seen: Vec::new(), done: [0; 3] }.run()
}

/// Of several names of a value, one that programs use rather than one of the library's own.
fn names(heap: &Heap) -> BTreeMap<Value, SymbolId> {
    let mut names: BTreeMap<Value, SymbolId> = BTreeMap::new();
    for (id, value) in heap.library().filter(|(id, _)| heap.is_interned(*id)) {
        let inner = |id: SymbolId| heap.symbol(id).name.starts_with('%');
        let better = names.get(&value).is_none_or(|known| inner(*known) && !inner(id));
        if better && heap.is_sealed(value) {
            names.insert(value, id);
        }
    }
    names
}

// === impl Reach ===

impl<'a> Reach<'a> {
    fn run(mut self) -> Result<Reached<'a>, String> {
        for name in self.reached.definitions.clone() {
            self.symbol(name);
            self.value(self.reached.heap.symbol(name).value);
            self.follow(&self.reached.heap.symbol(name).name)?;
        }
        for value in self.reached.heap.changed() {
            let Some(name) = self.reached.names.get(value).copied() else { continue };
            self.reached.changes.push((name, *value));
            self.parts(*value, &self.reached.heap.symbol(name).name)?;
            self.follow(&self.reached.heap.symbol(name).name)?;
        }
        self.recover()?;
        Ok(self.reached)
    }

    /// Looks into all that was seen.
    fn follow(&mut self, holder: &str) -> Result<(), String> {
        loop {
            let [items, symbols, codes] = self.done;
            if let Some(value) = self.reached.items.get(items).copied() {
                self.done[0] += 1;
                self.parts(value, holder)?;
            } else if let Some(id) = self.reached.symbols.get(symbols).copied() {
                self.done[1] += 1;
                if self.reached.heap.symbol(id).private {
                    self.value(self.reached.heap.symbol(id).value);
                }
            } else if let Some(id) = self.seen.get(codes).copied() {
                self.done[2] += 1;
                self.code(id);
            } else {
                return Ok(());
            }
        }
    }

    fn symbol(&mut self, id: SymbolId) {
        let Reached { symbols, symbol_numbers, .. } = &mut self.reached;
        symbol_numbers.entry(id).or_insert_with(|| {
            symbols.push(id);
            symbols.len() as u64 - 1
        });
    }

    fn value(&mut self, value: Value) {
        match value.kind() {
            Kind::Symbol(id) => self.symbol(id),
            Kind::Code(id) if self.reached.code_numbers.insert(id, 0).is_none() => self.seen.push(id),
            Kind::Pair(_) | Kind::Object(_) if self.reached.is_item(value) => {
                let Reached { items, numbers, .. } = &mut self.reached;
                numbers.entry(value).or_insert_with(|| {
                    items.push(value);
                    items.len() as u64 - 1
                });
            }
            _ => {}
        }
    }

    fn values(&mut self, values: &[Value]) {
        values.iter().for_each(|value| self.value(*value));
    }

    fn parts(&mut self, value: Value, holder: &str) -> Result<(), String> {
        let heap = self.reached.heap;
        if let Some(pair) = heap.as_pair(value) {
            self.values(&[pair.car, pair.cdr]);
            return Ok(());
        }
        match heap.as_object(value) {
            Some(Object::Vector(items) | Object::Values(items) | Object::Record(items)) => self.values(items),
            Some(Object::Closure { code, captured }) => {
                self.value(Value::code(*code));
                self.values(captured);
            }
            Some(Object::Cell(value) | Object::Promise(value)) => self.value(*value),
            Some(Object::Condition(condition)) => self.values(&[condition.message, condition.irritants]),
            Some(Object::Macro(known)) => self.values(&known.parts()),
            Some(Object::Table(table)) => table.iter().for_each(|(key, value)| self.values(&[key, value])),
            Some(Object::Environment(environment)) => {
                for (name, variable) in environment.variables() {
                    self.symbol(name);
                    self.symbol(variable);
                }
            }
            Some(Object::Process(process)) => match **process {
                Process::New(value) | Process::Done(value) | Process::Failed(value) => self.value(value),
                Process::Waiting(_) | Process::Running => {
                    return Err(refusal(holder, "a machine in the middle of its work"));
                }
            },
            Some(Object::Continuation(_) | Object::Segment(_) | Object::Part(_)) => {
                return Err(refusal(holder, "a captured continuation"));
            }
            _ => {}
        }
        Ok(())
    }

    fn code(&mut self, id: CodeId) {
        let code = self.reached.heap.code(id);
        code.inner().for_each(|inner| self.value(Value::code(inner)));
        self.value(code.name.unwrap_or(Value::FALSE));
        for op in &code.ops {
            match *op {
                Op::Constant(value) => self.value(value),
                Op::Global(name) | Op::SetGlobal(name) | Op::Define(name) | Op::Check(name) => self.symbol(name),
                Op::CallGlobal { name, .. } | Op::TailCallGlobal { name, .. } => self.symbol(name),
                _ => {}
            }
        }
    }

    /// Takes the codes back to trees, inner ones first.
    fn recover(&mut self) -> Result<(), String> {
        let mut captures: BTreeMap<CodeId, Vec<Capture>> = BTreeMap::new();
        let mut open: Vec<CodeId> = self.seen.iter().rev().copied().collect();
        while let Some(id) = open.last().copied() {
            let before = open.len();
            if !captures.contains_key(&id) {
                open.extend(self.reached.heap.code(id).inner().filter(|code| !captures.contains_key(code)));
            }
            if open.len() > before {
                continue;
            }
            open.pop();
            if captures.contains_key(&id) {
                continue;
            }
            let known = |code| captures.get(&code).map(Vec::as_slice);
            let Some(recovered) = recover(self.reached.heap, id, &known) else {
                return Err("a procedure has no portable form".to_owned());
            };
            captures.insert(id, recovered.captures.clone());
            self.reached.code_numbers.insert(id, self.reached.codes.len() as u64);
            self.reached.codes.push((id, recovered));
        }
        Ok(())
    }
}

fn refusal(holder: &str, what: &str) -> String {
    match holder {
        "%choices" => {
            "amb has choices left, which hold captured continuations\nhint: (amb-reset) forgets them".to_owned()
        }
        _ => format!("{holder} holds {what}, which has no portable form"),
    }
}

// === impl Reached ===

impl Reached<'_> {
    /// Whether a pair or an object is the program's, rather than one that the library has a name for.
    fn is_item(&self, value: Value) -> bool {
        value != self.console
            && !self.names.contains_key(&value)
            && !matches!(self.heap.as_object(value), Some(Object::Primitive(_)))
    }

    pub(super) fn item(&self, value: Value) -> Option<u64> {
        self.numbers.get(&value).copied()
    }

    pub(super) fn symbol(&self, id: SymbolId) -> u64 {
        self.symbol_numbers.get(&id).copied().expect("all symbols were reached")
    }

    pub(super) fn code(&self, id: CodeId) -> u64 {
        self.code_numbers.get(&id).copied().expect("all codes were reached")
    }

    /// What the library calls a value.
    pub(super) fn library_name(&self, value: Value) -> Option<&str> {
        match (self.names.get(&value), self.heap.as_object(value)) {
            (Some(id), _) => Some(&self.heap.symbol(*id).name),
            (None, Some(Object::Primitive(primitive))) => Some(primitive.name),
            _ => None,
        }
    }
}
