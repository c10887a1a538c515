//! One shard's keys of one timeline: rows go in, aggregates of frames come out, rows that nobody can see go.

use std::ops::{AddAssign, Range};

use hashbrown::HashTable;
use types::{Column, Micros, Position, Values};

use crate::{
    Keys, TimelineSpec,
    chunk::Cell,
    dictionary::Dictionary,
    edge,
    entry::{self, Entry, Form, Inserted},
    keys::hash,
    large, output,
    plan::{Plan, ReadPlan},
    small,
    snapshot::Snapshot,
};

/// The slot of a key that has no row.
const NO_SLOT: u32 = u32::MAX;

/// Operations whose keys are fetched together.
const LOOK_AHEAD: usize = 32;

/// Keys that `evict` looks at for each operation since it was last called.
const SWEEP_PER_OPERATION: usize = 2;

/// Rows of one stream that are offered to a timeline, or rows that read it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The rows' keys.
    pub keys: &'a Keys,
    /// The rows' event times.
    pub times: &'a [Micros],
    /// The rows' positions in the log.
    pub positions: &'a [Position],
    /// The spec's columns in order; empty for a side that only reads.
    pub values: &'a [&'a Column],
    /// Indices of the spec's aggregates that reading operations of this side give.
    pub reads: &'a [usize],
}

/// What an operation does with its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The row enters the timeline.
    Insert,
    /// The row reads the timeline and does not enter it.
    Read,
    /// The row enters the timeline, then reads it.
    InsertAndRead,
}

/// One row's turn.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Index of the side.
    pub side: u16,
    /// Index of the row in the side.
    pub row: u32,
    /// What happens.
    pub action: Action,
}

/// What a timeline holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Keys with at least one row.
    pub keys: usize,
    /// Rows.
    pub rows: usize,
    /// Bytes of the rows.
    pub bytes_rows: usize,
    /// Bytes of the keys and of what finds them.
    pub bytes_keys: usize,
    /// Bytes of everything that is computed from the rows to answer faster.
    pub bytes_structures: usize,
}

/// Why a checkpoint cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are not a timeline of this spec.
    #[error("timeline state is damaged at byte {offset} ({expected} expected): restore an older checkpoint")]
    Damaged {
        /// Where reading stopped.
        offset: usize,
        /// What should have been there.
        expected: &'static str,
    },
}

/// One shard's keys of one timeline.
#[derive(Clone, Debug)]
pub struct Timeline {
    pub(crate) plan: Plan,
    pub(crate) dictionary: Dictionary,
    /// Slots by key.
    table: HashTable<u32>,
    pub(crate) entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    /// Nobody looks before this time any more.
    pub(crate) before: Micros,
    /// The slot that the sweep looks at next.
    sweep: usize,
    pub(crate) operations: usize,
    reads: Vec<ReadPlan>,
    scratch: Scratch,
    pub(crate) snapshot: Option<Box<Snapshot>>,
}

/// Buffers that operations use again.
#[derive(Clone, Debug, Default)]
struct Scratch {
    slots: Vec<u32>,
    cells: Vec<Cell>,
    /// Of the texts of the rows that enter.
    hashes: Vec<u64>,
    /// What texts or keys may be, before their bytes are compared.
    ids: Vec<u32>,
    small: small::Scratch,
    large: edge::Scratch,
}

impl Timeline {
    /// An empty timeline.
    ///
    /// # Panics
    /// When an aggregate's column does not exist or has a type that the function or filter does not take: the binder
    /// rules that out.
    pub fn new(spec: TimelineSpec) -> Self {
        Self {
            plan: Plan::new(spec),
            dictionary: Dictionary::default(),
            table: HashTable::new(),
            entries: Vec::new(),
            free: Vec::new(),
            before: Micros::MIN,
            sweep: 0,
            operations: 0,
            reads: Vec::new(),
            scratch: Scratch::default(),
            snapshot: None,
        }
    }

    /// Runs operations, which are in log order. For each reading operation one value is appended to each of
    /// `outputs[side]`, which has a column for each of the side's reads.
    pub fn apply(&mut self, sides: &[Side<'_>], operations: &[Operation], outputs: &mut [Vec<Column>]) {
        let reads: Vec<usize> = sides.iter().map(|side| self.read_plan(side.reads)).collect();
        let mut slots = std::mem::take(&mut self.scratch.slots);
        let mut cells = std::mem::take(&mut self.scratch.cells);
        for operations in operations.chunks(LOOK_AHEAD) {
            self.find_slots(sides, operations, &mut slots);
            self.find_cells(sides, operations, &slots, &mut cells);
            self.warm(operations, &slots, &cells);
            let mut rest = &cells[..];
            for (operation, slot) in operations.iter().zip(&slots) {
                let (side, row) = (usize::from(operation.side), operation.row as usize);
                let time = sides[side].times[row];
                let mut own = None;
                if *slot != NO_SLOT && operation.action != Action::Read {
                    let (cells, others) = rest.split_at(self.plan.spec.columns.len());
                    own = Some(self.insert_cells(*slot, time, cells));
                    rest = others;
                }
                if operation.action != Action::Insert {
                    self.read(*slot, time, own, reads[side], &mut outputs[side]);
                }
            }
        }
        self.operations += operations.len();
        (self.scratch.slots, self.scratch.cells) = (slots, cells);
    }

    /// Takes over the values of the rows that enter, before anything runs as well.
    fn find_cells(
        &mut self,
        sides: &[Side<'_>],
        operations: &[Operation],
        slots: &[u32],
        cells: &mut Vec<Cell>,
    ) {
        self.find_texts(sides, operations, slots);
        let mut hashes = self.scratch.hashes.iter();
        cells.clear();
        for (values, row) in entering(sides, operations, slots) {
            cells.extend(values.iter().map(|column| cell(column, row, &mut self.dictionary, &mut hashes)));
        }
    }

    /// Hashes the texts of the rows that enter, in order, and has what the dictionary knows of them fetched.
    fn find_texts(&mut self, sides: &[Side<'_>], operations: &[Operation], slots: &[u32]) {
        let (hashes, ids) = (&mut self.scratch.hashes, &mut self.scratch.ids);
        hashes.clear();
        ids.clear();
        for (values, row) in entering(sides, operations, slots) {
            for column in values {
                if let (Values::Text(texts), false) = (&column.values, column.nulls[row]) {
                    let hash = hash(texts.get(row).as_bytes());
                    ids.extend(self.dictionary.candidate(hash));
                    hashes.push(hash);
                }
            }
        }
        std::hint::black_box(ids.iter().fold(0, |sum, id| sum ^ self.dictionary.warm(*id)));
    }

    /// Reads a little of what the next operations will need, without waiting for one before the other, so that the
    /// processor fetches the memory of several keys at once. Each round follows the pointers that the one before has
    /// had fetched.
    fn warm(&self, operations: &[Operation], slots: &[u32], cells: &[Cell]) {
        let mut sum = 0;
        for round in entry::ROUNDS {
            let mut rest = cells;
            for (operation, slot) in operations.iter().zip(slots) {
                let Some(Some(entry)) = self.entries.get(*slot as usize) else { continue };
                let enters = operation.action != Action::Read;
                let (own, others) = rest.split_at(if enters { self.plan.spec.columns.len() } else { 0 });
                rest = others;
                sum ^= entry.warm(&self.plan, round, own);
            }
        }
        std::hint::black_box(sum);
    }

    /// The index of what a side reads.
    fn read_plan(&mut self, reads: &[usize]) -> usize {
        let known = self.reads.iter().position(|plan| plan.reads == reads);
        known.unwrap_or_else(|| {
            self.reads.push(ReadPlan::new(&self.plan, reads));
            self.reads.len() - 1
        })
    }

    /// Finds each operation's key before anything runs, so that the memory accesses overlap. Keys that a row enters
    /// are made.
    fn find_slots(&mut self, sides: &[Side<'_>], operations: &[Operation], slots: &mut Vec<u32>) {
        self.warm_slots(sides, operations);
        slots.clear();
        let mut last = 0;
        for operation in operations {
            let (side, row) = (&sides[usize::from(operation.side)], operation.row as usize);
            debug_assert!(side.positions[row] >= last, "operations are in log order");
            last = side.positions[row];
            slots.push(match side.keys.hash(row) {
                None => NO_SLOT,
                Some(hash) => self.slot(hash, side.keys.bytes(row), operation.action != Action::Read),
            });
        }
    }

    /// Has the keys' entries fetched, as far as the table's tags tell them.
    fn warm_slots(&mut self, sides: &[Side<'_>], operations: &[Operation]) {
        let ids = &mut self.scratch.ids;
        ids.clear();
        for operation in operations {
            let hash = sides[usize::from(operation.side)].keys.hash(operation.row as usize);
            ids.extend(hash.and_then(|hash| self.table.find(hash, |_| true)));
        }
        let hash = |slot: &u32| self.entries[*slot as usize].as_ref().map_or(0, |entry| entry.hash);
        std::hint::black_box(ids.iter().fold(0, |sum, slot| sum ^ hash(slot)));
    }

    #[inline]
    pub(crate) fn slot(&mut self, hash: u64, key: &[u8], create: bool) -> u32 {
        let entries = &self.entries;
        let equal = |slot: &u32| {
            let entry = &entries[*slot as usize];
            entry.as_ref().is_some_and(|entry| entry.hash == hash && entry.key.as_slice() == key)
        };
        match self.table.find(hash, equal) {
            Some(slot) => *slot,
            None if create => self.create(hash, key),
            None => NO_SLOT,
        }
    }

    fn create(&mut self, hash: u64, key: &[u8]) -> u32 {
        let entry = Some(Entry::new(hash, key));
        let slot = if let Some(slot) = self.free.pop() {
            self.entries[slot as usize] = entry;
            slot
        } else {
            self.entries.push(entry);
            u32::try_from(self.entries.len() - 1).expect("a shard holds fewer than 2^32 keys")
        };
        let entries = &self.entries;
        let hash_of =
            |slot: &u32| entries[*slot as usize].as_ref().expect("slots in the table are used").hash;
        self.table.insert_unique(hash, slot, hash_of);
        slot
    }

    #[inline]
    pub(crate) fn insert_cells(&mut self, slot: u32, time: Micros, cells: &[Cell]) -> Inserted {
        debug_assert!(time > Micros::MIN && time < Micros::MAX, "the ends of time mean never");
        let entry = self.entries[slot as usize].as_mut().expect("the slot was found");
        let snapshot = self.snapshot.as_mut();
        let waiting = snapshot.and_then(|snapshot| snapshot.changes(&self.plan, slot as usize, entry));
        let before = if waiting.is_some() { Micros::MIN } else { self.before };
        let inserted = entry.insert(&self.plan, &mut self.dictionary, before, time, cells);
        if let (Some(waiting), Inserted::Large(row)) = (waiting, inserted) {
            waiting.came(row.rank);
        }
        inserted
    }

    fn read(&mut self, slot: u32, time: Micros, own: Option<Inserted>, reads: usize, outputs: &mut [Column]) {
        let reads = &self.reads[reads];
        let form = match self.entries.get_mut(slot as usize) {
            Some(Some(entry)) if entry.len() > 0 => &mut entry.form,
            _ => {
                let wanted = reads.visits.iter().flat_map(|visit| &visit.outputs);
                return wanted.for_each(|wanted| output::empty(&mut outputs[wanted.column], wanted));
            }
        };
        let (plan, dictionary) = (&self.plan, &self.dictionary);
        match form {
            Form::Small(chunk) => {
                let now = match own {
                    Some(Inserted::Small(at)) => at + 1,
                    _ => chunk.find(0..chunk.len(), time.saturating_add(1)),
                };
                let scratch = &mut self.scratch.small;
                let mut reader = small::Reader { plan, dictionary, time, own: own.is_some(), now, scratch };
                small::read(chunk, &mut reader, reads, outputs);
            }
            Form::Large(large) => {
                let (own, now) = match own {
                    Some(Inserted::Large(row)) => (Some(row), large.rows.locate(row.after())),
                    _ => (None, large.now(time)),
                };
                let scratch = &mut self.scratch.large;
                let mut reader = large::Reader { plan, dictionary, time, own, now, scratch };
                large.read(&mut reader, reads, outputs);
            }
        }
    }

    /// Allows to drop rows with an event time before `before`: nobody will look there any more. Some keys are looked
    /// at now, in proportion to the operations since the last call; the others when it is their turn.
    pub fn evict(&mut self, before: Micros) {
        self.before = self.before.max(before);
        let turns = (SWEEP_PER_OPERATION * std::mem::take(&mut self.operations)).min(self.entries.len());
        for _ in 0..turns {
            if self.sweep >= self.entries.len() {
                self.sweep = 0;
            }
            let slot = self.sweep;
            self.sweep += 1;
            let Some(entry) = &mut self.entries[slot] else { continue };
            if entry.expires < self.before {
                let snapshot = self.snapshot.as_mut();
                if snapshot.and_then(|snapshot| snapshot.changes(&self.plan, slot, entry)).is_some() {
                    continue;
                }
                entry.evict(&self.plan, &mut self.dictionary, self.before);
                entry.shrink(&self.plan);
            }
            if entry.len() == 0 {
                self.remove(slot);
            }
        }
    }

    fn remove(&mut self, slot: usize) {
        let entry = self.entries[slot].take().expect("the slot is used");
        let found = self.table.find_entry(entry.hash, |other| *other as usize == slot);
        found.expect("every key is in the table").remove();
        self.free.push(slot as u32);
    }

    /// Keys, rows and bytes.
    pub fn memory(&self) -> Memory {
        let mut memory = self.memory_shared();
        memory += self.memory_of(0..self.slots());
        memory
    }

    /// Places for keys, whether there is one or not: what [`Timeline::memory_of`] is asked about.
    pub fn slots(&self) -> usize {
        self.entries.len()
    }

    /// Bytes that are no single key's.
    pub fn memory_shared(&self) -> Memory {
        Memory {
            bytes_keys: self.entries.capacity() * (size_of::<Option<Entry>>() - size_of::<Form>())
                + self.free.capacity() * size_of::<u32>()
                + self.table.allocation_size(),
            bytes_rows: self.entries.capacity() * size_of::<Form>() + self.dictionary.memory(),
            ..Memory::default()
        }
    }

    /// What the keys in these slots hold, beside what they share: one who must not be long asks for some at a time.
    pub fn memory_of(&self, slots: Range<usize>) -> Memory {
        let mut memory = Memory::default();
        for entry in self.entries[slots].iter().flatten() {
            memory.keys += usize::from(entry.len() > 0);
            memory.rows += entry.len();
            memory.bytes_keys += entry.key.heap_bytes();
            match &entry.form {
                Form::Small(chunk) => memory.bytes_rows += chunk.bytes(&self.plan.small).0,
                Form::Large(large) => {
                    let (rows, structures) = large.bytes(&self.plan);
                    memory.bytes_rows += rows;
                    memory.bytes_structures += structures;
                }
            }
        }
        memory
    }
}

impl AddAssign for Memory {
    fn add_assign(&mut self, other: Self) {
        self.keys += other.keys;
        self.rows += other.rows;
        self.bytes_rows += other.bytes_rows;
        self.bytes_keys += other.bytes_keys;
        self.bytes_structures += other.bytes_structures;
    }
}

/// The values and row of each operation whose row enters.
fn entering<'a>(
    sides: &'a [Side<'a>],
    operations: &'a [Operation],
    slots: &'a [u32],
) -> impl Iterator<Item = (&'a [&'a Column], usize)> {
    let enters =
        |(operation, slot): &(&Operation, &u32)| **slot != NO_SLOT && operation.action != Action::Read;
    operations
        .iter()
        .zip(slots)
        .filter(enters)
        .map(|(operation, _)| (sides[usize::from(operation.side)].values, operation.row as usize))
}

/// A column's value in a row; `hashes` gives those of texts that are not NULL.
#[inline]
fn cell<'a>(
    column: &Column,
    row: usize,
    dictionary: &mut Dictionary,
    hashes: &mut impl Iterator<Item = &'a u64>,
) -> Cell {
    if column.nulls[row] {
        return Cell { low: 0, high: 0, null: true };
    }
    let (low, high) = match &column.values {
        Values::Text(values) => {
            let hash = hashes.next().expect("every text was hashed");
            (u64::from(dictionary.intern_hashed(values.get(row), *hash)), 0)
        }
        Values::BigInt(values) | Values::Timestamptz(values) => (values[row] as u64, 0),
        Values::Decimal(values) => (values[row] as u64, (values[row] >> 64) as u64),
        Values::Double(values) => (values[row].to_bits(), 0),
        Values::Boolean(values) => (u64::from(values[row]), 0),
        Values::Date(values) => (u64::from(values[row] as u32), 0),
        Values::Interval(_) => unreachable!("no stream column is an interval"),
    };
    Cell { low, high, null: false }
}

#[cfg(test)]
mod tests;
