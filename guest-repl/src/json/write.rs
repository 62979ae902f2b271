//! Values to text, with a list of what is still to be written in place of recursion.

use super::{BYTES_MAX, LEVELS_MAX};
use crate::heap::{Heap, Object};
use crate::number::Number;
use crate::printer;
use crate::value::{Kind, Value};

/// What is still to be written.
enum Todo {
    Value(Value),
    Text(&'static str),
    Key(String),
    Leave,
}

struct Writer<'a> {
    heap: &'a Heap,
    out: String,
    todo: Vec<Todo>,
    level: usize,
}

/// A value as JSON.
///
/// # Errors
/// What has no JSON form.
pub(crate) fn write(heap: &Heap, value: Value) -> Result<String, String> {
    let mut writer = Writer { heap, out: String::new(), todo: vec![Todo::Value(value)], level: 0 };
    while let Some(todo) = writer.todo.pop() {
        match todo {
            Todo::Value(value) => writer.value(value)?,
            Todo::Text(text) => writer.out.push_str(text),
            Todo::Key(key) => {
                string(&mut writer.out, &key);
                writer.out.push(':');
            }
            Todo::Leave => writer.level -= 1,
        }
        if writer.out.len() > BYTES_MAX {
            return Err(format!("more than {BYTES_MAX} bytes of JSON"));
        }
    }
    Ok(writer.out)
}

/// The keys and values of what becomes an object; `None` for anything else.
pub(crate) fn object(heap: &Heap, value: Value) -> Option<Vec<(Value, Value)>> {
    if let Some(Object::Table(table)) = heap.as_object(value) {
        return Some(table.iter().collect());
    }
    let pairs = heap.items(value).filter(|items| !items.is_empty())?;
    let pairs = pairs.into_iter().map(|pair| heap.as_pair(pair).filter(|pair| pair.car.as_symbol().is_some()));
    pairs.map(|pair| pair.map(|pair| (pair.car, pair.cdr))).collect()
}

// === impl Writer ===

impl Writer<'_> {
    fn value(&mut self, value: Value) -> Result<(), String> {
        match value.kind() {
            Kind::Int(number) => self.out.push_str(&number.to_string()),
            Kind::Symbol(id) if &*self.heap.symbol(id).name == "null" => self.out.push_str("null"),
            Kind::Symbol(id) => string(&mut self.out, &self.heap.symbol(id).name),
            Kind::Char(char) => string(&mut self.out, char.encode_utf8(&mut [0; 4])),
            Kind::Constant if value == Value::TRUE => self.out.push_str("true"),
            Kind::Constant if value == Value::FALSE => self.out.push_str("false"),
            Kind::Constant if value == Value::UNSPECIFIED => self.out.push_str("null"),
            _ => return self.structure(value),
        }
        Ok(())
    }

    fn structure(&mut self, value: Value) -> Result<(), String> {
        if let Some(number) = Number::of(self.heap, value) {
            return self.number(value, &number);
        }
        if let Some(entries) = object(self.heap, value) {
            return self.entries(entries);
        }
        match self.heap.as_object(value) {
            Some(Object::Text(text)) => {
                string(&mut self.out, text.as_str());
                Ok(())
            }
            Some(Object::Vector(items)) => self.array(items),
            _ => match self.heap.items(value) {
                Some(items) => self.array(&items),
                None => Err(self.none(value)),
            },
        }
    }

    fn none(&self, value: Value) -> String {
        format!("no JSON form has {}", printer::brief(self.heap, value))
    }

    fn number(&mut self, value: Value, number: &Number) -> Result<(), String> {
        if number.is_exact_integer() {
            self.out.push_str(&number.to_text(10));
            return Ok(());
        }
        match number.to_inexact() {
            Number::Float(float) if float.is_finite() => {
                // Both forms keep the mark of an inexact number, and are read as the same number.
                self.out.push_str(&format!("{float:?}"));
                Ok(())
            }
            _ => Err(self.none(value)),
        }
    }

    fn enter(&mut self, close: &'static str) -> Result<(), String> {
        self.level += 1;
        if self.level > LEVELS_MAX {
            return Err(format!("more than {LEVELS_MAX} levels of lists within each other have no JSON form"));
        }
        self.todo.extend([Todo::Leave, Todo::Text(close)]);
        Ok(())
    }

    fn array(&mut self, items: &[Value]) -> Result<(), String> {
        self.enter("]")?;
        self.out.push('[');
        for (index, item) in items.iter().enumerate().rev() {
            self.todo.push(Todo::Value(*item));
            if index > 0 {
                self.todo.push(Todo::Text(","));
            }
        }
        Ok(())
    }

    fn entries(&mut self, entries: Vec<(Value, Value)>) -> Result<(), String> {
        self.enter("}")?;
        self.out.push('{');
        for (index, (key, value)) in entries.into_iter().enumerate().rev() {
            self.todo.push(Todo::Value(value));
            self.todo.push(Todo::Key(self.key(key)?));
            if index > 0 {
                self.todo.push(Todo::Text(","));
            }
        }
        Ok(())
    }

    fn key(&self, key: Value) -> Result<String, String> {
        match (key.kind(), self.heap.as_object(key)) {
            (Kind::Symbol(id), _) => Ok(self.heap.symbol(id).name.to_string()),
            (_, Some(Object::Text(text))) => Ok(text.as_str().to_owned()),
            (Kind::Int(number), _) => Ok(number.to_string()),
            _ => Err(format!("no key of a JSON object is {}", printer::brief(self.heap, key))),
        }
    }
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if u32::from(char) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(char))),
            char => out.push(char),
        }
    }
    out.push('"');
}
