//! The golden files were written by `encode` when their format was new and are never written again: what an older
//! program stored must be readable for ever.

use proptest::prelude::*;

use super::*;

const GOLDEN: &[u8] = include_bytes!("../golden/v1-full.event");
const GOLDEN_SMALL: &[u8] = include_bytes!("../golden/v1-small.event");

fn golden() -> Event {
    let wall = 1_790_000_000_123_456_789;
    Event {
        number: 300,
        at_ms: 1_790_000_000_123,
        command: "(display \"žluť\")".to_owned(),
        outcome: OutcomeDigest::from_bytes(*b"0123456789abcdef"),
        outside: Outside {
            seed: Some([0xa5; 32]),
            readings: vec![wall, 5_000_000_007, wall + 40, 5_000_000_032, wall - 1, 0, u64::MAX, 1 << 63],
        },
        usage: EventUsage { wall_us: 1_500, cpu_us: 1_400, memory_before: 2 << 20, memory_after: 1 << 20 },
    }
}

fn golden_small() -> Event {
    Event {
        number: 1,
        at_ms: 0,
        command: String::new(),
        outcome: OutcomeDigest::from_bytes([0; 16]),
        outside: Outside::default(),
        usage: EventUsage::default(),
    }
}

/// `body` with the checksum that it should have: a liar's work.
fn sealed(body: &[u8]) -> Vec<u8> {
    [body, &xxh3_64(body).to_le_bytes()].concat()
}

fn body(golden: &[u8]) -> Vec<u8> {
    golden[..golden.len() - CHECKSUM_BYTES].to_vec()
}

#[test]
fn the_first_format_is_readable_for_ever() {
    assert_eq!(decode(GOLDEN), Ok(golden()));
    assert_eq!(decode(GOLDEN_SMALL), Ok(golden_small()));
}

#[test]
fn what_is_written_now_is_the_first_format() {
    assert_eq!(encode(&golden()).as_deref(), Ok(GOLDEN));
    assert_eq!(encode(&golden_small()).as_deref(), Ok(GOLDEN_SMALL));
}

#[test]
fn readings_of_two_clocks_in_turns_take_a_few_bytes_each() {
    let wall = |step: u64| 1_790_000_000_123_000_000 + step * 900;
    let readings: Vec<_> = (0..100).flat_map(|step| [wall(step), step * 800]).collect();
    let event = Event { outside: Outside { seed: None, readings }, at_ms: 1_790_000_000_123, ..golden_small() };
    let bytes = encode(&event).expect("few readings");
    assert!(bytes.len() < 200 * 2 + FIXED_BYTES_MAX, "{} bytes", bytes.len());
    assert_eq!(decode(&bytes), Ok(event));
}

#[test]
fn an_event_of_the_future_is_refused() {
    let future = include_bytes!("../golden/v2-future.event");
    assert_eq!(decode(future), Err(DecodeError::TooNew { found: 2, known: EVENT_V1 }));
}

#[test]
fn a_damaged_event_is_refused() {
    assert_eq!(decode(include_bytes!("../golden/v1-flipped.event")), Err(DecodeError::Checksum));
    let not_text = include_bytes!("../golden/v1-not-text.event");
    assert_eq!(decode(not_text), Err(invalid("its command is not UTF-8")));
}

#[test]
fn every_cut_is_refused() {
    assert_eq!(decode(&[]), Err(DecodeError::Truncated { bytes: 0 }));
    for length in 1..GOLDEN.len() {
        let short = length < CHECKSUM_BYTES;
        let expected = if short { DecodeError::Truncated { bytes: length } } else { DecodeError::Checksum };
        assert_eq!(decode(&GOLDEN[..length]), Err(expected), "at {length}");
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let mut bytes = GOLDEN.to_vec();
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(decode(&bytes).is_err(), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn what_an_event_promises_is_checked_behind_a_right_checksum() {
    let small = body(GOLDEN_SMALL);
    let forged = |at: usize, value: u8| {
        let mut body = small.clone();
        body[at] = value;
        decode(&sealed(&body))
    };
    assert_eq!(forged(0, 0), Err(invalid("there is no format 0")));
    assert_eq!(forged(1, 2), Err(invalid("it has unknown flags")));
    assert_eq!(forged(1, FLAG_SEED), Err(Input::SHORT));
    assert_eq!(forged(4, 100), Err(Input::SHORT), "the command's length");
    assert_eq!(forged(small.len() - 1, 1), Err(invalid("it has fewer readings than it says")));
    assert_eq!(decode(&sealed(&[small.as_slice(), b"x"].concat())), Err(invalid("bytes follow its last reading")));
    assert_eq!(
        decode(&sealed(&[&[EVENT_V1, 0], [0xff; 9].as_slice(), &[2]].concat())),
        Err(invalid("a number is over 64 bits"))
    );
    assert_eq!(
        decode(&sealed(&[&[EVENT_V1, 0], [0xff; 10].as_slice()].concat())),
        Err(invalid("a number is too long"))
    );
    assert_eq!(decode(&sealed(&[EVENT_V1])), Err(DecodeError::Truncated { bytes: 9 }));
}

#[test]
fn what_no_event_holds_is_refused_before_it_is_written() {
    let long = "x".repeat(COMMAND_BYTES_MAX + 1);
    let event = Event { command: long, ..golden() };
    assert_eq!(encode(&event), Err(EncodeError::CommandTooLong { bytes: COMMAND_BYTES_MAX + 1 }));
    let readings = vec![0; READINGS_MAX + 1];
    let event = Event { outside: Outside { seed: None, readings }, ..golden() };
    assert_eq!(encode(&event), Err(EncodeError::TooManyReadings { readings: READINGS_MAX + 1 }));
    let mut endless = vec![0; EVENT_BYTES_MAX + 1];
    endless[0] = EVENT_V1;
    assert_eq!(decode(&endless), Err(DecodeError::TooLarge { bytes: EVENT_BYTES_MAX + 1 }));
}

#[test]
fn the_largest_event_is_within_the_limit() {
    let readings = (0..READINGS_MAX as u64).map(|at| (at % 3) << 62).collect();
    let command = "x".repeat(COMMAND_BYTES_MAX);
    let usage = EventUsage { wall_us: u64::MAX, cpu_us: u64::MAX, memory_before: u64::MAX, memory_after: u64::MAX / 2 };
    let outside = Outside { seed: Some([0; 32]), readings };
    let event = Event { number: u64::MAX, at_ms: u64::MAX, command, outside, usage, ..golden() };
    let bytes = encode(&event).expect("at the limits");
    assert!(bytes.len() <= EVENT_BYTES_MAX);
    assert_eq!(decode(&bytes), Ok(event));
}

fn events() -> impl Strategy<Value = Event> {
    let outside = (any::<Option<[u8; 32]>>(), prop::collection::vec(any::<u64>(), 0..40));
    let parts = (any::<[u64; 6]>(), ".{0,80}", any::<[u8; 16]>(), outside);
    parts.prop_map(
        |([number, at_ms, wall_us, cpu_us, memory_before, memory_after], command, outcome, (seed, readings))| {
            let usage = EventUsage { wall_us, cpu_us, memory_before, memory_after };
            let outcome = OutcomeDigest::from_bytes(outcome);
            Event { number, at_ms, command, outcome, outside: Outside { seed, readings }, usage }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_encoded_decodes_to_itself(event in events()) {
        prop_assert_eq!(decode(&encode(&event).expect("within the limits")), Ok(event));
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&bytes).is_err());
    }

    #[test]
    fn no_lie_behind_a_right_checksum_makes_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        lies in prop::collection::vec((1..GOLDEN.len() - CHECKSUM_BYTES, any::<u8>()), 1..4),
    ) {
        let _ = decode(&sealed(&[&[EVENT_V1, 0], bytes.as_slice()].concat()));
        let mut body = body(GOLDEN);
        lies.into_iter().for_each(|(at, byte)| body[at] = byte);
        if let Ok(event) = decode(&sealed(&body)) {
            prop_assert_eq!(decode(&encode(&event).expect("it was within the limits")), Ok(event));
        }
    }
}
