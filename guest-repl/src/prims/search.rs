//! Looking for something in a list.

use super::Primitive;
use crate::context::Context;
use crate::equality::{eq, equal, eqv};
use crate::fault::{Outcome, expected};
use crate::hashing::hash;
use crate::heap::{Heap, Sameness, Table};
use crate::value::Value;

type Same = fn(&Heap, Value, Value) -> bool;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("memq", 2, 2, |context, arguments| member(context, arguments, eq)),
    Primitive::plain("memv", 2, 2, |context, arguments| member(context, arguments, eqv)),
    Primitive::plain("%member", 2, 2, |context, arguments| member(context, arguments, equal)),
    Primitive::plain("assq", 2, 2, |context, arguments| association(context, arguments, eq)),
    Primitive::plain("assv", 2, 2, |context, arguments| association(context, arguments, eqv)),
    Primitive::plain("%assoc", 2, 2, |context, arguments| association(context, arguments, equal)),
    Primitive::plain("%delete", 2, 2, delete),
    Primitive::plain("%delete-duplicates", 1, 1, delete_duplicates),
];

/// Each pair of a list in turn, until `found` has an answer; circular lists are searched once.
fn search(context: &Context, list: Value, found: impl Fn(Value, Value) -> Outcome<Option<Value>>) -> Outcome {
    let (mut rest, mut slow, mut steps) = (list, list, 0_usize);
    while let Some(pair) = context.heap.as_pair(rest) {
        if let Some(answer) = found(rest, pair.car)? {
            return Ok(answer);
        }
        rest = pair.cdr;
        steps += 1;
        if steps % 2 == 0 {
            slow = context.pair(slow)?.cdr;
            if rest == slow && rest != Value::NIL {
                return expected("a list", list);
            }
        }
    }
    if rest == Value::NIL { Ok(Value::FALSE) } else { expected("a list", list) }
}

fn member(context: &Context, arguments: &[Value], same: Same) -> Outcome {
    search(context, arguments[1], |place, item| Ok(same(&context.heap, arguments[0], item).then_some(place)))
}

fn association(context: &Context, arguments: &[Value], same: Same) -> Outcome {
    search(context, arguments[1], |_, item| match context.heap.as_pair(item) {
        Some(pair) => Ok(same(&context.heap, arguments[0], pair.car).then_some(item)),
        None => expected("a pair", item),
    })
}

fn delete(context: &mut Context, arguments: &[Value]) -> Outcome {
    let mut items = context.list_items(arguments[1])?;
    items.retain(|item| !equal(&context.heap, arguments[0], *item));
    Ok(context.heap.list(&items))
}

fn delete_duplicates(context: &mut Context, arguments: &[Value]) -> Outcome {
    let mut seen = Table::new(Sameness::Equal);
    for item in context.list_items(arguments[0])? {
        let hash = hash(&context.heap, item, Sameness::Equal);
        if seen.find(hash, |known| equal(&context.heap, known, item)).is_none() {
            seen.add(hash, item, Value::UNSPECIFIED);
        }
    }
    let kept: Vec<Value> = seen.iter().map(|(item, _)| item).collect();
    Ok(context.heap.list(&kept))
}
