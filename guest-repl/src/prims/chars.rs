//! Characters.

use std::cmp::Ordering;

use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::{Outcome, fault};
use crate::number::Number;
use crate::printer::brief;
use crate::value::Value;

/// Defines a primitive that tells something about a character.
macro_rules! test {
    ($name:literal, $test:expr) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let test: fn(char) -> bool = $test;
            Ok(Value::bool(test(context.char(arguments[0])?)))
        })
    };
}

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("char=?", 1, ANY, |context, arguments| chain(context, arguments, same, Ordering::is_eq)),
    Primitive::plain("char<?", 1, ANY, |context, arguments| chain(context, arguments, same, Ordering::is_lt)),
    Primitive::plain("char>?", 1, ANY, |context, arguments| chain(context, arguments, same, Ordering::is_gt)),
    Primitive::plain("char<=?", 1, ANY, |context, arguments| chain(context, arguments, same, Ordering::is_le)),
    Primitive::plain("char>=?", 1, ANY, |context, arguments| chain(context, arguments, same, Ordering::is_ge)),
    Primitive::plain("char-ci=?", 1, ANY, |context, arguments| chain(context, arguments, lower, Ordering::is_eq)),
    Primitive::plain("char-ci<?", 1, ANY, |context, arguments| chain(context, arguments, lower, Ordering::is_lt)),
    Primitive::plain("char-ci>?", 1, ANY, |context, arguments| chain(context, arguments, lower, Ordering::is_gt)),
    Primitive::plain("char-ci<=?", 1, ANY, |context, arguments| chain(context, arguments, lower, Ordering::is_le)),
    Primitive::plain("char-ci>=?", 1, ANY, |context, arguments| chain(context, arguments, lower, Ordering::is_ge)),
    Primitive::plain("char-upcase", 1, 1, |context, arguments| Ok(Value::char(upper(context.char(arguments[0])?)))),
    Primitive::plain("char-downcase", 1, 1, |context, arguments| Ok(Value::char(lower(context.char(arguments[0])?)))),
    Primitive::plain("char-foldcase", 1, 1, |context, arguments| Ok(Value::char(lower(context.char(arguments[0])?)))),
    test!("char-alphabetic?", char::is_alphabetic),
    test!("char-numeric?", char::is_numeric),
    test!("char-whitespace?", char::is_whitespace),
    test!("char-upper-case?", char::is_uppercase),
    test!("char-lower-case?", char::is_lowercase),
    Primitive::plain("char->integer", 1, 1, |context, arguments| {
        let number = Number::Int(i64::from(u32::from(context.char(arguments[0])?)));
        Ok(number.into_value(&mut context.heap))
    }),
    Primitive::plain("integer->char", 1, 1, integer_to_char),
    Primitive::plain("digit-value", 1, 1, |context, arguments| {
        let digit = context.char(arguments[0])?.to_digit(10);
        Ok(digit.and_then(|digit| Value::small(i64::from(digit))).unwrap_or(Value::FALSE))
    }),
];

fn same(char: char) -> char {
    char
}

/// One character for one; what has several in upper case stays as it is.
pub(super) fn upper(char: char) -> char {
    let mut upper = char.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => char,
    }
}

pub(super) fn lower(char: char) -> char {
    char.to_lowercase().next().unwrap_or(char)
}

fn chain(context: &Context, arguments: &[Value], key: fn(char) -> char, holds: fn(Ordering) -> bool) -> Outcome {
    let chars = arguments.iter().map(|argument| context.char(*argument).map(key));
    let chars: Vec<char> = chars.collect::<Outcome<_>>()?;
    Ok(Value::bool(chars.windows(2).all(|pair| holds(pair[0].cmp(&pair[1])))))
}

fn integer_to_char(context: &mut Context, arguments: &[Value]) -> Outcome {
    let number = context.clamped_integer(arguments[0])?;
    match u32::try_from(number).ok().and_then(char::from_u32) {
        Some(char) => Ok(Value::char(char)),
        None => fault(format!("no character has the number {}", brief(&context.heap, arguments[0]))),
    }
}
