//! A place between two rows of a key that stays where it is when rows come.

use std::cmp::Ordering;

/// A place between rows: before the row with this rank. Where that row is, is cached while the shape lasts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    pub rank: u64,
    /// That of the rows when the place was found.
    pub shape: u64,
    /// The number of the chunk.
    pub chunk: u32,
    /// The row in it.
    pub row: u8,
}

impl Mark {
    #[inline]
    pub const fn row(&self) -> usize {
        self.row as usize
    }

    /// Stays between the same rows when a late one has come to `row`, which takes none of the others to another chunk;
    /// returns whether the late one is before the mark.
    #[inline]
    pub fn take_in(&mut self, row: &Self) -> bool {
        match self.rank.cmp(&row.rank) {
            Ordering::Less => return false,
            // Before the late row, wherever the one was that it stood before.
            Ordering::Equal => {
                *self = *row;
                return false;
            }
            Ordering::Greater => self.rank += 1,
        }
        if self.shape == row.shape && self.chunk == row.chunk {
            self.row += 1;
        }
        true
    }

    /// The mark after this row, in the same chunk.
    pub const fn after(self) -> Self {
        Self { rank: self.rank + 1, row: self.row + 1, ..self }
    }
}
