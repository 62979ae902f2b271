//! From text to data, with a list of what is open in place of recursion.
//!
//! ```text
//! (a #(b 'c     open:  list from 0 · vector from 1 · quote from 2
//!               data:  a   b
//! ```

mod lexer;

use std::borrow::Cow;

use crate::heap::{Heap, Object};
use crate::number;
use crate::value::Value;

use lexer::{Lexer, Token};

/// How much of a word a message quotes.
const WORD_CHARS_MAX: usize = 60;

/// A datum of a command and where it starts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) datum: Value,
    /// In bytes.
    pub(crate) start: usize,
}

/// A line and a column of a command, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Why a text is no sequence of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// It ends too early: more text could make it whole.
    Incomplete(&'static str, Place),
    /// No more text could make it whole.
    Invalid(String, Place),
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    List {
        close: char,
    },
    /// After the dot; one datum and the parenthesis must follow.
    Tail {
        close: char,
    },
    Vector,
    Bytes,
    /// `'x` is `(quote x)`.
    Prefix(&'static str),
    /// `#;` hides the next datum.
    Hidden,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    opened: Opened,
    /// How many data there were when it was opened.
    start: usize,
    /// The byte of the text that it was opened at.
    at: usize,
}

/// Reads all data of `text`.
pub(crate) fn read(heap: &mut Heap, text: &str) -> Result<Vec<Form>, ReadError> {
    let mut reader = Reader { heap, text, open: Vec::new(), data: Vec::new(), forms: Vec::new() };
    let mut lexer = Lexer::new(text);
    while let Some((token, place)) = lexer.next_token()? {
        reader.take(token, place)?;
    }
    match reader.open.last() {
        None => Ok(reader.forms),
        Some(frame) => Err(ReadError::Incomplete(frame.opened.what(), Place::of(text, frame.at))),
    }
}

/// Reads the first datum of `text`, if it has one, and tells at which byte it ends.
pub(crate) fn read_first(heap: &mut Heap, text: &str) -> Result<Option<(Value, usize)>, ReadError> {
    let mut reader = Reader { heap, text, open: Vec::new(), data: Vec::new(), forms: Vec::new() };
    let mut lexer = Lexer::new(text);
    while let Some((token, place)) = lexer.next_token()? {
        reader.take(token, place)?;
        if let Some(form) = reader.forms.first() {
            return Ok(Some((form.datum, lexer.at())));
        }
    }
    match reader.open.last() {
        None => Ok(None),
        Some(frame) => Err(ReadError::Incomplete(frame.opened.what(), Place::of(text, frame.at))),
    }
}

/// Whether `text` is a sequence of data: what [`read`] says, on a heap of its own.
pub(crate) fn check(text: &str) -> Result<(), ReadError> {
    read(&mut Heap::new(), text).map(|_| ())
}

/// The name that a character is written by, if it has one.
pub(crate) fn char_name(char: char) -> Option<&'static str> {
    lexer::CHAR_NAMES.iter().find(|(_, named)| *named == char).map(|(name, _)| *name)
}

struct Reader<'a> {
    heap: &'a mut Heap,
    text: &'a str,
    open: Vec<Frame>,
    data: Vec<Value>,
    forms: Vec<Form>,
}

// === impl Reader ===

impl Reader<'_> {
    fn take(&mut self, token: Token<'_>, place: usize) -> Result<(), ReadError> {
        match token {
            Token::Open(close) => self.push(Opened::List { close }, place),
            Token::OpenVector => self.push(Opened::Vector, place),
            Token::OpenBytes => self.push(Opened::Bytes, place),
            Token::Prefix(keyword) => self.push(Opened::Prefix(keyword), place),
            Token::Hide => self.push(Opened::Hidden, place),
            Token::Close(close) => return self.close(close, place),
            Token::Dot => return self.dot(place),
            Token::Text(text) => {
                let datum = self.heap.text(text);
                return self.datum(datum, place);
            }
            Token::Char(char) => return self.datum(Value::char(char), place),
            Token::Bool(bool) => return self.datum(Value::bool(bool), place),
            Token::Name(name) => {
                let datum = Value::symbol(self.heap.intern(&name));
                return self.datum(datum, place);
            }
            Token::Word(word) => {
                let datum = self.word(word, place)?;
                return self.datum(datum, place);
            }
        }
        Ok(())
    }

    fn push(&mut self, opened: Opened, at: usize) {
        self.open.push(Frame { opened, start: self.data.len(), at });
    }

    fn dot(&mut self, place: usize) -> Result<(), ReadError> {
        match self.open.last_mut() {
            Some(Frame { opened, start, .. }) if *start < self.data.len() => {
                if let Opened::List { close } = *opened {
                    *opened = Opened::Tail { close };
                    return Ok(());
                }
            }
            _ => {}
        }
        Err(self.invalid("unexpected `.`", place))
    }

    fn close(&mut self, close: char, place: usize) -> Result<(), ReadError> {
        let Some(frame) = self.open.pop() else { return Err(stray(self.text, close, place)) };
        let datum = match frame.opened {
            Opened::List { close: expected } if expected == close => self.list(frame.start, Value::NIL),
            Opened::Tail { close: expected } if expected == close && self.tail_is_there(frame.start) => {
                let tail = self.data.pop().expect("a datum after the dot");
                self.data.pop();
                self.list(frame.start, tail)
            }
            Opened::Vector if close == ')' => {
                let items = self.data.split_off(frame.start);
                self.heap.vector(items)
            }
            Opened::Bytes if close == ')' => self.bytes(frame)?,
            _ => return Err(stray(self.text, close, place)),
        };
        self.datum(datum, frame.at)
    }

    fn bytes(&mut self, frame: Frame) -> Result<Value, ReadError> {
        let items = self.data.split_off(frame.start);
        let bytes = items.iter().map(|item| item.as_small().and_then(|number| u8::try_from(number).ok()));
        match bytes.collect::<Option<Box<[u8]>>>() {
            Some(bytes) => Ok(self.heap.insert(Object::Bytes(bytes))),
            None => Err(self.invalid("a bytevector holds integers from 0 to 255", frame.at)),
        }
    }

    fn list(&mut self, start: usize, tail: Value) -> Value {
        let list = self.heap.list_with_tail(&self.data[start..], tail);
        self.data.truncate(start);
        list
    }

    /// Hands a whole datum to whatever waits for it.
    fn datum(&mut self, mut datum: Value, mut place: usize) -> Result<(), ReadError> {
        while let Some(frame) = self.open.last().copied() {
            match frame.opened {
                Opened::Prefix(keyword) => {
                    place = frame.at;
                    let keyword = Value::symbol(self.heap.intern(keyword));
                    datum = self.heap.list(&[keyword, datum]);
                    self.open.pop();
                }
                Opened::Hidden => {
                    self.open.pop();
                    return Ok(());
                }
                Opened::Tail { .. } if self.tail_is_there(frame.start) => {
                    return Err(self.invalid("one datum must follow `.`", place));
                }
                Opened::Tail { .. } => {
                    // The tail is told from the items by a mark in front of it.
                    self.data.push(Value::UNBOUND);
                    self.data.push(datum);
                    return Ok(());
                }
                Opened::List { .. } | Opened::Vector | Opened::Bytes => {
                    self.data.push(datum);
                    return Ok(());
                }
            }
        }
        self.forms.push(Form { datum, start: place });
        Ok(())
    }

    fn invalid(&self, text: impl Into<String>, at: usize) -> ReadError {
        ReadError::Invalid(text.into(), Place::of(self.text, at))
    }

    fn tail_is_there(&self, start: usize) -> bool {
        let items = self.data.len() - start;
        items >= 2 && self.data[self.data.len() - 2] == Value::UNBOUND
    }

    fn word(&mut self, word: &str, place: usize) -> Result<Value, ReadError> {
        match number::parse(word, 10) {
            Some(Ok(number)) => return Ok(number.into_value(self.heap)),
            Some(Err(error)) => return Err(self.invalid(format!("{error}: {}", start_of(word)), place)),
            None => {}
        }
        if word.starts_with('#') {
            return Err(self.invalid(format!("unknown syntax: {}", start_of(word)), place));
        }
        Ok(Value::symbol(self.heap.intern(word)))
    }
}

// === impl Place ===

impl Place {
    /// The place of a byte in a text. Found by counting, so asked for only when there is something to say.
    pub(crate) fn of(text: &str, byte: usize) -> Self {
        let before = &text[..byte];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

// === impl Opened ===

impl Opened {
    /// What is missing when the text ends here.
    fn what(self) -> &'static str {
        match self {
            Self::List { .. } | Self::Tail { .. } => "a list",
            Self::Vector => "a vector",
            Self::Bytes => "a bytevector",
            Self::Prefix(_) | Self::Hidden => "an expression",
        }
    }
}

// === impl ReadError ===

impl std::fmt::Display for ReadError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Incomplete(what, place) => write!(out, "the text ends inside {what} that starts at {place}"),
            Self::Invalid(text, place) => write!(out, "{text} at {place}"),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.line, self.column)
    }
}

/// A word for a message, cut when it is long.
fn start_of(word: &str) -> Cow<'_, str> {
    match word.char_indices().nth(WORD_CHARS_MAX) {
        Some((cut, _)) => Cow::Owned(format!("{}…", &word[..cut])),
        None => Cow::Borrowed(word),
    }
}

fn stray(text: &str, close: char, at: usize) -> ReadError {
    ReadError::Invalid(format!("unexpected `{close}`"), Place::of(text, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printer;

    fn round_trip(text: &str) -> String {
        let mut heap = Heap::new();
        match read(&mut heap, text) {
            Ok(forms) => forms.iter().map(|form| printer::written(&heap, form.datum)).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn data_come_back_as_they_were_written() {
        for text in [
            "(a b . c)",
            "(1 -2 3.5)",
            "#u8(0 255)",
            "#(1 \"x\" #\\y)",
            "'a",
            "`(a ,b ,@c)",
            "(a (b) ())",
            "#\\space",
            "#t",
        ] {
            assert_eq!(round_trip(text), text);
        }
    }

    #[test]
    fn comments_of_all_three_kinds_are_skipped() {
        assert_eq!(round_trip("1 ; two\n #| 3 #| 4 |# |# #;(5 6) 7"), "1 7");
    }

    #[test]
    fn what_is_missing_is_said_with_its_place() {
        assert_eq!(round_trip("(a\n (b"), "the text ends inside a list that starts at 2:2");
        assert_eq!(round_trip("\"abc"), "the text ends inside a string that starts at 1:1");
        assert_eq!(round_trip("a)"), "unexpected `)` at 1:2");
        assert_eq!(round_trip("(a . b c)"), "one datum must follow `.` at 1:8");
        assert_eq!(round_trip("(a . )"), "unexpected `)` at 1:6");
        assert_eq!(round_trip("( . a)"), "unexpected `.` at 1:3");
    }

    #[test]
    fn a_million_levels_are_read() {
        let depth = 1_000_000;
        let text = format!("{}{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(round_trip(&text), text);
    }

    #[test]
    fn beginnings_are_told_from_what_nothing_makes_whole() {
        let beginnings = ["(a", "\"a", "'", "#(1", "#u8(1", "#| ", "#;", "#\\", "(1 . ", "(1 . 2", "(1 . 2 #;3"];
        let invalid =
            ["a)", "#u8(1]", "(a]", "(1 . 2 3)", "(1 . 2 3", "(1 . )", "( . 1)", "(')", "#u8(256)", "#nothing"];
        for text in ["(a b)", "[a]", "; x", "", "(1 . 2)", "(1 . 2 #;3)"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in beginnings {
            assert!(matches!(check(text), Err(ReadError::Incomplete(..))), "{text}");
        }
        for text in invalid {
            assert!(matches!(check(text), Err(ReadError::Invalid(..))), "{text}");
        }
    }
}
