//! Reading values in human units. Each reader takes the text and answers the value, or says what would be right.

use std::ops::RangeInclusive;
use std::time::Duration;

pub(super) const KIB: u64 = 1 << 10;
pub(super) const MIB: u64 = 1 << 20;
pub(super) const GIB: u64 = 1 << 30;
pub(super) const TIB: u64 = 1 << 40;

/// Units of a size. Only the unambiguous ones: `M` means either to as many people.
const SIZES: [(&str, u64); 8] = [
    ("TiB", TIB),
    ("GiB", GIB),
    ("MiB", MIB),
    ("KiB", KIB),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("B", 1),
];

/// Units of a duration, in milliseconds. `ms` stands before `s`, which it ends with.
const TIMES: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A number of bytes: digits and a unit, or digits alone.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "expected a size such as \"64MiB\", in B, KiB, MiB, GiB, TiB, KB, MB or GB".to_owned();
    let (digits, unit) = split_unit(text, &SIZES).unwrap_or((text, 1));
    digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wrong)
}

/// A duration: digits and a unit. A bare number would have to be guessed at, except 0.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a duration such as \"10s\", in ms, s, m, h or d".to_owned();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (digits, unit) = split_unit(text, &TIMES).ok_or_else(wrong)?;
    let milliseconds = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    milliseconds.map(Duration::from_millis).ok_or_else(wrong)
}

/// A whole number. Underscores may group its digits, as in TOML.
pub(super) fn number(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| "expected a whole number".to_owned())
}

/// `true` or `false`; the environment's usual 1 and 0 too.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

/// Holds a value to a range; `show` writes the bounds in the unit that the value is given in.
pub(super) fn within<T: PartialOrd>(
    value: T,
    range: RangeInclusive<T>,
    show: impl Fn(&T) -> String,
) -> Result<T, String> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err(format!("must be between {} and {}", show(range.start()), show(range.end())))
}

/// A size as people write it: in the largest binary unit that leaves it whole.
pub(super) fn show_size(bytes: &u64) -> String {
    let whole = |(_, unit): &&(&str, u64)| unit.is_power_of_two() && *bytes >= *unit && bytes.is_multiple_of(*unit);
    match SIZES.iter().find(whole) {
        Some((name, unit)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// A duration as people write it: in the largest unit that leaves it whole.
pub(super) fn show_duration(duration: &Duration) -> String {
    let milliseconds = duration.as_millis();
    let whole =
        |(_, unit): &&(&str, u64)| milliseconds >= u128::from(*unit) && milliseconds.is_multiple_of(u128::from(*unit));
    match TIMES.iter().rev().find(whole) {
        Some((name, unit)) => format!("{}{name}", milliseconds / u128::from(*unit)),
        None => "0".to_owned(),
    }
}

fn split_unit<'a>(text: &'a str, units: &[(&str, u64)]) -> Option<(&'a str, u64)> {
    units.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?.trim_end(), *unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown_in_their_units() {
        let sizes = [("64MiB", 64 * MIB), ("4 GiB", 4 * GIB), ("17", 17), ("0B", 0), ("2KB", 2000), ("1TiB", TIB)];
        for (text, bytes) in sizes {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "1M", "-1B", "1.5GiB", "99999999TiB", "1 GiB x"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!([MIB, 3 * KIB, 1500, 0].map(|bytes| show_size(&bytes)), ["1MiB", "3KiB", "1500B", "0B"]);
    }

    #[test]
    fn durations_are_read_and_shown_in_their_units() {
        for (text, ms) in [("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("2 h", 7_200_000), ("1d", 86_400_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for text in ["", "10", "s", "1.5s", "-1s", "99999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(
            [0, 1500, 90_000, 120_000].map(|ms| show_duration(&Duration::from_millis(ms))),
            ["0", "1500ms", "90s", "2m"]
        );
    }
}
