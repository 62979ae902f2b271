//! Bodies: definitions and expressions, all in one scope.

use super::node::ScopeId;
use super::{Expander, Node, NodeId, Recursion, Syntax, Task, keywords};
use crate::value::Value;

/// A form of a body whose definitions are laid open.
#[derive(Debug, Clone, Copy)]
enum Form {
    Define { name: Value, init: Value },
    Expression(Value),
}

// === impl Expander ===

impl Expander<'_> {
    /// The body `forms` of the form that `task` is about.
    pub(super) fn body(&mut self, task: Task, forms: &[Value], scope: ScopeId) -> Syntax<NodeId> {
        let forms = self.lay_open(forms, scope)?;
        match forms[..] {
            [] => return Err(self.malformed(task)),
            [Form::Expression(only)] => return Ok(self.child(only, scope)),
            _ => {}
        }
        if forms.iter().all(|form| matches!(form, Form::Expression(_))) {
            return Ok(self.sequence(&forms, scope));
        }
        self.definitions(&forms, scope)
    }

    fn sequence(&mut self, forms: &[Form], scope: ScopeId) -> NodeId {
        let nodes = forms.iter().map(|form| match *form {
            Form::Expression(datum) | Form::Define { init: datum, .. } => self.child(datum, scope),
        });
        let nodes = nodes.collect();
        self.program.add(Node::Sequence(nodes))
    }

    fn definitions(&mut self, forms: &[Form], outer: ScopeId) -> Syntax<NodeId> {
        let scope = self.inner_scope(outer);
        let mut leading = true;
        let mut vars = Vec::new();
        for form in forms {
            let Form::Define { name, init } = *form else {
                leading = false;
                continue;
            };
            leading &= self.is_lambda(init, outer);
            if self.scopes[scope.index()].names.iter().any(|(known, _)| *known == name) {
                return Err(format!("{} is defined twice in one body", crate::printer::brief(self.heap, name)));
            }
            let recursion = if leading { Recursion::Lambda } else { Recursion::Late };
            vars.push(self.add_var(scope, name, recursion));
        }
        let mut defined = vars.iter();
        let nodes = forms.iter().map(|form| match *form {
            Form::Define { name, init } => (defined.next().copied(), self.named_child(init, scope, Some(name))),
            Form::Expression(datum) => (None, self.child(datum, scope)),
        });
        let forms = nodes.collect();
        Ok(self.program.add(Node::Body { vars: vars.into(), forms }))
    }

    /// Splices `begin`s and takes definitions apart.
    fn lay_open(&mut self, forms: &[Value], scope: ScopeId) -> Syntax<Vec<Form>> {
        let mut found = Vec::new();
        let mut left: Vec<Value> = forms.iter().rev().copied().collect();
        while let Some(datum) = left.pop() {
            let head = self.heap.as_pair(datum).and_then(|pair| self.keyword(pair.car, scope));
            let task = Task { datum, scope, node: NodeId::new(0), name: None };
            match head.map(Value::keyword) {
                Some(keywords::BEGIN) => left.extend(self.arguments(task, 0)?.into_iter().rev()),
                Some(keywords::DEFINE) => {
                    let (name, init) = self.definition(task)?;
                    found.push(Form::Define { name, init });
                }
                Some(keywords::DEFINE_VALUES) => left.push(super::records::values_definition(self, task)?),
                Some(keywords::DEFINE_RECORD_TYPE) => left.push(super::records::record_definition(self, task)?),
                _ => found.push(Form::Expression(datum)),
            }
        }
        Ok(found)
    }

    fn is_lambda(&self, datum: Value, scope: ScopeId) -> bool {
        let head = self.heap.as_pair(datum).map(|pair| pair.car);
        head.is_some_and(|head| self.is_word(head, keywords::LAMBDA, scope))
    }
}
