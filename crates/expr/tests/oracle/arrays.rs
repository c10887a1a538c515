//! What is asked of arrays: every combination of a few values and arrays, as text that PostgreSQL runs as it stands.

use expr::{Expr, TypeError};
use types::Value;

use crate::{
    compare::ours,
    parse::parse,
    server::{Answer, Session},
};

/// NULL as a value that no literal shows.
const NO_NUMBER: &str = "nullif(7, 7)";
const NO_TEXT: &str = "nullif('q', 'q')";

const NUMBERS: [&str; 5] = ["NULL::bigint", NO_NUMBER, "1", "2", "5"];
const LISTS: [&str; 7] = [
    "'{}'::bigint[]",
    "ARRAY[NULL]::bigint[]",
    "ARRAY[1]::bigint[]",
    "ARRAY[2, NULL, 3]::bigint[]",
    "ARRAY[3, 2, 1, 2]::bigint[]",
    "'{5, NULL}'::bigint[]",
    "ARRAY[nullif(7, 7), 1 + 1]::bigint[]",
];
const TEXTS: [&str; 8] = [NO_TEXT, "''", "'a'", "'a,b'", "'b,,a'", "','", "'a,b,a,'", "'a' || ',' || 'c'"];
const PARTS: [&str; 6] = ["NULL::text", NO_TEXT, "''", "'a'", "'b'", "'a,b'"];
const PLACES: [&str; 9] = ["NULL", NO_NUMBER, "-1", "0", "1", "2", "3", "4", "9"];

/// Both sides of an expression: with its literals as such, and with a column for each of them.
struct Compared {
    session: Session,
    count: usize,
    differences: Vec<String>,
}

impl Compared {
    fn new() -> Self {
        Self { session: Session::new(), count: 0, differences: Vec::new() }
    }

    fn check(&mut self, text: &str) {
        self.count += 1;
        let theirs = self.session.constant(text);
        let mut row = Vec::new();
        let mut columns = Vec::new();
        let of_columns = parse(text, &mut |value: Option<Value>| {
            let data_type = value.as_ref().expect("NULL is no leaf").data_type();
            row.push(value);
            columns.push(data_type);
            expr::column(columns.len() - 1, data_type)
        });
        let of_columns = answer(of_columns, |expr| ours(expr, &columns, &[row.clone()], 1).remove(0));
        let of_literals = parse(text, &mut |value| expr::literal(value.expect("NULL is no leaf")));
        let of_literals = answer(of_literals, |expr| ours(expr, &[], &[vec![]], 1).remove(0));
        for (how, found) in [("columns", of_columns), ("literals", of_literals)] {
            let same = match (&found, &theirs) {
                (Answer::Raised(_), Answer::Raised(_)) => true,
                (found, theirs) => found == theirs,
            };
            if !same {
                self.differences.push(format!("{text}, {how}: {found:?} here, {theirs:?} in PostgreSQL"));
            }
        }
    }

    fn done(self, least: usize) {
        let Self { count, differences, .. } = self;
        assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
        assert!(count >= least, "only {count} expressions were compared");
    }
}

fn answer(expr: Result<Expr, TypeError>, run: impl FnOnce(&Expr) -> Answer) -> Answer {
    match expr {
        Ok(expr) => run(&expr),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn comparisons_with_any_and_all_elements_equal_postgresql() {
    let mut compared = Compared::new();
    for list in LISTS {
        for value in NUMBERS {
            for operator in ["=", "<>", "<", "<=", ">", ">="] {
                compared.check(&format!("{value} {operator} ANY ({list})"));
                compared.check(&format!("{value} {operator} ALL ({list})"));
            }
        }
    }
    for list in ["ARRAY['a%', NULL]", "ARRAY['%B', 'c_']", "'{a%,\"c d\"}'"] {
        for value in [NO_TEXT, "'ab'", "'c d'", "'x'"] {
            for operator in ["LIKE", "ILIKE", "NOT LIKE", "NOT ILIKE"] {
                compared.check(&format!("{value} {operator} ANY ({list})"));
            }
        }
    }
    compared.check("2.50 = ANY (ARRAY[1, 2.5])");
    compared.check("DATE '2026-01-02' > ALL (ARRAY[DATE '2026-01-01', DATE '2025-01-01'])");
    compared.check("true = ANY (ARRAY[false, NULL])");
    compared.check("'b c' = ANY ('{a,\"b c\",NULL}')");
    compared.done(470);
}

#[test]
fn what_is_asked_of_a_list_equals_postgresql() {
    let mut compared = Compared::new();
    for list in LISTS {
        compared.check(&format!("cardinality({list})"));
        for dimension in ["1", "2", "0", "NULL", NO_NUMBER] {
            compared.check(&format!("array_length({list}, {dimension})"));
        }
        for place in PLACES {
            compared.check(&format!("({list})[{place}]"));
        }
        for value in NUMBERS {
            compared.check(&format!("array_position({list}, {value})"));
        }
        for separator in ["','", "''", NO_TEXT] {
            compared.check(&format!("array_to_string({list}, {separator})"));
            for null in ["'?'", "''", NO_TEXT] {
                compared.check(&format!("array_to_string({list}, {separator}, {null})"));
            }
        }
        for other in LISTS {
            for operator in ["@>", "<@", "&&"] {
                compared.check(&format!("{list} {operator} {other}"));
            }
        }
    }
    compared.check("array_to_string(ARRAY[true, false, NULL], ',', '?')");
    compared.check("array_to_string(ARRAY[1.50, 2.25], ',')");
    compared.done(340);
}

#[test]
fn what_is_asked_of_a_split_text_equals_postgresql() {
    let mut compared = Compared::new();
    for text in TEXTS {
        for separator in ["','", "''", "',,'"] {
            let array = format!("string_to_array({text}, {separator})");
            compared.check(&format!("cardinality({array})"));
            compared.check(&format!("array_length({array}, 1)"));
            for part in PARTS {
                compared.check(&format!("{part} = ANY ({array})"));
                compared.check(&format!("{part} <> ALL ({array})"));
                compared.check(&format!("array_position({array}, {part})"));
            }
            for place in PLACES {
                compared.check(&format!("({array})[{place}]"));
            }
            for other in ["'-'", "''", NO_TEXT] {
                compared.check(&format!("array_to_string({array}, {other})"));
            }
            for list in [
                "ARRAY['a']",
                "ARRAY['a', 'b']",
                "ARRAY['c', NULL]",
                "'{}'::text[]",
                "ARRAY[nullif('q', 'q')]",
            ] {
                compared.check(&format!("{array} @> {list}"));
                compared.check(&format!("{list} <@ {array}"));
                compared.check(&format!("{array} && {list}"));
                compared.check(&format!("{list} && {array}"));
            }
        }
    }
    compared.done(1_200);
}
