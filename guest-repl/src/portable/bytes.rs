//! Numbers and texts as bytes.

/// What is wrong with saved bytes.
pub(super) type Read<T = ()> = Result<T, String>;

/// Bytes being written.
#[derive(Default)]
pub(super) struct Output(pub(super) Vec<u8>);

/// Bytes being read.
pub(super) struct Input<'a> {
    rest: &'a [u8],
}

// === impl Output ===

impl Output {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    pub(super) fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    pub(super) fn signed(&mut self, number: i64) {
        self.number(zigzag(number));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Nothing as 0, anything else as one more than it is.
    pub(super) fn optional(&mut self, number: Option<u64>) {
        self.number(number.map_or(0, |number| number + 1));
    }
}

// === impl Input ===

impl<'a> Input<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) fn byte(&mut self) -> Read<u8> {
        let Some((byte, rest)) = self.rest.split_first() else { return Err("it ends too early".to_owned()) };
        self.rest = rest;
        Ok(*byte)
    }

    pub(super) fn number(&mut self) -> Read<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            number |= bits << shift;
            if shift == 63 && bits > 1 {
                break;
            }
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("a number is too large".to_owned())
    }

    pub(super) fn signed(&mut self) -> Read<i64> {
        self.number().map(unzigzag)
    }

    /// How many things follow, each of a byte at least.
    pub(super) fn count(&mut self) -> Read<usize> {
        match usize::try_from(self.number()?) {
            Ok(count) if count <= self.rest.len() => Ok(count),
            _ => Err("a count is more than what follows".to_owned()),
        }
    }

    pub(super) fn bytes(&mut self) -> Read<&'a [u8]> {
        let count = self.count()?;
        let (bytes, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> Read<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| "a text is not UTF-8".to_owned())
    }

    pub(super) fn optional(&mut self) -> Read<Option<u64>> {
        Ok(self.number()?.checked_sub(1))
    }

    pub(super) fn flag(&mut self) -> Read<bool> {
        match self.byte()? {
            flag @ 0..=1 => Ok(flag == 1),
            _ => Err("a flag is neither 0 nor 1".to_owned()),
        }
    }

    pub(super) fn end(&self) -> Read {
        if self.rest.is_empty() { Ok(()) } else { Err("more follows than there should be".to_owned()) }
    }
}

#[expect(clippy::cast_sign_loss, reason = "all bits are kept")]
pub(super) fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

#[expect(clippy::cast_possible_wrap, reason = "all bits are kept")]
pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}
