//! Ports: strings that are read or written piece by piece, and the console.

use super::Primitive;
use super::effects::outside;
use crate::context::Context;
use crate::fault::{Outcome, expected, fault};
use crate::heap::{Flow, Object, Port};
use crate::reader::{self, ReadError};
use crate::value::Value;

/// Defines a primitive that tells something about a port.
macro_rules! test {
    ($name:literal, $test:expr) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let test: fn(&Port) -> bool = $test;
            Ok(Value::bool(matches!(context.heap.as_object(arguments[0]), Some(Object::Port(port)) if test(port))))
        })
    };
}

/// As [`test`], of ports only.
macro_rules! port_test {
    ($name:literal, $test:expr) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            let test: fn(&Port) -> bool = $test;
            Ok(Value::bool(test(port(context, arguments[0])?)))
        })
    };
}

pub(super) static TABLE: &[Primitive] = &[
    test!("port?", |_| true),
    test!("textual-port?", |_| true),
    test!("binary-port?", |_| false),
    test!("input-port?", |port| port.unread().is_some()),
    test!("output-port?", is_output),
    port_test!("input-port-open?", |port| port.open && port.unread().is_some()),
    port_test!("output-port-open?", |port| port.open && is_output(port)),
    Primitive::plain("open-input-string", 1, 1, |context, arguments| {
        let text = context.string(arguments[0])?.as_str().into();
        Ok(insert(context, Flow::Input { text, at: 0 }))
    }),
    Primitive::plain("open-output-string", 0, 0, |context, _| Ok(insert(context, Flow::Output(String::new())))),
    Primitive::plain("get-output-string", 1, 1, |context, arguments| match &port(context, arguments[0])?.flow {
        Flow::Output(text) => {
            let text = text.clone();
            Ok(context.heap.text(text))
        }
        _ => expected("a string output port", arguments[0]),
    }),
    Primitive::plain("close-port", 1, 1, close),
    Primitive::plain("close-input-port", 1, 1, close),
    Primitive::plain("close-output-port", 1, 1, close),
    Primitive::plain("flush-output", 0, 1, flush),
    Primitive::plain("flush-output-port", 0, 1, flush),
    Primitive::plain("current-input-port", 0, 0, |context, _| Ok(context.console)),
    Primitive::plain("current-error-port", 0, 0, |context, _| Ok(context.console)),
    Primitive::plain("%output-port", 0, 0, |context, _| Ok(context.output)),
    Primitive::plain("%set-output-port!", 1, 1, |context, arguments| {
        context.output = arguments[0];
        Ok(Value::UNSPECIFIED)
    }),
    Primitive::plain("char-ready?", 0, 1, |context, arguments| {
        unread(context, arguments.first())?;
        Ok(Value::TRUE)
    }),
    Primitive::plain("peek-char", 0, 1, |context, arguments| {
        await_text(context, arguments.first(), "peek-char")?;
        Ok(unread(context, arguments.first())?.chars().next().map_or(Value::EOF, Value::char))
    }),
    Primitive::plain("read-char", 0, 1, |context, arguments| {
        await_text(context, arguments.first(), "read-char")?;
        let Some(char) = unread(context, arguments.first())?.chars().next() else { return Ok(Value::EOF) };
        advance(context, arguments.first(), char.len_utf8());
        Ok(Value::char(char))
    }),
    Primitive::plain("read-line", 0, 1, |context, arguments| {
        await_text(context, arguments.first(), "read-line")?;
        let rest = unread(context, arguments.first())?;
        let Some(line) = rest.split_inclusive('\n').next() else { return Ok(Value::EOF) };
        let (text, bytes) = (line.strip_suffix('\n').unwrap_or(line).to_owned(), line.len());
        advance(context, arguments.first(), bytes);
        Ok(context.heap.text(text))
    }),
    Primitive::plain("prompt-for-line", 1, 1, |context, arguments| {
        let prompt = context.string(arguments[0])?.as_str().to_owned();
        let line = ask(context, &prompt, "prompt-for-line")?;
        Ok(context.heap.text(line))
    }),
    Primitive::plain("read-string", 1, 2, read_string),
    Primitive::plain("read", 0, 1, read),
];

fn insert(context: &mut Context, flow: Flow) -> Value {
    context.heap.insert(Object::Port(Box::new(Port::new(flow))))
}

fn port(context: &Context, value: Value) -> Outcome<&Port> {
    match context.heap.as_object(value) {
        Some(Object::Port(port)) => Ok(port),
        _ => expected("a port", value),
    }
}

fn port_mut(context: &mut Context, value: Value) -> Option<&mut Port> {
    match value.as_object().map(|id| context.heap.object_mut(id)) {
        Some(Object::Port(port)) => Some(port),
        _ => None,
    }
}

fn is_output(port: &Port) -> bool {
    !matches!(port.flow, Flow::Input { .. })
}

/// Closing what leads to the user does nothing.
fn close(context: &mut Context, arguments: &[Value]) -> Outcome {
    port(context, arguments[0])?;
    if arguments[0] != context.console {
        if let Some(port) = port_mut(context, arguments[0]) {
            port.open = false;
        }
    }
    Ok(Value::UNSPECIFIED)
}

fn flush(context: &mut Context, arguments: &[Value]) -> Outcome {
    output(context, arguments.first())?;
    context.flush();
    Ok(Value::UNSPECIFIED)
}

/// The port that an optional argument names, or the one that output goes to without it.
fn output(context: &Context, argument: Option<&Value>) -> Outcome {
    let target = argument.copied().unwrap_or(context.output);
    match context.heap.as_object(target) {
        Some(Object::Port(port)) if is_output(port) && port.open => Ok(target),
        Some(Object::Port(port)) if is_output(port) => fault("the port is closed"),
        _ => expected("an output port", target),
    }
}

/// Writes to the port that an optional argument names.
pub(super) fn put(context: &mut Context, argument: Option<&Value>, text: &str) -> Outcome {
    let target = output(context, argument)?;
    match port_mut(context, target).map(|port| &mut port.flow) {
        Some(Flow::Output(whole)) => {
            whole.push_str(text);
            context.heap.charge(text.len());
        }
        _ => context.write(text),
    }
    Ok(Value::UNSPECIFIED)
}

/// Ends the line unless nothing was written on it.
pub(super) fn fresh_line(context: &mut Context, argument: Option<&Value>) -> Outcome {
    let target = output(context, argument)?;
    match &port(context, target)?.flow {
        Flow::Output(text) if text.is_empty() || text.ends_with('\n') => {}
        Flow::Output(_) => return put(context, Some(&target), "\n"),
        _ => context.fresh_line(),
    }
    Ok(Value::UNSPECIFIED)
}

/// What is left to read of the port that an optional argument names.
fn unread<'a>(context: &'a Context, argument: Option<&Value>) -> Outcome<&'a str> {
    let source = argument.copied().unwrap_or(context.console);
    match context.heap.as_object(source) {
        Some(Object::Port(_)) if source == context.console => Ok(&context.typed),
        Some(Object::Port(port)) => match port.unread() {
            Some(_) if !port.open => fault("the port is closed"),
            Some(text) => Ok(text),
            None => expected("an input port", source),
        },
        _ => expected("an input port", source),
    }
}

/// Has the user type a line when the console is what is read, and nothing is left of the last one.
fn await_text(context: &mut Context, argument: Option<&Value>, who: &str) -> Outcome<()> {
    if argument.is_none_or(|source| *source == context.console) && context.typed.is_empty() {
        let line = ask(context, "", who)?;
        context.typed = line + "\n";
    }
    Ok(())
}

fn ask(context: &mut Context, prompt: &str, who: &str) -> Outcome<String> {
    context.flush();
    context.world.read_line(prompt).map_err(|failure| outside(who, failure))
}

fn advance(context: &mut Context, argument: Option<&Value>, bytes: usize) {
    if argument.is_none_or(|source| *source == context.console) {
        context.typed.drain(..bytes);
        return;
    }
    if let Some(port) = argument.and_then(|argument| port_mut(context, *argument)) {
        port.advance(bytes);
    }
}

/// `(read-string count port)`, and the other way round as in older standards.
fn read_string(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (count, source) = match *arguments {
        [source, count] if count.as_small().is_some() => (count, Some(source)),
        [count, source] => (count, Some(source)),
        _ => (arguments[0], None),
    };
    let count = context.index(count)?;
    if count > 0 {
        await_text(context, source.as_ref(), "read-string")?;
    }
    let rest = unread(context, source.as_ref())?;
    if rest.is_empty() && count > 0 {
        return Ok(Value::EOF);
    }
    let bytes = rest.char_indices().nth(count).map_or(rest.len(), |(end, _)| end);
    let text = rest[..bytes].to_owned();
    advance(context, source.as_ref(), bytes);
    Ok(context.heap.text(text))
}

fn read(context: &mut Context, arguments: &[Value]) -> Outcome {
    if arguments.first().is_none_or(|source| *source == context.console) {
        return read_typed(context);
    }
    if unread(context, arguments.first())?.is_empty() {
        return Ok(Value::EOF);
    }
    let (text, start) = lend(context, arguments[0]);
    let result = reader::read_first(&mut context.heap, &text[start..]);
    let end = match &result {
        Ok(Some((_, bytes))) => start + bytes,
        Ok(None) => text.len(),
        Err(_) => start,
    };
    if let Some(port) = port_mut(context, arguments[0]) {
        port.flow = Flow::Input { text, at: end };
    }
    match result {
        Ok(datum) => Ok(datum.map_or(Value::EOF, |(datum, _)| datum)),
        Err(error) => fault(error.to_string()),
    }
}

/// Reads a datum from the console, over as many lines as it takes.
fn read_typed(context: &mut Context) -> Outcome {
    let mut text = std::mem::take(&mut context.typed);
    loop {
        match reader::read_first(&mut context.heap, &text) {
            Ok(Some((datum, bytes))) => {
                context.typed = text.split_off(bytes);
                // The end of the line belongs to it.
                if context.typed.trim().is_empty() {
                    context.typed.clear();
                }
                return Ok(datum);
            }
            Ok(None) | Err(ReadError::Incomplete(..)) => {
                let line = ask(context, "", "read")?;
                text = text + &line + "\n";
            }
            Err(error) => return fault(error.to_string()),
        }
    }
}

/// Takes the text out of a port, for the reader, which needs the heap for itself. A copy could be long.
fn lend(context: &mut Context, source: Value) -> (Box<str>, usize) {
    match port_mut(context, source).map(|port| &mut port.flow) {
        Some(Flow::Input { text, at }) => (std::mem::take(text), *at),
        _ => (Box::default(), 0),
    }
}
