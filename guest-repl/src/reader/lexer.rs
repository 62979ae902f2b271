//! From text to tokens. Knows nothing of the heap, so that looking whether a command is complete changes nothing.

use std::borrow::Cow;

use super::{Place, ReadError};

/// The smallest meaningful piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Carries the character that closes it.
    Open(char),
    OpenVector,
    OpenBytes,
    Close(char),
    Dot,
    /// Stands for a list of this keyword and the next datum.
    Prefix(&'static str),
    /// The next datum is a comment.
    Hide,
    Text(String),
    Char(char),
    Bool(bool),
    /// A symbol for sure: `|a b|`.
    Name(Cow<'a, str>),
    /// A number or a symbol.
    Word(&'a str),
}

/// A place in a text.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// Names that characters go by.
pub(crate) const CHAR_NAMES: &[(&str, char)] = &[
    ("space", ' '),
    ("newline", '\n'),
    ("tab", '\t'),
    ("return", '\r'),
    ("null", '\0'),
    ("nul", '\0'),
    ("alarm", '\u{7}'),
    ("backspace", '\u{8}'),
    ("escape", '\u{1b}'),
    ("delete", '\u{7f}'),
];

type Lexed<T> = Result<T, ReadError>;

// === impl Lexer ===

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte after the last token.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next token and the byte that it starts at; `None` at the end.
    pub(super) fn next_token(&mut self) -> Lexed<Option<(Token<'a>, usize)>> {
        self.skip()?;
        let place = self.at;
        let Some(char) = self.peek() else { return Ok(None) };
        let token = match char {
            '(' => self.single(Token::Open(')')),
            '[' => self.single(Token::Open(']')),
            ')' | ']' => self.single(Token::Close(char)),
            '\'' => self.single(Token::Prefix("quote")),
            '`' => self.single(Token::Prefix("quasiquote")),
            ',' if self.rest().starts_with(",@") => self.double(Token::Prefix("unquote-splicing")),
            ',' => self.single(Token::Prefix("unquote")),
            '"' => Token::Text(self.quoted('"', "a string", place)?),
            '|' => Token::Name(Cow::Owned(self.quoted('|', "a symbol", place)?)),
            '#' => self.hash(place)?,
            _ => match self.word() {
                "." => Token::Dot,
                word => Token::Word(word),
            },
        };
        Ok(Some((token, place)))
    }

    fn hash(&mut self, place: usize) -> Lexed<Token<'a>> {
        let rest = self.rest();
        if rest.starts_with("#(") {
            return Ok(self.double(Token::OpenVector));
        }
        if rest.starts_with("#u8(") {
            self.at += 4;
            return Ok(Token::OpenBytes);
        }
        if rest.starts_with("#;") {
            return Ok(self.double(Token::Hide));
        }
        if rest.starts_with("#\\") {
            return self.char(place);
        }
        Ok(match self.word() {
            "#t" | "#true" => Token::Bool(true),
            "#f" | "#false" => Token::Bool(false),
            word => Token::Word(word),
        })
    }

    fn char(&mut self, place: usize) -> Lexed<Token<'a>> {
        self.at += 2;
        let Some(first) = self.peek() else { return self.incomplete("a character", place) };
        let start = self.at;
        self.advance();
        self.word();
        let name = &self.text[start..self.at];
        if name.len() == first.len_utf8() {
            return Ok(Token::Char(first));
        }
        let named = CHAR_NAMES.iter().find(|(known, _)| *known == name).map(|(_, char)| *char);
        let coded = || name.strip_prefix('x').and_then(|hex| char::from_u32(u32::from_str_radix(hex, 16).ok()?));
        match named.or_else(coded) {
            Some(char) => Ok(Token::Char(char)),
            None => self.invalid(format!("unknown character: #\\{name}"), place),
        }
    }

    /// The text up to `end`, escapes resolved; both quotes are consumed.
    fn quoted(&mut self, end: char, what: &'static str, place: usize) -> Lexed<String> {
        let mut text = String::new();
        self.advance();
        loop {
            match self.advance() {
                None => return self.incomplete(what, place),
                Some(char) if char == end => return Ok(text),
                Some('\\') => self.escape(&mut text, what, place)?,
                Some(char) => text.push(char),
            }
        }
    }

    fn escape(&mut self, text: &mut String, what: &'static str, place: usize) -> Lexed<()> {
        let escaped = match self.advance() {
            None => return self.incomplete(what, place),
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('0') => '\0',
            Some('x') => return self.hex_escape(text, what, place),
            Some(space) if space.is_whitespace() => {
                self.continue_line(space);
                return Ok(());
            }
            Some(char @ ('\\' | '"' | '|')) => char,
            Some(char) => return self.invalid(format!("unknown escape: \\{char}"), place),
        };
        text.push(escaped);
        Ok(())
    }

    fn hex_escape(&mut self, text: &mut String, what: &'static str, place: usize) -> Lexed<()> {
        let Some(length) = self.rest().find(';') else { return self.incomplete(what, place) };
        let hex = &self.rest()[..length];
        let char = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
        let Some(char) = char else { return self.invalid(format!("unknown escape: \\x{hex};"), place) };
        self.at += length + 1;
        text.push(char);
        Ok(())
    }

    /// After a backslash at the end of a line: skips the white space on both sides of the line's end.
    fn continue_line(&mut self, first: char) {
        let mut ended = first == '\n';
        while let Some(char) = self.peek().filter(|char| char.is_whitespace()) {
            if char == '\n' && std::mem::replace(&mut ended, true) {
                return;
            }
            self.advance();
        }
    }

    /// Skips white space and comments.
    fn skip(&mut self) -> Lexed<()> {
        while let Some(char) = self.peek() {
            if char.is_whitespace() {
                self.advance();
            } else if char == ';' {
                while self.peek().is_some_and(|char| char != '\n') {
                    self.advance();
                }
            } else if self.rest().starts_with("#|") {
                self.block_comment()?;
            } else {
                break;
            }
        }
        Ok(())
    }

    fn block_comment(&mut self) -> Lexed<()> {
        let place = self.at;
        let mut depth = 0_usize;
        loop {
            let step = match self.rest() {
                rest if rest.starts_with("#|") => 1,
                rest if rest.starts_with("|#") => -1,
                "" => return self.incomplete("a comment", place),
                _ => 0,
            };
            depth = depth.saturating_add_signed(step);
            self.advance();
            if step != 0 {
                self.advance();
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let ends =
            |char: char| char.is_whitespace() || matches!(char, '(' | ')' | '[' | ']' | '"' | ';' | '\'' | '`' | ',');
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn single(&mut self, token: Token<'a>) -> Token<'a> {
        self.at += 1;
        token
    }

    fn double(&mut self, token: Token<'a>) -> Token<'a> {
        self.at += 2;
        token
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn advance(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn incomplete<T>(&self, what: &'static str, start: usize) -> Lexed<T> {
        Err(ReadError::Incomplete(what, Place::of(self.text, start)))
    }

    fn invalid<T>(&self, text: String, start: usize) -> Lexed<T> {
        Err(ReadError::Invalid(text, Place::of(self.text, start)))
    }
}
