//! A key with many rows: its rows, and everything that is kept so that a frame costs the same whatever its length.

use types::Column;

use crate::{
    chunk::{Cell, Chunk},
    deque::Deque,
    dictionary::Dictionary,
    distinct::Cursor,
    edge::{Edges, Scratch},
    links::{Seen, Ties},
    mark::Mark,
    output,
    plan::{Answer, Bound, Bounds, NOW, Output, Plan, ReadPlan},
    rows::Rows,
    summary::{Detached, parts},
};

/// Rows and structures of one key.
#[derive(Clone, Debug)]
pub struct Large {
    pub rows: Rows,
    edges: Edges,
    cursors: Box<[Cursor]>,
    deques: Box<[Deque]>,
    seen: Box<[Seen]>,
}

/// A reader on its turn.
pub struct Reader<'a> {
    pub plan: &'a Plan,
    pub dictionary: &'a Dictionary,
    pub time: i64,
    /// The reader's own row, if it is in the timeline.
    pub own: Option<Mark>,
    /// The end of what it sees: after its own row, or after all rows of its time or before.
    pub now: Mark,
    pub scratch: &'a mut Scratch,
}

impl Large {
    pub fn new(plan: &Plan) -> Self {
        Self {
            rows: Rows::default(),
            edges: Edges::new(plan),
            cursors: plan.distincts.iter().map(Cursor::new).collect(),
            deques: vec![Deque::default(); plan.tails.len()].into(),
            seen: vec![Seen::default(); plan.links.len()].into(),
        }
    }

    /// Puts a row after all rows of its time or before, and returns its mark.
    #[inline]
    pub fn insert(&mut self, plan: &Plan, dictionary: &Dictionary, time: i64, cells: &[Cell]) -> Mark {
        let wide = plan.needs_wide(cells);
        let end = self.rows.end();
        let row = self.rows.insert(&plan.large, time, cells, wide);
        if !self.seen.is_empty() {
            let order = self.rows.order(&row);
            for (link, seen) in self.seen.iter_mut().enumerate() {
                seen.insert(&mut self.rows, plan, link, &row, order);
            }
        }
        if row.rank < end {
            self.insert_late(plan, dictionary, &row);
        }
        row
    }

    #[cold]
    fn insert_late(&mut self, plan: &Plan, dictionary: &Dictionary, row: &Mark) {
        self.edges.insert_late(&self.rows, plan, row);
        for (cursor, wanted) in self.cursors.iter_mut().zip(&plan.distincts) {
            cursor.insert_late(&self.rows, plan, wanted, row);
        }
        for (deque, tail) in self.deques.iter_mut().zip(&plan.tails) {
            deque.insert_late(&self.rows, plan, dictionary, tail, row);
        }
    }

    /// Drops chunks with only rows before `before`, each through `dropped`.
    pub fn evict(
        &mut self,
        plan: &Plan,
        dictionary: &Dictionary,
        before: i64,
        mut dropped: impl FnMut(Chunk),
    ) {
        let (chunks, start) = self.rows.expired(before);
        if chunks == 0 {
            return;
        }
        let mark = self.rows.at_rank(start);
        self.edges.evict(&mut self.rows, plan, dictionary, &mark);
        for (cursor, wanted) in self.cursors.iter_mut().zip(&plan.distincts) {
            cursor.evict(&self.rows, plan, wanted, &mark);
        }
        self.deques.iter_mut().for_each(|deque| deque.evict(&mark));
        let mut ties = Ties::default();
        for _ in 0..chunks {
            let chunk = self.rows.pop_front();
            for (link, seen) in self.seen.iter_mut().enumerate() {
                seen.evict(plan, link, &chunk, ties);
            }
            (0..chunk.len()).for_each(|row| _ = ties.next(chunk.time(row)));
            dropped(chunk);
        }
    }

    /// Reads some of the struct itself, only to have it fetched.
    #[inline]
    pub fn warm(&self) -> u64 {
        let parts = self.cursors.len() ^ self.deques.len() ^ self.seen.len();
        self.rows.warm() ^ self.edges.warm() ^ parts as u64
    }

    /// Reads some of each structure, only to have it fetched.
    #[inline]
    pub fn warm_parts(&self) -> u64 {
        let cursors = self.cursors.iter().fold(0, |sum, cursor| sum ^ cursor.warm());
        let deques = self.deques.iter().fold(0, |sum, deque| sum ^ deque.warm());
        let seen = self.seen.iter().fold(0, |sum, seen| sum ^ seen.warm());
        self.rows.warm_end() ^ self.edges.warm_parts() ^ cursors ^ deques ^ seen
    }

    /// Reads what the structures use next: the rows that the edges come to, the ends of the deques, where the values of
    /// the row that enters were seen last. Only to have it fetched.
    #[inline]
    pub fn warm_ends(&self, plan: &Plan, cells: &[Cell]) -> u64 {
        let cursors = self.cursors.iter().fold(0, |sum, cursor| sum ^ cursor.warm_counts());
        let deques = self.deques.iter().fold(0, |sum, deque| sum ^ deque.warm_ends());
        let mut seen = 0;
        if !cells.is_empty() {
            for (link, table) in self.seen.iter().enumerate() {
                seen ^= table.warm_value(&plan.lanes[plan.links[link]], cells);
            }
        }
        self.rows.warm_row() ^ self.edges.warm_rows(&self.rows) ^ cursors ^ deques ^ seen
    }

    /// The end of what a reader at `time` without a row of its own sees.
    pub fn now(&self, time: i64) -> Mark {
        let next = time.saturating_add(1);
        self.rows.seek_time(self.rows.end_mark(), next)
    }

    /// Appends to `outputs` what the reader sees.
    pub fn read(&mut self, reader: &mut Reader<'_>, reads: &ReadPlan, outputs: &mut [Column]) {
        reader.scratch.prepare(reader.plan);
        for edge in &reads.edges {
            let mark = self.bound(reader, *edge);
            self.place(reader, *edge, &mark);
        }
        let mut now = None;
        for visit in &reads.visits {
            let group = &reader.plan.groups[visit.group];
            let end = match reader.own {
                Some(own) if visit.exclude_current => own,
                _ => reader.now,
            };
            if group.hi == NOW && now != Some(end.rank) {
                now = Some(end.rank);
                self.place(reader, NOW, &end);
            }
            let (lo, hi) = (reader.scratch.marks[group.lo], reader.scratch.marks[group.hi]);
            for output in &visit.outputs {
                self.output(reader, output, &lo, &hi, &mut outputs[output.column]);
            }
        }
    }

    fn place(&mut self, reader: &mut Reader<'_>, edge: usize, mark: &Mark) {
        let Reader { plan, dictionary, scratch, .. } = reader;
        self.edges.place(&mut self.rows, plan, dictionary, edge, mark, scratch);
    }

    /// Where an edge is for the reader.
    fn bound(&self, reader: &Reader<'_>, edge: usize) -> Mark {
        let (rows, time, now) = (&self.rows, reader.time, reader.now.rank);
        let from = rows.locate(*self.edges.mark(edge));
        match reader.plan.edges[edge].bound {
            Bound::Now => reader.now,
            Bound::From(start) => rows.seek_time(from, time.saturating_sub(start)),
            Bound::Until(end) => rows.seek_time(from, time.saturating_sub(end).saturating_add(1)),
            Bound::FromRank(start) => {
                let first = now.saturating_sub(start.saturating_add(1)).max(rows.start());
                let lo = rows.seek_rank(from, first);
                let horizon = time.saturating_sub(reader.plan.spec.key_horizon);
                if lo.rank < now && rows.time(&lo) < horizon { rows.seek_time(lo, horizon) } else { lo }
            }
            Bound::UntilRank(end) => rows.seek_rank(from, now.saturating_sub(end).max(rows.start())),
        }
    }

    /// Appends one result over the rows between two located marks, of which the first may be after the second.
    #[inline]
    fn output(
        &mut self,
        reader: &mut Reader<'_>,
        output: &Output,
        lo: &Mark,
        hi: &Mark,
        column: &mut Column,
    ) {
        let (plan, dictionary) = (reader.plan, reader.dictionary);
        let reading = &output.reading;
        if lo.rank >= hi.rank {
            return output::empty(column, output);
        }
        match reading.answer {
            Answer::Rows => output::count(column, hi.rank - lo.rank),
            Answer::Tally { lo, hi } => {
                let group = &plan.groups[reading.group];
                let mut result = std::mem::take(&mut reader.scratch.result);
                let high = self.edges.tally(reader.scratch, group.hi, hi);
                let low = self.edges.tally(reader.scratch, group.lo, lo);
                result.difference(high, low, reading.function);
                result.write(reading, &plan.lanes[reading.lane], column);
                reader.scratch.result = result;
            }
            Answer::Distinct(index, slot) => {
                let (cursor, wanted) = (&mut self.cursors[index], &plan.distincts[index]);
                let count = cursor.count(&mut self.rows, plan, dictionary, wanted, slot, (lo, hi));
                output::count(column, count);
            }
            Answer::Extreme(tail) => {
                let best = self.extreme(reader, tail, lo, hi);
                output::rank(column, dictionary, best);
            }
            Answer::First | Answer::Last => self.edge_value(reader, output, lo, hi, column),
        }
    }

    /// The least or greatest value between two located marks.
    fn extreme(&mut self, reader: &mut Reader<'_>, index: usize, lo: &Mark, hi: &Mark) -> Option<i128> {
        let (plan, dictionary) = (reader.plan, reader.dictionary);
        let tail = &plan.tails[index];
        let widest = match tail.widest {
            Bounds::Range { start, .. } => i128::from(reader.time) - i128::from(start),
            Bounds::Rows { start, .. } => i128::from(reader.now.rank) - 1 - i128::from(start),
        };
        let best = self.deques[index].best(&self.rows, plan, dictionary, tail, (lo, hi), widest);
        best.unwrap_or_else(|| {
            let list = &mut reader.scratch.parts;
            parts(&self.rows, lo, hi, list);
            Detached { plan, dictionary, rows: &mut self.rows }.extreme(list, tail.lane, tail.greatest)
        })
    }

    /// Appends the value of the first or last row between two located marks.
    fn edge_value(
        &mut self,
        reader: &Reader<'_>,
        output: &Output,
        lo: &Mark,
        hi: &Mark,
        column: &mut Column,
    ) {
        let (plan, dictionary) = (reader.plan, reader.dictionary);
        let lane = output.reading.lane;
        let mut detached = Detached { plan, dictionary, rows: &mut self.rows };
        let row = match output.reading.answer {
            Answer::First => detached.first(lo, hi.rank, lane),
            _ => detached.last(hi, lo.rank, lane),
        };
        let row = row.map(|mark| (self.rows.chunk(&mark), mark.row()));
        output::value(column, dictionary, &plan.large, &plan.lanes[lane], row);
    }

    /// Bytes of the rows and of the structures.
    pub fn bytes(&self, plan: &Plan) -> (usize, usize) {
        let (rows, caches) = self.rows.bytes(&plan.large);
        let edges = std::iter::once(self.edges.heap_bytes());
        let cursors = self.cursors.iter().map(|cursor| size_of::<Cursor>() + cursor.heap_bytes());
        let deques = self.deques.iter().map(|deque| size_of::<Deque>() + deque.heap_bytes());
        let seen = self.seen.iter().map(|seen| size_of::<Seen>() + seen.heap_bytes());
        let structures = edges.chain(cursors).chain(deques).chain(seen).sum::<usize>();
        (rows, size_of::<Self>() + caches + structures)
    }
}
