//! Trees of few levels, all made complete and equally deep, so that a step needs no addresses of children.
//!
//! A step of a walk is six instructions then, and no branch. Where a tree ends early, both sides of what is made up
//! lead to the same value. Several walks are under way at once: of one row through several trees, or of several rows
//! of a block through one tree. In a block all rows meet the same splits in the first levels, so all comparisons of
//! those are made for all rows at once, and each row picks the ones on its way.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod walk;

use super::{BLOCK_ROWS, BlockKeys, Layout, RowKeys};
use crate::tree::{Node, Tree};
use walk::{LANES, Lanes};

/// The deepest tree that is made complete.
const DEPTH_MAX: usize = 9;

/// How many times as many nodes a model may have when its trees are complete.
const GROWTH_MAX: usize = 4;

/// Levels whose comparisons are made for all rows of a block at once.
const SHARED_LEVELS: usize = 3;

/// Splits in those levels.
const SHARED_SPLITS: usize = (1 << SHARED_LEVELS) - 1;

/// Slots whose keys a place can name.
const SLOTS_MAX: usize = (1 << 16) / BLOCK_ROWS;

/// Keys of a block as far as a place and a lane can name them.
type PlacedKeys = [u32; (1 << 16) + BLOCK_ROWS];

/// For each row of a block, in two halves, which of the splits after the shared levels it comes to, from the left.
type Ways = [[u32; LANES]; BLOCK_ROWS / LANES];

/// An ensemble. In a tree the children of the split at `n` are at `2 * n + 1` and `2 * n + 2`, and the leaves follow
/// the last split, so those of a tree are numbered from `2^depth - 1` on.
#[derive(Debug)]
pub struct Complete {
    /// Splits on every way to a leaf.
    depth: usize,
    /// Of each tree `2^depth`, the last of which is none.
    splits: Vec<Split>,
    /// `2^depth - 1` that are none, then of each tree `2^depth`: what starts where its splits start has its leaves at
    /// their numbers.
    leaves: Vec<f32>,
}

/// A split.
#[derive(Clone, Copy, Debug, Default)]
struct Split {
    /// Rows whose key is less go left.
    key: u32,
    /// Whose key in a row.
    slot: u16,
    /// The same in a block: where the slot starts.
    place: u16,
}

impl Complete {
    /// Lays out these trees, unless they are too deep, would become too large, or have too many slots.
    pub fn compile(trees: &[Tree], layout: &Layout) -> Option<Self> {
        let depth = trees.iter().map(|tree| tree.depth).max().unwrap_or(0).max(SHARED_LEVELS);
        if depth > DEPTH_MAX || layout.slot_count() > SLOTS_MAX {
            return None;
        }
        let len = trees.len() << depth;
        let nodes: usize = trees.iter().map(|tree| tree.nodes.len()).sum();
        if depth > SHARED_LEVELS && 2 * len > GROWTH_MAX * nodes {
            return None;
        }
        let mut splits = vec![Split::default(); len];
        let mut leaves = vec![0.0; len + (1 << depth) - 1];
        for (index, tree) in trees.iter().enumerate() {
            let start = index << depth;
            fill(&mut splits[start..], &mut leaves[start..], depth, tree, layout);
        }
        Some(Self { depth, splits, leaves })
    }

    /// Adds the leaves of one row, which walks through [`LANES`] trees at once.
    pub fn add_row(&self, keys: &RowKeys, margin: &mut f32) {
        let stride = 1 << self.depth;
        let key = |_, split: &Split| keys[usize::from(split.slot)];
        let mut start = 0;
        while start + LANES * stride <= self.splits.len() {
            let lanes = self.lanes::<LANES>(start, stride);
            for value in lanes.values(key) {
                *margin += value;
            }
            start += LANES * stride;
        }
        while start < self.splits.len() {
            let [value] = self.lanes::<1>(start, stride).values(key);
            *margin += value;
            start += stride;
        }
    }

    /// Adds the leaves of a block's rows.
    #[inline(always)]
    pub fn add_block(&self, keys: &BlockKeys, out: &mut [f32; BLOCK_ROWS]) {
        self.add_block_with(keys, out, shared_ways);
    }

    /// Adds the leaves of a block's rows, with `shared_ways` for the shared levels.
    #[inline(always)]
    fn add_block_with(
        &self,
        keys: &BlockKeys,
        out: &mut [f32; BLOCK_ROWS],
        shared_ways: impl Fn(&[Split; SHARED_SPLITS], &PlacedKeys) -> Ways,
    ) {
        let keys: &PlacedKeys = keys.as_flattened().first_chunk().expect("more slots follow");
        for start in (0..self.splits.len()).step_by(1 << self.depth) {
            let splits = self.splits[start..].first_chunk().expect("every tree has the shared levels");
            let ways = shared_ways(splits, keys);
            let lanes = self.lanes::<LANES>(start, 0);
            // Written out, because the compiler keeps a loop, and with it fewer walks in registers.
            let key = |lane, split: &Split| keys[usize::from(split.place) + lane];
            let first = lanes.values_from(&ways[0], SHARED_LEVELS, key);
            let second = lanes.values_from(&ways[1], SHARED_LEVELS, |lane, split| key(lane + LANES, split));
            for (out, value) in out.iter_mut().zip(first.into_iter().chain(second)) {
                *out += value;
            }
        }
    }

    /// The trees from the one that starts at `start`, or that one for all lanes when the stride is 0.
    #[inline(always)]
    fn lanes<const COUNT: usize>(&self, start: usize, stride: usize) -> Lanes<'_, COUNT> {
        Lanes::new(&self.splits[start..], &self.leaves[start..], stride, self.depth)
    }
}

/// Writes a tree.
fn fill(splits: &mut [Split], leaves: &mut [f32], depth: usize, tree: &Tree, layout: &Layout) {
    let mut open = vec![(0, 0)];
    while let Some((from, to)) = open.pop() {
        let (left, right) = match &tree.nodes[from] {
            Node::Leaf(value) if to + 1 >= 1 << depth => {
                leaves[to] = *value;
                continue;
            }
            Node::Leaf(_) => (from, from),
            Node::Split { feature, default_left, test, left, right } => {
                let (slot, key) = layout.comparison(*feature, *default_left, test);
                splits[to] = Split { key, slot, place: slot * BLOCK_ROWS as u16 };
                (*left, *right)
            }
        };
        open.extend([(left, 2 * to + 1), (right, 2 * to + 2)]);
    }
}

/// Takes the rows of a block through the shared levels.
#[inline(always)]
fn shared_ways(splits: &[Split; SHARED_SPLITS], keys: &PlacedKeys) -> Ways {
    let mut ways = Ways::default();
    for (lane, way) in ways.as_flattened_mut().iter_mut().enumerate() {
        let mut at = 0;
        for _ in 0..SHARED_LEVELS {
            let split: &Split = &splits[at];
            at = 2 * at + 2 - usize::from(keys[usize::from(split.place) + lane] < split.key);
        }
        *way = (at - SHARED_SPLITS) as u32;
    }
    ways
}
