//! `cond-expand`: forms that are there where a feature is.

use super::keywords::{BEGIN, ELSE};
use super::{Expander, Syntax, Task, imports};
use crate::value::Value;

/// What `features` lists too.
const FEATURES: &[&str] = &["r7rs", "exact-closed", "full-unicode", "ieee-float", "ratios", "omega"];

/// Requirements within each other, at most. Each takes some of Rust's stack.
const LEVELS_MAX: usize = 100;

/// `(cond-expand (requirement form…) …)`
pub(super) fn cond_expand(expander: &mut Expander<'_>, task: Task) -> Syntax {
    for clause in expander.arguments(task, 0)? {
        let [requirement, ref forms @ ..] = expander.items(task, clause)?[..] else {
            return Err(expander.malformed(task));
        };
        if expander.is_word(requirement, ELSE, task.scope) || holds(expander, task, requirement, 0)? {
            let whole = match forms {
                [] => return expander.again(task, Value::UNSPECIFIED),
                _ => expander.list_and(&[BEGIN], forms),
            };
            return expander.again(task, whole);
        }
    }
    expander.again(task, Value::UNSPECIFIED)
}

fn holds(expander: &Expander<'_>, task: Task, requirement: Value, level: usize) -> Syntax<bool> {
    if let Some(name) = requirement.as_symbol() {
        return Ok(FEATURES.contains(&&*expander.heap.symbol(name).name));
    }
    let parts = expander.items(task, requirement)?;
    let (Some(head), true) = (parts.first().and_then(|head| expander.word(*head)), level < LEVELS_MAX) else {
        return Err(expander.malformed(task));
    };
    let mut all = parts[1..].iter().map(|part| holds(expander, task, *part, level + 1));
    match (&*head, &parts[1..]) {
        ("and", _) => all.try_fold(true, |so_far, part| Ok(so_far & part?)),
        ("or", _) => all.try_fold(false, |so_far, part| Ok(so_far | part?)),
        ("not", [part]) => Ok(!holds(expander, task, *part, level + 1)?),
        ("library", [name]) => Ok(imports::library(expander, *name).is_some_and(|library| library.is_whole)),
        _ => Err(expander.malformed(task)),
    }
}
