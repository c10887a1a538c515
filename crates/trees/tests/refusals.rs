//! Bad models: every kind has its own named error, and no file whatever makes a panic.

use proptest::prelude::*;
use trees::{DEPTH_MAX, Error, Model, NODES_MAX, TREES_MAX};

/// The smallest model: one split, two leaves.
const SMALL: &str = r#"{"learner": {"attributes": {}, "feature_names": ["amount", "count"], "feature_types": [],
"gradient_booster": {"model": {"cats": {"enc": []}, "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"},
"iteration_indptr": [0, 1], "tree_info": [0], "trees": [{"base_weights": [0.0, 0.0, 0.0], "categories": [],
"categories_nodes": [], "categories_segments": [], "categories_sizes": [], "default_left": [1, 0, 0], "id": 0,
"left_children": [1, -1, -1], "loss_changes": [1.0, 0.0, 0.0], "parents": [2147483647, 0, 0],
"right_children": [2, -1, -1], "split_conditions": [0.5, -1.25, 2.5], "split_indices": [1, 0, 0],
"split_type": [0, 0, 0], "sum_hessian": [3.0, 1.0, 2.0],
"tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"}}]}, "name": "gbtree"},
"learner_model_param": {"base_score": "[5E-1]", "boost_from_average": "1", "num_class": "0", "num_feature": "2",
"num_target": "1"}, "objective": {"name": "binary:logitraw"}}, "version": [3, 2, 0]}"#;

/// [`SMALL`] with `from` replaced by `to`.
fn small(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    SMALL.replacen(from, to, 1)
}

fn refusal(bytes: &[u8]) -> String {
    Model::load(bytes).expect_err("the model is bad").to_string()
}

#[test]
fn the_small_model_scores() {
    let model = Model::load(SMALL.as_bytes()).unwrap();
    let mut margins = [0.0; 4];
    model.margins(&[9.0, 0.25, 9.0, 0.5, 9.0, f32::NAN, 9.0, f32::INFINITY], &mut margins);
    assert_eq!(margins, [-0.75, 3.0, -0.75, 3.0]);
    assert_eq!(model.feature_names().unwrap(), ["amount", "count"]);
    let mut predictions = [0.0; 1];
    model.predict(&[9.0, 0.25], &mut predictions);
    assert_eq!(predictions, [-0.75]);
}

#[test]
#[should_panic(expected = "a row has one value for each feature")]
fn rows_of_another_width_are_a_bug_of_the_caller() {
    Model::load(SMALL.as_bytes()).unwrap().margins(&[1.0, 2.0, 3.0], &mut [0.0]);
}

/// A change of the tree, and what is wrong with it then.
const TREE_DEFECTS: [(&str, &str, &str); 18] = [
    ("[1, -1, -1]", "[0, -1, -1]", "node 0 is reached twice"),
    ("[1, -1, -1]", "[1, 0, -1]", "node 0 is reached twice"),
    ("[2, -1, -1]", "[1, -1, -1]", "node 1 is reached twice"),
    ("[2, -1, -1]", "[3, -1, -1]", "node 0 has a child outside the tree"),
    ("[2, -1, -1]", "[-5, -1, -1]", "node 0 has a child outside the tree"),
    ("[1, 0, 0], \"id\"", "[1, 0], \"id\"", ".default_left has 2 values for 3 nodes"),
    ("\"split_indices\": [1", "\"split_indices\": [2", "node 0 splits on feature 2 of 2"),
    ("\"split_indices\": [1", "\"split_indices\": [-1", "node 0 splits on feature -1 of 2"),
    (
        "split_conditions\": [0.5, -1.25, 2.5]",
        "split_conditions\": [NaN, 1.0, 2.5]",
        "node 0 has a threshold that is not a number",
    ),
    (
        "split_conditions\": [0.5, -1.25, 2.5]",
        "split_conditions\": [0.5, NaN, 2.5]",
        "node 1 has a leaf that is not finite",
    ),
    (
        "split_conditions\": [0.5, -1.25, 2.5]",
        "split_conditions\": [0.5, 0.1, 1e99]",
        "node 2 has a leaf that is not finite",
    ),
    (
        "split_conditions\": [0.5, -1.25, 2.5]",
        "split_conditions\": \"x\"",
        ".split_conditions is not an array of numbers",
    ),
    ("\"split_type\": [0", "\"split_type\": [1", "node 0 has no categories"),
    ("\"split_type\": [0", "\"split_type\": [7", "node 0 has an unknown split type"),
    ("\"left_children\"", "\"left\"", ".left_children is missing"),
    ("\"num_nodes\": \"3\"", "\"num_nodes\": \"0\"", ".tree_param.num_nodes is 0"),
    ("\"num_nodes\": \"3\"", "\"num_nodes\": \"-3\"", ".tree_param.num_nodes is not a count"),
    ("\"id\": 0", "\"id\": 1", ".id is not a number of its own"),
];

/// A change elsewhere, and what is wrong then.
const DEFECTS: [(&str, &str, &str); 6] = [
    (
        "\"num_trees\": \"1\"",
        "\"num_trees\": \"2\"",
        "learner.gradient_booster.model.trees has 1 trees, and 2 are stated",
    ),
    ("[\"amount\", \"count\"]", "[\"amount\"]", "learner.feature_names has 1 names for 2 features"),
    ("[5E-1]", "[5E-1,1E0]", "learner.learner_model_param.base_score 5E-1,1E0 is not one number"),
    ("[5E-1]", "NaN", "learner.learner_model_param.base_score NaN is not finite"),
    ("\"version\": [3, 2, 0]", "\"version\": []", "version is not three integers"),
    ("\"learner\"", "\"leaner\"", "learner is missing"),
];

#[test]
fn every_defect_is_named_with_its_place() {
    let remedy = "; save it again with `Booster.save_model`";
    for (from, to, problem) in TREE_DEFECTS {
        let place = if problem.starts_with('.') { "trees[0]" } else { "trees[0] " };
        let text = format!("the model's learner.gradient_booster.model.{place}{problem}{remedy}");
        assert_eq!(refusal(small(from, to).as_bytes()), text);
    }
    for (from, to, problem) in DEFECTS {
        assert_eq!(refusal(small(from, to).as_bytes()), format!("the model's {problem}{remedy}"));
    }
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    for (from, to, text) in [
        (
            "binary:logitraw",
            "survival:cox",
            "objective survival:cox is not supported; train with binary:logistic",
        ),
        (
            "binary:logitraw",
            "multi:softmax",
            "objective multi:softmax is not supported; train one binary:logistic",
        ),
        ("\"gbtree\"}", "\"gblinear\"}", "booster gblinear is not supported; train with gbtree or dart"),
        (
            "\"num_class\": \"0\"",
            "\"num_class\": \"3\"",
            "a model of several classes is not supported; train one",
        ),
        (
            "\"num_target\": \"1\"",
            "\"num_target\": \"2\"",
            "a model of several targets is not supported; train one",
        ),
        (
            "\"tree_info\": [0]",
            "\"tree_info\": [1]",
            "a model of several outputs is not supported; train one",
        ),
        (
            "vector\": \"1\"",
            "vector\": \"2\"",
            "a tree with several values in a leaf is not supported; train one",
        ),
        (
            "\"enc\": []",
            "\"enc\": [{}]",
            "a model trained on a data frame's categories is not supported; train on",
        ),
    ] {
        let text_found = refusal(small(from, to).as_bytes());
        assert!(text_found.starts_with(text), "{text_found}");
    }
}

#[test]
fn other_formats_are_recognised() {
    let remedy = "; save it as .json or .ubj with `Booster.save_model`";
    for (bytes, format) in [
        (&b""[..], "empty"),
        (b"binf\0\0", "in XGBoost's old binary format"),
        (b"tree\nversion=v4", "neither JSON nor UBJSON"),
        (b"{\"Config\": {}, \"Model\": {}}", "a snapshot with its training configuration"),
    ] {
        assert_eq!(refusal(bytes), format!("the model is {format}{remedy}"));
    }
    let end = &SMALL.as_bytes()[..SMALL.len() - 10];
    let at = end.len();
    assert!(refusal(end).contains(&format!("the file ends too early at byte {at}")), "{}", refusal(end));
}

/// A tree that only ever splits to the right.
fn chain(depth: usize) -> String {
    let inner = |value: usize| (0..depth).map(move |level| 2 * level + value);
    let list = |inner: Vec<usize>, leaf: &str| {
        // The nodes of a level are 2 * level - 1, a leaf, and 2 * level, which splits again.
        let mut texts = vec![inner[0].to_string()];
        for next in &inner[1..] {
            texts.extend([leaf.to_owned(), next.to_string()]);
        }
        texts.extend([leaf.to_owned(), leaf.to_owned()]);
        format!("[{}]", texts.join(","))
    };
    let zeros = format!("[{}]", vec!["0"; 2 * depth + 1].join(","));
    small("[1, -1, -1]", &list(inner(1).collect(), "-1"))
        .replacen("[2, -1, -1]", &list(inner(2).collect(), "-1"), 1)
        .replacen("[1, 0, 0], \"id\"", &format!("{zeros}, \"id\""), 1)
        .replacen("[1, 0, 0],\n\"split_type\": [0, 0, 0]", &format!("{zeros}, \"split_type\": {zeros}"), 1)
        .replacen("[0.5, -1.25, 2.5]", &zeros, 1)
        .replacen("\"num_nodes\": \"3\"", &format!("\"num_nodes\": \"{}\"", 2 * depth + 1), 1)
}

#[test]
fn bounds_are_named() {
    let deepest = Model::load(chain(DEPTH_MAX).as_bytes()).unwrap();
    let mut margins = [1.0; 1];
    deepest.margins(&[1.0, 1.0], &mut margins);
    assert_eq!(margins, [0.5]);
    assert_eq!(
        refusal(chain(DEPTH_MAX + 1).as_bytes()),
        "the model has 65 levels in one tree, 64 at most; train a smaller one"
    );
    let many = small("\"num_nodes\": \"3\"", &format!("\"num_nodes\": \"{}\"", NODES_MAX + 1));
    assert_eq!(
        refusal(many.as_bytes()),
        "the model has 65537 nodes in one tree, 65536 at most; train a smaller one"
    );
    let wide = small("\"num_feature\": \"2\",\n\"num_target\"", "\"num_feature\": \"40000\", \"num_target\"");
    assert_eq!(refusal(wide.as_bytes()), "the model has 40000 features, 32768 at most; train a smaller one");
    let trees = vec!["{}"; TREES_MAX + 1].join(",");
    let start = SMALL.find("\"trees\": [{").unwrap();
    let end = SMALL.find("}]}, \"name\"").unwrap();
    let many = format!("{}\"trees\": [{trees}{}", &SMALL[..start], &SMALL[end + 1..]);
    assert_eq!(refusal(many.as_bytes()), "the model has 65537 trees, 65536 at most; train a smaller one");
}

macro_rules! golden {
    ($name:literal, $format:literal) => {
        (
            include_bytes!(concat!("golden/", $name, ".", $format)),
            include_bytes!(concat!("golden/", $name, ".rows")),
            include_bytes!(concat!("golden/", $name, ".margins")),
        )
    };
}

/// Small real models, by XGBoost 2.1.4 and 3.2.0, with categories, and with dart's weights.
const GOLDEN: [(&[u8], &[u8], &[u8]); 8] = [
    golden!("gbtree_3", "json"),
    golden!("gbtree_3", "ubj"),
    golden!("dart_3", "json"),
    golden!("dart_3", "ubj"),
    golden!("gbtree_2", "json"),
    golden!("gbtree_2", "ubj"),
    golden!("dart_2", "json"),
    golden!("dart_2", "ubj"),
];

fn singles(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[test]
fn kept_models_score_as_they_did_in_xgboost() {
    for (bytes, rows, expected) in GOLDEN {
        let model = Model::load(bytes).unwrap();
        assert_eq!(model.feature_names().unwrap(), ["amount", "count", "kind"]);
        let expected = singles(expected);
        let mut margins = vec![0.0; expected.len()];
        model.margins(&singles(rows), &mut margins);
        assert!(margins.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}

/// A change of a file.
#[derive(Clone, Debug)]
enum Change {
    Flip { at: usize, mask: u8 },
    Cut { at: usize },
    Remove { at: usize, len: usize },
    Repeat { at: usize, len: usize },
    Write { at: usize, text: &'static str },
    Number { at: usize, text: String },
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..6_000_usize;
    let tokens =
        ["NaN", "Infinity", "-1", "[", "]", "{", "}", "\"", "null", "[$d#L", "l\x7f", "L", ",", "1e39"];
    prop_oneof![
        1 => (at.clone(), 1..=255_u8).prop_map(|(at, mask)| Change::Flip { at, mask }),
        1 => at.clone().prop_map(|at| Change::Cut { at }),
        1 => (at.clone(), 1..200_usize).prop_map(|(at, len)| Change::Remove { at, len }),
        1 => (at.clone(), 1..200_usize).prop_map(|(at, len)| Change::Repeat { at, len }),
        1 => (at.clone(), prop::sample::select(tokens.to_vec())).prop_map(|(at, text)| Change::Write { at, text }),
        6 => (at, prop_oneof![(-3..40_i64).boxed(), any::<i64>().boxed()])
            .prop_map(|(at, value)| Change::Number { at, text: value.to_string() }),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |at: usize| at % bytes.len().max(1);
        match self {
            Self::Flip { at, mask } => {
                let at = place(*at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= mask;
                }
            }
            Self::Cut { at } => bytes.truncate(place(*at)),
            Self::Remove { at, len } => {
                let at = place(*at);
                bytes.drain(at..(at + len).min(bytes.len()));
            }
            Self::Repeat { at, len } => {
                let at = place(*at);
                let part = bytes[at..(at + len).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            Self::Write { at, text } => {
                let at = place(*at);
                let end = (at + text.len()).min(bytes.len());
                bytes.splice(at..end, text.bytes());
            }
            Self::Number { at, text } => {
                let at = place(*at);
                let digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
                let Some(start) = bytes[at..].iter().position(digit).map(|start| at + start) else { return };
                let end = bytes[start..]
                    .iter()
                    .position(|byte| !digit(byte))
                    .map_or(bytes.len(), |end| start + end);
                bytes.splice(start..end, text.bytes());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_damage_makes_a_panic(
        file in 0..GOLDEN.len(),
        changes in prop::collection::vec(change(), 1..4),
        values in prop::collection::vec(any::<u32>().prop_map(f32::from_bits), 60),
    ) {
        let mut bytes = GOLDEN[file].0.to_vec();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        match Model::load(&bytes) {
            Ok(model) => {
                let features = model.feature_count().clamp(1, values.len());
                let count = if model.feature_count() > values.len() { 0 } else { values.len() / features };
                let mut scores = vec![0.0; count];
                model.predict(&values[..count * model.feature_count()], &mut scores);
            }
            Err(error) => {
                let text = error.to_string();
                prop_assert!(text.contains(';'), "an error has a remedy: {text}");
                let within = matches!(error, Error::TooLarge { count, max, .. } if count <= max);
                prop_assert!(!within, "{text}");
            }
        }
    }
}
