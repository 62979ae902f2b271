//! Strings by their parts: taking apart, looking for, replacing.

use super::Primitive;
use super::lists::int;
use crate::context::Context;
use crate::fault::{Outcome, expected, fault};
use crate::heap::Object;
use crate::value::{Kind, Value};

/// The longest string that a primitive makes of a shorter one by repetition: what comes near it is a mistake.
const BYTES_MAX: usize = 1 << 28;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("string-split", 1, 2, string_split),
    Primitive::plain("string-contains?", 2, 2, |context, arguments| {
        let (text, part) = (context.string(arguments[0])?, context.string(arguments[1])?);
        Ok(Value::bool(text.as_str().contains(part.as_str())))
    }),
    Primitive::plain("string-search-all", 2, 2, search_all),
    Primitive::plain("string-replace", 3, 3, |context, arguments| {
        let from = part(context, arguments[1])?;
        let to = piece(context, arguments[2])?;
        let text = context.string(arguments[0])?.as_str().replace(&from, &to);
        Ok(context.heap.text(text))
    }),
    Primitive::plain("string-repeat", 2, 2, |context, arguments| {
        let (text, count) = (piece(context, arguments[0])?, context.index(arguments[1])?);
        match text.len().checked_mul(count) {
            Some(0..BYTES_MAX) => Ok(context.heap.text(text.repeat(count))),
            _ => fault(format!("the result would be longer than {BYTES_MAX} bytes")),
        }
    }),
    Primitive::plain("string-copy!", 3, 5, copy_into),
    Primitive::plain("string-concatenate", 1, 1, |context, arguments| {
        let items = context.list_items(arguments[0])?;
        let whole = items.into_iter().map(|item| Ok(context.string(item)?.as_str())).collect::<Outcome<String>>()?;
        Ok(context.heap.text(whole))
    }),
    Primitive::plain("string-fill!", 2, 4, |context, arguments| {
        let (text, fill) = (context.string(arguments[0])?, context.char(arguments[1])?);
        let (start, end) = context.range(&arguments[2..], text.len())?;
        let filled: String = std::iter::repeat_n(fill, end - start).collect();
        let whole = text.slice(0, start).to_owned() + &filled + text.slice(end, text.len());
        set(context, arguments[0], whole);
        Ok(Value::UNSPECIFIED)
    }),
];

/// A character or a string as text.
fn piece(context: &Context, value: Value) -> Outcome<String> {
    match (value.kind(), context.heap.as_object(value)) {
        (Kind::Char(char), _) => Ok(char.to_string()),
        (_, Some(Object::Text(text))) => Ok(text.as_str().to_owned()),
        _ => expected("a string or a character", value),
    }
}

/// What can be looked for over and over: a character or a string that is not empty.
fn part(context: &Context, value: Value) -> Outcome<String> {
    match piece(context, value)? {
        part if part.is_empty() => expected("a string that is not empty", value),
        part => Ok(part),
    }
}

/// Splits at each occurrence of a character or a string; without one, into the words between white space.
fn string_split(context: &mut Context, arguments: &[Value]) -> Outcome {
    let text = context.string(arguments[0])?.as_str();
    let parts: Vec<String> = match arguments.get(1) {
        None => text.split_whitespace().map(str::to_owned).collect(),
        Some(separator) => text.split(&part(context, *separator)?).map(str::to_owned).collect(),
    };
    let parts: Vec<Value> = parts.into_iter().map(|part| context.heap.text(part)).collect();
    Ok(context.heap.list(&parts))
}

/// Where a pattern starts in a text, overlapping occurrences included.
fn search_all(context: &mut Context, arguments: &[Value]) -> Outcome {
    let pattern = part(context, arguments[0])?;
    let text = context.string(arguments[1])?.as_str();
    let starts = text.char_indices().enumerate().filter(|(_, (at, _))| text[*at..].starts_with(&pattern));
    let starts: Vec<usize> = starts.map(|(place, _)| place).collect();
    let starts = starts.into_iter().map(|place| int(context, place)).collect::<Outcome<Vec<Value>>>()?;
    Ok(context.heap.list(&starts))
}

/// `(string-copy! to at from start end)`
fn copy_into(context: &mut Context, arguments: &[Value]) -> Outcome {
    let at = context.index(arguments[1])?;
    let from = context.string(arguments[2])?;
    let (start, end) = context.range(&arguments[3..], from.len())?;
    let to = context.string(arguments[0])?;
    let length = to.len();
    let after = match at.checked_add(end - start) {
        Some(after) if after <= length => after,
        _ => {
            let count = end - start;
            return fault(format!("{count} characters from index {at} on do not fit in a string of length {length}"));
        }
    };
    let whole = to.slice(0, at).to_owned() + from.slice(start, end) + to.slice(after, length);
    set(context, arguments[0], whole);
    Ok(Value::UNSPECIFIED)
}

/// Gives a string, which it must be, another content.
fn set(context: &mut Context, string: Value, content: String) {
    context.heap.charge(content.len());
    if let Some(Object::Text(text)) = string.as_object().map(|id| context.heap.object_mut(id)) {
        **text = content.into();
    }
}
