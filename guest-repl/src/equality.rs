//! When two values are the same.

use std::collections::BTreeSet;

use crate::heap::{Heap, Object};
use crate::number::Number;
use crate::value::Value;

/// Comparisons before circular structures are looked out for.
const CAREFREE: usize = 10_000;

/// The same place, or the same constant.
pub(crate) fn eq(_: &Heap, a: Value, b: Value) -> bool {
    a == b
}

/// As [`eq`], and numbers by kind and value.
pub(crate) fn eqv(heap: &Heap, a: Value, b: Value) -> bool {
    if a == b {
        return true;
    }
    match (heap.as_object(a), heap.as_object(b)) {
        (Some(Object::Int(a)), Some(Object::Int(b))) => a == b,
        (Some(Object::Big(a)), Some(Object::Big(b))) => a == b,
        (Some(Object::Ratio(a)), Some(Object::Ratio(b))) => a == b,
        (Some(Object::Float(a)), Some(Object::Float(b))) => a.to_bits() == b.to_bits(),
        (Some(Object::Text(a)), Some(Object::Text(b))) => a.as_str().is_empty() && b.as_str().is_empty(),
        _ => false,
    }
}

/// The same structure of the same parts. Comes to an end for circular structures too.
pub(crate) fn equal(heap: &Heap, a: Value, b: Value) -> bool {
    let mut open = vec![(a, b)];
    let mut assumed = BTreeSet::new();
    let mut steps = 0;
    while let Some((a, b)) = open.pop() {
        if eqv(heap, a, b) {
            continue;
        }
        steps += 1;
        // What is being compared already is taken to be equal: a difference will be found elsewhere.
        if steps > CAREFREE && !assumed.insert((a, b)) {
            continue;
        }
        if !open_up(heap, a, b, &mut open) {
            return false;
        }
    }
    true
}

/// Adds the parts of two compound values to what must be equal; false when they differ at once.
fn open_up(heap: &Heap, a: Value, b: Value, open: &mut Vec<(Value, Value)>) -> bool {
    if let (Some(a), Some(b)) = (heap.as_pair(a), heap.as_pair(b)) {
        open.extend([(a.cdr, b.cdr), (a.car, b.car)]);
        return true;
    }
    match (heap.as_object(a), heap.as_object(b)) {
        (Some(Object::Text(a)), Some(Object::Text(b))) => a == b,
        (Some(Object::Bytes(a)), Some(Object::Bytes(b))) => a == b,
        (Some(Object::Vector(a)), Some(Object::Vector(b))) if a.len() == b.len() => {
            open.extend(std::iter::zip(a.iter().copied(), b.iter().copied()));
            true
        }
        _ => false,
    }
}

/// Whether a value is a number.
pub(crate) fn is_number(heap: &Heap, value: Value) -> bool {
    Number::of(heap, value).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_are_equal_part_by_part() {
        let mut heap = Heap::new();
        let [a, b] = [0, 1].map(|_| {
            let text = heap.text("x");
            let vector = heap.vector([text, Value::TRUE]);
            heap.list(&[vector, Value::NIL])
        });
        assert!(equal(&heap, a, b));
        assert!(!eqv(&heap, a, b));
    }

    #[test]
    fn circular_structures_can_be_compared() {
        let mut heap = Heap::new();
        let [a, b] = [1, 2].map(|length| {
            let ring = heap.list(&vec![Value::TRUE; length]);
            let mut last = ring;
            while let Some(next) = heap.as_pair(last).map(|pair| pair.cdr).filter(|next| *next != Value::NIL) {
                last = next;
            }
            heap.pair_mut(last.as_pair().expect("pair")).cdr = ring;
            ring
        });
        assert!(equal(&heap, a, b));
    }

    #[test]
    fn a_million_levels_are_compared() {
        let mut heap = Heap::new();
        let [a, b] = [0, 1].map(|_| (0..1_000_000).fold(Value::NIL, |inner, _| heap.cons(inner, Value::NIL)));
        assert!(equal(&heap, a, b));
    }
}
