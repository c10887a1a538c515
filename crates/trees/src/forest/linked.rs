//! Trees of any depth: all in one array of 8-byte nodes, each of which says how far ahead its children are.
//!
//! A leaf compares with a slot that sends every row back to that leaf, so all walks of a tree take the same number of
//! steps, and none of them branches. Several walks are under way at once.

use super::{BLOCK_ROWS, BlockKeys, Layout, RIGHT, RowKeys};
use crate::tree::{Node as Checked, Tree};

/// Walks that are under way at once, to hide the latency of each.
const LANES: usize = 8;

/// As many nodes as a 16-bit index tells apart. A tree has no more.
const WINDOW: usize = 1 << 16;

/// A split, or a leaf.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// Rows whose key is less go left; of a leaf, the bits of its value.
    key: u32,
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

/// An ensemble.
#[derive(Debug)]
pub struct Linked {
    groups: Vec<Group>,
    /// All trees back to back, then [`WINDOW`] unused nodes.
    nodes: Vec<Node>,
}

impl Linked {
    /// Lays out these trees.
    pub fn compile(trees: &[Tree], layout: &Layout) -> Self {
        let len: usize = trees.iter().map(|tree| tree.nodes.len()).sum();
        let mut nodes = Vec::with_capacity(len + WINDOW);
        let mut groups: Vec<Group> = Vec::new();
        for tree in trees {
            let end = nodes.len() + tree.nodes.len();
            if !groups.last().is_some_and(|group| group.len < LANES && end - group.start <= WINDOW) {
                groups.push(Group { start: nodes.len(), ..Group::default() });
            }
            let group = groups.last_mut().expect("one was pushed");
            group.add(nodes.len(), tree.depth);
            nodes.extend(tree.nodes.iter().enumerate().map(|(at, node)| Node::of(node, at, layout)));
        }
        nodes.resize(nodes.len() + WINDOW, Node::default());
        Self { groups, nodes }
    }

    /// Adds the leaves of one row, whose walks through the trees of a group go side by side.
    pub fn add_row(&self, keys: &RowKeys, margin: &mut f32) {
        for group in &self.groups {
            let nodes = self.window(group);
            let mut at = group.roots.map(usize::from);
            for _ in 0..group.depth() {
                for at in &mut at {
                    let node = nodes[*at & (WINDOW - 1)];
                    *at = node.next(*at, keys[usize::from(node.slot)]);
                }
            }
            for at in &at[..group.len] {
                *margin += nodes[*at & (WINDOW - 1)].value();
            }
        }
    }

    /// Adds the leaves of a block's rows, of which [`LANES`] walk through a tree side by side.
    pub fn add_block(&self, keys: &BlockKeys, out: &mut [f32; BLOCK_ROWS]) {
        for group in &self.groups {
            let nodes = self.window(group);
            for (root, depth) in group.roots.iter().zip(group.depths).take(group.len) {
                for (lanes, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                    let mut at = [usize::from(*root); LANES];
                    for _ in 0..depth {
                        for (lane, at) in at.iter_mut().enumerate() {
                            let node = nodes[*at & (WINDOW - 1)];
                            let keys = &keys[usize::from(node.slot)];
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
    fn of(node: &Checked, at: usize, layout: &Layout) -> Self {
        match node {
            Checked::Leaf(value) => Self { key: value.to_bits(), slot: RIGHT, right: 0 },
            Checked::Split { feature, default_left, test, right, .. } => {
                let (slot, key) = layout.comparison(*feature, *default_left, test);
                let right = u16::try_from(right - at).expect("a tree has at most 2^16 nodes");
                Self { key, slot, right }
            }
        }
    }

    /// Where a row with `key` goes from here, this node being at `at`.
    #[inline]
    fn next(self, at: usize, key: u32) -> usize {
        at.wrapping_add(usize::from(self.right)).wrapping_sub(usize::from(key < self.key))
    }

    /// The value of a leaf.
    #[inline]
    fn value(self) -> f32 {
        f32::from_bits(self.key)
    }
}

impl Group {
    fn add(&mut self, root: usize, depth: usize) {
        self.roots[self.len..].fill(u16::try_from(root - self.start).expect("a group fits into a window"));
        self.depths[self.len] = u8::try_from(depth).expect("a tree has at most 64 levels");
        self.len += 1;
    }

    /// The depth of its deepest tree.
    fn depth(&self) -> u8 {
        self.depths.iter().copied().max().expect("a group has lanes")
    }
}
