//! From values to text, with a list of what is still to be printed in place of recursion.
//!
//! Data that contain themselves get labels, as in `#0=(a . #0#)`. To find them costs a table of all that is reachable,
//! so a short walk comes first: what it gets to the end of is not circular.

mod cycles;

use std::rc::Rc;

use crate::heap::{Flow, Heap, Object, Pair, Port, Table};
use crate::number::Number;
use crate::syntax::keyword_name;
use crate::value::{Kind, Value};

use cycles::Labels;

/// As `write` does: strings in quotes, characters by name.
pub(crate) fn written(heap: &Heap, value: Value) -> String {
    print(heap, value, true)
}

/// As `display` does: strings and characters as they are.
pub(crate) fn displayed(heap: &Heap, value: Value) -> String {
    print(heap, value, false)
}

/// For an error message: as `written`, cut when it is long.
pub(crate) fn brief(heap: &Heap, value: Value) -> String {
    cut(Printer::new(heap, value, true), value)
}

/// As `brief`, for a form: what the words of syntax in it are when a derived form is rewritten, is not shown.
pub(crate) fn brief_form(heap: &Heap, form: Value) -> String {
    cut(Printer { is_form: true, ..Printer::new(heap, form, true) }, form)
}

fn cut(mut printer: Printer<'_>, value: Value) -> String {
    const CHARS_MAX: usize = 60;
    printer.bytes_max = 4 * CHARS_MAX;
    let text = printer.run(value);
    match text.char_indices().nth(CHARS_MAX) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

fn print(heap: &Heap, value: Value, quoting: bool) -> String {
    Printer::new(heap, value, quoting).run(value)
}

/// What is still to be printed.
enum Todo {
    Value(Value),
    /// The rest of a list, after an item.
    Tail(Value),
    /// The rest of a vector, record or table, from this index.
    Items(Value, usize),
}

struct Printer<'a> {
    heap: &'a Heap,
    quoting: bool,
    /// Keyword values are printed as the words that they stand for.
    is_form: bool,
    labels: Labels,
    todo: Vec<Todo>,
    out: String,
    /// Stop soon after so much; whoever sets it cuts the rest.
    bytes_max: usize,
}

// === impl Printer ===

impl<'a> Printer<'a> {
    fn new(heap: &'a Heap, value: Value, quoting: bool) -> Self {
        let labels = Labels::find(heap, value);
        Self { heap, quoting, is_form: false, labels, todo: Vec::new(), out: String::new(), bytes_max: usize::MAX }
    }

    fn run(mut self, value: Value) -> String {
        self.todo.push(Todo::Value(value));
        while let Some(todo) = self.todo.pop() {
            if self.out.len() > self.bytes_max {
                break;
            }
            match todo {
                Todo::Value(value) => self.value(value),
                Todo::Tail(value) => self.tail(value),
                Todo::Items(value, index) => self.items(value, index),
            }
        }
        self.out
    }

    fn value(&mut self, value: Value) {
        if let Some(seen) = self.labels.visit(value) {
            self.out.push_str(&seen.text());
            if seen.is_reference() {
                return;
            }
        }
        match value.kind() {
            Kind::Pair(id) => self.pair(*self.heap.pair(id)),
            Kind::Object(id) => self.object(value, self.heap.object(id)),
            Kind::Int(number) => self.out.push_str(&number.to_string()),
            Kind::Symbol(id) => self.symbol(&self.heap.symbol(id).name),
            Kind::Char(char) if self.quoting => self.char(char),
            Kind::Char(char) => self.out.push(char),
            Kind::Keyword(number) if self.is_form => self.out.push_str(keyword_name(number)),
            Kind::Keyword(number) => self.out.push_str(&format!("#<syntax {}>", keyword_name(number))),
            Kind::Code(_) => self.out.push_str("#<code>"),
            Kind::Constant => self.out.push_str(constant(value)),
        }
    }

    fn pair(&mut self, pair: Pair) {
        if let Some((prefix, datum)) = self.abbreviation(pair) {
            self.out.push_str(prefix);
            self.todo.push(Todo::Value(datum));
            return;
        }
        self.out.push('(');
        self.todo.push(Todo::Tail(pair.cdr));
        self.todo.push(Todo::Value(pair.car));
    }

    /// `(quote x)` is printed `'x`.
    fn abbreviation(&self, pair: Pair) -> Option<(&'static str, Value)> {
        let name = match pair.car.kind() {
            Kind::Symbol(id) => &*self.heap.symbol(id).name,
            Kind::Keyword(number) if self.is_form => keyword_name(number),
            _ => return None,
        };
        let prefix = match name {
            "quote" => "'",
            "quasiquote" => "`",
            "unquote" => ",",
            "unquote-splicing" => ",@",
            _ => return None,
        };
        let rest = self.heap.as_pair(pair.cdr)?;
        (rest.cdr == Value::NIL && !self.labels.has(pair.cdr)).then_some((prefix, rest.car))
    }

    fn tail(&mut self, value: Value) {
        match self.heap.as_pair(value) {
            _ if value == Value::NIL => self.out.push(')'),
            Some(pair) if !self.labels.has(value) => {
                self.out.push(' ');
                self.todo.push(Todo::Tail(pair.cdr));
                self.todo.push(Todo::Value(pair.car));
            }
            _ => {
                self.out.push_str(" . ");
                self.todo.push(Todo::Tail(Value::NIL));
                self.todo.push(Todo::Value(value));
            }
        }
    }

    fn object(&mut self, value: Value, object: &Object) {
        match object {
            Object::Int(number) => self.out.push_str(&number.to_string()),
            Object::Float(number) => self.out.push_str(&Number::Float(*number).to_text(10)),
            Object::Big(number) => self.number(&Number::Big(Rc::clone(number))),
            Object::Ratio(number) => self.number(&Number::Ratio(Rc::clone(number))),
            Object::Text(text) if self.quoting => self.text(text.as_str()),
            Object::Text(text) => self.out.push_str(text.as_str()),
            Object::Vector(_) => {
                self.out.push_str("#(");
                self.todo.push(Todo::Items(value, 0));
            }
            Object::Closure { code, .. } => match self.heap.code(*code).name {
                Some(name) => self.named("procedure", name),
                None => self.out.push_str("#<procedure>"),
            },
            Object::Primitive(primitive) => self.out.push_str(&format!("#<procedure {}>", primitive.name)),
            Object::Condition(condition) => {
                self.out.push_str(&format!("#<error {}>", brief(self.heap, condition.message)))
            }
            Object::Record(fields) => self.record(value, fields),
            Object::Values(items) => self.out.push_str(&format!("#<{} values>", items.len())),
            Object::Continuation(_) => self.out.push_str("#<continuation>"),
            Object::Promise(_) => self.out.push_str("#<promise>"),
            Object::Process(_) => self.out.push_str("#<machine>"),
            Object::Environment(_) => self.out.push_str("#<environment>"),
            Object::Macro(known) => self.named("syntax", known.name),
            Object::Cell(_) | Object::Segment(_) | Object::Part(_) | Object::Free => self.out.push_str("#<internal>"),
            Object::Bytes(bytes) => self.bytes(bytes),
            Object::Table(_) => {
                self.out.push_str("#<hash-table");
                self.todo.push(Todo::Items(value, 0));
            }
            Object::Port(port) => self.out.push_str(port_text(port)),
        }
    }

    /// A large number takes long to print, so where the text would be cut it is not made.
    fn number(&mut self, number: &Number) {
        let bits = number.bits();
        if bits / 8 > self.bytes_max as u64 {
            self.out.push_str(&format!("#<number of {bits} bits>"));
        } else {
            self.out.push_str(&number.to_text(10));
        }
    }

    fn record(&mut self, value: Value, fields: &[Value]) {
        match fields.first().and_then(|kind| kind.as_symbol()) {
            Some(_) => self.named("record-type", fields.get(1).copied().unwrap_or(Value::FALSE)),
            None => {
                let kind = fields.first().and_then(|kind| self.heap.as_object(*kind));
                let Some(Object::Record(kind)) = kind else { return self.out.push_str("#<record>") };
                let name = kind.get(1).and_then(|name| name.as_symbol());
                self.out.push_str("#<");
                self.out.push_str(name.map_or("record", |name| &self.heap.symbol(name).name));
                self.todo.push(Todo::Items(value, 1));
            }
        }
    }

    fn named(&mut self, kind: &str, name: Value) {
        let name = name.as_symbol().map_or("?", |name| &self.heap.symbol(name).name);
        self.out.push_str(&format!("#<{kind} {name}>"));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
        self.out.push_str(&format!("#u8({})", bytes.join(" ")));
    }

    /// An entry is printed as a pair of its key and its value.
    fn entry(&mut self, value: Value, table: &Table, place: usize) {
        match table.next(place) {
            None => self.out.push('>'),
            Some((key, content, next)) => {
                self.out.push_str(" (");
                self.todo.extend([Todo::Items(value, next), Todo::Tail(content), Todo::Value(key)]);
            }
        }
    }

    fn items(&mut self, value: Value, index: usize) {
        let (items, close, spaced) = match self.heap.as_object(value) {
            Some(Object::Vector(items)) => (items, ')', index > 0),
            Some(Object::Record(items)) => (items, '>', true),
            Some(Object::Table(table)) => return self.entry(value, table, index),
            _ => return,
        };
        match items.get(index) {
            None => self.out.push(close),
            Some(item) => {
                if spaced {
                    self.out.push(' ');
                }
                self.todo.push(Todo::Items(value, index + 1));
                self.todo.push(Todo::Value(*item));
            }
        }
    }

    fn symbol(&mut self, name: &str) {
        let plain = |char: char| !char.is_whitespace() && !"()[]\"|;'`,".contains(char);
        let ambiguous =
            name.is_empty() || name == "." || name.starts_with('#') || crate::number::parse(name, 10).is_some();
        if !self.quoting || (name.chars().all(plain) && !ambiguous) {
            self.out.push_str(name);
        } else {
            self.escaped(name, '|');
        }
    }

    fn text(&mut self, text: &str) {
        self.escaped(text, '"');
    }

    fn escaped(&mut self, text: &str, quote: char) {
        self.out.push(quote);
        for char in text.chars() {
            match char {
                '\n' => self.out.push_str("\\n"),
                '\t' => self.out.push_str("\\t"),
                '\r' => self.out.push_str("\\r"),
                '\\' => self.out.push_str("\\\\"),
                char if char == quote => self.out.extend(['\\', char]),
                char if char.is_control() => self.out.push_str(&format!("\\x{:x};", u32::from(char))),
                char => self.out.push(char),
            }
        }
        self.out.push(quote);
    }

    fn char(&mut self, char: char) {
        self.out.push_str("#\\");
        match crate::reader::char_name(char) {
            Some(name) => self.out.push_str(name),
            None if char.is_control() => self.out.push_str(&format!("x{:x}", u32::from(char))),
            None => self.out.push(char),
        }
    }
}

fn port_text(port: &Port) -> &'static str {
    match port.flow {
        Flow::Console => "#<port console>",
        Flow::Input { .. } => "#<port string-input>",
        Flow::Output(_) => "#<port string-output>",
    }
}

fn constant(value: Value) -> &'static str {
    match value {
        Value::NIL => "()",
        Value::TRUE => "#t",
        Value::FALSE => "#f",
        Value::EOF => "#<eof>",
        Value::UNSPECIFIED => "#<unspecified>",
        _ => "#<unbound>",
    }
}
