//! What a frame far from every cursor is computed from: summaries of chunks and blocks, made when first asked for.

use crate::{
    chunk::{Chunk, Order, ROWS_MAX},
    dictionary::Dictionary,
    mark::Mark,
    meter,
    plan::{Plan, TallyPlan},
    rows::{CHUNKS_MAX, Piece, Rows},
    scan::{better, bits, count_first, extreme, range_bits},
    tally::Tally,
};

/// Frames of fewer rows are scanned: their summaries would cost more than they save.
const SCAN_ROWS: u64 = 4 * ROWS_MAX as u64;

/// Chunks next to each other whose rows' previous equal values are sorted together: few, so that a late row costs little.
const SORTED_CHUNKS: usize = 16;

/// Such groups of a block at most.
const GROUPS_MAX: usize = CHUNKS_MAX.div_ceil(SORTED_CHUNKS);

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
    /// For each distinct count and group of chunks, the sorted orders of the rows' previous equal values.
    previous: Vec<[Option<Vec<Order>>; GROUPS_MAX]>,
}

impl Cache {
    /// Says that a chunk has changed.
    pub fn forget(&mut self, chunk: usize) {
        self.valid &= !(1 << chunk);
        self.block_valid = false;
        self.previous.iter_mut().for_each(|previous| previous[chunk / SORTED_CHUNKS] = None);
    }

    pub fn bytes(&self) -> usize {
        let summaries = self.chunks.iter().chain(&self.block);
        let heap: usize = summaries.map(|summary| summary.tally.heap_bytes()).sum();
        let orders: usize = self.previous.iter().flatten().flatten().map(Vec::capacity).sum();
        size_of::<Self>()
            + self.previous.capacity() * size_of::<[Option<Vec<Order>>; GROUPS_MAX]>()
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
    /// A whole chunk of a block: their indices, that of the chunk counted in the block.
    Chunk(usize, usize),
    /// A whole block.
    Block(usize),
}

/// Splits the rows between two located marks into as few parts as possible.
pub fn parts(rows: &Rows, from: &Mark, to: &Mark, parts: &mut Vec<Part>) {
    parts.clear();
    let count = to.rank.saturating_sub(from.rank);
    if count < SCAN_ROWS {
        return rows.pieces(from, to, |piece, _| parts.push(Part::Rows(piece)));
    }
    let (mut chunk, mut row, mut rest) = (rows.index(from), from.row(), count as usize);
    let mut block = rows.block_of(chunk);
    let end = rows.index(to);
    while rest > 0 {
        let chunks = rows.block_chunks(block);
        if chunk == chunks.end {
            block += 1;
        } else if chunk == chunks.start && row == 0 && chunks.end <= end {
            parts.push(Part::Block(block));
            rest -= rows.chunks.range(chunks.clone()).map(Chunk::len).sum::<usize>();
            (chunk, block) = (chunks.end, block + 1);
        } else {
            let len = rest.min(rows.chunks[chunk].len() - row);
            if len == rows.chunks[chunk].len() {
                parts.push(Part::Chunk(block, chunk - chunks.start));
            } else if len > 0 {
                meter::visit(len);
                parts.push(Part::Rows(Piece { chunk, from: row, to: row + len }));
            }
            rest -= len;
            (chunk, row) = (chunk + 1, 0);
        }
    }
    meter::visit(parts.len());
}

/// Computes far from any cursor.
pub struct Detached<'a> {
    pub plan: &'a Plan,
    pub dictionary: &'a Dictionary,
    pub rows: &'a mut Rows,
}

impl Detached<'_> {
    /// Adds parts of the rows of a lane to a tally, or takes them away when `negative`.
    pub fn tally(&mut self, parts: &[Part], wanted: &TallyPlan, tally: &mut Tally, negative: bool) {
        let plan = self.plan;
        let lane = &plan.lanes[wanted.lane];
        for part in parts {
            match part {
                Part::Rows(piece) => {
                    let chunk = &self.rows.chunks[piece.chunk];
                    let mask = lane.mask(chunk) & range_bits(piece.from, piece.to);
                    tally.rows(wanted, lane, &plan.large, chunk, mask, negative);
                }
                Part::Chunk(block, chunk) => {
                    tally.merge(&self.chunk(*block, *chunk, wanted.lane).tally, wanted, negative)
                }
                Part::Block(block) => tally.merge(&self.block(*block, wanted.lane).tally, wanted, negative),
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
                    let chunk = &self.rows.chunks[piece.chunk];
                    let mask = lane.mask(chunk) & range_bits(piece.from, piece.to);
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
        let mut count = 0;
        let mut at = *from;
        let mut block = self.rows.block_of(self.rows.index(&at));
        while at.rank < to.rank {
            let (index, chunks) = (self.rows.index(&at), self.rows.block_chunks(block));
            if index == chunks.end {
                block += 1;
                continue;
            }
            let group = (index - chunks.start) / SORTED_CHUNKS;
            let start = chunks.start + group * SORTED_CHUNKS;
            let next_chunk = chunks.end.min(start + SORTED_CHUNKS);
            let next = self.rows.chunk_mark(next_chunk);
            let end = if next.rank < to.rank { next } else { *to };
            let is_whole = index == start && at.row() == 0 && end.rank == next.rank;
            // The last group changes with every row.
            if is_whole && next_chunk < self.rows.chunks.len() {
                count += self.first_in_group(block, group, lane_index, link, first);
            } else {
                self.rows.pieces(&at, &end, |piece, chunk| {
                    let mask = lane.mask(chunk) & range_bits(piece.from, piece.to);
                    count += count_first(&plan.large, link, chunk, mask, first);
                });
            }
            at = end;
        }
        count
    }

    fn first_in_group(&mut self, block: usize, group: usize, lane: usize, link: usize, first: Order) -> u64 {
        let plan = self.plan;
        let (cache, chunks) = self.rows.cache(block);
        cache.previous.resize(plan.links.len(), Default::default());
        let sorted = cache.previous[link][group].get_or_insert_with(|| {
            let mut orders = Vec::new();
            for chunk in chunks.skip(group * SORTED_CHUNKS).take(SORTED_CHUNKS) {
                let mask = plan.lanes[lane].mask(chunk);
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
        let (plan, dictionary) = (self.plan, self.dictionary);
        let (cache, mut chunks) = self.rows.cache(block);
        if cache.valid >> index & 1 == 1 {
            return;
        }
        let width = plan.summaries.len();
        if cache.chunks.is_empty() {
            cache.chunks.resize(CHUNKS_MAX * width, Summary::default());
        }
        cache.valid |= 1 << index;
        let chunk = chunks.nth(index).expect("the chunk is in the block");
        for (summary, wanted) in cache.chunks[index * width..].iter_mut().zip(&plan.summaries) {
            let lane = &plan.lanes[wanted.tally.lane];
            let mask = lane.mask(chunk);
            meter::visit(chunk.len());
            summary.tally.clear();
            summary.tally.rows(&wanted.tally, lane, &plan.large, chunk, mask, false);
            let best = |greatest| extreme(None, greatest, lane, dictionary, &plan.large, chunk, mask);
            summary.least = if wanted.least { best(false) } else { None };
            summary.greatest = if wanted.greatest { best(true) } else { None };
        }
    }

    fn fill_block(&mut self, block: usize) {
        if self.rows.blocks[block].cache.as_ref().is_some_and(|cache| cache.block_valid) {
            return;
        }
        let chunks = self.rows.block_chunks(block).len();
        (0..chunks).for_each(|chunk| self.fill_chunk(block, chunk));
        let (plan, dictionary) = (self.plan, self.dictionary);
        let width = plan.summaries.len();
        let (cache, _) = self.rows.cache(block);
        cache.block.resize(width, Summary::default());
        cache.block_valid = true;
        for (index, (summary, wanted)) in cache.block.iter_mut().zip(&plan.summaries).enumerate() {
            let lane = &plan.lanes[wanted.tally.lane];
            *summary = Summary::default();
            meter::visit(chunks);
            for chunk in cache.chunks.iter().skip(index).step_by(width).take(chunks) {
                summary.tally.merge(&chunk.tally, &wanted.tally, false);
                summary.least = better(summary.least, chunk.least, false, lane, dictionary);
                summary.greatest = better(summary.greatest, chunk.greatest, true, lane, dictionary);
            }
        }
    }

    /// The first row of a lane from a located mark on, before the rank `end`.
    pub fn first(&mut self, from: &Mark, end: u64, lane: usize) -> Option<Mark> {
        let plan = self.plan;
        let (mut index, mut row) = (self.rows.index(from), from.row());
        let mut rank = from.rank;
        while rank < end {
            if row == 0
                && let Some(chunks) = self.empty_block(index, lane)
                && index == chunks.start
            {
                index = chunks.end;
                rank = self.rows.chunk_mark(index).rank;
                continue;
            }
            let chunk = &self.rows.chunks[index];
            meter::visit(1);
            let mask = plan.lanes[lane].mask(chunk) & range_bits(row, ROWS_MAX);
            if mask != 0 {
                let rank = rank + (mask.trailing_zeros() as usize - row) as u64;
                return (rank < end).then(|| self.rows.at_rank(rank));
            }
            rank += (chunk.len() - row) as u64;
            (index, row) = (index + 1, 0);
        }
        None
    }

    /// The last row of a lane before a located mark, from the rank `start` on.
    pub fn last(&mut self, to: &Mark, start: u64, lane: usize) -> Option<Mark> {
        let plan = self.plan;
        let (mut index, mut row) = (self.rows.index(to), to.row());
        let mut rank = to.rank;
        while rank > start {
            if row == 0 {
                index -= 1;
                row = self.rows.chunks[index].len();
            }
            let chunk = &self.rows.chunks[index];
            if row == chunk.len()
                && let Some(chunks) = self.empty_block(index, lane)
                && index + 1 == chunks.end
            {
                (index, row) = (chunks.start, 0);
                rank = self.rows.chunk_mark(index).rank;
                continue;
            }
            let chunk = &self.rows.chunks[index];
            meter::visit(1);
            let mask = plan.lanes[lane].mask(chunk) & range_bits(0, row);
            if mask != 0 {
                let rank = rank - (row - (63 - mask.leading_zeros() as usize)) as u64;
                return (rank >= start).then(|| self.rows.at_rank(rank));
            }
            rank -= row as u64;
            row = 0;
        }
        None
    }

    /// The chunks of a chunk's block, if it is not the last, whose summary changes with every row, and has no row of
    /// the lane, which has a filter.
    fn empty_block(&mut self, chunk: usize, lane: usize) -> Option<std::ops::Range<usize>> {
        if self.plan.lanes[lane].is_every_row() {
            return None;
        }
        let block = self.rows.block_of(chunk);
        let is_empty = block + 1 < self.rows.blocks.len() && self.block(block, lane).tally.count == 0;
        is_empty.then(|| self.rows.block_chunks(block))
    }
}
