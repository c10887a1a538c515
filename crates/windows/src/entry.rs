//! One key of a shard: its bytes, its rows in one of two forms, and when some of them can go.

use crate::{
    bytes::Bytes,
    checkpoint::Encoder,
    chunk::{Cell, Chunk, Place},
    dictionary::Dictionary,
    large::Large,
    mark::Mark,
    plan::Plan,
    scan::bits,
    small,
};

/// A key with many rows goes back to the small form at this many.
const SMALL_AGAIN: usize = small::ROWS_MAX / 2;

/// The rows of a key.
#[derive(Clone, Debug)]
pub enum Form {
    Small(Chunk),
    Large(Box<Large>),
}

/// One key.
#[derive(Clone, Debug)]
pub struct Entry {
    pub hash: u64,
    pub key: Bytes,
    pub form: Form,
    /// Rows can go once everything before a later time can: the first row's time, or that of its chunk's end.
    pub expires: i64,
}

/// How far from the entry the memory is that is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// What the entry points to.
    First,
    /// What that points to.
    Second,
    /// And what that does.
    Third,
}

/// All rounds, in order.
pub const ROUNDS: [Round; 3] = [Round::First, Round::Second, Round::Third];

/// Where a row went.
#[derive(Clone, Copy, Debug)]
pub enum Inserted {
    Small(usize),
    Large(Mark),
}

impl Entry {
    pub fn new(hash: u64, key: &[u8]) -> Self {
        Self { hash, key: Bytes::new(key), form: Form::Small(Chunk::default()), expires: i64::MAX }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Small(chunk) => chunk.len(),
            Form::Large(large) => large.rows.len(),
        }
    }

    /// Reads a word of each part that the next operation uses and this round can reach, and returns something of them.
    /// `cells` are those of the row that enters, if one does.
    #[inline]
    pub fn warm(&self, plan: &Plan, round: Round, cells: &[Cell]) -> u64 {
        match (&self.form, round) {
            (Form::Small(chunk), Round::First) => chunk.warm_all(),
            (Form::Small(_), _) => 0,
            (Form::Large(large), Round::First) => large.warm(),
            (Form::Large(large), Round::Second) => large.warm_parts(),
            (Form::Large(large), Round::Third) => large.warm_ends(plan, cells),
        }
    }

    /// Puts a row after all rows of its time or before. Rows before `before` may go to make room.
    #[inline]
    pub fn insert(
        &mut self,
        plan: &Plan,
        dictionary: &mut Dictionary,
        before: i64,
        time: i64,
        cells: &[Cell],
    ) -> Inserted {
        if self.expires < before && (self.is_full() || matches!(self.form, Form::Large(_))) {
            self.evict(plan, dictionary, before);
        }
        if self.len() == small::ROWS_MAX && matches!(self.form, Form::Small(_)) {
            self.enlarge(plan, dictionary);
        }
        self.expires = self.expires.min(time);
        match &mut self.form {
            Form::Small(chunk) => {
                let wide = chunk.is_wide() || plan.needs_wide(cells);
                let full = chunk.len() == chunk.capacity();
                if full || wide != chunk.is_wide() {
                    let capacity = if full { (2 * chunk.len()).max(1) } else { chunk.capacity() };
                    *chunk = chunk.copy(&plan.small, 0..chunk.len(), &plan.small, capacity, wide);
                }
                let len = chunk.len();
                let at = match len {
                    0 => 0,
                    _ if chunk.time(len - 1) <= time => len,
                    _ => chunk.find(0..len, time + 1),
                };
                chunk.insert(&plan.small, at, time, cells);
                Inserted::Small(at)
            }
            Form::Large(large) => Inserted::Large(large.insert(plan, dictionary, time, cells)),
        }
    }

    fn is_full(&self) -> bool {
        matches!(&self.form, Form::Small(chunk) if chunk.len() == chunk.capacity())
    }

    fn enlarge(&mut self, plan: &Plan, dictionary: &Dictionary) {
        let Form::Small(chunk) = &self.form else { return };
        let mut large = Large::new(plan);
        let mut cells = vec![Cell::default(); plan.small.fields.len()];
        for row in 0..chunk.len() {
            read_cells(plan, &plan.small, chunk, row, &mut cells);
            large.insert(plan, dictionary, chunk.time(row), &cells);
        }
        self.form = Form::Large(Box::new(large));
    }

    /// Drops rows before `before`, as many as is cheap.
    pub fn evict(&mut self, plan: &Plan, dictionary: &mut Dictionary, before: i64) {
        match &mut self.form {
            Form::Small(chunk) => {
                let gone = chunk.find(0..chunk.len(), before);
                if gone > 0 {
                    release(plan, &plan.small, dictionary, chunk, gone);
                    chunk.drop_front(&plan.small, gone);
                }
            }
            Form::Large(large) => {
                let mut gone = Vec::new();
                large.evict(plan, dictionary, before, |chunk| gone.push(chunk));
                for chunk in &gone {
                    release(plan, &plan.large, dictionary, chunk, chunk.len());
                }
                if large.rows.len() <= SMALL_AGAIN {
                    self.form = Form::Small(reduce(plan, large));
                }
            }
        }
        self.expires = match &self.form {
            Form::Small(chunk) if chunk.len() == 0 => i64::MAX,
            Form::Small(chunk) => chunk.time(0),
            Form::Large(large) => large.rows.first_chunk().last_time(),
        };
    }

    /// Gives back room that the rows do not need.
    pub fn shrink(&mut self, plan: &Plan) {
        if let Form::Small(chunk) = &mut self.form
            && chunk.capacity() > 4 * chunk.len()
        {
            let capacity = chunk.len().next_power_of_two();
            *chunk = chunk.copy(&plan.small, 0..chunk.len(), &plan.small, capacity, chunk.is_wide());
        }
    }

    /// The event time of the last row.
    pub fn last_time(&self) -> Option<i64> {
        match &self.form {
            Form::Small(chunk) => (chunk.len() > 0).then(|| chunk.last_time()),
            Form::Large(large) => (large.rows.len() > 0).then(|| large.rows.last_time()),
        }
    }

    /// Gives `encoder` the rows that are not before `before`, if there are any, and returns how many.
    pub fn encode(&self, plan: &Plan, before: i64, encoder: &mut Encoder) -> usize {
        let mut rows = 0;
        self.chunks(before, |_, range| rows += range.len());
        if rows > 0 {
            encoder.key(self.key.as_slice(), rows);
            let layout = match self.form {
                Form::Small(_) => &plan.small,
                Form::Large(_) => &plan.large,
            };
            self.chunks(before, |chunk, range| encoder.rows(plan, layout, chunk, range));
        }
        rows
    }

    /// Calls `visit` with each chunk and the rows of it that are not before `before`.
    pub fn chunks(&self, before: i64, mut visit: impl FnMut(&Chunk, std::ops::Range<usize>)) {
        let mut rest = |chunk: &Chunk| visit(chunk, chunk.find(0..chunk.len(), before)..chunk.len());
        match &self.form {
            Form::Small(chunk) => rest(chunk),
            Form::Large(large) => {
                large.rows.chunks.iter().for_each(rest);
            }
        }
    }
}

/// The few rows that are left, in the small form.
fn reduce(plan: &Plan, large: &Large) -> Chunk {
    let wide = large.rows.chunks.iter().any(Chunk::is_wide);
    let len = large.rows.len();
    if len == 0 {
        return Chunk::default();
    }
    let mut small = Chunk::new(&plan.small, len.next_power_of_two(), wide);
    let mut cells = vec![Cell::default(); plan.small.fields.len()];
    for chunk in &large.rows.chunks {
        for row in 0..chunk.len() {
            read_cells(plan, &plan.large, chunk, row, &mut cells);
            small.insert(&plan.small, small.len(), chunk.time(row), &cells);
        }
    }
    small
}

fn read_cells(plan: &Plan, layout: &crate::chunk::Layout, chunk: &Chunk, row: usize, cells: &mut [Cell]) {
    debug_assert_eq!(cells.len(), plan.spec.columns.len());
    for (cell, field) in cells.iter_mut().zip(&layout.fields) {
        *cell = chunk.cell(layout, field, row);
    }
}

/// Gives back the texts of the first `count` rows.
fn release(
    plan: &Plan,
    layout: &crate::chunk::Layout,
    dictionary: &mut Dictionary,
    chunk: &Chunk,
    count: usize,
) {
    for (field, data_type) in layout.fields.iter().zip(&plan.spec.columns) {
        let (Place::Half(half), types::DataType::Text) = (field.place, data_type) else { continue };
        let nulls = chunk.plane(field.nulls);
        for row in bits(!nulls & crate::chunk::low_bits(count)) {
            dictionary.release(chunk.half(half, row));
        }
    }
}
