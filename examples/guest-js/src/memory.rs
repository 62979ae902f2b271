//! The engine's memory: C's, with a note of what was refused.
//!
//! The engine tells a script that memory was refused with an error that it may catch. It also runs out in the middle of
//! making that error, or of a promise. So a command that was refused memory and left any error uncaught is one that ran
//! out of memory, whatever the error says.
#![expect(unsafe_code, reason = "C's allocator")]

use std::cell::Cell;
use std::ffi::c_void;

use rquickjs::allocator::Allocator;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn realloc(block: *mut c_void, size: usize) -> *mut c_void;
    fn free(block: *mut c_void);
    fn malloc_usable_size(block: *mut c_void) -> usize;
}

thread_local! {
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Begins a command.
pub(crate) fn begin() {
    REFUSED.set(false);
}

/// This command was refused memory.
pub(crate) fn was_refused() -> bool {
    REFUSED.get()
}

/// C's allocator.
pub(crate) struct Memory;

// SAFETY: C's allocator does what the trait asks, and aligns for every type.
unsafe impl Allocator for Memory {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: any size may be asked for.
        noted(size, unsafe { malloc(size) })
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        // SAFETY: any size may be asked for.
        noted(count.saturating_mul(size), unsafe { calloc(count, size) })
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: the caller has it from this allocator.
        unsafe { free(block.cast()) }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: the caller has it from this allocator.
        noted(size, unsafe { realloc(block.cast(), size) })
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: the caller has it from this allocator.
        unsafe { malloc_usable_size(block.cast()) }
    }
}

fn noted(size: usize, block: *mut c_void) -> *mut u8 {
    if block.is_null() && size > 0 {
        REFUSED.set(true);
    }
    block.cast()
}
