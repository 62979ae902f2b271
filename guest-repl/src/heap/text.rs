//! Strings that can be indexed and changed by character.

/// A mutable string. Positions count characters; when all are ASCII, which is mostly so, that is a position in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text {
    text: String,
    ascii: bool,
}

// === impl Text ===

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { ascii: text.is_ascii(), text }
    }
}

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Characters in it.
    pub(crate) fn len(&self) -> usize {
        if self.ascii { self.text.len() } else { self.text.chars().count() }
    }

    /// The character at `position`.
    pub(crate) fn get(&self, position: usize) -> Option<char> {
        if self.ascii {
            self.text.as_bytes().get(position).map(|byte| char::from(*byte))
        } else {
            self.text.chars().nth(position)
        }
    }

    /// The characters from `start` to before `end`, which must be in order and in range.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &str {
        &self.text[self.offset(start)..self.offset(end)]
    }

    /// Puts `char` in place of the one at `position`, which must be in range.
    pub(crate) fn set(&mut self, position: usize, char: char) {
        let start = self.offset(position);
        let end = self.offset(position + 1);
        self.text.replace_range(start..end, char.encode_utf8(&mut [0; 4]));
        self.ascii = if char.is_ascii() { self.ascii || self.text.is_ascii() } else { false };
    }

    fn offset(&self, position: usize) -> usize {
        if self.ascii {
            return position;
        }
        self.text.char_indices().nth(position).map_or(self.text.len(), |(offset, _)| offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let text = Text::from("añb".to_owned());
        assert_eq!(text.len(), 3);
        assert_eq!(text.get(2), Some('b'));
        assert_eq!(text.get(3), None);
        assert_eq!(text.slice(1, 3), "ñb");
    }

    #[test]
    fn a_replaced_character_may_take_more_or_fewer_bytes() {
        let mut text = Text::from("abc".to_owned());
        text.set(1, 'ñ');
        assert_eq!((text.as_str(), text.len()), ("añc", 3));
        text.set(1, 'b');
        assert_eq!((text.as_str(), text.ascii), ("abc", true));
    }
}
