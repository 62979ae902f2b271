//! `syntax-rules`: patterns matched with forms, templates filled in with what they matched.
//!
//! ```text
//! (_ (a b) ...)   with   (m (1 2) (3 4))     a: 1 | 3     b: 2 | 4
//! (list (+ a b) ...)                         (list (+ 1 2) (+ 3 4))
//! ```
//! Following a pattern or a template takes Rust's stack for each level that it nests, so that is limited; the forms that
//! they meet may be as deep as they like.

mod check;
mod fill;

pub(super) use check::check;

use std::collections::BTreeMap;

use super::node::ScopeId;
use super::{Expander, Macro, Meaning, Syntax};
use crate::equality::equal;
use crate::heap::{Heap, Object};
use crate::printer;
use crate::value::Value;

/// What a variable of a pattern matched: one form, or as many as its ellipsis found.
#[derive(Debug)]
enum Match {
    One(Value),
    Many {
        items: Vec<Match>,
        /// Ellipses that the variable is under, those of `items` included.
        depth: usize,
    },
}

/// Variables and what they matched, in the order of the pattern.
type Matches = Vec<(Value, Match)>;

/// How the words of one macro's rules are to be read.
struct Reader {
    literals: Vec<Value>,
    /// `None` for the usual `...`
    ellipsis: Option<Value>,
    /// Where the rules' names have their meaning.
    scope: ScopeId,
}

/// A pattern or template with an ellipsis, taken apart.
struct Repeated<'a> {
    before: &'a [Value],
    repeated: Value,
    after: &'a [Value],
}

/// What the first rule that matches makes of `form`, which is used in `scope`.
pub(super) fn apply(
    expander: &mut Expander<'_>,
    known: &Macro,
    around: ScopeId,
    form: Value,
    scope: ScopeId,
) -> Syntax<Value> {
    let reader = Reader::new(expander.heap, known, around);
    let operands = expander.heap.as_pair(form).map_or(Value::NIL, |pair| pair.cdr);
    for clause in expander.heap.items(known.rules).unwrap_or_default() {
        let [pattern, template] = expander.heap.items(clause).unwrap_or_default()[..] else { continue };
        let pattern = expander.heap.as_pair(pattern).map_or(Value::NIL, |pair| pair.cdr);
        let mut matches = Vec::new();
        if reader.matches(expander, pattern, operands, scope, &mut matches) {
            return fill::fill(expander, known, &reader, template, &matches);
        }
    }
    let [name, form] = [known.name, form].map(|value| printer::brief(expander.heap, value));
    Err(format!("{name}: no rule matches {form}"))
}

/// The items of a list and what is behind the last pair; `None` when it is circular.
fn spine(heap: &Heap, list: Value) -> Option<(Vec<Value>, Value)> {
    let mut items = Vec::new();
    let (mut rest, mut slow) = (list, list);
    while let Some(pair) = heap.as_pair(rest) {
        items.push(pair.car);
        rest = pair.cdr;
        if items.len() % 2 == 0 {
            slow = heap.as_pair(slow)?.cdr;
            if rest == slow && rest.as_pair().is_some() {
                return None;
            }
        }
    }
    Some((items, rest))
}

fn vector_items(heap: &Heap, value: Value) -> Option<Vec<Value>> {
    match heap.as_object(value) {
        Some(Object::Vector(items)) => Some(items.to_vec()),
        _ => None,
    }
}

// === impl Reader ===

impl Reader {
    fn new(heap: &Heap, known: &Macro, scope: ScopeId) -> Self {
        let literals = heap.items(known.literals).unwrap_or_default();
        let ellipsis = known.ellipsis.as_symbol().map(|_| known.ellipsis);
        Self { literals, ellipsis, scope }
    }

    fn is_literal(&self, name: Value) -> bool {
        self.literals.contains(&name)
    }

    /// Whether `word` repeats what is before it. As a literal it is nothing but itself.
    fn is_ellipsis(&self, expander: &mut Expander<'_>, word: Value) -> bool {
        if word.as_symbol().is_none() || self.is_literal(word) {
            return false;
        }
        match self.ellipsis {
            Some(ellipsis) => word == ellipsis,
            None => self.is_named(expander, word, "..."),
        }
    }

    fn is_underscore(&self, expander: &mut Expander<'_>, word: Value) -> bool {
        self.is_named(expander, word, "_")
    }

    /// Whether `word` is the global name `name`, under whatever alias.
    fn is_named(&self, expander: &mut Expander<'_>, word: Value, name: &str) -> bool {
        let original = expander.original(word);
        let is_so = original.as_symbol().is_some_and(|symbol| *expander.heap.symbol(symbol).name == *name);
        is_so && !matches!(expander.meaning(word, self.scope), Some(Meaning::Local(_)))
    }

    /// Takes a list of patterns or templates apart at its ellipsis, which follows something.
    fn repeated<'a>(&self, expander: &mut Expander<'_>, items: &'a [Value]) -> Option<Repeated<'a>> {
        let at = (1..items.len()).find(|at| self.is_ellipsis(expander, items[*at]))?;
        Some(Repeated { before: &items[..at - 1], repeated: items[at - 1], after: &items[at + 1..] })
    }

    /// Whether `pattern` matches `form`; what its variables matched is added to `matches`.
    fn matches(
        &self,
        expander: &mut Expander<'_>,
        pattern: Value,
        form: Value,
        scope: ScopeId,
        matches: &mut Matches,
    ) -> bool {
        if pattern.as_symbol().is_some() {
            return self.matches_name(expander, pattern, form, scope, matches);
        }
        if pattern.as_pair().is_some() {
            let (Some(patterns), Some(forms)) = (spine(expander.heap, pattern), spine(expander.heap, form)) else {
                return false;
            };
            return self.matches_items(expander, (&patterns.0, patterns.1), (&forms.0, forms.1), scope, matches);
        }
        match (vector_items(expander.heap, pattern), vector_items(expander.heap, form)) {
            (Some(patterns), Some(forms)) => {
                let end = Value::NIL;
                self.matches_items(expander, (&patterns, end), (&forms, end), scope, matches)
            }
            (None, _) => equal(expander.heap, pattern, form),
            _ => false,
        }
    }

    fn matches_name(
        &self,
        expander: &mut Expander<'_>,
        name: Value,
        form: Value,
        scope: ScopeId,
        matches: &mut Matches,
    ) -> bool {
        if self.is_literal(name) {
            let meant = expander.meaning(name, self.scope);
            return meant.is_some() && expander.meaning(form, scope) == meant;
        }
        if !self.is_underscore(expander, name) {
            matches.push((name, Match::One(form)));
        }
        true
    }

    /// Matches the items of a list, and what is behind its last pair.
    fn matches_items(
        &self,
        expander: &mut Expander<'_>,
        (patterns, end): (&[Value], Value),
        (forms, rest): (&[Value], Value),
        scope: ScopeId,
        matches: &mut Matches,
    ) -> bool {
        let Some(parts) = self.repeated(expander, patterns) else {
            if forms.len() < patterns.len() {
                return false;
            }
            let (forms, others) = forms.split_at(patterns.len());
            if !self.matches_each(expander, patterns, forms, scope, matches) {
                return false;
            }
            // A pattern for the rest matches the list of all other items.
            return match others {
                [] => self.matches(expander, end, rest, scope, matches),
                _ if end == Value::NIL => false,
                _ => {
                    let rest = expander.heap.list_with_tail(others, rest);
                    self.matches(expander, end, rest, scope, matches)
                }
            };
        };
        let Some(count) = forms.len().checked_sub(parts.before.len() + parts.after.len()) else { return false };
        let (before, forms) = forms.split_at(parts.before.len());
        let (several, after) = forms.split_at(count);
        self.matches_each(expander, parts.before, before, scope, matches)
            && self.matches_several(expander, parts.repeated, several, scope, matches)
            && self.matches_each(expander, parts.after, after, scope, matches)
            && self.matches(expander, end, rest, scope, matches)
    }

    fn matches_each(
        &self,
        expander: &mut Expander<'_>,
        patterns: &[Value],
        forms: &[Value],
        scope: ScopeId,
        matches: &mut Matches,
    ) -> bool {
        std::iter::zip(patterns, forms).all(|(pattern, form)| self.matches(expander, *pattern, *form, scope, matches))
    }

    /// Matches each of `forms` with the same pattern.
    fn matches_several(
        &self,
        expander: &mut Expander<'_>,
        pattern: Value,
        forms: &[Value],
        scope: ScopeId,
        matches: &mut Matches,
    ) -> bool {
        let variables = self.variables(expander, pattern);
        let mut found: BTreeMap<Value, (usize, Vec<Match>)> =
            variables.into_iter().map(|(name, depth)| (name, (depth + 1, Vec::new()))).collect();
        for form in forms {
            let mut inner = Vec::new();
            if !self.matches(expander, pattern, *form, scope, &mut inner) {
                return false;
            }
            for (name, what) in inner {
                found.entry(name).or_default().1.push(what);
            }
        }
        matches.extend(found.into_iter().map(|(name, (depth, items))| (name, Match::Many { items, depth })));
        true
    }

    /// The names in a pattern or template that can be variables, and how many ellipses they are under in it.
    fn variables(&self, expander: &mut Expander<'_>, pattern: Value) -> Vec<(Value, usize)> {
        let mut found = Vec::new();
        let mut open = vec![(pattern, 0)];
        while let Some((part, depth)) = open.pop() {
            if part.as_symbol().is_some() {
                let is_word = self.is_literal(part) || self.is_underscore(expander, part);
                if !is_word && !self.is_ellipsis(expander, part) {
                    found.push((part, depth));
                }
                continue;
            }
            let items = match vector_items(expander.heap, part) {
                Some(items) => Some((items, Value::NIL)),
                None => spine(expander.heap, part),
            };
            let Some((items, end)) = items.filter(|(items, _)| !items.is_empty()) else { continue };
            open.push((end, depth));
            let mut under = depth;
            for item in items.iter().rev() {
                if self.is_ellipsis(expander, *item) {
                    under += 1;
                } else {
                    open.push((*item, under));
                    under = depth;
                }
            }
        }
        found
    }
}
