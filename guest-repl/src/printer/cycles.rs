//! Which parts of a value contain themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::heap::{Heap, Object};
use crate::value::Value;

/// Parts that the short walk looks at before the thorough one begins.
const SHORT_WALK: usize = 2000;

/// The labels of the parts that need one; none for most values.
#[derive(Default)]
pub(super) struct Labels {
    /// The number that a part was given when it was first printed.
    numbers: BTreeMap<Value, Option<usize>>,
    next: usize,
}

/// What to print for a part with a label.
pub(super) enum Seen {
    First(usize),
    Again(usize),
}

// === impl Labels ===

impl Labels {
    pub(super) fn find(heap: &Heap, value: Value) -> Self {
        if is_small_tree(heap, value) {
            return Self::default();
        }
        let numbers = circular(heap, value).into_iter().map(|part| (part, None)).collect();
        Self { numbers, next: 0 }
    }

    pub(super) fn has(&self, value: Value) -> bool {
        !self.numbers.is_empty() && self.numbers.contains_key(&value)
    }

    /// Notes that a part is about to be printed.
    pub(super) fn visit(&mut self, value: Value) -> Option<Seen> {
        if self.numbers.is_empty() {
            return None;
        }
        let number = self.numbers.get_mut(&value)?;
        if let Some(number) = number {
            return Some(Seen::Again(*number));
        }
        *number = Some(self.next);
        self.next += 1;
        Some(Seen::First(self.next - 1))
    }
}

// === impl Seen ===

impl Seen {
    pub(super) fn is_reference(&self) -> bool {
        matches!(self, Self::Again(_))
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::First(number) => format!("#{number}="),
            Self::Again(number) => format!("#{number}#"),
        }
    }
}

/// Whether a walk that remembers nothing comes to an end soon.
fn is_small_tree(heap: &Heap, value: Value) -> bool {
    let mut open = vec![value];
    let mut steps = 0;
    while let Some(value) = open.pop() {
        steps += 1;
        if steps > SHORT_WALK {
            return false;
        }
        parts(heap, value, &mut open);
    }
    true
}

/// The parts that a walk in depth finds while it is still inside them.
fn circular(heap: &Heap, value: Value) -> BTreeSet<Value> {
    enum Step {
        Enter(Value),
        Leave(Value),
    }
    let mut found = BTreeSet::new();
    // True while the walk is inside the part.
    let mut seen: BTreeMap<Value, bool> = BTreeMap::new();
    let mut steps = vec![Step::Enter(value)];
    let mut inner = Vec::new();
    while let Some(step) = steps.pop() {
        match step {
            Step::Leave(value) => {
                seen.insert(value, false);
            }
            Step::Enter(value) => match seen.get(&value) {
                Some(true) => {
                    found.insert(value);
                }
                Some(false) => {}
                None => {
                    parts(heap, value, &mut inner);
                    if !inner.is_empty() {
                        seen.insert(value, true);
                        steps.push(Step::Leave(value));
                        steps.extend(inner.drain(..).map(Step::Enter));
                    }
                }
            },
        }
    }
    found
}

/// Adds what a value is printed by.
fn parts(heap: &Heap, value: Value, into: &mut Vec<Value>) {
    if let Some(pair) = heap.as_pair(value) {
        into.extend([pair.cdr, pair.car]);
        return;
    }
    match heap.as_object(value) {
        Some(Object::Vector(items)) => into.extend(items.iter().rev()),
        Some(Object::Record(items)) => into.extend(items.iter().skip(1).rev()),
        Some(Object::Table(table)) => {
            let first = into.len();
            into.extend(table.iter().flat_map(|(key, value)| [key, value]));
            into[first..].reverse();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printer::written;

    #[test]
    fn a_ring_is_printed_with_a_label() {
        let mut heap = Heap::new();
        let ring = heap.list(&[Value::TRUE, Value::FALSE]);
        let last = heap.as_pair(ring).expect("pair").cdr.as_pair().expect("pair");
        heap.pair_mut(last).cdr = ring;
        assert_eq!(written(&heap, ring), "#0=(#t #f . #0#)");
        let around = heap.list(&[ring, ring]);
        assert_eq!(written(&heap, around), "(#0=(#t #f . #0#) #0#)");
    }

    #[test]
    fn a_vector_may_hold_itself() {
        let mut heap = Heap::new();
        let vector = heap.vector([Value::TRUE, Value::NIL]);
        if let Object::Vector(items) = heap.object_mut(vector.as_object().expect("object")) {
            items[1] = vector;
        }
        assert_eq!(written(&heap, vector), "#0=#(#t #0#)");
    }

    #[test]
    fn shared_parts_without_a_cycle_have_no_label() {
        let mut heap = Heap::new();
        let part = heap.list(&[Value::TRUE]);
        let mut whole = heap.list(&[part, part]);
        assert_eq!(written(&heap, whole), "((#t) (#t))");
        for _ in 0..SHORT_WALK {
            whole = heap.cons(part, whole);
        }
        assert!(!written(&heap, whole).contains('='));
    }
}
