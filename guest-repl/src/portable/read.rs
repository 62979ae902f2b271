//! Makes a session of what was saved. Nothing in it is believed: what is made is something that a program could have.
//!
//! Items refer to each other in any order, so each has its place in the heap before any is filled.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::Zero as _;

use super::bytes::{Input, Read};
use super::made::Made;
use super::{code, symbol, tag};
use crate::context::Context;
use crate::hashing::hash;
use crate::heap::{Condition, Environment, Flow, Heap, Object, Port, Sameness, Table};
use crate::machine::Process;
use crate::number::Number;
use crate::syntax::restored;
use crate::value::{SymbolId, Value};

/// An item as it was read.
enum Item {
    /// It refers to nothing, and is there already.
    Whole(Value),
    Pair(u64, u64),
    Values(u8, Vec<u64>),
    Closure(u64, Vec<u64>),
    Table(Sameness, Vec<u64>),
    Environment(bool, Vec<(u64, u64)>),
    Machine(u8, u64),
}

/// A state being read.
struct Reader<'c, 'i> {
    heap: &'c mut Heap,
    input: Input<'i>,
    made: Made,
}

pub(super) fn read(context: &mut Context, bytes: &[u8]) -> Read {
    let console = context.console;
    let heap = &mut context.heap;
    let library = heap.library().filter(|(id, _)| heap.is_interned(*id));
    let library = library.map(|(id, value)| (heap.symbol(id).name.to_string(), value)).collect();
    let nameless = heap.intern("variable");
    let made = Made {
        strings: Vec::new(),
        symbols: Vec::new(),
        items: Vec::new(),
        codes: Vec::new(),
        captures: BTreeMap::new(),
        console,
        library,
        nameless,
    };
    Reader { heap, input: Input::new(bytes), made }.run()
}

// === impl Reader ===

impl Reader<'_, '_> {
    fn run(mut self) -> Read {
        for _ in 0..self.input.count()? {
            let string = self.input.text()?.to_owned();
            self.made.strings.push(string);
        }
        self.symbols()?;
        let items = self.items()?;
        self.codes()?;
        let mut late = Vec::new();
        for (number, item) in items.into_iter().enumerate() {
            let place = self.made.items[number];
            if matches!(item, Item::Table(..) | Item::Values(tag::MACRO, _)) {
                late.push((place, item));
            } else {
                self.fill(place, item)?;
            }
        }
        self.variables()?;
        let definitions = self.definitions()?;
        self.changes(&mut late)?;
        // Keys are hashed by what they hold, so tables come last.
        for (place, item) in late {
            self.fill(place, item)?;
        }
        self.define(definitions);
        let gensyms = self.input.number()?;
        self.heap.gensyms = self.heap.gensyms.max(gensyms);
        self.input.end()
    }

    // --- symbols ---

    fn symbols(&mut self) -> Read {
        let own: BTreeMap<String, SymbolId> =
            self.heap.library_symbols().map(|id| (self.heap.symbol(id).name.to_string(), id)).collect();
        for _ in 0..self.input.count()? {
            let kind = self.input.byte()?;
            let name = self.made.string(self.input.number()?)?;
            let id = match kind {
                symbol::NAMED => self.heap.intern(name),
                symbol::FRESH => self.heap.fresh_symbol(name).as_symbol().expect("a symbol"),
                symbol::VARIABLE => self.heap.private_symbol(name),
                symbol::LIBRARY => match own.get(name) {
                    Some(id) => *id,
                    None => stand_in(self.heap, &self.made, name),
                },
                _ => return Err("a symbol is of an unknown kind".to_owned()),
            };
            self.made.symbols.push(id);
        }
        Ok(())
    }

    // --- items ---

    fn items(&mut self) -> Read<Vec<Item>> {
        let mut items = Vec::new();
        for _ in 0..self.input.count()? {
            let item = self.item()?;
            let place = match &item {
                Item::Whole(value) => *value,
                Item::Pair(..) => self.heap.cons(Value::NIL, Value::NIL),
                Item::Values(tag::CELL, _) => self.heap.insert(Object::Cell(Value::NIL)),
                _ => self.heap.insert(Object::Values(Box::default())),
            };
            self.made.items.push(place);
            items.push(item);
        }
        Ok(items)
    }

    fn item(&mut self) -> Read<Item> {
        Ok(match self.input.byte()? {
            tag::PAIR => Item::Pair(self.input.number()?, self.input.number()?),
            tag
            @ (tag::VECTOR | tag::CELL | tag::VALUES | tag::PROMISE | tag::CONDITION | tag::RECORD | tag::MACRO) => {
                Item::Values(tag, self.references()?)
            }
            tag::CLOSURE => Item::Closure(self.input.number()?, self.references()?),
            tag::ENVIRONMENT => {
                let global = self.input.flag()?;
                let count = self.input.count()?;
                let names = (0..count).map(|_| Ok((self.input.number()?, self.input.number()?)));
                Item::Environment(global, names.collect::<Read<_>>()?)
            }
            tag::TABLE => {
                let sameness = match self.input.byte()? {
                    0 => Sameness::Eq,
                    1 => Sameness::Eqv,
                    2 => Sameness::Equal,
                    _ => return Err("a hash table is of an unknown kind".to_owned()),
                };
                Item::Table(sameness, self.references()?)
            }
            tag::MACHINE => Item::Machine(self.input.byte()?, self.input.number()?),
            tag => Item::Whole(self.atom(tag)?),
        })
    }

    fn references(&mut self) -> Read<Vec<u64>> {
        let count = self.input.count()?;
        (0..count).map(|_| self.input.number()).collect()
    }

    fn atom(&mut self, tag: u8) -> Read<Value> {
        let number = match tag {
            tag::INT => Number::Int(self.input.signed()?),
            tag::FLOAT => {
                let mut bits = [0; 8];
                for byte in &mut bits {
                    *byte = self.input.byte()?;
                }
                Number::Float(f64::from_bits(u64::from_le_bytes(bits)))
            }
            tag::BIG => Number::integer(self.big()?).map_err(|error| error.to_string())?,
            tag::RATIO => {
                let (numerator, denominator) = (self.big()?, self.big()?);
                if denominator.is_zero() {
                    return Err("a fraction is over zero".to_owned());
                }
                Number::ratio(numerator, denominator).map_err(|error| error.to_string())?
            }
            tag::TEXT => {
                let text = self.input.text()?;
                return Ok(self.heap.text(text));
            }
            tag::BYTES => {
                let bytes = self.input.bytes()?.into();
                return Ok(self.heap.insert(Object::Bytes(bytes)));
            }
            tag::INPUT | tag::OUTPUT => {
                let (open, text) = (self.input.flag()?, self.input.text()?);
                let flow = match tag {
                    tag::INPUT => Flow::Input { text: text.into(), at: 0 },
                    _ => Flow::Output(text.to_owned()),
                };
                return Ok(self.heap.insert(Object::Port(Box::new(Port { flow, open }))));
            }
            _ => return Err("an item is of an unknown kind".to_owned()),
        };
        Ok(number.into_value(self.heap))
    }

    fn big(&mut self) -> Read<BigInt> {
        self.input.bytes().map(BigInt::from_signed_bytes_le)
    }

    // --- codes ---

    fn codes(&mut self) -> Read {
        for _ in 0..self.input.count()? {
            let (code, captures) = code::read(&mut self.input, &self.made, self.heap)?;
            let id = self.heap.add_code(code);
            self.made.codes.push(id);
            self.made.captures.insert(id, captures);
        }
        Ok(())
    }

    // --- filling ---

    fn value(&self, reference: u64) -> Read<Value> {
        self.made.value(self.heap, reference)
    }

    fn values(&self, references: &[u64]) -> Read<Box<[Value]>> {
        references.iter().map(|reference| self.value(*reference)).collect()
    }

    fn fill(&mut self, place: Value, item: Item) -> Read {
        let object = match item {
            Item::Whole(_) => return Ok(()),
            Item::Pair(car, cdr) => {
                let (car, cdr) = (self.value(car)?, self.value(cdr)?);
                let pair = place.as_pair().ok_or("a pair stands where it should not")?;
                let pair = self.heap.pair_mut(pair);
                (pair.car, pair.cdr) = (car, cdr);
                return Ok(());
            }
            Item::Values(tag, references) => self.object(tag, &references)?,
            Item::Closure(code, references) => {
                let code = self.made.code(code)?;
                let captures = self.made.captures(code);
                if captures.len() != references.len() {
                    return Err("a procedure has captured too little or too much".to_owned());
                }
                let captured = std::iter::zip(&references, captures);
                let captured = captured.map(|(reference, capture)| self.made.captured(self.heap, *reference, *capture));
                Object::Closure { code, captured: captured.collect::<Read<_>>()? }
            }
            Item::Table(sameness, references) => self.table(sameness, &references)?,
            Item::Environment(true, _) => Object::Environment(Box::new(Environment::global())),
            Item::Environment(false, names) => {
                let mut environment = Environment::default();
                for (name, variable) in names {
                    let (name, variable) = (self.made.symbol(name)?, self.made.symbol(variable)?);
                    environment.insert(name, variable);
                }
                Object::Environment(Box::new(environment))
            }
            Item::Machine(state, reference) => {
                let value = self.value(reference)?;
                Object::Process(Box::new(match state {
                    0 => Process::New(value),
                    1 => Process::Done(value),
                    2 => Process::Failed(value),
                    _ => return Err("a machine is in an unknown state".to_owned()),
                }))
            }
        };
        let place = place.as_object().ok_or("an object stands where it should not")?;
        *self.heap.object_mut(place) = object;
        Ok(())
    }

    fn object(&mut self, tag: u8, references: &[u64]) -> Read<Object> {
        if let (tag::CELL, [reference]) = (tag, references) {
            return Ok(Object::Cell(self.made.value_or_nothing(self.heap, *reference)?));
        }
        let values = self.values(references)?;
        Ok(match (tag, &values[..]) {
            (tag::VECTOR, _) => Object::Vector(values),
            (tag::VALUES, _) => Object::Values(values),
            (tag::RECORD, [_, ..]) => Object::Record(values),
            (tag::PROMISE, [state]) if state.as_pair().is_some() => Object::Promise(*state),
            (tag::CONDITION, [message, irritants]) => {
                Object::Condition(Box::new(Condition { message: *message, irritants: *irritants }))
            }
            (tag::MACRO, parts) => {
                let parts = parts.try_into().map_err(|_| "a macro is not whole")?;
                return restored(self.heap, parts).map(|known| Object::Macro(Box::new(known)));
            }
            _ => return Err("an item is not whole".to_owned()),
        })
    }

    fn table(&self, sameness: Sameness, references: &[u64]) -> Read<Object> {
        let mut table = Table::new(sameness);
        for entry in self.values(references)?.chunks(2) {
            let [key, value] = *entry else { return Err("a hash table is not whole".to_owned()) };
            table.add(hash(self.heap, key, sameness), key, value);
        }
        Ok(Object::Table(Box::new(table)))
    }

    // --- what symbols are bound to ---

    fn variables(&mut self) -> Read {
        for _ in 0..self.input.count()? {
            let (id, reference) = (self.made.symbol(self.input.number()?)?, self.input.number()?);
            let value = self.made.value_or_nothing(self.heap, reference)?;
            if !self.heap.symbol(id).private {
                return Err("a variable is none of an environment".to_owned());
            }
            self.heap.bind(id, value);
        }
        Ok(())
    }

    fn definitions(&mut self) -> Read<Vec<(bool, SymbolId, Value)>> {
        let count = self.input.count()?;
        let mut definitions = Vec::new();
        for _ in 0..count {
            let assigned = self.input.flag()?;
            let (id, reference) = (self.made.symbol(self.input.number()?)?, self.input.number()?);
            let symbol = self.heap.symbol(id);
            if symbol.private || (self.heap.is_sealed(Value::symbol(id)) && !self.heap.is_interned(id)) {
                return Err("a definition is of a name that no program has".to_owned());
            }
            if assigned && !symbol.library {
                return Err("an assignment is to a name that the library does not have".to_owned());
            }
            definitions.push((assigned, id, self.value(reference)?));
        }
        Ok(definitions)
    }

    fn define(&mut self, definitions: Vec<(bool, SymbolId, Value)>) {
        for (assigned, id, value) in definitions {
            match assigned {
                true => self.heap.assign(id, value),
                false => self.heap.define(id, value),
            }
        }
    }

    /// Changed values of the library stay what they are: a pair a pair, a table a table.
    fn changes(&mut self, late: &mut Vec<(Value, Item)>) -> Read {
        for _ in 0..self.input.count()? {
            let name = self.made.string(self.input.number()?)?.to_owned();
            let place = self.made.library(&name)?;
            let item = self.item()?;
            match (&item, self.heap.as_object(place)) {
                (Item::Pair(..), _) if place.as_pair().is_some() => self.fill(place, item)?,
                (Item::Values(tag::VECTOR, references), Some(Object::Vector(items)))
                    if references.len() == items.len() =>
                {
                    self.fill(place, item)?;
                }
                (Item::Table(sameness, _), Some(Object::Table(table))) if *sameness == table.sameness() => {
                    late.push((place, item));
                }
                _ => return Err(format!("this version's {name} is of another kind")),
            }
        }
        Ok(())
    }
}

/// What takes the place of a symbol of an older library.
fn stand_in(heap: &mut Heap, made: &Made, name: &str) -> SymbolId {
    let id = heap.private_symbol(name);
    if let Some(value) = made.library.get(name.trim_start_matches('%')) {
        heap.bind(id, *value);
    }
    id
}
