//! Examples and edge cases as SQL text: ours against PostgreSQL's, and the reference against the registry.

use std::path::Path;

use expr::{Expr, TypeError, registry};
use types::{DataType, Value};

use crate::{
    compare::{Case, differences, ours},
    parse::parse,
    server::{Answer, Session},
};

/// A type by its name.
pub fn data_type(name: &str) -> Option<DataType> {
    Some(match name {
        "text" => DataType::Text,
        "bigint" => DataType::BigInt,
        "double" => DataType::Double,
        "boolean" => DataType::Boolean,
        "timestamptz" => DataType::Timestamptz,
        "date" => DataType::Date,
        "interval" => DataType::Interval,
        _ => return None,
    })
}

fn as_literal(value: Option<Value>) -> Expr {
    expr::literal(value.expect("NULL is no leaf"))
}

#[test]
fn documented_examples_are_true_here_and_in_postgresql() {
    let mut session = Session::new();
    for entry in registry::entries() {
        assert!(!entry.examples.is_empty(), "{} has no example", entry.name);
        for (example, expected) in entry.examples {
            let expr = parse(example, &mut as_literal).unwrap_or_else(|error| panic!("{example}: {error}"));
            let answer = &ours(&expr, &[], &[vec![]], 1)[0];
            let shown = match answer {
                Answer::Null => "NULL",
                Answer::Text(text) => text,
                Answer::Raised(_) => "error",
            };
            assert_eq!(shown, *expected, "{example}");
            let sql = match expr.data_type() {
                DataType::Decimal { scale, .. } => format!("round({example}, {scale})"),
                _ => (*example).to_owned(),
            };
            match (session.constant(&sql), answer) {
                (Answer::Raised(_), Answer::Raised(_)) => {}
                (theirs, _) => assert_eq!(theirs, *answer, "{sql} in PostgreSQL"),
            }
        }
    }
}

/// Every literal becomes a column, so that nothing is folded on either side.
#[test]
fn edge_cases_equal_postgresql() {
    let mut session = Session::new();
    let mut found = Vec::new();
    let cases = include_str!("edges.sql").lines().map(str::trim);
    let cases: Vec<&str> = cases.filter(|line| !line.is_empty() && !line.starts_with("--")).collect();
    assert!(cases.len() > 200, "only {} cases were read", cases.len());
    for text in cases {
        let mut row = Vec::new();
        let mut columns = Vec::new();
        let expr = parse(text, &mut |value: Option<Value>| {
            let data_type = value.as_ref().expect("NULL is no leaf").data_type();
            row.push(value);
            columns.push(data_type);
            expr::column(columns.len() - 1, data_type)
        });
        let expr = expr.unwrap_or_else(|error| panic!("{text}: {error}"));
        let from_columns = ours(&expr, &columns, &[row.clone()], 1);
        match parse(text, &mut as_literal) {
            Ok(folded) if folded.data_type() == expr.data_type() => {
                let from_literals = ours(&folded, &[], &[vec![]], 1);
                assert_eq!(from_columns, from_literals, "{text} of columns and of literals");
            }
            // A literal gives some decimals another scale.
            Ok(folded) => assert!(matches!(folded.data_type(), DataType::Decimal { .. }), "{text}"),
            // What can never work is refused at once.
            Err(TypeError::Pattern { .. }) => assert!(matches!(from_columns[0], Answer::Raised(_)), "{text}"),
            Err(error) => panic!("{text}: {error}"),
        }
        found.extend(
            differences(&mut session, &Case { expr, columns, rows: vec![row], ulps: 1 })
                .into_iter()
                .map(|difference| format!("{text}: {difference}")),
        );
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_reference_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/functions.md");
    let document = registry::document();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &document).expect("the checkout is writable");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == document, "docs/functions.md is old: run `UPDATE=1 cargo test -p expr reference`");
}

/// A file of `src/functions` that is not in the list would not even compile in; one that is listed twice would hide.
#[test]
fn every_entry_has_its_own_file_and_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/functions");
    let files = std::fs::read_dir(folder).expect("the folder exists").count();
    let mut names: Vec<&str> = registry::entries().iter().map(|entry| entry.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), files, "an entry is listed twice, or a file is not listed");
    assert_eq!(names.len(), registry::entries().len());
}
