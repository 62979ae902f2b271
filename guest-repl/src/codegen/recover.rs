//! From instructions back to a tree, which other compilers can make their own instructions of.
//!
//! The generator keeps the order of the tree, so one pass over the instructions finds it again: each value that they push
//! is a node, a label is where a branch ends, and values that are left when a procedure returns are its inner variables.
//! What it finds need not be the tree that the code came from, but it is one with the same instructions. So nothing of a
//! program's text is kept in memory.

use super::tree::{Item, Pushed, Target, Tree};
use crate::heap::{Code, Heap};
use crate::op::Op;
use crate::syntax::{Lambda, LambdaId, Node, NodeId, Program, Recursion, Var, VarId};
use crate::value::{CodeId, SymbolId, Value};

/// What a procedure knows of an outer variable that it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capture {
    /// It is in a cell.
    pub(crate) cell: bool,
    /// Whoever reads it looks first whether it has a value, and says its name when it has none.
    pub(crate) checked: bool,
    pub(crate) name: Option<SymbolId>,
}

/// A procedure as a tree.
pub(crate) struct Recovered {
    /// Its lambda is the first; the others are those that it makes closures of, without their bodies. Its captured
    /// variables come before all others, and its parameters after them.
    pub(crate) program: Program,
    /// The code of each lambda.
    pub(crate) codes: Vec<CodeId>,
    pub(crate) captures: Vec<Capture>,
}

/// A branch that has not ended.
enum Frame {
    If { test: NodeId, no: u32, end: Option<u32>, base: usize, then: Option<NodeId> },
    Or { end: u32, parts: Vec<NodeId>, base: usize },
}

struct Recovery<'a> {
    code: &'a Code,
    known: &'a dyn Fn(CodeId) -> Option<&'a [Capture]>,
    captures: usize,
    tree: Tree,
    codes: Vec<CodeId>,
    frames: Vec<Frame>,
    pc: usize,
    /// The whole of a branch that has returned.
    ended: Option<NodeId>,
}

/// The tree of a procedure; `known` tells what inner procedures capture. `None` for what no generator makes.
pub(crate) fn recover<'a>(
    heap: &'a Heap,
    id: CodeId,
    known: &'a dyn Fn(CodeId) -> Option<&'a [Capture]>,
) -> Option<Recovered> {
    let code = heap.code(id);
    let captures = code.ops.iter().filter_map(|op| captured_place(*op)).max().map_or(0, |place| place as usize + 1);
    let params = usize::from(code.required) + usize::from(code.rest);
    let mut program = Program::default();
    program.vars.extend((0..captures).map(|_| variable(Value::FALSE, false)));
    program.vars.extend((0..params).map(|_| variable(Value::FALSE, true)));
    let vars = |range: std::ops::Range<usize>| range.map(VarId::at).collect::<Vec<_>>();
    let (outer, own) = (vars(0..captures), vars(captures..captures + params));
    program.lambdas.push(Lambda {
        params: own.clone(),
        rest: code.rest,
        name: code.name,
        captures: outer,
        ..Lambda::top()
    });
    let mut tree = Tree::new(program);
    for var in own {
        let node = tree.program.add(Node::Pending);
        tree.push(Pushed { var: Some(var), ..Pushed::new(node) });
    }
    let (codes, frames) = (vec![id], Vec::new());
    Recovery { code, known, captures, tree, codes, frames, pc: 0, ended: None }.run()
}

/// A variable that nothing is known of.
pub(super) fn variable(name: Value, own: bool) -> Var {
    // Any other lambda is an outer one.
    let owner = LambdaId::at(if own { 0 } else { u32::MAX as usize });
    Var { name, owner, captured: false, mutated: false, recursion: Recursion::None, slot: 0 }
}

fn captured_place(op: Op) -> Option<u32> {
    match op {
        Op::Captured(place) | Op::CapturedCell(place) | Op::SetCapturedCell(place) => Some(place),
        _ => None,
    }
}

// === impl Recovery ===

impl Recovery<'_> {
    fn run(mut self) -> Option<Recovered> {
        while self.pc < self.code.ops.len() {
            self.labels()?;
            let Some(op) = self.code.ops.get(self.pc).copied() else { break };
            self.pc += 1;
            self.op(op)?;
            self.after_end()?;
        }
        self.labels()?;
        let body = self.ended.take().filter(|_| self.frames.is_empty())?;
        self.finish(body)
    }

    fn finish(mut self, body: NodeId) -> Option<Recovered> {
        for (var, used) in std::iter::zip(&mut self.tree.program.vars, &self.tree.uses) {
            var.mutated = used.cell;
        }
        let mut captures = Vec::new();
        for place in 0..self.captures {
            let (used, var) = (self.tree.uses[place], &mut self.tree.program.vars[place]);
            let checked = used.cell && !used.unchecked;
            if checked {
                var.recursion = Recursion::Late;
            }
            captures.push(Capture { cell: used.cell, checked, name: var.name.as_symbol() });
        }
        self.tree.program.lambdas[0].body = body;
        Some(Recovered { program: self.tree.program, codes: self.codes, captures })
    }

    /// Where the branch that is being looked at begins.
    fn base(&self) -> usize {
        match self.frames.last() {
            Some(Frame::If { base, .. } | Frame::Or { base, .. }) => *base,
            None => self.tree.program.lambdas[0].params.len(),
        }
    }

    /// Ends the branches that end here.
    fn labels(&mut self) -> Option<()> {
        loop {
            let here = u32::try_from(self.pc).ok()?;
            match self.frames.last_mut() {
                Some(Frame::If { no, end, base, then: then @ None, .. }) if *no == here => {
                    *then = match end {
                        Some(_) => Some(self.tree.only(*base)?),
                        None => Some(self.ended.take()?),
                    };
                }
                Some(Frame::If { end: Some(end), then: Some(_), .. }) if *end == here => self.end_if()?,
                Some(Frame::Or { end, .. }) if *end == here => self.end_or()?,
                _ => return Some(()),
            }
        }
    }

    fn end_if(&mut self) -> Option<()> {
        let Some(Frame::If { test, base, then: Some(then), .. }) = self.frames.pop() else { return None };
        let otherwise = self.tree.only(base)?;
        self.tree.push_node(Node::If(test, then, otherwise));
        Some(())
    }

    fn end_or(&mut self) -> Option<()> {
        let Some(Frame::Or { mut parts, base, .. }) = self.frames.pop() else { return None };
        let Some(last) = self.ended.take() else {
            parts.push(self.tree.only(base)?);
            self.tree.push_node(Node::Or(parts.into()));
            return Some(());
        };
        parts.push(last);
        let node = self.tree.program.add(Node::Or(parts.into()));
        matches!(self.code.ops.get(self.pc), Some(Op::Return)).then_some(())?;
        self.pc += 1;
        self.end(node)?;
        self.after_end()
    }

    /// The branch returns `node`.
    fn end(&mut self, node: NodeId) -> Option<()> {
        let node = self.tree.fold(self.base(), node)?;
        self.ended = Some(node);
        Some(())
    }

    /// What has returned in both branches has returned.
    fn after_end(&mut self) -> Option<()> {
        while self.ended.is_some() {
            let Some(Frame::If { test, end: None, then: Some(then), .. }) = self.frames.last() else { break };
            let (test, then, otherwise) = (*test, *then, self.ended.take()?);
            self.frames.pop();
            let node = self.tree.program.add(Node::If(test, then, otherwise));
            self.end(node)?;
        }
        Some(())
    }

    fn op(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Constant(value) => return self.constant(value),
            Op::Local(slot) => {
                let var = self.tree.variable(slot)?;
                return self.read(var, true);
            }
            Op::LocalCell(slot) => {
                let var = self.tree.variable(slot)?;
                return self.read(var, false);
            }
            Op::Captured(place) => return self.read(VarId::at(place as usize), true),
            Op::CapturedCell(place) => {
                self.tree.uses[place as usize].cell = true;
                return self.read(VarId::at(place as usize), false);
            }
            Op::Check(name) => return self.check(name),
            Op::Global(name) => self.tree.push_node(Node::Global(name)),
            Op::SetLocal(slot) | Op::SetLocalCell(slot) => {
                let init = self.tree.pop()?.node;
                let var = self.tree.variable(slot)?;
                self.tree.items.push(Item::Set(Target::Local(var), init));
            }
            Op::SetCapturedCell(place) => {
                let init = self.tree.pop()?.node;
                self.tree.uses[place as usize].cell = true;
                self.tree.items.push(Item::Set(Target::Local(VarId::at(place as usize)), init));
            }
            Op::SetGlobal(name) => {
                let init = self.tree.pop()?.node;
                self.tree.items.push(Item::Set(Target::Global(name), init));
            }
            Op::Define(name) => {
                let init = self.tree.pop()?.node;
                self.tree.push_node(Node::Define(name, init));
            }
            Op::MakeCell(slot) => {
                let height = self.tree.height();
                self.tree.at(slot)?.cell = Some(height);
                self.tree.variable(slot)?;
            }
            Op::Closure { count, code } => return self.closure(usize::from(count), code),
            Op::Patch(_) => {
                self.tree.pop()?;
                self.tree.pop()?;
            }
            Op::Pop => {
                let node = self.tree.pop()?.node;
                self.tree.items.push(Item::Effect(node));
            }
            _ => return self.flow(op),
        }
        Some(())
    }

    fn flow(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Slide(count) => {
                let node = self.tree.pop()?.node;
                let node = self.tree.scope(count as usize, node)?;
                self.tree.push(Pushed::new(node));
            }
            Op::Jump(_) => {}
            Op::JumpIfFalse(no) => {
                let test = self.tree.pop()?.node;
                let end = match self.code.ops.get((no as usize).checked_sub(1)?)? {
                    Op::Jump(end) => Some(*end),
                    _ => None,
                };
                let base = self.tree.items.len();
                self.frames.push(Frame::If { test, no, end, base, then: None });
            }
            Op::JumpIfTrue(end) => return self.alternative(end),
            Op::Call(count) | Op::TailCall(count) => {
                let mut operands = self.tree.take(count as usize + 1)?;
                let operator = operands.pop()?;
                return self.called(operator, operands, matches!(op, Op::TailCall(_)));
            }
            Op::CallGlobal { count, name } | Op::TailCallGlobal { count, name } => {
                let operands = self.tree.take(usize::from(count))?;
                let operator = self.tree.program.add(Node::Global(name));
                return self.called(operator, operands, matches!(op, Op::TailCallGlobal { .. }));
            }
            Op::Return => {
                let node = self.tree.pop()?.node;
                return self.end(node);
            }
            _ => return None,
        }
        Some(())
    }

    /// What a `set!` is worth goes with it.
    fn constant(&mut self, value: Value) -> Option<()> {
        match self.tree.items.last() {
            Some(Item::Set(target, init)) if value == Value::UNSPECIFIED => {
                let node = match *target {
                    Target::Local(var) => Node::SetLocal(var, *init),
                    Target::Global(name) => Node::SetGlobal(name, *init),
                };
                self.tree.items.pop();
                self.tree.push_node(node);
            }
            _ => {
                let node = self.tree.program.add(Node::Constant(value));
                self.tree.push(Pushed { unbound: value == Value::UNBOUND, ..Pushed::new(node) });
            }
        }
        Some(())
    }

    /// What is in a cell is read as it is only to be captured.
    fn read(&mut self, var: VarId, plain: bool) -> Option<()> {
        let checked = matches!(self.code.ops.get(self.pc), Some(Op::Check(_)));
        let used = &mut self.tree.uses[var.index()];
        if !(plain && used.cell) {
            used.checked |= checked;
            // A captured variable that is only handed on may yet turn out to be a cell.
            used.unchecked |= !checked && !plain;
        }
        let node = self.tree.program.add(Node::Local(var));
        self.tree.push(Pushed { source: Some(var), ..Pushed::new(node) });
        Some(())
    }

    fn check(&mut self, name: SymbolId) -> Option<()> {
        let node = self.tree.top()?.node;
        let Node::Local(var) = self.tree.program.nodes[node.index()] else { return None };
        self.tree.program.vars[var.index()].name = Value::symbol(name);
        Some(())
    }

    fn closure(&mut self, count: usize, code: CodeId) -> Option<()> {
        let known = (self.known)(code)?;
        let mut captures = Vec::new();
        for _ in 0..count {
            captures.push(self.tree.pop()?.source?);
        }
        captures.reverse();
        (known.len() == count).then_some(())?;
        for (var, capture) in std::iter::zip(&captures, known) {
            let used = &mut self.tree.uses[var.index()];
            used.cell |= capture.cell;
            used.unchecked |= capture.cell && !capture.checked;
            if let (Some(name), true) = (capture.name, capture.checked) {
                self.tree.program.vars[var.index()].name = Value::symbol(name);
            }
        }
        let id = LambdaId::at(self.codes.len());
        self.codes.push(code);
        self.tree.program.lambdas.push(Lambda { captures, ..Lambda::top() });
        self.tree.push_node(Node::Lambda(id));
        Some(())
    }

    fn alternative(&mut self, end: u32) -> Option<()> {
        if let Some(Frame::Or { end: known, parts, base }) = self.frames.last_mut() {
            if *known == end {
                let part = self.tree.only(*base)?;
                parts.push(part);
                return Some(());
            }
        }
        let part = self.tree.pop()?.node;
        let base = self.tree.items.len();
        self.frames.push(Frame::Or { end, parts: vec![part], base });
        Some(())
    }

    fn called(&mut self, operator: NodeId, operands: Vec<NodeId>, tail: bool) -> Option<()> {
        let call = Node::Call { operator, operands: operands.into() };
        if tail {
            let node = self.tree.program.add(call);
            return self.end(node);
        }
        self.tree.push_node(call);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::codegen::generate_one;
    use crate::repl::Repl;
    use crate::world::Nowhere;

    /// The codes that `id` makes closures of come before it.
    fn recover_all(heap: &mut Heap, ids: &[CodeId]) -> Vec<String> {
        let mut captures: BTreeMap<CodeId, Vec<Capture>> = BTreeMap::new();
        let mut wrong = Vec::new();
        let mut open: Vec<CodeId> = ids.to_vec();
        while let Some(id) = open.last().copied() {
            let inner: Vec<CodeId> = heap.code(id).inner().filter(|code| !captures.contains_key(code)).collect();
            if !inner.is_empty() {
                open.extend(inner);
                continue;
            }
            open.pop();
            if captures.contains_key(&id) {
                continue;
            }
            let known = |code| captures.get(&code).map(Vec::as_slice);
            let Some(mut recovered) = recover(heap, id, &known) else {
                wrong.push(format!("not recovered: {:?}", heap.code(id)));
                captures.insert(id, Vec::new());
                continue;
            };
            let again = generate_one(&mut recovered.program, &recovered.codes);
            captures.insert(id, recovered.captures);
            let essence = |code: &Code| format!("{:?}", (&code.ops, code.required, code.rest, code.name));
            let [before, after] = [heap.code(id), &again].map(essence);
            if before != after {
                wrong.push(format!("before {before}\n after {after}"));
            }
        }
        wrong
    }

    #[test]
    fn all_code_of_the_library_and_the_suite_is_recovered_instruction_by_instruction() {
        let mut repl = Repl::new(Box::new(Nowhere));
        let suite = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite");
        let mut seen = 0;
        for file in std::fs::read_dir(suite).expect("the suite") {
            let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
            let mut command = String::new();
            for line in text.lines() {
                if !line.starts_with("=>") {
                    command = command + line + "\n";
                    continue;
                }
                let _ = repl.execute(&std::mem::take(&mut command));
                let heap = &mut repl.machine.context.heap;
                let ids: Vec<CodeId> = heap.code_ids().collect();
                let ids = if seen == 0 {
                    ids
                } else {
                    ids.into_iter().filter(|id| !heap.is_sealed(Value::code(*id))).collect()
                };
                seen += ids.len();
                let wrong = recover_all(heap, &ids);
                assert!(wrong.is_empty(), "{line}\n{}", wrong.join("\n"));
            }
        }
        assert!(seen > 2000, "{seen}");
    }
}
