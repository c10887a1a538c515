//! From checked trees to the array of nodes.

use super::{Forest, Group, LANES, Layout, Node, RIGHT, WINDOW};
use crate::{Error, learner::Learner, tree::Node as Checked};

impl Forest {
    /// Compiles a checked model.
    ///
    /// # Errors
    /// When it asks for more than the slots can tell apart.
    pub fn compile(learner: &Learner) -> Result<Self, Error> {
        let layout = Layout::of(learner.trees.iter().flat_map(|tree| &tree.nodes))?;
        let len: usize = learner.trees.iter().map(|tree| tree.nodes.len()).sum();
        let mut nodes = Vec::with_capacity(len + WINDOW);
        let mut groups: Vec<Group> = Vec::new();
        for tree in &learner.trees {
            let end = nodes.len() + tree.nodes.len();
            if !groups.last().is_some_and(|group| group.len < LANES && end - group.start <= WINDOW) {
                groups.push(Group { start: nodes.len(), ..Group::default() });
            }
            let group = groups.last_mut().expect("one was pushed");
            group.add(nodes.len(), tree.depth);
            nodes.extend(tree.nodes.iter().enumerate().map(|(at, node)| Node::of(node, at, &layout)));
        }
        nodes.resize(nodes.len() + WINDOW, Node::default());
        Ok(Self {
            base_margin: learner.base_margin,
            feature_count: learner.feature_count,
            layout,
            groups,
            nodes,
        })
    }
}

impl Group {
    fn add(&mut self, root: usize, depth: usize) {
        self.roots[self.len..].fill(u16::try_from(root - self.start).expect("a group fits into a window"));
        self.depths[self.len] = u8::try_from(depth).expect("a tree has at most 64 levels");
        self.len += 1;
    }
}

impl Node {
    fn of(node: &Checked, at: usize, layout: &Layout) -> Self {
        match node {
            Checked::Leaf(value) => Self { key: value.to_bits().cast_signed(), slot: RIGHT, right: 0 },
            Checked::Split { feature, default_left, test, right, .. } => {
                let (slot, key) = layout.comparison(*feature, *default_left, test);
                let right = u16::try_from(right - at).expect("a tree has at most 2^16 nodes");
                Self { key, slot, right }
            }
        }
    }
}
