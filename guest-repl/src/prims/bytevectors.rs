//! Bytevectors.

use super::lists::int;
use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::{Outcome, expected, fault};
use crate::heap::Object;
use crate::value::Value;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("bytevector", 0, ANY, |context, arguments| {
        let bytes = arguments.iter().map(|argument| byte(*argument)).collect::<Outcome<Vec<u8>>>()?;
        Ok(insert(context, bytes))
    }),
    Primitive::plain("make-bytevector", 1, 2, |context, arguments| {
        let fill = arguments.get(1).map_or(Ok(0), |fill| byte(*fill))?;
        let size = context.size(arguments[0])?;
        Ok(insert(context, vec![fill; size]))
    }),
    Primitive::plain("bytevector?", 1, 1, |context, arguments| {
        Ok(Value::bool(matches!(context.heap.as_object(arguments[0]), Some(Object::Bytes(_)))))
    }),
    Primitive::plain("bytevector-length", 1, 1, |context, arguments| {
        let length = bytes(context, arguments[0])?.len();
        int(context, length)
    }),
    Primitive::plain("bytevector-u8-ref", 2, 2, |context, arguments| {
        let (bytes, index) = (bytes(context, arguments[0])?, context.index(arguments[1])?);
        match bytes.get(index) {
            Some(byte) => int(context, usize::from(*byte)),
            None => out_of_range(index, bytes.len()),
        }
    }),
    Primitive::plain("bytevector-u8-set!", 3, 3, |context, arguments| {
        let (index, byte) = (context.index(arguments[1])?, byte(arguments[2])?);
        let bytes = bytes_mut(context, arguments[0])?;
        let length = bytes.len();
        match bytes.get_mut(index) {
            Some(place) => *place = byte,
            None => return out_of_range(index, length),
        }
        Ok(Value::UNSPECIFIED)
    }),
    Primitive::plain("bytevector-fill!", 2, 4, |context, arguments| {
        let byte = byte(arguments[1])?;
        let length = bytes(context, arguments[0])?.len();
        let (start, end) = context.range(&arguments[2..], length)?;
        bytes_mut(context, arguments[0])?[start..end].fill(byte);
        Ok(Value::UNSPECIFIED)
    }),
    Primitive::plain("bytevector-copy", 1, 3, |context, arguments| {
        let part = part(context, arguments)?;
        Ok(insert(context, part))
    }),
    Primitive::plain("bytevector-copy!", 3, 5, copy_into),
    Primitive::plain("bytevector-append", 0, ANY, |context, arguments| {
        let parts = arguments.iter().map(|argument| bytes(context, *argument));
        let whole = parts.collect::<Outcome<Vec<&[u8]>>>()?.concat();
        Ok(insert(context, whole))
    }),
    Primitive::plain("utf8->string", 1, 3, |context, arguments| match String::from_utf8(part(context, arguments)?) {
        Ok(text) => Ok(context.heap.text(text)),
        Err(error) => fault(format!("no UTF-8 at byte {}", error.utf8_error().valid_up_to())),
    }),
    Primitive::plain("string->utf8", 1, 3, |context, arguments| {
        let text = context.string(arguments[0])?;
        let (start, end) = context.range(&arguments[1..], text.len())?;
        let bytes = text.slice(start, end).as_bytes().to_vec();
        Ok(insert(context, bytes))
    }),
    Primitive::plain("bytevector->list", 1, 3, |context, arguments| {
        let bytes = part(context, arguments)?;
        let items = bytes.into_iter().map(|byte| int(context, usize::from(byte)));
        let items = items.collect::<Outcome<Vec<Value>>>()?;
        Ok(context.heap.list(&items))
    }),
    Primitive::plain("list->bytevector", 1, 1, |context, arguments| {
        let items = context.list_items(arguments[0])?;
        let bytes = items.into_iter().map(byte).collect::<Outcome<Vec<u8>>>()?;
        Ok(insert(context, bytes))
    }),
];

fn insert(context: &mut Context, bytes: Vec<u8>) -> Value {
    context.heap.insert(Object::Bytes(bytes.into()))
}

fn byte(value: Value) -> Outcome<u8> {
    match value.as_small().and_then(|number| u8::try_from(number).ok()) {
        Some(byte) => Ok(byte),
        None => expected("an integer from 0 to 255", value),
    }
}

fn bytes(context: &Context, value: Value) -> Outcome<&[u8]> {
    match context.heap.as_object(value) {
        Some(Object::Bytes(bytes)) => Ok(bytes),
        _ => expected("a bytevector", value),
    }
}

fn bytes_mut(context: &mut Context, value: Value) -> Outcome<&mut [u8]> {
    match value.as_object().map(|id| context.heap.object_mut(id)) {
        Some(Object::Bytes(bytes)) => Ok(bytes),
        _ => expected("a bytevector", value),
    }
}

fn out_of_range<T>(index: usize, length: usize) -> Outcome<T> {
    fault(format!("index {index} is out of range for a bytevector of length {length}"))
}

fn part(context: &Context, arguments: &[Value]) -> Outcome<Vec<u8>> {
    let bytes = bytes(context, arguments[0])?;
    let (start, end) = context.range(&arguments[1..], bytes.len())?;
    Ok(bytes[start..end].to_vec())
}

/// `(bytevector-copy! to at from start end)`
fn copy_into(context: &mut Context, arguments: &[Value]) -> Outcome {
    let at = context.index(arguments[1])?;
    let part = part(context, &arguments[2..])?;
    let target = bytes_mut(context, arguments[0])?;
    let length = target.len();
    match at.checked_add(part.len()) {
        Some(end) if end <= length => target[at..end].copy_from_slice(&part),
        _ => {
            return fault(format!(
                "{} bytes from index {at} on do not fit in a bytevector of length {length}",
                part.len()
            ));
        }
    }
    Ok(Value::UNSPECIFIED)
}
