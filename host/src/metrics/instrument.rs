//! Atomics that only ever go up.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the histograms' buckets, in seconds. A warm turn takes microseconds and a slow one the command
/// time-out, so they run from 10 µs to 10 s in steps of 1, 2.5, 5: a percentile read from them is right within a factor
/// of 2.5, and finding the bucket is a walk over at most 19 numbers.
pub(super) const BOUNDS: [(u64, &str); 19] = [
    (10_000, "0.00001"),
    (25_000, "0.000025"),
    (50_000, "0.00005"),
    (100_000, "0.0001"),
    (250_000, "0.00025"),
    (500_000, "0.0005"),
    (1_000_000, "0.001"),
    (2_500_000, "0.0025"),
    (5_000_000, "0.005"),
    (10_000_000, "0.01"),
    (25_000_000, "0.025"),
    (50_000_000, "0.05"),
    (100_000_000, "0.1"),
    (250_000_000, "0.25"),
    (500_000_000, "0.5"),
    (1_000_000_000, "1"),
    (2_500_000_000, "2.5"),
    (5_000_000_000, "5"),
    (10_000_000_000, "10"),
];

/// Counts up.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Relaxed);
    }

    pub(super) fn read(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// One counter for each value of a label.
#[derive(Debug)]
pub(super) struct Family<const N: usize>([Counter; N]);

impl<const N: usize> Family<N> {
    /// Counts one more of the value at `index`, which is a label enum's discriminant and so always there.
    pub(super) fn add(&self, index: usize) {
        self.0[index].add(1);
    }

    pub(super) fn read(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(Counter::read)
    }
}

impl<const N: usize> Default for Family<N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Counter::default()))
    }
}

/// Durations, sorted into buckets.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    /// Observations at most as long as the bound of the same index and longer than the one before; the last has no
    /// bound.
    buckets: [Counter; BOUNDS.len() + 1],
    nanoseconds: Counter,
}

impl Histogram {
    pub(super) fn observe(&self, took: Duration) {
        // 2^64 ns are 584 years.
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|(bound, _)| nanoseconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].add(1);
        self.nanoseconds.add(nanoseconds);
    }

    /// For each bucket the observations that are at most as long as its bound, the last being all of them.
    pub(super) fn cumulative(&self) -> impl Iterator<Item = u64> {
        self.buckets.iter().scan(0, |sum, bucket| {
            *sum += bucket.read();
            Some(*sum)
        })
    }

    pub(super) fn sum(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.read())
    }
}
