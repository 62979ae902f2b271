//! From the tree to instructions: each lambda on its own, each with a list of what is still to be emitted.

mod emit;
mod recover;
mod tree;

pub(crate) use recover::{Capture, Recovered, recover};

use crate::heap::{Code, Heap};
use crate::op::Op;
use crate::syntax::{LambdaId, Node, NodeId, Program, Recursion, VarId};
use crate::value::{CodeId, Value};

/// Compiles a program; the answer is the code of the top-level form.
pub(crate) fn generate(heap: &mut Heap, mut program: Program) -> CodeId {
    let codes: Vec<CodeId> = program.lambdas.iter().map(|_| heap.add_code(Code::default())).collect();
    for index in 0..codes.len() {
        let lambda = LambdaId::at(index);
        let code = Generator::new(&mut program, lambda, &codes).run();
        heap.set_code(codes[index], code);
    }
    codes[0]
}

/// Compiles the first lambda of a program, whose inner lambdas are compiled already: `codes` has all of them.
pub(crate) fn generate_one(program: &mut Program, codes: &[CodeId]) -> Code {
    Generator::new(program, LambdaId::at(0), codes).run()
}

/// What is still to be emitted.
enum Task {
    /// A node; in tail position it returns by itself.
    Node {
        node: NodeId,
        tail: bool,
    },
    Op(Op),
    /// The stack is now so many places above the base.
    Depth(u32),
    /// Code that jumps to this label continues here.
    Label(u32),
}

/// The code of one lambda under construction.
struct Generator<'a> {
    program: &'a mut Program,
    lambda: LambdaId,
    codes: &'a [CodeId],
    ops: Vec<Op>,
    constants: Vec<Value>,
    /// Places in use above the base.
    depth: u32,
    /// Where each label is. Until all is emitted, jumps hold the number of a label.
    labels: Vec<u32>,
    tasks: Vec<Task>,
}

// === impl Generator ===

impl<'a> Generator<'a> {
    fn new(program: &'a mut Program, lambda: LambdaId, codes: &'a [CodeId]) -> Self {
        let (ops, constants, labels, tasks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { program, lambda, codes, ops, constants, depth: 0, labels, tasks }
    }

    fn run(mut self) -> Code {
        let params = self.program.lambdas[self.lambda.index()].params.clone();
        self.bind(&params);
        let body = self.program.lambdas[self.lambda.index()].body;
        self.tasks.push(Task::Node { node: body, tail: true });
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Node { node, tail } => self.node(node, tail),
                Task::Op(op) => self.op(op),
                Task::Depth(depth) => self.depth = depth,
                Task::Label(label) => self.labels[label as usize] = self.here(),
            }
        }
        self.finish(params.len())
    }

    fn finish(mut self, params: usize) -> Code {
        for op in &mut self.ops {
            if let Op::Jump(to) | Op::JumpIfFalse(to) | Op::JumpIfTrue(to) = op {
                *to = self.labels[*to as usize];
            }
        }
        let lambda = &self.program.lambdas[self.lambda.index()];
        let required = params - usize::from(lambda.rest);
        Code {
            ops: self.ops.into(),
            constants: self.constants.into(),
            name: lambda.name,
            required: u16::try_from(required).expect("the parameters were counted"),
            rest: lambda.rest,
        }
    }

    /// Gives the topmost places to `vars`, whose values are there, and makes cells of those that need it.
    fn bind(&mut self, vars: &[VarId]) {
        for var in vars {
            self.program.vars[var.index()].slot = self.depth;
            self.depth += 1;
        }
        for var in vars {
            let var = self.program.var(*var);
            if var.is_cell() {
                self.ops.push(Op::MakeCell(var.slot));
            }
        }
    }

    fn node(&mut self, id: NodeId, tail: bool) {
        let node = std::mem::replace(&mut self.program.nodes[id.index()], Node::Pending);
        match node {
            Node::Constant(value) => self.leaf(Op::Constant(value), tail),
            Node::Global(symbol) => self.leaf(Op::Global(symbol), tail),
            Node::Local(var) => self.read(var, tail),
            Node::SetLocal(var, init) => self.set_local(var, init, tail),
            Node::SetGlobal(symbol, init) => self.effect(init, Op::SetGlobal(symbol), tail),
            Node::Define(symbol, init) => self.define(init, Op::Define(symbol), tail),
            Node::If(test, then, otherwise) => self.conditional([test, then, otherwise], tail),
            Node::Or(parts) => self.or(&parts, tail),
            Node::Sequence(parts) => self.sequence(&parts, tail),
            Node::Lambda(lambda) => self.closure(lambda, tail),
            Node::Let { vars, inits, body } => self.bind_inits(&vars, &inits, body, tail),
            Node::Body { vars, forms } => self.body(&vars, &forms, tail),
            Node::Call { operator, operands } => self.call(operator, &operands, tail),
            Node::Pending => unreachable!("every task was taken, and every node is emitted once"),
        }
    }

    /// Runs `tasks` in order, before those that are waiting already.
    fn then(&mut self, tasks: impl DoubleEndedIterator<Item = Task>) {
        self.tasks.extend(tasks.rev());
    }

    fn is_lambda_var(&self, var: VarId) -> bool {
        let var = self.program.var(var);
        var.recursion == Recursion::Lambda && !var.is_cell()
    }
}
