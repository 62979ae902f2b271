//! Hashes of values: the same in every run, and the same for values that are the same.
//!
//! Nothing is seeded, so who knows the function can choose keys that collide. It is that session which is slower then.

use num_bigint::{BigInt, Sign};

use crate::equality;
use crate::heap::{Heap, Object, Sameness};
use crate::value::Value;

/// Parts of a structure that its hash depends on. So circular structures have a hash, and large ones have it soon.
const PARTS_MAX: usize = 64;

/// An odd number without a pattern: the golden ratio in 64 bits (Knuth, TAOCP 6.4).
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a key for tables of this sameness.
pub(crate) fn hash(heap: &Heap, key: Value, sameness: Sameness) -> u32 {
    let mut state = State(0);
    match sameness {
        Sameness::Eq => state.word(key.bits()),
        Sameness::Eqv => state.atom(heap, key),
        Sameness::Equal => state.structure(heap, key),
    }
    state.end()
}

/// Whether two keys are one.
pub(crate) fn same(heap: &Heap, a: Value, b: Value, sameness: Sameness) -> bool {
    match sameness {
        Sameness::Eq => equality::eq(heap, a, b),
        Sameness::Eqv => equality::eqv(heap, a, b),
        Sameness::Equal => equality::equal(heap, a, b),
    }
}

/// A hash in the making.
struct State(u64);

// === impl State ===

impl State {
    fn word(&mut self, word: u32) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(word)).wrapping_mul(MULTIPLIER);
    }

    fn long(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(MULTIPLIER);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.long(u64::from_le_bytes(word));
        }
        self.long(bytes.len() as u64);
    }

    /// An integer of any size, which has one form only.
    fn large(&mut self, number: &BigInt) {
        self.word(u32::from(number.sign() == Sign::Minus));
        number.iter_u64_digits().for_each(|digit| self.long(digit));
    }

    /// What `eqv?` goes by: numbers by value, everything else by place.
    fn atom(&mut self, heap: &Heap, value: Value) {
        match heap.as_object(value) {
            Some(Object::Int(number)) => self.bytes(&number.to_le_bytes()),
            Some(Object::Float(number)) => self.long(number.to_bits()),
            Some(Object::Big(number)) => self.large(number),
            Some(Object::Ratio(number)) => {
                self.large(&number.numerator);
                self.large(&number.denominator);
            }
            // All empty strings are the same.
            Some(Object::Text(text)) if text.as_str().is_empty() => self.word(0),
            _ => self.word(value.bits()),
        }
    }

    /// What `equal?` goes by: the parts in the order in which a walk in depth comes to them.
    fn structure(&mut self, heap: &Heap, value: Value) {
        let mut open = Vec::new();
        let mut next = Some(value);
        let mut parts = 0;
        while let Some(value) = next.take().or_else(|| open.pop()) {
            self.part(heap, value, &mut open);
            parts += 1;
            if parts == PARTS_MAX {
                return;
            }
        }
    }

    fn part(&mut self, heap: &Heap, value: Value, open: &mut Vec<Value>) {
        if let Some(pair) = heap.as_pair(value) {
            self.word(1);
            return open.extend([pair.cdr, pair.car]);
        }
        match heap.as_object(value) {
            Some(Object::Text(text)) => self.bytes(text.as_str().as_bytes()),
            Some(Object::Bytes(bytes)) => self.bytes(bytes),
            Some(Object::Vector(items)) => {
                self.long(items.len() as u64);
                open.extend(items.iter().take(PARTS_MAX).rev());
            }
            _ => self.atom(heap, value),
        }
    }

    /// The upper bits, which depend on all that went in.
    fn end(mut self) -> u32 {
        self.long(0);
        (self.0 >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_structures_have_equal_hashes() {
        let mut heap = Heap::new();
        let [a, b] = [0, 1].map(|_| {
            let text = heap.text("x");
            let big = heap.insert(Object::Int(1 << 40));
            let vector = heap.vector([text, big]);
            heap.list(&[vector, Value::NIL])
        });
        assert_eq!(hash(&heap, a, Sameness::Equal), hash(&heap, b, Sameness::Equal));
        assert_ne!(hash(&heap, a, Sameness::Eqv), hash(&heap, b, Sameness::Eqv));
    }

    #[test]
    fn small_integers_spread() {
        let heap = Heap::new();
        let low = (0..256).map(|number| hash(&heap, Value::small(number).expect("small"), Sameness::Equal) % 512);
        let distinct = low.collect::<std::collections::BTreeSet<_>>().len();
        assert!(distinct > 150, "{distinct}");
    }
}
