//! Arithmetic and comparison.

use std::cmp::Ordering;

use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::Outcome;
use crate::number::{Division, Number, NumberError};
use crate::value::Value;

type Operation = fn(Number, Number) -> Result<Number, NumberError>;

/// Defines a primitive that divides integers.
macro_rules! division {
    ($name:literal, $division:ident) => {
        Primitive::plain($name, 2, 2, |context, arguments| {
            let (a, b) = (context.integer(arguments[0])?, context.integer(arguments[1])?);
            context.done(a.divide(b, Division::$division))
        })
    };
}

/// Defines a primitive that tells something about a number.
macro_rules! test {
    ($name:literal, $test:expr) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let test: fn(Number) -> bool = $test;
            Ok(Value::bool(test(context.number(arguments[0])?)))
        })
    };
}

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("+", 0, ANY, |context, arguments| fold(context, arguments, 0, Number::add)),
    Primitive::plain("*", 0, ANY, |context, arguments| fold(context, arguments, 1, Number::mul)),
    Primitive::plain("-", 1, ANY, |context, arguments| take_from(context, arguments, 0, Number::sub)),
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
        let result = context.number(arguments[0])?.add(Number::Int(1));
        context.done(result)
    }),
    Primitive::plain("-1+", 1, 1, |context, arguments| {
        let result = context.number(arguments[0])?.sub(Number::Int(1));
        context.done(result)
    }),
    test!("zero?", Number::is_zero),
    test!("positive?", |number| number.sign() == Some(Ordering::Greater)),
    test!("negative?", |number| number.sign() == Some(Ordering::Less)),
    test!("exact?", Number::is_exact),
    test!("inexact?", |number| !number.is_exact()),
    test!("nan?", |number| number.to_float().is_nan()),
    test!("finite?", |number| number.to_float().is_finite()),
    test!("infinite?", |number| number.to_float().is_infinite()),
    Primitive::plain("even?", 1, 1, |context, arguments| Ok(Value::bool(!is_odd(context, arguments[0])?))),
    Primitive::plain("odd?", 1, 1, |context, arguments| Ok(Value::bool(is_odd(context, arguments[0])?))),
    Primitive::plain("integer?", 1, 1, |context, arguments| Ok(Value::bool(context.integer(arguments[0]).is_ok()))),
    Primitive::plain("exact-integer?", 1, 1, |context, arguments| {
        Ok(Value::bool(context.exact_integer(arguments[0]).is_ok()))
    }),
    Primitive::plain("real?", 1, 1, |context, arguments| Ok(Value::bool(context.number(arguments[0]).is_ok()))),
    Primitive::plain("rational?", 1, 1, |context, arguments| {
        Ok(Value::bool(context.number(arguments[0]).is_ok_and(|number| number.to_float().is_finite())))
    }),
];

#[inline]
fn fold(context: &mut Context, arguments: &[Value], start: i64, operation: Operation) -> Outcome {
    if let [a, b] = *arguments {
        let result = operation(context.number(a)?, context.number(b)?);
        return context.done(result);
    }
    let mut total = Ok(Number::Int(start));
    for argument in arguments {
        let number = context.number(*argument)?;
        total = total.and_then(|total| operation(total, number));
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
            let result = operation(Number::Int(neutral), context.number(only)?);
            context.done(result)
        }
        [a, b] => {
            let result = operation(context.number(a)?, context.number(b)?);
            context.done(result)
        }
        [first, ref rest @ ..] => {
            let mut total = Ok(context.number(first)?);
            for argument in rest {
                let number = context.number(*argument)?;
                total = total.and_then(|total| operation(total, number));
            }
            context.done(total)
        }
        [] => unreachable!("the arity was checked"),
    }
}

#[inline]
fn chain(context: &Context, arguments: &[Value], holds: fn(Ordering) -> bool) -> Outcome {
    let mut previous = context.number(arguments[0])?;
    let mut all = true;
    for argument in &arguments[1..] {
        let number = context.number(*argument)?;
        all &= previous.compare(number).is_some_and(holds);
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
        if number.compare(best).is_none_or(|order| order == wanted) {
            best = number;
        }
    }
    context.done(Ok(if exact { best } else { best.to_inexact() }))
}

fn fold_integers(context: &mut Context, arguments: &[Value], start: i64, operation: Operation) -> Outcome {
    let mut total = Ok(Number::Int(start));
    for argument in arguments {
        let number = context.integer(*argument)?;
        total = total.and_then(|total| operation(total, number));
    }
    context.done(total)
}

fn is_odd(context: &Context, value: Value) -> Outcome<bool> {
    let rest = context.integer(value)?.divide(Number::Int(2), Division::Remainder);
    Ok(!rest.expect("two is not zero").is_zero())
}
