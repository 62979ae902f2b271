//! Which pages of a range are this process's own: asked of the kernel, by the `PAGEMAP_SCAN` ioctl.
//!
//! A page that was never written is absent, or still the page of the base image's file, or the kernel's zero page. What is
//! left are the pages that somebody wrote since the range was mapped: the candidates for a snapshot, and what a session
//! really costs. `PAGEMAP_SCAN` came with Linux 6.7; where it is missing every page of the range counts as a candidate,
//! which is slower and charges more, and just as correct, because capture compares contents.
//!
//! Constants and structures: `include/uapi/linux/fs.h` of Linux; described in `PAGEMAP_SCAN(2const)`.

use std::ops::Range;

use crate::snapshot::PAGE_BYTES;

/// Calls `found` with each run of own pages in `[start, start + bytes)`, ascending, as page numbers counted from `start`,
/// which is the address of a page. All pages where the kernel can't tell.
pub(crate) fn own_pages(start: usize, bytes: usize, mut found: impl FnMut(Range<usize>)) {
    let end = start + bytes;
    let mut report =
        |run: Range<usize>| found((run.start - start) / PAGE_BYTES..(run.end - start).div_ceil(PAGE_BYTES));
    let reached = kernel::scan(start, end, &mut report);
    if reached < end {
        report(reached..end);
    }
}

/// Bytes of own pages in `[start, start + bytes)`.
pub(crate) fn own_bytes(start: usize, bytes: usize) -> u64 {
    let mut pages = 0;
    own_pages(start, bytes, |run| pages += run.len());
    (pages * PAGE_BYTES) as u64
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::fs::File;
    use std::ops::Range;
    use std::sync::OnceLock;

    use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, ioctl, opcode};

    const PAGE_IS_FILE: u64 = 1 << 2;
    const PAGE_IS_PRESENT: u64 = 1 << 3;
    const PAGE_IS_SWAPPED: u64 = 1 << 4;
    const PAGE_IS_PFNZERO: u64 = 1 << 5;

    /// Runs asked for at once: a KiB and a half of stack, and enough for most sessions in one call.
    const RUNS: usize = 64;

    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Region {
        start: u64,
        end: u64,
        categories: u64,
    }

    /// `struct pm_scan_arg`.
    #[repr(C)]
    #[derive(Default)]
    struct Scan {
        size: u64,
        flags: u64,
        start: u64,
        end: u64,
        walk_end: u64,
        vec: u64,
        vec_len: u64,
        max_pages: u64,
        category_inverted: u64,
        category_mask: u64,
        category_anyof_mask: u64,
        return_mask: u64,
    }

    struct PagemapScan<'a>(&'a mut Scan);

    #[expect(unsafe_code, reason = "rustix has no wrapper of its own for this ioctl")]
    // SAFETY: the opcode is PAGEMAP_SCAN's, `_IOWR('f', 16, struct pm_scan_arg)`, the pointer is to such a structure, and
    // the kernel writes to that and to the `vec_len` regions behind `vec`, which `scan` keeps alive over the call.
    unsafe impl Ioctl for PagemapScan<'_> {
        type Output = usize;
        const IS_MUTATING: bool = true;

        fn opcode(&self) -> Opcode {
            opcode::read_write::<Scan>(b'f', 16)
        }

        fn as_ptr(&mut self) -> *mut rustix::ffi::c_void {
            std::ptr::from_mut(self.0).cast()
        }

        unsafe fn output_from_ptr(out: IoctlOutput, _: *mut rustix::ffi::c_void) -> rustix::io::Result<usize> {
            usize::try_from(out).map_err(|_| rustix::io::Errno::INVAL)
        }
    }

    /// Opened once: its descriptor stands for this process's address space. Nothing where `/proc` is not mounted.
    fn pagemap() -> Option<&'static File> {
        static PAGEMAP: OnceLock<Option<File>> = OnceLock::new();
        PAGEMAP.get_or_init(|| File::open("/proc/self/pagemap").ok()).as_ref()
    }

    pub(super) fn supported() -> bool {
        static SUPPORTED: OnceLock<bool> = OnceLock::new();
        *SUPPORTED.get_or_init(|| {
            let page = std::ptr::from_ref(&SUPPORTED).addr() & !(super::PAGE_BYTES - 1);
            scan_from(page, page + super::PAGE_BYTES, &mut |_| {}) > page
        })
    }

    /// Scans from `start` and returns how far it came.
    pub(super) fn scan(start: usize, end: usize, found: &mut dyn FnMut(Range<usize>)) -> usize {
        if supported() { scan_from(start, end, found) } else { start }
    }

    #[expect(clippy::cast_possible_truncation, reason = "addresses of this process fit its pointers")]
    fn scan_from(mut start: usize, end: usize, found: &mut dyn FnMut(Range<usize>)) -> usize {
        let Some(pagemap) = pagemap() else { return start };
        let mut regions = [Region::default(); RUNS];
        while start < end {
            let mut scan = Scan {
                size: size_of::<Scan>() as u64,
                start: start as u64,
                end: end as u64,
                vec: regions.as_mut_ptr().expose_provenance() as u64,
                vec_len: RUNS as u64,
                category_inverted: PAGE_IS_FILE | PAGE_IS_PFNZERO,
                category_mask: PAGE_IS_FILE | PAGE_IS_PFNZERO,
                category_anyof_mask: PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
                return_mask: PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
                ..Scan::default()
            };
            #[expect(unsafe_code, reason = "rustix has no wrapper of its own for this ioctl")]
            // SAFETY: see the implementation of `Ioctl`; `regions` lives until after the call.
            let count = unsafe { ioctl(pagemap, PagemapScan(&mut scan)) };
            let Ok(count) = count else { break };
            for region in &regions[..count.min(RUNS)] {
                found(region.start as usize..region.end as usize);
            }
            if scan.walk_end as usize <= start {
                break;
            }
            start = scan.walk_end as usize;
        }
        start
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use std::ops::Range;

    pub(super) fn supported() -> bool {
        false
    }

    pub(super) fn scan(start: usize, _: usize, _: &mut dyn FnMut(Range<usize>)) -> usize {
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fresh, page-aligned range inside a large allocation, which the allocator takes from the kernel untouched.
    fn untouched(pages: usize) -> (Vec<u8>, usize) {
        let memory: Vec<u8> = vec![0; (pages + 16 * 1024) * PAGE_BYTES];
        let start = memory.as_ptr().addr().next_multiple_of(PAGE_BYTES) - memory.as_ptr().addr();
        (memory, start)
    }

    #[test]
    fn pages_that_were_written_are_found_in_order() {
        let (mut memory, offset) = untouched(1000);
        for page in [3, 4, 10, 998] {
            memory[offset + page * PAGE_BYTES] = 1;
        }
        let start = memory.as_ptr().addr() + offset;
        let mut found = Vec::new();
        own_pages(start, 999 * PAGE_BYTES, |run| found.extend(run));
        assert!(found.is_sorted());
        assert!([3, 4, 10, 998].iter().all(|page| found.contains(page)));
        if kernel::supported() {
            assert!(found.len() < 999, "an untouched range has few own pages, not {}", found.len());
        }
    }

    #[test]
    fn more_runs_than_one_call_returns_are_all_found() {
        let (mut memory, offset) = untouched(1000);
        for page in (0..1000).step_by(2) {
            memory[offset + page * PAGE_BYTES] = 1;
        }
        let start = memory.as_ptr().addr() + offset;
        let mut found = Vec::new();
        own_pages(start, 1000 * PAGE_BYTES, |run| found.extend(run));
        assert!((0..1000).step_by(2).all(|page| found.contains(&page)));
        assert_eq!(own_bytes(start, 1000 * PAGE_BYTES), (found.len() * PAGE_BYTES) as u64);
    }
}
