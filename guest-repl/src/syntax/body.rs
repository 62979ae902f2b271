//! Bodies: definitions and expressions, all in one scope.

use super::node::ScopeId;
use super::{Expander, Meaning, Node, NodeId, Recursion, Syntax, Task, VarId, keywords};
use crate::value::Value;

/// A form of a body whose definitions are laid open.
#[derive(Debug, Clone, Copy)]
enum Form {
    Define { var: VarId, name: Value, init: Value, depth: u32 },
    Expression { datum: Value, depth: u32 },
}

// === impl Expander ===

impl Expander<'_> {
    /// The body `forms` of the form that `task` is about.
    pub(super) fn body(&mut self, task: Task, forms: &[Value], outer: ScopeId) -> Syntax<NodeId> {
        let scope = self.inner_scope(outer);
        let forms = self.lay_open(forms, scope)?;
        // A body that defines nothing has no scope of its own.
        let scope = if self.scopes[scope.index()].names.is_empty() { outer } else { scope };
        match forms[..] {
            [] => return Err(self.malformed(task)),
            [Form::Expression { datum, depth }] => {
                self.expansions.depth = depth;
                return Ok(self.child(datum, scope));
            }
            _ => {}
        }
        if forms.iter().all(|form| matches!(form, Form::Expression { .. })) {
            let nodes = forms.iter().map(|form| self.body_form(form, scope).1).collect();
            return Ok(self.program.add(Node::Sequence(nodes)));
        }
        Ok(self.definitions(&forms, scope))
    }

    fn body_form(&mut self, form: &Form, scope: ScopeId) -> (Option<VarId>, NodeId) {
        match *form {
            Form::Define { var, name, init, depth } => {
                self.expansions.depth = depth;
                (Some(var), self.named_child(init, scope, Some(name)))
            }
            Form::Expression { datum, depth } => {
                self.expansions.depth = depth;
                (None, self.child(datum, scope))
            }
        }
    }

    fn definitions(&mut self, forms: &[Form], scope: ScopeId) -> NodeId {
        let mut leading = true;
        let mut vars = Vec::new();
        for form in forms {
            let Form::Define { var, init, .. } = *form else {
                leading = false;
                continue;
            };
            leading &= self.is_lambda(init, scope);
            if leading {
                self.program.vars[var.index()].recursion = Recursion::Lambda;
            }
            vars.push(var);
        }
        let forms = forms.iter().map(|form| self.body_form(form, scope)).collect();
        self.program.add(Node::Body { vars: vars.into(), forms })
    }

    /// Splices `begin`s, expands macros and takes definitions apart. Each name means what it defines from there on.
    fn lay_open(&mut self, forms: &[Value], scope: ScopeId) -> Syntax<Vec<Form>> {
        let mut found = Vec::new();
        let depth = self.expansions.depth;
        let mut left: Vec<(Value, u32)> = forms.iter().rev().map(|form| (*form, depth)).collect();
        while let Some((datum, depth)) = left.pop() {
            self.expansions.depth = depth;
            let head = self.heap.as_pair(datum).and_then(|pair| self.meaning(pair.car, scope));
            let task = Task { datum, scope, node: NodeId::new(0), name: None, depth };
            let word = match head {
                Some(Meaning::Keyword(number)) => Some(Value::keyword(number)),
                Some(Meaning::Macro(known, around)) => {
                    left.push((self.transform((known, around), datum, scope)?, depth + 1));
                    continue;
                }
                _ => None,
            };
            match word {
                Some(keywords::BEGIN) => {
                    left.extend(self.arguments(task, 0)?.into_iter().rev().map(|form| (form, depth)));
                }
                Some(keywords::DEFINE) => {
                    let (name, init) = self.definition(task)?;
                    self.refuse_twice(name, scope)?;
                    let var = self.add_var(scope, name, Recursion::Late);
                    found.push(Form::Define { var, name, init, depth });
                }
                Some(keywords::DEFINE_SYNTAX) => {
                    let (name, spec) = self.syntax_definition(task)?;
                    self.refuse_twice(name, scope)?;
                    self.bind_macro(name, spec, scope, scope)?;
                }
                Some(keywords::DEFINE_VALUES) => left.push((super::records::values_definition(self, task)?, depth)),
                Some(keywords::DEFINE_RECORD_TYPE) => {
                    left.push((super::records::record_definition(self, task)?, depth));
                }
                Some(keywords::DEFINE_GENERIC) => left.push((super::generic::generic_definition(self, task)?, depth)),
                _ => found.push(Form::Expression { datum, depth }),
            }
        }
        Ok(found)
    }

    fn refuse_twice(&self, name: Value, scope: ScopeId) -> Syntax {
        if self.scopes[scope.index()].names.iter().any(|(known, _)| *known == name) {
            return Err(format!("{} is defined twice in one body", crate::printer::brief(self.heap, name)));
        }
        Ok(())
    }

    fn is_lambda(&self, datum: Value, scope: ScopeId) -> bool {
        let head = self.heap.as_pair(datum).map(|pair| pair.car);
        head.is_some_and(|head| self.is_word(head, keywords::LAMBDA, scope))
    }
}
