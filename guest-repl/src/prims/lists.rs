//! Pairs and lists.

use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::{Outcome, expected, fault};
use crate::number::Number;
use crate::value::Value;

/// Defines a primitive that follows a path of cars and cdrs, the first step last, as in its name.
macro_rules! path {
    ($name:literal) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let steps = $name.trim_matches(['c', 'r']);
            steps.bytes().rev().try_fold(arguments[0], |value, step| {
                let pair = context.pair(value)?;
                Ok(if step == b'a' { pair.car } else { pair.cdr })
            })
        })
    };
}

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("cons", 2, 2, |context, arguments| Ok(context.heap.cons(arguments[0], arguments[1]))),
    Primitive::plain("car", 1, 1, |context, arguments| Ok(context.pair(arguments[0])?.car)),
    Primitive::plain("cdr", 1, 1, |context, arguments| Ok(context.pair(arguments[0])?.cdr)),
    path!("caar"),
    path!("cadr"),
    path!("cdar"),
    path!("cddr"),
    path!("caaar"),
    path!("caadr"),
    path!("cadar"),
    path!("caddr"),
    path!("cdaar"),
    path!("cdadr"),
    path!("cddar"),
    path!("cdddr"),
    path!("caaaar"),
    path!("caaadr"),
    path!("caadar"),
    path!("caaddr"),
    path!("cadaar"),
    path!("cadadr"),
    path!("caddar"),
    path!("cadddr"),
    path!("cdaaar"),
    path!("cdaadr"),
    path!("cdadar"),
    path!("cdaddr"),
    path!("cddaar"),
    path!("cddadr"),
    path!("cdddar"),
    path!("cddddr"),
    Primitive::plain("set-car!", 2, 2, set_car),
    Primitive::plain("set-cdr!", 2, 2, set_cdr),
    Primitive::plain("pair?", 1, 1, |_, arguments| Ok(Value::bool(arguments[0].as_pair().is_some()))),
    Primitive::plain("null?", 1, 1, |_, arguments| Ok(Value::bool(arguments[0] == Value::NIL))),
    Primitive::plain("list?", 1, 1, |context, arguments| Ok(Value::bool(context.heap.items(arguments[0]).is_some()))),
    Primitive::plain("list", 0, ANY, |context, arguments| Ok(context.heap.list(arguments))),
    Primitive::plain("cons*", 1, ANY, cons_star),
    Primitive::plain("list*", 1, ANY, cons_star),
    Primitive::plain("make-list", 1, 2, make_list),
    Primitive::plain("length", 1, 1, length),
    Primitive::plain("append", 0, ANY, append),
    Primitive::plain("reverse", 1, 1, reverse),
    Primitive::plain("list-copy", 1, 1, list_copy),
    Primitive::plain("list-tail", 2, 2, |context, arguments| tail(context, arguments[0], arguments[1])),
    Primitive::plain("list-head", 2, 2, list_head),
    Primitive::plain("take", 2, 2, list_head),
    Primitive::plain("drop", 2, 2, |context, arguments| tail(context, arguments[0], arguments[1])),
    Primitive::plain("list-ref", 2, 2, list_ref),
    Primitive::plain("list-set!", 3, 3, list_set),
    Primitive::plain("last-pair", 1, 1, last_pair),
    Primitive::plain("last", 1, 1, |context, arguments| {
        let last = last_pair(context, arguments)?;
        Ok(context.pair(last)?.car)
    }),
    Primitive::plain("iota", 1, 3, iota),
];

fn set_car(context: &mut Context, arguments: &[Value]) -> Outcome {
    context.pair(arguments[0])?;
    let id = arguments[0].as_pair().expect("just seen to be one");
    context.heap.pair_mut(id).car = arguments[1];
    Ok(Value::UNSPECIFIED)
}

fn set_cdr(context: &mut Context, arguments: &[Value]) -> Outcome {
    context.pair(arguments[0])?;
    let id = arguments[0].as_pair().expect("just seen to be one");
    context.heap.pair_mut(id).cdr = arguments[1];
    Ok(Value::UNSPECIFIED)
}

fn cons_star(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (last, items) = arguments.split_last().expect("at least one");
    Ok(context.heap.list_with_tail(items, *last))
}

fn make_list(context: &mut Context, arguments: &[Value]) -> Outcome {
    let fill = arguments.get(1).copied().unwrap_or(Value::UNSPECIFIED);
    let size = context.size(arguments[0])?;
    Ok((0..size).fold(Value::NIL, |list, _| context.heap.cons(fill, list)))
}

fn length(context: &mut Context, arguments: &[Value]) -> Outcome {
    let length = context.list_items(arguments[0])?.len();
    int(context, length)
}

/// A count as a value.
pub(super) fn int(context: &mut Context, count: usize) -> Outcome {
    let count = i64::try_from(count).expect("no more items than bytes of memory");
    Ok(Number::Int(count).into_value(&mut context.heap))
}

fn append(context: &mut Context, arguments: &[Value]) -> Outcome {
    let Some((last, lists)) = arguments.split_last() else { return Ok(Value::NIL) };
    let mut whole = *last;
    for list in lists.iter().rev() {
        let items = context.list_items(*list)?;
        whole = context.heap.list_with_tail(&items, whole);
    }
    Ok(whole)
}

fn reverse(context: &mut Context, arguments: &[Value]) -> Outcome {
    let items = context.list_items(arguments[0])?;
    Ok(items.into_iter().fold(Value::NIL, |list, item| context.heap.cons(item, list)))
}

fn list_copy(context: &mut Context, arguments: &[Value]) -> Outcome {
    match context.heap.items(arguments[0]) {
        Some(items) => Ok(context.heap.list(&items)),
        None => Ok(arguments[0]),
    }
}

fn tail(context: &Context, list: Value, count: Value) -> Outcome {
    let mut rest = list;
    for _ in 0..context.index(count)? {
        match context.heap.as_pair(rest) {
            Some(pair) => rest = pair.cdr,
            None => return expected("a longer list", list),
        }
    }
    Ok(rest)
}

fn list_head(context: &mut Context, arguments: &[Value]) -> Outcome {
    let mut items = Vec::new();
    let mut rest = arguments[0];
    for _ in 0..context.index(arguments[1])? {
        match context.heap.as_pair(rest) {
            Some(pair) => {
                items.push(pair.car);
                rest = pair.cdr;
            }
            None => return expected("a longer list", arguments[0]),
        }
    }
    Ok(context.heap.list(&items))
}

fn list_ref(context: &mut Context, arguments: &[Value]) -> Outcome {
    let rest = tail(context, arguments[0], arguments[1])?;
    match context.heap.as_pair(rest) {
        Some(pair) => Ok(pair.car),
        None => expected("a longer list", arguments[0]),
    }
}

fn list_set(context: &mut Context, arguments: &[Value]) -> Outcome {
    let rest = tail(context, arguments[0], arguments[1])?;
    set_car(context, &[rest, arguments[2]])
}

fn last_pair(context: &mut Context, arguments: &[Value]) -> Outcome {
    let items = context.list_items(arguments[0])?.len();
    if items == 0 {
        return expected("a pair", arguments[0]);
    }
    (1..items).try_fold(arguments[0], |rest, _| Ok(context.pair(rest)?.cdr))
}

fn iota(context: &mut Context, arguments: &[Value]) -> Outcome {
    let count = context.size(arguments[0])?;
    let mut item = arguments.get(1).map_or(Ok(Number::Int(0)), |start| context.number(*start))?;
    let step = arguments.get(2).map_or(Ok(Number::Int(1)), |step| context.number(*step))?;
    let mut items = Vec::new();
    for index in 0..count {
        items.push(item.clone().into_value(&mut context.heap));
        if index + 1 < count {
            item = item.add(&step).or_else(|error| fault(error.to_string()))?;
        }
    }
    Ok(context.heap.list(&items))
}
