//! Templates filled in.

use std::collections::BTreeMap;

use super::{Match, Matches, Reader, spine, vector_items};
use crate::printer;
use crate::syntax::{Expander, Macro, Syntax};
use crate::value::Value;

/// What variables matched, inside of so many repetitions.
type Known<'m> = BTreeMap<Value, &'m Match>;

/// One template being filled in.
struct Filling<'f, 'e, 'h> {
    expander: &'e mut Expander<'h>,
    known: &'f Macro,
    reader: &'f Reader,
    /// The names that this expansion puts into the program, by those in the template.
    aliases: BTreeMap<Value, Value>,
}

/// `template` with what `matches` says in place of variables, and fresh names in place of others.
pub(super) fn fill(
    expander: &mut Expander<'_>,
    known: &Macro,
    reader: &Reader,
    template: Value,
    matches: &Matches,
) -> Syntax<Value> {
    let variables: Known<'_> = matches.iter().map(|(name, what)| (*name, what)).collect();
    let mut filling = Filling { expander, known, reader, aliases: BTreeMap::new() };
    filling.part(template, &variables, false)
}

// === impl Filling ===

impl Filling<'_, '_, '_> {
    /// `plain`: an ellipsis is a name like any other.
    fn part(&mut self, template: Value, variables: &Known<'_>, plain: bool) -> Syntax<Value> {
        if template.as_symbol().is_some() {
            return match variables.get(&template) {
                Some(Match::One(form)) => Ok(*form),
                Some(Match::Many { .. }) => Err(self.uneven(template)),
                None => self.name(template),
            };
        }
        if template.as_pair().is_some() {
            let Some((items, end)) = spine(self.expander.heap, template) else { return Err(self.uneven(template)) };
            if let ([word, escaped], false, Value::NIL) = (&items[..], plain, end) {
                if self.reader.is_ellipsis(self.expander, *word) {
                    return self.part(*escaped, variables, true);
                }
            }
            let items = self.items(&items, variables, plain)?;
            let end = self.part(end, variables, plain)?;
            return Ok(self.expander.heap.list_with_tail(&items, end));
        }
        match vector_items(self.expander.heap, template) {
            Some(items) => {
                let items = self.items(&items, variables, plain)?;
                Ok(self.expander.heap.vector(items))
            }
            None => Ok(template),
        }
    }

    fn name(&mut self, name: Value) -> Syntax<Value> {
        if let Some(alias) = self.aliases.get(&name) {
            return Ok(*alias);
        }
        self.expander.charge(self.known, 1)?;
        let alias = self.expander.alias(name, self.reader.scope);
        self.aliases.insert(name, alias);
        Ok(alias)
    }

    fn items(&mut self, templates: &[Value], variables: &Known<'_>, plain: bool) -> Syntax<Vec<Value>> {
        let mut filled = Vec::with_capacity(templates.len());
        let mut at = 0;
        while let Some(template) = templates.get(at) {
            at += 1;
            let start = at;
            while !plain && at < templates.len() && self.reader.is_ellipsis(self.expander, templates[at]) {
                at += 1;
            }
            match at - start {
                0 => filled.push(self.part(*template, variables, plain)?),
                times => self.several(*template, times, variables, &mut filled)?,
            }
        }
        self.expander.charge(self.known, filled.len())?;
        Ok(filled)
    }

    /// `template ...`, with `times` ellipses.
    fn several(&mut self, template: Value, times: usize, variables: &Known<'_>, filled: &mut Vec<Value>) -> Syntax {
        let names = self.reader.variables(self.expander, template);
        let repeated = repeated(&names, times, variables);
        let counts: Vec<usize> = repeated.values().map(|items| items.len()).collect();
        let Some(count) = counts.first().copied().filter(|count| counts.iter().all(|other| other == count)) else {
            return Err(self.uneven(template));
        };
        for index in 0..count {
            let inner = names.iter().filter_map(|(name, _)| match repeated.get(name) {
                Some(items) => Some((*name, &items[index])),
                None => Some((*name, *variables.get(name)?)),
            });
            let inner: Known<'_> = inner.collect();
            match times {
                1 => filled.push(self.part(template, &inner, false)?),
                _ => self.several(template, times - 1, &inner, filled)?,
            }
            self.expander.charge(self.known, 1)?;
        }
        Ok(())
    }

    fn uneven(&self, template: Value) -> String {
        let [name, template] = [self.known.name, template].map(|value| printer::brief(self.expander.heap, value));
        format!("{name}: what {template} repeats does not come equally often")
    }
}

/// The variables of a template that its outermost of `times` ellipses repeats, and what they matched. Those with enough
/// ellipses for all that are around them are; and those with fewer, when others repeat what is around them.
fn repeated<'m>(names: &[(Value, usize)], times: usize, variables: &Known<'m>) -> BTreeMap<Value, &'m [Match]> {
    let several = names.iter().filter_map(|(name, inside)| match variables.get(name)? {
        Match::Many { items, depth } => Some((*name, *inside, *depth, &items[..])),
        Match::One(_) => None,
    });
    let several: Vec<_> = several.collect();
    let has_enough = |inside: usize, depth: usize| depth >= inside + times;
    let deepest = several.iter().filter(|(_, inside, depth, _)| has_enough(*inside, *depth));
    let Some(deepest) = deepest.map(|(_, inside, ..)| *inside).max() else { return BTreeMap::new() };
    let repeated =
        several.into_iter().filter(|(_, inside, depth, _)| has_enough(*inside, *depth) || *inside <= deepest);
    repeated.map(|(name, _, _, items)| (name, items)).collect()
}
