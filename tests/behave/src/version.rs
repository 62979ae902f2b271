//! What differs between versions of `behave`.

use std::hint::black_box;

use crate::{outside, ruin};

/// A test makes another version by writing another digit into the component's bytes.
static VERSION: [u8; 24] = *b"behave-version-number: 1";

pub(crate) fn number() -> u8 {
    black_box(&VERSION)[VERSION.len() - 1] - b'0'
}

/// Answers `same` in the first version. In a later one it does as it is told, and answers `same` where that allows it.
pub(crate) fn differ(how: &str) -> Result<String, String> {
    let later = number() > 1;
    match how {
        "more-clocks" => clocks(if later { 3 } else { 1 }),
        "fewer-clocks" => clocks(if later { 1 } else { 3 }),
        _ if !later => {}
        "random" => drop(outside::random()),
        "value" => return Ok("other".to_owned()),
        "error" => return Err("no longer".to_owned()),
        "trap" => ruin::trap(),
        "spin" => ruin::spin(),
        _ => return Err(format!("unknown difference: {how}")),
    }
    Ok("same".to_owned())
}

fn clocks(count: usize) {
    (0..count).for_each(|_| drop(outside::time()));
}
