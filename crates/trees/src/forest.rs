//! Scoring: all trees in one array of 8-byte nodes, walked without branches, several at a time.
//!
//! A row is first turned into *keys*: integers that order as its numbers do. Each (feature, direction of the missing) pair
//! that occurs has a *slot* of its own, and a missing value has the least or the greatest key there; each set of
//! categories has one too, whose key is one of the extremes. So every split is one comparison of two integers. A leaf
//! compares with a slot that sends every row back to the leaf, so that all walks of a tree take the same number of steps.

use crate::{
    Error,
    learner::Learner,
    tree::{CATEGORY_MAX, Node as Checked, Test},
};

/// Rows that are walked through one tree before the next.
const BLOCK_ROWS: usize = 64;

/// Walks that are under way at once, to hide the latency of each.
const LANES: usize = 8;

/// Slots that a row's keys have: models with few are walked with a smaller table.
const SLOTS_FEW: usize = 1 << 8;
const SLOTS_MAX: usize = 1 << 16;

/// Any tree's nodes and what follows them, so that no 16-bit index leaves it.
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

/// What a slot's key is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// A number. Missing is less or greater than all.
    Number { feature: u32, default_left: bool },
    /// One bit for each category that goes right.
    Categories { feature: u32, default_left: bool, bits: Vec<u64> },
}

/// Consecutive trees that fit into one window.
#[derive(Clone, Debug, Default)]
struct Group {
    /// The first node.
    start: usize,
    /// Roots from there; lanes that are left over repeat the last.
    roots: [u16; LANES],
    /// How many trees there are.
    len: usize,
    /// The depth of the deepest.
    depth: usize,
}

/// A compiled ensemble.
#[derive(Debug)]
pub struct Forest {
    base_margin: f32,
    feature_count: usize,
    /// Slot 1 and following.
    sources: Vec<Source>,
    groups: Vec<Group>,
    /// All trees back to back, then [`WINDOW`] unused nodes.
    nodes: Vec<Node>,
}

impl Forest {
    /// Compiles a checked model.
    pub fn compile(learner: &Learner) -> Result<Self, Error> {
        let mut sources: Vec<Source> =
            learner.trees.iter().flat_map(|tree| &tree.nodes).filter_map(source).collect();
        sources.sort_unstable();
        sources.dedup();
        if sources.len() >= SLOTS_MAX {
            let what = "features and sets of categories in use";
            return Err(Error::TooLarge { what, count: sources.len(), max: SLOTS_MAX - 1 });
        }
        let len: usize = learner.trees.iter().map(|tree| tree.nodes.len()).sum();
        let mut nodes = Vec::with_capacity(len + WINDOW);
        let mut groups: Vec<Group> = Vec::new();
        for tree in &learner.trees {
            let end = nodes.len() + tree.nodes.len();
            match groups.last_mut() {
                Some(group) if group.len < LANES && end - group.start <= WINDOW => {
                    group.add(nodes.len(), tree.depth)
                }
                _ => {
                    let mut group = Group { start: nodes.len(), ..Group::default() };
                    group.add(nodes.len(), tree.depth);
                    groups.push(group);
                }
            }
            nodes.extend(tree.nodes.iter().enumerate().map(|(at, node)| compiled(node, at, &sources)));
        }
        nodes.resize(nodes.len() + WINDOW, Node::default());
        Ok(Self {
            base_margin: learner.base_margin,
            feature_count: learner.feature_count,
            sources,
            groups,
            nodes,
        })
    }

    /// Number of trees.
    pub fn tree_count(&self) -> usize {
        self.groups.iter().map(|group| group.len).sum()
    }

    /// Margins of as many rows as `out` has, `feature_count` values each.
    pub fn margins(&self, rows: &[f32], out: &mut [f32]) {
        assert_eq!(
            rows.len(),
            out.len() * self.feature_count,
            "a row has as many values as the model features"
        );
        SCRATCH.with_borrow_mut(|scratch| {
            if self.sources.len() < SLOTS_FEW {
                self.margins_of::<SLOTS_FEW>(rows, out, scratch);
            } else {
                self.margins_of::<SLOTS_MAX>(rows, out, scratch);
            }
        });
    }

    fn margins_of<const SLOTS: usize>(&self, rows: &[f32], out: &mut [f32], scratch: &mut Vec<i32>) {
        let lanes = if out.len() < LANES { 1 } else { BLOCK_ROWS };
        if scratch.len() < SLOTS * lanes {
            scratch.resize(SLOTS * lanes, 0);
        }
        let mut done = 0;
        if lanes > 1 {
            let block = scratch.as_chunks_mut::<BLOCK_ROWS>().0.first_chunk_mut::<SLOTS>();
            let block = block.expect("scratch was made large enough");
            for out in out.chunks_mut(BLOCK_ROWS) {
                let count = out.len();
                if count < LANES {
                    break;
                }
                self.block_keys(
                    &rows[done * self.feature_count..][..count * self.feature_count],
                    count,
                    block,
                );
                self.block_margins(block, out);
                done += count;
            }
        }
        let keys = scratch.first_chunk_mut::<SLOTS>().expect("scratch was made large enough");
        for (row, out) in (done..out.len()).zip(&mut out[done..]) {
            self.row_keys(&rows[row * self.feature_count..][..self.feature_count], keys);
            *out = self.row_margin(keys);
        }
    }

    /// Fills the keys of one row.
    fn row_keys<const SLOTS: usize>(&self, row: &[f32], keys: &mut [i32; SLOTS]) {
        keys[RIGHT as usize] = i32::MAX;
        for (key, source) in keys[1..].iter_mut().zip(&self.sources) {
            *key = source.key(row);
        }
    }

    /// Adds up the leaves of one row, walking the trees of a group side by side.
    fn row_margin<const SLOTS: usize>(&self, keys: &[i32; SLOTS]) -> f32 {
        let mut margin = self.base_margin;
        for group in &self.groups {
            let nodes = self.window(group);
            let mut at = group.roots.map(usize::from);
            for _ in 0..group.depth {
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

    fn block_keys<const SLOTS: usize>(
        &self,
        rows: &[f32],
        count: usize,
        block: &mut [[i32; BLOCK_ROWS]; SLOTS],
    ) {
        block[RIGHT as usize] = [i32::MAX; BLOCK_ROWS];
        for (keys, source) in block[1..].iter_mut().zip(&self.sources) {
            for (key, row) in keys[..count].iter_mut().zip(rows.chunks_exact(self.feature_count)) {
                *key = source.key(row);
            }
        }
    }

    /// Adds up the leaves of a block's rows, walking some rows of a tree side by side.
    fn block_margins<const SLOTS: usize>(&self, block: &[[i32; BLOCK_ROWS]; SLOTS], out: &mut [f32]) {
        let mut margins = [self.base_margin; BLOCK_ROWS];
        for group in &self.groups {
            let nodes = self.window(group);
            for root in &group.roots[..group.len] {
                for (lane, margins) in margins.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                    let first = lane * LANES;
                    if first >= out.len() {
                        break;
                    }
                    let mut at = [usize::from(*root); LANES];
                    for _ in 0..group.depth {
                        for (lane, at) in at.iter_mut().enumerate() {
                            let node = nodes[*at & (WINDOW - 1)];
                            let keys = &block[node.slot as usize & (SLOTS - 1)];
                            *at = node.next(*at, keys[(first + lane) & (BLOCK_ROWS - 1)]);
                        }
                    }
                    for (margin, at) in margins.iter_mut().zip(at) {
                        *margin += nodes[at & (WINDOW - 1)].value();
                    }
                }
            }
        }
        out.copy_from_slice(&margins[..out.len()]);
    }

    fn window(&self, group: &Group) -> &[Node; WINDOW] {
        self.nodes[group.start..].first_chunk().expect("a window of nodes follows the last tree")
    }
}

thread_local! {
    /// Keys of the rows that a thread scores, so that scoring allocates nothing.
    static SCRATCH: std::cell::RefCell<Vec<i32>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl Group {
    fn add(&mut self, root: usize, depth: usize) {
        let root = u16::try_from(root - self.start).expect("a group fits into a window");
        self.roots[self.len..].fill(root);
        self.len += 1;
        self.depth = self.depth.max(depth);
    }
}

/// An integer that orders as the number does; minus zero equals zero.
fn ordered(value: f32) -> i32 {
    let bits = (value + 0.0).to_bits().cast_signed();
    bits ^ ((bits >> 31) & i32::MAX)
}

impl Source {
    fn key(&self, row: &[f32]) -> i32 {
        match self {
            Self::Number { feature, default_left } => {
                let value = row[*feature as usize];
                let missing = if *default_left { i32::MIN } else { i32::MAX };
                if value.is_nan() { missing } else { ordered(value) }
            }
            Self::Categories { feature, default_left, bits } => {
                let value = row[*feature as usize];
                let right = if value.is_nan() {
                    !default_left
                } else if !(0.0..CATEGORY_MAX).contains(&value) {
                    false
                } else {
                    let category = value as u32;
                    bits.get(category as usize / 64).is_some_and(|bits| bits >> (category % 64) & 1 == 1)
                };
                if right { i32::MAX } else { i32::MIN }
            }
        }
    }
}

/// What a node compares, if it does.
fn source(node: &Checked) -> Option<Source> {
    let Checked::Split { feature, default_left, test, .. } = node else { return None };
    let feature = u32::try_from(*feature).expect("a model has at most 2^15 features");
    let default_left = *default_left;
    Some(match test {
        Test::Less(_) => Source::Number { feature, default_left },
        Test::NotIn(categories) => {
            let mut bits = vec![0; categories.last().map_or(0, |last| *last as usize / 64 + 1)];
            for category in categories {
                bits[*category as usize / 64] |= 1_u64 << (category % 64);
            }
            Source::Categories { feature, default_left, bits }
        }
    })
}

fn compiled(node: &Checked, at: usize, sources: &[Source]) -> Node {
    match node {
        Checked::Leaf(value) => Node { key: value.to_bits().cast_signed(), slot: RIGHT, right: 0 },
        Checked::Split { test, right, .. } => {
            let source = source(node).expect("a split compares");
            let slot = sources.binary_search(&source).expect("every split's source was collected") + 1;
            Node {
                key: match test {
                    Test::Less(threshold) => ordered(*threshold),
                    Test::NotIn(_) => 0,
                },
                slot: u16::try_from(slot).expect("slots were counted"),
                right: u16::try_from(right - at).expect("a tree has at most 2^16 nodes"),
            }
        }
    }
}
