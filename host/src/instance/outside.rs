//! What a guest learns from outside during a turn: clocks, random numbers and answers to what it asks, recorded live and
//! served from the record on replay.
//!
//! ```text
//! fixed    while a base image is made: a constant time, a constant seed; equal guests make equal images
//! live     readings are taken and recorded, up to READINGS_MAX; past that the turn can't be replayed
//! replay   readings come from the record; asking for more than it has is a divergence
//! rerun    so on another guest, which may read more or less: what it reads beyond the record is the last reading, and what
//!          it asks beyond it has no answer
//! ```

use std::convert::Infallible;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng, TryRng};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

use crate::journal::{Asked, Exchange, Failure, FailureKind, Outside};

/// Clock readings that one turn may record: 32 KiB of journal at most for a turn that does nothing but ask for the time.
pub(crate) const READINGS_MAX: usize = 4096;

/// The time while a base image is made: 2024-01-01T00:00:00Z, in nanoseconds since 1970.
const FIXED_NS: u64 = 1_704_067_200_000_000_000;

/// The sources of one instance; clones share them.
#[derive(Clone)]
pub(crate) struct OutsideWorld(Arc<Mutex<State>>);

struct State {
    mode: Mode,
    record: Outside,
    /// What was asked and is not answered yet.
    asked: Option<Asked>,
    /// Bytes of the exchanges in the record.
    exchanged: usize,
    /// Random numbers of this turn, begun when the guest first asks.
    random: Option<ChaCha12Rng>,
    overflowed: bool,
    diverged: bool,
}

enum Mode {
    Fixed,
    Live,
    /// The positions of what comes next in the record.
    Replay {
        reading: usize,
        exchange: usize,
    },
    /// The same, and about when it was recorded.
    Rerun {
        reading: usize,
        exchange: usize,
        at_ns: u64,
    },
}

/// What a turn may ask others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExchangeLimits {
    /// Questions of one turn.
    pub count: usize,
    /// Bytes of questions and answers of one turn.
    pub bytes: usize,
}

impl ExchangeLimits {
    fn refuse(&self, count: usize, bytes: usize) -> Option<Failure> {
        let Self { count: count_max, bytes: bytes_max } = self;
        let message = if count >= *count_max {
            format!("a command may ask {count_max} times; the limit is set by calls_per_turn_max")
        } else if bytes > *bytes_max {
            format!(
                "a command's calls and their answers may have {bytes_max} bytes; the limit is set by call_bytes_max"
            )
        } else {
            return None;
        };
        Some(Failure::new(FailureKind::Limited, message))
    }
}

/// What becomes of a question.
pub(crate) enum Asking {
    /// The record or the host has the answer.
    Answered(Result<String, Failure>),
    /// It is to be asked now; the answer may have so many bytes.
    Live { room: usize },
}

/// What a turn read.
pub struct Readings {
    /// The record.
    pub record: Outside,
    /// The record holds all that was read.
    pub complete: bool,
    /// A replay asked for what was not recorded, or for less than was.
    pub diverged: bool,
}

impl OutsideWorld {
    /// Sources that never change.
    pub(crate) fn fixed() -> Self {
        Self(Arc::new(Mutex::new(State {
            mode: Mode::Fixed,
            record: Outside::default(),
            asked: None,
            exchanged: 0,
            random: None,
            overflowed: false,
            diverged: false,
        })))
    }

    /// Begins a turn that reads constants.
    pub(crate) fn begin_fixed(&self) {
        self.begin(Mode::Fixed, Outside::default());
    }

    /// Begins a turn that reads the real world.
    pub(crate) fn begin_live(&self) {
        self.begin(Mode::Live, Outside::default());
    }

    /// Begins a turn that reads `record`.
    pub(crate) fn begin_replay(&self, record: Outside) {
        self.begin(Mode::Replay { reading: 0, exchange: 0 }, record);
    }

    /// Begins a turn that reads `record`, and beyond it what comes next to it.
    pub(crate) fn begin_rerun(&self, record: Outside, at_ns: u64) {
        self.begin(Mode::Rerun { reading: 0, exchange: 0, at_ns }, record);
    }

    /// Ends the turn.
    pub(crate) fn end(&self) -> Readings {
        self.with(|state| {
            let unread = match state.mode {
                Mode::Replay { reading, exchange } => {
                    reading < state.record.readings.len() || exchange < state.record.exchanges.len()
                }
                Mode::Fixed | Mode::Live | Mode::Rerun { .. } => false,
            };
            Readings {
                record: std::mem::take(&mut state.record),
                complete: !state.overflowed,
                diverged: state.diverged || unread,
            }
        })
    }

    /// Ends a turn that was stopped: gives what it had asked others, the last of it perhaps without an answer.
    pub(crate) fn end_stopped(&self) -> Vec<Exchange> {
        self.with(|state| {
            if !matches!(state.mode, Mode::Live) {
                return Vec::new();
            }
            let mut exchanges = std::mem::take(&mut state.record.exchanges);
            exchanges.extend(state.asked.take().map(|asked| {
                let message = "the turn was stopped before there was an answer";
                Exchange { asked, answer: Err(Failure::new(FailureKind::TimedOut, message)) }
            }));
            exchanges
        })
    }

    /// What becomes of a question that the guest asks now.
    pub(crate) fn ask(&self, asked: &Asked, limits: ExchangeLimits) -> Asking {
        self.with(|state| match &mut state.mode {
            Mode::Fixed => {
                Asking::Answered(Err(Failure::new(FailureKind::Denied, "nobody answers while a guest is prepared")))
            }
            Mode::Live => match limits.refuse(state.record.exchanges.len(), state.exchanged + asked.bytes()) {
                Some(refusal) => {
                    state.overflowed = true;
                    Asking::Answered(Err(refusal))
                }
                None => {
                    state.asked = Some(asked.clone());
                    Asking::Live { room: limits.bytes - state.exchanged - asked.bytes() }
                }
            },
            Mode::Replay { exchange, .. } => {
                let recorded = state.record.exchanges.get(*exchange).filter(|recorded| recorded.asked == *asked);
                *exchange += 1;
                state.diverged |= recorded.is_none();
                let answer = recorded.map(|recorded| recorded.answer.clone());
                Asking::Answered(
                    answer.unwrap_or_else(|| Err(Failure::new(FailureKind::Failed, "it was not asked before"))),
                )
            }
            Mode::Rerun { exchange, .. } => Asking::Answered(rerun_answer(&state.record.exchanges, exchange, asked)),
        })
    }

    /// Records the answer to what was asked last.
    pub(crate) fn answered(&self, answer: &Result<String, Failure>) {
        self.with(|state| {
            let Some(asked) = state.asked.take() else { return };
            let exchange = Exchange { asked, answer: answer.clone() };
            state.exchanged += exchange.bytes();
            state.record.exchanges.push(exchange);
        });
    }

    fn begin(&self, mode: Mode, record: Outside) {
        self.with(|state| {
            *state =
                State { mode, record, asked: None, exchanged: 0, random: None, overflowed: false, diverged: false };
        });
    }

    fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn reading(&self, live: fn() -> u64) -> u64 {
        self.with(|state| match &mut state.mode {
            Mode::Fixed => FIXED_NS,
            Mode::Live => {
                let reading = live();
                if state.record.readings.len() < READINGS_MAX {
                    state.record.readings.push(reading);
                } else {
                    state.overflowed = true;
                }
                reading
            }
            Mode::Replay { reading, .. } => {
                let recorded = state.record.readings.get(*reading).copied();
                *reading += 1;
                state.diverged |= recorded.is_none();
                recorded.unwrap_or(FIXED_NS)
            }
            Mode::Rerun { reading, at_ns, .. } => {
                let readings = &state.record.readings;
                let served = readings.get(*reading).or(readings.last()).copied().unwrap_or(*at_ns);
                *reading += 1;
                served
            }
        })
    }

    fn random(&self, fill: impl FnOnce(&mut ChaCha12Rng)) {
        self.with(|state| {
            if state.random.is_none() {
                let seed = match state.mode {
                    Mode::Fixed => [0; 32],
                    Mode::Rerun { .. } => state.record.seed.unwrap_or_default(),
                    Mode::Live => *state.record.seed.get_or_insert_with(fresh_seed),
                    Mode::Replay { .. } => {
                        state.diverged |= state.record.seed.is_none();
                        state.record.seed.unwrap_or_default()
                    }
                };
                state.random = Some(ChaCha12Rng::from_seed(seed));
            }
            state.random.as_mut().map(fill);
        });
    }
}

/// What was answered to the same question, the next time that it was asked. Nobody is asked anything again.
fn rerun_answer(exchanges: &[Exchange], next: &mut usize, asked: &Asked) -> Result<String, Failure> {
    let same = |(_, recorded): &(usize, &Exchange)| recorded.asked == *asked;
    let found = exchanges.iter().enumerate().skip(*next).find(same);
    let Some((at, recorded)) = found.or_else(|| exchanges.iter().enumerate().find(same)) else {
        return Err(Failure::new(FailureKind::Failed, "it was not asked before, and is not asked now"));
    };
    *next = (*next).max(at + 1);
    recorded.answer.clone()
}

/// 32 bytes from the operating system.
fn fresh_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the operating system gives random numbers");
    seed
}

/// Time of day in nanoseconds since 1970. A clock set before that reads 0.
fn wall_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Time that doesn't go backwards while the process lives: the time of day at its start, and what has passed since. So
/// it also goes on over a restart, unless the clock was set back in between.
fn monotonic_ns() -> u64 {
    static START: LazyLock<(Instant, u64)> = LazyLock::new(|| (Instant::now(), wall_ns()));
    let (instant, wall) = *START;
    wall.saturating_add(u64::try_from(instant.elapsed().as_nanos()).unwrap_or(u64::MAX))
}

impl HostWallClock for OutsideWorld {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.reading(wall_ns))
    }
}

impl HostMonotonicClock for OutsideWorld {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        self.reading(monotonic_ns)
    }
}

impl TryRng for OutsideWorld {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut number = 0;
        self.random(|source| number = source.next_u32());
        Ok(number)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut number = 0;
        self.random(|source| number = source.next_u64());
        Ok(number)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.random(|source| source.fill_bytes(bytes));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(world: &mut OutsideWorld) -> (Duration, u64, u64) {
        (HostWallClock::now(world), HostMonotonicClock::now(world), world.next_u64())
    }

    #[test]
    fn a_replay_reads_what_was_read_live() {
        let mut world = OutsideWorld::fixed();
        world.begin_live();
        let live = read(&mut world);
        let readings = world.end();
        assert!(readings.complete && !readings.diverged);
        world.begin_replay(readings.record);
        assert_eq!(read(&mut world), live);
        assert!(!world.end().diverged);
    }

    #[test]
    fn reading_more_or_less_than_was_recorded_is_a_divergence() {
        let world = OutsideWorld::fixed();
        let record = Outside { readings: vec![1, 2], ..Outside::default() };
        world.begin_replay(record.clone());
        HostMonotonicClock::now(&world);
        assert!(world.end().diverged);
        world.begin_replay(record);
        for _ in 0..3 {
            HostMonotonicClock::now(&world);
        }
        assert!(world.end().diverged);
    }

    #[test]
    fn another_guest_may_read_more_or_less_than_was_recorded() {
        let world = OutsideWorld::fixed();
        world.begin_rerun(Outside { readings: vec![1, 2], ..Outside::default() }, 9);
        assert_eq!([(); 3].map(|()| HostMonotonicClock::now(&world)), [1, 2, 2]);
        world.begin_rerun(Outside::default(), 9);
        assert_eq!(HostMonotonicClock::now(&world), 9);
        world.begin_rerun(Outside { readings: vec![1, 2], ..Outside::default() }, 9);
        assert!(!world.end().diverged);
    }

    #[test]
    fn another_guest_is_answered_what_the_same_question_was_answered() {
        let world = OutsideWorld::fixed();
        let line = |prompt: &str| Asked::Line { prompt: prompt.into() };
        let answered = |prompt, answer: &str| Exchange { asked: line(prompt), answer: Ok(answer.to_owned()) };
        let exchanges = vec![answered("a", "1"), answered("b", "2"), answered("a", "3")];
        world.begin_rerun(Outside { exchanges, ..Outside::default() }, 9);
        let ask = |prompt| match world.ask(&line(prompt), ExchangeLimits { count: 0, bytes: 0 }) {
            Asking::Answered(answer) => answer.ok(),
            Asking::Live { .. } => panic!("nobody is asked again"),
        };
        assert_eq!(
            ["a", "c", "a", "b"].map(ask),
            [Some("1"), None, Some("3"), Some("2")].map(|a| a.map(str::to_owned))
        );
    }

    #[test]
    fn a_record_is_bounded_and_says_when_it_is_not_whole() {
        let world = OutsideWorld::fixed();
        world.begin_live();
        for _ in 0..=READINGS_MAX {
            HostMonotonicClock::now(&world);
        }
        let readings = world.end();
        assert_eq!(readings.record.readings.len(), READINGS_MAX);
        assert!(!readings.complete);
    }

    #[test]
    fn two_turns_have_different_random_numbers() {
        let mut world = OutsideWorld::fixed();
        world.begin_live();
        let first = world.next_u64();
        world.begin_live();
        assert_ne!(world.next_u64(), first);
    }
}
