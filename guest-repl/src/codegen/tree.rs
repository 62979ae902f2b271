//! The tree that a procedure's instructions are put back into, on a stack of what they have pushed.

use crate::syntax::{Node, NodeId, Program, Recursion, VarId};
use crate::value::{SymbolId, Value};

/// What is known of the stack at one point of the code, the lowest first.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item {
    /// A value, which turns out to be a variable when instructions refer to its place.
    Value(Pushed),
    /// What was computed and dropped.
    Effect(NodeId),
    /// An assignment, before anything was pushed for it.
    Set(Target, NodeId),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Pushed {
    pub(super) node: NodeId,
    /// The variable that it is, once something has referred to it.
    pub(super) var: Option<VarId>,
    /// It was put into a cell when so many values were on the stack.
    pub(super) cell: Option<usize>,
    /// It waits for the definition of a body.
    pub(super) unbound: bool,
    /// The variable that was read as it is.
    pub(super) source: Option<VarId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Local(VarId),
    Global(SymbolId),
}

/// How a variable is used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Use {
    pub(super) cell: bool,
    pub(super) checked: bool,
    pub(super) unchecked: bool,
}

/// The tree under construction.
pub(super) struct Tree {
    pub(super) program: Program,
    pub(super) uses: Vec<Use>,
    pub(super) items: Vec<Item>,
    /// Where the values are among the items.
    slots: Vec<usize>,
}

// === impl Pushed ===

impl Pushed {
    pub(super) fn new(node: NodeId) -> Self {
        Self { node, var: None, cell: None, unbound: false, source: None }
    }
}

// === impl Tree ===

impl Tree {
    pub(super) fn new(program: Program) -> Self {
        let uses = program.vars.iter().map(|_| Use::default()).collect();
        Self { program, uses, items: Vec::new(), slots: Vec::new() }
    }

    pub(super) fn push(&mut self, pushed: Pushed) {
        self.slots.push(self.items.len());
        self.items.push(Item::Value(pushed));
    }

    pub(super) fn push_node(&mut self, node: Node) {
        let node = self.program.add(node);
        self.push(Pushed::new(node));
    }

    /// Values on the stack.
    pub(super) fn height(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn at(&mut self, slot: u32) -> Option<&mut Pushed> {
        match self.items.get_mut(*self.slots.get(slot as usize)?)? {
            Item::Value(pushed) => Some(pushed),
            _ => None,
        }
    }

    pub(super) fn top(&mut self) -> Option<&mut Pushed> {
        match self.items.last_mut()? {
            Item::Value(pushed) => Some(pushed),
            _ => None,
        }
    }

    pub(super) fn pop(&mut self) -> Option<Pushed> {
        match self.items.pop()? {
            Item::Value(pushed) => {
                self.slots.pop();
                Some(pushed)
            }
            _ => None,
        }
    }

    /// The topmost `count` values, with what was computed and dropped between them put before the later one.
    pub(super) fn take(&mut self, count: usize) -> Option<Vec<NodeId>> {
        let first = self.slots.len().checked_sub(count)?;
        let start = self.slots.get(first).copied().unwrap_or(self.items.len());
        let items = self.cut(start);
        self.values(&items)
    }

    /// The items from `start` on, taken off.
    fn cut(&mut self, start: usize) -> Vec<Item> {
        let items = self.items.split_off(start);
        self.slots.truncate(self.slots.partition_point(|slot| *slot < start));
        items
    }

    fn values(&mut self, items: &[Item]) -> Option<Vec<NodeId>> {
        let (mut values, mut before) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Item::Effect(node) => before.push(*node),
                Item::Value(pushed) => {
                    before.push(pushed.node);
                    let node = self.sequence(std::mem::take(&mut before));
                    values.push(node);
                }
                Item::Set(..) => return None,
            }
        }
        before.is_empty().then_some(values)
    }

    pub(super) fn sequence(&mut self, mut parts: Vec<NodeId>) -> NodeId {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        self.program.add(Node::Sequence(parts.into()))
    }

    /// The one value of the items from `start` on.
    pub(super) fn only(&mut self, start: usize) -> Option<NodeId> {
        let items = self.cut(start);
        match self.values(&items)?[..] {
            [node] => Some(node),
            _ => None,
        }
    }

    /// The variable that a value is.
    pub(super) fn variable(&mut self, slot: u32) -> Option<VarId> {
        let pushed = *self.at(slot)?;
        let var = match pushed.var {
            Some(var) => var,
            None => self.add_variable(),
        };
        self.at(slot)?.var = Some(var);
        self.uses[var.index()].cell = pushed.cell.is_some();
        Some(var)
    }

    fn add_variable(&mut self) -> VarId {
        self.program.vars.push(super::recover::variable(Value::FALSE, true));
        self.uses.push(Use::default());
        VarId::at(self.uses.len() - 1)
    }

    /// The value `node` in the scope of the topmost `count` values, which are one group of variables.
    pub(super) fn scope(&mut self, count: usize, node: NodeId) -> Option<NodeId> {
        let first = self.slots.len().checked_sub(count)?;
        let start = *self.slots.get(first)?;
        self.fold_group(first, start, node)
    }

    /// The value `node` in the scope of all that is there from the item `start` on.
    pub(super) fn fold(&mut self, start: usize, node: NodeId) -> Option<NodeId> {
        let mut node = node;
        let lowest = self.slots.partition_point(|slot| *slot < start);
        let groups = self.groups(lowest);
        for first in groups.into_iter().rev() {
            let start = self.slots[first];
            node = self.fold_group(first, start, node)?;
        }
        let before = self.cut(start);
        self.statements(&before, node)
    }

    /// Where groups of variables that come into being together begin, from the value `lowest` on.
    fn groups(&self, lowest: usize) -> Vec<usize> {
        let (mut groups, mut at) = (Vec::new(), lowest);
        while at < self.slots.len() {
            groups.push(at);
            let pushed = |at: usize| match self.slots.get(at).map(|slot| self.items[*slot]) {
                Some(Item::Value(pushed)) => Some(pushed),
                _ => None,
            };
            let Some(first) = pushed(at) else { break };
            let start = at;
            at += 1;
            if first.unbound {
                let adjacent = |at: usize| self.slots[at] == self.slots[start] + (at - start);
                while pushed(at).is_some_and(|next| next.unbound) && adjacent(at) {
                    at += 1;
                }
            } else if let Some(height) = first.cell {
                at = at.max(height);
            }
        }
        groups
    }

    fn fold_group(&mut self, first: usize, start: usize, node: NodeId) -> Option<NodeId> {
        let last = *self.slots.last()?;
        let unbound = matches!(self.items[start], Item::Value(pushed) if pushed.unbound);
        let slots = u32::try_from(first).ok()?..u32::try_from(self.slots.len()).ok()?;
        let vars: Box<[VarId]> = slots.map(|slot| self.variable(slot)).collect::<Option<_>>()?;
        let inner = self.items.split_off(last + 1);
        let inits = self.cut(start);
        if unbound {
            return self.body(vars, &inner, node);
        }
        let inits = self.values(&inits)?.into();
        let body = self.statements(&inner, node)?;
        Some(self.program.add(Node::Let { vars, inits, body }))
    }

    fn statements(&mut self, items: &[Item], node: NodeId) -> Option<NodeId> {
        let mut parts = Vec::new();
        for item in items {
            let Item::Effect(node) = item else { return None };
            parts.push(*node);
        }
        parts.push(node);
        Some(self.sequence(parts))
    }

    fn body(&mut self, vars: Box<[VarId]>, items: &[Item], node: NodeId) -> Option<NodeId> {
        let mut forms = Vec::new();
        for item in items {
            match item {
                Item::Set(Target::Local(var), init) if vars.contains(var) => forms.push((Some(*var), *init)),
                Item::Effect(node) => match self.definition(&vars, *node) {
                    None => forms.push((None, *node)),
                    Some(form) => {
                        let value = self.program.add(Node::Constant(Value::UNSPECIFIED));
                        forms.extend([form, (None, value)]);
                    }
                },
                _ => return None,
            }
        }
        forms.push(self.definition(&vars, node).unwrap_or((None, node)));
        self.tell_recursion(&vars, &forms)?;
        let forms = forms.into();
        Some(self.program.add(Node::Body { vars, forms }))
    }

    /// A variable without a cell that is assigned to is being defined.
    fn definition(&self, vars: &[VarId], node: NodeId) -> Option<(Option<VarId>, NodeId)> {
        match self.program.nodes[node.index()] {
            Node::SetLocal(var, init) if vars.contains(&var) && !self.uses[var.index()].cell => Some((Some(var), init)),
            _ => None,
        }
    }

    /// A body's variables are lambdas that it begins with, or are looked at with care.
    fn tell_recursion(&mut self, vars: &[VarId], forms: &[(Option<VarId>, NodeId)]) -> Option<()> {
        let is_lambda = |node: NodeId| matches!(self.program.nodes[node.index()], Node::Lambda(_));
        let first = forms.iter().take_while(|(var, node)| var.is_some() && is_lambda(*node));
        let lambdas: Vec<VarId> = first.filter_map(|(var, _)| *var).collect();
        for var in vars {
            let used = self.uses[var.index()];
            let recursion = match used.cell || used.checked || !lambdas.contains(var) {
                true if used.unchecked => return None,
                true => Recursion::Late,
                false => Recursion::Lambda,
            };
            self.program.vars[var.index()].recursion = recursion;
        }
        Some(())
    }
}
