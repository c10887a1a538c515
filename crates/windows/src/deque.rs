//! The rows that can still be the least or greatest of a frame that ends where the deque ends, wherever it starts.

use std::collections::VecDeque;

use crate::{
    dictionary::Dictionary,
    mark::Mark,
    plan::{Bounds, Plan, Tail},
    rows::Rows,
    scan::{better, bits, range_bits},
};

/// A row that is better than all after it.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    value: i128,
    time: i64,
    rank: u64,
}

/// A monotone deque over the rows before `hi`, for frames that start at rank `floor` or after. Equal values keep
/// the latest.
#[derive(Clone, Debug, Default)]
pub struct Deque {
    candidates: VecDeque<Candidate>,
    hi: Mark,
    floor: u64,
    /// Where the widest frame of the previous reader started: a time or a rank.
    limit: i128,
}

impl Deque {
    /// The best value between two located marks: the outer `None` says that it must be computed otherwise, since the
    /// deque has gone past and what was there gave way to later rows. `widest` is where the reader's widest frame of
    /// this tail starts.
    pub fn best(
        &mut self,
        rows: &Rows,
        plan: &Plan,
        dictionary: &Dictionary,
        tail: &Tail,
        (lo, hi): (&Mark, &Mark),
        widest: i128,
    ) -> Option<Option<i128>> {
        if lo.rank < self.floor {
            return None;
        }
        if hi.rank > self.hi.rank {
            self.extend(rows, plan, dictionary, tail, hi);
        }
        self.shed(tail, widest);
        let at = match self.candidates.front() {
            Some(first) if first.rank >= lo.rank => 0,
            _ => self.candidates.partition_point(|candidate| candidate.rank < lo.rank),
        };
        let best = self.candidates.get(at);
        // The best up to the deque's end is the best of the frame if it is in it, though the frame ends before.
        if hi.rank < self.hi.rank && best.is_some_and(|best| best.rank >= hi.rank) {
            return None;
        }
        Some(best.map(|candidate| candidate.value))
    }

    fn extend(&mut self, rows: &Rows, plan: &Plan, dictionary: &Dictionary, tail: &Tail, hi: &Mark) {
        let lane = &plan.lanes[tail.lane];
        let from = rows.locate(self.hi);
        let mut rank = from.rank;
        let candidates = &mut self.candidates;
        rows.pieces(&from, hi, |piece, chunk| {
            let mask = lane.mask(chunk) & range_bits(piece.from, piece.to);
            for row in bits(mask) {
                let value = lane.rank(&plan.large, chunk, row);
                while let Some(last) = candidates.back() {
                    if better(Some(value), Some(last.value), tail.greatest, lane, dictionary) != Some(value) {
                        break;
                    }
                    candidates.pop_back();
                }
                let rank = rank + (row - piece.from) as u64;
                candidates.push_back(Candidate { value, time: chunk.time(row), rank });
            }
            rank += (piece.to - piece.from) as u64;
        });
        self.hi = *hi;
    }

    /// Drops candidates before the widest frames of this reader and of the previous one, so that one reader ahead of its
    /// time does not take them from the others.
    fn shed(&mut self, tail: &Tail, widest: i128) {
        let limit = self.limit.min(widest);
        self.limit = widest;
        while let Some(first) = self.candidates.front() {
            let gone = match tail.widest {
                Bounds::Range { .. } => i128::from(first.time) < limit,
                Bounds::Rows { .. } => i128::from(first.rank) < limit,
            };
            if !gone {
                return;
            }
            self.floor = first.rank + 1;
            self.candidates.pop_front();
        }
    }

    /// Takes in a late row, which is in its place already.
    pub fn insert_late(
        &mut self,
        rows: &Rows,
        plan: &Plan,
        dictionary: &Dictionary,
        tail: &Tail,
        row: &Mark,
    ) {
        if !self.hi.take_in(row) {
            return;
        }
        let at = self.candidates.partition_point(|candidate| candidate.rank < row.rank);
        self.candidates.range_mut(at..).for_each(|candidate| candidate.rank += 1);
        if row.rank < self.floor {
            self.floor += 1;
            return;
        }
        let (lane, chunk) = (&plan.lanes[tail.lane], rows.chunk(row));
        if lane.mask(chunk) >> row.row() & 1 == 0 {
            return;
        }
        let value = lane.rank(&plan.large, chunk, row.row());
        let beats = |one: i128, other: i128| {
            better(Some(one), Some(other), tail.greatest, lane, dictionary) == Some(one)
        };
        if self.candidates.get(at).is_some_and(|next| beats(next.value, value)) {
            return;
        }
        let beaten = self.candidates.range(..at).rev().take_while(|earlier| beats(value, earlier.value));
        let first = at - beaten.count();
        self.candidates.drain(first..at);
        self.candidates.insert(first, Candidate { value, time: chunk.time(row.row()), rank: row.rank });
    }

    /// Makes ready for the loss of all rows before `start`, which is a located mark.
    pub fn evict(&mut self, start: &Mark) {
        while self.candidates.front().is_some_and(|first| first.rank < start.rank) {
            self.candidates.pop_front();
        }
        self.floor = self.floor.max(start.rank);
        if self.hi.rank < start.rank {
            self.hi = *start;
        }
    }

    /// Reads some of the struct itself, only to have it fetched.
    #[inline]
    pub fn warm(&self) -> u64 {
        self.hi.rank ^ self.floor ^ self.candidates.len() as u64
    }

    /// Reads the first and the last candidate, only to have them fetched.
    #[inline]
    pub fn warm_ends(&self) -> u64 {
        let first = self.candidates.front().map_or(0, |candidate| candidate.rank);
        self.candidates.back().map_or(first, |candidate| candidate.rank ^ first)
    }

    /// Bytes beside the struct itself.
    pub fn heap_bytes(&self) -> usize {
        self.candidates.capacity() * size_of::<Candidate>()
    }
}
