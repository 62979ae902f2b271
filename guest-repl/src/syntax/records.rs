//! Forms that bind several names at once: multiple values and record types.

use super::keywords::{BEGIN, DEFINE, LET, LET_STAR_VALUES, NAMED_LAMBDA, SET};
use super::{Expander, Syntax, Task};
use crate::value::Value;

/// The name of the procedures that bind names to values. No program can call it.
pub(crate) const VALUES_RECEIVER: &str = "%values-receiver";

/// `let-values`: all expressions are evaluated outside of all bindings, so they bind fresh names first.
pub(super) fn let_values(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let mut bindings = Vec::new();
    let mut receptions = Vec::new();
    for binding in expander.items(task, parts[0])? {
        let [formals, init] = expander.items(task, binding)?[..] else { return Err(expander.malformed(task)) };
        let (names, rest) = expander.parameters(task, formals)?;
        let fresh: Vec<Value> = names.iter().map(|_| expander.fresh("value")).collect();
        for (name, fresh) in std::iter::zip(names, &fresh) {
            bindings.push(expander.list(&[name, *fresh]));
        }
        receptions.push((formals_like(expander, &fresh, rest), init));
    }
    let bindings = expander.list(&bindings);
    let body = expander.list_and(&[LET, bindings], &parts[1..]);
    let whole =
        receptions.into_iter().rev().fold(body, |body, (formals, init)| receive(expander, formals, init, &[body]));
    expander.again(task, whole)
}

pub(super) fn let_values_in_order(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let bindings = expander.items(task, parts[0])?;
    let [first, ref rest @ ..] = bindings[..] else {
        let whole = expander.list_and(&[LET, Value::NIL], &parts[1..]);
        return expander.again(task, whole);
    };
    let [formals, init] = expander.items(task, first)?[..] else { return Err(expander.malformed(task)) };
    let rest = expander.list(rest);
    let inner = expander.list_and(&[LET_STAR_VALUES, rest], &parts[1..]);
    let whole = receive(expander, formals, init, &[inner]);
    expander.again(task, whole)
}

pub(super) fn define_values(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let whole = values_definition(expander, task)?;
    expander.again(task, whole)
}

/// `(define-values (a b) init)` as `(begin (define a) (define b) …)`.
pub(super) fn values_definition(expander: &mut Expander<'_>, task: Task) -> Syntax<Value> {
    let [formals, init] = expander.arguments(task, 2)?[..] else { return Err(expander.malformed(task)) };
    let (names, rest) = expander.parameters(task, formals)?;
    let mut forms = vec![BEGIN];
    let mut fresh = Vec::new();
    let mut settings = Vec::new();
    for name in names {
        let value = expander.fresh("value");
        forms.push(expander.list(&[DEFINE, name]));
        settings.push(expander.list(&[SET, name, value]));
        fresh.push(value);
    }
    settings.push(Value::UNSPECIFIED);
    let formals = formals_like(expander, &fresh, rest);
    forms.push(receive(expander, formals, init, &settings));
    Ok(expander.list(&forms))
}

/// `(receive formals init body…)`
pub(super) fn receive_values(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 3)?;
    let [formals, init, ref body @ ..] = parts[..] else { return Err(expander.malformed(task)) };
    let whole = receive(expander, formals, init, body);
    expander.again(task, whole)
}

/// `(call-with-values (lambda () init) (lambda formals body…))`. By its name, what the lambda is called with in a wrong
/// number is known to be values.
fn receive(expander: &mut Expander<'_>, formals: Value, init: Value, body: &[Value]) -> Value {
    let call = expander.global("%call-with-values");
    let producer = expander.thunk(&[init]);
    let name = expander.global(VALUES_RECEIVER);
    let target = expander.heap.cons(name, formals);
    let consumer = expander.list_and(&[NAMED_LAMBDA, target], body);
    expander.list(&[call, producer, consumer])
}

fn formals_like(expander: &mut Expander<'_>, names: &[Value], rest: bool) -> Value {
    match names {
        [init @ .., last] if rest => expander.heap.list_with_tail(init, *last),
        names => expander.list(names),
    }
}

/// At top level its value is the type's name, like that of a definition.
pub(super) fn define_record_type(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let definitions = record_definition(expander, task)?;
    let name = expander.arguments(task, 1)?[0];
    let name = expander.heap.as_pair(name).map_or(name, |pair| pair.car);
    let name = expander.quote(name);
    let whole = expander.list(&[BEGIN, definitions, name]);
    expander.again(task, whole)
}

/// `(define-record-type point (make-point x y) point? (x point-x set-point-x!) (y point-y))`
pub(super) fn record_definition(expander: &mut Expander<'_>, task: Task) -> Syntax<Value> {
    let parts = expander.arguments(task, 3)?;
    let [type_name, constructor, predicate, ref fields @ ..] = parts[..] else { return Err(expander.malformed(task)) };
    // `(name extra…)` names the type too.
    let type_name = expander.heap.as_pair(type_name).map_or(type_name, |pair| pair.car);
    let fields: Vec<Vec<Value>> =
        fields.iter().map(|field| field_parts(expander, task, *field)).collect::<Syntax<_>>()?;
    let names: Vec<Value> = fields.iter().map(|field| field[0]).collect();
    let mut forms = vec![BEGIN, record_type(expander, type_name, &names)];
    if let Some(form) = record_constructor(expander, task, type_name, constructor, &names)? {
        forms.push(form);
    }
    if predicate.is_true() {
        let test = expander.global("%record-is?");
        forms.push(record_procedure(expander, predicate, &["record"], test, &[type_name]));
    }
    for (index, field) in fields.iter().enumerate() {
        let place = Value::small(i64::try_from(index).unwrap_or(i64::MAX)).ok_or_else(|| expander.malformed(task))?;
        if let Some(accessor) = field.get(1) {
            let get = expander.global("%record-ref");
            let name = expander.quote(*accessor);
            forms.push(record_procedure(expander, *accessor, &["record"], get, &[type_name, place, name]));
        }
        if let Some(modifier) = field.get(2) {
            let set = expander.global("%record-set!");
            let name = expander.quote(*modifier);
            forms.push(record_procedure(expander, *modifier, &["record", "value"], set, &[type_name, place, name]));
        }
    }
    Ok(expander.list(&forms))
}

/// A field may be written `x` for `(x)`.
fn field_parts(expander: &Expander<'_>, task: Task, field: Value) -> Syntax<Vec<Value>> {
    if field.as_symbol().is_some() {
        return Ok(vec![field]);
    }
    match expander.items(task, field)? {
        parts if (1..=3).contains(&parts.len()) => Ok(parts),
        _ => Err(expander.malformed(task)),
    }
}

fn record_type(expander: &mut Expander<'_>, name: Value, fields: &[Value]) -> Value {
    let make = expander.global("%make-record-type");
    let fields = expander.list(fields);
    let (quoted, fields) = (expander.quote(name), expander.quote(fields));
    let call = expander.list(&[make, quoted, fields]);
    expander.list(&[DEFINE, name, call])
}

/// `#f` asks for no constructor, a name alone for one that takes all fields.
fn record_constructor(
    expander: &mut Expander<'_>,
    task: Task,
    type_name: Value,
    spec: Value,
    fields: &[Value],
) -> Syntax<Option<Value>> {
    let (name, given) = match expander.heap.as_pair(spec) {
        Some(pair) => (pair.car, expander.items(task, pair.cdr)?),
        None if spec.is_true() => (spec, fields.to_vec()),
        None => return Ok(None),
    };
    if let Some(other) = given.iter().find(|given| !fields.contains(given)) {
        let [other, name] = [*other, type_name].map(|name| expander.brief(name));
        return Err(format!("define-record-type: {other} is no field of {name}"));
    }
    let make = expander.global("%record");
    let values = fields.iter().map(|field| if given.contains(field) { *field } else { Value::FALSE });
    let values: Vec<Value> = [make, type_name].into_iter().chain(values).collect();
    let call = expander.list(&values);
    let target = expander.list_and(&[name], &given);
    Ok(Some(expander.list(&[DEFINE, target, call])))
}

/// `(define (name params…) (operator params… arguments…))`
fn record_procedure(
    expander: &mut Expander<'_>,
    name: Value,
    params: &[&str],
    operator: Value,
    arguments: &[Value],
) -> Value {
    let params: Vec<Value> = params.iter().map(|param| expander.fresh(param)).collect();
    let call = [&[operator][..], &params, arguments].concat();
    let call = expander.list(&call);
    let target = expander.list_and(&[name], &params);
    expander.list(&[DEFINE, target, call])
}
