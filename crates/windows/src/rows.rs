//! The rows of a key with many rows: chunks in time order, and marks that point between two rows.

use std::collections::VecDeque;

use crate::{
    chunk::{Cell, Chunk, Layout, NEVER_AFTER, Order, ROWS_MAX},
    mark::Mark,
    meter,
    summary::Cache,
};

/// Chunks of a block at most.
pub const CHUNKS_MAX: usize = 32;

/// Chunks that a search from a mark tries before it starts from the top.
const NEAR_CHUNKS: usize = 2;

/// Rows in (event time, position) order, at least one but for a moment. A row's rank is its number in that order,
/// counted on when rows go at the front. No chunk is empty.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub chunks: VecDeque<Chunk>,
    /// For each chunk, its first row.
    firsts: VecDeque<First>,
    /// Chunks that went at the front: a chunk's number is its index and this.
    gone: u32,
    pub blocks: VecDeque<Block>,
    /// Whether a block may have a cache.
    cached: bool,
    start: u64,
    end: u64,
    /// Changes when a chunk is split, which takes rows to another one: a mark of an older shape is found again by its rank.
    shape: u64,
}

#[derive(Clone, Copy, Debug)]
struct First {
    rank: u64,
    time: i64,
}

/// Chunks next to each other that are summarised together.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The number of the first chunk.
    first: u32,
    pub cache: Option<Box<Cache>>,
}

/// Rows next to each other in one chunk.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
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
        &self.chunks[0]
    }

    /// The time of the last row.
    #[inline]
    pub fn last_time(&self) -> i64 {
        self.chunks[self.chunks.len() - 1].last_time()
    }

    /// The index of a mark's chunk.
    #[inline]
    pub const fn index(&self, mark: &Mark) -> usize {
        mark.chunk.wrapping_sub(self.gone) as usize
    }

    #[inline]
    pub fn chunk(&self, mark: &Mark) -> &Chunk {
        &self.chunks[self.index(mark)]
    }

    #[inline]
    pub fn chunk_mut(&mut self, mark: &Mark) -> &mut Chunk {
        let index = self.index(mark);
        &mut self.chunks[index]
    }

    /// The time of the row after the mark, which is not the end.
    #[inline]
    pub fn time(&self, mark: &Mark) -> i64 {
        self.chunk(mark).time(mark.row())
    }

    #[inline]
    const fn mark(&self, rank: u64, chunk: usize, row: usize) -> Mark {
        Mark { rank, shape: self.shape, chunk: self.gone.wrapping_add(chunk as u32), row: row as u8 }
    }

    /// Reads some of the struct itself, only to have it fetched.
    #[inline]
    pub fn warm(&self) -> u64 {
        self.shape ^ self.end ^ (self.chunks.len() ^ self.firsts.len() ^ self.blocks.len()) as u64
    }

    /// Reads some of the last chunk's header, only to have it fetched.
    #[inline]
    pub fn warm_end(&self) -> u64 {
        let last = self.chunks.back().map_or(0, |chunk| chunk.len() as u64);
        self.firsts.back().map_or(last, |first| first.rank ^ last)
    }

    /// Reads where the next row goes, only to have it fetched.
    #[inline]
    pub fn warm_row(&self) -> u64 {
        self.chunks.back().map_or(0, |chunk| chunk.warm(chunk.len()))
    }

    /// Reads what comes soon after a mark, only to have it fetched.
    #[inline]
    pub fn warm_after(&self, mark: &Mark) -> u64 {
        let index = self.index(mark);
        let Some(chunk) = self.chunks.get(index) else { return 0 };
        let next = chunk.warm_after(mark.row());
        let next = next.or_else(|| self.chunks.get(index + 1).map(|chunk| chunk.warm(0)));
        chunk.warm(mark.row()) ^ next.unwrap_or(0)
    }

    /// The mark after the last row.
    #[inline]
    pub fn end_mark(&self) -> Mark {
        let chunk = self.chunks.len() - 1;
        self.mark(self.end, chunk, self.chunks[chunk].len())
    }

    /// The mark before a chunk's first row.
    pub fn chunk_mark(&self, chunk: usize) -> Mark {
        match self.firsts.get(chunk) {
            Some(first) => self.mark(first.rank, chunk, 0),
            None => self.end_mark(),
        }
    }

    /// The mark with this rank, which is between `start` and `end`.
    pub fn at_rank(&self, rank: u64) -> Mark {
        if rank == self.end {
            return self.end_mark();
        }
        let chunk = self.firsts.partition_point(|first| first.rank <= rank) - 1;
        self.mark(rank, chunk, (rank - self.firsts[chunk].rank) as usize)
    }

    /// The first row that is not before `time`.
    pub fn at_time(&self, time: i64) -> Mark {
        let after = self.firsts.partition_point(|first| first.time < time);
        let Some(chunk) = after.checked_sub(1) else { return self.chunk_mark(0) };
        let len = self.chunks[chunk].len();
        let row = self.chunks[chunk].find(0..len, time);
        if row == len {
            return self.chunk_mark(after);
        }
        self.mark(self.firsts[chunk].rank + row as u64, chunk, row)
    }

    /// The same mark with a place that is valid now.
    #[inline]
    pub fn locate(&self, mark: Mark) -> Mark {
        if mark.shape != self.shape {
            return self.at_rank(mark.rank);
        }
        if mark.row() < self.chunk(&mark).len() || mark.rank == self.end {
            return mark;
        }
        Mark { chunk: mark.chunk.wrapping_add(1), row: 0, ..mark }
    }

    /// The first row that is not before `time`, looked for near a located mark first.
    #[inline]
    pub fn seek_time(&self, from: Mark, time: i64) -> Mark {
        let mut mark = from;
        for _ in 0..NEAR_CHUNKS {
            let chunk = self.chunk(&mark);
            let len = chunk.len();
            if mark.row() < len && chunk.time(mark.row()) < time {
                if chunk.last_time() >= time {
                    let row = chunk.find_near(mark.row() + 1, time);
                    return Mark { rank: mark.rank + (row - mark.row()) as u64, row: row as u8, ..mark };
                }
                mark = Mark { rank: mark.rank + (len - mark.row()) as u64, row: len as u8, ..mark };
                if mark.rank == self.end {
                    return mark;
                }
                mark = self.locate(mark);
            } else if mark.row() > 0 {
                if chunk.time(mark.row() - 1) < time {
                    return mark;
                }
                let row = chunk.find(0..mark.row() - 1, time);
                mark = Mark { rank: mark.rank - (mark.row() - row) as u64, row: row as u8, ..mark };
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
        self.at_time(time)
    }

    /// A mark at a chunk's start as one after the end of the chunk before.
    fn before_chunk(&self, mark: &Mark) -> Option<Mark> {
        let chunk = self.index(mark).checked_sub(1)?;
        Some(self.mark(mark.rank, chunk, self.chunks[chunk].len()))
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
        let end =
            if mark.row > 0 { *mark } else { self.before_chunk(mark).expect("the mark is not the start") };
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
        let (mut chunk, mut row) = (self.index(from), from.row());
        let mut rest = to.rank.saturating_sub(from.rank) as usize;
        while rest > 0 {
            let current = &self.chunks[chunk];
            let len = rest.min(current.len() - row);
            if len > 0 {
                meter::visit(len);
                visit(Piece { chunk, from: row, to: row + len }, current);
            }
            rest -= len;
            (chunk, row) = (chunk + 1, 0);
        }
    }

    /// Puts a row after all rows of its time or before, and returns its mark.
    #[inline]
    pub fn insert(&mut self, layout: &Layout, time: i64, cells: &[Cell], wide: bool) -> Mark {
        if self.chunks.is_empty() {
            self.open_chunk(layout, time, wide);
        } else if self.last_time() > time {
            return self.insert_late(layout, time, cells, wide);
        } else if self.chunks[self.chunks.len() - 1].len() == ROWS_MAX {
            self.open_chunk(layout, time, wide);
        }
        let at = self.end_mark();
        self.place(layout, &at, time, cells, wide);
        at
    }

    fn place(&mut self, layout: &Layout, at: &Mark, time: i64, cells: &[Cell], wide: bool) {
        let index = self.index(at);
        let chunk = &mut self.chunks[index];
        if chunk.len() == chunk.capacity() || wide && !chunk.is_wide() {
            make_room(chunk, layout, wide);
        }
        chunk.insert(layout, at.row(), time, cells);
        self.end += 1;
        self.touch(at);
    }

    /// A new chunk at the end, for a first row of this time.
    fn open_chunk(&mut self, layout: &Layout, time: i64, wide: bool) {
        let capacity = if self.len() < 8 * ROWS_MAX { 16 } else { ROWS_MAX };
        let number = self.gone.wrapping_add(self.chunks.len() as u32);
        let full = |block: &Block| number.wrapping_sub(block.first) as usize >= CHUNKS_MAX;
        if self.blocks.back().is_none_or(full) {
            self.blocks.push_back(Block { first: number, cache: None });
        }
        self.chunks.push_back(Chunk::new(layout, capacity, wide));
        self.firsts.push_back(First { rank: self.end, time });
    }

    fn insert_late(&mut self, layout: &Layout, time: i64, cells: &[Cell], wide: bool) -> Mark {
        let mut at = self.at_time(time + 1);
        if at.row() == 0
            && let Some(before) = self.before_chunk(&at)
            && before.row() < ROWS_MAX
        {
            at = before;
        } else if self.chunk(&at).len() == ROWS_MAX {
            self.split(layout, self.index(&at));
            at = self.at_rank(at.rank);
        }
        self.place(layout, &at, time, cells, wide);
        let index = self.index(&at);
        if at.row() == 0 {
            self.firsts[index].time = time;
        }
        self.firsts.range_mut(index + 1..).for_each(|first| first.rank += 1);
        at
    }

    /// Splits a full chunk in two, and its block if that is full too.
    fn split(&mut self, layout: &Layout, index: usize) {
        const HALF: usize = ROWS_MAX / 2;
        self.shape += 1;
        let chunk = &self.chunks[index];
        let right = chunk.copy(layout, HALF..ROWS_MAX, layout, HALF + 8, chunk.is_wide());
        let left = chunk.copy(layout, 0..HALF, layout, HALF + 8, chunk.is_wide());
        let first = First { rank: self.firsts[index].rank + HALF as u64, time: right.time(0) };
        self.chunks[index] = left;
        self.chunks.insert(index + 1, right);
        self.firsts.insert(index + 1, first);
        let block = self.block_of(index);
        self.blocks[block].cache = None;
        for later in self.blocks.range_mut(block + 1..) {
            later.first = later.first.wrapping_add(1);
        }
        let chunks = self.block_chunks(block);
        if chunks.len() > CHUNKS_MAX {
            let first = self.gone.wrapping_add((chunks.start + CHUNKS_MAX / 2) as u32);
            self.blocks.insert(block + 1, Block { first, cache: None });
        }
    }

    /// The index of the block of a chunk.
    pub fn block_of(&self, chunk: usize) -> usize {
        let first = |block: &Block| block.first.wrapping_sub(self.gone) as usize;
        self.blocks.partition_point(|block| first(block) <= chunk) - 1
    }

    /// The indices of a block's chunks.
    pub fn block_chunks(&self, block: usize) -> std::ops::Range<usize> {
        let first = |block: &Block| block.first.wrapping_sub(self.gone) as usize;
        first(&self.blocks[block])..self.blocks.get(block + 1).map_or(self.chunks.len(), first)
    }

    /// A block's cache, made if need be, and its chunks.
    pub fn cache(&mut self, block: usize) -> (&mut Cache, impl Iterator<Item = &Chunk>) {
        self.cached = true;
        let chunks = self.block_chunks(block);
        (self.blocks[block].cache.get_or_insert_default(), self.chunks.range(chunks))
    }

    /// Forgets what is cached about a chunk.
    pub fn touch(&mut self, mark: &Mark) {
        if self.cached {
            let chunk = self.index(mark);
            let block = self.block_of(chunk);
            let first = self.block_chunks(block).start;
            if let Some(cache) = &mut self.blocks[block].cache {
                cache.forget(chunk - first);
            }
        }
    }

    /// How many chunks at the front have only rows before `time`, and the rank after them. Rows of one time go
    /// together, since a row's order counts them.
    pub fn expired(&self, time: i64) -> (usize, u64) {
        let (mut count, mut rank) = (0, self.start);
        let (mut whole, mut last) = ((0, self.start), self.first_chunk().time(0));
        for chunk in &self.chunks {
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
        let chunk = self.chunks.pop_front().expect("there is a chunk to take");
        self.firsts.pop_front();
        self.start += chunk.len() as u64;
        self.gone = self.gone.wrapping_add(1);
        if self.blocks.get(1).is_some_and(|next| next.first == self.gone) {
            self.blocks.pop_front();
        } else {
            self.blocks[0] = Block { first: self.gone, cache: None };
        }
        chunk
    }

    /// Bytes of the rows with their chunks' headers, and of links and cached summaries.
    pub fn bytes(&self, layout: &Layout) -> (usize, usize) {
        let mut rows =
            self.chunks.capacity() * size_of::<Chunk>() + self.firsts.capacity() * size_of::<First>();
        let caches = self.blocks.iter().flat_map(|block| &block.cache).map(|cache| cache.bytes());
        let mut structures = self.blocks.capacity() * size_of::<Block>() + caches.sum::<usize>();
        for chunk in &self.chunks {
            let (all, links) = chunk.bytes(layout);
            rows += all - links;
            structures += links;
        }
        (rows, structures)
    }
}

/// Gives a chunk room for one more row, which may have a wide decimal.
#[cold]
fn make_room(chunk: &mut Chunk, layout: &Layout, wide: bool) {
    let full = chunk.len() == chunk.capacity();
    let capacity = match chunk.capacity() {
        capacity if !full => capacity,
        capacity @ ..32 => 2 * capacity,
        capacity @ 32..48 => capacity + 8,
        _ => ROWS_MAX,
    };
    *chunk = chunk.copy(layout, 0..chunk.len(), layout, capacity, chunk.is_wide() || wide);
}
