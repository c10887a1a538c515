//! Durations in fixed buckets, because quantiles of every request must cost two additions and no lock.
//!
//! Buckets are log-linear as in HdrHistogram: each power of two of microseconds is cut into 32 equal parts, so that a
//! quantile is at most 1/32 too high. A bucket includes its upper bound, as Prometheus' `le` does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Parts of a power of two.
const PARTS: u64 = 32;
const PART_BITS: u32 = PARTS.trailing_zeros();
/// Longer durations than 2^36 microseconds (19 hours) count as that.
const MICROS_MAX: u64 = 1 << 36;
const BUCKETS: usize = ((36 - PART_BITS + 1) as usize) * PARTS as usize;

/// A shared histogram of durations.
#[derive(Clone, Debug)]
pub struct Histogram {
    cells: Arc<Cells>,
}

#[derive(Debug)]
struct Cells {
    buckets: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        let cells = Cells { buckets: [const { AtomicU64::new(0) }; BUCKETS], sum_us: AtomicU64::new(0) };
        Self { cells: Arc::new(cells) }
    }
}

impl Histogram {
    /// Counts one duration, rounded up to whole microseconds.
    pub fn record(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_nanos().div_ceil(1_000)).unwrap_or(MICROS_MAX).min(MICROS_MAX);
        self.cells.buckets[index(micros)].fetch_add(1, Ordering::Relaxed);
        self.cells.sum_us.fetch_add(micros, Ordering::Relaxed);
    }

    /// A copy of the counts.
    pub fn snapshot(&self) -> Snapshot {
        let buckets = self.cells.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        Snapshot { buckets, sum_us: self.cells.sum_us.load(Ordering::Relaxed) }
    }
}

/// Counts of a histogram at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    buckets: Vec<u64>,
    sum_us: u64,
}

impl Snapshot {
    /// Durations counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// All durations together, in microseconds.
    pub fn sum_us(&self) -> u64 {
        self.sum_us
    }

    /// What was counted after `earlier`, a snapshot of the same histogram.
    pub fn since(&self, earlier: &Self) -> Self {
        let pairs = self.buckets.iter().zip(&earlier.buckets);
        let buckets = pairs.map(|(now, then)| now.saturating_sub(*then)).collect();
        Self { buckets, sum_us: self.sum_us.saturating_sub(earlier.sum_us) }
    }

    /// An upper bound of the duration, in microseconds, below which `quantile` (0 to 1) of all lie; `None` when
    /// nothing was counted.
    pub fn quantile_us(&self, quantile: f64) -> Option<u64> {
        let count = self.count();
        let rank = ((count as f64 * quantile).ceil() as u64).clamp(1, count.max(1));
        let mut seen = 0;
        self.buckets.iter().enumerate().find_map(|(index, bucket)| {
            seen += bucket;
            (seen >= rank).then(|| upper_us(index))
        })
    }

    /// How many durations are at most `2^exponent` microseconds.
    pub fn at_most_power(&self, exponent: u32) -> u64 {
        let end = index(1_u64 << exponent.min(36)) + 1;
        self.buckets[..end].iter().sum()
    }
}

/// The bucket of a duration: (0, 1] is the first.
fn index(micros: u64) -> usize {
    let below = micros.saturating_sub(1);
    if below < PARTS {
        return below as usize;
    }
    let power = below.ilog2();
    let part = (below >> (power - PART_BITS)) - PARTS;
    ((u64::from(power - PART_BITS) + 1) * PARTS + part) as usize
}

/// The longest duration of a bucket.
fn upper_us(index: usize) -> u64 {
    let index = index as u64;
    if index < PARTS {
        return index + 1;
    }
    let shift = index / PARTS - 1;
    (PARTS + index % PARTS + 1) << shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_in_the_bucket_that_ends_next() {
        let edges = (0..36).flat_map(|power| [-1_i64, 0, 1].map(|near| (1_i64 << power) + near));
        for micros in edges.chain(0..5_000).filter(|micros| *micros > 0).map(|micros| micros as u64) {
            let upper = upper_us(index(micros));
            assert!(
                upper >= micros && upper - micros <= micros / PARTS,
                "{micros} is in the bucket up to {upper}"
            );
            assert_eq!(index(upper), index(micros));
            assert_eq!(index(upper + 1), index(micros) + 1);
        }
        assert_eq!(index(MICROS_MAX), BUCKETS - 1);
        assert_eq!(upper_us(BUCKETS - 1), MICROS_MAX);
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_list() {
        let histogram = Histogram::default();
        assert_eq!(histogram.snapshot().quantile_us(0.5), None);
        for micros in 1..=10_000 {
            histogram.record(Duration::from_micros(micros));
        }
        let snapshot = histogram.snapshot();
        assert_eq!(snapshot.count(), 10_000);
        assert_eq!(snapshot.sum_us(), 50_005_000);
        for (quantile, exact) in [(0.0, 1), (0.5, 5_000), (0.99, 9_900), (0.999, 9_990), (1.0, 10_000)] {
            let found = snapshot.quantile_us(quantile).unwrap();
            assert!(found >= exact && found <= exact + exact / PARTS, "{quantile}: {found}");
        }
        assert_eq!(snapshot.at_most_power(10), 1_024);
        assert_eq!(snapshot.at_most_power(0), 1);
        histogram.record(Duration::from_secs(7));
        histogram.record(Duration::MAX);
        let later = histogram.snapshot().since(&snapshot);
        assert_eq!(later.count(), 2);
        assert_eq!(later.quantile_us(0.5).unwrap() / 1_000_000, 7);
        assert_eq!(later.quantile_us(1.0), Some(MICROS_MAX));
    }

    #[test]
    fn a_bound_of_the_exposition_is_included() {
        let histogram = Histogram::default();
        histogram.record(Duration::from_micros(512));
        histogram.record(Duration::from_nanos(512_001));
        assert_eq!(histogram.snapshot().at_most_power(9), 1);
        assert_eq!(histogram.snapshot().at_most_power(10), 2);
    }
}
