//! The one way to the outside that a program can ask for by name.
//!
//! ```text
//! (effect 'name 1 "two")  ─►  World::effect("name", "(1 \"two\")")  ─►  the text of a datum, or a refusal
//! ```
//!
//! Arguments and answers are written data, so that a host can record an answer and give it again, and nothing of the heap
//! is seen outside. What a world grants is the world's to say; so far none grants anything.

use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::{Outcome, expected, fault};
use crate::heap::Object;
use crate::printer;
use crate::reader;
use crate::value::Value;
use crate::world::Refusal;

pub(super) static TABLE: &[Primitive] = &[Primitive::plain("effect", 1, ANY, effect)];

fn effect(context: &mut Context, arguments: &[Value]) -> Outcome {
    let name = name(context, arguments[0])?;
    let sent = context.heap.list(&arguments[1..]);
    let sent = printer::written(&context.heap, sent);
    // Whoever watches sees what was written before the effect before the effect.
    context.flush();
    let answer = match context.world.effect(&name, &sent) {
        Ok(answer) => answer,
        Err(Refusal::NotGranted) => return fault(format!("no effect {name} is granted")),
        Err(Refusal::Failed(reason)) => return fault(format!("{name}: {reason}")),
    };
    match reader::read_first(&mut context.heap, &answer) {
        Ok(datum) => Ok(datum.map_or(Value::UNSPECIFIED, |(datum, _)| datum)),
        Err(error) => fault(format!("{name}: the answer is no datum: {error}")),
    }
}

fn name(context: &Context, value: Value) -> Outcome<String> {
    match (value.as_symbol(), context.heap.as_object(value)) {
        (Some(symbol), _) => Ok(String::from(&*context.heap.symbol(symbol).name)),
        (_, Some(Object::Text(text))) => Ok(text.as_str().to_owned()),
        _ => expected("the name of an effect", value),
    }
}
