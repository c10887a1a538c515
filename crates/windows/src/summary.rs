//! What a frame far from every cursor is computed from: summaries of chunks and blocks, made when first asked for.

use crate::{
    chunk::{Order, ROWS_MAX},
    dictionary::Dictionary,
    meter,
    plan::{Plan, TallyPlan},
    rows::{CHUNKS_MAX, Mark, Piece, Rows},
    scan::{better, bits, extreme, range_bits},
    tally::Tally,
};

/// Frames of fewer rows are scanned: their summaries would cost more than they save.
const SCAN_ROWS: u64 = 4 * ROWS_MAX as u64;

/// What is kept of one lane's rows in a chunk or a block.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub tally: Tally,
    least: Option<i128>,
    greatest: Option<i128>,
}

/// Summaries of a block and its chunks, of each lane of `Plan::summaries`.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    chunks: Vec<Summary>,
    /// A bit for each chunk whose summaries are right.
    valid: u64,
    block: Vec<Summary>,
    block_valid: bool,
    /// For each distinct count, the sorted orders of the rows' previous equal values.
    previous: Vec<Option<Vec<Order>>>,
}

impl Cache {
    /// Says that a chunk has changed.
    pub fn forget(&mut self, chunk: usize) {
        self.valid &= !(1 << chunk);
        self.block_valid = false;
        self.previous.iter_mut().for_each(|previous| *previous = None);
    }

    pub fn bytes(&self) -> usize {
        let summaries = self.chunks.iter().chain(&self.block);
        let heap: usize = summaries.map(|summary| summary.tally.heap_bytes()).sum();
        let orders: usize = self.previous.iter().flatten().map(Vec::capacity).sum();
        size_of::<Self>()
            + (self.chunks.capacity() + self.block.capacity()) * size_of::<Summary>()
            + heap
            + orders * size_of::<Order>()
    }
}

/// What is summarised of a lane.
#[derive(Clone, Copy, Debug)]
pub struct SummaryPlan {
    pub tally: TallyPlan,
    pub least: bool,
    pub greatest: bool,
}

/// A part of a range of rows.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Rows of one chunk.
    Rows(Piece),
    /// A whole chunk of a block.
    Chunk(usize, usize),
    /// A whole block.
    Block(usize),
}

/// Splits the rows between two located marks into as few parts as possible.
pub fn parts(rows: &Rows, from: &Mark, to: &Mark, parts: &mut Vec<Part>) {
    parts.clear();
    let scanned = to.rank.saturating_sub(from.rank) < SCAN_ROWS;
    if scanned {
        return rows.pieces(from, to, |piece, _| parts.push(Part::Rows(piece)));
    }
    let last = (to.block(), to.chunk());
    let (mut block, mut chunk, mut row) = (from.block(), from.chunk(), from.row());
    while (block, chunk) <= last && block < rows.blocks.len() {
        let chunks = &rows.blocks[block].chunks;
        if chunk == chunks.len() {
            (block, chunk) = (block + 1, 0);
        } else if chunk == 0 && row == 0 && block < to.block() {
            parts.push(Part::Block(block));
            block += 1;
        } else {
            let len = chunks[chunk].len();
            let end = if (block, chunk) == last { to.row() } else { len };
            if row == 0 && end == len {
                parts.push(Part::Chunk(block, chunk));
            } else if row < end {
                parts.push(Part::Rows(Piece { block, chunk, from: row, to: end }));
            }
            (chunk, row) = (chunk + 1, 0);
        }
    }
    meter::visit(parts.len());
    for part in parts {
        if let Part::Rows(piece) = part {
            meter::visit(piece.to - piece.from);
        }
    }
}

/// Computes far from any cursor.
pub struct Detached<'a> {
    pub plan: &'a Plan,
    pub dictionary: &'a Dictionary,
    pub rows: &'a mut Rows,
}

impl Detached<'_> {
    /// Sums of a lane over parts of the rows.
    pub fn tally(&mut self, parts: &[Part], wanted: &TallyPlan, tally: &mut Tally) {
        tally.clear();
        let plan = self.plan;
        let lane = &plan.lanes[wanted.lane];
        for part in parts {
            match part {
                Part::Rows(piece) => {
                    let chunk = &self.rows.blocks[piece.block].chunks[piece.chunk];
                    let mask = lane.mask(&plan.large, chunk) & range_bits(piece.from, piece.to);
                    tally.rows(wanted, lane, &plan.large, chunk, mask, false);
                }
                Part::Chunk(block, chunk) => tally.merge(&self.chunk(*block, *chunk, wanted.lane).tally),
                Part::Block(block) => tally.merge(&self.block(*block, wanted.lane).tally),
            }
        }
    }

    /// The least or greatest value of a lane in parts of the rows.
    pub fn extreme(&mut self, parts: &[Part], lane_index: usize, greatest: bool) -> Option<i128> {
        let (plan, dictionary) = (self.plan, self.dictionary);
        let lane = &plan.lanes[lane_index];
        let mut best = None;
        for part in parts {
            let summary = match part {
                Part::Rows(piece) => {
                    let chunk = &self.rows.blocks[piece.block].chunks[piece.chunk];
                    let mask = lane.mask(&plan.large, chunk) & range_bits(piece.from, piece.to);
                    best = extreme(best, greatest, lane, dictionary, &plan.large, chunk, mask);
                    continue;
                }
                Part::Chunk(block, chunk) => self.chunk(*block, *chunk, lane_index),
                Part::Block(block) => self.block(*block, lane_index),
            };
            let other = if greatest { summary.greatest } else { summary.least };
            best = better(best, other, greatest, lane, dictionary);
        }
        best
    }

    /// The number of different values of a lane between two located marks.
    pub fn distinct(&mut self, from: &Mark, to: &Mark, lane_index: usize) -> u64 {
        let plan = self.plan;
        let lane = &plan.lanes[lane_index];
        let link = lane.link.expect("the plan links the lanes that it counts");
        let first = self.rows.order(from);
        let last_block = self.rows.blocks.len() - 1;
        let mut count = 0;
        let (mut block, mut at) = (from.block(), *from);
        while at.rank < to.rank {
            let next = self.rows.blocks.get(block + 1).map_or(self.rows.end(), |block| block.first);
            let whole = at.rank == self.rows.blocks[block].first && next <= to.rank && block < last_block;
            let end = if next < to.rank { self.rows.at_rank(next) } else { *to };
            if whole {
                count += self.first_in_block(block, lane_index, link, first);
            } else {
                self.rows.pieces(&at, &end, |piece, chunk| {
                    let mask = lane.mask(&plan.large, chunk) & range_bits(piece.from, piece.to);
                    count += crate::scan::count_first(&plan.large, link, chunk, mask, first);
                });
            }
            (block, at) = (block + 1, end);
        }
        count
    }

    fn first_in_block(&mut self, block: usize, lane: usize, link: usize, first: Order) -> u64 {
        let (plan, block) = (self.plan, &mut self.rows.blocks[block]);
        let cache = block.cache.get_or_insert_default();
        cache.previous.resize(plan.links.len(), None);
        let sorted = cache.previous[link].get_or_insert_with(|| {
            let mut orders = Vec::new();
            for chunk in &block.chunks {
                let mask = plan.lanes[lane].mask(&plan.large, chunk);
                meter::visit(chunk.len());
                orders.extend(bits(mask).map(|row| chunk.previous(&plan.large, link, row)));
            }
            orders.sort_unstable();
            orders
        });
        meter::visit(sorted.len().max(1).ilog2() as usize + 1);
        sorted.partition_point(|order| *order < first) as u64
    }

    fn chunk(&mut self, block: usize, chunk: usize, lane: usize) -> &Summary {
        self.fill_chunk(block, chunk);
        let index = self.plan.summary(lane);
        let width = self.plan.summaries.len();
        let cache = self.rows.blocks[block].cache.as_ref().expect("it was filled");
        &cache.chunks[chunk * width + index]
    }

    fn block(&mut self, block: usize, lane: usize) -> &Summary {
        self.fill_block(block);
        let cache = self.rows.blocks[block].cache.as_ref().expect("it was filled");
        &cache.block[self.plan.summary(lane)]
    }

    fn fill_chunk(&mut self, block: usize, index: usize) {
        let (plan, block) = (self.plan, &mut self.rows.blocks[block]);
        let cache = block.cache.get_or_insert_default();
        if cache.valid >> index & 1 == 1 {
            return;
        }
        let width = plan.summaries.len();
        if cache.chunks.is_empty() {
            cache.chunks.resize(CHUNKS_MAX * width, Summary::default());
        }
        cache.valid |= 1 << index;
        let chunk = &block.chunks[index];
        for (summary, wanted) in cache.chunks[index * width..].iter_mut().zip(&plan.summaries) {
            let lane = &plan.lanes[wanted.tally.lane];
            let mask = lane.mask(&plan.large, chunk);
            meter::visit(chunk.len());
            summary.tally.clear();
            summary.tally.rows(&wanted.tally, lane, &plan.large, chunk, mask, false);
            let best = |greatest| extreme(None, greatest, lane, self.dictionary, &plan.large, chunk, mask);
            summary.least = if wanted.least { best(false) } else { None };
            summary.greatest = if wanted.greatest { best(true) } else { None };
        }
    }

    fn fill_block(&mut self, block: usize) {
        if self.rows.blocks[block].cache.as_ref().is_some_and(|cache| cache.block_valid) {
            return;
        }
        let chunks = self.rows.blocks[block].chunks.len();
        (0..chunks).for_each(|chunk| self.fill_chunk(block, chunk));
        let plan = self.plan;
        let width = plan.summaries.len();
        let cache = self.rows.blocks[block].cache.as_mut().expect("it was filled");
        cache.block.resize(width, Summary::default());
        cache.block_valid = true;
        for (index, (summary, wanted)) in cache.block.iter_mut().zip(&plan.summaries).enumerate() {
            let lane = &plan.lanes[wanted.tally.lane];
            *summary = Summary::default();
            meter::visit(chunks);
            for chunk in cache.chunks.iter().skip(index).step_by(width).take(chunks) {
                summary.tally.merge(&chunk.tally);
                summary.least = better(summary.least, chunk.least, false, lane, self.dictionary);
                summary.greatest = better(summary.greatest, chunk.greatest, true, lane, self.dictionary);
            }
        }
    }

    /// The first row of a lane from a located mark on, before the rank `end`.
    pub fn first(&mut self, from: &Mark, end: u64, lane: usize) -> Option<Mark> {
        let plan = self.plan;
        let mut at = *from;
        while at.rank < end {
            if at.row() == 0 && at.chunk() == 0 && self.is_empty_block(at.block(), lane) {
                let next = self.rows.blocks.get(at.block() + 1).map_or(end, |block| block.first);
                at = self.rows.at_rank(next);
                continue;
            }
            let chunk = self.rows.chunk(&at);
            meter::visit(1);
            let mask = plan.lanes[lane].mask(&plan.large, chunk) & range_bits(at.row(), ROWS_MAX);
            if mask != 0 {
                let rank = at.rank + (mask.trailing_zeros() as usize - at.row()) as u64;
                return (rank < end).then(|| self.rows.at_rank(rank));
            }
            at = self.rows.at_rank(at.rank + (chunk.len() - at.row()) as u64);
        }
        None
    }

    /// The last row of a lane before a located mark, from the rank `start` on.
    pub fn last(&mut self, to: &Mark, start: u64, lane: usize) -> Option<Mark> {
        let plan = self.plan;
        let mut end = *to;
        while end.rank > start {
            let at = self.rows.before(&end);
            let block = &self.rows.blocks[at.block()];
            let whole =
                at.chunk() + 1 == block.chunks.len() && at.row() + 1 == block.chunks[at.chunk()].len();
            if whole && self.is_empty_block(at.block(), lane) {
                let first = self.rows.blocks[at.block()].first;
                end = self.rows.at_rank(first.max(start));
                continue;
            }
            let chunk = self.rows.chunk(&at);
            meter::visit(1);
            let mask = plan.lanes[lane].mask(&plan.large, chunk) & range_bits(0, at.row() + 1);
            if mask != 0 {
                let back = at.row() - (63 - mask.leading_zeros() as usize);
                let rank = at.rank - back as u64;
                return (rank >= start).then(|| self.rows.at_rank(rank));
            }
            end = self.rows.at_rank(at.rank - at.row() as u64);
        }
        None
    }

    /// Whether a block other than the last, whose summary changes with every row, has no row of the lane.
    fn is_empty_block(&mut self, block: usize, lane: usize) -> bool {
        block + 1 < self.rows.blocks.len()
            && !self.plan.lanes[lane].is_every_row()
            && self.block(block, lane).tally.count == 0
    }
}
