//! Strings as sequences of characters.

use super::lists::int;
use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::{Outcome, fault};
use crate::heap::Object;
use crate::value::Value;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("make-string", 1, 2, make_string),
    Primitive::plain("string", 0, ANY, string),
    Primitive::plain("string-length", 1, 1, |context, arguments| {
        let length = context.string(arguments[0])?.len();
        int(context, length)
    }),
    Primitive::plain("string-ref", 2, 2, string_ref),
    Primitive::plain("string-set!", 3, 3, string_set),
    Primitive::plain("substring", 2, 3, substring),
    Primitive::plain("string-copy", 1, 3, substring),
    Primitive::plain("string-head", 2, 2, |context, arguments| {
        substring(context, &[arguments[0], Value::small(0).expect("small"), arguments[1]])
    }),
    Primitive::plain("string-tail", 2, 2, substring),
    Primitive::plain("string-append", 0, ANY, string_append),
    Primitive::plain("string->list", 1, 3, string_to_list),
    Primitive::plain("list->string", 1, 1, list_to_string),
    Primitive::plain("string->vector", 1, 3, |context, arguments| {
        let chars = chars(context, arguments)?;
        Ok(context.heap.vector(chars))
    }),
    Primitive::plain("vector->string", 1, 3, vector_to_string),
    Primitive::plain("string->symbol", 1, 1, |context, arguments| {
        let name = context.string(arguments[0])?.as_str().to_owned();
        Ok(Value::symbol(context.heap.intern(&name)))
    }),
    Primitive::plain("intern", 1, 1, |context, arguments| {
        let name = context.string(arguments[0])?.as_str().to_owned();
        Ok(Value::symbol(context.heap.intern(&name)))
    }),
    Primitive::plain("symbol->string", 1, 1, |context, arguments| {
        let symbol = context.symbol(arguments[0])?;
        let name = String::from(&*context.heap.symbol(symbol).name);
        Ok(context.heap.text(name))
    }),
    Primitive::plain("symbol-append", 0, ANY, symbol_append),
    Primitive::plain("gensym", 0, 1, |context, _| Ok(context.heap.fresh_symbol("g"))),
];

fn make_string(context: &mut Context, arguments: &[Value]) -> Outcome {
    let fill = arguments.get(1).map_or(Ok(' '), |fill| context.char(*fill))?;
    let size = context.size(arguments[0])?;
    Ok(context.heap.text(std::iter::repeat_n(fill, size).collect::<String>()))
}

/// Characters make a string of them; other values are displayed one after another.
fn string(context: &mut Context, arguments: &[Value]) -> Outcome {
    let text: String = arguments.iter().map(|part| crate::printer::displayed(&context.heap, *part)).collect();
    Ok(context.heap.text(text))
}

fn string_ref(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (text, index) = (context.string(arguments[0])?, context.index(arguments[1])?);
    match text.get(index) {
        Some(char) => Ok(Value::char(char)),
        None => fault(format!("index {index} is out of range for a string of length {}", text.len())),
    }
}

fn string_set(context: &mut Context, arguments: &[Value]) -> Outcome {
    let length = context.string(arguments[0])?.len();
    let (index, char) = (context.index(arguments[1])?, context.char(arguments[2])?);
    if index >= length {
        return fault(format!("index {index} is out of range for a string of length {length}"));
    }
    let id = arguments[0].as_object().expect("just seen to be a string");
    if let Object::Text(text) = context.heap.object_mut(id) {
        text.set(index, char);
    }
    Ok(Value::UNSPECIFIED)
}

fn substring(context: &mut Context, arguments: &[Value]) -> Outcome {
    let text = context.string(arguments[0])?;
    let (start, end) = context.range(&arguments[1..], text.len())?;
    let part = text.slice(start, end).to_owned();
    Ok(context.heap.text(part))
}

fn string_append(context: &mut Context, arguments: &[Value]) -> Outcome {
    let mut whole = String::new();
    for part in arguments {
        whole.push_str(context.string(*part)?.as_str());
    }
    Ok(context.heap.text(whole))
}

fn chars(context: &Context, arguments: &[Value]) -> Outcome<Vec<Value>> {
    let text = context.string(arguments[0])?;
    let (start, end) = context.range(&arguments[1..], text.len())?;
    Ok(text.slice(start, end).chars().map(Value::char).collect())
}

fn string_to_list(context: &mut Context, arguments: &[Value]) -> Outcome {
    let chars = chars(context, arguments)?;
    Ok(context.heap.list(&chars))
}

fn list_to_string(context: &mut Context, arguments: &[Value]) -> Outcome {
    let items = context.list_items(arguments[0])?;
    let text: String = items.into_iter().map(|item| context.char(item)).collect::<Outcome<_>>()?;
    Ok(context.heap.text(text))
}

fn vector_to_string(context: &mut Context, arguments: &[Value]) -> Outcome {
    let items = context.vector(arguments[0])?;
    let (start, end) = context.range(&arguments[1..], items.len())?;
    let text: String = items[start..end].iter().map(|item| context.char(*item)).collect::<Outcome<_>>()?;
    Ok(context.heap.text(text))
}

fn symbol_append(context: &mut Context, arguments: &[Value]) -> Outcome {
    let mut name = String::new();
    for part in arguments {
        let symbol = context.symbol(*part)?;
        name.push_str(&context.heap.symbol(symbol).name);
    }
    Ok(Value::symbol(context.heap.intern(&name)))
}
