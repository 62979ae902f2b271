//! The golden files were written by `encode` when their format was new and are never written again: what an older
//! program stored must be readable for ever.

use proptest::prelude::*;

use super::*;
use crate::journal::{Asked, Exchange, Failure, FailureKind, Representation};
use crate::name::{Digest, GuestName};
use crate::store::GuestPin;

const V1_FULL: &[u8] = include_bytes!("../golden/v1-full.event");
const V1_SMALL: &[u8] = include_bytes!("../golden/v1-small.event");
const GOLDEN: &[u8] = include_bytes!("../golden/v2-full.event");
const GOLDEN_SMALL: &[u8] = include_bytes!("../golden/v2-small.event");
const GOLDEN_COMPRESSED: &[u8] = include_bytes!("../golden/v2-compressed.event");
const GOLDEN_EXTRAS: &[u8] = include_bytes!("../golden/v3-extras.event");

/// What the first format could hold.
fn v1_full() -> Event {
    let wall = 1_790_000_000_123_456_789;
    Event {
        number: 300,
        follows: 299,
        at_ms: 1_790_000_000_123,
        command: "(display \"žluť\")".into(),
        outcome: OutcomeDigest::from_bytes(*b"0123456789abcdef"),
        outside: Outside {
            seed: Some([0xa5; 32]),
            readings: vec![wall, 5_000_000_007, wall + 40, 5_000_000_032, wall - 1, 0, u64::MAX, 1 << 63],
            exchanges: Vec::new(),
        },
        usage: EventUsage { wall_us: 1_500, cpu_us: 1_400, memory_before: 2 << 20, memory_after: 1 << 20 },
        replayable: true,
        key: None,
        answer: None,
        undone: None,
        guest: None,
    }
}

fn v1_small() -> Event {
    Event {
        number: 1,
        follows: 0,
        at_ms: 0,
        command: "".into(),
        outcome: OutcomeDigest::from_bytes([0; 16]),
        outside: Outside::default(),
        usage: EventUsage::default(),
        replayable: true,
        key: None,
        answer: None,
        undone: None,
        guest: None,
    }
}

/// A command with a key, after the session went back from 299 to 17, that wrote to both streams.
fn golden() -> Event {
    let answer = Answer {
        should_exit: true,
        result: Some("žluť".to_owned()),
        error: None,
        all: "to out\nto err\n".to_owned(),
        stdout: "to out\n".to_owned(),
        stderr: "to err\n".to_owned(),
        displays: Vec::new(),
    };
    Event { follows: 17, key: Some("order-4711".into()), answer: Some(answer), ..v1_full() }
}

fn golden_small() -> Event {
    let answer = Answer { result: Some("3".to_owned()), ..Answer::default() };
    Event { command: "(+ 1 2)".into(), outcome: answer.digest(), answer: Some(answer), ..v1_small() }
}

/// One that can't be replayed and failed, with long output.
fn golden_compressed() -> Event {
    let lines: String = (0..100).map(|line| format!("line {line} of a hundred\n")).collect();
    let answer =
        Answer { error: Some("unbound: x".to_owned()), stdout: lines.clone(), all: lines, ..Answer::default() };
    Event { number: 2, follows: 1, replayable: false, answer: Some(answer), ..v1_small() }
}

/// An event that has all that few have but an undone one, which has no answer.
fn golden_extras() -> Event {
    let call = |name: &str, arguments: &str| Asked::Call { name: name.into(), arguments: arguments.into() };
    let exchanges = vec![
        Exchange { asked: call("kv.get", r#"{"key":"a"}"#), answer: Ok("\"é\"".to_owned()) },
        Exchange { asked: call("infer", "[]"), answer: Err(Failure::new(FailureKind::TimedOut, "after 3 s")) },
        Exchange { asked: Asked::Line { prompt: "name? ".into() }, answer: Ok(String::new()) },
    ];
    let form = |mime: &str, data: &[u8]| Representation { mime: mime.into(), data: data.into() };
    let displays = vec![
        Display { representations: vec![form("image/png", &[0x89, b'P', 0]), form("text/plain", b"a picture")] },
        Display { representations: vec![form("application/json", b"[1]")] },
    ];
    let answer = Answer { result: Some("3".to_owned()), displays, ..Answer::default() };
    let guest = GuestPin { name: GuestName::new("omega").unwrap(), digest: Digest::of(b"omega") };
    Event {
        outcome: answer.digest(),
        answer: Some(answer),
        outside: Outside { exchanges, ..Outside::default() },
        guest: Some(guest),
        ..golden_small()
    }
}

/// `golden_small` with another answer.
fn answering(all: &str, stdout: &str, stderr: &str) -> Event {
    let [all, stdout, stderr] = [all, stdout, stderr].map(str::to_owned);
    Event { answer: Some(Answer { all, stdout, stderr, ..Answer::default() }), ..golden_small() }
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
    assert_eq!(decode(V1_FULL), Ok(v1_full()));
    assert_eq!(decode(V1_SMALL), Ok(v1_small()));
}

#[test]
fn the_second_format_is_readable_for_ever() {
    assert_eq!(decode(GOLDEN), Ok(golden()));
    assert_eq!(decode(GOLDEN_SMALL), Ok(golden_small()));
    assert_eq!(decode(GOLDEN_COMPRESSED), Ok(golden_compressed()));
}

#[test]
fn the_third_format_is_readable_for_ever() {
    assert_eq!(decode(GOLDEN_EXTRAS), Ok(golden_extras()));
    assert_eq!(encode(&golden_extras()).as_deref(), Ok(GOLDEN_EXTRAS));
}

#[test]
fn what_was_asked_of_others_is_kept_also_when_the_turn_can_t_be_replayed_or_was_undone() {
    let event = Event { replayable: false, ..golden_extras() };
    assert_eq!(decode(&encode(&event).expect("small")), Ok(event));
    let undone = Event { answer: None, guest: None, undone: Some("time-exceeded".into()), ..golden_extras() };
    assert_eq!(decode(&encode(&undone).expect("small")), Ok(undone));
}

#[test]
fn large_exchanges_are_compressed() {
    let exchanges = vec![Exchange { asked: Asked::Line { prompt: "".into() }, answer: Ok("word ".repeat(10_000)) }];
    let event = Event { outside: Outside { exchanges, ..Outside::default() }, ..golden_small() };
    let bytes = encode(&event).expect("small");
    assert!(bytes.len() < 1_000, "{} bytes", bytes.len());
    assert_eq!(decode(&bytes), Ok(event));
}

#[test]
fn what_is_written_now_is_the_second_format() {
    assert_eq!(encode(&golden()).as_deref(), Ok(GOLDEN));
    assert_eq!(encode(&golden_small()).as_deref(), Ok(GOLDEN_SMALL));
}

#[test]
fn a_small_event_takes_tens_of_bytes() {
    assert!(GOLDEN_SMALL.len() < 50, "{} bytes", GOLDEN_SMALL.len());
}

#[test]
fn what_went_to_one_stream_is_stored_once() {
    let long = "x".repeat(500);
    let length = |event: &Event| {
        let bytes = encode(event).expect("within the limits");
        assert_eq!(decode(&bytes).as_ref(), Ok(event));
        bytes.len()
    };
    let nothing = length(&answering("", "", ""));
    assert_eq!(length(&answering(&long, &long, "")), nothing + 2 + 500);
    assert_eq!(length(&answering(&long, "", &long)), nothing + 2 + 500);
    // Not what a host makes, but what an event can hold.
    for odd in [answering("a", "b", ""), answering("", "b", ""), answering("a", "", ""), answering("a", "a", "b")] {
        length(&odd);
    }
}

#[test]
fn a_turn_that_can_t_be_replayed_is_stored_without_what_came_from_outside() {
    let readings = vec![7; READINGS_MAX + 1];
    let event = Event {
        replayable: false,
        outside: Outside { seed: Some([1; 32]), readings, exchanges: Vec::new() },
        ..golden()
    };
    let bytes = encode(&event).expect("its readings don't count");
    assert_eq!(decode(&bytes), Ok(Event { outside: Outside::default(), ..event }));
}

#[test]
fn long_texts_are_compressed_when_that_saves_an_eighth() {
    let noise = |bytes: usize| -> String {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b' ' + u8::try_from(state >> 24).expect("eight bits") % 95)
        };
        (0..bytes).map(|_| next()).collect()
    };
    let is_compressed = |event: &Event| {
        let bytes = encode(event).expect("within the limits");
        assert_eq!(decode(&bytes).as_ref(), Ok(event));
        bytes[FLAGS_AT] & 1 << 4 != 0
    };
    assert!(!is_compressed(&answering("", &"x".repeat(500), "")), "too short to gain");
    assert!(is_compressed(&answering("", &"x".repeat(1 << 20), "")));
    assert!(!is_compressed(&answering("", &noise(100_000), "")), "nothing to gain");
    let with_a_run_of = |run: usize| answering("", &(noise(10_000 - run) + &"x".repeat(run)), "");
    assert!(!is_compressed(&with_a_run_of(1_000)), "a tenth");
    assert!(is_compressed(&with_a_run_of(1_500)), "more than an eighth");
    assert!(is_compressed(&Event { command: "(tick) ".repeat(1_000).into(), answer: None, ..golden_small() }));
    let [stdout, stderr] = [noise(1_000), noise(900).to_uppercase()];
    let both = format!("{stdout}{stderr}");
    assert!(is_compressed(&answering(&both, &stdout, &stderr)), "two streams are a repetition");
}

#[test]
fn readings_of_two_clocks_in_turns_take_a_few_bytes_each() {
    let wall = |step: u64| 1_790_000_000_123_000_000 + step * 900;
    let readings: Vec<_> = (0..100).flat_map(|step| [wall(step), step * 800]).collect();
    let event = Event {
        outside: Outside { seed: None, readings, exchanges: Vec::new() },
        at_ms: 1_790_000_000_123,
        ..golden_small()
    };
    let bytes = encode(&event).expect("few readings");
    assert!(bytes.len() < 200 * 2 + FIXED_BYTES_MAX, "{} bytes", bytes.len());
    assert_eq!(decode(&bytes), Ok(event));
}

#[test]
fn an_event_of_the_future_is_refused() {
    let future = include_bytes!("../golden/v4-future.event");
    assert_eq!(decode(future), Err(DecodeError::TooNew { found: 4, known: EVENT_V3 }));
}

#[test]
fn a_damaged_event_is_refused() {
    assert_eq!(decode(include_bytes!("../golden/v1-flipped.event")), Err(DecodeError::Checksum));
    assert_eq!(decode(include_bytes!("../golden/v2-flipped.event")), Err(DecodeError::Checksum));
    let not_text = include_bytes!("../golden/v1-not-text.event");
    assert_eq!(decode(not_text), Err(invalid("its command is not UTF-8")));
}

#[test]
fn every_cut_is_refused() {
    assert_eq!(decode(&[]), Err(DecodeError::Truncated { bytes: 0 }));
    for whole in [V1_FULL, GOLDEN, GOLDEN_COMPRESSED] {
        for length in 1..whole.len() {
            let short = length < CHECKSUM_BYTES;
            let expected = if short { DecodeError::Truncated { bytes: length } } else { DecodeError::Checksum };
            assert_eq!(decode(&whole[..length]), Err(expected), "at {length}");
        }
    }
}

#[test]
fn every_flipped_bit_is_found() {
    for whole in [V1_FULL, GOLDEN, GOLDEN_COMPRESSED] {
        let mut bytes = whole.to_vec();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bytes).is_err(), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn what_an_event_of_the_first_format_promises_is_checked_behind_a_right_checksum() {
    let small = body(V1_SMALL);
    let forged = |at: usize, value: u8| {
        let mut body = small.clone();
        body[at] = value;
        decode(&sealed(&body))
    };
    assert_eq!(forged(0, 0), Err(invalid("there is no format 0")));
    assert_eq!(forged(1, 2), Err(invalid("it has unknown flags")));
    assert_eq!(forged(1, 1), Err(Input::SHORT), "a seed");
    assert_eq!(forged(2, 0), Err(invalid("there is no event 0")));
    assert_eq!(forged(4, 100), Err(Input::SHORT), "the command's length");
    assert_eq!(forged(small.len() - 1, 1), Err(invalid("it has fewer readings than it says")));
    assert_eq!(decode(&sealed(&[small.as_slice(), b"x"].concat())), Err(invalid("bytes follow its last reading")));
    assert_eq!(decode(&sealed(&[EVENT_V1])), Err(DecodeError::Truncated { bytes: 9 }));
}

#[test]
fn what_an_event_promises_is_checked_behind_a_right_checksum() {
    let small = body(GOLDEN_SMALL);
    let forged = |at: usize, value: u8| {
        let mut body = small.clone();
        body[at] = value;
        decode(&sealed(&body))
    };
    assert_eq!(forged(3, 0), Err(invalid("there is no event 0")));
    assert_eq!(forged(4, 1), Err(invalid("it follows an event before the first")));
    let readings_at = small.len() - "(+ 1 2)3".len() - 3;
    assert_eq!(forged(readings_at, 100), Err(invalid("it has fewer readings than it says")));
    assert_eq!(forged(readings_at + 1, 100), Err(Input::SHORT), "the command's length");
    assert_eq!(forged(readings_at + 1, 6), Err(invalid("bytes follow its last text")));
    assert_eq!(forged(small.len() - 1, 0xff), Err(invalid("a text is not UTF-8")));
    assert_eq!(
        decode(&sealed(&[&[EVENT_V2, 0, 0], [0xff; 9].as_slice(), &[2]].concat())),
        Err(invalid("a number is over 64 bits"))
    );
    assert_eq!(
        decode(&sealed(&[&[EVENT_V2, 0, 0], [0xff; 10].as_slice()].concat())),
        Err(invalid("a number is too long"))
    );
    assert_eq!(decode(&sealed(&[EVENT_V2])), Err(DecodeError::Truncated { bytes: 9 }));
    assert_eq!(decode(&sealed(&[EVENT_V2, 0])), Err(Input::SHORT));
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let with = |flags: u16| {
        let mut body = body(GOLDEN_SMALL);
        body[FLAGS_AT..FLAGS_AT + 2].copy_from_slice(&flags.to_le_bytes());
        decode(&sealed(&body))
    };
    (11..16).for_each(|bit| assert_eq!(with(flag::ANSWER | 1 << bit), Err(invalid("it has unknown flags"))));
    assert_eq!(with(flag::EXIT), Err(invalid("it has parts of an answer and no answer")));
    assert_eq!(with(flag::RESULT), Err(invalid("it has parts of an answer and no answer")));
    assert_eq!(with(flag::SEED | flag::FINAL), Err(invalid("it has a seed and can't be replayed")));
    let both = flag::ANSWER | flag::STDOUT | flag::STDERR;
    assert_eq!(with(both), Err(invalid("it does not tell the order of its two streams")));
    // The small event's value and nothing else, with an empty text before it.
    let both = Event { key: Some("k".into()), answer: golden_small().answer, ..v1_small() };
    let mut body = body(&encode(&both).expect("small"));
    let text_at = body.len() - 2;
    body[FLAGS_AT..FLAGS_AT + 2].copy_from_slice(&(flag::ANSWER | flag::RESULT | flag::ERROR).to_le_bytes());
    assert_eq!(body[text_at..], *b"k3");
    assert_eq!(decode(&sealed(&body)), Err(invalid("it has both a value and an error")));
    body[FLAGS_AT..FLAGS_AT + 2].copy_from_slice(&(flag::ANSWER | flag::KEY | flag::RESULT).to_le_bytes());
    body[text_at - 2..].copy_from_slice(&[0, 2, b'k', b'3']);
    assert_eq!(decode(&sealed(&body)), Err(invalid("its key is empty")));
}

#[test]
fn lengths_that_can_t_be_true_reserve_nothing() {
    /// An event of a command that claims so many bytes, in so many that are stored.
    fn claiming(length: u64, stored: &[u8]) -> Result<Event, DecodeError> {
        let mut body = body(&encode(&v1_small()).expect("small"));
        body[FLAGS_AT] |= 1 << 4;
        assert_eq!(body.pop(), Some(0), "the command's length");
        put_number(&mut body, length);
        body.extend_from_slice(stored);
        decode(&sealed(&body))
    }
    let block = lz4_flex::block::compress(&[b'x'; 2_000]);
    assert_eq!(claiming(2_000, &block).map(|event| event.command.len()), Ok(2_000));
    assert_eq!(claiming(2_001, &block), Err(invalid("its texts do not decompress to their length")));
    assert_eq!(claiming(1_999, &block), Err(invalid("its texts do not decompress to their length")));
    assert_eq!(claiming(1 << 20, &block), Err(Input::SHORT), "more than these bytes can become");
    assert_eq!(claiming(0, &[]), Err(invalid("its texts do not decompress to their length")));
    assert_eq!(claiming(COMMAND_BYTES_MAX as u64 + 1, &block), Err(invalid("a text is too long")));
    assert_eq!(claiming(u64::MAX, &block), Err(invalid("a text is too long")));

    let mut body = body(&encode(&v1_small()).expect("small"));
    let flags = flag::ANSWER | flag::RESULT | flag::ALL | flag::STDOUT | flag::STDERR;
    body[FLAGS_AT..FLAGS_AT + 2].copy_from_slice(&flags.to_le_bytes());
    for length in [VALUE_BYTES_MAX, OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX] {
        put_number(&mut body, length as u64);
    }
    assert_eq!(decode(&sealed(&body)), Err(invalid("a text is too long")), "all of them together");
}

#[test]
fn what_no_event_holds_is_refused_before_it_is_written() {
    let bytes = COMMAND_BYTES_MAX + 1;
    let event = Event { command: "x".repeat(bytes).into(), ..golden() };
    let too_long = EncodeError::TextTooLong { what: "command", bytes, max: COMMAND_BYTES_MAX };
    assert_eq!(encode(&event), Err(too_long));
    let event = Event { key: Some("k".repeat(256).into()), ..golden() };
    assert_eq!(encode(&event), Err(EncodeError::TextTooLong { what: "key", bytes: 256, max: KEY_BYTES_MAX }));
    let readings = vec![0; READINGS_MAX + 1];
    let event = Event { outside: Outside { seed: None, readings, exchanges: Vec::new() }, ..golden() };
    assert_eq!(encode(&event), Err(EncodeError::TooManyReadings { readings: READINGS_MAX + 1 }));
    let mut endless = vec![0; EVENT_BYTES_MAX + 1];
    endless[0] = EVENT_V1;
    assert_eq!(decode(&endless), Err(DecodeError::TooLarge { bytes: EVENT_BYTES_MAX + 1 }));
}

#[test]
fn what_no_event_promises_is_refused_before_it_is_written() {
    let refused = |event: Event| match encode(&event) {
        Err(EncodeError::Invalid { what }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(Event { follows: 300, ..golden() }), "it does not follow an earlier one");
    assert_eq!(refused(Event { number: 0, follows: 0, ..golden() }), "it does not follow an earlier one");
    assert_eq!(refused(Event { key: Some("".into()), ..golden() }), "its key is empty");
    let both = Answer { result: Some(String::new()), error: Some(String::new()), ..Answer::default() };
    assert_eq!(refused(Event { answer: Some(both), ..golden() }), "it has both a value and an error");
}

#[test]
fn the_largest_event_is_within_the_limit() {
    let readings = (0..READINGS_MAX as u64).map(|at| (at % 3) << 62).collect();
    let command = "x".repeat(COMMAND_BYTES_MAX).into();
    let usage = EventUsage { wall_us: u64::MAX, cpu_us: u64::MAX, memory_before: u64::MAX, memory_after: u64::MAX / 2 };
    let outside = Outside { seed: Some([0; 32]), readings, exchanges: Vec::new() };
    let key = Some("k".repeat(KEY_BYTES_MAX).into());
    let event = Event { number: u64::MAX, follows: 0, at_ms: u64::MAX, command, outside, usage, key, ..golden() };
    let bytes = encode(&event).expect("at the limits");
    assert!(bytes.len() < COMMAND_BYTES_MAX, "its command is compressed");
    assert!(bytes.len() <= EVENT_BYTES_MAX);
    assert_eq!(decode(&bytes), Ok(event));
}

#[test]
fn every_text_has_its_limit() {
    let limits =
        [COMMAND_BYTES_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX, VALUE_BYTES_MAX, OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX]
            .into_iter()
            .chain([OUTPUT_BYTES_MAX]);
    let long = String::from_utf8(vec![0; OUTPUT_BYTES_MAX + 1]).unwrap();
    let mut all = [None; 7];
    for (at, max) in limits.enumerate() {
        let mut texts = [None; 7];
        texts[at] = Some(&long[..max]);
        assert_eq!(text::check(&texts), Ok(max));
        all[at] = texts[at];
        texts[at] = Some(&long[..=max]);
        let refused = text::check(&texts);
        assert!(matches!(refused, Err(EncodeError::TextTooLong { bytes, .. }) if bytes == max + 1), "{refused:?}");
    }
    let refused = text::check(&all).expect_err("no turn makes all of these");
    assert!(refused.to_string().contains("bytes of text at most"), "{refused}");
    // What it can make: a command, a value, and output that is there twice.
    (all[3], all[6]) = (None, None);
    assert_eq!(text::check(&all), Ok(TEXT_BYTES_MAX));
}

/// Answers as hosts make them, of some short texts, which may come a hundred times over to be compressed.
fn answers() -> impl Strategy<Value = Answer> {
    let texts = (".{0,30}", ".{0,30}", any::<Option<bool>>(), prop::option::of(".{0,30}"));
    (texts, any::<bool>(), prop::sample::select(vec![1, 1, 100])).prop_map(
        |((out, err, streams, last), should_exit, times)| {
            let [out, err] = [out.repeat(times), err.repeat(times)];
            let (result, error) = if times > 1 { (None, last) } else { (last, None) };
            let (all, stdout, stderr) = match streams {
                None => (format!("{out}{err}"), out, err),
                Some(true) => (out.clone(), out, String::new()),
                Some(false) => (err.clone(), String::new(), err),
            };
            Answer { should_exit, result, error, all, stdout, stderr, displays: Vec::new() }
        },
    )
}

fn exchanges() -> impl Strategy<Value = Vec<Exchange>> {
    let asked = (".{0,9}", prop::option::of(".{0,20}")).prop_map(|(text, arguments)| match arguments {
        Some(arguments) => Asked::Call { name: text.into(), arguments: arguments.into() },
        None => Asked::Line { prompt: text.into() },
    });
    let answer =
        (prop::option::of(prop::sample::select(&FailureKind::ALL[..])), ".{0,30}").prop_map(|(failed, text)| {
            match failed {
                Some(kind) => Err(Failure::new(kind, text)),
                None => Ok(text),
            }
        });
    prop::collection::vec((asked, answer).prop_map(|(asked, answer)| Exchange { asked, answer }), 0..4)
}

fn events() -> impl Strategy<Value = Event> {
    let outside = (any::<Option<[u8; 32]>>(), prop::collection::vec(any::<u64>(), 0..40), exchanges());
    let place = (1..=u64::MAX, any::<prop::sample::Index>(), any::<bool>());
    let more = (prop::option::of(".{1,60}"), prop::option::of(answers()));
    let parts = (place, any::<[u64; 5]>(), ".{0,80}", any::<[u8; 16]>(), outside, more);
    parts.prop_map(
        |((number, follows, usual), numbers, command, outcome, (seed, readings, exchanges), (key, answer))| {
            let [at_ms, wall_us, cpu_us, memory_before, memory_after] = numbers;
            let follows = if usual { number - 1 } else { follows.index(usize::MAX) as u64 % number };
            Event {
                number,
                follows,
                at_ms,
                command: command.into(),
                outcome: OutcomeDigest::from_bytes(outcome),
                outside: Outside { seed, readings, exchanges },
                usage: EventUsage { wall_us, cpu_us, memory_before, memory_after },
                replayable: true,
                key: key.map(Into::into),
                answer,
                undone: None,
                guest: None,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_encoded_decodes_to_itself(event in events()) {
        let decoded = decode(&encode(&event).expect("within the limits"));
        prop_assert_eq!(decoded.as_ref(), Ok(&event));
        let last = Event { replayable: false, ..event };
        let decoded = decode(&encode(&last).expect("within the limits"));
        let outside = Outside { exchanges: last.outside.exchanges.clone(), ..Outside::default() };
        prop_assert_eq!(decoded, Ok(Event { outside, ..last }));
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&bytes).is_err());
    }

    #[test]
    fn no_lie_behind_a_right_checksum_makes_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        flags in any::<u16>(),
        lies in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let [low, high] = (flags & flag::KNOWN).to_le_bytes();
        let _ = decode(&sealed(&[&[EVENT_V1, 0], bytes.as_slice()].concat()));
        let _ = decode(&sealed(&[&[EVENT_V2, low, high], bytes.as_slice()].concat()));
        for golden in [V1_FULL, GOLDEN, GOLDEN_COMPRESSED, GOLDEN_EXTRAS] {
            let mut body = body(golden);
            lies.iter().for_each(|(at, byte)| body[1..][at.index(golden.len() - CHECKSUM_BYTES - 1)] = *byte);
            if let Ok(event) = decode(&sealed(&body)) {
                prop_assert_eq!(decode(&encode(&event).expect("it was within the limits")), Ok(event));
            }
        }
    }
}
