//! Forms that are rewritten into others.

use super::keywords::{ARROW, BEGIN, COND, DEFINE, DELAY, ELSE, IF, LAMBDA, LET, LET_STAR, OR};
use super::{Expander, Syntax, Task};
use crate::value::Value;

const CLAUSE: &str = "a clause (test expression …)";
const CASE_CLAUSE: &str = "a clause ((datum …) expression …)";
const ELSE_LAST: &str = "the clause with else to be the last";

/// `let*`
pub(super) fn bind_in_order(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let bindings = expander.items(task, parts[0])?;
    let is_rest = expander.heap.as_pair(task.datum).is_some_and(|form| form.car == LET_STAR);
    if !is_rest {
        bindings.iter().try_for_each(|binding| expander.binding(task, *binding).map(|_| ()))?;
    }
    let whole = match bindings[..] {
        [] => expander.list_and(&[LET, Value::NIL], &parts[1..]),
        [_] => expander.list_and(&[LET, parts[0]], &parts[1..]),
        [first, ref rest @ ..] => {
            let first = expander.list(&[first]);
            let rest = expander.list(rest);
            let inner = expander.list_and(&[LET_STAR, rest], &parts[1..]);
            expander.list(&[LET, first, inner])
        }
    };
    expander.again(task, whole)
}

/// `letrec` and `letrec*` are bodies that begin with definitions.
pub(super) fn bind_recursively(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let (names, inits) = expander.bindings(task, parts[0])?;
    let mut body = vec![LET, Value::NIL];
    for (name, init) in std::iter::zip(names, inits) {
        body.push(expander.list(&[DEFINE, name, init]));
    }
    match parts[1..] {
        [only] if only.as_symbol().is_some() => body.push(only),
        ref forms => body.push(expander.list_and(&[LET, Value::NIL], forms)),
    }
    let whole = expander.list(&body);
    expander.again(task, whole)
}

pub(super) fn when(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    let body = expander.list_and(&[BEGIN], &parts[1..]);
    let whole = expander.list(&[IF, parts[0], body]);
    expander.again(task, whole)
}

pub(super) fn unless(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    let body = expander.list_and(&[BEGIN], &parts[1..]);
    let whole = expander.list(&[IF, parts[0], Value::UNSPECIFIED, body]);
    expander.again(task, whole)
}

pub(super) fn cond(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let clauses = expander.arguments(task, 0)?;
    let [first, ref rest @ ..] = clauses[..] else { return expander.again(task, Value::UNSPECIFIED) };
    let clause = clause(expander, task, first, CLAUSE)?;
    let rest_form = match rest {
        [] => Value::UNSPECIFIED,
        rest => expander.list_and(&[COND], rest),
    };
    let whole = match clause[..] {
        [word, ref body @ ..] if expander.is_word(word, ELSE, task.scope) => match (rest, body) {
            (_, []) => return Err(expander.wrong_part(task, "a clause (else expression …)", first)),
            ([], body) => expander.list_and(&[BEGIN], body),
            _ => return Err(expander.wrong_part(task, ELSE_LAST, first)),
        },
        [test] => expander.list(&[OR, test, rest_form]),
        [test, word, receiver] if expander.is_word(word, ARROW, task.scope) => {
            let name = expander.fresh("it");
            let binding = expander.list(&[name, test]);
            let bindings = expander.list(&[binding]);
            let call = expander.list(&[receiver, name]);
            let choice = expander.list(&[IF, name, call, rest_form]);
            expander.list(&[LET, bindings, choice])
        }
        [test, ref body @ ..] => {
            let body = expander.list_and(&[BEGIN], body);
            expander.list(&[IF, test, body, rest_form])
        }
        [] => return Err(expander.wrong_part(task, CLAUSE, first)),
    };
    expander.again(task, whole)
}

/// The parts of a clause.
fn clause(expander: &Expander<'_>, task: Task, clause: Value, what: &str) -> Syntax<Vec<Value>> {
    match expander.heap.items(clause) {
        Some(parts) if !parts.is_empty() => Ok(parts),
        _ => Err(expander.wrong_part(task, what, clause)),
    }
}

/// `case` binds its key and asks `cond` whether the key is among the data.
pub(super) fn case(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    let key = expander.fresh("key");
    let mut clauses = vec![COND];
    for (place, written) in parts.iter().enumerate().skip(1) {
        let clause = clause(expander, task, *written, CASE_CLAUSE)?;
        let [data, ref body @ ..] = clause[..] else { return Err(expander.malformed(task)) };
        let test = if expander.is_word(data, ELSE, task.scope) {
            if place + 1 < parts.len() {
                return Err(expander.wrong_part(task, ELSE_LAST, *written));
            }
            ELSE
        } else if expander.heap.items(data).is_none() {
            return Err(expander.wrong_part(task, CASE_CLAUSE, *written));
        } else {
            let data = expander.quote(data);
            let member = expander.global("%memv");
            expander.list(&[member, key, data])
        };
        let clause = match *body {
            [word, receiver] if expander.is_word(word, ARROW, task.scope) => {
                let call = expander.list(&[receiver, key]);
                expander.list(&[test, call])
            }
            _ => expander.list_and(&[test], body),
        };
        clauses.push(clause);
    }
    let body = expander.list(&clauses);
    let binding = expander.list(&[key, parts[0]]);
    let bindings = expander.list(&[binding]);
    let whole = expander.list(&[LET, bindings, body]);
    expander.again(task, whole)
}

/// `(do ((i 0 (+ i 1))) ((= i 3) result…) body…)`
pub(super) fn iterate(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let repeat = expander.fresh("do");
    let (mut bindings, mut next) = (Vec::new(), vec![repeat]);
    for variable in expander.items(task, parts[0])? {
        let (name, init, step) = match expander.heap.items(variable).as_deref() {
            Some([name, init]) => (*name, *init, *name),
            Some([name, init, step]) => (*name, *init, *step),
            _ => return Err(expander.wrong_part(task, "a binding (name value step)", variable)),
        };
        bindings.push(expander.list(&[name, init]));
        next.push(step);
    }
    let end = expander.items(task, parts[1])?;
    let [test, ref result @ ..] = end[..] else { return Err(expander.malformed(task)) };
    let result = expander.list_and(&[BEGIN], result);
    let next = expander.list(&next);
    let mut body = parts[2..].to_vec();
    body.push(next);
    let body = expander.list_and(&[BEGIN], &body);
    let choice = expander.list(&[IF, test, result, body]);
    let bindings = expander.list(&bindings);
    let whole = expander.list(&[LET, repeat, bindings, choice]);
    expander.again(task, whole)
}

pub(super) fn delay(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    let make = expander.global("%make-promise");
    let body = expander.list_and(&[BEGIN], &parts);
    let done = expander.list(&[make, body]);
    lazy(expander, task, done)
}

pub(super) fn delay_force(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    lazy(expander, task, parts[0])
}

fn lazy(expander: &mut Expander<'_>, task: Task, body: Value) -> Syntax {
    let make = expander.global("%make-lazy");
    let thunk = expander.thunk(&[body]);
    let whole = expander.list(&[make, thunk]);
    expander.again(task, whole)
}

pub(super) fn cons_stream(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let [first, rest] = expander.arguments(task, 2)?[..] else { return Err(expander.malformed(task)) };
    let cons = expander.global("%cons");
    let rest = expander.list(&[DELAY, rest]);
    let whole = expander.list(&[cons, first, rest]);
    expander.again(task, whole)
}

/// `(guard (e clause…) body…)`: the clauses become a procedure of the condition and of a way to raise it again.
pub(super) fn guard(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let spec = expander.items(task, parts[0])?;
    let [name, ref clauses @ ..] = spec[..] else { return Err(expander.malformed(task)) };
    let again = expander.fresh("raise-again");
    let call = expander.list(&[again]);
    let otherwise = expander.list(&[ELSE, call]);
    let has_else = clauses.last().is_some_and(|clause| {
        let head = expander.heap.as_pair(*clause).map(|pair| pair.car);
        head.is_some_and(|head| expander.is_word(head, ELSE, task.scope))
    });
    let mut cond = clauses.to_vec();
    if !has_else {
        cond.push(otherwise);
    }
    let cond = expander.list_and(&[COND], &cond);
    let params = expander.list(&[name, again]);
    let handler = expander.list(&[LAMBDA, params, cond]);
    let body = expander.thunk(&parts[1..]);
    let guard = expander.global("%guard");
    let whole = expander.list(&[guard, body, handler]);
    expander.again(task, whole)
}

pub(super) fn assert(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    let failed = expander.global("%assertion-failed");
    let what = expander.quote(parts[0]);
    let call = expander.list_and(&[failed, what], &parts[1..]);
    let whole = expander.list(&[IF, parts[0], Value::UNSPECIFIED, call]);
    expander.again(task, whole)
}

pub(super) fn parameterize(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let mut pairs = vec![expander.global("%list")];
    for binding in expander.items(task, parts[0])? {
        let [parameter, value] = expander.items(task, binding)?[..] else { return Err(expander.malformed(task)) };
        let cons = expander.global("%cons");
        pairs.push(expander.list(&[cons, parameter, value]));
    }
    let pairs = expander.list(&pairs);
    let body = expander.thunk(&parts[1..]);
    let with = expander.global("%parameterize");
    let whole = expander.list(&[with, pairs, body]);
    expander.again(task, whole)
}

/// Each clause becomes a lambda, with its number of parameters, negative and one less when it has a rest.
pub(super) fn case_lambda(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let mut whole = vec![expander.global("%case-lambda")];
    for clause in expander.arguments(task, 1)? {
        let parts = expander.items(task, clause)?;
        let [params, ref body @ ..] = parts[..] else { return Err(expander.malformed(task)) };
        let (names, rest) = expander.parameters(task, params)?;
        let count = i64::try_from(names.len()).map_err(|_| expander.malformed(task))?;
        let arity = Value::small(if rest { -count } else { count }).ok_or_else(|| expander.malformed(task))?;
        whole.push(arity);
        whole.push(expander.list_and(&[LAMBDA, params], body));
    }
    let whole = expander.list(&whole);
    expander.again(Task { name: None, ..task }, whole)
}
