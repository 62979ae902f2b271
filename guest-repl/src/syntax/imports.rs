//! `import`: all libraries are in one place, so it checks what it is asked for, and gives names anew.
//!
//! ```text
//! (import (scheme base) (prefix (only (srfi 1) fold) l:))   ─►   (begin (define l:fold fold))
//! ```

use super::keywords::{BEGIN, DEFINE, DEFINE_SYNTAX};
use super::libraries::{self, Library, SCHEME, SRFI};
use super::{Expander, Meaning, Syntax, Task};
use crate::value::Value;

/// Modifiers within each other, at most.
const LEVELS_MAX: usize = 100;

/// A name that an import set offers, and the name that is there for it.
#[derive(Debug, Clone, Copy)]
struct Offer {
    name: Value,
    original: Value,
}

/// What a modifier does with the offers of the set within it.
type Modifier = (String, Vec<Value>);

pub(super) fn import(expander: &mut Expander<'_>, task: Task) -> Syntax {
    if !expander.is_top(task.scope) {
        return Err("import: allowed at top level only".to_owned());
    }
    let mut forms = vec![BEGIN];
    for set in expander.arguments(task, 1)? {
        let set = expander.plain(set);
        for Offer { name, original } in offers(expander, task, set)? {
            if name != original {
                let is_syntax =
                    matches!(expander.meaning(original, task.scope), Some(Meaning::Keyword(_) | Meaning::Macro(..)));
                forms.push(expander.list(&[if is_syntax { DEFINE_SYNTAX } else { DEFINE }, name, original]));
            }
        }
    }
    forms.push(Value::UNSPECIFIED);
    let whole = expander.list(&forms);
    expander.again(task, whole)
}

/// Programs have no libraries of their own.
pub(super) fn define_library(_: &mut Expander<'_>, _: Task) -> Syntax {
    Err("define-library: a session has no libraries of its own; its definitions are all in one place, at top level"
        .to_owned())
}

/// The library that `(scheme base)` names.
pub(super) fn library(expander: &Expander<'_>, name: Value) -> Option<&'static Library> {
    let [family, member] = expander.heap.items(name)?[..] else { return None };
    let family = match &*expander.word(family)? {
        "scheme" => SCHEME,
        "srfi" => SRFI,
        _ => return None,
    };
    let member = expander.word(member).or_else(|| member.as_small().map(|number| number.to_string()))?;
    family.iter().find(|library| library.name == member)
}

/// What an import set offers, of names that are there.
fn offers(expander: &mut Expander<'_>, task: Task, set: Value) -> Syntax<Vec<Offer>> {
    let (name, modifiers) = parts(expander, set);
    let Some(library) = library(expander, name) else {
        let name = expander.brief(name);
        return Err(format!("import: there is no library {name}; there are {}", libraries::list()));
    };
    let is_wanted = !modifiers.is_empty();
    let names: Vec<Value> = library.exports().filter(|_| is_wanted).map(|name| expander.global(name)).collect();
    let known = names.into_iter().filter(|name| !expander.is_unbound(*name, task.scope));
    let mut offers: Vec<Offer> = known.map(|name| Offer { name, original: name }).collect();
    for (modifier, arguments) in modifiers.into_iter().rev() {
        offers = match &*modifier {
            "only" => {
                let chosen = arguments.iter().map(|name| find(expander, &offers, *name, set).map(|at| offers[at]));
                chosen.collect::<Syntax<_>>()?
            }
            "except" => {
                for name in arguments {
                    offers.remove(find(expander, &offers, name, set)?);
                }
                offers
            }
            "prefix" => prefixed(expander, task, offers, &arguments, set)?,
            _ => renamed(expander, task, offers, &arguments, set)?,
        };
    }
    Ok(offers)
}

/// The name of the library in an import set, and the modifiers around it from the outside.
fn parts(expander: &Expander<'_>, set: Value) -> (Value, Vec<Modifier>) {
    let (mut at, mut modifiers) = (set, Vec::new());
    while let Some([head, inner, arguments @ ..]) = expander.heap.items(at).as_deref() {
        let head = expander.word(*head).unwrap_or_default();
        let is_modifier = matches!(&*head, "only" | "except" | "prefix" | "rename");
        // What a program evaluates may contain itself.
        let is_deep = modifiers.len() == LEVELS_MAX;
        if !is_modifier || is_deep || expander.heap.as_pair(*inner).is_none() {
            break;
        }
        modifiers.push((head, arguments.to_vec()));
        at = *inner;
    }
    (at, modifiers)
}

/// The place of the offer called `name`.
fn find(expander: &Expander<'_>, offers: &[Offer], name: Value, set: Value) -> Syntax<usize> {
    offers.iter().position(|offer| offer.name == name).ok_or_else(|| {
        let (library, _) = parts(expander, set);
        format!("import: {} has no {} here", expander.brief(library), expander.brief(name))
    })
}

/// `(prefix set prefix)`
fn prefixed(
    expander: &mut Expander<'_>,
    task: Task,
    offers: Vec<Offer>,
    arguments: &[Value],
    set: Value,
) -> Syntax<Vec<Offer>> {
    let prefix = match *arguments {
        [prefix] => expander.word(prefix),
        _ => None,
    };
    let Some(prefix) = prefix else { return Err(expander.wrong_part(task, "(prefix set prefix)", set)) };
    let with_prefix = offers.into_iter().map(|offer| {
        let name = expander.word(offer.name).unwrap_or_default();
        Offer { name: expander.global(&(prefix.clone() + &name)), ..offer }
    });
    Ok(with_prefix.collect())
}

/// `(rename set (from to) …)`
fn renamed(
    expander: &Expander<'_>,
    task: Task,
    mut offers: Vec<Offer>,
    arguments: &[Value],
    set: Value,
) -> Syntax<Vec<Offer>> {
    for pair in arguments {
        match expander.heap.items(*pair).as_deref() {
            Some([from, to]) if to.as_symbol().is_some() => {
                let at = find(expander, &offers, *from, set)?;
                offers[at].name = *to;
            }
            _ => return Err(expander.wrong_part(task, "(rename set (from to) …)", set)),
        }
    }
    Ok(offers)
}
