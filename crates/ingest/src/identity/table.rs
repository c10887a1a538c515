//! Recent keys in memory: an open-addressing table of 24 bytes a slot, in parts.

use types::Position;

use super::{Candidate, Entry};

/// Slots of a part's first table: a power of two.
const SLOTS_MIN: usize = 1 << 4;

/// Parts, by the first bits of the hash. Whoever inserts waits while a table grows, and a part of those of a million keys takes a
/// hundred microseconds where all of them take tens of milliseconds.
const PARTS: usize = 1 << PARTS_BITS;
const PARTS_BITS: u32 = 6;

/// Entries by hash, several for a hash if need be.
#[derive(Debug)]
pub(super) struct Table {
    parts: [Part; PARTS],
    last: Option<Position>,
}

/// A slot's position is one more than the entry's: 0 is an empty one.
#[derive(Debug, Default)]
struct Part {
    slots: Vec<Entry>,
    len: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { parts: std::array::from_fn(|_| Part::default()), last: None }
    }
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len).sum()
    }

    pub(super) fn last_position(&self) -> Option<Position> {
        self.last
    }

    pub(super) fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.slots.len() * size_of::<Entry>()).sum()
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        self.last = self.last.max(Some(entry.position));
        self.parts[part_of(entry.hash)].insert(Entry { position: entry.position + 1, ..entry });
    }

    #[inline]
    pub(super) fn find(&self, hash: u64, found: &mut Vec<Candidate>) {
        self.parts[part_of(hash)].find(hash, found);
    }

    /// All entries, in no order.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let slots = self.parts.iter().flat_map(|part| &part.slots).filter(|slot| slot.position > 0);
        slots.map(|slot| Entry { position: slot.position - 1, ..*slot })
    }
}

/// The last bits choose the slot within the part.
#[inline]
fn part_of(hash: u64) -> usize {
    (hash >> (u64::BITS - PARTS_BITS)) as usize
}

impl Part {
    fn insert(&mut self, entry: Entry) {
        if 4 * (self.len + 1) > 3 * self.slots.len() {
            self.grow();
        }
        self.len += 1;
        self.place(entry);
    }

    fn grow(&mut self) {
        let len = SLOTS_MIN.max(2 * self.slots.len());
        let old = std::mem::replace(&mut self.slots, vec![Entry::default(); len]);
        old.into_iter().filter(|slot| slot.position > 0).for_each(|slot| self.place(slot));
    }

    #[inline]
    fn place(&mut self, entry: Entry) {
        let mask = self.slots.len() - 1;
        let mut slot = entry.hash as usize & mask;
        while self.slots[slot].position > 0 {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = entry;
    }

    #[inline]
    fn find(&self, hash: u64, found: &mut Vec<Candidate>) {
        let Some(mask) = self.slots.len().checked_sub(1) else { return };
        let mut slot = hash as usize & mask;
        while let Entry { hash: other, position: 1.., content } = self.slots[slot] {
            if other == hash {
                found.push(Candidate { position: self.slots[slot].position - 1, content });
            }
            slot = (slot + 1) & mask;
        }
    }
}
