//! The verbs that don't come back.

use std::hint::black_box;

/// Executes `unreachable`.
pub(crate) fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

#[expect(clippy::panic, reason = "panicking is what it is asked for")]
pub(crate) fn panic(argument: &str) -> ! {
    panic!("asked to panic: {argument}")
}

/// Recurses natively until the stack is used up.
#[expect(unconditional_recursion, reason = "running out of stack is what it is asked for")]
pub(crate) fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    recurse(depth + 1) + frame[3]
}

/// Runs for ever without calling out.
pub(crate) fn spin() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}
