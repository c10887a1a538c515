//! The rows of a key with many rows: chunks in blocks in time order, and marks that point between two rows.

use std::collections::VecDeque;

use crate::{
    chunk::{Cell, Chunk, Layout, NEVER_AFTER, Order, ROWS_MAX},
    meter,
    summary::Cache,
};

/// Chunks of a block at most.
pub const CHUNKS_MAX: usize = 32;

/// Chunks that a search from a mark tries before it starts from the top.
const NEAR_CHUNKS: usize = 2;

/// A run of chunks with its cached summaries. No chunk is empty and no block is.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub chunks: Vec<Chunk>,
    /// The rank of its first row.
    pub first: u64,
    pub cache: Option<Box<Cache>>,
}

impl Block {
    fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    fn last_time(&self) -> i64 {
        self.chunks[self.chunks.len() - 1].last_time()
    }
}

/// Rows in (event time, position) order, at least one. A row's rank is its number in that order, counted on when
/// rows go at the front.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub blocks: VecDeque<Block>,
    start: u64,
    end: u64,
    /// Changes when a row's place changes.
    shape: u64,
}

/// A place between rows: before the row with this rank. Where that row is, is cached while the shape lasts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    pub rank: u64,
    shape: u64,
    block: u32,
    chunk: u8,
    row: u8,
}

impl Mark {
    pub const fn block(&self) -> usize {
        self.block as usize
    }

    pub const fn chunk(&self) -> usize {
        self.chunk as usize
    }

    pub const fn row(&self) -> usize {
        self.row as usize
    }

    /// The mark after this row, in the same chunk.
    pub const fn after(self) -> Self {
        Self { rank: self.rank + 1, row: self.row + 1, ..self }
    }
}

/// Rows next to each other in one chunk.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    pub block: usize,
    pub chunk: usize,
    pub from: usize,
    pub to: usize,
}

impl Rows {
    /// The rank of the first row.
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// The rank after the last row.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Number of rows.
    pub const fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// The chunk of the first row.
    pub fn first_chunk(&self) -> &Chunk {
        &self.blocks[0].chunks[0]
    }

    /// The time of the last row.
    pub fn last_time(&self) -> i64 {
        self.blocks[self.blocks.len() - 1].last_time()
    }

    pub fn chunk(&self, mark: &Mark) -> &Chunk {
        &self.blocks[mark.block()].chunks[mark.chunk()]
    }

    pub fn chunk_mut(&mut self, mark: &Mark) -> &mut Chunk {
        &mut self.blocks[mark.block()].chunks[mark.chunk()]
    }

    /// The time of the row after the mark, which is not the end.
    pub fn time(&self, mark: &Mark) -> i64 {
        self.chunk(mark).time(mark.row())
    }

    const fn mark(&self, rank: u64, block: usize, chunk: usize, row: usize) -> Mark {
        Mark { rank, shape: self.shape, block: block as u32, chunk: chunk as u8, row: row as u8 }
    }

    /// The mark after the last row.
    pub fn end_mark(&self) -> Mark {
        let block = self.blocks.len() - 1;
        let chunk = self.blocks[block].chunks.len() - 1;
        self.mark(self.end, block, chunk, self.blocks[block].chunks[chunk].len())
    }

    /// The mark with this rank, which is between `start` and `end`.
    pub fn at_rank(&self, rank: u64) -> Mark {
        if rank == self.end {
            return self.end_mark();
        }
        let block = self.blocks.partition_point(|block| block.first <= rank) - 1;
        let mut row = (rank - self.blocks[block].first) as usize;
        let mut chunk = 0;
        while row >= self.blocks[block].chunks[chunk].len() {
            row -= self.blocks[block].chunks[chunk].len();
            chunk += 1;
        }
        self.mark(rank, block, chunk, row)
    }

    /// The first row that is not before `time`.
    pub fn at_time(&self, time: i64) -> Mark {
        let block = self.blocks.partition_point(|block| block.last_time() < time);
        if block == self.blocks.len() {
            return self.end_mark();
        }
        let Block { chunks, first, .. } = &self.blocks[block];
        let chunk = chunks.partition_point(|chunk| chunk.last_time() < time);
        let before: usize = chunks[..chunk].iter().map(Chunk::len).sum();
        let row = chunks[chunk].find(0..chunks[chunk].len(), time);
        self.mark(first + (before + row) as u64, block, chunk, row)
    }

    /// Whether the mark's place is valid now.
    pub const fn is_current(&self, mark: &Mark) -> bool {
        mark.shape == self.shape
    }

    /// The same mark with a place that is valid now.
    #[inline]
    pub fn locate(&self, mark: Mark) -> Mark {
        if mark.shape != self.shape {
            return self.at_rank(mark.rank);
        }
        let block = &self.blocks[mark.block()];
        if mark.row() < block.chunks[mark.chunk()].len() || mark.rank == self.end {
            return mark;
        }
        if mark.chunk() + 1 < block.chunks.len() {
            self.mark(mark.rank, mark.block(), mark.chunk() + 1, 0)
        } else {
            self.mark(mark.rank, mark.block() + 1, 0, 0)
        }
    }

    /// The first row that is not before `time`, looked for near a located mark first.
    #[inline]
    pub fn seek_time(&self, from: Mark, time: i64) -> Mark {
        let mut mark = from;
        for _ in 0..NEAR_CHUNKS {
            let chunk = self.chunk(&mark);
            let len = chunk.len();
            if mark.row() < len && chunk.time(mark.row()) < time {
                if chunk.time(len - 1) >= time {
                    let row = chunk.find(mark.row() + 1..len, time);
                    mark.rank += (row - mark.row()) as u64;
                    mark.row = row as u8;
                    return mark;
                }
                mark.rank += (len - mark.row()) as u64;
                mark.row = len as u8;
                mark = self.locate(mark);
                if mark.rank == self.end {
                    return mark;
                }
            } else if mark.row() > 0 {
                if chunk.time(mark.row() - 1) < time {
                    return mark;
                }
                let row = chunk.find(0..mark.row() - 1, time);
                mark.rank -= (mark.row() - row) as u64;
                mark.row = row as u8;
                if row > 0 {
                    return mark;
                }
            } else {
                let Some(before) = self.before_chunk(&mark) else { return mark };
                if self.chunk(&before).last_time() < time {
                    return mark;
                }
                mark = before;
            }
        }
        if mark.row() > 0 && mark.rank < self.end {
            let chunk = self.chunk(&mark);
            if chunk.time(mark.row() - 1) < time && chunk.time(mark.row()) >= time {
                return mark;
            }
        }
        self.at_time(time)
    }

    /// The end of the chunk before a mark at a chunk's start, as a mark into that chunk.
    fn before_chunk(&self, mark: &Mark) -> Option<Mark> {
        let (block, chunk) = match (mark.block(), mark.chunk()) {
            (0, 0) => return None,
            (block, 0) => (block - 1, self.blocks[block - 1].chunks.len() - 1),
            (block, chunk) => (block, chunk - 1),
        };
        Some(self.mark(mark.rank, block, chunk, self.blocks[block].chunks[chunk].len()))
    }

    /// The mark with this rank, found from a located one if both are in one chunk.
    #[inline]
    pub fn seek_rank(&self, from: Mark, rank: u64) -> Mark {
        let row = from.row() as i64 + rank.wrapping_sub(from.rank) as i64;
        if row >= 0 && row < self.chunk(&from).len() as i64 {
            return Mark { rank, row: row as u8, ..from };
        }
        self.at_rank(rank)
    }

    /// The row before a located mark that is not the start.
    #[inline]
    pub fn before(&self, mark: &Mark) -> Mark {
        if mark.row > 0 {
            return Mark { rank: mark.rank - 1, row: mark.row - 1, ..*mark };
        }
        let end = self.before_chunk(mark).expect("the mark is not the start");
        Mark { rank: mark.rank - 1, row: end.row - 1, ..end }
    }

    /// How many rows of the same time come before the row after the mark.
    pub fn tie(&self, mark: &Mark) -> u32 {
        if mark.rank == self.start {
            return 0;
        }
        let time = self.time(mark);
        if self.time(&self.before(mark)) != time {
            return 0;
        }
        u32::try_from(mark.rank - self.at_time(time).rank).expect("a key holds fewer than 2^32 rows")
    }

    /// The order of the row after a located mark; the greatest one at the end.
    pub fn order(&self, mark: &Mark) -> Order {
        if mark.rank == self.end {
            return (NEVER_AFTER, 0);
        }
        (self.time(mark), self.tie(mark))
    }

    /// The row with this order, if it is there.
    pub fn find(&self, (time, tie): Order) -> Option<Mark> {
        let first = self.at_time(time);
        if tie == 0 {
            return (first.rank < self.end && self.time(&first) == time).then_some(first);
        }
        let rank = first.rank + u64::from(tie);
        if rank >= self.end {
            return None;
        }
        let mark = self.seek_rank(first, rank);
        (self.time(&mark) == time).then_some(mark)
    }

    /// Calls `visit` with the rows between two located marks, chunk by chunk.
    #[inline]
    pub fn pieces(&self, from: &Mark, to: &Mark, mut visit: impl FnMut(Piece, &Chunk)) {
        if from.rank >= to.rank {
            return;
        }
        let (mut block, mut chunk, mut row) = (from.block(), from.chunk(), from.row());
        loop {
            let last = (block, chunk) == (to.block(), to.chunk());
            let current = &self.blocks[block].chunks[chunk];
            let end = if last { to.row() } else { current.len() };
            if row < end {
                meter::visit(end - row);
                visit(Piece { block, chunk, from: row, to: end }, current);
            }
            if last {
                return;
            }
            (chunk, row) = (chunk + 1, 0);
            if chunk == self.blocks[block].chunks.len() {
                (block, chunk) = (block + 1, 0);
                if block == self.blocks.len() {
                    return;
                }
            }
        }
    }

    /// Forgets what is cached about a chunk.
    pub fn touch(&mut self, mark: &Mark) {
        if let Some(cache) = &mut self.blocks[mark.block()].cache {
            cache.forget(mark.chunk());
        }
    }

    /// Puts a row after all rows of its time or before, and returns its mark.
    pub fn insert(&mut self, layout: &Layout, time: i64, cells: &[Cell], wide: bool) -> Mark {
        if self.blocks.is_empty() {
            self.blocks.push_back(Block { chunks: vec![Chunk::new(layout, 8, wide)], ..Block::default() });
        } else if self.last_time() > time {
            return self.insert_late(layout, time, cells, wide);
        }
        let mut at = self.end_mark();
        if self.chunk(&at).len() == ROWS_MAX {
            at = self.open_chunk(layout, wide);
        }
        self.make_room(layout, &at, wide);
        self.chunk_mut(&at).insert(layout, at.row(), time, cells);
        self.touch(&at);
        self.end += 1;
        at
    }

    /// A new chunk at the end.
    fn open_chunk(&mut self, layout: &Layout, wide: bool) -> Mark {
        let capacity = if self.len() < 8 * ROWS_MAX { 16 } else { ROWS_MAX };
        let last = self.blocks.len() - 1;
        let chunk = Chunk::new(layout, capacity, wide);
        if self.blocks[last].chunks.len() < CHUNKS_MAX {
            self.blocks[last].chunks.push(chunk);
        } else {
            self.blocks.push_back(Block { chunks: vec![chunk], first: self.end, cache: None });
        }
        self.end_mark()
    }

    /// Gives a chunk, which is not full, room for one more row.
    fn make_room(&mut self, layout: &Layout, at: &Mark, wide: bool) {
        let chunk = self.chunk_mut(at);
        let full = chunk.len() == chunk.capacity();
        if !full && (chunk.is_wide() || !wide) {
            return;
        }
        let capacity = match chunk.capacity() {
            capacity if !full => capacity,
            capacity @ ..32 => 2 * capacity,
            capacity @ 32..48 => capacity + 8,
            _ => ROWS_MAX,
        };
        *chunk = chunk.copy(layout, 0..chunk.len(), layout, capacity, chunk.is_wide() || wide);
    }

    fn insert_late(&mut self, layout: &Layout, time: i64, cells: &[Cell], wide: bool) -> Mark {
        let mut at = self.at_time(time + 1);
        if self.chunk(&at).len() == ROWS_MAX {
            self.split(layout, &at);
            at = self.at_rank(at.rank);
        }
        self.make_room(layout, &at, wide);
        self.chunk_mut(&at).insert(layout, at.row(), time, cells);
        self.touch(&at);
        self.end += 1;
        self.shape += 1;
        for block in self.blocks.iter_mut().skip(at.block() + 1) {
            block.first += 1;
        }
        at.shape = self.shape;
        at
    }

    /// Splits a full chunk in two, and its block if that is full too.
    fn split(&mut self, layout: &Layout, at: &Mark) {
        self.shape += 1;
        let block = &mut self.blocks[at.block()];
        block.cache = None;
        let chunk = &block.chunks[at.chunk()];
        let half = ROWS_MAX / 2;
        let right = chunk.copy(layout, half..ROWS_MAX, layout, half + 8, chunk.is_wide());
        let left = chunk.copy(layout, 0..half, layout, half + 8, chunk.is_wide());
        block.chunks[at.chunk()] = left;
        block.chunks.insert(at.chunk() + 1, right);
        if block.chunks.len() > CHUNKS_MAX {
            let chunks = block.chunks.split_off(CHUNKS_MAX / 2);
            let first = block.first + block.len() as u64;
            self.blocks.insert(at.block() + 1, Block { chunks, first, cache: None });
        }
    }

    /// How many chunks at the front have only rows before `time`, and the rank after them. Rows of one time go
    /// together, since a row's order counts them.
    pub fn expired(&self, time: i64) -> (usize, u64) {
        let (mut count, mut rank) = (0, self.start);
        let (mut whole, mut last) = ((0, self.start), self.first_chunk().time(0));
        for chunk in self.blocks.iter().flat_map(|block| &block.chunks) {
            if chunk.time(0) > last {
                whole = (count, rank);
            }
            last = chunk.last_time();
            if last >= time {
                return whole;
            }
            count += 1;
            rank += chunk.len() as u64;
        }
        (count, rank)
    }

    /// Takes the first chunk away.
    pub fn pop_front(&mut self) -> Chunk {
        self.shape += 1;
        let block = &mut self.blocks[0];
        block.cache = None;
        let chunk = block.chunks.remove(0);
        self.start += chunk.len() as u64;
        block.first = self.start;
        if block.chunks.is_empty() {
            self.blocks.pop_front();
        }
        chunk
    }

    /// Bytes of the chunks with their headers, and of the cached summaries.
    pub fn bytes(&self) -> (usize, usize) {
        let mut bytes = self.blocks.capacity() * size_of::<Block>();
        let mut caches = 0;
        for block in &self.blocks {
            bytes += block.chunks.capacity() * size_of::<Chunk>();
            bytes += block.chunks.iter().map(Chunk::bytes).sum::<usize>();
            caches += block.cache.as_ref().map_or(0, |cache| cache.bytes());
        }
        (bytes, caches)
    }
}
