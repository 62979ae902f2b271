//! From data to a tree of what is meant: names resolved, derived forms rewritten, nothing evaluated.
//!
//! ```text
//! datum ── Task{datum, scope, node} ──► node filled in, and a task for each part
//! ```
//!
//! A form takes places for its parts in the tree before they are known and leaves a task for each, so a tree of any
//! depth is built without recursion. A derived form hands a new datum for the same place back to the list of tasks. The
//! words in such data are keyword values and `%` names, which no variable of the program can shadow.

mod binding;
mod body;
mod core;
mod derived;
mod keywords;
mod node;
mod quasi;
mod records;

pub(crate) use keywords::{KEYWORDS, keyword_name};
pub(crate) use node::{LambdaId, Node, NodeId, Program, Recursion, Var, VarId};

use crate::heap::Heap;
use crate::printer;
use crate::value::{Kind, Value};

use node::{Lambda, Scope, ScopeId};

/// What is wrong with a form, for a person.
pub(crate) type Syntax<T = ()> = Result<T, String>;

/// A datum to be understood, and the place in the tree that waits for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    datum: Value,
    scope: ScopeId,
    node: NodeId,
    /// The name that a lambda here is being given.
    name: Option<Value>,
}

/// A tree under construction.
pub(crate) struct Expander<'a> {
    heap: &'a mut Heap,
    program: Program,
    scopes: Vec<Scope>,
    tasks: Vec<Task>,
}

/// Understands one form of the top level.
pub(crate) fn expand(heap: &mut Heap, datum: Value) -> Syntax<Program> {
    let mut expander = Expander { heap, program: Program::default(), scopes: Vec::new(), tasks: Vec::new() };
    let top = expander.add_lambda(Lambda::top());
    let scope = expander.add_scope(Scope { parent: None, lambda: top, names: Vec::new() });
    let body = expander.child(datum, scope);
    expander.program.lambdas[top.index()].body = body;
    while let Some(task) = expander.tasks.pop() {
        expander.take(task)?;
    }
    Ok(expander.program)
}

// === impl Expander ===

impl Expander<'_> {
    fn take(&mut self, task: Task) -> Syntax {
        let node = match task.datum.kind() {
            Kind::Symbol(_) => self.reference(task)?,
            Kind::Pair(_) => return self.form(task),
            Kind::Constant if task.datum == Value::NIL => {
                return Err("() is not an expression; quote it: '()".to_owned());
            }
            Kind::Keyword(number) => return Err(format!("{}: not a variable but syntax", keyword_name(number))),
            _ => Node::Constant(task.datum),
        };
        self.fill(task.node, node);
        Ok(())
    }

    fn form(&mut self, task: Task) -> Syntax {
        let pair = self.heap.as_pair(task.datum).expect("a form is a pair");
        if let Some(number) = self.keyword(pair.car, task.scope) {
            return (KEYWORDS[number as usize].1)(self, task);
        }
        let Some(operands) = self.heap.items(pair.cdr) else { return Err(self.malformed(task)) };
        let operator = self.child(pair.car, task.scope);
        let operands = operands.into_iter().map(|operand| self.child(operand, task.scope)).collect();
        self.fill(task.node, Node::Call { operator, operands });
        Ok(())
    }

    /// Takes a place in the tree for `datum`.
    fn child(&mut self, datum: Value, scope: ScopeId) -> NodeId {
        self.named_child(datum, scope, None)
    }

    fn named_child(&mut self, datum: Value, scope: ScopeId, name: Option<Value>) -> NodeId {
        let node = self.program.add(Node::Pending);
        self.tasks.push(Task { datum, scope, node, name });
        node
    }

    /// Puts `datum` in place of the task's own.
    fn again(&mut self, task: Task, datum: Value) -> Syntax {
        self.tasks.push(Task { datum, ..task });
        Ok(())
    }

    fn fill(&mut self, id: NodeId, node: Node) {
        self.program.nodes[id.index()] = node;
    }

    /// What follows the keyword, at least `least` data of it.
    fn arguments(&self, task: Task, least: usize) -> Syntax<Vec<Value>> {
        let pair = self.heap.as_pair(task.datum).expect("a form is a pair");
        match self.heap.items(pair.cdr) {
            Some(items) if items.len() >= least => Ok(items),
            _ => Err(self.malformed(task)),
        }
    }

    fn malformed(&self, task: Task) -> String {
        let text = printer::brief(self.heap, task.datum);
        let head = self.heap.as_pair(task.datum).map_or(Value::NIL, |pair| pair.car);
        match self.keyword(head, task.scope) {
            Some(number) => format!("{}: malformed: {text}", keyword_name(number)),
            None => format!("malformed call: {text}"),
        }
    }

    fn items(&self, task: Task, list: Value) -> Syntax<Vec<Value>> {
        self.heap.items(list).ok_or_else(|| self.malformed(task))
    }

    // --- data for derived forms ---

    fn list(&mut self, items: &[Value]) -> Value {
        self.heap.list(items)
    }

    /// A list of `items` and then those of `rest`.
    fn list_and(&mut self, items: &[Value], rest: &[Value]) -> Value {
        let rest = self.heap.list(rest);
        self.heap.list_with_tail(items, rest)
    }

    /// A global of the library.
    fn global(&mut self, name: &str) -> Value {
        Value::symbol(self.heap.intern(name))
    }

    fn fresh(&mut self, name: &str) -> Value {
        self.heap.fresh_symbol(name)
    }

    fn quote(&mut self, datum: Value) -> Value {
        self.list(&[keywords::QUOTE, datum])
    }

    /// `(lambda () body…)`
    fn thunk(&mut self, body: &[Value]) -> Value {
        self.list_and(&[keywords::LAMBDA, Value::NIL], body)
    }
}
