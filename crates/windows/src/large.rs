//! A key with many rows: its rows, and everything that is kept so that a frame costs the same whatever its length.

use types::Column;

use crate::{
    chunk::{Cell, Chunk},
    cursor::{Cursor, Scratch},
    deque::Deque,
    dictionary::Dictionary,
    links::Seen,
    output,
    plan::{Answer, Bounds, Output, Plan, ReadPlan},
    rows::{Mark, Rows},
    summary::{Detached, parts},
};

/// Rows and structures of one key.
#[derive(Clone, Debug)]
pub struct Large {
    pub rows: Rows,
    cursors: Box<[Cursor]>,
    deques: Box<[Deque]>,
    seen: Box<[Seen]>,
}

/// A reader on its turn.
pub struct Reader<'a> {
    pub plan: &'a Plan,
    pub dictionary: &'a Dictionary,
    pub time: i64,
    /// Whether the reader's own row is in the timeline.
    pub own: bool,
    /// The end of what it sees: after its own row, or after all rows of its time or before.
    pub now: Mark,
    pub scratch: &'a mut Scratch,
}

impl Large {
    pub fn new(plan: &Plan) -> Self {
        Self {
            rows: Rows::default(),
            cursors: plan.groups.iter().map(Cursor::new).collect(),
            deques: vec![Deque::default(); plan.tails.len()].into(),
            seen: vec![Seen::default(); plan.links.len()].into(),
        }
    }

    /// Puts a row after all rows of its time or before, and returns its mark.
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
            for (cursor, group) in self.cursors.iter_mut().zip(&plan.groups) {
                cursor.insert_late(&self.rows, plan, group, &row);
            }
            for (deque, tail) in self.deques.iter_mut().zip(&plan.tails) {
                deque.insert_late(&self.rows, plan, dictionary, tail, &row);
            }
        }
        row
    }

    /// Drops chunks with only rows before `before`, each through `dropped`.
    pub fn evict(&mut self, plan: &Plan, before: i64, mut dropped: impl FnMut(&Chunk)) {
        let (chunks, start) = self.rows.expired(before);
        if chunks == 0 {
            return;
        }
        let mark = self.rows.at_rank(start);
        for (cursor, group) in self.cursors.iter_mut().zip(&plan.groups) {
            cursor.evict(&self.rows, plan, group, &mark);
        }
        self.deques.iter_mut().for_each(|deque| deque.evict(&mark));
        for _ in 0..chunks {
            let chunk = self.rows.pop_front();
            for (link, seen) in self.seen.iter_mut().enumerate() {
                seen.evict(plan, link, &chunk);
            }
            dropped(&chunk);
        }
    }

    /// The end of what a reader at `time` without a row of its own sees.
    pub fn now(&self, time: i64) -> Mark {
        let next = time.saturating_add(1);
        self.rows.seek_time(self.rows.end_mark(), next)
    }

    /// Appends to `outputs` what the reader sees.
    pub fn read(&mut self, reader: &mut Reader<'_>, reads: &ReadPlan, outputs: &mut [Column]) {
        for visit in &reads.visits {
            let bounds = reader.plan.groups[visit.group].bounds;
            let (lo, mut hi) = self.frame(reader, visit.group, bounds);
            if visit.exclude_current && reader.own && bounds.reaches_current() && hi.rank > lo.rank {
                hi = self.rows.before(&hi);
            }
            self.totals(reader, visit.group, &visit.outputs, (lo, hi), outputs);
            for output in &visit.outputs {
                let column = &mut outputs[output.column];
                match output.reading.answer {
                    Answer::Rows => output::count(column, hi.rank - lo.rank),
                    Answer::Extreme(tail) => {
                        let best = self.extreme(reader, tail, &lo, &hi);
                        output::rank(column, reader.dictionary, best);
                    }
                    Answer::First | Answer::Last => self.edge(reader, output, &lo, &hi, column),
                    Answer::Tally(_) | Answer::Distinct(_) => {}
                }
            }
        }
    }

    /// The located marks around a frame.
    fn frame(&self, reader: &Reader<'_>, group: usize, bounds: Bounds) -> (Mark, Mark) {
        let (rows, cursor, time) = (&self.rows, &self.cursors[group], reader.time);
        let from = rows.locate(cursor.lo);
        match bounds {
            Bounds::Range { end, start } => {
                let lo = rows.seek_time(from, time.saturating_sub(start));
                if end == 0 {
                    return (lo, reader.now);
                }
                let after = time.saturating_sub(end).saturating_add(1);
                (lo, rows.seek_time(rows.locate(cursor.hi), after))
            }
            Bounds::Rows { end, start } => {
                let first = reader.now.rank.saturating_sub(start.saturating_add(1)).max(rows.start());
                let mut lo = rows.seek_rank(from, first);
                let horizon = time.saturating_sub(reader.plan.spec.key_horizon);
                if lo.rank < reader.now.rank && rows.time(&lo) < horizon {
                    lo = rows.seek_time(lo, horizon);
                }
                let last = reader.now.rank.saturating_sub(end).max(lo.rank);
                (lo, if end == 0 { reader.now } else { rows.seek_rank(lo, last) })
            }
        }
    }

    /// Appends counts, sums and distinct counts.
    fn totals(
        &mut self,
        reader: &mut Reader<'_>,
        index: usize,
        wanted: &[Output],
        frame: (Mark, Mark),
        outputs: &mut [Column],
    ) {
        let (plan, group) = (reader.plan, &reader.plan.groups[index]);
        let cursor = &mut self.cursors[index];
        let totals = cursor.totals(&mut self.rows, plan, reader.dictionary, group, frame, reader.scratch);
        for Output { column, reading } in wanted {
            let column = &mut outputs[*column];
            match reading.answer {
                Answer::Tally(slot) => totals.tallies[slot].write(reading, &plan.lanes[reading.lane], column),
                Answer::Distinct(slot) => output::count(column, totals.distincts[slot]),
                _ => {}
            }
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
    fn edge(&mut self, reader: &Reader<'_>, output: &Output, lo: &Mark, hi: &Mark, column: &mut Column) {
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
        let cursors = self.cursors.iter().map(|cursor| size_of::<Cursor>() + cursor.heap_bytes());
        let deques = self.deques.iter().map(|deque| size_of::<Deque>() + deque.heap_bytes());
        let seen = self.seen.iter().map(|seen| size_of::<Seen>() + seen.heap_bytes());
        let structures = cursors.chain(deques).chain(seen).sum::<usize>();
        (rows, size_of::<Self>() + caches + structures)
    }
}
