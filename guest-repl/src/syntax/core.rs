//! The forms that all others come down to.

use super::binding::Meaning;
use super::node::{Lambda, Scope};
use super::{Expander, Node, Recursion, Syntax, Task, keywords};
use crate::value::Value;

pub(super) fn quote(expander: &mut Expander<'_>, task: Task) -> Syntax {
    match expander.arguments(task, 1)?[..] {
        [datum] => {
            let datum = expander.plain(datum);
            expander.fill(task.node, Node::Constant(datum));
        }
        _ => return Err(expander.malformed(task)),
    }
    Ok(())
}

pub(super) fn conditional(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let (test, then, otherwise) = match parts[..] {
        [test, then] => (test, then, Value::UNSPECIFIED),
        [test, then, otherwise] => (test, then, otherwise),
        _ => return Err(expander.malformed(task)),
    };
    let [test, then, otherwise] = [test, then, otherwise].map(|part| expander.child(part, task.scope));
    expander.fill(task.node, Node::If(test, then, otherwise));
    Ok(())
}

pub(super) fn begin(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let forms = expander.arguments(task, 0)?;
    match forms[..] {
        [] => expander.fill(task.node, Node::Constant(Value::UNSPECIFIED)),
        [form] => return expander.again(task, form),
        _ => {
            // The first form is taken first, as it may define syntax for those after it.
            let nodes = forms.into_iter().rev().map(|form| expander.child(form, task.scope));
            let mut nodes: Vec<_> = nodes.collect();
            nodes.reverse();
            expander.fill(task.node, Node::Sequence(nodes.into()));
        }
    }
    Ok(())
}

pub(super) fn and(expander: &mut Expander<'_>, task: Task) -> Syntax {
    match expander.arguments(task, 0)?[..] {
        [] => expander.again(task, Value::TRUE),
        [only] => expander.again(task, only),
        [first, ref rest @ ..] => {
            let rest = expander.list_and(&[keywords::AND], rest);
            let whole = expander.list(&[keywords::IF, first, rest, Value::FALSE]);
            expander.again(task, whole)
        }
    }
}

pub(super) fn or(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 0)?;
    match parts[..] {
        [] => expander.again(task, Value::FALSE),
        [only] => expander.again(task, only),
        _ => {
            let parts = parts.into_iter().map(|part| expander.child(part, task.scope)).collect();
            expander.fill(task.node, Node::Or(parts));
            Ok(())
        }
    }
}

/// `define` at top level; bodies look for their definitions themselves.
pub(super) fn define(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let (name, init) = expander.definition(task)?;
    if !expander.is_top(task.scope) {
        return Err(format!("define: not allowed here: {}", expander.brief(task.datum)));
    }
    let node = expander.named_child(init, task.scope, Some(name));
    let symbol = expander.global_called(name);
    expander.fill(task.node, Node::Define(symbol, node));
    Ok(())
}

pub(super) fn assign(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let [name, init] = expander.arguments(task, 2)?[..] else { return Err(expander.malformed(task)) };
    let Some(meaning) = expander.resolve(name, task.scope) else { return Err(expander.malformed(task)) };
    if let Meaning::Macro(..) = meaning {
        return Err(expander.not_a_variable(name));
    }
    let node = expander.named_child(init, task.scope, Some(name));
    match meaning {
        Meaning::Local(var) => {
            expander.program.vars[var.index()].mutated = true;
            expander.fill(task.node, Node::SetLocal(var, node));
        }
        Meaning::Keyword(_) | Meaning::Macro(..) | Meaning::Global(_) => {
            let symbol = expander.global_called(name);
            expander.fill(task.node, Node::SetGlobal(symbol, node));
        }
    }
    Ok(())
}

pub(super) fn lambda(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let parent = expander.scopes[task.scope.index()].lambda;
    let name = task.name.map(|name| expander.original(name));
    let id = expander.add_lambda(Lambda { parent: Some(parent), name, ..Lambda::top() });
    let scope = expander.add_scope(Scope { parent: Some(task.scope), lambda: id, names: Vec::new() });
    let (names, rest) = expander.parameters(task, parts[0])?;
    let params: Vec<_> = names.into_iter().map(|name| expander.add_var(scope, name, Recursion::None)).collect();
    if params.len() > usize::from(u16::MAX) {
        return Err("lambda: too many parameters".to_owned());
    }
    let body = expander.body(task, &parts[1..], scope)?;
    let lambda = &mut expander.program.lambdas[id.index()];
    (lambda.params, lambda.rest, lambda.body) = (params, rest, body);
    expander.fill(task.node, Node::Lambda(id));
    Ok(())
}

/// `(named-lambda (name . parameters) body…)`
pub(super) fn named_lambda(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    let Some(target) = expander.heap.as_pair(parts[0]) else { return Err(expander.malformed(task)) };
    let lambda = expander.list_and(&[keywords::LAMBDA, target.cdr], &parts[1..]);
    expander.again(Task { name: Some(target.car), ..task }, lambda)
}

/// `let`, plain and named.
pub(super) fn bind(expander: &mut Expander<'_>, task: Task) -> Syntax {
    let parts = expander.arguments(task, 2)?;
    if parts[0].as_symbol().is_some() {
        return bind_loop(expander, task, &parts);
    }
    let (names, inits) = expander.bindings(task, parts[0])?;
    let inits = std::iter::zip(&names, inits).map(|(name, init)| expander.named_child(init, task.scope, Some(*name)));
    let inits: Box<[_]> = inits.collect();
    let scope = expander.inner_scope(task.scope);
    let vars = names.into_iter().map(|name| expander.add_var(scope, name, Recursion::None)).collect();
    let body = expander.body(task, &parts[1..], scope)?;
    expander.fill(task.node, Node::Let { vars, inits, body });
    Ok(())
}

/// `(let loop ((x 1)) body…)` is `((letrec ((loop (lambda (x) body…))) loop) 1)`.
fn bind_loop(expander: &mut Expander<'_>, task: Task, parts: &[Value]) -> Syntax {
    let [name, bindings, ref body @ ..] = *parts else { return Err(expander.malformed(task)) };
    if body.is_empty() {
        return Err(expander.malformed(task));
    }
    let (names, inits) = expander.bindings(task, bindings)?;
    let params = expander.list(&names);
    let lambda = expander.list_and(&[keywords::LAMBDA, params], body);
    let binding = expander.list(&[name, lambda]);
    let bindings = expander.list(&[binding]);
    let operator = expander.list(&[keywords::LETREC, bindings, name]);
    let call = expander.list_and(&[operator], &inits);
    expander.again(task, call)
}

/// A word such as `else` outside the form that it belongs to.
pub(super) fn stray(expander: &mut Expander<'_>, task: Task) -> Syntax {
    Err(format!("{}: not allowed here: {}", expander.keyword_of(task).unwrap_or("form"), expander.brief(task.datum)))
}

// === impl Expander ===

impl Expander<'_> {
    /// The name that a definition defines, and the datum of its value.
    pub(super) fn definition(&mut self, task: Task) -> Syntax<(Value, Value)> {
        let parts = self.arguments(task, 1)?;
        let (mut target, mut init) = match parts[..] {
            [target] => (target, Value::UNSPECIFIED),
            [target, init] if target.as_symbol().is_some() => (target, init),
            [target, ref body @ ..] => {
                let Some(pair) = self.heap.as_pair(target) else { return Err(self.malformed(task)) };
                (pair.car, self.list_and(&[keywords::LAMBDA, pair.cdr], body))
            }
            [] => return Err(self.malformed(task)),
        };
        // `(define ((f a) b) …)` defines a procedure that returns procedures.
        while let Some(pair) = self.heap.as_pair(target) {
            init = self.list(&[keywords::LAMBDA, pair.cdr, init]);
            target = pair.car;
        }
        if target.as_symbol().is_none() {
            return Err(self.malformed(task));
        }
        Ok((target, init))
    }

    /// The names of `(a b . rest)`, and whether there is a rest.
    pub(super) fn parameters(&self, task: Task, list: Value) -> Syntax<(Vec<Value>, bool)> {
        let mut names = Vec::new();
        let mut left = list;
        while let Some(pair) = self.heap.as_pair(left) {
            names.push(pair.car);
            left = pair.cdr;
        }
        let rest = left != Value::NIL;
        if rest {
            names.push(left);
        }
        self.all_distinct(task, &names)?;
        Ok((names, rest))
    }

    /// The names and values of `((a 1) (b 2))`.
    pub(super) fn bindings(&self, task: Task, list: Value) -> Syntax<(Vec<Value>, Vec<Value>)> {
        let mut names = Vec::new();
        let mut inits = Vec::new();
        for binding in self.items(task, list)? {
            let (name, init) = self.binding(task, binding)?;
            names.push(name);
            inits.push(init);
        }
        self.all_distinct(task, &names)?;
        Ok((names, inits))
    }

    /// The name and value of `(a 1)`.
    pub(super) fn binding(&self, task: Task, binding: Value) -> Syntax<(Value, Value)> {
        match self.heap.items(binding).as_deref() {
            Some([name]) if name.as_symbol().is_some() => Ok((*name, Value::UNSPECIFIED)),
            Some([name, init]) if name.as_symbol().is_some() => Ok((*name, *init)),
            _ => Err(self.wrong_part(task, "a binding (name value)", binding)),
        }
    }

    fn all_distinct(&self, task: Task, names: &[Value]) -> Syntax {
        if let Some(other) = names.iter().find(|name| name.as_symbol().is_none()) {
            return Err(self.wrong_part(task, "a name", *other));
        }
        let mut sorted = names.to_vec();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("{} is bound twice in {}", self.brief(pair[0]), self.brief(task.datum))),
            None => Ok(()),
        }
    }
}
