//! How numbers are read.
//!
//! ```text
//! number   prefix* real           at most one prefix for the radix and one for exactness, in any order
//! prefix   #x #b #o #d · #e #i
//! real     ±digits · ±digits/digits · ±digits.digits e±digits (decimal only) · ±inf.0 · ±nan.0
//! ```

use num_bigint::BigInt;
use num_traits::Num as _;

use super::{BITS_MAX, Number, NumberError, Result};

/// Digits that are turned into an integer in one go: the work grows with the square of it.
const DIGITS_AT_ONCE: usize = 2000;

/// A decimal fraction taken apart.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: &'a str,
}

/// The number that `text` spells in `radix`, which a prefix such as `#x` overrides. `None` when it spells none, an error
/// when it spells one that there is not, as `1/0` does.
pub(crate) fn parse(text: &str, radix: u32) -> Option<Result> {
    let (mut rest, mut radix, mut exactness) = (text, radix, None);
    let mut radix_given = false;
    while let Some(marked) = rest.strip_prefix('#') {
        let mark = marked.chars().next()?.to_ascii_lowercase();
        match mark {
            'e' | 'i' if exactness.is_none() => exactness = Some(mark == 'e'),
            'x' | 'b' | 'o' | 'd' if !radix_given => {
                radix_given = true;
                radix = radix_of(mark);
            }
            _ => return None,
        }
        rest = &marked[1..];
    }
    let number = real(rest, radix, exactness == Some(true))?;
    Some(number.and_then(|number| match exactness {
        Some(true) => number.to_exact(),
        Some(false) => Ok(number.to_inexact()),
        None => Ok(number),
    }))
}

fn radix_of(mark: char) -> u32 {
    match mark {
        'x' => 16,
        'b' => 2,
        'o' => 8,
        _ => 10,
    }
}

/// A number without prefixes. With `exact`, a decimal fraction is taken at its word.
fn real(text: &str, radix: u32, exact: bool) -> Option<Result> {
    if let Some(special) = special(text) {
        return Some(Ok(Number::Float(special)));
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let first = digits.chars().next()?;
    if !first.is_digit(radix) && first != '.' {
        return None;
    }
    if let Ok(number) = i64::from_str_radix(text, radix) {
        return Some(Ok(Number::Int(number)));
    }
    let negative = text.starts_with('-');
    if are_digits(digits, radix) {
        return Some(natural(digits, radix).and_then(|number| signed(negative, number)));
    }
    if let Some((numerator, denominator)) = digits.split_once('/') {
        let spelled = are_digits(numerator, radix) && are_digits(denominator, radix);
        return spelled.then(|| ratio(negative, numerator, denominator, radix));
    }
    let decimal = Decimal::take_apart(negative, digits).filter(|_| radix == 10)?;
    if exact { Some(decimal.exact()) } else { text.parse().ok().map(|number| Ok(Number::Float(number))) }
}

/// Floats that have no digits.
fn special(text: &str) -> Option<f64> {
    const SPECIALS: [(&str, f64); 4] =
        [("+inf.0", f64::INFINITY), ("-inf.0", f64::NEG_INFINITY), ("+nan.0", f64::NAN), ("-nan.0", f64::NAN)];
    SPECIALS.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, number)| number)
}

fn are_digits(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_digit(radix))
}

fn signed(negative: bool, number: BigInt) -> Result {
    Number::integer(if negative { -number } else { number })
}

fn ratio(negative: bool, numerator: &str, denominator: &str, radix: u32) -> Result {
    let (numerator, denominator) = (natural(numerator, radix)?, natural(denominator, radix)?);
    if denominator == BigInt::ZERO {
        return Err(NumberError::DivisionByZero);
    }
    Number::ratio(if negative { -numerator } else { numerator }, denominator)
}

/// The integer that digits spell, put together from parts pair by pair.
fn natural(digits: &str, radix: u32) -> Result<BigInt> {
    if (digits.len() as u64).saturating_mul(u64::from(radix.ilog2())) > BITS_MAX {
        return Err(NumberError::TooLarge);
    }
    let mut parts: Vec<BigInt> = Vec::new();
    for part in digits.as_bytes().rchunks(DIGITS_AT_ONCE) {
        let part = std::str::from_utf8(part).ok().and_then(|part| BigInt::from_str_radix(part, radix).ok());
        parts.push(part.unwrap_or_default());
    }
    let mut scale = BigInt::from(radix).pow(u32::try_from(DIGITS_AT_ONCE).unwrap_or(u32::MAX));
    while parts.len() > 1 {
        parts =
            parts.chunks(2).map(|pair| pair.get(1).map_or(pair[0].clone(), |high| high * &scale + &pair[0])).collect();
        if parts.len() > 1 {
            scale = &scale * &scale;
        }
    }
    Ok(parts.pop().unwrap_or_default())
}

// === impl Decimal ===

impl<'a> Decimal<'a> {
    /// Digits with a point, an exponent, or both.
    fn take_apart(negative: bool, digits: &'a str) -> Option<Self> {
        let (significand, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
        let (whole, fraction) = significand.split_once('.').unwrap_or((significand, ""));
        let size = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let spelled = plain(whole) && plain(fraction) && (whole.len() + fraction.len()) > 0 && are_digits(size, 10);
        spelled.then_some(Self { negative, whole, fraction, exponent })
    }

    /// Exactly the number that is written.
    fn exact(&self) -> Result {
        let digits = [self.whole, self.fraction].concat();
        let significand = natural(&digits, 10)?;
        if significand == BigInt::ZERO {
            return Ok(Number::Int(0));
        }
        let significand = signed(self.negative, significand)?;
        let length = i64::try_from(self.fraction.len()).unwrap_or(i64::MAX);
        let exponent = self.exponent().saturating_sub(length);
        significand.mul(&Number::Int(10).power(&Number::Int(exponent))?)
    }

    /// What does not fit is too large, whatever it is.
    fn exponent(&self) -> i64 {
        let beyond = if self.exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        self.exponent.parse().unwrap_or(beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Float, Int};

    fn written(text: &str) -> String {
        match parse(text, 10) {
            Some(Ok(number)) => number.to_text(10),
            Some(Err(error)) => format!("{error:?}"),
            None => "none".to_owned(),
        }
    }

    #[test]
    fn numbers_are_told_from_names() {
        let names = ["+", "-", "...", "1+", "a1", "inf", "nan", "-x", "e5", "--1", "+-1", "1e", "", ".", "+.", "1e+"];
        let more =
            ["1/", "/2", "1/-2", "1/2/3", "1.5/2", "1/2.0", "1/2e3", "1_000", "99999999999999999999_", "#", "#e"];
        let prefixes = ["#x#x1", "#e#i1", "#e#x#e1", "#q1", "#é1", "#xg", "#b2", "#x1.8", "1.2.3", "1e2e3", "1e2.5"];
        for name in [&names[..], &more, &prefixes].concat() {
            assert_eq!(parse(name, 10), None, "{name}");
        }
    }

    #[test]
    fn every_notation_is_read() {
        let read = |text| parse(text, 10).expect(text).expect(text);
        assert_eq!(read("-12"), Int(-12));
        assert_eq!(read("+7"), Int(7));
        assert_eq!(read("#xff"), Int(255));
        assert_eq!(read("#XfF"), Int(255));
        assert_eq!(read("#b-101"), Int(-5));
        assert_eq!(read(".5"), Float(0.5));
        assert_eq!(read("5."), Float(5.0));
        assert_eq!(read("1e3"), Float(1000.0));
        assert_eq!(read("-1.5E-3"), Float(-0.0015));
        assert_eq!(read("#e2.0"), Int(2));
        assert_eq!(read("#i2"), Float(2.0));
        assert_eq!(read("#x#i10"), Float(16.0));
        assert_eq!(read("#i#x10"), Float(16.0));
        assert_eq!(read("#e1e3"), Int(1000));
        assert_eq!(read("+INF.0"), Float(f64::INFINITY));
    }

    #[test]
    fn exact_numbers_are_what_is_written() {
        for (text, expected) in [
            ("1/3", "1/3"),
            ("-6/4", "-3/2"),
            ("6/3", "2"),
            ("0/5", "0"),
            ("#xA/c", "5/6"),
            ("#e1.5", "3/2"),
            ("#e-0.1", "-1/10"),
            ("#e1.2e-3", "3/2500"),
            ("#e.5e1", "5"),
            ("#e0e99999999999999999999", "0"),
            ("#i1/3", "0.3333333333333333"),
            ("-12345678901234567890", "-12345678901234567890"),
            ("#xFFFFFFFFFFFFFFFFFFFF", "1208925819614629174706175"),
            ("1/0", "DivisionByZero"),
            ("#i1/0", "DivisionByZero"),
            ("#e1e99999999999999999999", "TooLarge"),
            ("#e1e-99999999999999999999", "TooLarge"),
            ("#e1e100000000", "TooLarge"),
            ("#e+inf.0", "NotExact"),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }

    #[test]
    fn long_numbers_are_put_together_from_parts() {
        for length in [1999, 2000, 2001, 3999, 4000, 4001, 8000, 10_001, 14_000] {
            let text: String = ('1'..='9').chain(['0']).cycle().take(length).collect();
            assert_eq!(written(&text), text);
        }
    }

    #[test]
    fn many_prefixes_are_no_danger() {
        assert_eq!(parse(&"#x".repeat(1_000_000), 10), None);
    }
}
