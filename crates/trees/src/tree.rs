//! One tree as the file has it, checked node by node, so that nothing after this can leave the tree or run in
//! circles.

use std::collections::VecDeque;

use crate::{
    Error,
    document::{Value, join},
};

/// The deepest tree: splits on the way from the root to a leaf.
pub const DEPTH_MAX: usize = 64;

/// The most nodes of a tree.
pub const NODES_MAX: usize = 1 << 16;

/// XGBoost takes categories from here on as unknown ones.
pub const CATEGORY_MAX: f32 = 16_777_216.0;

/// A checked tree: nodes that the root reaches, level by level, so that the ones most visited lie together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The most splits on a way to a leaf.
    pub depth: usize,
}

/// A node of a checked tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// The tree's value.
    Leaf(f32),
    /// Rows go left or right.
    Split {
        /// Index of the feature.
        feature: usize,
        /// Whether a row without the feature goes left.
        default_left: bool,
        /// What sends a row left.
        test: Test,
        /// Index of the left child.
        left: usize,
        /// Index of the right child.
        right: usize,
    },
}

/// What a split asks of its feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Left when the value is less. Never NaN.
    Less(f32),
    /// Right when the value is one of these categories, ascending.
    NotIn(Vec<u32>),
}

impl Tree {
    /// Reads the tree at `path`, whose features are below `feature_count`.
    pub fn read(value: &Value, path: &str, feature_count: usize) -> Result<Self, Error> {
        Arrays::read(value, path)?.tree(feature_count)
    }
}

/// The parallel arrays of a tree.
struct Arrays<'a> {
    path: &'a str,
    left: &'a [i64],
    right: &'a [i64],
    features: &'a [i64],
    default_left: &'a [i64],
    conditions: Vec<f32>,
    categories: Categories<'a>,
}

/// Categories of the categorical nodes; all empty in a tree without them.
#[derive(Default)]
struct Categories<'a> {
    split_type: &'a [i64],
    nodes: &'a [i64],
    starts: &'a [i64],
    sizes: &'a [i64],
    values: &'a [i64],
}

impl<'a> Arrays<'a> {
    fn read(value: &'a Value, path: &'a str) -> Result<Self, Error> {
        let parameters = join(path, "tree_param");
        let len = value.get(path, "tree_param")?.parameter(&parameters, "num_nodes")?;
        if len == 0 {
            return Err(Error::malformed(join(&parameters, "num_nodes"), "is 0"));
        }
        if len > NODES_MAX {
            return Err(Error::TooLarge { what: "nodes in one tree", count: len, max: NODES_MAX });
        }
        if value
            .get(path, "tree_param")?
            .parameter(&parameters, "size_leaf_vector")
            .is_ok_and(|size| size > 1)
        {
            return Err(Error::Unsupported {
                what: "a tree with several values in a leaf".to_owned(),
                remedy: "train one model for each target",
            });
        }
        let split_type =
            if value.find("split_type").is_some() { value.integers(path, "split_type")? } else { &[] };
        let categories = if split_type.iter().any(|kind| *kind != 0) {
            Categories {
                split_type,
                nodes: value.integers(path, "categories_nodes")?,
                starts: value.integers(path, "categories_segments")?,
                sizes: value.integers(path, "categories_sizes")?,
                values: value.integers(path, "categories")?,
            }
        } else {
            Categories::default()
        };
        let arrays = Self {
            path,
            left: value.integers(path, "left_children")?,
            right: value.integers(path, "right_children")?,
            features: value.integers(path, "split_indices")?,
            default_left: value.integers(path, "default_left")?,
            conditions: value.floats(path, "split_conditions")?,
            categories,
        };
        for (name, found) in [
            ("left_children", arrays.left.len()),
            ("right_children", arrays.right.len()),
            ("split_indices", arrays.features.len()),
            ("default_left", arrays.default_left.len()),
            ("split_conditions", arrays.conditions.len()),
        ] {
            if found != len {
                return Err(Error::malformed(
                    join(path, name),
                    format!("has {found} values for {len} nodes"),
                ));
            }
        }
        Ok(arrays)
    }

    fn tree(&self, feature_count: usize) -> Result<Tree, Error> {
        let mut tree = Tree { nodes: vec![Node::Leaf(0.0)], depth: 0 };
        let mut seen = vec![false; self.left.len()];
        seen[0] = true;
        let mut next = VecDeque::from([(0, 0, 0)]);
        while let Some((from, to, depth)) = next.pop_front() {
            if self.left[from] == -1 {
                tree.nodes[to] = Node::Leaf(self.leaf(from)?);
                tree.depth = tree.depth.max(depth);
                continue;
            }
            if depth == DEPTH_MAX {
                return Err(Error::TooLarge {
                    what: "levels in one tree",
                    count: DEPTH_MAX + 1,
                    max: DEPTH_MAX,
                });
            }
            let left = tree.nodes.len();
            tree.nodes[to] = self.split(from, left, feature_count)?;
            for (child, place) in [(self.left[from], left), (self.right[from], left + 1)] {
                let child = usize::try_from(child).ok().filter(|child| *child < seen.len());
                let child = child.ok_or_else(|| self.at(from, "has a child outside the tree"))?;
                if std::mem::replace(&mut seen[child], true) {
                    return Err(self.at(child, "is reached twice"));
                }
                tree.nodes.push(Node::Leaf(0.0));
                next.push_back((child, place, depth + 1));
            }
        }
        Ok(tree)
    }

    fn at(&self, node: usize, problem: &str) -> Error {
        Error::malformed(format!("{} node {node}", self.path), problem)
    }

    fn leaf(&self, node: usize) -> Result<f32, Error> {
        let value = self.conditions[node];
        if value.is_finite() { Ok(value) } else { Err(self.at(node, "has a leaf that is not finite")) }
    }

    fn split(&self, node: usize, left: usize, feature_count: usize) -> Result<Node, Error> {
        let feature = usize::try_from(self.features[node]).ok().filter(|feature| *feature < feature_count);
        let problem = || format!("splits on feature {} of {feature_count}", self.features[node]);
        let feature = feature.ok_or_else(|| self.at(node, &problem()))?;
        let test = match self.categories.split_type.get(node) {
            None | Some(0) if self.conditions[node].is_nan() => {
                return Err(self.at(node, "has a threshold that is not a number"));
            }
            None | Some(0) => Test::Less(self.conditions[node]),
            Some(1) => Test::NotIn(self.categories.of(node).map_err(|problem| self.at(node, problem))?),
            Some(_) => return Err(self.at(node, "has an unknown split type")),
        };
        let default_left = self.default_left[node] != 0;
        Ok(Node::Split { feature, default_left, test, left, right: left + 1 })
    }
}

impl Categories<'_> {
    fn of(&self, node: usize) -> Result<Vec<u32>, &'static str> {
        let node = i64::try_from(node).expect("a tree has at most 2^20 nodes");
        let place = self.nodes.binary_search(&node).map_err(|_| "has no categories")?;
        let bound = |values: &[i64]| values.get(place).and_then(|value| usize::try_from(*value).ok());
        let (start, size) = bound(self.starts).zip(bound(self.sizes)).ok_or("has no categories")?;
        let end = start.checked_add(size).filter(|end| *end <= self.values.len());
        let values =
            &self.values[start.min(self.values.len())..end.ok_or("has categories outside the list")?];
        let category = |value: &i64| u32::try_from(*value).ok().filter(|value| *value < CATEGORY_MAX as u32);
        let mut values: Vec<u32> = values
            .iter()
            .map(category)
            .collect::<Option<_>>()
            .ok_or("has a category outside 0 to 16777215")?;
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }
}
