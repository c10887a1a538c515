//! The number of different values in a frame that slides: where the frame stands, and its counts.

use crate::{
    chunk::Chunk,
    dictionary::Dictionary,
    edge::WALK_ROWS,
    mark::Mark,
    meter,
    plan::{DistinctPlan, Plan},
    rows::Rows,
    scan::{count_first, count_last, range_bits},
    summary::Detached,
};

/// One frame of one key.
#[derive(Clone, Debug)]
pub struct Cursor {
    lo: Mark,
    hi: Mark,
    /// One for each lane of the plan.
    counts: Box<[u64]>,
    /// Whether the counts are those between the marks.
    placed: bool,
    /// The ranks of the last frame that was too far to walk to.
    far: (u64, u64),
}

impl Cursor {
    pub fn new(wanted: &DistinctPlan) -> Self {
        Self {
            lo: Mark::default(),
            hi: Mark::default(),
            counts: vec![0; wanted.lanes.len()].into(),
            placed: false,
            far: (0, 0),
        }
    }

    /// The number of different values of a lane between two located marks. A single far frame (of a late or future
    /// reader) leaves the cursor where the others want it; a second one near it takes it there.
    pub fn count(
        &mut self,
        rows: &mut Rows,
        plan: &Plan,
        dictionary: &Dictionary,
        wanted: &DistinctPlan,
        slot: usize,
        (lo, hi): (&Mark, &Mark),
    ) -> u64 {
        let distance = |from: (u64, u64)| from.0.abs_diff(lo.rank) + from.1.abs_diff(hi.rank);
        if self.placed && distance((self.lo.rank, self.hi.rank)) <= WALK_ROWS {
            self.walk(rows, plan, wanted, lo, hi);
            (self.lo, self.hi) = (*lo, *hi);
            return self.counts[slot];
        }
        let mut detached = Detached { plan, dictionary, rows };
        if self.placed && distance(self.far) > WALK_ROWS {
            self.far = (lo.rank, hi.rank);
            return detached.distinct(lo, hi, wanted.lanes[slot]);
        }
        for (lane, count) in wanted.lanes.iter().zip(&mut self.counts) {
            *count = detached.distinct(lo, hi, *lane);
        }
        (self.lo, self.hi, self.placed) = (*lo, *hi, true);
        self.counts[slot]
    }

    /// Moves to other located marks, widening before narrowing so that the frame is never inside out.
    fn walk(&mut self, rows: &Rows, plan: &Plan, wanted: &DistinctPlan, lo: &Mark, hi: &Mark) {
        if (self.lo.rank, self.hi.rank) == (lo.rank, hi.rank) {
            return;
        }
        let (from, to) = (rows.locate(self.lo), rows.locate(self.hi));
        let mut step = Step { rows, plan, wanted, counts: &mut self.counts };
        let low = if lo.rank < from.rank { lo } else { &from };
        let high = if hi.rank > to.rank { hi } else { &to };
        if low.rank < from.rank {
            step.front(low, &from, &to, false);
        }
        if high.rank > to.rank {
            step.back(&to, high, low, false);
        }
        if lo.rank > low.rank {
            step.front(low, lo, high, true);
        }
        if hi.rank < high.rank {
            step.back(hi, high, lo, true);
        }
    }

    /// Takes in a late row, which is in its place already: `row` is its mark.
    pub fn insert_late(&mut self, rows: &Rows, plan: &Plan, wanted: &DistinctPlan, row: &Mark) {
        let (is_after_lo, is_before_hi) = (!self.lo.take_in(row), self.hi.take_in(row));
        if is_after_lo && is_before_hi && self.placed {
            let (lo, hi) = (rows.locate(self.lo), rows.locate(self.hi));
            Step { rows, plan, wanted, counts: &mut self.counts }.inside(row, &lo, &hi);
        }
    }

    /// Makes ready for the loss of all rows before `start`, which is a located mark.
    pub fn evict(&mut self, rows: &Rows, plan: &Plan, wanted: &DistinctPlan, start: &Mark) {
        if self.hi.rank <= start.rank {
            self.placed = false;
            (self.lo, self.hi) = (*start, *start);
        } else if self.lo.rank < start.rank {
            let hi = rows.locate(self.hi);
            if self.placed {
                let lo = rows.locate(self.lo);
                Step { rows, plan, wanted, counts: &mut self.counts }.front(&lo, start, &hi, true);
            }
            (self.lo, self.hi) = (*start, hi);
        }
    }

    /// Reads some of the struct itself, only to have it fetched.
    #[inline]
    pub const fn warm(&self) -> u64 {
        self.lo.rank ^ self.hi.rank ^ self.far.0
    }

    /// Reads the counts, only to have them fetched.
    #[inline]
    pub fn warm_counts(&self) -> u64 {
        self.counts.first().copied().unwrap_or(0)
    }

    /// Bytes beside the struct itself.
    pub const fn heap_bytes(&self) -> usize {
        size_of_val(&*self.counts)
    }
}

/// One move of one edge.
struct Step<'a> {
    rows: &'a Rows,
    plan: &'a Plan,
    wanted: &'a DistinctPlan,
    counts: &'a mut [u64],
}

impl Step<'_> {
    /// Rows at the front enter or leave; the frame ends at `end`.
    fn front(&mut self, from: &Mark, to: &Mark, end: &Mark, leave: bool) {
        let end = self.rows.order(end);
        self.change(from, to, leave, |plan, link, chunk, mask| {
            count_last(&plan.large, link, chunk, mask, end)
        });
    }

    /// Rows at the back enter or leave; the frame starts at `start`.
    fn back(&mut self, from: &Mark, to: &Mark, start: &Mark, leave: bool) {
        let first = self.rows.order(start);
        self.change(from, to, leave, |plan, link, chunk, mask| {
            count_first(&plan.large, link, chunk, mask, first)
        });
    }

    fn change(
        &mut self,
        from: &Mark,
        to: &Mark,
        leave: bool,
        count: impl Fn(&Plan, usize, &Chunk, u64) -> u64,
    ) {
        let (plan, wanted, counts) = (self.plan, self.wanted, &mut *self.counts);
        self.rows.pieces(from, to, |piece, chunk| {
            for (lane, total) in wanted.lanes.iter().zip(&mut *counts) {
                let lane = &plan.lanes[*lane];
                let link = lane.link.expect("the plan links the lanes that it counts");
                let mask = lane.mask(chunk) & range_bits(piece.from, piece.to);
                let changed = count(plan, link, chunk, mask);
                *total = if leave { *total - changed } else { *total + changed };
            }
        });
    }

    /// A row enters between both edges: its value is new if no equal one is inside.
    fn inside(&mut self, row: &Mark, lo: &Mark, hi: &Mark) {
        let (first, end) = (self.rows.order(lo), self.rows.order(hi));
        let (plan, chunk) = (self.plan, self.rows.chunk(row));
        for (lane, total) in self.wanted.lanes.iter().zip(&mut *self.counts) {
            let lane = &plan.lanes[*lane];
            let link = lane.link.expect("the plan links the lanes that it counts");
            if lane.mask(chunk) >> row.row() & 1 == 0 {
                continue;
            }
            meter::visit(1);
            let previous = chunk.previous(&plan.large, link, row.row());
            let next = chunk.next(&plan.large, link, row.row());
            *total += u64::from(previous < first && next >= end);
        }
    }
}
