//! Every layout of trees against a walk through the trees as the file has them.

use proptest::prelude::*;

use super::*;
use crate::tree::{Node, Test, Tree};

const FEATURES: usize = 5;

/// Values that meet each other and the thresholds often, with both zeros, infinities and what is missing.
fn value() -> impl Strategy<Value = f32> {
    prop::sample::select(vec![
        f32::NAN,
        f32::NEG_INFINITY,
        -1.0,
        -0.0,
        0.0,
        f32::from_bits(1),
        1.0,
        2.0,
        f32::INFINITY,
    ])
}

fn test() -> impl Strategy<Value = Test> {
    let threshold = value().prop_filter("a threshold is a number", |value| !value.is_nan());
    prop_oneof![
        4 => threshold.prop_map(Test::Less),
        1 => prop::collection::btree_set(0..3_u32, 1..3).prop_map(|set| Test::NotIn(set.into_iter().collect())),
    ]
}

/// A tree of up to `depth` levels, some ways of which end early.
fn tree(depth: usize) -> impl Strategy<Value = Tree> {
    let split = (0..FEATURES, any::<bool>(), test(), -9.0..9.0_f32, prop::bool::weighted(0.8));
    prop::collection::vec(split, 1 << depth).prop_map(move |splits| {
        let mut splits = splits.into_iter().cycle();
        let mut tree = Tree { nodes: vec![Node::Leaf(0.0)], depth: 0 };
        let mut open = std::collections::VecDeque::from([(0, 0)]);
        while let Some((at, level)) = open.pop_front() {
            let (feature, default_left, test, value, splits_on) = splits.next().expect("there is a first");
            tree.depth = tree.depth.max(level);
            if level == depth || !splits_on {
                tree.nodes[at] = Node::Leaf(value);
                continue;
            }
            let left = tree.nodes.len();
            tree.nodes[at] = Node::Split { feature, default_left, test, left, right: left + 1 };
            tree.nodes.extend([Node::Leaf(0.0), Node::Leaf(0.0)]);
            open.extend([(left, level + 1), (left + 1, level + 1)]);
        }
        tree
    })
}

/// What XGBoost does, word by word.
fn walked(tree: &Tree, row: &[f32]) -> f32 {
    let mut at = 0;
    loop {
        match &tree.nodes[at] {
            Node::Leaf(value) => return *value,
            Node::Split { feature, default_left, test, left, right } => {
                let value = row[*feature];
                let goes_left = match test {
                    _ if value.is_nan() => *default_left,
                    Test::Less(threshold) => value < *threshold,
                    Test::NotIn(set) => value < 0.0 || !set.contains(&(value as u32)),
                };
                at = if goes_left { *left } else { *right };
            }
        }
    }
}

proptest! {
    #[test]
    fn every_layout_scores_as_a_walk_does(
        trees in (0..7_usize).prop_flat_map(|depth| prop::collection::vec(tree(depth), 1..20)),
        rows in prop::collection::vec(prop::collection::vec(value(), FEATURES), 1..40),
    ) {
        let expected: Vec<u32> = rows
            .iter()
            .map(|row| trees.iter().fold(0.5, |sum, tree| sum + walked(tree, row)).to_bits())
            .collect();
        let values: Vec<f32> = rows.concat();
        let layout = || Layout::of(FEATURES, trees.iter().flat_map(|tree| &tree.nodes)).unwrap();
        let shapes = [
            Complete::compile(&trees, &layout()).map(Shape::Complete),
            Some(Shape::Linked(Linked::compile(&trees, &layout()))),
        ];
        for shape in shapes.into_iter().flatten() {
            let layout = layout();
            let tree_count = trees.len();
            let forest = Forest { base_margin: 0.5, feature_count: FEATURES, tree_count, layout, shape };
            let mut out = vec![f32::NAN; rows.len()];
            forest.margins(&values, &mut out);
            let found: Vec<u32> = out.iter().map(|margin| margin.to_bits()).collect();
            prop_assert_eq!(&found, &expected);

            // What a processor without the wider vectors runs.
            let mut keys = vec![[0; BLOCK_ROWS]; SLOTS_MAX];
            let keys: &mut BlockKeys = keys.first_chunk_mut().unwrap();
            for (index, expected) in expected.as_chunks::<BLOCK_ROWS>().0.iter().enumerate() {
                let rows = &values[index * BLOCK_ROWS * FEATURES..][..BLOCK_ROWS * FEATURES];
                let mut out = [0.5; BLOCK_ROWS];
                forest.score_block_anywhere(rows, keys, &mut out);
                prop_assert_eq!(&out.map(f32::to_bits), expected);
            }
        }
    }
}

fn split(left: usize) -> Node {
    let test = Test::Less(left as f32);
    Node::Split { feature: 0, default_left: true, test, left, right: left + 1 }
}

/// A tree whose every right child splits on.
fn chain(depth: usize) -> Tree {
    let levels = (0..depth).flat_map(|level| [split(2 * level + 1), Node::Leaf(1.0)]);
    Tree { nodes: levels.chain([Node::Leaf(2.0)]).collect(), depth }
}

fn full(depth: usize) -> Tree {
    let splits = (1 << depth) - 1;
    let nodes = (0..splits).map(|at| split(2 * at + 1)).chain((0..=splits).map(|at| Node::Leaf(at as f32)));
    Tree { nodes: nodes.collect(), depth }
}

#[test]
fn usual_trees_are_made_complete_and_deep_or_ragged_ones_are_not() {
    for (tree, complete) in [
        (full(0), true),
        (chain(2), true),
        (full(6), true),
        (full(9), true),
        (chain(9), false),
        (full(10), false),
        (chain(64), false),
    ] {
        let layout = Layout::of(FEATURES, tree.nodes.iter()).unwrap();
        let depth = tree.depth;
        assert_eq!(Complete::compile(&[tree], &layout).is_some(), complete, "{depth} levels");
    }
}
