//! Scoring: a row becomes integer keys, and every split is one comparison of two integers, without a branch.
//!
//! A row is first turned into *keys*, integers that order as its numbers do, each in a *slot*. A missing value has
//! the least key or the greatest, so a split needs no other test for it; a number that some splits send left when it
//! is missing, and others right, has a slot for each. Each set of categories that some split asks for has a slot too,
//! whose key is one of the extremes. What follows from the keys is in [`complete`] for trees of few levels, which is what
//! boosting makes, and in [`linked`] for all others.

mod complete;
mod keys;
mod linked;

use std::cell::RefCell;

use crate::{Error, learner::Learner};
use complete::Complete;
use keys::Layout;
use linked::Linked;

/// Rows that are scored together: few enough for their keys to stay in the first cache.
const BLOCK_ROWS: usize = 16;

/// The most slots: as many as a 16-bit number tells apart, so that a table of them is never left.
const SLOTS_MAX: usize = 1 << 16;

/// The slot whose key is the greatest.
const RIGHT: u16 = 0;

/// Keys of one row.
type RowKeys = [u32; SLOTS_MAX];

/// Keys of a block's rows, side by side in each slot.
type BlockKeys = [[u32; BLOCK_ROWS]; SLOTS_MAX];

/// A compiled ensemble.
#[derive(Debug)]
pub struct Forest {
    base_margin: f32,
    feature_count: usize,
    tree_count: usize,
    layout: Layout,
    shape: Shape,
}

/// How the trees lie in memory.
#[derive(Debug)]
enum Shape {
    Complete(Complete),
    Linked(Linked),
}

thread_local! {
    /// Keys of the rows that a thread scores, so that scoring allocates nothing. Of its 4 MiB of addresses only as much
    /// is ever touched, and so is memory, as the widest model has slots.
    static SCRATCH: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

impl Forest {
    /// Compiles a checked model.
    ///
    /// # Errors
    /// When it asks for more than the slots can tell apart.
    pub fn compile(learner: &Learner) -> Result<Self, Error> {
        let layout = Layout::of(learner.feature_count, learner.trees.iter().flat_map(|tree| &tree.nodes))?;
        let shape = match Complete::compile(&learner.trees, &layout) {
            Some(complete) => Shape::Complete(complete),
            None => Shape::Linked(Linked::compile(&learner.trees, &layout)),
        };
        Ok(Self {
            base_margin: learner.base_margin,
            feature_count: learner.feature_count,
            tree_count: learner.trees.len(),
            layout,
            shape,
        })
    }

    /// Number of trees.
    pub fn tree_count(&self) -> usize {
        self.tree_count
    }

    /// Margins of as many rows as `out` has: in blocks, and what is left row by row.
    pub fn margins(&self, rows: &[f32], out: &mut [f32]) {
        assert_eq!(rows.len(), out.len() * self.feature_count, "a row has one value for each feature");
        out.fill(self.base_margin);
        SCRATCH.with_borrow_mut(|scratch| {
            if scratch.is_empty() {
                *scratch = vec![0; SLOTS_MAX * BLOCK_ROWS];
            }
            let width = self.feature_count;
            let (blocks, rest) = out.as_chunks_mut::<BLOCK_ROWS>();
            let (block_rows, rest_rows) = rows.split_at(blocks.len() * BLOCK_ROWS * width);
            let keys = scratch.as_chunks_mut().0.first_chunk_mut().expect("a block has room");
            for (index, out) in blocks.iter_mut().enumerate() {
                self.score_block(&block_rows[index * BLOCK_ROWS * width..][..BLOCK_ROWS * width], keys, out);
            }
            let keys = scratch.first_chunk_mut().expect("a row has room");
            for (index, out) in rest.iter_mut().enumerate() {
                self.score_row(&rest_rows[index * width..][..width], keys, out);
            }
        });
    }

    fn score_row(&self, row: &[f32], keys: &mut RowKeys, out: &mut f32) {
        self.layout.fill_row(row, keys);
        match &self.shape {
            Shape::Complete(complete) => complete.add_row(keys, out),
            Shape::Linked(linked) => linked.add_row(keys, out),
        }
    }

    fn score_block(&self, rows: &[f32], keys: &mut BlockKeys, out: &mut [f32; BLOCK_ROWS]) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            #[expect(unsafe_code, reason = "the processor was just asked for what the function needs")]
            return unsafe { self.score_block_avx2(rows, keys, out) };
        }
        self.score_block_anywhere(rows, keys, out);
    }

    /// The same with the wider vectors of most processors.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn score_block_avx2(&self, rows: &[f32], keys: &mut BlockKeys, out: &mut [f32; BLOCK_ROWS]) {
        self.layout.fill_block(rows, keys);
        match &self.shape {
            Shape::Complete(complete) => complete.add_block_avx2(keys, out),
            Shape::Linked(linked) => linked.add_block(keys, out),
        }
    }

    fn score_block_anywhere(&self, rows: &[f32], keys: &mut BlockKeys, out: &mut [f32; BLOCK_ROWS]) {
        self.layout.fill_block(rows, keys);
        match &self.shape {
            Shape::Complete(complete) => complete.add_block(keys, out),
            Shape::Linked(linked) => linked.add_block(keys, out),
        }
    }
}

#[cfg(test)]
mod tests;
