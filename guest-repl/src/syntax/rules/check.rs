//! Rules looked over when a macro is defined, so that its uses can rely on them.

use std::collections::BTreeMap;

use super::{Reader, spine, vector_items};
use crate::printer;
use crate::syntax::node::ScopeId;
use crate::syntax::{Expander, Macro, Syntax};
use crate::value::Value;

/// Levels that a pattern or template nests, at most. Each takes some hundred bytes of Rust's stack.
const LEVELS_MAX: usize = 200;

/// Variables of a pattern, and how many ellipses they are under.
type Variables = BTreeMap<Value, usize>;

/// One macro's rules being looked over.
struct Check<'c, 'e, 'h> {
    expander: &'e mut Expander<'h>,
    known: &'c Macro,
    reader: Reader,
}

/// Refuses rules that can't be followed.
pub(in crate::syntax) fn check(expander: &mut Expander<'_>, known: &Macro, scope: ScopeId) -> Syntax {
    let reader = Reader::new(expander.heap, known, scope);
    let mut check = Check { expander, known, reader };
    for clause in check.expander.heap.items(known.rules).unwrap_or_default() {
        check.clause(clause)?;
    }
    Ok(())
}

// === impl Check ===

impl Check<'_, '_, '_> {
    fn clause(&mut self, clause: Value) -> Syntax {
        let [pattern, template] = self.expander.heap.items(clause).unwrap_or_default()[..] else {
            return Err(self.complaint("expected a pattern and a template, got", clause));
        };
        let Some(pattern) = self.expander.heap.as_pair(pattern) else {
            return Err(self.complaint("expected a pattern that is a list, got", pattern));
        };
        let mut variables = Variables::new();
        self.pattern(pattern.cdr, 0, 0, &mut variables)?;
        self.template(template, 0, 0, false, &variables)
    }

    fn pattern(&mut self, pattern: Value, level: usize, depth: usize, variables: &mut Variables) -> Syntax {
        if pattern.as_symbol().is_some() {
            return self.variable(pattern, depth, variables);
        }
        let Some((items, end)) = self.parts(pattern, level)? else { return Ok(()) };
        if let Some(parts) = self.reader.repeated(self.expander, &items) {
            for item in parts.before.iter().chain(parts.after) {
                self.pattern(*item, level + 1, depth, variables)?;
            }
            self.pattern(parts.repeated, level + 1, depth + 1, variables)?;
        } else {
            for item in items {
                self.pattern(item, level + 1, depth, variables)?;
            }
        }
        self.pattern(end, level + 1, depth, variables)
    }

    fn variable(&mut self, name: Value, depth: usize, variables: &mut Variables) -> Syntax {
        if self.reader.is_literal(name) || self.reader.is_underscore(self.expander, name) {
            return Ok(());
        }
        if self.reader.is_ellipsis(self.expander, name) {
            return Err(self.complaint("nothing to repeat in a pattern before", name));
        }
        match variables.insert(name, depth) {
            Some(_) => Err(self.complaint("a pattern has two variables called", name)),
            None => Ok(()),
        }
    }

    fn template(&mut self, template: Value, level: usize, depth: usize, plain: bool, variables: &Variables) -> Syntax {
        if template.as_symbol().is_some() {
            return match variables.get(&template) {
                Some(needed) if *needed > depth => {
                    Err(self.complaint("too few ellipses in a template after", template))
                }
                None if !plain && self.reader.is_ellipsis(self.expander, template) => {
                    Err(self.complaint("nothing to repeat in a template before", template))
                }
                _ => Ok(()),
            };
        }
        let Some((items, end)) = self.parts(template, level)? else { return Ok(()) };
        if !plain && template.as_pair().is_some() && self.reader.is_ellipsis(self.expander, items[0]) {
            return match items[..] {
                [_, escaped] if end == Value::NIL => self.template(escaped, level + 1, depth, true, variables),
                _ => Err(self.complaint("expected one template after the ellipsis in", template)),
            };
        }
        let mut at = 0;
        while at < items.len() {
            let item = items[at];
            at += 1;
            let start = at;
            while !plain && at < items.len() && self.reader.is_ellipsis(self.expander, items[at]) {
                at += 1;
            }
            self.template(item, level + 1, depth + at - start, plain, variables)?;
            if at > start {
                self.repeated(item, at - start, variables)?;
            }
        }
        self.template(end, level + 1, depth, plain, variables)
    }

    /// What is repeated must have a variable that says how often.
    fn repeated(&mut self, template: Value, times: usize, variables: &Variables) -> Syntax {
        let names = self.reader.variables(self.expander, template);
        if names.iter().any(|(name, inside)| variables.get(name).is_some_and(|depth| *depth >= inside + times)) {
            return Ok(());
        }
        Err(self.complaint("nothing says how often to repeat", template))
    }

    /// The parts of a list or vector; `None` for what has none.
    fn parts(&self, data: Value, level: usize) -> Syntax<Option<(Vec<Value>, Value)>> {
        let heap = &*self.expander.heap;
        let parts = if data.as_pair().is_some() {
            spine(heap, data)
        } else {
            match vector_items(heap, data) {
                Some(items) => Some((items, Value::NIL)),
                None => return Ok(None),
            }
        };
        match parts {
            Some(parts) if level < LEVELS_MAX => Ok(Some(parts)),
            _ => Err(self.complaint(&format!("more than {LEVELS_MAX} levels in"), data)),
        }
    }

    fn complaint(&self, what: &str, datum: Value) -> String {
        let [name, datum] = [self.known.name, datum].map(|value| printer::brief(self.expander.heap, value));
        format!("{name}: {what} {datum}")
    }
}
