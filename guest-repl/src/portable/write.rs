//! Writes what was reached.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use super::bytes::{Output, zigzag};
use super::reach::Reached;
use super::{CONSOLE, CONSTANTS, FORMAT_V1, reference, symbol, tag};
use crate::heap::{Flow, Object, Sameness};
use crate::machine::Process;
use crate::syntax::keyword_name;
use crate::value::{Kind, SymbolId, Value};

/// A state being written.
pub(super) struct Writer<'a> {
    pub(super) reached: &'a Reached<'a>,
    pub(super) out: Output,
    strings: Vec<&'a str>,
    string_numbers: BTreeMap<&'a str, u64>,
}

pub(super) fn write(reached: &Reached<'_>) -> Result<Vec<u8>, String> {
    let mut writer = Writer { reached, out: Output::default(), strings: Vec::new(), string_numbers: BTreeMap::new() };
    writer.symbols();
    writer.out.count(reached.items.len());
    reached.items.iter().for_each(|item| writer.item(*item));
    writer.out.count(reached.codes.len());
    for (id, recovered) in &reached.codes {
        writer.code(*id, recovered);
    }
    writer.variables();
    writer.definitions();
    writer.changes();
    writer.out.number(reached.heap.gensyms);
    // The strings are known now, and come first.
    let mut out = Output(FORMAT_V1.to_vec());
    out.count(writer.strings.len());
    writer.strings.iter().for_each(|string| out.bytes(string.as_bytes()));
    out.0.extend_from_slice(&writer.out.0);
    Ok(out.0)
}

// === impl Writer ===

impl<'a> Writer<'a> {
    fn string(&mut self, string: &'a str) -> u64 {
        let strings = &mut self.strings;
        *self.string_numbers.entry(string).or_insert_with(|| {
            strings.push(string);
            strings.len() as u64 - 1
        })
    }

    fn symbols(&mut self) {
        let reached = self.reached;
        self.out.count(reached.symbols.len());
        for id in &reached.symbols {
            let name = self.string(&reached.heap.symbol(*id).name);
            self.out.byte(kind(reached, *id));
            self.out.number(name);
        }
    }

    pub(super) fn value(&mut self, value: Value) {
        let (kind, number) = self.reference(value);
        self.out.number(number << reference::BITS | kind);
    }

    pub(super) fn values(&mut self, values: &[Value]) {
        self.out.count(values.len());
        values.iter().for_each(|value| self.value(*value));
    }

    fn reference(&mut self, value: Value) -> (u64, u64) {
        let reached = self.reached;
        match value.kind() {
            Kind::Int(number) => (reference::SMALL, zigzag(number.into())),
            Kind::Char(char) => (reference::CHAR, u64::from(u32::from(char))),
            Kind::Symbol(id) => (reference::SYMBOL, reached.symbol(id)),
            Kind::Keyword(number) => (reference::KEYWORD, self.string(keyword_name(number))),
            _ if value == reached.console => (reference::CONSTANT, CONSOLE),
            Kind::Pair(_) | Kind::Object(_) => match (reached.item(value), reached.library_name(value)) {
                (Some(item), _) => (reference::ITEM, item),
                (None, Some(name)) => (reference::LIBRARY, self.string(name)),
                (None, None) => unreachable!("all values were reached"),
            },
            Kind::Code(_) | Kind::Constant => {
                let number = CONSTANTS.iter().position(|constant| *constant == value);
                (reference::CONSTANT, number.expect("code is no value of the program's") as u64)
            }
        }
    }

    fn item(&mut self, item: Value) {
        let reached = self.reached;
        if let Some(pair) = reached.heap.as_pair(item) {
            self.out.byte(tag::PAIR);
            self.value(pair.car);
            self.value(pair.cdr);
        } else if let Some(object) = reached.heap.as_object(item) {
            self.object(object);
        }
    }

    fn tagged(&mut self, tag: u8, values: &[Value]) {
        self.out.byte(tag);
        self.values(values);
    }

    fn object(&mut self, object: &'a Object) {
        match object {
            Object::Vector(items) => self.tagged(tag::VECTOR, items),
            Object::Values(items) => self.tagged(tag::VALUES, items),
            Object::Record(items) => self.tagged(tag::RECORD, items),
            Object::Macro(known) => self.tagged(tag::MACRO, &known.parts()),
            Object::Condition(condition) => self.tagged(tag::CONDITION, &[condition.message, condition.irritants]),
            Object::Cell(value) => self.tagged(tag::CELL, &[*value]),
            Object::Promise(state) => self.tagged(tag::PROMISE, &[*state]),
            Object::Closure { code, captured } => {
                self.out.byte(tag::CLOSURE);
                self.out.number(self.reached.code(*code));
                self.values(captured);
            }
            Object::Environment(environment) => {
                self.out.byte(tag::ENVIRONMENT);
                self.out.byte(u8::from(environment.is_global));
                self.out.count(environment.variables().count());
                for (name, variable) in environment.variables() {
                    self.out.number(self.reached.symbol(name));
                    self.out.number(self.reached.symbol(variable));
                }
            }
            Object::Table(table) => {
                self.out.byte(tag::TABLE);
                self.out.byte(match table.sameness() {
                    Sameness::Eq => 0,
                    Sameness::Eqv => 1,
                    Sameness::Equal => 2,
                });
                let entries: Vec<Value> = table.iter().flat_map(|(key, value)| [key, value]).collect();
                self.values(&entries);
            }
            Object::Process(process) => {
                let (state, value) = match **process {
                    Process::New(value) => (0, value),
                    Process::Done(value) => (1, value),
                    Process::Failed(value) => (2, value),
                    Process::Waiting(_) | Process::Running => unreachable!("refused when it was reached"),
                };
                self.out.byte(tag::MACHINE);
                self.out.byte(state);
                self.value(value);
            }
            _ => self.atom(object),
        }
    }

    fn atom(&mut self, object: &Object) {
        match object {
            Object::Int(number) => {
                self.out.byte(tag::INT);
                self.out.signed(*number);
            }
            Object::Float(number) => {
                self.out.byte(tag::FLOAT);
                self.out.0.extend_from_slice(&number.to_bits().to_le_bytes());
            }
            Object::Big(number) => {
                self.out.byte(tag::BIG);
                self.big(number);
            }
            Object::Ratio(number) => {
                self.out.byte(tag::RATIO);
                self.big(&number.numerator);
                self.big(&number.denominator);
            }
            Object::Text(text) => {
                self.out.byte(tag::TEXT);
                self.out.bytes(text.as_str().as_bytes());
            }
            Object::Bytes(bytes) => {
                self.out.byte(tag::BYTES);
                self.out.bytes(bytes);
            }
            Object::Port(port) => match &port.flow {
                Flow::Input { text, at } => {
                    self.out.byte(tag::INPUT);
                    self.out.byte(u8::from(port.open));
                    self.out.bytes(&text.as_bytes()[*at..]);
                }
                Flow::Output(text) => {
                    self.out.byte(tag::OUTPUT);
                    self.out.byte(u8::from(port.open));
                    self.out.bytes(text.as_bytes());
                }
                Flow::Console => unreachable!("there is one console, which is no item"),
            },
            _ => unreachable!("refused when it was reached, or written before"),
        }
    }

    fn big(&mut self, number: &BigInt) {
        self.out.bytes(&number.to_signed_bytes_le());
    }

    fn variables(&mut self) {
        let reached = self.reached;
        let variables: Vec<SymbolId> =
            reached.symbols.iter().copied().filter(|id| reached.heap.symbol(*id).private).collect();
        self.out.count(variables.len());
        for id in variables {
            self.out.number(reached.symbol(id));
            self.value(reached.heap.symbol(id).value);
        }
    }

    fn definitions(&mut self) {
        let reached = self.reached;
        self.out.count(reached.definitions.len());
        for id in &reached.definitions {
            self.out.byte(u8::from(reached.heap.is_assigned(*id)));
            self.out.number(reached.symbol(*id));
            self.value(reached.heap.symbol(*id).value);
        }
    }

    fn changes(&mut self) {
        let reached = self.reached;
        self.out.count(reached.changes.len());
        for (id, value) in &reached.changes {
            let name = self.string(&reached.heap.symbol(*id).name);
            self.out.number(name);
            self.item(*value);
        }
    }
}

fn kind(reached: &Reached<'_>, id: SymbolId) -> u8 {
    if reached.heap.symbol(id).private {
        symbol::VARIABLE
    } else if reached.heap.is_interned(id) {
        symbol::NAMED
    } else if reached.heap.is_sealed(Value::symbol(id)) {
        symbol::LIBRARY
    } else {
        symbol::FRESH
    }
}
