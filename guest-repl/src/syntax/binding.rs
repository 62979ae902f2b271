//! What names mean.

use super::node::{Bound, Lambda, Scope, ScopeId};
use super::{Expander, LambdaId, Node, Recursion, Syntax, Task, Var, VarId};
use crate::heap::Object;
use crate::value::{Kind, SymbolId, Value};

/// What a name means somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Local(VarId),
    /// A macro, and the scope that the names in its templates are looked up in.
    Macro(Value, ScopeId),
    Keyword(u32),
    Global(SymbolId),
}

// === impl Expander ===

impl Expander<'_> {
    pub(super) fn add_scope(&mut self, scope: Scope) -> ScopeId {
        self.scopes.push(scope);
        ScopeId::new(self.scopes.len() - 1)
    }

    pub(super) fn inner_scope(&mut self, parent: ScopeId) -> ScopeId {
        let lambda = self.scopes[parent.index()].lambda;
        self.add_scope(Scope { parent: Some(parent), lambda, names: Vec::new() })
    }

    pub(super) fn add_lambda(&mut self, lambda: Lambda) -> LambdaId {
        self.program.lambdas.push(lambda);
        LambdaId::new(self.program.lambdas.len() - 1)
    }

    /// Adds a variable called `name` to a scope.
    pub(super) fn add_var(&mut self, scope: ScopeId, name: Value, recursion: Recursion) -> VarId {
        let owner = self.scopes[scope.index()].lambda;
        let id = VarId::new(self.program.vars.len());
        self.program.vars.push(Var { name, owner, captured: false, mutated: false, recursion, slot: 0 });
        self.scopes[scope.index()].names.push((name, Bound::Var(id)));
        id
    }

    pub(super) fn is_top(&self, scope: ScopeId) -> bool {
        self.scopes[scope.index()].parent.is_none()
    }

    /// What the innermost scope that knows `name` says of it.
    fn find(&self, name: Value, scope: ScopeId) -> Option<Bound> {
        let mut at = Some(scope);
        while let Some(id) = at {
            let scope = &self.scopes[id.index()];
            if let Some((_, bound)) = scope.names.iter().rev().find(|(known, _)| *known == name) {
                return Some(*bound);
            }
            at = scope.parent;
        }
        None
    }

    /// What `name` means in `scope`. A name that a macro put there, unless it is bound as itself, means what its original
    /// means where the macro was defined.
    pub(super) fn meaning(&self, name: Value, scope: ScopeId) -> Option<Meaning> {
        let (mut name, mut scope) = (name, scope);
        loop {
            let symbol = match name.kind() {
                Kind::Keyword(number) => return Some(Meaning::Keyword(number)),
                Kind::Symbol(symbol) => symbol,
                _ => return None,
            };
            match (self.find(name, scope), self.aliases.get(&name)) {
                (Some(Bound::Var(var)), _) => return Some(Meaning::Local(var)),
                (Some(Bound::Macro(known, scope)), _) => {
                    return Some(match known.kind() {
                        Kind::Keyword(number) => Meaning::Keyword(number),
                        _ => Meaning::Macro(known, scope),
                    });
                }
                (None, Some(alias)) => (name, scope) = (alias.original, alias.scope),
                (None, None) => return Some(self.global_meaning(symbol)),
            }
        }
    }

    /// Whether a datum is a name that nothing is known by.
    pub(super) fn is_unbound(&self, name: Value, scope: ScopeId) -> bool {
        match self.meaning(name, scope) {
            Some(Meaning::Global(symbol)) => {
                let value = match self.environment {
                    Some(environment) => self.heap.value_in(environment, symbol),
                    None => self.heap.symbol(symbol).value,
                };
                value == Value::UNBOUND
            }
            _ => false,
        }
    }

    fn global_meaning(&self, symbol: SymbolId) -> Meaning {
        let value = match self.environment {
            Some(environment) => self.heap.value_in(environment, symbol),
            None => self.heap.symbol(symbol).value,
        };
        match (value.kind(), self.heap.as_object(value)) {
            (Kind::Keyword(number), _) => Meaning::Keyword(number),
            (_, Some(Object::Macro(_))) => Meaning::Macro(value, ScopeId::TOP),
            _ => Meaning::Global(symbol),
        }
    }

    /// The global variable that `name` means when nothing local is called so.
    pub(super) fn global_called(&mut self, name: Value) -> SymbolId {
        let symbol = self.original(name).as_symbol().expect("only symbols are names");
        match self.environment {
            Some(environment) => self.heap.variable_of(environment, symbol),
            None => symbol,
        }
    }

    /// What `name` means, noting that it is used in `scope`.
    pub(super) fn resolve(&mut self, name: Value, scope: ScopeId) -> Option<Meaning> {
        let meaning = self.meaning(name, scope)?;
        if let Meaning::Local(var) = meaning {
            self.capture(var, self.scopes[scope.index()].lambda);
        }
        Some(meaning)
    }

    /// Hands a variable through all lambdas between its owner and its user.
    fn capture(&mut self, var: VarId, user: LambdaId) {
        let owner = self.program.var(var).owner;
        let mut at = user;
        while at != owner {
            self.program.vars[var.index()].captured = true;
            let lambda = &mut self.program.lambdas[at.index()];
            if lambda.captures.contains(&var) {
                break;
            }
            lambda.captures.push(var);
            at = lambda.parent.expect("the owner is around the user");
        }
    }

    /// The number of the keyword that `head` is or means.
    pub(super) fn keyword(&self, head: Value, scope: ScopeId) -> Option<u32> {
        match self.meaning(head, scope) {
            Some(Meaning::Keyword(number)) => Some(number),
            _ => None,
        }
    }

    /// Whether `datum` is the word `keyword`, `else` for example.
    pub(super) fn is_word(&self, datum: Value, keyword: Value, scope: ScopeId) -> bool {
        self.keyword(datum, scope).map(Value::keyword) == Some(keyword)
    }

    pub(super) fn reference(&mut self, task: Task) -> Syntax<Node> {
        match self.resolve(task.datum, task.scope).expect("a symbol has a meaning") {
            Meaning::Local(var) => Ok(Node::Local(var)),
            Meaning::Global(_) => Ok(Node::Global(self.global_called(task.datum))),
            Meaning::Keyword(_) | Meaning::Macro(..) => Err(self.not_a_variable(task.datum)),
        }
    }

    pub(super) fn not_a_variable(&self, name: Value) -> String {
        format!("{}: not a variable but syntax", crate::printer::brief(self.heap, name))
    }
}
