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
