//! Where a session's own memory begins.

/// The largest holes that are looked for.
const HOLE_BYTES_MAX: usize = 32 * 1024;

/// The smallest holes that the allocator knows.
const HOLE_BYTES_MIN: usize = 8;

/// Takes the holes that loading the library left in memory and never gives them back. What a session allocates then
/// comes after the library, page by page, rather than dirtying a page of the base image for each hole it fills.
///
/// The allocator is asked for smaller and smaller blocks, each size until it has none left below the end.
pub(super) fn fill_holes() {
    let end = address(&Vec::with_capacity(2 * HOLE_BYTES_MAX));
    let mut bytes = HOLE_BYTES_MAX;
    while bytes >= HOLE_BYTES_MIN {
        let block = Vec::with_capacity(bytes);
        if address(&block) < end {
            std::mem::forget(block);
        } else {
            bytes -= (bytes / 16).max(4);
        }
    }
}

fn address(block: &Vec<u8>) -> usize {
    block.as_ptr().addr()
}
