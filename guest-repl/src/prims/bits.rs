//! Exact integers as rows of bits.

use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::Outcome;
use crate::number::{Bitwise, Number};
use crate::value::Value;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("bitwise-and", 0, ANY, |context, arguments| fold(context, arguments, -1, Bitwise::And)),
    Primitive::plain("bitwise-or", 0, ANY, |context, arguments| fold(context, arguments, 0, Bitwise::Or)),
    Primitive::plain("bitwise-ior", 0, ANY, |context, arguments| fold(context, arguments, 0, Bitwise::Or)),
    Primitive::plain("bitwise-xor", 0, ANY, |context, arguments| fold(context, arguments, 0, Bitwise::Xor)),
    Primitive::plain("bitwise-not", 1, 1, |context, arguments| {
        let result = context.exact_integer(arguments[0])?.bitwise_not();
        context.done(result)
    }),
    Primitive::plain("arithmetic-shift", 2, 2, |context, arguments| {
        let count = context.clamped_integer(arguments[1])?;
        shift(context, arguments[0], count)
    }),
    Primitive::plain("shift-left", 2, 2, |context, arguments| {
        let count = context.clamped_integer(arguments[1])?;
        shift(context, arguments[0], count)
    }),
    Primitive::plain("shift-right", 2, 2, |context, arguments| {
        let count = context.clamped_integer(arguments[1])?;
        shift(context, arguments[0], count.saturating_neg())
    }),
    Primitive::plain("bit-count", 1, 1, |context, arguments| {
        let count = context.exact_integer(arguments[0])?.bit_count();
        context.done(Number::integer(count.into()))
    }),
    Primitive::plain("integer-length", 1, 1, |context, arguments| {
        let length = context.exact_integer(arguments[0])?.bit_length();
        context.done(Number::integer(length.into()))
    }),
];

fn fold(context: &mut Context, arguments: &[Value], start: i64, operation: Bitwise) -> Outcome {
    let mut total = Ok(Number::Int(start));
    for argument in arguments {
        let number = context.exact_integer(*argument)?;
        total = total.and_then(|total| total.bitwise(&number, operation));
    }
    context.done(total)
}

fn shift(context: &mut Context, number: Value, count: i64) -> Outcome {
    let result = context.exact_integer(number)?.shift(count);
    context.done(result)
}
