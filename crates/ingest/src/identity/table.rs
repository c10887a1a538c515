//! Recent keys in memory: an open-addressing table of 24 bytes a slot.

use types::Position;

use super::{Candidate, Entry};

/// Slots of the first table: a power of two.
const SLOTS_MIN: usize = 1 << 10;

/// Entries by hash, several for a hash if need be. A slot's position is one more than the entry's: 0 is an empty one.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<Entry>,
    len: usize,
    last: Option<Position>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn last_position(&self) -> Option<Position> {
        self.last
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<Entry>()
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        if 4 * (self.len + 1) > 3 * self.slots.len() {
            self.grow();
        }
        self.last = self.last.max(Some(entry.position));
        self.len += 1;
        self.place(Entry { position: entry.position + 1, ..entry });
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
    pub(super) fn find(&self, hash: u64, found: &mut Vec<Candidate>) {
        let Some(mask) = self.slots.len().checked_sub(1) else { return };
        let mut slot = hash as usize & mask;
        while let Entry { hash: other, position: 1.., content } = self.slots[slot] {
            if other == hash {
                found.push(Candidate { position: self.slots[slot].position - 1, content });
            }
            slot = (slot + 1) & mask;
        }
    }

    /// All entries, in no order.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let slots = self.slots.iter().filter(|slot| slot.position > 0);
        slots.map(|slot| Entry { position: slot.position - 1, ..*slot })
    }
}
