//! What a guest reads from outside during a turn: clocks and random numbers, recorded live and served from the record on
//! replay.
//!
//! ```text
//! fixed    while a base image is made: a constant time, a constant seed; equal guests make equal images
//! live     readings are taken and recorded, up to READINGS_MAX; past that the turn can't be replayed
//! replay   readings come from the record; asking for more than it has is a divergence
//! ```

use std::convert::Infallible;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng, TryRng};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

use crate::journal::Outside;

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
    /// Random numbers of this turn, begun when the guest first asks.
    random: Option<ChaCha12Rng>,
    overflowed: bool,
    diverged: bool,
}

enum Mode {
    Fixed,
    Live,
    Replay { position: usize },
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
        self.begin(Mode::Replay { position: 0 }, record);
    }

    /// Ends the turn.
    pub(crate) fn end(&self) -> Readings {
        self.with(|state| {
            let unread = match state.mode {
                Mode::Replay { position } => position < state.record.readings.len(),
                Mode::Fixed | Mode::Live => false,
            };
            Readings {
                record: std::mem::take(&mut state.record),
                complete: !state.overflowed,
                diverged: state.diverged || unread,
            }
        })
    }

    fn begin(&self, mode: Mode, record: Outside) {
        self.with(|state| *state = State { mode, record, random: None, overflowed: false, diverged: false });
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
            Mode::Replay { position } => {
                let recorded = state.record.readings.get(*position).copied();
                *position += 1;
                state.diverged |= recorded.is_none();
                recorded.unwrap_or(FIXED_NS)
            }
        })
    }

    fn random(&self, fill: impl FnOnce(&mut ChaCha12Rng)) {
        self.with(|state| {
            if state.random.is_none() {
                let seed = match state.mode {
                    Mode::Fixed => [0; 32],
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
        let record = Outside { seed: None, readings: vec![1, 2] };
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
