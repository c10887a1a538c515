//! Texts as 4-byte identifiers that are counted, so that a row keeps no text and equal texts are kept once.

use hashbrown::HashTable;

use crate::{bytes::Bytes, keys::hash};

/// The texts of a timeline's rows.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    entries: Vec<Entry>,
    free: Vec<u32>,
    table: HashTable<u32>,
    /// Bytes of the texts that are allocated.
    heap_bytes: usize,
    /// Last references that were given back while identifiers must stay what they are.
    held: Option<Vec<u32>>,
}

#[derive(Clone, Debug)]
struct Entry {
    text: Bytes,
    hash: u64,
    references: u32,
}

impl Dictionary {
    /// An identifier that a text of this hash may have, from the table alone.
    #[inline]
    pub fn candidate(&self, hash: u64) -> Option<u32> {
        self.table.find(hash, |_| true).copied()
    }

    /// Reads some of an identifier's entry, only to have it fetched.
    #[inline]
    pub fn warm(&self, id: u32) -> u64 {
        self.entries[id as usize].hash
    }

    /// The identifier of a text, with one more reference.
    pub fn intern(&mut self, text: &str) -> u32 {
        self.intern_hashed(text, hash(text.as_bytes()))
    }

    /// As `intern`, for a text whose [`hash`] is known.
    pub fn intern_hashed(&mut self, text: &str, hash: u64) -> u32 {
        let entries = &mut self.entries;
        let equal = |id: &u32| {
            let entry = &entries[*id as usize];
            entry.hash == hash && entry.text.as_slice() == text.as_bytes()
        };
        if let Some(id) = self.table.find(hash, equal) {
            entries[*id as usize].references += 1;
            return *id;
        }
        let entry = Entry { text: Bytes::new(text.as_bytes()), hash, references: 1 };
        self.heap_bytes += entry.text.heap_bytes();
        let id = if let Some(id) = self.free.pop() {
            entries[id as usize] = entry;
            id
        } else {
            entries.push(entry);
            u32::try_from(entries.len() - 1).expect("a shard holds fewer than 2^32 texts")
        };
        self.table.insert_unique(hash, id, |id| entries[*id as usize].hash);
        id
    }

    /// Gives a reference back; the last one frees the identifier.
    pub fn release(&mut self, id: u32) {
        let entry = &mut self.entries[id as usize];
        if let Some(held) = &mut self.held
            && entry.references == 1
        {
            return held.push(id);
        }
        entry.references -= 1;
        if entry.references > 0 {
            return;
        }
        self.heap_bytes -= entry.text.heap_bytes();
        entry.text = Bytes::new(&[]);
        let found = self.table.find_entry(entry.hash, |other| *other == id);
        found.expect("every text is in the table").remove();
        self.free.push(id);
    }

    /// From now on every identifier keeps its text, until [`Dictionary::let_go`].
    pub fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Frees what was given back since [`Dictionary::hold`].
    pub fn let_go(&mut self) {
        self.held.take().into_iter().flatten().for_each(|id| self.release(id));
    }

    /// The text of an identifier.
    pub fn text(&self, id: u32) -> &str {
        std::str::from_utf8(self.bytes(id)).expect("it was a text when it came")
    }

    /// The bytes of an identifier's text.
    #[inline]
    pub fn bytes(&self, id: u32) -> &[u8] {
        self.entries[id as usize].text.as_slice()
    }

    /// Number of texts.
    #[cfg(test)]
    pub const fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Bytes of the texts and of what finds them.
    pub fn memory(&self) -> usize {
        self.heap_bytes
            + self.entries.capacity() * size_of::<Entry>()
            + self.free.capacity() * size_of::<u32>()
            + self.table.allocation_size()
            + self.held.as_ref().map_or(0, |held| held.capacity() * size_of::<u32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_live_as_long_as_their_references() {
        let mut dictionary = Dictionary::default();
        let (left, right) = (dictionary.intern("left"), dictionary.intern("right"));
        assert_eq!(dictionary.intern("left"), left);
        dictionary.release(left);
        assert_eq!(dictionary.text(left), "left");
        dictionary.release(left);
        assert_eq!(dictionary.intern("new"), left, "a freed identifier is used again");
        assert_eq!((dictionary.text(left), dictionary.text(right)), ("new", "right"));
    }

    #[test]
    fn held_texts_keep_their_identifiers() {
        let mut dictionary = Dictionary::default();
        let (gone, again) = (dictionary.intern("gone"), dictionary.intern("again"));
        dictionary.hold();
        dictionary.release(gone);
        dictionary.release(again);
        assert_eq!(dictionary.intern("again"), again);
        let other = dictionary.intern("other");
        assert_eq!((dictionary.text(gone), other == gone), ("gone", false));
        dictionary.let_go();
        assert_eq!((dictionary.len(), dictionary.text(again)), (2, "again"));
        assert_eq!(dictionary.intern("new"), gone);
        dictionary.release(again);
        assert_eq!(dictionary.len(), 2);
    }
}
