//! Time as a trait, so that a simulation can own it.

use types::Micros;

/// A wall clock.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970 in UTC.
    fn now(&self) -> Micros;
}

/// The clock of an import: it stands still, so that only the events of the files move time.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryClock;

impl Clock for HistoryClock {
    fn now(&self) -> Micros {
        Micros::MIN
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Micros {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| Micros::try_from(since.as_micros()).unwrap_or(Micros::MAX))
    }
}

/// The machine's clock made faster from a moment on, for trials in which months of windows and retention pass in minutes.
/// Whoever knows the two numbers reads the same time, before and after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FastClock {
    /// Until then it is the machine's clock.
    pub from: Micros,
    /// Its seconds in one of the machine's.
    pub speed: u32,
}

impl FastClock {
    /// What it shows when the machine's clock shows `now`.
    pub fn at(&self, now: Micros) -> Micros {
        let since = now.saturating_sub(self.from).max(0);
        now.saturating_add(since.saturating_mul(Micros::from(self.speed) - 1))
    }
}

impl Default for FastClock {
    /// The machine's clock.
    fn default() -> Self {
        Self { from: 0, speed: 1 }
    }
}

impl Clock for FastClock {
    fn now(&self) -> Micros {
        self.at(SystemClock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_is_the_machines_until_its_moment() {
        let clock = FastClock { from: 1_000, speed: 10 };
        assert_eq!([0, 999, 1_000, 1_001, 1_100].map(|now| clock.at(now)), [0, 999, 1_000, 1_010, 2_000]);
        assert_eq!(FastClock::default().at(123_456), 123_456);
        assert_eq!(FastClock { from: 0, speed: u32::MAX }.at(Micros::MAX / 2), Micros::MAX);
    }
}
