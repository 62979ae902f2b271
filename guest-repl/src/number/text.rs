//! Numbers as text.

use super::Number;

/// The number that `text` spells in `radix`, which a prefix such as `#x` overrides.
pub(crate) fn parse(text: &str, radix: u32) -> Option<Number> {
    if let Some(rest) = text.strip_prefix('#') {
        let (mark, rest) = rest.split_at_checked(1)?;
        return match mark {
            "x" => parse(rest, 16),
            "b" => parse(rest, 2),
            "o" => parse(rest, 8),
            "d" => parse(rest, 10),
            "e" => parse(rest, radix)?.to_exact().ok(),
            "i" => Some(parse(rest, radix)?.to_inexact()),
            _ => None,
        };
    }
    match text {
        "+inf.0" => return Some(Number::Float(f64::INFINITY)),
        "-inf.0" => return Some(Number::Float(f64::NEG_INFINITY)),
        "+nan.0" | "-nan.0" => return Some(Number::Float(f64::NAN)),
        _ => {}
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    if let Ok(number) = i64::from_str_radix(text, radix) {
        return Some(Number::Int(number));
    }
    if radix == 10 && is_float_text(digits) { text.parse().ok().map(Number::Float) } else { None }
}

/// Whether `text` is an integer in decimal, of whatever size.
pub(crate) fn is_integer_text(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits with a point, an exponent, or both; Rust's own parser would take `inf` and `nan` too.
fn is_float_text(digits: &str) -> bool {
    let starts = digits.starts_with(|char: char| char.is_ascii_digit() || char == '.');
    let float = digits.contains(['.', 'e', 'E']);
    let known = digits.chars().all(|char| char.is_ascii_digit() || matches!(char, '.' | 'e' | 'E' | '+' | '-'));
    starts && float && known
}

// === impl Number ===

impl Number {
    /// How the number is written in `radix`; floats are always decimal, with the fewest digits that read back the same.
    pub(crate) fn to_text(self, radix: u32) -> String {
        match self {
            Self::Int(number) if radix == 10 => number.to_string(),
            Self::Int(number) => int_text(number, radix),
            Self::Float(number) => float_text(number),
        }
    }
}

fn int_text(number: i64, radix: u32) -> String {
    let mut digits = Vec::new();
    let mut left = number.unsigned_abs();
    loop {
        let digit = u32::try_from(left % u64::from(radix)).expect("less than the radix");
        digits.push(char::from_digit(digit, radix).expect("less than the radix"));
        left /= u64::from(radix);
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push('-');
    }
    digits.iter().rev().collect()
}

fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "+nan.0".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+inf.0" } else { "-inf.0" }.to_owned();
    }
    format!("{number:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Float, Int};

    #[test]
    fn numbers_are_told_from_names() {
        for name in ["+", "-", "...", "1+", "a1", "inf", "nan", "-x", "e5", "--1", "+-1", "1e", ""] {
            assert_eq!(parse(name, 10), None, "{name}");
        }
    }

    #[test]
    fn every_notation_is_read() {
        let read = |text| parse(text, 10).expect(text);
        assert_eq!(read("-12"), Int(-12));
        assert_eq!(read("+7"), Int(7));
        assert_eq!(read("#xff"), Int(255));
        assert_eq!(read("#b-101"), Int(-5));
        assert_eq!(read(".5"), Float(0.5));
        assert_eq!(read("1e3"), Float(1000.0));
        assert_eq!(read("#e2.0"), Int(2));
        assert_eq!(read("#i2"), Float(2.0));
    }

    #[test]
    fn floats_are_written_to_be_told_from_integers() {
        assert_eq!(Float(3.0).to_text(10), "3.0");
        assert_eq!(Float(0.1).to_text(10), "0.1");
        assert_eq!(Float(1e100).to_text(10), "1e100");
        assert_eq!(Float(-f64::INFINITY).to_text(10), "-inf.0");
        assert_eq!(Int(i64::MIN).to_text(16), "-8000000000000000");
    }
}
