//! The ways to the outside that a program can ask for: functions that the host grants, and results that are more than
//! text.
//!
//! ```text
//! (effect infer.op "Hello")     ─►  World::call("infer", {"prompt":"Hello"})  ─►  JSON, as a value, or a condition
//! (effect kv.put "a" 1)         ─►  World::call("kv.put", {"key":"a","value":1})
//! (effect tool 1 "two")         ─►  World::call("tool", [1,"two"])
//! (effect tool '((a . 1)))      ─►  World::call("tool", {"a":1})
//! ```

use super::{ANY, Primitive};
use crate::base64;
use crate::context::Context;
use crate::fault::{Fault, Outcome, expected, fault};
use crate::heap::Object;
use crate::json;
use crate::value::Value;
use crate::world::Failure;

/// Effects whose arguments have names: the effect, the host's function, and the names in order.
const NAMED: &[(&str, &str, &[&str])] = &[
    ("infer.op", "infer", &["prompt"]),
    ("infer", "infer", &["prompt"]),
    ("kv.get", "kv.get", &["key"]),
    ("kv.put", "kv.put", &["key", "value"]),
    ("kv.list", "kv.list", &["prefix"]),
    ("kv.delete", "kv.delete", &["key"]),
];

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("%effect", 2, 2, effect),
    Primitive::plain("show", 1, ANY, |context, arguments| {
        let pairs = arguments.iter().map(|pair| context.pair(*pair).map(|pair| (pair.car, pair.cdr)));
        let pairs = pairs.collect::<Outcome<Vec<_>>>()?;
        show(context, &pairs)
    }),
    Primitive::plain("display-as", 2, ANY, |context, arguments| match arguments.len() % 2 {
        0 => {
            let pairs: Vec<(Value, Value)> = arguments.chunks(2).map(|pair| (pair[0], pair[1])).collect();
            show(context, &pairs)
        }
        _ => fault("expected a media type and data, and further pairs of those"),
    }),
    Primitive::plain("json->string", 1, 1, |context, arguments| match json::write(&context.heap, arguments[0]) {
        Ok(text) => Ok(context.heap.text(text)),
        Err(error) => fault(error),
    }),
    Primitive::plain("string->json", 1, 1, |context, arguments| {
        let text = context.string(arguments[0])?.as_str().to_owned();
        json::read(&mut context.heap, &text).or_else(fault)
    }),
];

/// `(%effect name arguments)`
fn effect(context: &mut Context, arguments: &[Value]) -> Outcome {
    let name = name(context, arguments[0])?;
    let items = context.list_items(arguments[1])?;
    let (function, sent) = match NAMED.iter().find(|(effect, ..)| *effect == name) {
        Some((_, function, names)) => (*function, named(context, &name, names, &items)?),
        None => (&*name, unnamed(context, &items)),
    };
    let sent = json::write(&context.heap, sent).or_else(|error| whole(format!("{name}: {error}")))?;
    // Whoever watches sees what was written before the effect before the effect.
    context.flush();
    let answer = context.world.call(function, &sent).map_err(|failure| outside(&name, failure))?;
    json::read(&mut context.heap, &answer).or_else(|error| whole(format!("{name}: the answer is {error}")))
}

/// The condition of a failure, which names what was asked.
pub(super) fn outside(name: &str, Failure { kind, message }: Failure) -> Fault {
    let text = if message.contains(name) { message } else { format!("{name}: {message}") };
    Fault::Outside { text, kind: kind.name() }
}

/// A fault that says itself what was asked.
fn whole<T>(text: String) -> Outcome<T> {
    Err(Fault::Whole(text))
}

fn name(context: &Context, value: Value) -> Outcome<String> {
    match (value.as_symbol(), context.heap.as_object(value)) {
        (Some(symbol), _) => Ok(String::from(&*context.heap.symbol(symbol).name)),
        (_, Some(Object::Text(text))) => Ok(text.as_str().to_owned()),
        _ => expected("the name of an effect", value),
    }
}

/// One argument that is an object already, or arguments in the order of their names and then an object with the rest.
fn named(context: &mut Context, name: &str, names: &[&str], items: &[Value]) -> Outcome {
    if let [only] = *items {
        if json::object(&context.heap, only).is_some() {
            return Ok(only);
        }
    }
    let (given, rest) = items.split_at(names.len().min(items.len()));
    let rest = match *rest {
        [] => Vec::new(),
        [rest] => match json::object(&context.heap, rest) {
            Some(entries) => entries,
            None => return whole(format!("{name}: expected an alist or a hash table after the other arguments")),
        },
        _ => return whole(format!("{name}: expected at most {} arguments, got {}", names.len() + 1, items.len())),
    };
    let mut entries = Vec::new();
    for (name, value) in std::iter::zip(names, given) {
        entries.push((Value::symbol(context.heap.intern(name)), *value));
    }
    entries.extend(rest);
    Ok(entries_value(context, &entries))
}

/// An object without entries is a table without any, as the empty list is an array.
fn entries_value(context: &mut Context, entries: &[(Value, Value)]) -> Value {
    use crate::hashing::hash;
    use crate::heap::{Sameness, Table};
    let mut table = Table::new(Sameness::Eq);
    for (key, value) in entries {
        table.add(hash(&context.heap, *key, Sameness::Eq), *key, *value);
    }
    context.heap.insert(Object::Table(Box::new(table)))
}

fn unnamed(context: &mut Context, items: &[Value]) -> Value {
    match *items {
        [only] if json::object(&context.heap, only).is_some() => only,
        _ => context.heap.vector(items),
    }
}

/// Shows one result in several forms. What is JSON may be any value that has such a form.
fn show(context: &mut Context, pairs: &[(Value, Value)]) -> Outcome {
    let mut representations = Vec::new();
    for (mime, data) in pairs {
        let mime = context.string(*mime)?.as_str().to_owned();
        let data = match context.heap.as_object(*data) {
            Some(Object::Text(text)) => bytes_of(&mime, text.as_str())?,
            Some(Object::Bytes(bytes)) => bytes.to_vec(),
            _ if mime.ends_with("json") => json::write(&context.heap, *data).or_else(fault)?.into_bytes(),
            _ => return expected("a string or a bytevector", *data),
        };
        representations.push((mime, data));
    }
    context.flush();
    context.world.display(&representations).or_else(fault)?;
    Ok(Value::UNSPECIFIED)
}

/// What a string stands for: itself for a media type that is text, and data in base64 for others, as in notebooks.
fn bytes_of(mime: &str, text: &str) -> Outcome<Vec<u8>> {
    if is_text_type(mime) {
        return Ok(text.as_bytes().to_vec());
    }
    match base64::decode(text) {
        Some(bytes) => Ok(bytes),
        None => fault(format!("a string for {mime} must be base64; raw data are a bytevector")),
    }
}

/// The host tells text from other data in the same way.
fn is_text_type(mime: &str) -> bool {
    let is_xml = mime == "application/xml" || mime.ends_with("+xml");
    let is_json = mime == "application/json" || mime.ends_with("+json");
    mime.starts_with("text/") || is_xml || is_json || !mime.contains('/')
}
