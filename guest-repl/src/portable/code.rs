//! Procedures as trees, each node before its parts.

use super::bytes::{Input, Read};
use super::made::Made;
use super::node;
use super::write::Writer;
use crate::codegen::{Capture, Recovered, generate_one};
use crate::heap::{Code, Heap};
use crate::syntax::{Lambda, LambdaId, Node, NodeId, Program, Recursion, Var, VarId};
use crate::value::{CodeId, SymbolId, Value};

/// The most parameters, and the most captured variables, of a procedure.
const VARS_MAX: usize = u16::MAX as usize;

const CELL: u8 = 1;
const CHECKED: u8 = 2;
const LAMBDA: u8 = 4;

// === impl Writer ===

impl Writer<'_> {
    pub(super) fn code(&mut self, id: CodeId, recovered: &Recovered) {
        let code = self.reached.heap.code(id);
        let program = &recovered.program;
        self.name(code.name.and_then(|name| name.as_symbol()));
        self.out.byte(u8::from(code.rest));
        self.out.count(program.lambdas[0].params.len());
        self.out.count(recovered.captures.len());
        for capture in &recovered.captures {
            self.out.byte(u8::from(capture.cell) * CELL + u8::from(capture.checked) * CHECKED);
            self.name(capture.name);
        }
        self.out.count(program.lambdas.len() - 1);
        for (lambda, code) in std::iter::zip(&program.lambdas, &recovered.codes).skip(1) {
            self.out.number(self.reached.code(*code));
            self.vars(&lambda.captures);
        }
        let own = &program.vars[recovered.captures.len()..];
        self.out.count(own.len());
        for var in own {
            let recursion = match var.recursion {
                Recursion::None => 0,
                Recursion::Lambda => LAMBDA,
                Recursion::Late => CHECKED,
            };
            self.out.byte(u8::from(var.mutated) * CELL + recursion);
            self.name(var.name.as_symbol());
        }
        let mut open = vec![program.lambdas[0].body];
        while let Some(id) = open.pop() {
            self.node(&program.nodes[id.index()], &mut open);
        }
    }

    fn name(&mut self, name: Option<SymbolId>) {
        let name = name.map(|name| self.reached.symbol(name));
        self.out.optional(name);
    }

    fn vars(&mut self, vars: &[VarId]) {
        self.out.count(vars.len());
        vars.iter().for_each(|var| self.out.count(var.index()));
    }

    fn head(&mut self, tag: u8, number: u64) {
        self.out.byte(tag);
        self.out.number(number);
    }

    /// Writes one node; its parts are to follow.
    fn node(&mut self, node: &Node, open: &mut Vec<NodeId>) {
        match node {
            Node::Pending => unreachable!("only parameters are no nodes"),
            Node::Constant(value) => {
                self.out.byte(node::CONSTANT);
                self.value(*value);
            }
            Node::Local(var) => self.head(node::LOCAL, var.index() as u64),
            Node::Global(name) => self.head(node::GLOBAL, self.reached.symbol(*name)),
            Node::SetLocal(var, init) => {
                self.head(node::SET_LOCAL, var.index() as u64);
                open.push(*init);
            }
            Node::SetGlobal(name, init) => {
                self.head(node::SET_GLOBAL, self.reached.symbol(*name));
                open.push(*init);
            }
            Node::Define(name, init) => {
                self.head(node::DEFINE, self.reached.symbol(*name));
                open.push(*init);
            }
            Node::If(test, then, otherwise) => {
                self.out.byte(node::IF);
                open.extend([*otherwise, *then, *test]);
            }
            Node::Or(parts) => {
                self.head(node::OR, parts.len() as u64);
                open.extend(parts.iter().rev());
            }
            Node::Sequence(parts) => {
                self.head(node::SEQUENCE, parts.len() as u64);
                open.extend(parts.iter().rev());
            }
            Node::Lambda(lambda) => self.head(node::LAMBDA, lambda.index() as u64),
            Node::Let { vars, inits, body } => {
                self.out.byte(node::LET);
                self.vars(vars);
                open.push(*body);
                open.extend(inits.iter().rev());
            }
            Node::Body { vars, forms } => {
                self.out.byte(node::BODY);
                self.vars(vars);
                self.out.count(forms.len());
                forms.iter().for_each(|(var, _)| self.out.optional(var.map(|var| var.index() as u64)));
                open.extend(forms.iter().rev().map(|(_, node)| *node));
            }
            Node::Call { operator, operands } => {
                self.head(node::CALL, operands.len() as u64);
                open.push(*operator);
                open.extend(operands.iter().rev());
            }
        }
    }
}

/// What is next to be read.
enum Next {
    Node(NodeId),
    /// From here on these variables are there.
    Enter(Box<[VarId]>),
    Leave(Box<[VarId]>),
}

/// A tree being read. Whatever the bytes say, it is one that the compiler could have made.
struct Reading<'r, 'i> {
    input: &'r mut Input<'i>,
    made: &'r Made,
    heap: &'r Heap,
    program: Program,
    codes: Vec<CodeId>,
    captures: Vec<Capture>,
    /// Which variables are there.
    visible: Vec<bool>,
    /// Which have had their one scope.
    bound: Vec<bool>,
    next: Vec<Next>,
    /// What must turn out to be lambdas.
    lambdas: Vec<NodeId>,
}

/// The code of the procedure that comes next, and what it captures.
pub(super) fn read(input: &mut Input<'_>, made: &Made, heap: &Heap) -> Read<(Code, Vec<Capture>)> {
    let (program, codes) = (Program::default(), vec![CodeId(0)]);
    let mut reading = Reading {
        input,
        made,
        heap,
        program,
        codes,
        captures: Vec::new(),
        visible: Vec::new(),
        bound: Vec::new(),
        next: Vec::new(),
        lambdas: Vec::new(),
    };
    reading.header()?;
    reading.inner()?;
    reading.own()?;
    reading.tree()?;
    let Reading { mut program, codes, captures, .. } = reading;
    Ok((generate_one(&mut program, &codes), captures))
}

fn wrong<T>(what: &str) -> Read<T> {
    Err(format!("a procedure has {what}"))
}

// === impl Reading ===

impl Reading<'_, '_> {
    fn header(&mut self) -> Read {
        let name = self.name()?.map(Value::symbol);
        let rest = self.input.flag()?;
        let params = self.input.count()?;
        let captures = self.input.count()?;
        if params.max(captures) > VARS_MAX || (rest && params == 0) {
            return wrong("too many variables, or too few");
        }
        for _ in 0..captures {
            let flags = self.input.byte()?;
            let (cell, checked, name) = (flags & CELL != 0, flags & CHECKED != 0, self.name()?);
            if flags > CELL + CHECKED || (checked && !cell) {
                return wrong("flags that make no sense");
            }
            self.captures.push(Capture { cell, checked, name });
            let recursion = if checked { Recursion::Late } else { Recursion::None };
            let owner = LambdaId::at(u32::MAX as usize);
            self.add_var(
                Var { name: self.shown(name), owner, captured: false, mutated: cell, recursion, slot: 0 },
                true,
            );
        }
        let vars = |range: std::ops::Range<usize>| range.map(VarId::at).collect::<Vec<_>>();
        let (outer, own) = (vars(0..captures), vars(captures..captures + params));
        let lambda = Lambda { params: own, rest, name, captures: outer, ..Lambda::top() };
        self.program.lambdas.push(lambda);
        Ok(())
    }

    /// The procedures that it makes closures of.
    fn inner(&mut self) -> Read {
        for _ in 0..self.input.count()? {
            let code = self.made.code(self.input.number()?)?;
            let vars = self.vars()?;
            self.codes.push(code);
            self.program.lambdas.push(Lambda { captures: vars.into(), ..Lambda::top() });
        }
        Ok(())
    }

    fn own(&mut self) -> Read {
        let params = self.program.lambdas[0].params.len();
        let own = self.input.count()?;
        if own < params {
            return wrong("fewer variables than parameters");
        }
        for number in 0..own {
            let flags = self.input.byte()?;
            let recursion = match flags & !CELL {
                0 => Recursion::None,
                CHECKED => Recursion::Late,
                LAMBDA => Recursion::Lambda,
                _ => return wrong("flags that make no sense"),
            };
            let name = self.name()?;
            let (owner, mutated) = (LambdaId::at(0), flags & CELL != 0);
            let var = Var { name: self.shown(name), owner, captured: false, mutated, recursion, slot: 0 };
            self.add_var(var, number < params);
        }
        let known = |var: &VarId| var.index() < self.program.vars.len();
        if !self.program.lambdas.iter().all(|lambda| lambda.captures.iter().all(known)) {
            return wrong("a variable that is not there");
        }
        Ok(())
    }

    fn add_var(&mut self, var: Var, visible: bool) {
        self.program.vars.push(var);
        self.visible.push(visible);
        self.bound.push(visible);
    }

    fn name(&mut self) -> Read<Option<SymbolId>> {
        let name = self.input.optional()?;
        name.map(|name| self.made.symbol(name)).transpose()
    }

    /// A variable has a name to be shown.
    fn shown(&self, name: Option<SymbolId>) -> Value {
        Value::symbol(name.unwrap_or(self.made.nameless))
    }

    fn vars(&mut self) -> Read<Box<[VarId]>> {
        let count = self.input.count()?;
        if count > VARS_MAX {
            return wrong("too many variables");
        }
        (0..count).map(|_| self.input.number().and_then(var_id)).collect()
    }

    fn tree(&mut self) -> Read {
        let body = self.child();
        self.program.lambdas[0].body = body;
        while let Some(next) = self.next.pop() {
            match next {
                Next::Node(id) => {
                    let node = self.node()?;
                    self.program.nodes[id.index()] = node;
                }
                Next::Enter(vars) => self.enter(&vars)?,
                Next::Leave(vars) => vars.iter().for_each(|var| self.visible[var.index()] = false),
            }
        }
        let is_lambda = |id: &NodeId| matches!(self.program.nodes[id.index()], Node::Lambda(_));
        if self.lambdas.iter().all(is_lambda) { Ok(()) } else { wrong("a definition that is no lambda") }
    }

    fn child(&mut self) -> NodeId {
        let id = self.program.add(Node::Pending);
        self.next.push(Next::Node(id));
        id
    }

    /// As many nodes, which are read in this order.
    fn children(&mut self, count: usize) -> Box<[NodeId]> {
        let mut ids: Vec<NodeId> = (0..count).map(|_| self.child()).collect();
        ids.reverse();
        ids.into()
    }

    fn enter(&mut self, vars: &[VarId]) -> Read {
        for var in vars {
            match self.bound.get_mut(var.index()) {
                Some(bound) if !*bound => *bound = true,
                _ => return wrong("a variable that is bound twice"),
            }
            self.visible[var.index()] = true;
        }
        Ok(())
    }

    fn visible(&mut self) -> Read<VarId> {
        let var = var_id(self.input.number()?)?;
        if self.visible.get(var.index()) == Some(&true) { Ok(var) } else { wrong("a variable that is not there") }
    }

    fn symbol(&mut self) -> Read<SymbolId> {
        let number = self.input.number()?;
        self.made.symbol(number)
    }

    fn parts(&mut self) -> Read<Box<[NodeId]>> {
        match self.input.count()? {
            0 => wrong("an empty sequence"),
            count => Ok(self.children(count)),
        }
    }

    fn node(&mut self) -> Read<Node> {
        Ok(match self.input.byte()? {
            node::CONSTANT => Node::Constant(self.made.value(self.heap, self.input.number()?)?),
            node::LOCAL => Node::Local(self.visible()?),
            node::GLOBAL => Node::Global(self.symbol()?),
            node::SET_LOCAL => {
                let var = self.visible()?;
                if var.index() < self.captures.len() && !self.captures[var.index()].cell {
                    return wrong("an assignment to a variable that is none");
                }
                Node::SetLocal(var, self.child())
            }
            node::SET_GLOBAL => Node::SetGlobal(self.symbol()?, self.child()),
            node::DEFINE => Node::Define(self.symbol()?, self.child()),
            node::IF => {
                let [test, then, otherwise] = self.children(3)[..] else { unreachable!("as many as asked for") };
                Node::If(test, then, otherwise)
            }
            node::OR => Node::Or(self.parts()?),
            node::SEQUENCE => Node::Sequence(self.parts()?),
            node::LAMBDA => self.lambda()?,
            node::LET => self.bind()?,
            node::BODY => self.body()?,
            node::CALL => {
                let count = self.input.count()?;
                let parts = self.children(count + 1);
                let (operator, operands) = parts.split_last().expect("an operator at least");
                Node::Call { operator: *operator, operands: operands.into() }
            }
            _ => return wrong("a part of an unknown kind"),
        })
    }

    /// What a closure captures must be what its code expects.
    fn lambda(&mut self) -> Read<Node> {
        let number = usize::try_from(self.input.number()?).unwrap_or(usize::MAX);
        let Some(lambda) = self.program.lambdas.get(number).filter(|_| number > 0) else {
            return wrong("a lambda that is not there");
        };
        let expected = self.made.captures(self.codes[number]);
        if expected.len() != lambda.captures.len() {
            return wrong("a lambda that captures too little or too much");
        }
        for (var, capture) in std::iter::zip(&lambda.captures, expected) {
            let known = self.program.var(*var);
            let late = known.recursion == Recursion::Late;
            let fits = capture.cell == known.mutated && (!late || capture.checked);
            if !fits || !self.visible[var.index()] {
                return wrong("a lambda that captures what it should not");
            }
        }
        Ok(Node::Lambda(LambdaId::at(number)))
    }

    fn bind(&mut self) -> Read<Node> {
        let vars = self.vars()?;
        self.next.push(Next::Leave(vars.clone()));
        let body = self.child();
        self.next.push(Next::Enter(vars.clone()));
        let inits = self.children(vars.len());
        Ok(Node::Let { vars, inits, body })
    }

    /// A body's variables have no value at first, so either they are lambdas, which are made before anything else is
    /// done, or whoever reads them looks first.
    fn body(&mut self) -> Read<Node> {
        let vars = self.vars()?;
        self.enter(&vars)?;
        let count = self.input.count()?;
        let defined: Vec<Option<u64>> = (0..count).map(|_| self.input.optional()).collect::<Read<_>>()?;
        self.next.push(Next::Leave(vars.clone()));
        let nodes = self.children(count);
        let mut forms = Vec::new();
        let mut made = Vec::new();
        for (var, node) in std::iter::zip(defined, nodes) {
            let var = var.map(var_id).transpose()?;
            if let Some(var) = var {
                if !vars.contains(&var) {
                    return wrong("a definition of a variable that is not its own");
                }
                if self.is_lambda(var) {
                    made.push(var);
                    self.lambdas.push(node);
                }
            }
            forms.push((var, node));
        }
        for var in &vars {
            let times = made.iter().filter(|made| *made == var).count();
            let late = self.program.var(*var).recursion == Recursion::Late;
            if if self.is_lambda(*var) { times != 1 } else { !late } {
                return wrong("a variable that may have no value");
            }
        }
        Ok(Node::Body { vars, forms: forms.into() })
    }

    fn is_lambda(&self, var: VarId) -> bool {
        let var = self.program.var(var);
        var.recursion == Recursion::Lambda && !var.mutated
    }
}

fn var_id(number: u64) -> Read<VarId> {
    match u32::try_from(number) {
        Ok(number) => Ok(VarId::at(number as usize)),
        Err(_) => wrong("a variable that is not there"),
    }
}
