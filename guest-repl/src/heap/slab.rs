//! Slots of one type in chunks that never move, with what is used and what is marked kept apart from them.
//!
//! ```text
//! chunks  [ s s s s s . . ] [ s s . . . . . ]     a chunk is filled from its start; `.` was never written
//! used      1 0 1 1 1 0 0     1 1 0 0 0 0 0       one bit a slot
//! marks     1 0 0 1 1 0 0     …                   written by a collection only
//! ```
//!
//! What is there when the slab is sealed stays for ever and is never looked at by a collection. New slots come after it,
//! in chunks of their own, so that a session's values do not spread over the base image's pages.
//!
//! A free slot is a zero bit, so freeing writes to no slot, and the lowest free slot is found by counting zeros: a
//! session's new values fill the holes in pages that are dirty already.

/// Bits to a word of the maps.
const WORD: usize = 64;

/// What can live in a slab.
pub(crate) trait Slot: Default {
    /// Whether a dead slot holds on to something, and must be emptied rather than just forgotten.
    fn is_heavy(&self) -> bool;
}

/// A bit for each slot of a slab that is not sealed.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    words: Vec<u64>,
    sealed: usize,
}

/// Slots in chunks of `CHUNK`, a multiple of 64.
pub(crate) struct Slab<T, const CHUNK: usize> {
    chunks: Vec<Vec<T>>,
    used: Vec<u64>,
    /// No word before this one has a slot to give.
    cursor: usize,
    /// Slots that stay, a multiple of `CHUNK`.
    sealed: usize,
}

// === impl Slab ===

impl<T: Slot, const CHUNK: usize> Slab<T, CHUNK> {
    /// An empty slab whose maps have room for `slots` before they move.
    pub(crate) fn with_room(slots: usize) -> Self {
        Self {
            chunks: Vec::with_capacity(slots.div_ceil(CHUNK)),
            used: Vec::with_capacity(slots.div_ceil(WORD)),
            cursor: 0,
            sealed: 0,
        }
    }

    /// Keeps all that is there for ever, and makes room for new slots: a chunk, and maps for `slots` of them.
    pub(crate) fn seal(&mut self, slots: usize) {
        self.sealed = self.chunks.len() * CHUNK;
        self.cursor = self.sealed / WORD;
        let mut used = Vec::with_capacity(self.cursor + slots / WORD);
        used.extend_from_slice(&self.used);
        // What is left behind stays taken: what is allocated next would only fill it, among the library's pages.
        std::mem::forget(std::mem::replace(&mut self.used, used));
        let mut chunks = Vec::with_capacity(self.chunks.len() + slots / CHUNK);
        chunks.append(&mut self.chunks);
        std::mem::forget(std::mem::replace(&mut self.chunks, chunks));
        self.add_chunk();
    }

    /// Whether a slot stays for ever.
    #[inline]
    pub(crate) fn is_sealed(&self, index: u32) -> bool {
        (index as usize) < self.sealed
    }

    /// Puts `content` into the lowest free slot.
    pub(crate) fn insert(&mut self, content: T) -> u32 {
        while self.used.get(self.cursor).is_some_and(|word| *word == u64::MAX) {
            self.cursor += 1;
        }
        if self.cursor == self.used.len() {
            self.add_chunk();
        }
        let bit = self.used[self.cursor].trailing_ones() as usize;
        self.used[self.cursor] |= 1 << bit;
        let index = self.cursor * WORD + bit;
        let chunk = &mut self.chunks[index / CHUNK];
        match chunk.get_mut(index % CHUNK) {
            Some(slot) => *slot = content,
            None => chunk.push(content),
        }
        u32::try_from(index).expect("slots are fewer than bytes of memory")
    }

    fn add_chunk(&mut self) {
        assert!(self.used.len() * WORD < crate::value::PLACES_MAX as usize, "the heap is full");
        self.chunks.push(Vec::with_capacity(CHUNK));
        self.used.resize(self.used.len() + CHUNK / WORD, 0);
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> &T {
        let index = index as usize;
        &self.chunks[index / CHUNK][index % CHUNK]
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> &mut T {
        let index = index as usize;
        &mut self.chunks[index / CHUNK][index % CHUNK]
    }

    /// Slots that were ever used: the most that were in use at once, rounded up to a chunk.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.chunks.len() * CHUNK
    }

    /// Slots in use, those that are sealed not counted.
    pub(crate) fn len(&self) -> usize {
        self.used[self.sealed / WORD..].iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The slots in use that are not sealed, in order.
    pub(crate) fn iter_unsealed(&self) -> impl Iterator<Item = (u32, &T)> {
        let sealed = u32::try_from(self.sealed).expect("slots are fewer than bytes of memory");
        bits(&self.used[self.sealed / WORD..]).map(move |index| (index + sealed, self.get(index + sealed)))
    }

    /// The slots in use, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        bits(&self.used).map(|index| (index, self.get(index)))
    }

    /// Makes room in `marks` for every slot.
    pub(crate) fn fit(&self, marks: &mut Marks) {
        marks.sealed = self.sealed;
        marks.words.resize(self.used.len() - self.sealed / WORD, 0);
    }

    /// Frees every slot that is not marked, and takes the marks away.
    pub(crate) fn sweep(&mut self, marks: &mut Marks) {
        let start = self.sealed / WORD;
        for (word, marks) in (start..).zip(&mut marks.words) {
            let dead = self.used[word] & !*marks;
            if dead != 0 {
                self.empty(word, dead);
                self.used[word] = *marks;
            }
            *marks = 0;
        }
        self.cursor = start;
    }

    fn empty(&mut self, word: usize, dead: u64) {
        for bit in bits(&[dead]) {
            let index = word * WORD + bit as usize;
            let slot = &mut self.chunks[index / CHUNK][index % CHUNK];
            if slot.is_heavy() {
                *slot = T::default();
            }
        }
    }
}

// === impl Marks ===

impl Marks {
    /// No marks, with room for `slots` before they move.
    pub(crate) fn with_room(slots: usize) -> Self {
        Self { words: Vec::with_capacity(slots.div_ceil(WORD)), sealed: 0 }
    }

    /// Marks a slot; true when it was not marked before. A sealed slot is as good as marked.
    #[inline]
    pub(crate) fn add(&mut self, index: u32) -> bool {
        let Some(index) = (index as usize).checked_sub(self.sealed) else { return false };
        let word = &mut self.words[index / WORD];
        let bit = 1 << (index % WORD);
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    pub(crate) fn has(&self, index: u32) -> bool {
        let Some(index) = (index as usize).checked_sub(self.sealed) else { return true };
        self.words[index / WORD] & (1 << (index % WORD)) != 0
    }
}

/// The positions of the ones in a map, in order.
fn bits(words: &[u64]) -> impl Iterator<Item = u32> {
    let mut at = 0;
    let mut left = words.first().copied().unwrap_or(0);
    std::iter::from_fn(move || {
        while left == 0 {
            at += 1;
            left = *words.get(at)?;
        }
        let bit = left.trailing_zeros();
        left &= left - 1;
        Some(u32::try_from(at * WORD).expect("slots are fewer than bytes of memory") + bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Word(u32);

    impl Slot for Word {
        fn is_heavy(&self) -> bool {
            false
        }
    }

    #[test]
    fn the_lowest_free_slot_is_taken_first() {
        let mut slab = Slab::<Word, 64>::with_room(0);
        for number in 0..200 {
            assert_eq!(slab.insert(Word(number)), number);
        }
        let mut marks = Marks::default();
        slab.fit(&mut marks);
        for index in (0..200).filter(|index| *index != 3 && *index != 130) {
            marks.add(index);
        }
        slab.sweep(&mut marks);
        assert_eq!(slab.insert(Word(1)), 3);
        assert_eq!(slab.insert(Word(1)), 130);
        assert_eq!(slab.insert(Word(1)), 200);
        assert_eq!(slab.get(131).0, 131);
    }

    #[test]
    fn only_marked_slots_survive_a_sweep() {
        let mut slab = Slab::<Word, 64>::with_room(0);
        for number in 0..100 {
            slab.insert(Word(number));
        }
        let mut marks = Marks::default();
        slab.fit(&mut marks);
        assert!(marks.add(70));
        assert!(!marks.add(70));
        slab.sweep(&mut marks);
        assert_eq!(slab.iter().map(|(index, word)| (index, word.0)).collect::<Vec<_>>(), [(70, 70)]);
        slab.sweep(&mut marks);
        assert_eq!(slab.len(), 0);
    }
}
