//! The last quarter of an hour, second by second: what the counters gained and how long answers took.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use serve::{Status, metrics::Snapshot, status::Count};
use types::Micros;

/// Samples kept, one a second.
pub const SAMPLES_MAX: usize = 900;
/// Seconds that one point of a chart stands for.
const POINT_S: usize = 5;
/// Points of a chart at most, and at least: a young process is not a line in a corner.
const POINTS: usize = SAMPLES_MAX / POINT_S;
const POINTS_MIN: usize = 24;
/// Samples that a latency is taken over: few enough to be of now, enough for a quantile.
const LATENCY_SAMPLES: usize = 10;
/// Samples that the present rate is taken over.
const RATE_SAMPLES: usize = 5;
const MICROS_PER_POINT: Micros = POINT_S as Micros * 1_000_000;

/// Counts of outcomes by decision and name.
type Outcomes = BTreeMap<String, BTreeMap<String, u64>>;

/// What one second brought.
#[derive(Clone, Debug, Default)]
struct Sample {
    /// When it ended.
    at: Micros,
    seconds: f64,
    events: u64,
    outcomes: Outcomes,
    /// Of the seconds up to this one.
    latency: Option<Latency>,
}

/// How long answers took, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// The median.
    pub p50_us: u64,
    /// One in a hundred took longer.
    pub p99_us: u64,
}

/// Counters as they stood at a moment.
#[derive(Clone, Debug)]
struct Totals {
    at: Instant,
    events: u64,
    outcomes: Outcomes,
}

/// A ring of samples.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    ring: VecDeque<Sample>,
    totals: Option<Totals>,
    latencies: VecDeque<Snapshot>,
}

impl Samples {
    /// Adds what has come since the last call.
    pub fn push(&mut self, at: Instant, wall: Micros, status: &Status, latency: Snapshot) {
        let totals = Totals { at, events: status.events, outcomes: outcomes(status) };
        if let Some(before) = self.totals.replace(totals.clone()) {
            self.ring.push_back(Sample {
                at: wall,
                seconds: (totals.at - before.at).as_secs_f64(),
                events: totals.events.saturating_sub(before.events),
                outcomes: gained(&totals.outcomes, &before.outcomes),
                latency: self.latencies.front().and_then(|before| quantiles(&latency.since(before))),
            });
        }
        if self.ring.len() > SAMPLES_MAX {
            self.ring.pop_front();
        }
        self.latencies.push_back(latency);
        if self.latencies.len() > LATENCY_SAMPLES {
            self.latencies.pop_front();
        }
    }

    /// Seconds that a chart spans.
    pub fn span_s(&self) -> usize {
        self.points() * POINT_S
    }

    fn points(&self) -> usize {
        (self.ring.len() / POINT_S).clamp(POINTS_MIN, POINTS)
    }

    /// Events a second now.
    pub fn events_per_second(&self) -> f64 {
        self.per_second(RATE_SAMPLES, |sample| sample.events)
    }

    /// How long answers take now; `None` when nobody asks.
    pub fn latency(&self) -> Option<Latency> {
        self.ring.back()?.latency
    }

    /// How often `decision` had `outcome` in the whole time.
    pub fn outcome_count(&self, decision: &str, outcome: &str) -> u64 {
        self.ring.iter().map(|sample| of_outcome(sample, decision, outcome)).sum()
    }

    /// How often a second `decision` has `outcome` now.
    pub fn outcomes_per_second(&self, decision: &str, outcome: &str) -> f64 {
        self.per_second(RATE_SAMPLES, |sample| of_outcome(sample, decision, outcome))
    }

    /// Events a second at each point.
    pub fn events_series(&self) -> Vec<Option<f64>> {
        self.series(|samples| rate(samples, |sample| sample.events))
    }

    /// The 99th percentile at each point, in microseconds.
    pub fn latency_series(&self) -> Vec<Option<f64>> {
        let last = |samples: &[&Sample]| Some(samples.last()?.latency?.p99_us as f64);
        self.series(last)
    }

    /// An outcome's rate at each point.
    pub fn outcome_series(&self, decision: &str, outcome: &str) -> Vec<Option<f64>> {
        self.series(|samples| rate(samples, |sample| of_outcome(sample, decision, outcome)))
    }

    fn per_second(&self, samples: usize, of: impl Fn(&Sample) -> u64) -> f64 {
        let newest: Vec<&Sample> = self.ring.iter().rev().take(samples).collect();
        rate(&newest, of).unwrap_or(0.0)
    }

    /// Values up to the last whole point, so that none changes once it is shown.
    fn series(&self, value: impl Fn(&[&Sample]) -> Option<f64>) -> Vec<Option<f64>> {
        let mut points: Vec<Vec<&Sample>> = vec![Vec::new(); self.points()];
        let newest = self.ring.back().map_or(0, |newest| newest.at / MICROS_PER_POINT);
        let first = newest - points.len() as Micros;
        for sample in &self.ring {
            let point = usize::try_from(sample.at / MICROS_PER_POINT - first);
            if let Some(point) = point.ok().and_then(|point| points.get_mut(point)) {
                point.push(sample);
            }
        }
        points.iter().map(|samples| value(samples)).collect()
    }
}

fn rate(samples: &[&Sample], of: impl Fn(&Sample) -> u64) -> Option<f64> {
    let seconds: f64 = samples.iter().map(|sample| sample.seconds).sum();
    let count: u64 = samples.iter().map(|sample| of(sample)).sum();
    (seconds > 0.0).then(|| count as f64 / seconds)
}

fn of_outcome(sample: &Sample, decision: &str, outcome: &str) -> u64 {
    sample.outcomes.get(decision).and_then(|outcomes| outcomes.get(outcome)).copied().unwrap_or(0)
}

fn outcomes(status: &Status) -> Outcomes {
    let counts = |counts: &[Count]| counts.iter().map(|count| (count.name.clone(), count.count)).collect();
    status.decisions.iter().map(|decision| (decision.name.clone(), counts(&decision.outcomes))).collect()
}

/// What each count gained; one that is new or was begun anew counts from nothing.
fn gained(now: &Outcomes, before: &Outcomes) -> Outcomes {
    let mut gained = now.clone();
    for (decision, outcomes) in &mut gained {
        for (outcome, count) in outcomes {
            let before = before.get(decision).and_then(|before| before.get(outcome)).copied().unwrap_or(0);
            *count = count.checked_sub(before).unwrap_or(*count);
        }
    }
    gained
}

fn quantiles(recent: &Snapshot) -> Option<Latency> {
    Some(Latency { p50_us: recent.quantile_us(0.5)?, p99_us: recent.quantile_us(0.99)? })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serve::{metrics::Histogram, status::Decision};

    use super::*;

    fn status(events: u64, declined: u64) -> Status {
        let outcomes = vec![
            Count { name: "approve".to_owned(), count: events - declined },
            Count { name: "decline".to_owned(), count: declined },
        ];
        let decision = Decision { name: "risk".to_owned(), outcomes, ..Decision::default() };
        Status { events, decisions: vec![decision], ..Status::default() }
    }

    #[test]
    fn what_comes_in_each_second_becomes_rates_and_points() {
        let (mut samples, histogram, start) = (Samples::default(), Histogram::default(), Instant::now());
        for second in 0..=2_000_u64 {
            if second % 2 == 0 {
                histogram.record(Duration::from_micros(100 + second));
            }
            let at = start + Duration::from_secs(second);
            samples.push(
                at,
                second as Micros * 1_000_000,
                &status(second * 10, second / 2),
                histogram.snapshot(),
            );
        }
        assert_eq!(samples.ring.len(), SAMPLES_MAX);
        assert_eq!(samples.events_per_second(), 10.0);
        assert_eq!(samples.outcome_count("risk", "decline"), 450);
        assert_eq!(samples.outcome_count("risk", "unknown"), 0);
        let series = samples.events_series();
        assert_eq!((series.len(), series[1], series[POINTS - 1]), (POINTS, Some(10.0), Some(10.0)));
        let declined: f64 = samples.outcome_series("risk", "decline").into_iter().flatten().sum();
        assert!((declined / POINTS as f64 - 0.5).abs() < 0.01, "{declined}");
        assert!(samples.latency().is_some_and(|latency| latency.p50_us >= 2_000 && latency.p99_us < 2_200));
    }

    #[test]
    fn a_count_that_begins_anew_is_no_loss() {
        let mut samples = Samples::default();
        let (start, none) = (Instant::now(), Histogram::default().snapshot());
        samples.push(start, 0, &status(50, 5), none.clone());
        samples.push(start + Duration::from_secs(1), 1_000_000, &status(3, 1), none);
        assert_eq!(samples.outcome_count("risk", "decline"), 1);
        assert_eq!(samples.latency(), None);
    }
}
