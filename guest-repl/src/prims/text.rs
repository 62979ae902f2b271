//! Strings as text: order, case, parts.

use std::cmp::Ordering;

use super::lists::int;
use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::{Outcome, fault};
use crate::value::Value;

/// Defines a primitive that makes one text of another.
macro_rules! change {
    ($name:literal, $change:expr) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let change: fn(&str) -> String = $change;
            let text = change(context.string(arguments[0])?.as_str());
            Ok(context.heap.text(text))
        })
    };
}

/// Defines a primitive that compares texts.
macro_rules! order {
    ($name:literal, $key:expr, $holds:expr) => {
        Primitive::plain($name, 1, ANY, |context, arguments| chain(context, arguments, $key, $holds))
    };
}

pub(super) static TABLE: &[Primitive] = &[
    order!("string=?", str::to_owned, Ordering::is_eq),
    order!("string<?", str::to_owned, Ordering::is_lt),
    order!("string>?", str::to_owned, Ordering::is_gt),
    order!("string<=?", str::to_owned, Ordering::is_le),
    order!("string>=?", str::to_owned, Ordering::is_ge),
    order!("string-ci=?", str::to_lowercase, Ordering::is_eq),
    order!("string-ci<?", str::to_lowercase, Ordering::is_lt),
    order!("string-ci>?", str::to_lowercase, Ordering::is_gt),
    order!("string-ci<=?", str::to_lowercase, Ordering::is_le),
    order!("string-ci>=?", str::to_lowercase, Ordering::is_ge),
    change!("string-upcase", str::to_uppercase),
    change!("string-downcase", str::to_lowercase),
    change!("string-foldcase", str::to_lowercase),
    change!("string-reverse", |text| text.chars().rev().collect()),
    change!("%string-trim", |text| text.trim().to_owned()),
    change!("%string-trim-left", |text| text.trim_start().to_owned()),
    change!("%string-trim-right", |text| text.trim_end().to_owned()),
    Primitive::plain("string-null?", 1, 1, |context, arguments| {
        Ok(Value::bool(context.string(arguments[0])?.as_str().is_empty()))
    }),
    Primitive::plain("string-prefix?", 2, 2, |context, arguments| {
        let prefix = context.string(arguments[0])?.as_str();
        Ok(Value::bool(context.string(arguments[1])?.as_str().starts_with(prefix)))
    }),
    Primitive::plain("string-suffix?", 2, 2, |context, arguments| {
        let suffix = context.string(arguments[0])?.as_str();
        Ok(Value::bool(context.string(arguments[1])?.as_str().ends_with(suffix)))
    }),
    Primitive::plain("string-contains", 2, 2, |context, arguments| position(context, arguments[0], arguments[1], 0)),
    Primitive::plain("string-search-forward", 2, 3, |context, arguments| {
        let start = arguments.get(2).map_or(Ok(0), |start| context.index(*start))?;
        position(context, arguments[1], arguments[0], start)
    }),
    Primitive::plain("string-join", 1, 2, string_join),
    Primitive::plain("string-pad-left", 2, 3, |context, arguments| pad(context, arguments, true)),
    Primitive::plain("string-pad-right", 2, 3, |context, arguments| pad(context, arguments, false)),
];

fn chain(context: &Context, arguments: &[Value], key: fn(&str) -> String, holds: fn(Ordering) -> bool) -> Outcome {
    let texts = arguments.iter().map(|argument| Ok(key(context.string(*argument)?.as_str())));
    let texts: Vec<String> = texts.collect::<Outcome<_>>()?;
    Ok(Value::bool(texts.windows(2).all(|pair| holds(pair[0].cmp(&pair[1])))))
}

/// Where `part` first is in `text`, from `start` on, or `#f`.
fn position(context: &mut Context, text: Value, part: Value, start: usize) -> Outcome {
    let (text, part) = (context.string(text)?, context.string(part)?);
    if start > text.len() {
        return fault(format!("index {start} is out of range for a string of length {}", text.len()));
    }
    let rest = text.slice(start, text.len());
    match rest.find(part.as_str()) {
        Some(offset) => {
            let chars = rest[..offset].chars().count();
            int(context, start + chars)
        }
        None => Ok(Value::FALSE),
    }
}

fn string_join(context: &mut Context, arguments: &[Value]) -> Outcome {
    let items = context.list_items(arguments[0])?;
    let separator = arguments.get(1).map_or(Ok(" "), |separator| Ok(context.string(*separator)?.as_str()))?;
    let parts = items.into_iter().map(|item| Ok(context.string(item)?.as_str()));
    let text = parts.collect::<Outcome<Vec<&str>>>()?.join(separator);
    Ok(context.heap.text(text))
}

/// Padding on the left, or cutting there; and the other way round.
fn pad(context: &mut Context, arguments: &[Value], left: bool) -> Outcome {
    let (text, size) = (context.string(arguments[0])?, context.size(arguments[1])?);
    let fill = arguments.get(2).map_or(Ok(' '), |fill| context.char(*fill))?;
    let length = text.len();
    let padding: String = std::iter::repeat_n(fill, size.saturating_sub(length)).collect();
    let cut = length.saturating_sub(size);
    let padded =
        if left { padding + text.slice(cut, length) } else { text.slice(0, length - cut).to_owned() + &padding };
    Ok(context.heap.text(padded))
}
