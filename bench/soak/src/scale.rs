//! The run's clock. Half an hour of the machine's time fills no window of 30 days, so the soak's project has a clock on which
//! a third of the run is a hundred days: every window and every retention is full by then and turns over twice more.

use std::{fmt, time::Duration};

use types::Micros;

/// A day.
pub const DAY: Micros = 86_400_000_000;

/// The days of a third of the run. Refunds look 60 days back and come up to 20 days after a payment; chargebacks look 60
/// back and come up to 35 after; a card's last payment is kept for 90.
pub const SETTLING_DAYS: i64 = 100;

/// Days that the hot tables keep.
pub const HOT_DAYS: i64 = 80;

/// How late an event may be, in days: the example's hour would pass while a disk syncs.
pub const LATENESS_DAYS: i64 = 3;

/// What a run is.
#[derive(Clone, Debug)]
pub struct Scale {
    /// How long events come.
    pub length: Duration,
    /// Events a second that are asked for.
    pub rate: u32,
    /// Payments a second that are sent one by one.
    pub single: u32,
    /// When the clock begins to run fast, and the first event comes.
    pub from: Micros,
    /// The clock's seconds in one of the machine's.
    pub speed: u32,
}

impl Scale {
    /// The speed at which a third of `length` takes [`SETTLING_DAYS`].
    pub fn speed(length: Duration) -> f64 {
        (SETTLING_DAYS * DAY) as f64 / 1e6 / (length.as_secs_f64() / 3.0)
    }

    /// When the windows are full.
    pub fn settled(&self) -> Duration {
        self.length / 3
    }

    /// What passes on the clock meanwhile.
    pub fn simulated(&self, time: Duration) -> Micros {
        let micros = i64::try_from(time.as_micros()).expect("a run is a day at most");
        micros * i64::from(self.speed)
    }

    /// When it is so late on the clock, counted from the start.
    pub fn due(&self, time: Micros) -> Duration {
        let since = u64::try_from(time - self.from).unwrap_or(0);
        Duration::from_nanos(since * 1_000 / u64::from(self.speed))
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.simulated(self.length) / DAY;
        write!(
            f,
            "{} minutes, {} events a second, {} of them single requests for a decision, the others NDJSON; on the project's \
             clock {days} days, {:.1} hours a second",
            self.length.as_secs() / 60,
            self.rate,
            self.single,
            f64::from(self.speed) / 3_600.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_the_run_fills_every_window() {
        let length = Duration::from_secs(1_800);
        let speed = Scale::speed(length);
        assert_eq!(speed, 14_400.0);
        let scale = Scale { length, rate: 1, single: 1, from: 5, speed: 14_400 };
        assert_eq!(scale.simulated(scale.settled()), SETTLING_DAYS * DAY);
        assert_eq!(scale.due(5 + 10 * DAY), Duration::from_secs(60));
        assert_eq!(scale.due(0), Duration::ZERO);
    }
}
