//! Procedures, values, promises, conditions and records: the parts that the prelude builds on.

use super::lists::int;
use super::{ANY, Primitive};
use crate::context::Context;
use crate::fault::{Outcome, expected, fault};
use crate::heap::{Condition, Object};
use crate::machine::Control;
use crate::value::Value;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::control("apply", 2, ANY, Control::Apply),
    Primitive::control("call-with-current-continuation", 1, 1, Control::CallCc),
    Primitive::control("call/cc", 1, 1, Control::CallCc),
    Primitive::control("%apply-values", 2, 2, Control::ApplyValues),
    Primitive::control("%resume", 2, 2, Control::Resume),
    Primitive::control("%handlers", 0, 0, Control::Handlers),
    Primitive::control("%set-handlers!", 1, 1, Control::SetHandlers),
    Primitive::control("%winders", 0, 0, Control::Winders),
    Primitive::control("%set-winders!", 1, 1, Control::SetWinders),
    Primitive::control("%prompt-winders", 2, 2, Control::PromptWinders),
    Primitive::control("%call-with-part", 2, 2, Control::CallWithPart),
    Primitive::control("%abort", 2, 2, Control::Abort),
    Primitive::control("%reinstate", 2, 2, Control::Reinstate),
    Primitive::control("%machine-step", 2, 2, Control::MachineStep),
    Primitive::control("%uncaught", 1, 1, Control::Uncaught),
    Primitive::control("exit", 0, 1, Control::Exit),
    Primitive::control("gc", 0, 0, Control::Collect),
    Primitive::plain("values", 0, ANY, |context, arguments| match *arguments {
        [value] => Ok(value),
        _ => Ok(context.heap.insert(Object::Values(arguments.into()))),
    }),
    Primitive::plain("void", 0, ANY, |_, _| Ok(Value::UNSPECIFIED)),
    Primitive::plain("%make-promise", 1, 1, |context, arguments| promise(context, Value::TRUE, arguments[0])),
    Primitive::plain("%make-lazy", 1, 1, |context, arguments| promise(context, Value::FALSE, arguments[0])),
    Primitive::plain("%promise-done?", 1, 1, |context, arguments| {
        let state = promise_state(context, arguments[0])?;
        Ok(context.pair(state)?.car)
    }),
    Primitive::plain("%promise-value", 1, 1, |context, arguments| {
        let state = promise_state(context, arguments[0])?;
        Ok(context.pair(state)?.cdr)
    }),
    Primitive::plain("%promise-chain!", 2, 2, promise_chain),
    Primitive::plain("%make-condition", 2, 2, |context, arguments| {
        let condition = Condition { message: arguments[0], irritants: arguments[1] };
        Ok(context.heap.insert(Object::Condition(Box::new(condition))))
    }),
    Primitive::plain("error-object-message", 1, 1, |context, arguments| Ok(condition(context, arguments[0])?.message)),
    Primitive::plain("error-object-irritants", 1, 1, |context, arguments| {
        Ok(condition(context, arguments[0])?.irritants)
    }),
    Primitive::plain("condition-message", 1, 1, |context, arguments| Ok(condition(context, arguments[0])?.message)),
    Primitive::plain("condition-irritants", 1, 1, |context, arguments| Ok(condition(context, arguments[0])?.irritants)),
    Primitive::plain("condition/report-string", 1, 1, |context, arguments| {
        let text = crate::repl::report(&context.heap, arguments[0]);
        Ok(context.heap.text(text))
    }),
    Primitive::plain("%make-record-type", 2, 2, |context, arguments| {
        let tag = Value::symbol(context.heap.intern("record-type"));
        Ok(context.heap.insert(Object::Record([tag, arguments[0], arguments[1]].into())))
    }),
    Primitive::plain("%record", 1, ANY, |context, arguments| Ok(context.heap.insert(Object::Record(arguments.into())))),
    Primitive::plain("%record-is?", 2, 2, |context, arguments| {
        Ok(Value::bool(is_record(context, arguments[0], arguments[1])))
    }),
    Primitive::plain("%record-ref", 4, 4, |context, arguments| {
        let [record, kind, place, name] = *arguments else { unreachable!("the arity was checked") };
        let place = context.index(place)?;
        match (is_record(context, record, kind), context.heap.as_object(record)) {
            (true, Some(Object::Record(fields))) => match fields.get(1..).and_then(|fields| fields.get(place)) {
                Some(value) => Ok(*value),
                None => no_field(context, name, place),
            },
            _ => wrong_record(context, name, kind, record),
        }
    }),
    Primitive::plain("%record-set!", 5, 5, |context, arguments| {
        let [record, value, kind, place, name] = *arguments else { unreachable!("the arity was checked") };
        if !is_record(context, record, kind) {
            return wrong_record(context, name, kind, record);
        }
        let place = context.index(place)?;
        let Some(Object::Record(fields)) = record.as_object().map(|id| context.heap.object_mut(id)) else {
            return wrong_record(context, name, kind, record);
        };
        match fields.get_mut(1..).and_then(|fields| fields.get_mut(place)) {
            Some(field) => *field = value,
            None => return no_field(context, name, place),
        }
        Ok(Value::UNSPECIFIED)
    }),
    Primitive::plain("%wrong", 3, 3, |context, arguments| {
        let [who, got] = [arguments[0], arguments[2]].map(|value| crate::printer::brief(&context.heap, value));
        let what = context.string(arguments[1])?.as_str();
        Err(crate::fault::Fault::Whole(format!("{who}: expected {what}, got {got}")))
    }),
    Primitive::plain("procedure-name", 1, 1, procedure_name),
    Primitive::plain("procedure-arity", 1, 1, procedure_arity),
];

fn promise(context: &mut Context, done: Value, content: Value) -> Outcome {
    if done.is_true() && matches!(context.heap.as_object(content), Some(Object::Promise(_))) {
        return Ok(content);
    }
    let state = context.heap.cons(done, content);
    Ok(context.heap.insert(Object::Promise(state)))
}

fn promise_state(context: &Context, value: Value) -> Outcome {
    match context.heap.as_object(value) {
        Some(Object::Promise(state)) => Ok(*state),
        _ => expected("a promise", value),
    }
}

/// Makes the first promise be whatever the second is, from now on.
fn promise_chain(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (state, other) = (promise_state(context, arguments[0])?, promise_state(context, arguments[1])?);
    let content = context.pair(other)?;
    *context.heap.pair_mut(state.as_pair().expect("a promise's state")) = content;
    let second = arguments[1].as_object().expect("just seen to be a promise");
    *context.heap.object_mut(second) = Object::Promise(state);
    Ok(Value::UNSPECIFIED)
}

fn condition(context: &Context, value: Value) -> Outcome<Condition> {
    match context.heap.as_object(value) {
        Some(Object::Condition(condition)) => Ok(**condition),
        _ => expected("an error object", value),
    }
}

fn is_record(context: &Context, value: Value, kind: Value) -> bool {
    matches!(context.heap.as_object(value), Some(Object::Record(fields)) if fields.first() == Some(&kind))
}

/// `px: expected a point, got 5`
fn wrong_record(context: &Context, accessor: Value, kind: Value, got: Value) -> Outcome {
    let name = match context.heap.as_object(kind) {
        Some(Object::Record(parts)) => parts.get(1).copied().unwrap_or(Value::FALSE),
        _ => Value::FALSE,
    };
    let [accessor, name, got] = [accessor, name, got].map(|value| crate::printer::brief(&context.heap, value));
    // Types are often called `<point>`.
    let name = name.strip_prefix('<').and_then(|name| name.strip_suffix('>')).unwrap_or(&name);
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    Err(crate::fault::Fault::Whole(format!("{accessor}: expected {article} {name}, got {got}")))
}

fn no_field(context: &Context, accessor: Value, place: usize) -> Outcome {
    let accessor = crate::printer::brief(&context.heap, accessor);
    Err(crate::fault::Fault::Whole(format!("{accessor}: the record has no field {place}")))
}

/// `(least . most)`, where `#f` is any number.
fn procedure_arity(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (least, most) = match context.heap.as_object(arguments[0]) {
        Some(Object::Closure { code, .. }) => {
            let code = context.heap.code(*code);
            (usize::from(code.required), (!code.rest).then_some(usize::from(code.required)))
        }
        Some(Object::Primitive(primitive)) => primitive.arity(),
        Some(Object::Continuation(_)) => (0, None),
        _ => return expected("a procedure", arguments[0]),
    };
    let least = int(context, least)?;
    let most = most.map_or(Ok(Value::FALSE), |most| int(context, most))?;
    Ok(context.heap.cons(least, most))
}

fn procedure_name(context: &mut Context, arguments: &[Value]) -> Outcome {
    match context.heap.as_object(arguments[0]) {
        Some(Object::Closure { code, .. }) => Ok(context.heap.code(*code).name.unwrap_or(Value::FALSE)),
        Some(Object::Primitive(primitive)) => Ok(Value::symbol(context.heap.intern(primitive.name))),
        Some(Object::Continuation(_)) => Ok(Value::FALSE),
        _ => fault("expected a procedure"),
    }
}
