//! Vectors.

use super::lists::int;
use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::{Outcome, fault};
use crate::value::Value;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("vector", 0, ANY, |context, arguments| Ok(context.heap.vector(arguments))),
    Primitive::plain("make-vector", 1, 2, make_vector),
    Primitive::plain("vector-length", 1, 1, |context, arguments| {
        let length = context.vector(arguments[0])?.len();
        int(context, length)
    }),
    Primitive::plain("vector-ref", 2, 2, vector_ref),
    Primitive::plain("vector-set!", 3, 3, vector_set),
    Primitive::plain("vector-fill!", 2, 4, vector_fill),
    Primitive::plain("vector->list", 1, 3, vector_to_list),
    Primitive::plain("list->vector", 1, 1, |context, arguments| {
        let items = context.list_items(arguments[0])?;
        Ok(context.heap.vector(items))
    }),
    Primitive::plain("vector-copy", 1, 3, vector_copy),
    Primitive::plain("subvector", 3, 3, vector_copy),
    Primitive::plain("vector-copy!", 3, 5, vector_copy_into),
    Primitive::plain("vector-append", 0, ANY, vector_append),
    Primitive::plain("vector-grow", 2, 2, vector_grow),
];

fn make_vector(context: &mut Context, arguments: &[Value]) -> Outcome {
    let fill = arguments.get(1).copied().unwrap_or(Value::FALSE);
    let size = context.size(arguments[0])?;
    Ok(context.heap.vector(vec![fill; size]))
}

fn out_of_range<T>(index: usize, length: usize) -> Outcome<T> {
    fault(format!("index {index} is out of range for a vector of length {length}"))
}

fn vector_ref(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (items, index) = (context.vector(arguments[0])?, context.index(arguments[1])?);
    match items.get(index) {
        Some(item) => Ok(*item),
        None => out_of_range(index, items.len()),
    }
}

fn vector_set(context: &mut Context, arguments: &[Value]) -> Outcome {
    let index = context.index(arguments[1])?;
    let items = context.vector_mut(arguments[0])?;
    let length = items.len();
    match items.get_mut(index) {
        Some(item) => *item = arguments[2],
        None => return out_of_range(index, length),
    }
    Ok(Value::UNSPECIFIED)
}

fn vector_fill(context: &mut Context, arguments: &[Value]) -> Outcome {
    let length = context.vector(arguments[0])?.len();
    let (start, end) = context.range(&arguments[2..], length)?;
    context.vector_mut(arguments[0])?[start..end].fill(arguments[1]);
    Ok(Value::UNSPECIFIED)
}

fn part(context: &Context, arguments: &[Value]) -> Outcome<Vec<Value>> {
    let items = context.vector(arguments[0])?;
    let (start, end) = context.range(&arguments[1..], items.len())?;
    Ok(items[start..end].to_vec())
}

fn vector_to_list(context: &mut Context, arguments: &[Value]) -> Outcome {
    let items = part(context, arguments)?;
    Ok(context.heap.list(&items))
}

fn vector_copy(context: &mut Context, arguments: &[Value]) -> Outcome {
    let items = part(context, arguments)?;
    Ok(context.heap.vector(items))
}

/// `(vector-copy! to at from start end)`
fn vector_copy_into(context: &mut Context, arguments: &[Value]) -> Outcome {
    let at = context.index(arguments[1])?;
    let items = part(context, &arguments[2..])?;
    let target = context.vector_mut(arguments[0])?;
    let length = target.len();
    match at.checked_add(items.len()) {
        Some(end) if end <= length => target[at..end].copy_from_slice(&items),
        _ => {
            return fault(format!(
                "{} items from index {at} on do not fit in a vector of length {length}",
                items.len()
            ));
        }
    }
    Ok(Value::UNSPECIFIED)
}

fn vector_append(context: &mut Context, arguments: &[Value]) -> Outcome {
    let mut whole = Vec::new();
    for vector in arguments {
        whole.extend_from_slice(context.vector(*vector)?);
    }
    Ok(context.heap.vector(whole))
}

fn vector_grow(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (mut items, size) = (context.vector(arguments[0])?.to_vec(), context.size(arguments[1])?);
    if size < items.len() {
        return fault(format!("a vector of length {} can't grow to {size}", items.len()));
    }
    items.resize(size, Value::FALSE);
    Ok(context.heap.vector(items))
}
