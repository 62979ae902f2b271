//! Forms for handlers and restarts. What they do is in `prelude/restarts.scm`.

use super::keywords::LAMBDA;
use super::{Expander, Syntax, Task};
use crate::value::Value;

/// `(with-restarts ((name procedure) …) body…)`
pub(super) fn with_restarts(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let mut restarts = Vec::new();
    for restart in expander.items(task, parts[0])? {
        let [name, procedure] = expander.items(task, restart)?[..] else { return Err(expander.malformed(task)) };
        restarts.push((restart_name(expander, task, name)?, procedure));
    }
    bind(expander, task, "%with-restarts", &restarts, &parts[1..])
}

/// `(restart-case expression (name (parameter…) body…) …)`
pub(super) fn restart_case(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    let mut restarts = Vec::new();
    for clause in &parts[1..] {
        let [name, params, ref body @ ..] = expander.items(task, *clause)?[..] else {
            return Err(expander.malformed(task));
        };
        let procedure = expander.list_and(&[LAMBDA, params], body);
        restarts.push((restart_name(expander, task, name)?, procedure));
    }
    bind(expander, task, "%with-restarts", &restarts, &parts[..1])
}

/// `(handler-bind ((predicate handler) …) body…)`
pub(super) fn handler_bind(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let mut handlers = Vec::new();
    for handler in expander.items(task, parts[0])? {
        let [test, handler] = expander.items(task, handler)?[..] else { return Err(expander.malformed(task)) };
        handlers.push((test, handler));
    }
    bind(expander, task, "%with-condition-handlers", &handlers, &parts[1..])
}

fn restart_name(expander: &mut Expander<'_>, task: Task, name: Value) -> Syntax<Value> {
    match name.as_symbol() {
        Some(_) => Ok(expander.quote(name)),
        None => Err(expander.malformed(task)),
    }
}

/// `(procedure (list (cons a b) …) (lambda () body…))`
fn bind(expander: &mut Expander<'_>, task: Task, procedure: &str, pairs: &[(Value, Value)], body: &[Value]) -> Syntax {
    let mut list = vec![expander.global("%list")];
    for (a, b) in pairs {
        let cons = expander.global("%cons");
        list.push(expander.list(&[cons, *a, *b]));
    }
    let list = expander.list(&list);
    let body = expander.thunk(body);
    let procedure = expander.global(procedure);
    let whole = expander.list(&[procedure, list, body]);
    expander.again(task, whole)
}
