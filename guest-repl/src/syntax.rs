//! From data to a tree of what is meant: names resolved, derived forms rewritten, nothing evaluated.
//!
//! ```text
//! datum ── Task{datum, scope, node} ──► node filled in, and a task for each part
//! ```
//!
//! A form takes places for its parts in the tree before they are known and leaves a task for each, so a tree of any
//! depth is built without recursion. A derived form hands a new datum for the same place back to the list of tasks. The
//! words in such data are keyword values and `%` names, which no variable of the program can shadow.

mod aliases;
mod binding;
mod body;
mod conditions;
mod core;
mod derived;
mod features;
mod generic;
mod imports;
mod keywords;
mod libraries;
mod macros;
mod node;
mod quasi;
mod records;
mod rules;
mod search;
mod usage;

pub(crate) use keywords::{KEYWORDS, keyword_name, keyword_number};
pub(crate) use macros::{Macro, expand_once, restored, transformer_of};
pub(crate) use node::{Lambda, LambdaId, Node, NodeId, Program, Recursion, Var, VarId};
pub(crate) use records::VALUES_RECEIVER;

use std::collections::BTreeMap;

use crate::heap::Heap;
use crate::printer;
use crate::value::{Kind, ObjectId, Value};

use aliases::Alias;
use binding::Meaning;
use macros::Expansions;
use node::{Scope, ScopeId};

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
    /// How many macros it came out of.
    depth: u32,
}

/// A tree under construction.
pub(crate) struct Expander<'a> {
    heap: &'a mut Heap,
    program: Program,
    scopes: Vec<Scope>,
    tasks: Vec<Task>,
    /// Whose variables global names are; `None` for the program's own.
    environment: Option<ObjectId>,
    aliases: BTreeMap<Value, Alias>,
    expansions: Expansions,
}

/// What comes of a form.
pub(crate) enum Expanded {
    Program(Program),
    /// The program must be asked first.
    Question(Question),
}

/// A form that a procedure of the program must transform before the form around it can be understood. It is then
/// expanded from the start again, with the answer: nothing of an expansion outlives it.
pub(crate) struct Question {
    pub(crate) transformer: Value,
    pub(crate) form: Value,
    /// The names that were made so far, which the form may contain.
    pub(crate) names: Vec<Value>,
}

/// What the program answered to earlier questions about the same form, in order.
#[derive(Default)]
pub(crate) struct Answers {
    /// Forms and what they became.
    pub(crate) forms: Vec<(Value, Value)>,
    pub(crate) names: Vec<Value>,
}

/// Understands one form of the top level.
pub(crate) fn expand(
    heap: &mut Heap,
    datum: Value,
    environment: Option<ObjectId>,
    answers: Answers,
) -> Syntax<Expanded> {
    let mut expander = Expander::new(heap, environment, answers);
    let result = expander.top(datum);
    match (expander.expansions.question.take(), result) {
        (Some(question), _) => Ok(Expanded::Question(question)),
        (None, Ok(())) => Ok(Expanded::Program(expander.program)),
        (None, Err(text)) => Err(text),
    }
}

// === impl Expander ===

impl<'a> Expander<'a> {
    fn new(heap: &'a mut Heap, environment: Option<ObjectId>, answers: Answers) -> Self {
        let expansions = Expansions::new(answers);
        let (program, aliases) = (Program::default(), BTreeMap::new());
        let mut expander =
            Self { heap, program, scopes: Vec::new(), tasks: Vec::new(), environment, aliases, expansions };
        let lambda = expander.add_lambda(Lambda::top());
        expander.add_scope(Scope { parent: None, lambda, names: Vec::new() });
        expander
    }

    fn top(&mut self, datum: Value) -> Syntax {
        let body = self.child(datum, ScopeId::TOP);
        self.program.lambdas[0].body = body;
        while let Some(task) = self.tasks.pop() {
            self.take(task)?;
        }
        Ok(())
    }
}

impl Expander<'_> {
    fn take(&mut self, task: Task) -> Syntax {
        self.expansions.depth = task.depth;
        let node = match task.datum.kind() {
            Kind::Symbol(_) => self.reference(task)?,
            Kind::Pair(_) => return self.form(task),
            Kind::Constant if task.datum == Value::NIL => {
                return Err("() is not an expression; quote it: '()".to_owned());
            }
            Kind::Keyword(number) => return Err(format!("{}: not a variable but syntax", keyword_name(number))),
            _ => Node::Constant(self.plain(task.datum)),
        };
        self.fill(task.node, node);
        Ok(())
    }

    fn form(&mut self, task: Task) -> Syntax {
        let pair = self.heap.as_pair(task.datum).expect("a form is a pair");
        match self.meaning(pair.car, task.scope) {
            Some(Meaning::Keyword(number)) => return (KEYWORDS[number as usize].1)(self, task),
            Some(Meaning::Macro(known, scope)) => {
                let datum = self.transform((known, scope), task.datum, task.scope)?;
                self.tasks.push(Task { datum, depth: task.depth + 1, ..task });
                return Ok(());
            }
            _ => {}
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
        self.tasks.push(Task { datum, scope, node, name, depth: self.expansions.depth });
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
        let text = self.brief(task.datum);
        match self.keyword_of(task) {
            Some(word) => match usage::usage(word) {
                Some(usage) => format!("{word}: expected {usage}, got {text}"),
                None => format!("{word}: malformed: {text}"),
            },
            None => format!("malformed call: {text}"),
        }
    }

    /// What to say of a part of the task's form that is not what it should be.
    fn wrong_part(&self, task: Task, what: &str, got: Value) -> String {
        format!("{}: expected {what}, got {}", self.keyword_of(task).unwrap_or("form"), self.brief(got))
    }

    fn keyword_of(&self, task: Task) -> Option<&'static str> {
        let head = self.heap.as_pair(task.datum)?.car;
        self.keyword(head, task.scope).map(keyword_name)
    }

    /// A form as a message shows it.
    fn brief(&self, form: Value) -> String {
        printer::brief_form(self.heap, form)
    }

    /// What a word is called, whatever it means here.
    fn word(&self, word: Value) -> Option<String> {
        word.as_symbol().map(|symbol| self.heap.symbol(symbol).name.to_string())
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
