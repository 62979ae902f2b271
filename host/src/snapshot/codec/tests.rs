//! The golden files were written by `encode` when their format was new and are never written again: what an older
//! program stored must be readable for ever.

use proptest::prelude::*;

use super::*;

const GOLDEN: &[u8] = include_bytes!("../golden/v1-pages.snapshot");
const GOLDEN_EMPTY: &[u8] = include_bytes!("../golden/v1-empty.snapshot");
const NO_LIMIT: u64 = u64::MAX;

/// What `v1-pages.snapshot` holds: compressible pages, a stretch that is stored as it is, two memories, globals.
fn golden() -> Snapshot {
    let text = b"(define x 1) ".iter().copied().cycle().take(3 * PAGE_BYTES);
    let noise = std::iter::successors(Some(1u64), |x| Some(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)));
    let noise = noise.flat_map(|x| x.to_be_bytes()[..4].to_vec()).take(PAGE_BYTES);
    Snapshot {
        guest: Digest::of(b"guest"),
        base: Digest::of(b"base"),
        event: 17,
        memories: vec![
            MemoryState {
                bytes: 2 << 16,
                runs: vec![PageRun { first: 0, count: 2 }, PageRun { first: 31, count: 1 }],
                pages: text.collect(),
            },
            MemoryState { bytes: 1 << 16, runs: vec![PageRun { first: 3, count: 1 }], pages: noise.collect() },
        ],
        globals: vec![0x10_0000, u64::MAX, 0],
    }
}

fn golden_empty() -> Snapshot {
    Snapshot { guest: Digest::of(b"guest"), base: Digest::of(b"base"), event: 0, memories: vec![], globals: vec![] }
}

/// Bytes with the length and the checksum that they should have: a liar's work.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = bytes.len() as u64;
    bytes[LENGTH_AT..LENGTH_AT + 8].copy_from_slice(&length.to_le_bytes());
    let end = bytes.len() - CHECKSUM_BYTES;
    let checksum = xxh3_128(&bytes[..end]).to_le_bytes();
    bytes[end..].copy_from_slice(&checksum);
    bytes
}

/// The golden snapshot with `value` at `at`, sealed again.
fn forged(at: usize, value: &[u8]) -> Result<Snapshot, DecodeError> {
    let mut bytes = GOLDEN.to_vec();
    bytes[at..at + value.len()].copy_from_slice(value);
    decode(&sealed(bytes), NO_LIMIT)
}

const FIRST_MEMORY_AT: usize = HEADER_BYTES + 3 * 8;
const FIRST_RUN_AT: usize = FIRST_MEMORY_AT + 12;
const FIRST_CHUNK_AT: usize = FIRST_RUN_AT + 2 * 8;

fn invalid(what: &'static str) -> Result<Snapshot, DecodeError> {
    Err(DecodeError::Invalid { what })
}

#[test]
fn the_first_format_is_readable_for_ever() {
    assert_eq!(decode(GOLDEN, NO_LIMIT), Ok(golden()));
    assert_eq!(decode(GOLDEN_EMPTY, 0), Ok(golden_empty()));
}

#[test]
fn what_is_written_now_is_the_first_format() {
    assert_eq!(encode(&golden_empty()), GOLDEN_EMPTY);
    assert_eq!(decode(&encode(&golden()), NO_LIMIT), Ok(golden()));
    assert_eq!(encode(&golden()), encode(&golden()));
}

#[test]
fn pages_that_do_not_compress_are_stored_as_they_are() {
    let noisy = golden().memories.remove(1);
    assert!(encode(&golden()).windows(PAGE_BYTES).any(|window| window == noisy.pages));
    assert!(encode(&golden()).len() < 2 * PAGE_BYTES);
}

#[test]
fn files_of_something_else_or_of_the_future_are_refused() {
    assert_eq!(decode(b"{\"version\": 1, \"definitions\": []}", NO_LIMIT), Err(DecodeError::NotASnapshot));
    let future = include_bytes!("../golden/v2-future.snapshot");
    assert_eq!(decode(future, NO_LIMIT), Err(DecodeError::TooNew { found: 2, known: FORMAT_V1 }));
}

#[test]
fn damaged_files_are_refused() {
    let flipped = include_bytes!("../golden/v1-flipped.snapshot");
    assert_eq!(decode(flipped, NO_LIMIT), Err(DecodeError::Checksum));
    let truncated = include_bytes!("../golden/v1-truncated.snapshot");
    assert_eq!(decode(truncated, NO_LIMIT), Err(DecodeError::Truncated { bytes: truncated.len() }));
    let overlapping = include_bytes!("../golden/v1-overlapping.snapshot");
    assert_eq!(decode(overlapping, NO_LIMIT), invalid("runs of pages overlap, touch or are out of order"));
}

#[test]
fn every_cut_is_called_a_cut() {
    for length in 0..GOLDEN.len() {
        assert_eq!(decode(&GOLDEN[..length], NO_LIMIT), Err(DecodeError::Truncated { bytes: length }), "at {length}");
    }
}

#[test]
fn every_flipped_bit_is_found() {
    for golden in [GOLDEN, GOLDEN_EMPTY] {
        let mut bytes = golden.to_vec();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bytes, NO_LIMIT).is_err(), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn bytes_after_the_end_are_refused() {
    let longer = [GOLDEN, b"x"].concat();
    assert_eq!(decode(&longer, NO_LIMIT), Err(DecodeError::Checksum));
    let mut longer = GOLDEN[..GOLDEN.len() - CHECKSUM_BYTES].to_vec();
    longer.extend_from_slice(&[0; CHECKSUM_BYTES + 1]);
    assert_eq!(decode(&sealed(longer), NO_LIMIT), invalid("bytes follow its last memory"));
}

#[test]
fn pages_over_the_limit_are_refused_before_they_are_reserved() {
    let pages = golden().page_bytes() as u64;
    assert_eq!(decode(GOLDEN, pages), Ok(golden()));
    assert_eq!(decode(GOLDEN, pages - 1), Err(DecodeError::TooLarge { bytes: pages, max: pages - 1 }));
    let four_gib = 1_u64 << 32;
    let mut bytes = GOLDEN.to_vec();
    bytes[FIRST_MEMORY_AT..FIRST_MEMORY_AT + 8].copy_from_slice(&four_gib.to_le_bytes());
    bytes[FIRST_RUN_AT + 8..FIRST_RUN_AT + 16].copy_from_slice(&[3, 0, 0, 0, 0xfd, 0xff, 0x0f, 0]);
    let max = four_gib - 2 * PAGE_BYTES as u64;
    assert_eq!(decode(&sealed(bytes), max), Err(DecodeError::TooLarge { bytes: four_gib - PAGE_BYTES as u64, max }));
}

#[test]
fn what_a_snapshot_promises_is_checked_behind_a_right_checksum() {
    let short = invalid("it ends before its contents do");
    let misplaced = invalid("runs of pages overlap, touch or are out of order");
    assert_eq!(forged(8, &0_u32.to_le_bytes()), invalid("there is no format 0"));
    assert_eq!(forged(HEADER_BYTES - 8, &u32::MAX.to_le_bytes()), short, "globals");
    assert_eq!(forged(HEADER_BYTES - 4, &u32::MAX.to_le_bytes()), short, "memories");
    let size = "a memory's size is not a multiple of 64 KiB up to 4 GiB";
    assert_eq!(forged(FIRST_MEMORY_AT, &65_537_u64.to_le_bytes()), invalid(size));
    assert_eq!(forged(FIRST_MEMORY_AT, &((4_u64 << 30) + 65_536).to_le_bytes()), invalid(size));
    let past = invalid("a run of pages ends past its memory");
    assert_eq!(forged(FIRST_MEMORY_AT, &65_536_u64.to_le_bytes()), past);
    assert_eq!(forged(FIRST_MEMORY_AT + 8, &u32::MAX.to_le_bytes()), short, "runs");
    assert_eq!(forged(FIRST_RUN_AT + 4, &0_u32.to_le_bytes()), invalid("a run of pages is empty"));
    assert_eq!(forged(FIRST_RUN_AT + 8, &1_u32.to_le_bytes()), misplaced, "overlap");
    assert_eq!(forged(FIRST_RUN_AT + 8, &2_u32.to_le_bytes()), misplaced, "touch");
    assert_eq!(forged(FIRST_RUN_AT + 8, &32_u32.to_le_bytes()), past);
    assert_eq!(forged(FIRST_RUN_AT + 8, &u32::MAX.to_le_bytes()), past);
    assert_eq!(forged(FIRST_CHUNK_AT, &u32::MAX.to_le_bytes()), short, "chunk");
    assert_eq!(forged(FIRST_CHUNK_AT, &1_u32.to_le_bytes()), invalid("pages do not decompress to their size"));
}

fn memories() -> impl Strategy<Value = MemoryState> {
    let runs = prop::collection::vec((1..4_u32, 1..20_u32), 0..6);
    (runs, any::<u8>(), any::<bool>()).prop_map(|(runs, seed, noisy)| {
        let mut free_from = 0;
        let place = |(gap, count): (u32, u32)| {
            let first = free_from + gap;
            free_from = first + count;
            PageRun { first, count }
        };
        let runs: Vec<_> = runs.into_iter().map(place).collect();
        let count: u32 = runs.iter().map(|run| run.count).sum();
        let byte = |at: usize| if noisy { xxh3_128(&at.to_le_bytes()).to_le_bytes()[0] ^ seed } else { seed };
        let pages = (0..count as usize * PAGE_BYTES).map(byte).collect();
        MemoryState { bytes: u64::from(free_from.div_ceil(16)) << 16, runs, pages }
    })
}

fn snapshots() -> impl Strategy<Value = Snapshot> {
    let memories = prop::collection::vec(memories(), 0..3);
    let globals = prop::collection::vec(any::<u64>(), 0..5);
    (any::<[[u8; 32]; 2]>(), any::<u64>(), memories, globals).prop_map(|([guest, base], event, memories, globals)| {
        let [guest, base] = [guest, base].map(Digest::from_bytes);
        Snapshot { guest, base, event, memories, globals }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_encoded_decodes_to_itself(snapshot in snapshots()) {
        let bytes = encode(&snapshot);
        prop_assert_eq!(decode(&bytes, snapshot.page_bytes() as u64), Ok(snapshot));
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..4096), honest in any::<bool>()) {
        let mut bytes = bytes;
        if honest && bytes.len() > HEADER_BYTES + CHECKSUM_BYTES {
            bytes[..12].copy_from_slice(&GOLDEN[..12]);
            bytes = sealed(bytes);
        }
        prop_assert!(decode(&bytes, 1 << 20).is_err());
    }

    #[test]
    fn no_lie_behind_a_right_checksum_makes_it_panic(
        lies in prop::collection::vec((LENGTH_AT..GOLDEN.len() - CHECKSUM_BYTES, any::<u8>()), 1..4),
    ) {
        let mut bytes = GOLDEN.to_vec();
        lies.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        if let Ok(snapshot) = decode(&sealed(bytes), 1 << 24) {
            prop_assert_eq!(decode(&encode(&snapshot), 1 << 24), Ok(snapshot));
        }
    }
}
