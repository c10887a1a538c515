//! A timeline's rows as they were at one moment, taken piece by piece while operations go on.
//!
//! A key is written at its turn or just before it changes, whichever is first. So nothing is copied up front, and an
//! operation waits for the rows of its own key at most.

use std::{collections::VecDeque, ops::Range};

use types::Micros;

use crate::{
    Timeline,
    bytes::Bytes,
    checkpoint::Encoder,
    chunk::Chunk,
    entry::{Entry, Form},
    large::Large,
    plan::Plan,
};

/// A key with more rows than this is copied at once, which takes a few nanoseconds a row, and written later.
const ROWS_AT_ONCE_MAX: usize = 1_024;

/// What is left to write.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// Rows before this time are left out: nobody looked there any more when the snapshot began.
    before: Micros,
    /// The slots that there were.
    slots: usize,
    /// By slot, a bit: its rows are written, or copied.
    done: Box<[u64]>,
    /// The slot whose turn is next.
    next: usize,
    encoder: Encoder,
    /// Rows in the encoder.
    encoded: usize,
    copies: VecDeque<Copy>,
}

/// The rows of a large key.
#[derive(Clone, Debug)]
struct Copy {
    key: Bytes,
    chunks: VecDeque<Chunk>,
}

impl Snapshot {
    fn new(before: Micros, slots: usize) -> Self {
        Self {
            before,
            slots,
            done: vec![0; slots.div_ceil(64)].into(),
            next: 0,
            encoder: Encoder::default(),
            encoded: 0,
            copies: VecDeque::new(),
        }
    }

    /// Marks a slot, and returns whether it was to be written.
    #[inline]
    fn mark(&mut self, slot: usize) -> bool {
        if slot >= self.slots {
            return false;
        }
        let (word, bit) = (&mut self.done[slot / 64], 1 << (slot % 64));
        let is_due = *word & bit == 0;
        *word |= bit;
        is_due
    }

    /// The key in the slot is about to change. A new key in a slot that was free has no row yet, and is left out so.
    #[inline]
    pub fn changes(&mut self, plan: &Plan, slot: usize, entry: &Entry) {
        if self.mark(slot) {
            self.take(plan, entry);
        }
    }

    fn take(&mut self, plan: &Plan, entry: &Entry) {
        match &entry.form {
            Form::Large(large) if large.rows.len() > ROWS_AT_ONCE_MAX => {
                self.copies.push_back(Copy::new(entry.key.clone(), large, self.before));
            }
            _ => self.encoded += entry.encode(plan, self.before, &mut self.encoder),
        }
    }

    /// Goes on until about `rows_max` rows are in the encoder, and returns whether nothing is left.
    fn fill(&mut self, plan: &Plan, entries: &[Option<Entry>], rows_max: usize) -> bool {
        loop {
            while let Some(copy) = self.copies.front_mut() {
                if self.encoded >= rows_max {
                    return false;
                }
                self.encoded += copy.encode(plan, self.before, rows_max - self.encoded, &mut self.encoder);
                if copy.chunks.is_empty() {
                    self.copies.pop_front();
                }
            }
            if self.next == self.slots {
                return true;
            }
            if self.encoded >= rows_max {
                return false;
            }
            let slot = self.next;
            self.next += 1;
            if let Some(entry) = &entries[slot]
                && self.mark(slot)
            {
                self.take(plan, entry);
            }
        }
    }
}

impl Copy {
    fn new(key: Bytes, large: &Large, before: Micros) -> Self {
        let seen = |chunk: &&Chunk| chunk.last_time() >= before;
        Self { key, chunks: large.rows.chunks.iter().filter(seen).cloned().collect() }
    }

    /// Moves about `rows_max` rows to the encoder and returns how many.
    fn encode(&mut self, plan: &Plan, before: Micros, rows_max: usize, encoder: &mut Encoder) -> usize {
        let kept = |chunk: &Chunk| -> Range<usize> { chunk.find(0..chunk.len(), before)..chunk.len() };
        let (mut rows, mut chunks) = (0, 0);
        for chunk in &self.chunks {
            if rows >= rows_max {
                break;
            }
            rows += kept(chunk).len();
            chunks += 1;
        }
        if rows > 0 {
            encoder.key(self.key.as_slice(), rows);
        }
        for chunk in self.chunks.drain(..chunks) {
            encoder.rows(plan, &plan.large, &chunk, kept(&chunk));
        }
        rows
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
