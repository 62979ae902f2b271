//! JSON that is passed on as text: checked, and kept shallow enough for any reader's stack.

use serde::de::IgnoredAny;

/// How deep arrays and objects may lie in each other: what common readers take.
pub const DEPTH_MAX: usize = 100;

/// Checks that `text` is one JSON value, nested at most [`DEPTH_MAX`] deep. Builds nothing.
///
/// # Errors
/// What is wrong, on one line.
pub fn check_json(text: &str) -> Result<(), String> {
    // The depth first: the check of the rest would not mind it, and whoever reads it next would.
    if depth(text) > DEPTH_MAX {
        return Err(format!("it is nested more than {DEPTH_MAX} deep"));
    }
    serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(|error| error.to_string())
}

/// How deep brackets lie in each other outside of strings. Right for JSON, and some number for everything else.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_other_text_and_from_what_is_too_deep() {
        for good in ["1", "null", r#"{"a": [1, "]]]\"[["]}"#, &format!("{}{}", "[".repeat(100), "]".repeat(100))] {
            assert_eq!(check_json(good), Ok(()), "{good}");
        }
        for bad in ["", "1 2", "{", "[1,]", "\u{0}", &format!("{}{}", "[".repeat(101), "]".repeat(101))] {
            assert!(check_json(bad).is_err(), "{bad}");
        }
        assert!(check_json(&"[".repeat(1_000_000)).is_err());
    }
}
