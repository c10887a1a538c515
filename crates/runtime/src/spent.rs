//! Where the time of a processor went, for reports: it has no part in any result.

use std::time::{Duration, Instant};

/// Wall time by kind of work, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Telling new rows from repeats, and the index of keys.
    pub admission: Duration,
    /// Rows and outputs to the log's bytes.
    pub encoding: Duration,
    /// Bytes to the log's file.
    pub writing: Duration,
    /// Features, models and rules.
    pub engine: Duration,
    /// Checkpoints, except the last at a clean stop.
    pub checkpoints: Duration,
}

/// Adds to `spent` how long `work` takes.
pub(crate) fn timed<T>(spent: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    *spent += started.elapsed();
    result
}
