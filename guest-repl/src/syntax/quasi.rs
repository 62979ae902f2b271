//! Quasiquotation, one level of the template at a time: `(%quasi template depth)` becomes a call that builds this level
//! from the parts, which are `%quasi` forms again.

use super::keywords::{QUASI, QUASIQUOTE, UNQUOTE, UNQUOTE_SPLICING};
use super::{Expander, Syntax, Task};
use crate::heap::Object;
use crate::value::Value;

pub(super) fn quasiquote(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let [template] = expander.arguments(task, 1)?[..] else { return Err(expander.malformed(task)) };
    let whole = part(expander, task, template, 0);
    expander.again(task, whole)
}

/// A part of a template: what has nothing to fill in is quoted.
fn part(expander: &mut Expander<'_>, task: Task, template: Value, depth: i64) -> Value {
    if is_constant(expander, task, template) { expander.quote(template) } else { rest(expander, template, depth) }
}

fn rest(expander: &mut Expander<'_>, template: Value, depth: i64) -> Value {
    let depth = Value::small(depth).expect("nested less deeply than that");
    expander.list(&[QUASI, template, depth])
}

/// `(%quasi template depth)`
pub(super) fn level(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let [template, depth] = expander.arguments(task, 2)?[..] else { return Err(expander.malformed(task)) };
    let depth = i64::from(depth.as_small().unwrap_or(0));
    let whole = if let Some(items) = vector_items(expander, template) {
        let list = expander.list(&items);
        let list = part(expander, task, list, depth);
        let make = expander.global("%list->vector");
        expander.list(&[make, list])
    } else if let Some(pair) = expander.heap.as_pair(template) {
        match tagged(expander, task, template) {
            Some((UNQUOTE, datum)) if depth == 0 => datum,
            Some((UNQUOTE, datum)) => rebuild(expander, task, pair.car, datum, depth - 1),
            Some((QUASIQUOTE, datum)) => rebuild(expander, task, pair.car, datum, depth + 1),
            Some((_, datum)) if depth > 0 => rebuild(expander, task, pair.car, datum, depth - 1),
            Some((UNQUOTE_SPLICING, _)) => return Err(stray_text(expander, template)),
            _ => list_level(expander, task, pair.car, pair.cdr, depth),
        }
    } else {
        expander.quote(template)
    };
    expander.again(task, whole)
}

fn list_level(expander: &mut Expander<'_>, task: Task, first: Value, others: Value, depth: i64) -> Value {
    let others = rest(expander, others, depth);
    match tagged(expander, task, first) {
        Some((UNQUOTE_SPLICING, datum)) if depth == 0 => {
            let append = expander.global("%append");
            expander.list(&[append, datum, others])
        }
        _ => {
            let first = part(expander, task, first, depth);
            let cons = expander.global("%cons");
            expander.list(&[cons, first, others])
        }
    }
}

/// `(word datum)` with the datum filled in.
fn rebuild(expander: &mut Expander<'_>, task: Task, word: Value, datum: Value, depth: i64) -> Value {
    let word = expander.quote(word);
    let datum = expander.list(&[datum]);
    let datum = part(expander, task, datum, depth);
    let cons = expander.global("%cons");
    expander.list(&[cons, word, datum])
}

/// The datum of `(unquote datum)`, `(unquote-splicing datum)` or `(quasiquote datum)`.
fn tagged(expander: &Expander<'_>, task: Task, template: Value) -> Option<(Value, Value)> {
    let pair = expander.heap.as_pair(template)?;
    let word = Value::keyword(expander.keyword(pair.car, task.scope)?);
    let inner = expander.heap.as_pair(pair.cdr)?;
    let special = matches!(word, UNQUOTE | UNQUOTE_SPLICING | QUASIQUOTE);
    (special && inner.cdr == Value::NIL).then_some((word, inner.car))
}

fn vector_items(expander: &Expander<'_>, value: Value) -> Option<Box<[Value]>> {
    match expander.heap.as_object(value) {
        Some(Object::Vector(items)) => Some(items.clone()),
        _ => None,
    }
}

/// Whether nothing below `template` is unquoted.
fn is_constant(expander: &Expander<'_>, task: Task, template: Value) -> bool {
    let mut open = vec![template];
    while let Some(value) = open.pop() {
        if let Some(pair) = expander.heap.as_pair(value) {
            let word = expander.keyword(pair.car, task.scope).map(Value::keyword);
            if matches!(word, Some(UNQUOTE | UNQUOTE_SPLICING | QUASIQUOTE)) {
                return false;
            }
            open.extend([pair.cdr, pair.car]);
        } else if let Some(Object::Vector(items)) = expander.heap.as_object(value) {
            open.extend(items.iter());
        }
    }
    true
}

/// `,x` outside of a template.
pub(super) fn stray(expander: &mut Expander<'_>, task: Task) -> Syntax {
    Err(stray_text(expander, task.datum))
}

fn stray_text(expander: &Expander<'_>, datum: Value) -> String {
    format!("{} outside of a list in a quasiquotation", crate::printer::brief(expander.heap, datum))
}
