//! Macros: how they are defined, found and bounded. `rules` matches and fills in.
//!
//! ```text
//! (define-syntax name (syntax-rules …))   at top level: the macro is the name's global value
//!                                         in a body, let-syntax: the macro is what the scope says of the name
//! (name …)                                takes a task's datum to another, like a derived form
//! ```
//! A global macro lives in the heap, so the names that other macros put into its rules are kept with it.

use std::collections::BTreeMap;

use super::keywords::{LET, SYNTAX_RULES};
use super::node::{Bound, ScopeId};
use super::{Answers, Expander, Meaning, Node, Question, Syntax, Task, rules};
use crate::equality::equal;
use crate::heap::{Heap, Object};
use crate::printer;
use crate::value::{ObjectId, Value};

/// Macros that come out of macros, at most: a few thousand are what recursion over a long form takes.
const DEPTH_MAX: u32 = 10_000;

/// The same of macros that are procedures. What is around them is expanded again for each, so it takes the square.
const PROCEDURAL_DEPTH_MAX: u32 = 250;

/// Data that macros make of one form of the top level, at most. A pair takes 8 bytes, so a session has room for them.
const DATA_MAX: usize = 1 << 21;

/// A transformation of forms, as a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Macro {
    pub(crate) name: Value,
    /// A list of clauses, or a procedure from form to form.
    pub(super) rules: Value,
    pub(super) literals: Value,
    /// The word that repeats what is before it, or `#f` for `...`
    pub(super) ellipsis: Value,
    /// Pairs of names that another macro put into the rules and what they stand for.
    aliases: Value,
}

/// The macros that one form uses, counted.
pub(super) struct Expansions {
    /// Of the task that is being taken.
    pub(super) depth: u32,
    /// Data made so far.
    data: usize,
    /// Names made so far.
    pub(super) made: Vec<Value>,
    /// Names that were made when the form was expanded before.
    pub(super) names: std::vec::IntoIter<Value>,
    /// Forms and what the program made of them; nothing in place of those that were used.
    answers: Vec<Option<(Value, Value)>>,
    /// The answer after the last one that was used.
    next: usize,
    pub(super) question: Option<Question>,
}

/// `(define-syntax name transformer)` at top level.
pub(super) fn define_syntax(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let (name, spec) = expander.syntax_definition(task)?;
    if !expander.is_top(task.scope) {
        return Err(format!("define-syntax: not allowed here: {}", printer::brief(expander.heap, task.datum)));
    }
    let symbol = expander.global_called(name);
    let value = match expander.transformer(name, spec, task.scope)? {
        Meaning::Macro(known, _) => known,
        Meaning::Keyword(number) => Value::keyword(number),
        Meaning::Local(_) | Meaning::Global(_) => unreachable!("a transformer is syntax"),
    };
    expander.heap.define(symbol, value);
    let name = expander.original(name);
    expander.fill(task.node, Node::Constant(name));
    Ok(())
}

/// `(let-syntax ((name transformer) …) body…)`
pub(super) fn let_syntax(expander: &mut Expander<'_>, task: Task) -> Syntax {
    bind_syntax(expander, task, false)
}

/// As `let-syntax`, with transformers that know each other.
pub(super) fn letrec_syntax(expander: &mut Expander<'_>, task: Task) -> Syntax {
    bind_syntax(expander, task, true)
}

fn bind_syntax(expander: &mut Expander<'_>, task: Task, recursive: bool) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let (names, specs) = expander.bindings(task, parts[0])?;
    let scope = expander.inner_scope(task.scope);
    let around = if recursive { scope } else { task.scope };
    for (name, spec) in std::iter::zip(names, specs) {
        expander.bind_macro(name, spec, scope, around)?;
    }
    let body = expander.list_and(&[LET, Value::NIL], &parts[1..]);
    expander.again(Task { scope, ..task }, body)
}

/// `(syntax-error "message" form…)`
pub(super) fn syntax_error(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 1)?;
    let mut text = printer::displayed(expander.heap, parts[0]);
    for part in &parts[1..] {
        text = text + " " + &printer::brief(expander.heap, *part);
    }
    Err(text)
}

/// What one macro makes of `form` at top level, for a person to see; a form that uses none is left as it is.
pub(crate) fn expand_once(heap: &mut Heap, form: Value, environment: Option<ObjectId>) -> Syntax<Value> {
    let mut expander = Expander::new(heap, environment, Answers::default());
    let head = expander.heap.as_pair(form).and_then(|pair| expander.meaning(pair.car, ScopeId::TOP));
    let Some(Meaning::Macro(known, scope)) = head else { return Ok(form) };
    let expansion = expander.transform((known, scope), form, ScopeId::TOP)?;
    Ok(expander.plain(expansion))
}

/// The procedure that transforms `form` at top level, when there is one.
pub(crate) fn transformer_of(heap: &mut Heap, form: Value, environment: Option<ObjectId>) -> Option<Value> {
    let expander = Expander::new(heap, environment, Answers::default());
    let head = expander.heap.as_pair(form)?.car;
    match expander.meaning(head, ScopeId::TOP) {
        Some(Meaning::Macro(known, _)) => match expander.heap.as_object(known) {
            Some(Object::Macro(known)) => known.transformer(),
            _ => None,
        },
        _ => None,
    }
}

/// The macro that has these parts, as it was when it was saved. They are looked over as those of a new one.
pub(crate) fn restored(heap: &mut Heap, [name, rules, literals, ellipsis, aliases]: [Value; 5]) -> Syntax<Macro> {
    let known = Macro { name, rules, literals, ellipsis, aliases };
    if known.transformer().is_some() {
        return Ok(known);
    }
    let words = heap.items(literals).filter(|words| words.iter().all(|word| word.as_symbol().is_some()));
    if words.is_none() || !(ellipsis == Value::FALSE || ellipsis.as_symbol().is_some()) || !are_aliases(heap, aliases) {
        return Err("a macro is not whole".to_owned());
    }
    let mut expander = Expander::new(heap, None, Answers::default());
    expander.know_aliases(aliases);
    rules::check(&mut expander, &known, ScopeId::TOP)?;
    Ok(known)
}

/// Whether they are pairs of names that lead to names that are no aliases.
fn are_aliases(heap: &Heap, aliases: Value) -> bool {
    let pairs = heap.items(aliases).unwrap_or_default().into_iter().map(|pair| heap.as_pair(pair));
    let Some(pairs) = pairs.collect::<Option<Vec<_>>>() else { return false };
    let names: BTreeMap<Value, Value> = pairs.iter().map(|pair| (pair.car, pair.cdr)).collect();
    pairs.iter().all(|pair| {
        let mut end = pair.cdr;
        for _ in 0..names.len() {
            match names.get(&end) {
                Some(next) => end = *next,
                None => break,
            }
        }
        pair.car.as_symbol().is_some() && end.as_symbol().is_some() && !names.contains_key(&end)
    })
}

// === impl Macro ===

impl Macro {
    /// A macro whose forms a procedure transforms.
    pub(crate) fn procedural(name: Value, transformer: Value) -> Self {
        Self { name, rules: transformer, literals: Value::NIL, ellipsis: Value::FALSE, aliases: Value::NIL }
    }

    /// All values in it, for the collector.
    pub(crate) fn parts(&self) -> [Value; 5] {
        [self.name, self.rules, self.literals, self.ellipsis, self.aliases]
    }

    /// The procedure that transforms its forms, if one does.
    pub(crate) fn transformer(&self) -> Option<Value> {
        self.rules.as_object().map(|_| self.rules)
    }
}

// === impl Expansions ===

impl Expansions {
    pub(super) fn new(answers: Answers) -> Self {
        let names = answers.names.into_iter();
        let answers = answers.forms.into_iter().map(Some).collect();
        Self { depth: 0, data: 0, made: Vec::new(), names, answers, next: 0, question: None }
    }
}

// === impl Expander ===

impl Expander<'_> {
    /// The name and the transformer of `(define-syntax name transformer)`.
    pub(super) fn syntax_definition(&self, task: Task) -> Syntax<(Value, Value)> {
        match self.arguments(task, 2)?[..] {
            [name, spec] if name.as_symbol().is_some() => Ok((name, spec)),
            _ => Err(self.malformed(task)),
        }
    }

    /// Makes `name` a macro in `scope`, whose transformer's names are those of `around`.
    pub(super) fn bind_macro(&mut self, name: Value, spec: Value, scope: ScopeId, around: ScopeId) -> Syntax {
        let (known, at) = match self.transformer(name, spec, around)? {
            Meaning::Macro(known, at) => (known, at),
            Meaning::Keyword(number) => (Value::keyword(number), around),
            Meaning::Local(_) | Meaning::Global(_) => unreachable!("a transformer is syntax"),
        };
        self.scopes[scope.index()].names.push((name, Bound::Macro(known, at)));
        Ok(())
    }

    /// The syntax that `(syntax-rules …)`, or a name that is syntax already, stands for.
    fn transformer(&mut self, name: Value, spec: Value, scope: ScopeId) -> Syntax<Meaning> {
        if let Some(meaning @ (Meaning::Macro(..) | Meaning::Keyword(_))) = self.meaning(spec, scope) {
            return Ok(meaning);
        }
        let head = self.heap.as_pair(spec).map(|pair| pair.car);
        if !head.is_some_and(|head| self.is_word(head, SYNTAX_RULES, scope)) {
            let [name, spec] = [name, spec].map(|value| printer::brief(self.heap, value));
            return Err(format!("{name}: expected (syntax-rules …), got {spec}"));
        }
        let known = self.syntax_rules(name, spec, scope)?;
        let known = self.heap.insert(Object::Macro(Box::new(known)));
        Ok(Meaning::Macro(known, scope))
    }

    /// `(syntax-rules (literal…) (pattern template)…)`, with the word for `...` before the literals when it is another.
    fn syntax_rules(&mut self, name: Value, spec: Value, scope: ScopeId) -> Syntax<Macro> {
        let malformed = |expander: &Self| {
            let [name, spec] = [name, spec].map(|value| printer::brief(expander.heap, value));
            format!("{name}: malformed: {spec}")
        };
        let Some(parts) = self.heap.items(spec) else { return Err(malformed(self)) };
        let (ellipsis, parts) = match parts[1..] {
            [ellipsis, ref rest @ ..] if ellipsis.as_symbol().is_some() => (ellipsis, rest),
            ref rest => (Value::FALSE, rest),
        };
        let [literals, ref clauses @ ..] = *parts else { return Err(malformed(self)) };
        let names = self.heap.items(literals).filter(|names| names.iter().all(|name| name.as_symbol().is_some()));
        if names.is_none() {
            return Err(malformed(self));
        }
        let rules = self.heap.list(clauses);
        let aliases = self.aliases_in(&[literals, rules, ellipsis]);
        let name = self.original(name);
        let known = Macro { name, rules, literals, ellipsis, aliases };
        rules::check(self, &known, scope)?;
        Ok(known)
    }

    /// What a macro makes of a form that is used in `scope`.
    pub(super) fn transform(&mut self, known: (Value, ScopeId), form: Value, scope: ScopeId) -> Syntax<Value> {
        let (value, around) = known;
        let known = match self.heap.as_object(value) {
            Some(Object::Macro(known)) => **known,
            _ => unreachable!("only macros are bound as such"),
        };
        let depth_max = known.transformer().map_or(DEPTH_MAX, |_| PROCEDURAL_DEPTH_MAX);
        if self.expansions.depth >= depth_max {
            let [name, form] = [known.name, form].map(|value| printer::brief(self.heap, value));
            return Err(format!("{name}: more than {depth_max} macros within each other, the last in {form}"));
        }
        if let Some(transformer) = known.transformer() {
            return self.answer(transformer, form);
        }
        self.know_aliases(known.aliases);
        rules::apply(self, &known, around, form, scope)
    }

    /// The names in a global macro's rules that other macros put there.
    fn know_aliases(&mut self, aliases: Value) {
        for pair in self.heap.items(aliases).unwrap_or_default() {
            if let Some(pair) = self.heap.as_pair(pair) {
                let alias = super::Alias { original: pair.cdr, scope: ScopeId::TOP };
                self.aliases.entry(pair.car).or_insert(alias);
            }
        }
    }

    /// What the program made of `form`, when it was asked already. Mostly the questions come in the same order again, but
    /// what transformers define meanwhile may change that.
    fn answer(&mut self, transformer: Value, form: Value) -> Syntax<Value> {
        let answers = &self.expansions.answers;
        let is_it = |at: &usize| matches!(answers[*at], Some((asked, _)) if equal(self.heap, asked, form));
        let next = self.expansions.next..answers.len();
        match next.chain(0..self.expansions.next).find(is_it) {
            Some(at) => {
                self.expansions.next = at + 1;
                let answer = self.expansions.answers[at].take();
                Ok(answer.map_or(Value::UNSPECIFIED, |(_, answer)| answer))
            }
            None => Err(self.ask(transformer, form)),
        }
    }

    /// Counts data that a macro makes.
    pub(super) fn charge(&mut self, known: &Macro, data: usize) -> Syntax {
        self.expansions.data += data;
        if self.expansions.data > DATA_MAX {
            let name = printer::brief(self.heap, known.name);
            return Err(format!("{name}: macros made more than {DATA_MAX} data of one form"));
        }
        Ok(())
    }
}
