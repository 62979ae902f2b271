//! Arithmetic and comparison.

use std::cmp::Ordering;

use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::Outcome;
use crate::number::{Division, Number, NumberError};
use crate::value::Value;

type Operation = fn(&Number, &Number) -> Result<Number, NumberError>;

/// The operation on two integers of 31 bits, whose result 64 bits hold.
type Short = fn(i64, i64) -> i64;

/// Defines a primitive that divides integers.
macro_rules! division {
    ($name:literal, $division:ident) => {
        Primitive::plain($name, 2, 2, |context, arguments| {
            let (a, b) = (context.integer(arguments[0])?, context.integer(arguments[1])?);
            context.done(a.divide(&b, Division::$division))
        })
    };
}

/// Defines a primitive that tells whether its argument is such a number, whatever it is.
macro_rules! kind {
    ($name:literal, $test:expr) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let test: fn(&Number) -> bool = $test;
            Ok(Value::bool(Number::of(&context.heap, arguments[0]).is_some_and(|number| test(&number))))
        })
    };
}

/// Defines a primitive that tells something about a number.
macro_rules! test {
    ($name:literal, $test:expr) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let test: fn(&Number) -> bool = $test;
            Ok(Value::bool(test(&context.number(arguments[0])?)))
        })
    };
}

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("+", 0, ANY, |context, arguments| fold(context, arguments, 0, Number::add, |a, b| a + b)),
    Primitive::plain("*", 0, ANY, |context, arguments| fold(context, arguments, 1, Number::mul, |a, b| a * b)),
    Primitive::plain("-", 1, ANY, |context, arguments| match small_pair(arguments) {
        Some((a, b)) => context.done(Ok(Number::Int(a - b))),
        None => take_from(context, arguments, 0, Number::sub),
    }),
    Primitive::plain("/", 1, ANY, |context, arguments| take_from(context, arguments, 1, Number::div)),
    Primitive::plain("=", 1, ANY, |context, arguments| chain(context, arguments, Ordering::is_eq)),
    Primitive::plain("<", 1, ANY, |context, arguments| chain(context, arguments, Ordering::is_lt)),
    Primitive::plain(">", 1, ANY, |context, arguments| chain(context, arguments, Ordering::is_gt)),
    Primitive::plain("<=", 1, ANY, |context, arguments| chain(context, arguments, Ordering::is_le)),
    Primitive::plain(">=", 1, ANY, |context, arguments| chain(context, arguments, Ordering::is_ge)),
    Primitive::plain("max", 1, ANY, |context, arguments| extreme(context, arguments, Ordering::Greater)),
    Primitive::plain("min", 1, ANY, |context, arguments| extreme(context, arguments, Ordering::Less)),
    division!("quotient", Quotient),
    division!("remainder", Remainder),
    division!("modulo", Modulo),
    division!("truncate-quotient", Quotient),
    division!("truncate-remainder", Remainder),
    division!("floor-quotient", FloorQuotient),
    division!("floor-remainder", Modulo),
    Primitive::plain("gcd", 0, ANY, |context, arguments| fold_integers(context, arguments, 0, Number::gcd)),
    Primitive::plain("lcm", 0, ANY, |context, arguments| fold_integers(context, arguments, 1, Number::lcm)),
    Primitive::plain("1+", 1, 1, |context, arguments| {
        let result = context.number(arguments[0])?.add(&Number::Int(1));
        context.done(result)
    }),
    Primitive::plain("-1+", 1, 1, |context, arguments| {
        let result = context.number(arguments[0])?.sub(&Number::Int(1));
        context.done(result)
    }),
    test!("zero?", Number::is_zero),
    test!("positive?", |number| number.sign() == Some(Ordering::Greater)),
    test!("negative?", |number| number.sign() == Some(Ordering::Less)),
    test!("exact?", Number::is_exact),
    test!("inexact?", |number| !number.is_exact()),
    test!("nan?", Number::is_nan),
    test!("finite?", Number::is_finite),
    test!("infinite?", Number::is_infinite),
    Primitive::plain("even?", 1, 1, |context, arguments| Ok(Value::bool(!context.integer(arguments[0])?.is_odd()))),
    Primitive::plain("odd?", 1, 1, |context, arguments| Ok(Value::bool(context.integer(arguments[0])?.is_odd()))),
    kind!("integer?", Number::is_integer),
    kind!("exact-integer?", Number::is_exact_integer),
    kind!("exact-rational?", Number::is_exact),
    kind!("rational?", Number::is_finite),
    kind!("real?", |_| true),
    kind!("complex?", |_| true),
];

/// Two arguments, when that is what there is and both are integers of 31 bits: what most programs calculate with.
#[inline]
fn small_pair(arguments: &[Value]) -> Option<(i64, i64)> {
    let [a, b] = *arguments else { return None };
    Some((i64::from(a.as_small()?), i64::from(b.as_small()?)))
}

#[inline]
fn fold(context: &mut Context, arguments: &[Value], start: i64, operation: Operation, short: Short) -> Outcome {
    if let Some((a, b)) = small_pair(arguments) {
        return context.done(Ok(Number::Int(short(a, b))));
    }
    if let [a, b] = *arguments {
        let result = operation(&context.number(a)?, &context.number(b)?);
        return context.done(result);
    }
    let mut total = Ok(Number::Int(start));
    for argument in arguments {
        let number = context.number(*argument)?;
        total = total.and_then(|total| operation(&total, &number));
    }
    context.done(total)
}

/// `(- a)` is `0 - a`, `(- a b c)` is `a - b - c`.
#[inline]
fn take_from(context: &mut Context, arguments: &[Value], neutral: i64, operation: Operation) -> Outcome {
    match *arguments {
        [only] if neutral == 0 => {
            let result = context.number(only)?.negate();
            context.done(result)
        }
        [only] => {
            let result = operation(&Number::Int(neutral), &context.number(only)?);
            context.done(result)
        }
        [a, b] => {
            let result = operation(&context.number(a)?, &context.number(b)?);
            context.done(result)
        }
        [first, ref rest @ ..] => {
            let mut total = Ok(context.number(first)?);
            for argument in rest {
                let number = context.number(*argument)?;
                total = total.and_then(|total| operation(&total, &number));
            }
            context.done(total)
        }
        [] => unreachable!("the arity was checked"),
    }
}

#[inline]
fn chain(context: &Context, arguments: &[Value], holds: fn(Ordering) -> bool) -> Outcome {
    if let Some((a, b)) = small_pair(arguments) {
        return Ok(Value::bool(holds(a.cmp(&b))));
    }
    let mut previous = context.number(arguments[0])?;
    let mut all = true;
    for argument in &arguments[1..] {
        let number = context.number(*argument)?;
        all &= previous.compare(&number).is_some_and(holds);
        previous = number;
    }
    Ok(Value::bool(all))
}

/// Inexact as soon as one argument is.
fn extreme(context: &mut Context, arguments: &[Value], wanted: Ordering) -> Outcome {
    let mut best = context.number(arguments[0])?;
    let mut exact = best.is_exact();
    for argument in &arguments[1..] {
        let number = context.number(*argument)?;
        exact &= number.is_exact();
        if number.compare(&best).is_none_or(|order| order == wanted) {
            best = number;
        }
    }
    context.done(Ok(if exact { best } else { best.to_inexact() }))
}

fn fold_integers(context: &mut Context, arguments: &[Value], start: i64, operation: Operation) -> Outcome {
    let mut total = Ok(Number::Int(start));
    for argument in arguments {
        let number = context.integer(*argument)?;
        total = total.and_then(|total| operation(&total, &number));
    }
    context.done(total)
}
