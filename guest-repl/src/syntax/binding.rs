//! What names mean.

use super::node::{Lambda, Scope, ScopeId};
use super::{Expander, LambdaId, Node, Recursion, Syntax, Task, Var, VarId};
use crate::value::{Kind, SymbolId, Value};

/// What a name means somewhere.
pub(super) enum Meaning {
    Local(VarId),
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
        self.scopes[scope.index()].names.push((name, id));
        id
    }

    pub(super) fn is_top(&self, scope: ScopeId) -> bool {
        self.scopes[scope.index()].parent.is_none()
    }

    /// The innermost variable called `name`.
    fn find(&self, name: Value, scope: ScopeId) -> Option<VarId> {
        let mut at = Some(scope);
        while let Some(id) = at {
            let scope = &self.scopes[id.index()];
            if let Some((_, var)) = scope.names.iter().rev().find(|(known, _)| *known == name) {
                return Some(*var);
            }
            at = scope.parent;
        }
        None
    }

    /// What `name` means, noting that it is used in `scope`.
    pub(super) fn resolve(&mut self, name: Value, scope: ScopeId) -> Option<Meaning> {
        let symbol = name.as_symbol()?;
        let Some(var) = self.find(name, scope) else { return Some(Meaning::Global(symbol)) };
        self.capture(var, self.scopes[scope.index()].lambda);
        Some(Meaning::Local(var))
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
        match head.kind() {
            Kind::Keyword(number) => Some(number),
            Kind::Symbol(symbol) => match self.heap.symbol(symbol).value.kind() {
                Kind::Keyword(number) if self.find(head, scope).is_none() => Some(number),
                _ => None,
            },
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
            Meaning::Global(symbol) => match self.heap.symbol(symbol).value.kind() {
                Kind::Keyword(_) => Err(format!("{}: not a variable but syntax", self.heap.symbol(symbol).name)),
                _ => Ok(Node::Global(symbol)),
            },
        }
    }
}
