//! How numbers are written.

use super::Number;

// === impl Number ===

impl Number {
    /// How the number is written in `radix`; floats are always decimal, with the fewest digits that read back the same.
    pub(crate) fn to_text(&self, radix: u32) -> String {
        match self {
            Self::Int(number) if radix == 10 => number.to_string(),
            Self::Int(number) => int_text(*number, radix),
            Self::Big(number) => number.to_str_radix(radix),
            Self::Ratio(ratio) => {
                format!("{}/{}", ratio.numerator.to_str_radix(radix), ratio.denominator.to_str_radix(radix))
            }
            Self::Float(number) => float_text(*number),
        }
    }

    /// Bits that its digits come from, roughly.
    pub(crate) fn bits(&self) -> u64 {
        match self {
            Self::Int(_) | Self::Float(_) => 64,
            Self::Big(number) => number.bits(),
            Self::Ratio(ratio) => ratio.numerator.bits() + ratio.denominator.bits(),
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
    fn floats_are_written_to_be_told_from_integers() {
        assert_eq!(Float(3.0).to_text(10), "3.0");
        assert_eq!(Float(0.1).to_text(10), "0.1");
        assert_eq!(Float(1e100).to_text(10), "1e100");
        assert_eq!(Float(-f64::INFINITY).to_text(10), "-inf.0");
        assert_eq!(Int(i64::MIN).to_text(16), "-8000000000000000");
    }
}
