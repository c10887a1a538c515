//! Scoring: all trees in one array of 8-byte nodes, walked without branches, several at a time.
//!
//! A row is first turned into *keys*, integers that order as its numbers do. Each number has two *slots*: in
//! the first a missing value has the least key, in the second the greatest, so a split needs no other test
//! for it. Each set of categories that some split asks for has a slot too, whose key is one of the extremes.
//! So every split is one comparison of two integers. A leaf compares with a slot that sends every row back to
//! that leaf, so all walks of a tree take the same number of steps, and none of them branches.

mod compile;
mod keys;

use std::cell::RefCell;

use keys::Layout;

/// Rows of a batch that walk through one tree before the next: few enough for their keys to stay in the first
/// cache.
const BLOCK_ROWS: usize = 16;

/// Walks that are under way at once, to hide the latency of each.
const LANES: usize = 8;

/// Slots of a narrow model, whose tables of keys are small.
const SLOTS_FEW: usize = 1 << 8;

/// The most slots.
const SLOTS_MAX: usize = 1 << 16;

/// As many nodes as a 16-bit index tells apart. A tree has no more.
const WINDOW: usize = 1 << 16;

/// The slot that sends every row to the right.
const RIGHT: u16 = 0;

/// A split, or a leaf.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// Rows whose key is less go left; of a leaf, the bits of its value.
    key: i32,
    /// Whose key; of a leaf, [`RIGHT`].
    slot: u16,
    /// How far ahead the right child is, the left one being before it; 0 in a leaf.
    right: u16,
}

/// Consecutive trees that fit into one window.
#[derive(Clone, Debug, Default)]
struct Group {
    /// The first node.
    start: usize,
    /// Roots from there; lanes that are left over repeat the last.
    roots: [u16; LANES],
    /// Depth of each tree.
    depths: [u8; LANES],
    /// How many trees there are.
    len: usize,
}

/// A compiled ensemble.
#[derive(Debug)]
pub struct Forest {
    base_margin: f32,
    feature_count: usize,
    layout: Layout,
    groups: Vec<Group>,
    /// All trees back to back, then [`WINDOW`] unused nodes.
    nodes: Vec<Node>,
}

thread_local! {
    /// Keys of the rows that a thread scores, so that scoring allocates nothing.
    static SCRATCH: RefCell<Vec<i32>> = const { RefCell::new(Vec::new()) };
}

impl Forest {
    /// Number of trees.
    pub fn tree_count(&self) -> usize {
        self.groups.iter().map(|group| group.len).sum()
    }

    /// Margins of as many rows as `out` has.
    pub fn margins(&self, rows: &[f32], out: &mut [f32]) {
        assert_eq!(rows.len(), out.len() * self.feature_count, "a row has one value for each feature");
        SCRATCH.with_borrow_mut(|scratch| {
            if self.layout.slot_count() <= SLOTS_FEW {
                self.score::<SLOTS_FEW>(rows, out, scratch);
            } else {
                self.score::<SLOTS_MAX>(rows, out, scratch);
            }
        });
    }

    /// Scores in blocks, and what is left row by row. No slot is `SLOTS` or above.
    fn score<const SLOTS: usize>(&self, rows: &[f32], out: &mut [f32], scratch: &mut Vec<i32>) {
        if scratch.len() < SLOTS * BLOCK_ROWS {
            scratch.resize(SLOTS * BLOCK_ROWS, 0);
        }
        let row = |index: usize| &rows[index * self.feature_count..][..self.feature_count];
        let (blocks, rest) = out.as_chunks_mut::<BLOCK_ROWS>();
        let scored = blocks.len() * BLOCK_ROWS;
        let keys =
            scratch.as_chunks_mut().0.first_chunk_mut::<SLOTS>().expect("scratch has room for a block");
        for (block, out) in blocks.iter_mut().enumerate() {
            (0..BLOCK_ROWS).for_each(|lane| {
                let row = row(block * BLOCK_ROWS + lane);
                self.layout.fill(row, |slot, key| keys[slot & (SLOTS - 1)][lane] = key);
            });
            self.block_margins(keys, out);
        }
        let keys = scratch.first_chunk_mut::<SLOTS>().expect("scratch has room for a row");
        for (index, out) in rest.iter_mut().enumerate() {
            self.layout.fill(row(scored + index), |slot, key| keys[slot & (SLOTS - 1)] = key);
            *out = self.row_margin(keys);
        }
    }

    /// Adds up the leaves of one row, whose walks through the trees of a group go side by side.
    fn row_margin<const SLOTS: usize>(&self, keys: &[i32; SLOTS]) -> f32 {
        let mut margin = self.base_margin;
        for group in &self.groups {
            let nodes = self.window(group);
            let mut at = group.roots.map(usize::from);
            for _ in 0..group.depth() {
                for at in &mut at {
                    let node = nodes[*at & (WINDOW - 1)];
                    *at = node.next(*at, keys[node.slot as usize & (SLOTS - 1)]);
                }
            }
            for at in &at[..group.len] {
                margin += nodes[*at & (WINDOW - 1)].value();
            }
        }
        margin
    }

    /// Adds up the leaves of a block's rows, of which [`LANES`] walk through a tree side by side.
    fn block_margins<const SLOTS: usize>(
        &self,
        keys: &[[i32; BLOCK_ROWS]; SLOTS],
        out: &mut [f32; BLOCK_ROWS],
    ) {
        *out = [self.base_margin; BLOCK_ROWS];
        for group in &self.groups {
            let nodes = self.window(group);
            for (root, depth) in group.roots.iter().zip(group.depths).take(group.len) {
                for (lanes, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                    let mut at = [usize::from(*root); LANES];
                    for _ in 0..depth {
                        for (lane, at) in at.iter_mut().enumerate() {
                            let node = nodes[*at & (WINDOW - 1)];
                            let keys = &keys[node.slot as usize & (SLOTS - 1)];
                            *at = node.next(*at, keys[(lanes * LANES + lane) & (BLOCK_ROWS - 1)]);
                        }
                    }
                    for (margin, at) in out.iter_mut().zip(at) {
                        *margin += nodes[at & (WINDOW - 1)].value();
                    }
                }
            }
        }
    }

    fn window(&self, group: &Group) -> &[Node; WINDOW] {
        self.nodes[group.start..].first_chunk().expect("a window of nodes follows the last tree")
    }
}

impl Node {
    /// Where a row with `key` goes from here, this node being at `at`.
    #[inline]
    fn next(self, at: usize, key: i32) -> usize {
        at.wrapping_add(usize::from(self.right)).wrapping_sub(usize::from(key < self.key))
    }

    /// The value of a leaf.
    #[inline]
    fn value(self) -> f32 {
        f32::from_bits(self.key.cast_unsigned())
    }
}

impl Group {
    /// The depth of its deepest tree.
    fn depth(&self) -> u8 {
        self.depths.iter().copied().max().expect("a group has lanes")
    }
}
