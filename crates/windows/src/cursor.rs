//! A frame that slides: where it stands on a key's rows and the exact sums and distinct counts of what is inside.

use crate::{
    dictionary::Dictionary,
    meter,
    plan::{Group, Plan},
    rows::{Mark, Rows},
    scan::{count_first, count_last, range_bits},
    summary::{Detached, Part, parts},
    tally::Tally,
};

/// A cursor walks to a frame whose edges are at most this many rows away, forwards or backwards. What is farther is
/// computed from summaries.
const WALK_ROWS: u64 = 64;

/// Sums and distinct counts of a frame, in the order of its group.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    pub tallies: Box<[Tally]>,
    pub distincts: Box<[u64]>,
}

impl Totals {
    pub fn new(group: &Group) -> Self {
        Self {
            tallies: vec![Tally::default(); group.tallies.len()].into(),
            distincts: vec![0; group.distincts.len()].into(),
        }
    }
}

/// One frame of one key.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    pub lo: Mark,
    pub hi: Mark,
    pub totals: Totals,
    /// Whether the totals are those between the marks.
    placed: bool,
    /// The ranks of the last frame that was too far to walk to.
    far: (u64, u64),
}

/// Memory that a computation far from the cursor uses.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub parts: Vec<Part>,
    pub totals: Totals,
}

impl Cursor {
    pub fn new(group: &Group) -> Self {
        Self { totals: Totals::new(group), ..Self::default() }
    }

    /// Gives the totals between two located marks, from the cursor itself or in `scratch`. A single far frame (a late
    /// or future reader) leaves the cursor where the others want it; a second one near it takes it there.
    pub fn totals<'a>(
        &'a mut self,
        rows: &mut Rows,
        plan: &Plan,
        dictionary: &Dictionary,
        group: &Group,
        (lo, hi): (Mark, Mark),
        scratch: &'a mut Scratch,
    ) -> &'a Totals {
        let distance = |from: (u64, u64)| from.0.abs_diff(lo.rank) + from.1.abs_diff(hi.rank);
        let stateless = group.tallies.is_empty() && group.distincts.is_empty();
        if stateless || self.placed && distance((self.lo.rank, self.hi.rank)) <= WALK_ROWS {
            if !stateless {
                self.walk(rows, plan, group, lo, hi);
            }
            (self.lo, self.hi) = (lo, hi);
            return &self.totals;
        }
        let Scratch { parts: list, totals } = scratch;
        if totals.tallies.len() != group.tallies.len() || totals.distincts.len() != group.distincts.len() {
            *totals = Totals::new(group);
        }
        parts(rows, &lo, &hi, list);
        let mut detached = Detached { plan, dictionary, rows };
        for (wanted, tally) in group.tallies.iter().zip(&mut totals.tallies) {
            detached.tally(list, wanted, tally);
        }
        for (lane, count) in group.distincts.iter().zip(&mut totals.distincts) {
            *count = detached.distinct(&lo, &hi, *lane);
        }
        if !self.placed || distance(self.far) <= WALK_ROWS {
            self.totals.clone_from(totals);
            (self.lo, self.hi, self.placed) = (lo, hi, true);
            return &self.totals;
        }
        self.far = (lo.rank, hi.rank);
        &scratch.totals
    }

    /// Moves to other located marks, widening before narrowing so that the frame is never inside out.
    fn walk(&mut self, rows: &Rows, plan: &Plan, group: &Group, lo: Mark, hi: Mark) {
        if (self.lo.rank, self.hi.rank) == (lo.rank, hi.rank) {
            return;
        }
        let (from, to) = (rows.locate(self.lo), rows.locate(self.hi));
        let mut step = Step { rows, plan, group, totals: &mut self.totals };
        let low = if lo.rank < from.rank { lo } else { from };
        let high = if hi.rank > to.rank { hi } else { to };
        if low.rank < from.rank {
            step.front(&low, &from, &to, false);
        }
        if high.rank > to.rank {
            step.back(&to, &high, &low, false);
        }
        if lo.rank > low.rank {
            step.front(&low, &lo, &high, true);
        }
        if hi.rank < high.rank {
            step.back(&hi, &high, &lo, true);
        }
    }

    /// Takes in a late row, which is in its place already: `row` is its mark.
    pub fn insert_late(&mut self, rows: &Rows, plan: &Plan, group: &Group, row: &Mark) {
        let rank = row.rank;
        if self.hi.rank <= rank {
            return;
        }
        self.hi.rank += 1;
        if self.lo.rank > rank {
            self.lo.rank += 1;
        } else if self.placed {
            let next = rows.seek_rank(*row, rank + 1);
            let hi = rows.locate(self.hi);
            let lo = rows.locate(self.lo);
            let mut step = Step { rows, plan, group, totals: &mut self.totals };
            step.tallies(row, &next, false);
            step.inner_distincts(row, &lo, &hi);
        }
    }

    /// Makes ready for the loss of all rows before `start`, which is a located mark.
    pub fn evict(&mut self, rows: &Rows, plan: &Plan, group: &Group, start: &Mark) {
        if self.hi.rank <= start.rank {
            self.placed = false;
            (self.lo, self.hi) = (*start, *start);
        } else if self.lo.rank < start.rank {
            let hi = rows.locate(self.hi);
            if self.placed {
                let lo = rows.locate(self.lo);
                Step { rows, plan, group, totals: &mut self.totals }.front(&lo, start, &hi, true);
            }
            (self.lo, self.hi) = (*start, hi);
        }
    }

    /// Bytes beside the struct itself.
    pub fn heap_bytes(&self) -> usize {
        let Totals { tallies, distincts } = &self.totals;
        size_of_val(&**tallies)
            + size_of_val(&**distincts)
            + tallies.iter().map(Tally::heap_bytes).sum::<usize>()
    }
}

/// One move of one edge.
struct Step<'a> {
    rows: &'a Rows,
    plan: &'a Plan,
    group: &'a Group,
    totals: &'a mut Totals,
}

impl Step<'_> {
    fn tallies(&mut self, from: &Mark, to: &Mark, leave: bool) {
        let (plan, group, totals) = (self.plan, self.group, &mut *self.totals);
        self.rows.pieces(from, to, |piece, chunk| {
            for (wanted, tally) in group.tallies.iter().zip(&mut totals.tallies) {
                let lane = &plan.lanes[wanted.lane];
                let mask = lane.mask(chunk) & range_bits(piece.from, piece.to);
                if mask != 0 {
                    tally.rows(wanted, lane, &plan.large, chunk, mask, leave);
                }
            }
        });
    }

    /// Rows at the front enter or leave; the frame ends at `end`.
    fn front(&mut self, from: &Mark, to: &Mark, end: &Mark, leave: bool) {
        self.tallies(from, to, leave);
        if self.group.distincts.is_empty() {
            return;
        }
        let end = self.rows.order(end);
        self.distincts(from, to, leave, |plan, link, chunk, mask| {
            count_last(&plan.large, link, chunk, mask, end)
        });
    }

    /// Rows at the back enter or leave; the frame starts at `start`.
    fn back(&mut self, from: &Mark, to: &Mark, start: &Mark, leave: bool) {
        self.tallies(from, to, leave);
        if self.group.distincts.is_empty() {
            return;
        }
        let first = self.rows.order(start);
        self.distincts(from, to, leave, |plan, link, chunk, mask| {
            count_first(&plan.large, link, chunk, mask, first)
        });
    }

    fn distincts(
        &mut self,
        from: &Mark,
        to: &Mark,
        leave: bool,
        count: impl Fn(&Plan, usize, &crate::chunk::Chunk, u64) -> u64,
    ) {
        let (plan, totals) = (self.plan, &mut *self.totals);
        for (lane, total) in self.group.distincts.iter().zip(&mut totals.distincts) {
            let lane = &plan.lanes[*lane];
            let link = lane.link.expect("the plan links the lanes that it counts");
            let mut changed = 0;
            self.rows.pieces(from, to, |piece, chunk| {
                let mask = lane.mask(chunk) & range_bits(piece.from, piece.to);
                changed += count(plan, link, chunk, mask);
            });
            *total = if leave { *total - changed } else { *total + changed };
        }
    }

    /// A row enters between both edges: its value is new if no equal one is inside.
    fn inner_distincts(&mut self, row: &Mark, lo: &Mark, hi: &Mark) {
        if self.group.distincts.is_empty() {
            return;
        }
        let (first, end) = (self.rows.order(lo), self.rows.order(hi));
        let (plan, chunk) = (self.plan, self.rows.chunk(row));
        for (lane, total) in self.group.distincts.iter().zip(&mut self.totals.distincts) {
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
