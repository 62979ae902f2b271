//! Forms for generic procedures. What they do is in `prelude/generic.scm`.

use super::keywords::{DEFINE, LAMBDA};
use super::{Expander, Syntax, Task};
use crate::value::Value;

pub(super) fn define_generic(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let whole = generic_definition(expander, task)?;
    expander.again(task, whole)
}

/// `(define-generic name)`, or `(define-generic (name parameter…) body…)` with what to do when no method applies.
pub(super) fn generic_definition(expander: &mut Expander<'_>, task: Task) -> Syntax<Value> {
    let parts = expander.arguments(task, 1)?;
    let (name, otherwise) = match (expander.heap.as_pair(parts[0]), &parts[1..]) {
        (None, []) => (parts[0], Value::FALSE),
        (Some(target), []) => (target.car, Value::FALSE),
        (Some(target), body) => (target.car, expander.list_and(&[LAMBDA, target.cdr], body)),
        (None, _) => return Err(expander.malformed(task)),
    };
    let quoted = expander.quote(name);
    let make = expander.global("%make-generic");
    let call = expander.list(&[make, quoted, otherwise]);
    Ok(expander.list(&[DEFINE, name, call]))
}

/// `(define-method (name (parameter predicate) parameter … . rest) body…)`
pub(super) fn define_method(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let Some(target) = expander.heap.as_pair(parts[0]) else { return Err(expander.malformed(task)) };
    let (mut tests, mut params, mut rest) = (vec![expander.global("%list")], Vec::new(), target.cdr);
    while let Some(pair) = expander.heap.as_pair(rest) {
        let (param, test) = match expander.heap.as_pair(pair.car) {
            None => (pair.car, Value::FALSE),
            Some(_) => match expander.items(task, pair.car)?[..] {
                [param, test] => (param, test),
                _ => return Err(expander.malformed(task)),
            },
        };
        params.push(param);
        tests.push(test);
        rest = pair.cdr;
    }
    let params = expander.heap.list_with_tail(&params, rest);
    let body = expander.list_and(&[LAMBDA, params], &parts[1..]);
    let tests = expander.list(&tests);
    let add = expander.global("%add-method!");
    let has_rest = Value::bool(rest != Value::NIL);
    let whole = expander.list(&[add, target.car, tests, has_rest, body]);
    expander.again(task, whole)
}
