//! Functions of numbers.

use super::Primitive;
use crate::context::Context;
use crate::fault::{Outcome, expected, fault};
use crate::number::{Number, Rounding, parse};
use crate::printer::brief;
use crate::value::Value;

/// Defines a primitive that is a function of floats.
macro_rules! float {
    ($name:literal, $function:expr) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let function: fn(f64) -> f64 = $function;
            let result = Number::Float(function(context.number(arguments[0])?.to_float()));
            context.done(Ok(result))
        })
    };
}

/// Defines a primitive that rounds.
macro_rules! round {
    ($name:literal, $rounding:ident) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let result = context.number(arguments[0])?.round(Rounding::$rounding);
            context.done(result)
        })
    };
}

pub(super) static TABLE: &[Primitive] = &[
    round!("floor", Floor),
    round!("ceiling", Ceiling),
    round!("truncate", Truncate),
    round!("round", Nearest),
    Primitive::plain("numerator", 1, 1, |context, arguments| {
        let result = context.rational(arguments[0])?.numerator();
        context.done(result)
    }),
    Primitive::plain("denominator", 1, 1, |context, arguments| {
        let result = context.rational(arguments[0])?.denominator();
        context.done(result)
    }),
    float!("sin", f64::sin),
    float!("cos", f64::cos),
    float!("tan", f64::tan),
    float!("asin", f64::asin),
    float!("acos", f64::acos),
    Primitive::plain("exp", 1, 1, exp),
    Primitive::plain("log", 1, 2, log),
    Primitive::plain("atan", 1, 2, atan),
    Primitive::plain("sqrt", 1, 1, sqrt),
    Primitive::plain("exact-integer-sqrt", 1, 1, exact_integer_sqrt),
    Primitive::plain("expt", 2, 2, |context, arguments| {
        let result = context.number(arguments[0])?.power(&context.number(arguments[1])?);
        context.done(result)
    }),
    Primitive::plain("square", 1, 1, |context, arguments| {
        let number = context.number(arguments[0])?;
        context.done(number.mul(&number))
    }),
    Primitive::plain("abs", 1, 1, magnitude),
    Primitive::plain("magnitude", 1, 1, magnitude),
    Primitive::plain("exact", 1, 1, exact),
    Primitive::plain("inexact->exact", 1, 1, exact),
    Primitive::plain("inexact", 1, 1, inexact),
    Primitive::plain("exact->inexact", 1, 1, inexact),
    Primitive::plain("number->string", 1, 2, number_to_string),
    Primitive::plain("string->number", 1, 2, string_to_number),
];

fn exp(context: &mut Context, arguments: &[Value]) -> Outcome {
    let result = context.number(arguments[0])?.exponential();
    context.done(Ok(result))
}

fn log(context: &mut Context, arguments: &[Value]) -> Outcome {
    let number = context.number(arguments[0])?;
    let result = match arguments.get(1) {
        Some(base) => number.logarithm_to(&context.number(*base)?),
        None if number == Number::Int(1) => return context.done(Ok(Number::Int(0))),
        None => number.logarithm(),
    };
    context.done(Ok(Number::Float(result)))
}

fn atan(context: &mut Context, arguments: &[Value]) -> Outcome {
    let y = context.number(arguments[0])?.to_float();
    let result = match arguments.get(1) {
        Some(x) => y.atan2(context.number(*x)?.to_float()),
        None => y.atan(),
    };
    context.done(Ok(Number::Float(result)))
}

fn sqrt(context: &mut Context, arguments: &[Value]) -> Outcome {
    let number = context.number(arguments[0])?;
    if number.is_negative() {
        return expected("a number that is not negative", arguments[0]);
    }
    context.done(number.square_root())
}

fn exact_integer_sqrt(context: &mut Context, arguments: &[Value]) -> Outcome {
    let number = context.exact_integer(arguments[0])?;
    if number.is_negative() {
        return expected("a number that is not negative", arguments[0]);
    }
    let (root, rest) = number.root_and_rest().or_else(|error| fault(error.to_string()))?;
    let parts = [root, rest].map(|part| part.into_value(&mut context.heap));
    Ok(context.heap.insert(crate::heap::Object::Values(parts.into())))
}

fn magnitude(context: &mut Context, arguments: &[Value]) -> Outcome {
    let result = context.number(arguments[0])?.magnitude();
    context.done(result)
}

fn exact(context: &mut Context, arguments: &[Value]) -> Outcome {
    let result = context.number(arguments[0])?.to_exact();
    context.done(result)
}

fn inexact(context: &mut Context, arguments: &[Value]) -> Outcome {
    let result = context.number(arguments[0])?.to_inexact();
    context.done(Ok(result))
}

fn radix(context: &Context, argument: Option<&Value>) -> Outcome<u32> {
    let Some(argument) = argument else { return Ok(10) };
    match context.clamped_integer(*argument)? {
        radix @ 2..=36 => Ok(u32::try_from(radix).expect("in range")),
        _ => fault(format!("the radix must be from 2 to 36, not {}", brief(&context.heap, *argument))),
    }
}

fn number_to_string(context: &mut Context, arguments: &[Value]) -> Outcome {
    let radix = radix(context, arguments.get(1))?;
    let text = context.number(arguments[0])?.to_text(radix);
    Ok(context.heap.text(text))
}

fn string_to_number(context: &mut Context, arguments: &[Value]) -> Outcome {
    let radix = radix(context, arguments.get(1))?;
    match parse(context.string(arguments[0])?.as_str(), radix) {
        Some(Ok(number)) => Ok(number.into_value(&mut context.heap)),
        _ => Ok(Value::FALSE),
    }
}
