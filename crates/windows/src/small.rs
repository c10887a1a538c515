//! A key with few rows: one chunk, scanned for every reader.

use types::Column;

use crate::{
    chunk::Chunk,
    dictionary::Dictionary,
    lane::Lane,
    meter, output,
    plan::{Answer, Bounds, Output, Plan, ReadPlan, Scan},
    scan::{bits, extreme, range_bits},
    tally::Tally,
};

/// Rows of a scanned key at most.
pub const ROWS_MAX: usize = 32;

/// A reader of a key with few rows on its turn.
pub struct Reader<'a> {
    pub plan: &'a Plan,
    pub dictionary: &'a Dictionary,
    pub time: i64,
    /// Whether the reader's own row is in the chunk.
    pub own: bool,
    /// The end of what it sees.
    pub now: usize,
    pub scratch: &'a mut Scratch,
}

/// Reused memory.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    frames: Vec<(usize, usize)>,
    tally: Tally,
}

/// Appends to `outputs` what the reader sees.
pub fn read(chunk: &Chunk, reader: &mut Reader<'_>, reads: &ReadPlan, outputs: &mut [Column]) {
    reader.scratch.frames.clear();
    for visit in &reads.visits {
        let bounds = reader.plan.groups[visit.group].bounds;
        let (lo, mut hi) = frame(chunk, reader, bounds);
        if visit.exclude_current && reader.own && bounds.reaches_current() && hi > lo {
            hi -= 1;
        }
        reader.scratch.frames.push((lo, hi));
    }
    for scan in &reads.scans {
        scan_lane(chunk, reader, scan, outputs);
    }
}

/// The rows of a frame.
fn frame(chunk: &Chunk, reader: &Reader<'_>, bounds: Bounds) -> (usize, usize) {
    let (time, now) = (reader.time, reader.now);
    match bounds {
        Bounds::Range { end, start } => {
            let hi =
                if end == 0 { now } else { chunk.find(0..now, time.saturating_sub(end).saturating_add(1)) };
            (chunk.find(0..hi, time.saturating_sub(start)), hi)
        }
        Bounds::Rows { end, start } => {
            let back = |ranks: u64| now.saturating_sub(usize::try_from(ranks).unwrap_or(usize::MAX));
            let fresh = chunk.find(0..now, time.saturating_sub(reader.plan.spec.key_horizon));
            let lo = back(start.saturating_add(1)).max(fresh);
            (lo, back(end).max(lo))
        }
    }
}

/// A lane of a chunk, and what is wanted of it.
struct Source<'a> {
    plan: &'a Plan,
    dictionary: &'a Dictionary,
    lane: &'a Lane,
    scan: &'a Scan,
    chunk: &'a Chunk,
    mask: u64,
}

/// Results of a lane over a frame that widens at its front.
struct Running<'a> {
    lo: usize,
    hi: usize,
    tally: &'a mut Tally,
    least: Option<i128>,
    greatest: Option<i128>,
}

fn scan_lane(chunk: &Chunk, reader: &mut Reader<'_>, scan: &Scan, outputs: &mut [Column]) {
    let (plan, dictionary) = (reader.plan, reader.dictionary);
    let lane = &plan.lanes[scan.lane];
    let source = Source { plan, dictionary, lane, scan, chunk, mask: lane.mask(chunk) };
    let repeats = scan.distinct.then(|| Repeats::new(&source));
    let Scratch { frames, tally } = &mut *reader.scratch;
    tally.clear();
    let mut running = Running { lo: usize::MAX, hi: usize::MAX, tally, least: None, greatest: None };
    for (visit, wanted) in &scan.frames {
        let (lo, hi) = frames[*visit];
        running.widen(&source, lo, hi);
        for output in wanted {
            let column = &mut outputs[output.column];
            match output.reading.answer {
                Answer::Distinct(..) => {
                    let repeats = repeats.as_ref().expect("the plan says that the lane is counted");
                    output::count(column, repeats.distinct(source.mask & range_bits(lo, hi), hi));
                }
                _ => running.write(&source, output, column),
            }
        }
    }
}

impl Running<'_> {
    /// Goes on to a frame, from the last one if that is its end.
    fn widen(&mut self, source: &Source<'_>, lo: usize, hi: usize) {
        let Source { plan, dictionary, lane, scan, chunk, mask } = source;
        let end = if hi == self.hi && lo <= self.lo {
            self.lo
        } else {
            self.tally.clear();
            (self.least, self.greatest) = (None, None);
            hi
        };
        (self.lo, self.hi) = (lo, hi);
        let mask = mask & range_bits(lo, end);
        if mask == 0 {
            return;
        }
        meter::visit(mask.count_ones() as usize);
        if let Some(wanted) = &scan.tally {
            self.tally.rows(wanted, lane, &plan.small, chunk, mask, false);
        }
        if scan.least {
            self.least = extreme(self.least, false, lane, dictionary, &plan.small, chunk, mask);
        }
        if scan.greatest {
            self.greatest = extreme(self.greatest, true, lane, dictionary, &plan.small, chunk, mask);
        }
    }

    /// Appends a result over the frame.
    fn write(&self, source: &Source<'_>, output: &Output, column: &mut Column) {
        let Source { plan, dictionary, lane, chunk, mask, .. } = source;
        match output.reading.answer {
            Answer::Rows => output::count(column, (self.hi - self.lo) as u64),
            Answer::Tally { .. } => self.tally.write(&output.reading, lane, column),
            Answer::Extreme(tail) => {
                let best = if plan.tails[tail].greatest { self.greatest } else { self.least };
                output::rank(column, dictionary, best);
            }
            Answer::Distinct(..) => unreachable!("the caller counts them"),
            Answer::First | Answer::Last => {
                let inside = mask & range_bits(self.lo, self.hi);
                let row = match output.reading.answer {
                    Answer::First => inside.trailing_zeros(),
                    _ => 63_u32.wrapping_sub(inside.leading_zeros()),
                };
                let row = (inside != 0).then_some((*chunk, row as usize));
                output::value(column, dictionary, &plan.small, lane, row);
            }
        }
    }
}

/// For each row of a lane, the next row with the same value.
struct Repeats {
    next: [u8; ROWS_MAX],
}

impl Repeats {
    fn new(source: &Source<'_>) -> Self {
        let identity = |row| source.lane.identity(&source.plan.small, source.chunk, row);
        if source.chunk.is_wide() {
            return Self::of(source.mask, identity);
        }
        Self::of(source.mask, |row| identity(row) as u64)
    }

    fn of<T: Copy + Default + PartialEq>(mask: u64, value: impl Fn(usize) -> T) -> Self {
        let mut values = [T::default(); ROWS_MAX];
        let mut rows = [0_u8; ROWS_MAX];
        let mut next = [u8::MAX; ROWS_MAX];
        for (count, row) in bits(mask).enumerate() {
            let value = value(row);
            if let Some(same) = values[..count].iter().rposition(|other| *other == value) {
                next[usize::from(rows[same])] = row as u8;
            }
            (values[count], rows[count]) = (value, row as u8);
        }
        Self { next }
    }

    fn distinct(&self, inside: u64, hi: usize) -> u64 {
        bits(inside).map(|row| u64::from(usize::from(self.next[row]) >= hi)).sum()
    }
}
