//! Clocks, chance, and the REPL itself.

use num_bigint::{BigInt, Sign};

use super::Primitive;
use crate::context::Context;
use crate::fault::{Outcome, expected};
use crate::number::Number;
use crate::value::Value;

/// Nanoseconds to a second.
const SECOND: u32 = 1_000_000_000;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("current-time", 0, 0, |context, _| {
        let seconds = context.world.wall_clock() / u128::from(SECOND);
        int(context, i64::try_from(seconds).unwrap_or(i64::MAX))
    }),
    Primitive::plain("current-second", 0, 0, |context, _| {
        let now = context.world.wall_clock();
        float(context, now)
    }),
    Primitive::plain("current-jiffy", 0, 0, |context, _| {
        let now = context.world.monotonic_clock();
        int(context, i64::try_from(now).unwrap_or(i64::MAX))
    }),
    Primitive::plain("jiffies-per-second", 0, 0, |context, _| int(context, i64::from(SECOND))),
    Primitive::plain("runtime", 0, 0, |context, _| {
        let now = context.world.monotonic_clock();
        float(context, u128::from(now))
    }),
    Primitive::plain("real-time", 0, 0, |context, _| {
        let now = context.world.wall_clock();
        float(context, now * 1000)
    }),
    Primitive::plain("random", 1, 1, random),
    Primitive::plain("heap-objects", 0, 0, |context, _| {
        let count = context.heap.count();
        super::lists::int(context, count)
    }),
];

fn int(context: &mut Context, number: i64) -> Outcome {
    Ok(Number::Int(number).into_value(&mut context.heap))
}

/// Nanoseconds as seconds with a fraction.
#[expect(clippy::cast_precision_loss, reason = "a float has enough digits for microseconds since 1970")]
fn float(context: &mut Context, nanoseconds: u128) -> Outcome {
    Ok(Number::Float(nanoseconds as f64 / f64::from(SECOND)).into_value(&mut context.heap))
}

/// A number from 0 to before the argument, and as exact as it.
fn random(context: &mut Context, arguments: &[Value]) -> Outcome {
    let limit = context.number(arguments[0])?;
    let number = match limit {
        Number::Int(limit @ 1..) => Number::Int(below(context, limit.unsigned_abs())),
        Number::Big(limit) if limit.sign() == Sign::Plus => {
            let number = below_big(context, &limit);
            return context.done(Number::integer(number));
        }
        Number::Float(limit) if limit > 0.0 && limit.is_finite() => Number::Float(fraction(context) * limit),
        Number::Ratio(_) => return expected("a positive integer or float", arguments[0]),
        _ => return expected("a positive number", arguments[0]),
    };
    Ok(number.into_value(&mut context.heap))
}

/// Every number below `limit` is equally likely: the last, incomplete round of them is thrown away.
fn below(context: &mut Context, limit: u64) -> i64 {
    let rounds = u64::MAX - u64::MAX % limit;
    loop {
        let number = context.world.random();
        if number < rounds {
            return i64::try_from(number % limit).expect("below a positive i64");
        }
    }
}

/// As [`below`]: as many bits as the limit has, until they are below it. That is so every other time at least.
fn below_big(context: &mut Context, limit: &BigInt) -> BigInt {
    let bits = limit.bits();
    let words = bits.div_ceil(64);
    loop {
        let mut bytes: Vec<u8> = (0..words).flat_map(|_| context.world.random().to_le_bytes()).collect();
        bytes.truncate(usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX));
        if let Some(top) = bytes.last_mut() {
            *top &= u8::MAX >> ((8 - bits % 8) % 8);
        }
        let number = BigInt::from_bytes_le(Sign::Plus, &bytes);
        if number < *limit {
            return number;
        }
    }
}

/// A number from 0 to before 1, with the 53 bits that a float holds.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn fraction(context: &mut Context) -> f64 {
    (context.world.random() >> 11) as f64 / (1_u64 << 53) as f64
}
