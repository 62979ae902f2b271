//! A look into a machine that waits: where it is, and what it knows there.

use super::continuation::{Resume, Segment};
use super::process::Process;
use crate::heap::{Code, Heap, Object};
use crate::op::Op;
use crate::value::Value;

/// One procedure that has begun and not returned, the innermost first.
pub(crate) struct Activation {
    pub(crate) closure: Value,
    /// Its parameters' values.
    pub(crate) arguments: Vec<Value>,
    /// The call that it is about to make, operator first; of the innermost only.
    pub(crate) call: Option<Vec<Value>>,
}

/// At most `most` of the procedures that a machine is in, and how many there are. None when it does not wait in the
/// middle.
pub(crate) fn activations(heap: &Heap, process: Process, most: usize) -> (Vec<Activation>, usize) {
    let (mut found, mut count) = (Vec::new(), 0);
    let mut under = match process {
        Process::Waiting(place) => place.under,
        _ => Resume::NOTHING,
    };
    while let Some(Object::Segment(segment)) = heap.as_object(under.segment) {
        for index in (0..under.count).rev() {
            if found.len() < most {
                found.push(activation(heap, segment, index, count == 0));
            }
            count += 1;
        }
        under = segment.next;
    }
    (found, count)
}

fn activation(heap: &Heap, segment: &Segment, index: usize, innermost: bool) -> Activation {
    let (frame, values) = (segment.frames[index], segment.values_of(index));
    let code = match heap.as_object(frame.closure) {
        Some(Object::Closure { code, .. }) => heap.code(*code),
        _ => unreachable!("frames are those of closures"),
    };
    let params = usize::from(code.required) + usize::from(code.rest);
    let arguments = values.iter().take(params).map(|value| content(heap, *value)).collect();
    let call = innermost.then(|| call(heap, code, frame.pc, values)).flatten();
    Activation { closure: frame.closure, arguments, call }
}

/// What a variable holds.
fn content(heap: &Heap, value: Value) -> Value {
    match heap.as_object(value) {
        Some(Object::Cell(value)) => *value,
        _ => value,
    }
}

fn call(heap: &Heap, code: &Code, pc: usize, values: &[Value]) -> Option<Vec<Value>> {
    let (operator, count) = match *code.ops.get(pc)? {
        Op::CallGlobal { count, name } | Op::TailCallGlobal { count, name } => {
            (heap.symbol(name).value, usize::from(count))
        }
        Op::Call(count) | Op::TailCall(count) => (*values.last()?, count as usize),
        _ => return None,
    };
    let end = match code.ops[pc] {
        Op::Call(_) | Op::TailCall(_) => values.len() - 1,
        _ => values.len(),
    };
    let operands = &values[end.checked_sub(count)?..end];
    Some([&[operator], operands].concat())
}
