//! Capture and apply: a session's state out of an instance and into another, from outside.
//!
//! ```text
//!            memory of the instance            base image
//! page 0     ░░░░ never written                ░░░░           not a candidate: not looked at
//! page 1     ▓▓▓▓ written                      ░░░░  differ   → in the snapshot
//! page 2     ░░░░ written, same bytes again    ░░░░  equal    → not in the snapshot
//! page n     ▓▓▓▓ past the base image          (zeros)        → in the snapshot unless all zero
//! ```
//!
//! Candidates are the pages that the kernel says are this process's own ([`crate::memory::pages`]); truth is the
//! comparison.

use std::sync::Arc;

use super::access::Access;
use super::engine::WASM_STACK_BYTES;
use super::{InstanceError, SessionInstance};
use crate::memory::pages::own_pages;
use crate::name::Digest;
use crate::snapshot::{MemoryState, PAGE_BYTES, PageRun, Snapshot};

/// What host functions touch of a fiber's stack beyond the guest's own part, in bytes.
const HOST_FRAMES_BYTES: usize = 64 * 1024;

/// Bytes of a WebAssembly page.
const WASM_PAGE_BYTES: u64 = 64 * 1024;

/// A guest's memory and globals right after initialisation; what all of its sessions begin as.
pub struct BaseImage {
    /// Digest of all of it.
    pub digest: Digest,
    /// Contents of each memory.
    pub memories: Vec<Vec<u8>>,
    /// All mutable globals as 64-bit words.
    pub globals: Vec<u64>,
}

impl BaseImage {
    /// An image of `memories` and `globals`.
    pub(crate) fn new(memories: Vec<Vec<u8>>, globals: Vec<u64>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for memory in &memories {
            hasher.update(&(memory.len() as u64).to_le_bytes());
            hasher.update(memory);
        }
        for word in &globals {
            hasher.update(&word.to_le_bytes());
        }
        Self { digest: Digest::from_bytes(*hasher.finalize().as_bytes()), memories, globals }
    }

    /// Bytes that the host holds for it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.memories.iter().map(Vec::len).sum()
    }
}

/// What the host does when it is shown a memory.
#[derive(Clone, Default)]
pub(super) enum Look {
    /// Notes where it is.
    #[default]
    Locate,
    /// Takes what differs from the base image.
    Differences(Arc<BaseImage>),
    /// Takes all of it.
    Whole,
}

/// What was seen of a memory.
pub(super) struct Seen {
    place: Place,
    state: Option<MemoryState>,
}

/// Where a memory is in the host.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) bytes: usize,
}

/// The host's views of a guest's memories, filled while the guest's access module calls `view`.
#[derive(Default)]
pub(super) struct Views {
    look: Look,
    pub(super) places: Vec<Place>,
    /// The part of the fiber's stack that calls can touch.
    pub(super) stack: Place,
    states: Vec<MemoryState>,
    pub(super) globals: Vec<u64>,
}

impl Views {
    pub(super) fn look(&self) -> Look {
        self.look.clone()
    }

    /// Notes where the stack is, given an address in its topmost frames.
    pub(super) fn stack_at(&mut self, address: usize) {
        let top = address.next_multiple_of(PAGE_BYTES);
        let bytes = WASM_STACK_BYTES + HOST_FRAMES_BYTES;
        self.stack = Place { start: top.saturating_sub(bytes), bytes };
    }

    pub(super) fn seen(&mut self, memory: usize, seen: Seen) {
        self.places.resize(self.places.len().max(memory + 1), Place::default());
        self.places[memory] = seen.place;
        self.states.extend(seen.state);
    }
}

impl Look {
    pub(super) fn see(&self, memory: usize, bytes: &[u8]) -> Seen {
        let place = Place { start: bytes.as_ptr().addr(), bytes: bytes.len() };
        let state = match self {
            Self::Locate => None,
            Self::Differences(base) => Some(differences(bytes, base.memories.get(memory).map_or(&[], Vec::as_slice))),
            Self::Whole => Some(MemoryState { bytes: bytes.len() as u64, runs: Vec::new(), pages: bytes.to_vec() }),
        };
        Seen { place, state }
    }
}

/// The pages of `memory` that differ from `base`, which is continued by zeros.
fn differences(memory: &[u8], base: &[u8]) -> MemoryState {
    let mut state = MemoryState { bytes: memory.len() as u64, runs: Vec::new(), pages: Vec::new() };
    own_pages(memory.as_ptr().addr(), memory.len(), |candidates| {
        for page in candidates {
            let bytes = &memory[page * PAGE_BYTES..(page + 1) * PAGE_BYTES];
            if bytes != base_page(base, page) {
                push_page(&mut state, page, bytes);
            }
        }
    });
    state
}

fn base_page(base: &[u8], page: usize) -> &[u8] {
    static ZEROS: [u8; PAGE_BYTES] = [0; PAGE_BYTES];
    base.get(page * PAGE_BYTES..(page + 1) * PAGE_BYTES).unwrap_or(&ZEROS)
}

fn push_page(state: &mut MemoryState, page: usize, bytes: &[u8]) {
    let page = u32::try_from(page).expect("a 32-bit memory has under 2^20 pages");
    match state.runs.last_mut() {
        Some(run) if run.first + run.count == page => run.count += 1,
        _ => state.runs.push(PageRun { first: page, count: 1 }),
    }
    state.pages.extend_from_slice(bytes);
}

impl SessionInstance {
    /// Takes the session's state as its difference from the base image. Call between turns only.
    ///
    /// # Errors
    /// [`InstanceError`]; the instance must be dropped then.
    pub async fn capture(&mut self, event: u64) -> Result<Snapshot, InstanceError> {
        let code = self.code.clone();
        let memories = self.see(Look::Differences(code.base.clone())).await?;
        let mut globals = self.access().globals().await?;
        if globals == code.base.globals {
            globals.clear();
        }
        Ok(Snapshot { guest: code.digest, base: code.base.digest, event, memories, globals })
    }

    /// Takes the whole state, as a base image.
    pub(crate) async fn capture_whole(&mut self) -> Result<BaseImage, InstanceError> {
        let memories = self.see(Look::Whole).await?;
        let globals = self.access().globals().await?;
        Ok(BaseImage::new(memories.into_iter().map(|memory| memory.pages).collect(), globals))
    }

    /// Brings a fresh instance into the state of `snapshot`.
    ///
    /// # Errors
    /// [`InstanceError::Foreign`] when the snapshot belongs to another guest or base image; otherwise as for
    /// [`SessionInstance::capture`].
    pub async fn apply(&mut self, snapshot: &Snapshot) -> Result<(), InstanceError> {
        let code = self.code.clone();
        let fits = snapshot.memories.len() == code.shape.memories
            && (snapshot.globals.is_empty() || snapshot.globals.len() == code.shape.global_words);
        if snapshot.guest != code.digest || snapshot.base != code.base.digest || !fits {
            return Err(InstanceError::Foreign);
        }
        self.ready_for_access();
        for (memory, state) in snapshot.memories.iter().enumerate() {
            let now = self.store.data().views.places.get(memory).map_or(0, |place| place.bytes as u64);
            let pages = u32::try_from(state.bytes.saturating_sub(now) / WASM_PAGE_BYTES).unwrap_or(u32::MAX);
            if pages > 0 && !self.access().grow(memory, pages).await? {
                return Err(self
                    .store
                    .data()
                    .limiter
                    .denied
                    .clone()
                    .map_or(InstanceError::Access, InstanceError::Stopped));
            }
            self.access().write(memory, state.contents()).await?;
        }
        self.access().set_globals(&snapshot.globals).await?;
        self.locate().await
    }

    /// Looks up where the memories are, after growth.
    pub(super) async fn locate(&mut self) -> Result<(), InstanceError> {
        self.see(Look::Locate).await?;
        let data = self.store.data_mut();
        data.limiter.memory_bytes = data.views.places.iter().map(|place| place.bytes as u64).sum();
        data.limiter.grew = false;
        Ok(())
    }

    async fn see(&mut self, look: Look) -> Result<Vec<MemoryState>, InstanceError> {
        self.ready_for_access();
        self.store.data_mut().views.look = look;
        let seen = self.access().view().await;
        let views = &mut self.store.data_mut().views;
        views.look = Look::Locate;
        let states = std::mem::take(&mut views.states);
        seen.map(|()| states)
    }

    fn access(&mut self) -> Access<'_> {
        Access { instance: self.instance, shape: self.code.shape, store: &mut self.store }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differing_pages_are_taken_and_neighbours_join() {
        let mut base = vec![7_u8; 4 * PAGE_BYTES];
        base[3 * PAGE_BYTES..].fill(0);
        let mut memory = base.clone();
        memory.resize(8 * PAGE_BYTES, 0);
        for page in [1, 2, 5, 7] {
            memory[page * PAGE_BYTES + 9] = 1;
        }
        let state = differences(&memory, &base);
        let runs: Vec<_> = state.runs.iter().map(|run| (run.first, run.count)).collect();
        assert_eq!(runs, [(1, 2), (5, 1), (7, 1)]);
        assert_eq!(state.pages.len(), 4 * PAGE_BYTES);
        for (address, bytes) in state.contents() {
            let address = usize::try_from(address).unwrap();
            assert_eq!(bytes, &memory[address..][..bytes.len()]);
        }
    }
}
