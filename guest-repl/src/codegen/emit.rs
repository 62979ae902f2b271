//! What each kind of node becomes.

use super::{Generator, Task};
use crate::op::Op;
use crate::syntax::{LambdaId, Node, NodeId, Recursion, VarId};
use crate::value::Value;

/// A form of a body: what it defines, if anything, and its value.
type BodyForm = (Option<VarId>, NodeId);

// === impl Generator ===

impl Generator<'_> {
    /// Emits one instruction, notes what it mentions and what it does to the depth.
    pub(super) fn op(&mut self, op: Op) {
        match op {
            Op::Constant(value) if value.as_small().is_none() => self.constants.push(value),
            Op::Global(name)
            | Op::SetGlobal(name)
            | Op::Define(name)
            | Op::Check(name)
            | Op::CallGlobal { name, .. }
            | Op::TailCallGlobal { name, .. } => self.constants.push(Value::symbol(name)),
            Op::Closure { code, .. } => self.constants.push(Value::code(code)),
            _ => {}
        }
        match op {
            Op::Constant(_)
            | Op::Global(_)
            | Op::Local(_)
            | Op::Captured(_)
            | Op::LocalCell(_)
            | Op::CapturedCell(_) => {
                self.depth += 1;
            }
            Op::Pop | Op::SetLocal(_) | Op::SetLocalCell(_) | Op::SetCapturedCell(_) | Op::SetGlobal(_) => {
                self.depth -= 1
            }
            Op::Patch(_) => self.depth -= 2,
            _ => {}
        }
        self.ops.push(op);
    }

    pub(super) fn here(&self) -> u32 {
        u32::try_from(self.ops.len()).expect("fewer instructions than bytes of memory")
    }

    fn label(&mut self) -> u32 {
        self.labels.push(0);
        u32::try_from(self.labels.len() - 1).expect("fewer labels than bytes of memory")
    }

    pub(super) fn leaf(&mut self, op: Op, tail: bool) {
        self.op(op);
        self.end(tail);
    }

    fn end(&mut self, tail: bool) {
        if tail {
            self.op(Op::Return);
        }
    }

    pub(super) fn read(&mut self, id: VarId, tail: bool) {
        let var = *self.program.var(id);
        let op = match (var.owner == self.lambda, var.is_cell()) {
            (true, true) => Op::LocalCell(var.slot),
            (true, false) => Op::Local(var.slot),
            (false, true) => Op::CapturedCell(self.captured_place(id)),
            (false, false) => Op::Captured(self.captured_place(id)),
        };
        self.op(op);
        if var.recursion == Recursion::Late || (var.recursion == Recursion::Lambda && var.mutated) {
            self.op(Op::Check(var.name.as_symbol().expect("a variable has a name")));
        }
        self.end(tail);
    }

    fn captured_place(&self, var: VarId) -> u32 {
        let captures = &self.program.lambdas[self.lambda.index()].captures;
        let place = captures.iter().position(|captured| *captured == var).expect("what is used was captured");
        u32::try_from(place).expect("fewer variables than bytes of memory")
    }

    fn set_op(&self, id: VarId) -> Op {
        let var = self.program.var(id);
        match (var.owner == self.lambda, var.is_cell()) {
            (true, true) => Op::SetLocalCell(var.slot),
            (true, false) => Op::SetLocal(var.slot),
            (false, _) => Op::SetCapturedCell(self.captured_place(id)),
        }
    }

    pub(super) fn set_local(&mut self, var: VarId, init: NodeId, tail: bool) {
        let op = self.set_op(var);
        self.effect(init, op, tail);
    }

    pub(super) fn effect(&mut self, init: NodeId, op: Op, tail: bool) {
        let value = Task::Op(Op::Constant(Value::UNSPECIFIED));
        let end = tail.then_some(Task::Op(Op::Return));
        self.then([Task::Node { node: init, tail: false }, Task::Op(op), value].into_iter().chain(end));
    }

    pub(super) fn define(&mut self, init: NodeId, op: Op, tail: bool) {
        let end = tail.then_some(Task::Op(Op::Return));
        self.then([Task::Node { node: init, tail: false }, Task::Op(op)].into_iter().chain(end));
    }

    pub(super) fn conditional(&mut self, [test, then, otherwise]: [NodeId; 3], tail: bool) {
        let (depth, no, end) = (self.depth, self.label(), self.label());
        let leave = (!tail).then_some(Task::Op(Op::Jump(end)));
        let start = [Task::Node { node: test, tail: false }, Task::Op(Op::JumpIfFalse(no)), Task::Depth(depth)];
        let rest = [Task::Label(no), Task::Depth(depth), Task::Node { node: otherwise, tail }, Task::Label(end)];
        let then = [Task::Node { node: then, tail }].into_iter().chain(leave);
        self.then(start.into_iter().chain(then).chain(rest).chain([Task::Depth(depth + 1)]));
    }

    pub(super) fn or(&mut self, parts: &[NodeId], tail: bool) {
        let (depth, end) = (self.depth, self.label());
        let (last, others) = parts.split_last().expect("`or` of nothing is a constant");
        let others = others.iter().flat_map(|node| {
            [Task::Node { node: *node, tail: false }, Task::Op(Op::JumpIfTrue(end)), Task::Depth(depth)]
        });
        let others: Vec<Task> = others.collect();
        let rest = [Task::Node { node: *last, tail }, Task::Label(end), Task::Depth(depth + 1)];
        let leave = tail.then_some(Task::Op(Op::Return));
        self.then(others.into_iter().chain(rest).chain(leave));
    }

    pub(super) fn sequence(&mut self, parts: &[NodeId], tail: bool) {
        let (last, others) = parts.split_last().expect("`begin` of nothing is a constant");
        let others = others.iter().flat_map(|node| [Task::Node { node: *node, tail: false }, Task::Op(Op::Pop)]);
        let tasks: Vec<Task> = others.chain([Task::Node { node: *last, tail }]).collect();
        self.then(tasks.into_iter());
    }

    pub(super) fn closure(&mut self, id: LambdaId, tail: bool) {
        let depth = self.depth;
        let captures = self.program.lambdas[id.index()].captures.clone();
        for var in &captures {
            let owned = self.program.var(*var).owner == self.lambda;
            let op =
                if owned { Op::Local(self.program.var(*var).slot) } else { Op::Captured(self.captured_place(*var)) };
            self.op(op);
        }
        let count = u16::try_from(captures.len()).expect("a lambda refers to fewer than 65,536 outer variables");
        self.op(Op::Closure { count, code: self.codes[id.index()] });
        self.depth = depth + 1;
        self.end(tail);
    }

    pub(super) fn bind_inits(&mut self, vars: &[VarId], inits: &[NodeId], body: NodeId, tail: bool) {
        let depth = self.depth;
        let mut cells = Vec::new();
        for (slot, var) in (depth..).zip(vars) {
            self.program.vars[var.index()].slot = slot;
            if self.program.var(*var).is_cell() {
                cells.push(Task::Op(Op::MakeCell(slot)));
            }
        }
        let inits: Vec<Task> = inits.iter().map(|node| Task::Node { node: *node, tail: false }).collect();
        let body = Task::Node { node: body, tail };
        let leave = self.leave(depth, vars.len(), tail);
        self.then(inits.into_iter().chain(cells).chain([body]).chain(leave));
    }

    /// Drops the places of `vars` under the value on top.
    fn leave(&self, depth: u32, vars: usize, tail: bool) -> impl DoubleEndedIterator<Item = Task> + use<> {
        let count = u32::try_from(vars).expect("fewer variables than bytes of memory");
        let slide = (!tail && count > 0).then_some(Task::Op(Op::Slide(count)));
        slide.into_iter().chain([Task::Depth(depth + 1)])
    }

    pub(super) fn body(&mut self, vars: &[VarId], forms: &[BodyForm], tail: bool) {
        let depth = self.depth;
        for _ in vars {
            self.op(Op::Constant(Value::UNBOUND));
        }
        self.depth = depth;
        self.bind(vars);
        let made = self.body_lambdas(forms);
        let rest: Vec<BodyForm> = forms.iter().filter(|form| !made.contains(form)).copied().collect();
        let mut tasks = Vec::new();
        for (index, (var, node)) in rest.iter().enumerate() {
            let last = index + 1 == rest.len();
            match var {
                Some(var) => {
                    let set = Task::Op(self.set_op(*var));
                    tasks.extend([Task::Node { node: *node, tail: false }, set]);
                }
                None if last => tasks.push(Task::Node { node: *node, tail }),
                None => tasks.extend([Task::Node { node: *node, tail: false }, Task::Op(Op::Pop)]),
            }
        }
        if rest.last().is_none_or(|(var, _)| var.is_some()) {
            tasks.push(Task::Op(Op::Constant(Value::UNSPECIFIED)));
            tasks.extend(tail.then_some(Task::Op(Op::Return)));
        }
        let leave = self.leave(depth, vars.len(), tail);
        self.then(tasks.into_iter().chain(leave));
    }

    /// Makes the lambdas that a body begins with, then puts into each of them those that were made after it.
    fn body_lambdas(&mut self, forms: &[BodyForm]) -> Vec<BodyForm> {
        let is_lambda = |form: &&BodyForm| form.0.is_some_and(|var| self.is_lambda_var(var));
        let made: Vec<BodyForm> = forms.iter().filter(is_lambda).copied().collect();
        let mut lambdas = Vec::new();
        for (var, node) in &made {
            let var = var.expect("filtered by it");
            let Node::Lambda(lambda) = self.program.nodes[node.index()] else { unreachable!("the body saw a lambda") };
            lambdas.push((var, lambda));
            self.closure(lambda, false);
            self.op(Op::SetLocal(self.program.var(var).slot));
        }
        for (index, (var, lambda)) in lambdas.iter().enumerate() {
            let later = &lambdas[index..];
            let captures = self.program.lambdas[lambda.index()].captures.clone();
            for (place, captured) in (0..).zip(captures) {
                if later.iter().any(|(later, _)| *later == captured) {
                    self.op(Op::Local(self.program.var(*var).slot));
                    self.op(Op::Local(self.program.var(captured).slot));
                    self.op(Op::Patch(place));
                }
            }
        }
        made
    }

    pub(super) fn call(&mut self, operator: NodeId, operands: &[NodeId], tail: bool) {
        let depth = self.depth;
        let operands_count = u32::try_from(operands.len()).expect("fewer operands than bytes of memory");
        let mut tasks: Vec<Task> = operands.iter().map(|node| Task::Node { node: *node, tail: false }).collect();
        let call = match (&self.program.nodes[operator.index()], u16::try_from(operands_count)) {
            (Node::Global(name), Ok(count)) if tail => Op::TailCallGlobal { count, name: *name },
            (Node::Global(name), Ok(count)) => Op::CallGlobal { count, name: *name },
            _ => {
                tasks.push(Task::Node { node: operator, tail: false });
                if tail { Op::TailCall(operands_count) } else { Op::Call(operands_count) }
            }
        };
        tasks.extend([Task::Op(call), Task::Depth(depth + 1)]);
        self.then(tasks.into_iter());
    }
}
