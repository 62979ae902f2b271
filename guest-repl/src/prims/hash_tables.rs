//! Hash tables. What calls procedures of the program is in `prelude/hash-tables.scm`.

use super::lists::int;
use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::{Outcome, expected};
use crate::hashing::{hash, same};
use crate::heap::{Found, Object, Sameness, Table};
use crate::value::Value;

/// Defines a primitive that makes an empty table; a size that is expected is taken and not needed.
macro_rules! make {
    ($name:literal, $sameness:ident) => {
        Primitive::plain($name, 0, 1, |context, _| Ok(insert(context, Table::new(Sameness::$sameness))))
    };
}

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("make-hash-table", 0, ANY, |context, arguments| {
        let sameness = sameness(context, arguments)?;
        Ok(insert(context, Table::new(sameness)))
    }),
    make!("make-equal-hash-table", Equal),
    make!("make-string-hash-table", Equal),
    make!("make-eqv-hash-table", Eqv),
    make!("make-strong-eqv-hash-table", Eqv),
    make!("make-eq-hash-table", Eq),
    make!("make-strong-eq-hash-table", Eq),
    Primitive::plain("hash-table?", 1, 1, |context, arguments| {
        Ok(Value::bool(matches!(context.heap.as_object(arguments[0]), Some(Object::Table(_)))))
    }),
    Primitive::plain("hash-table-ref/default", 3, 3, get),
    // The same for others of the library, whose names complaints begin with.
    Primitive::plain("%hash-table-ref", 3, 3, get),
    Primitive::plain("%hash-table-update!", 3, 3, get),
    Primitive::plain("%hash-table-update!/default", 3, 3, get),
    Primitive::plain("%hash-table-intern!", 3, 3, get),
    Primitive::plain("hash-table-contains?", 2, 2, contains),
    Primitive::plain("hash-table-exists?", 2, 2, contains),
    Primitive::plain("hash-table-set!", 3, 3, |context, arguments| {
        set(context, arguments[0], arguments[1], arguments[2])?;
        Ok(Value::UNSPECIFIED)
    }),
    Primitive::plain("hash-table-delete!", 2, 2, |context, arguments| {
        if let Some(found) = find(context, arguments[0], arguments[1])?.1 {
            table_mut(context, arguments[0])?.delete(found);
        }
        Ok(Value::UNSPECIFIED)
    }),
    Primitive::plain("hash-table-clear!", 1, 1, |context, arguments| {
        table_mut(context, arguments[0])?.clear();
        Ok(Value::UNSPECIFIED)
    }),
    Primitive::plain("hash-table-count", 1, 1, size),
    Primitive::plain("hash-table-size", 1, 1, size),
    Primitive::plain("hash-table-keys", 1, 1, |context, arguments| {
        let keys: Vec<Value> = table(context, arguments[0])?.iter().map(|(key, _)| key).collect();
        Ok(context.heap.list(&keys))
    }),
    Primitive::plain("hash-table-values", 1, 1, |context, arguments| {
        let values: Vec<Value> = table(context, arguments[0])?.iter().map(|(_, value)| value).collect();
        Ok(context.heap.list(&values))
    }),
    Primitive::plain("hash-table->alist", 1, 1, |context, arguments| {
        let entries: Vec<(Value, Value)> = table(context, arguments[0])?.iter().collect();
        let pairs: Vec<Value> = entries.into_iter().map(|(key, value)| context.heap.cons(key, value)).collect();
        Ok(context.heap.list(&pairs))
    }),
    Primitive::plain("hash-table-copy", 1, 2, |context, arguments| {
        let copy = table(context, arguments[0])?.clone();
        Ok(insert(context, copy))
    }),
    Primitive::plain("alist->hash-table", 1, ANY, from_alist),
];

fn insert(context: &mut Context, table: Table) -> Value {
    context.heap.insert(Object::Table(Box::new(table)))
}

/// The sameness that one of the arguments is the predicate of. Sizes say nothing.
fn sameness(context: &Context, arguments: &[Value]) -> Outcome<Sameness> {
    let Some(argument) = arguments.iter().find(|argument| argument.as_small().is_none()) else {
        return Ok(Sameness::Equal);
    };
    let name = match context.heap.as_object(*argument) {
        Some(Object::Primitive(primitive)) => primitive.name,
        _ => "",
    };
    match name {
        "eq?" => Ok(Sameness::Eq),
        "eqv?" | "=" | "char=?" => Ok(Sameness::Eqv),
        "equal?" | "string=?" => Ok(Sameness::Equal),
        _ => expected("eq?, eqv?, equal? or string=?", *argument),
    }
}

fn table(context: &Context, value: Value) -> Outcome<&Table> {
    match context.heap.as_object(value) {
        Some(Object::Table(table)) => Ok(table),
        _ => expected("a hash table", value),
    }
}

fn table_mut(context: &mut Context, value: Value) -> Outcome<&mut Table> {
    match value.as_object().map(|id| context.heap.object_mut(id)) {
        Some(Object::Table(table)) => Ok(table),
        _ => expected("a hash table", value),
    }
}

/// A table, and where it has the key.
fn find(context: &Context, value: Value, key: Value) -> Outcome<(&Table, Option<Found>)> {
    let table = table(context, value)?;
    let sameness = table.sameness();
    let hash = hash(&context.heap, key, sameness);
    Ok((table, table.find(hash, |known| same(&context.heap, known, key, sameness))))
}

fn get(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (table, place) = find(context, arguments[0], arguments[1])?;
    Ok(place.map_or(arguments[2], |found| table.value(found)))
}

fn contains(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (_, found) = find(context, arguments[0], arguments[1])?;
    Ok(Value::bool(found.is_some()))
}

fn size(context: &mut Context, arguments: &[Value]) -> Outcome {
    let len = table(context, arguments[0])?.len();
    int(context, len)
}

fn set(context: &mut Context, into: Value, key: Value, value: Value) -> Outcome<()> {
    let (table, found) = find(context, into, key)?;
    let before = table.weight();
    let hash = hash(&context.heap, key, table.sameness());
    let table = table_mut(context, into)?;
    match found {
        Some(found) => table.set_value(found, value),
        None => table.add(hash, key, value),
    }
    let grown = table.weight().saturating_sub(before);
    context.heap.charge(grown);
    Ok(())
}

/// Of several pairs with one key the first counts, as it does for `assoc`.
fn from_alist(context: &mut Context, arguments: &[Value]) -> Outcome {
    let pairs = context.list_items(arguments[0])?;
    let sameness = sameness(context, &arguments[1..])?;
    let whole = insert(context, Table::new(sameness));
    for pair in pairs {
        let pair = context.pair(pair)?;
        if find(context, whole, pair.car)?.1.is_none() {
            set(context, whole, pair.car, pair.cdr)?;
        }
    }
    Ok(whole)
}
