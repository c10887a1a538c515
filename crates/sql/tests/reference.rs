//! The reference of the language is right: its statements bind, in the order in which a reader meets them.

use std::{fs, path::Path, sync::Arc};

use sql::{Definitions, Files, Source, parse};

/// Files of the name that the reference uses, from those of the golden cases.
struct TestFiles;

impl Files for TestFiles {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let content: &[u8] = match path {
            "merchants.csv" => b"id,category,onboarded_on\nm1,books,2026-01-01\n",
            "models/fraud.json" => MODEL.as_bytes(),
            _ => return Err("no such file".to_owned()),
        };
        Ok(content.into())
    }
}

/// One leaf over one of the view's columns.
const MODEL: &str = r#"{"learner": {"feature_names": ["card_payments_1h"], "feature_types": ["int"],
    "gradient_booster": {"model": {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"}, "tree_info": [0],
        "iteration_indptr": [0, 1],
        "trees": [{"base_weights": [0.5], "categories": [], "categories_nodes": [], "categories_segments": [],
            "categories_sizes": [], "default_left": [0], "id": 0, "left_children": [-1], "loss_changes": [0.0],
            "parents": [2147483647], "right_children": [-1], "split_conditions": [0.5], "split_indices": [0],
            "split_type": [0], "sum_hessian": [1.0],
            "tree_param": {"num_deleted": "0", "num_feature": "1", "num_nodes": "1", "size_leaf_vector": "1"}}]},
        "name": "gbtree"},
    "learner_model_param": {"base_score": "5E-1", "num_class": "0", "num_feature": "1", "num_target": "1"},
    "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}}}, "version": [2, 1, 4]}"#;

#[test]
fn the_statements_of_the_reference_bind() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sql.md");
    let text = fs::read_to_string(path).expect("the reference is there");
    let blocks: Vec<&str> =
        text.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 5, "{} blocks", blocks.len());
    let (statements, errors) = parse(&Source { path: "docs/sql.md".to_owned(), text: blocks.join("\n") });
    assert!(errors.is_empty(), "{}", errors.iter().map(sql::Error::render).collect::<String>());
    let mut definitions = Definitions::default();
    if let Err(errors) = definitions.apply_all(&statements, &TestFiles) {
        panic!("{}", errors.iter().map(sql::Error::render).collect::<String>());
    }
    assert_eq!(definitions.functions.len(), 2);
    assert_eq!((definitions.streams.len(), definitions.rules.len(), definitions.sinks.len()), (2, 2, 4));
}
