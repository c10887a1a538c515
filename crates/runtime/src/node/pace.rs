//! How many events a second there are now: since the start would hide what changed a minute ago.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How far apart counts are kept.
const PERIOD: Duration = Duration::from_secs(1);

/// What is meant by now.
const SPAN: Duration = Duration::from_secs(5);

/// Counts of the last seconds.
#[derive(Debug)]
pub(super) struct Pace {
    /// The first is the newest that is at least a span old, or the start's.
    marks: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// From `events` on.
    pub fn new(at: Instant, events: u64) -> Self {
        Self { marks: VecDeque::from([(at, events)]) }
    }

    /// Takes note that there are `events` by now.
    pub fn note(&mut self, at: Instant, events: u64) {
        let is_new = |mark: &(Instant, u64)| at.saturating_duration_since(mark.0) >= PERIOD;
        if self.marks.back().is_none_or(is_new) {
            self.marks.push_back((at, events));
        }
        while self.marks.get(1).is_some_and(|mark| at.saturating_duration_since(mark.0) >= SPAN) {
            self.marks.pop_front();
        }
    }

    /// Events a second, when there are `events` by now.
    pub fn per_second(&mut self, at: Instant, events: u64) -> f64 {
        self.note(at, events);
        let (since, before) = self.marks[0];
        events.saturating_sub(before) as f64 / at.saturating_duration_since(since).max(PERIOD).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let at = |tenths: u64| start + Duration::from_millis(100 * tenths);
        let mut pace = Pace::new(start, 1_000);
        assert_eq!(pace.per_second(at(5), 1_050), 50.0, "a moment after the start");
        for tenth in 1..=600 {
            pace.note(at(tenth), 1_000 + 10 * tenth);
        }
        assert_eq!(pace.per_second(at(600), 7_000), 100.0);
        for tenth in 601..=660 {
            pace.note(at(tenth), 7_000 + 70 * (tenth - 600));
        }
        assert_eq!(pace.per_second(at(660), 11_200), 700.0, "what was before is forgotten");
        assert!(pace.marks.len() < 10, "{pace:?}");
        for second in 67..80 {
            let rate = pace.per_second(at(10 * second), 11_200);
            assert_eq!(rate > 0.0, second < 71, "{rate} at second {second}");
        }
    }
}
