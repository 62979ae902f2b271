//! The tree: nodes, variables and lambdas refer to each other by number, so a tree of any depth is dropped at once.

use crate::value::{SymbolId, Value};

macro_rules! number {
    ($(#[$doc:meta] $name:ident)*) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(u32);

        impl $name {
            pub(super) fn new(index: usize) -> Self {
                Self::at(index)
            }

            /// The part of a program at this place.
            pub(crate) fn at(index: usize) -> Self {
                Self(u32::try_from(index).expect("fewer parts than bytes of memory"))
            }

            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

number! {
    /// A node of a program.
    NodeId
    /// A local variable of a program.
    VarId
    /// A lambda of a program; 0 is the top-level form itself.
    LambdaId
}

/// A scope, while names are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopeId(u32);

/// One top-level form, understood.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) nodes: Vec<Node>,
    pub(crate) vars: Vec<Var>,
    pub(crate) lambdas: Vec<Lambda>,
}

/// A part of a program.
#[derive(Debug)]
pub(crate) enum Node {
    /// Its task has not been taken yet.
    Pending,
    Constant(Value),
    Local(VarId),
    Global(SymbolId),
    SetLocal(VarId, NodeId),
    SetGlobal(SymbolId, NodeId),
    Define(SymbolId, NodeId),
    If(NodeId, NodeId, NodeId),
    /// The first that is true, or the last.
    Or(Box<[NodeId]>),
    Sequence(Box<[NodeId]>),
    Lambda(LambdaId),
    Let {
        vars: Box<[VarId]>,
        inits: Box<[NodeId]>,
        body: NodeId,
    },
    /// Definitions and expressions in order, as in the body of a lambda; all variables are seen by all of them.
    Body {
        vars: Box<[VarId]>,
        forms: Box<[(Option<VarId>, NodeId)]>,
    },
    Call {
        operator: NodeId,
        operands: Box<[NodeId]>,
    },
}

/// A local variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Var {
    pub(crate) name: Value,
    pub(crate) owner: LambdaId,
    /// An inner lambda refers to it.
    pub(crate) captured: bool,
    /// It is the target of a `set!`.
    pub(crate) mutated: bool,
    pub(crate) recursion: Recursion,
    /// Its place above the base, once the code generator has bound it.
    pub(crate) slot: u32,
}

/// How a variable comes to its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recursion {
    /// It has it from the start.
    None,
    /// It is one of the lambdas that a body begins with: none of them can run before all are made.
    Lambda,
    /// It is defined in a body, and may be looked at before.
    Late,
}

/// A procedure to be.
#[derive(Debug)]
pub(crate) struct Lambda {
    pub(crate) parent: Option<LambdaId>,
    pub(crate) params: Vec<VarId>,
    /// The last parameter takes a list of further arguments.
    pub(crate) rest: bool,
    pub(crate) name: Option<Value>,
    pub(crate) body: NodeId,
    /// Variables of outer lambdas that it refers to, in the order of its closures' captured places.
    pub(crate) captures: Vec<VarId>,
}

/// Names and what they mean, inside one form.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) parent: Option<ScopeId>,
    pub(super) lambda: LambdaId,
    pub(super) names: Vec<(Value, Bound)>,
}

/// What a scope says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Var(VarId),
    /// A macro, and the scope that the names in its templates are looked up in.
    Macro(Value, ScopeId),
}

// === impl Program ===

impl Program {
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId::new(self.nodes.len() - 1)
    }

    pub(crate) fn var(&self, id: VarId) -> &Var {
        &self.vars[id.index()]
    }
}

// === impl Var ===

impl Var {
    /// Whether it lives in a cell. A variable that never changes can be copied into closures and continuations.
    pub(crate) fn is_cell(&self) -> bool {
        self.mutated || (self.captured && self.recursion == Recursion::Late)
    }
}

// === impl Lambda ===

impl Lambda {
    /// The lambda without parameters that a top-level form is.
    pub(crate) fn top() -> Self {
        Self { parent: None, params: Vec::new(), rest: false, name: None, body: NodeId(0), captures: Vec::new() }
    }
}

// === impl ScopeId ===

impl ScopeId {
    /// The scope of the top level.
    pub(super) const TOP: Self = Self(0);

    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer scopes than bytes of memory"))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}
