//! The end of the process as a delivery sees it: a moment after which nothing is tried again.

use std::{
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

/// How long a wait may go on after the end was announced.
const PERIOD: Duration = Duration::from_millis(20);

/// Set once, when the process is to stop.
#[derive(Debug, Default)]
pub struct Ending {
    deadline: OnceLock<Instant>,
}

impl Ending {
    /// Announces the end: requests may still be made for `grace`, as long as they succeed.
    pub fn announce(&self, grace: Duration) {
        self.deadline.get_or_init(|| Instant::now() + grace);
    }

    /// Whether the end was announced.
    pub fn is_near(&self) -> bool {
        self.deadline.get().is_some()
    }

    /// What is left of the grace; none before the end was announced.
    pub fn left(&self) -> Option<Duration> {
        self.deadline.get().map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Waits, at most until the end is announced.
    pub(super) fn wait(&self, duration: Duration) {
        let start = Instant::now();
        while !self.is_near() {
            let left = duration.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left.min(PERIOD));
        }
    }
}
