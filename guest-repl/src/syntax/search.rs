//! Forms over delimited continuations and choices: each hands its parts to a procedure of the library as thunks.

use super::keywords::LAMBDA;
use super::{Expander, Syntax, Task};
use crate::value::Value;

/// `(amb e …)`: the first of the values with which the rest of the computation does not fail.
pub(super) fn amb(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 0)?;
    let thunks: Vec<Value> = parts.into_iter().map(|part| expander.thunk(&[part])).collect();
    let list = expander.global("%list");
    let thunks = expander.list_and(&[list], &thunks);
    let choose = expander.global("%amb");
    let whole = expander.list(&[choose, thunks]);
    expander.again(task, whole)
}

/// `(bag-of e …)`: the values of the last for all choices that do not fail.
pub(super) fn bag_of(expander: &mut Expander<'_>, task: Task) -> Syntax {
    with_thunk(expander, task, "%amb-collect")
}

/// `(reset e …)`: a limit for `shift`.
pub(super) fn reset(expander: &mut Expander<'_>, task: Task) -> Syntax {
    with_thunk(expander, task, "%reset")
}

/// `(shift k e …)`: `e …` in place of all up to the `reset`, which `k` does.
pub(super) fn shift(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    if parts[0].as_symbol().is_none() {
        return Err(expander.malformed(task));
    }
    let params = expander.list(&[parts[0]]);
    let receiver = expander.list_and(&[LAMBDA, params], &parts[1..]);
    let shift = expander.global("%shift");
    let whole = expander.list(&[shift, receiver]);
    expander.again(task, whole)
}

/// `(effect name e …)`: a name that is no variable stands for itself.
pub(super) fn effect(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    let name = match expander.is_unbound(parts[0], task.scope) {
        true => expander.quote(parts[0]),
        false => parts[0],
    };
    let perform = expander.global("perform-effect");
    let whole = expander.list_and(&[perform, name], &parts[1..]);
    expander.again(task, whole)
}

fn with_thunk(expander: &mut Expander<'_>, task: Task, procedure: &str) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    let thunk = expander.thunk(&parts);
    let procedure = expander.global(procedure);
    let whole = expander.list(&[procedure, thunk]);
    expander.again(task, whole)
}
