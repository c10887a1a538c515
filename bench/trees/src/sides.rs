//! What is compared, and how it is compared: answers first, then time.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::ensure;
use rustix::time::{ClockId, clock_gettime};

use crate::rows::Rows;

/// Rows in a call.
pub const BATCHES: [usize; 3] = [1, 64, 4_096];

/// A slice is as many calls as take about this long: short enough that the median slice was not disturbed.
const SLICE: Duration = Duration::from_millis(3);

/// Slices of each side, in turn with those of the others, so that what else the machine does meets all of them.
const SLICES: usize = 101;

/// With fewer slices than [`SLICES`] the clock stops here.
const TIMED_MAX: Duration = Duration::from_secs(20);

/// Calls of each size whose answers are compared.
pub const CHECKED_CALLS: usize = 256;

/// Which time counts.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// What this thread has run, which other work on the machine does not add to.
    Thread,
    /// The time of day, for a side that runs on other threads too.
    Wall,
}

/// One way to score rows.
pub trait Side {
    /// Its column's title.
    fn name(&self) -> &'static str;

    /// What its time is taken with.
    fn clock(&self) -> Clock {
        Clock::Thread
    }

    /// Margins of the rows from `first` on. `out` has one of the sizes of [`BATCHES`].
    fn score(&mut self, first: usize, out: &mut [f32]);
}

/// Scores with the crate `trees`.
pub struct Mitra<'a> {
    /// The model.
    pub model: trees::Model,
    /// What is scored.
    pub rows: &'a Rows,
}

impl Side for Mitra<'_> {
    fn name(&self) -> &'static str {
        "Mitra"
    }

    fn score(&mut self, first: usize, out: &mut [f32]) {
        self.model.margins(self.rows.batch(first, out.len()), out);
    }
}

/// Margins of the first `calls` batches of `batch` rows, or of all there are.
pub fn margins(side: &mut dyn Side, rows: &Rows, batch: usize, calls: usize) -> Vec<f32> {
    let mut margins = vec![f32::NAN; (calls * batch).min(rows.len())];
    for (index, out) in margins.chunks_exact_mut(batch).enumerate() {
        side.score(index * batch, out);
    }
    margins
}

/// The first row whose margins differ in any bit.
///
/// # Errors
/// Names the row and both margins.
pub fn equal(name: &str, found: &[f32], expected: &[f32]) -> anyhow::Result<()> {
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        ensure!(
            found.to_bits() == expected.to_bits(),
            "row {row}: {name} says {found:e}, XGBoost {expected:e}"
        );
    }
    Ok(())
}

/// Nanoseconds a row of one side.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// Of the median slice.
    pub median: f64,
    /// How far the middle half of the slices reaches, as a share of the median.
    pub spread: f64,
}

/// Times all sides at one size of batch.
pub fn time(sides: &mut [Box<dyn Side + '_>], rows: &Rows, batch: usize) -> Vec<Time> {
    let mut runs: Vec<Run> = sides.iter_mut().map(|side| Run::new(side.as_mut(), rows, batch)).collect();
    let start = Instant::now();
    for slice in 0..SLICES {
        if slice > 0 && start.elapsed() > TIMED_MAX {
            break;
        }
        for (run, side) in runs.iter_mut().zip(sides.iter_mut()) {
            run.slice(side.as_mut());
        }
    }
    runs.into_iter().map(Run::time).collect()
}

/// Slices of one side.
struct Run {
    calls: usize,
    /// The next batch's first row.
    first: usize,
    rows: usize,
    out: Vec<f32>,
    /// Nanoseconds a row of each slice.
    slices: Vec<f64>,
}

impl Run {
    /// Warms up, which also tells how many calls a slice holds.
    fn new(side: &mut dyn Side, rows: &Rows, batch: usize) -> Self {
        let mut run =
            Self { calls: 1, first: 0, rows: rows.len(), out: vec![0.0; batch], slices: Vec::new() };
        let start = Instant::now();
        while run.slices.len() < CHECKED_CALLS && start.elapsed() < TIMED_MAX / 10 {
            run.slice(side);
        }
        let call = run.at(0.5) * batch as f64;
        run.calls = ((SLICE.as_nanos() as f64 / call) as usize).max(1);
        run.slices.clear();
        run
    }

    fn slice(&mut self, side: &mut dyn Side) {
        let clock = side.clock();
        let start = clock.now();
        for _ in 0..self.calls {
            side.score(self.first, black_box(&mut self.out));
            self.first = (self.first + self.out.len()) % self.rows;
        }
        let scored = self.calls * self.out.len();
        self.slices.push((clock.now() - start).as_nanos() as f64 / scored as f64);
    }

    /// The slice that this share of all slices is faster than.
    fn at(&mut self, share: f64) -> f64 {
        self.slices.sort_unstable_by(f64::total_cmp);
        self.slices[(share * (self.slices.len() - 1) as f64) as usize]
    }

    fn time(mut self) -> Time {
        let median = self.at(0.5);
        Time { median, spread: (self.at(0.75) - self.at(0.25)) / median }
    }
}

impl Clock {
    fn now(self) -> Duration {
        let id = match self {
            Self::Thread => ClockId::ThreadCPUTime,
            Self::Wall => ClockId::Monotonic,
        };
        clock_gettime(id).try_into().expect("a clock that starts at 0 is not negative")
    }
}
