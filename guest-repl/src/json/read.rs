//! Text to values, with a list of what is still open in place of recursion.

use super::LEVELS_MAX;
use crate::hashing::{hash, same};
use crate::heap::{Heap, Object, Sameness, Table};
use crate::number;
use crate::value::Value;

/// A list or an object whose end has not come.
enum Open {
    Array(Vec<Value>),
    /// Keys and values, and the key whose value comes next.
    Object(Vec<(Value, Value)>, Value),
}

struct Reader<'h, 't> {
    heap: &'h mut Heap,
    text: &'t str,
    at: usize,
    open: Vec<Open>,
}

/// The value that a JSON text stands for.
///
/// # Errors
/// Where the text is no JSON.
pub(crate) fn read(heap: &mut Heap, text: &str) -> Result<Value, String> {
    let mut reader = Reader { heap, text, at: 0, open: Vec::new() };
    let value = reader.run()?;
    reader.space();
    if reader.at < text.len() { Err(reader.wrong()) } else { Ok(value) }
}

// === impl Reader ===

impl Reader<'_, '_> {
    fn run(&mut self) -> Result<Value, String> {
        loop {
            let mut done = self.value()?;
            while let Some(value) = done {
                match self.open.pop() {
                    None => return Ok(value),
                    Some(open) => done = self.next(open, value)?,
                }
            }
        }
    }

    fn wrong(&self) -> String {
        format!("no JSON at byte {}", self.at)
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes `wanted` if it comes next.
    fn takes(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: u8) -> Result<(), String> {
        if self.takes(wanted) { Ok(()) } else { Err(self.wrong()) }
    }

    /// The next value, unless it begins a list or an object whose first value comes next.
    fn value(&mut self) -> Result<Option<Value>, String> {
        let value = match self.peek() {
            Some(b'[') => return self.array(),
            Some(b'{') => return self.object(),
            Some(b'"') => {
                let text = self.string()?;
                self.heap.text(text)
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Some(value))
    }

    fn word(&mut self) -> Result<Value, String> {
        for (word, value) in [("true", Some(Value::TRUE)), ("false", Some(Value::FALSE)), ("null", None)] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value.unwrap_or_else(|| Value::symbol(self.heap.intern(word))));
            }
        }
        Err(self.wrong())
    }

    fn opens(&mut self, open: Open) -> Result<Option<Value>, String> {
        if self.open.len() >= LEVELS_MAX {
            return Err(format!("more than {LEVELS_MAX} levels of JSON"));
        }
        self.open.push(open);
        Ok(None)
    }

    fn array(&mut self) -> Result<Option<Value>, String> {
        self.at += 1;
        if self.takes(b']') {
            return Ok(Some(Value::NIL));
        }
        self.opens(Open::Array(Vec::new()))
    }

    fn object(&mut self) -> Result<Option<Value>, String> {
        self.at += 1;
        if self.takes(b'}') {
            return Ok(Some(self.table(Vec::new())));
        }
        let key = self.key()?;
        self.opens(Open::Object(Vec::new(), key))
    }

    fn key(&mut self) -> Result<Value, String> {
        if self.peek() != Some(b'"') {
            return Err(self.wrong());
        }
        let key = self.string()?;
        let key = self.heap.text(key);
        self.expect(b':')?;
        Ok(key)
    }

    /// Puts a value into what is open; the whole of it when that ends.
    fn next(&mut self, open: Open, value: Value) -> Result<Option<Value>, String> {
        match open {
            Open::Array(mut items) => {
                items.push(value);
                if self.takes(b',') {
                    self.open.push(Open::Array(items));
                    return Ok(None);
                }
                self.expect(b']')?;
                Ok(Some(self.heap.list(&items)))
            }
            Open::Object(mut entries, key) => {
                entries.push((key, value));
                if self.takes(b',') {
                    let key = self.key()?;
                    self.open.push(Open::Object(entries, key));
                    return Ok(None);
                }
                self.expect(b'}')?;
                Ok(Some(self.table(entries)))
            }
        }
    }

    /// Of several values of one key the last counts.
    fn table(&mut self, entries: Vec<(Value, Value)>) -> Value {
        let mut table = Table::new(Sameness::Equal);
        for (key, value) in entries {
            let hash = hash(self.heap, key, Sameness::Equal);
            match table.find(hash, |known| same(self.heap, known, key, Sameness::Equal)) {
                Some(found) => table.set_value(found, value),
                None => table.add(hash, key, value),
            }
        }
        self.heap.insert(Object::Table(Box::new(table)))
    }

    /// JSON writes numbers as the language does, but for a leading zero and a point without digits.
    fn number(&mut self) -> Result<Value, String> {
        let rest = &self.text[self.at..];
        let end = rest.find(|char: char| !matches!(char, '0'..='9' | '.' | 'e' | 'E' | '+' | '-'));
        let text = &rest[..end.unwrap_or(rest.len())];
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let zero = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
        let bare =
            digits.iter().zip(digits.iter().skip(1).chain([&b'e'])).any(|(a, b)| *a == b'.' && !b.is_ascii_digit());
        let starts = digits.first().is_some_and(u8::is_ascii_digit);
        match number::parse(text, 10) {
            Some(Ok(number)) if starts && !zero && !bare => {
                self.at += text.len();
                Ok(number.into_value(self.heap))
            }
            _ => Err(self.wrong()),
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = rest.find(|char| char == '"' || char == '\\' || char < ' ') else {
                return Err(self.wrong());
            };
            out.push_str(&rest[..end]);
            self.at += end;
            match rest.as_bytes()[end] {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => out.push(self.escape()?),
                _ => return Err(self.wrong()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let kind = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match kind {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'u') => return self.unicode(),
            _ => return Err(self.wrong()),
        };
        self.at += 2;
        Ok(plain)
    }

    /// `\u00e9`, or a pair of surrogates; half a pair is replaced.
    fn unicode(&mut self) -> Result<char, String> {
        let first = self.unit(self.at).ok_or_else(|| self.wrong())?;
        self.at += 6;
        if (0xd800..0xdc00).contains(&first) {
            if let Some(second @ 0xdc00..0xe000) = self.unit(self.at) {
                self.at += 6;
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }
}
