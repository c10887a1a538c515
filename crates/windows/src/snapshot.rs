//! A timeline's rows as they were at one moment, taken piece by piece while operations go on.
//!
//! Nothing is copied up front. A key with few rows is written at its turn or just before it changes, whichever is first.
//! One with many stays where it is until its turn: rows only come, each at a rank, so the ranks of those that came since
//! tell the others. Until then it keeps rows that could go.

use std::collections::BTreeMap;

use types::Micros;

use crate::{
    Timeline,
    checkpoint::Encoder,
    entry::{Entry, Form},
    plan::Plan,
    rows::Rows,
};

/// What is left to write.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// Rows before this time are left out: nobody looked there any more when the snapshot began.
    before: Micros,
    /// The slots that there were.
    slots: usize,
    /// By slot, a bit: its rows are written.
    done: Box<[u64]>,
    /// The slot whose turn it is.
    next: usize,
    /// By slot, large keys that have changed, and the one that is written in part.
    waiting: BTreeMap<usize, Waiting>,
    encoder: Encoder,
    /// Rows in the encoder.
    encoded: usize,
}

/// Which rows of a large key are to be written.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    /// The rank of the first one.
    next: u64,
    /// The rank after the last one.
    end: u64,
    /// Ranks between them of rows that came since, ascending.
    late: Vec<u64>,
}

impl Snapshot {
    fn new(before: Micros, slots: usize) -> Self {
        Self {
            before,
            slots,
            done: vec![0; slots.div_ceil(64)].into(),
            next: 0,
            waiting: BTreeMap::new(),
            encoder: Encoder::default(),
            encoded: 0,
        }
    }

    /// Whether a slot's rows are still to be written. A new key in a slot that was free has no row yet, and is left out so.
    #[inline]
    fn is_due(&self, slot: usize) -> bool {
        slot < self.slots && self.done[slot / 64] & 1 << (slot % 64) == 0
    }

    const fn mark(&mut self, slot: usize) {
        self.done[slot / 64] |= 1 << (slot % 64);
    }

    /// The key in the slot is about to change. If its rows wait, none may go, and they are to be told where others come.
    #[inline]
    pub fn changes(&mut self, plan: &Plan, slot: usize, entry: &Entry) -> Option<&mut Waiting> {
        if !self.is_due(slot) {
            return None;
        }
        match &entry.form {
            Form::Large(large) => {
                Some(self.waiting.entry(slot).or_insert_with(|| Waiting::new(&large.rows, self.before)))
            }
            Form::Small(_) => {
                self.take(plan, slot, entry);
                None
            }
        }
    }

    fn take(&mut self, plan: &Plan, slot: usize, entry: &Entry) {
        self.mark(slot);
        self.encoded += entry.encode(plan, self.before, &mut self.encoder);
    }

    /// Goes on until about `rows_max` rows are in the encoder, and returns whether nothing is left.
    fn fill(&mut self, plan: &Plan, entries: &[Option<Entry>], rows_max: usize) -> bool {
        while self.next < self.slots {
            if self.encoded >= rows_max {
                return false;
            }
            let slot = self.next;
            match &entries[slot] {
                Some(entry) if self.is_due(slot) => self.turn(plan, slot, entry, rows_max - self.encoded),
                _ => self.next += 1,
            }
        }
        true
    }

    /// Writes rows of the key whose turn it is, of a large one `rows_max` or fewer.
    fn turn(&mut self, plan: &Plan, slot: usize, entry: &Entry, rows_max: usize) {
        let Form::Large(large) = &entry.form else { return self.take(plan, slot, entry) };
        let mut waiting =
            self.waiting.remove(&slot).unwrap_or_else(|| Waiting::new(&large.rows, self.before));
        self.encoded += waiting.encode(plan, entry.key.as_slice(), &large.rows, rows_max, &mut self.encoder);
        if waiting.next == waiting.end {
            self.mark(slot);
        } else {
            self.waiting.insert(slot, waiting);
        }
    }
}

impl Waiting {
    fn new(rows: &Rows, before: Micros) -> Self {
        Self { next: rows.at_time(before).rank, end: rows.end(), late: Vec::new() }
    }

    /// A row has come at this rank.
    #[inline]
    pub fn came(&mut self, rank: u64) {
        if rank < self.end {
            self.came_between(rank);
        }
    }

    #[cold]
    fn came_between(&mut self, rank: u64) {
        self.end += 1;
        let at = self.late.partition_point(|late| *late < rank);
        self.late[at..].iter_mut().for_each(|late| *late += 1);
        if rank < self.next {
            self.next += 1;
        } else {
            self.late.insert(at, rank);
        }
    }

    /// Moves `rows_max` rows or fewer to the encoder and returns how many.
    fn encode(
        &mut self,
        plan: &Plan,
        key: &[u8],
        rows: &Rows,
        rows_max: usize,
        encoder: &mut Encoder,
    ) -> usize {
        let to = self.end.min(self.next.saturating_add(rows_max as u64));
        let late = self.late.partition_point(|late| *late < to);
        let count = (to - self.next) as usize - late;
        if count > 0 {
            encoder.key(key, count);
        }
        for stop in self.late.drain(..late).chain([to]) {
            rows.pieces(&rows.at_rank(self.next), &rows.at_rank(stop), |piece, chunk| {
                encoder.rows(plan, &plan.large, chunk, piece.from..piece.to);
            });
            self.next = stop + 1;
        }
        self.next = to;
        count
    }
}

impl Timeline {
    /// Begins a snapshot of the rows as they are now; one that was begun before is given up.
    pub fn begin_snapshot(&mut self) {
        self.dictionary.hold();
        self.snapshot = Some(Box::new(Snapshot::new(self.before, self.entries.len())));
    }

    /// Gives up the snapshot, if there is one.
    pub fn abandon_snapshot(&mut self) {
        self.snapshot = None;
        self.dictionary.let_go();
    }

    /// Appends a piece of the snapshot to `out`: about `rows_max` rows, and those of the keys that have changed.
    /// All pieces in their order are to be read by [`Timeline::decode_more`]. Returns whether that was the last one.
    ///
    /// # Panics
    /// When no snapshot was begun.
    pub fn snapshot(&mut self, rows_max: usize, out: &mut Vec<u8>) -> bool {
        let snapshot = self.snapshot.as_mut().expect("a snapshot was begun");
        let is_last = snapshot.fill(&self.plan, &self.entries, rows_max);
        snapshot.encoded = 0;
        snapshot.encoder.finish(&self.plan, &self.dictionary, out);
        if is_last {
            self.abandon_snapshot();
        }
        is_last
    }

    /// Bytes that wait for the next piece because their keys have changed.
    pub fn snapshot_bytes(&self) -> usize {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.encoder.len())
    }
}

#[cfg(test)]
mod tests;
