//! Bounds of statements: what is too long, too deep or too wide is refused by a message, never by a crash.

use std::{fmt::Write as _, sync::Arc};

use sql::{Definitions, Error, Files, Source, parse};

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Arc<[u8]>, String> {
        Err("no such file".to_owned())
    }
}

const STREAM: &str = "CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, a BIGINT, ok BOOLEAN);\n";

fn apply(text: String) -> Result<Definitions, Vec<Error>> {
    let (statements, errors) = parse(&Source { path: "bounds.sql".to_owned(), text });
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut definitions = Definitions::default();
    definitions.apply_all(&statements, &NoFiles)?;
    Ok(definitions)
}

fn refused(text: String) -> String {
    let errors = apply(text).expect_err("the statement is refused");
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].message.clone()
}

#[test]
fn a_statement_may_be_a_mebibyte_long_and_no_longer() {
    let statement = |spaces: usize| format!("{STREAM}CREATE VIEW v AS SELECT{}id FROM s", " ".repeat(spaces));
    let others = "CREATE VIEW v AS SELECTid FROM s".len();
    assert!(apply(statement((1 << 20) - others)).is_ok());
    assert_eq!(
        refused(statement((1 << 20) - others + 1)),
        "the statement has 1048577 bytes, the limit is 1048576"
    );
}

#[test]
fn parentheses_may_be_nested_to_a_depth() {
    let statement = |depth: usize| {
        format!("{STREAM}CREATE VIEW v AS SELECT {}a{} AS x FROM s", "(".repeat(depth), ")".repeat(depth))
    };
    assert!(apply(statement(63)).is_ok());
    assert_eq!(refused(statement(64)), "parentheses are nested more than 64 deep");
    assert_eq!(refused(statement(100_000)), "parentheses are nested more than 64 deep");
}

#[test]
fn calls_may_be_nested_as_deep_as_parentheses() {
    let statement = |depth: usize| {
        format!("{STREAM}CREATE VIEW v AS SELECT {}a{} AS x FROM s", "abs(".repeat(depth), ")".repeat(depth))
    };
    assert!(apply(statement(63)).is_ok());
    assert_eq!(refused(statement(64)), "parentheses are nested more than 64 deep");
}

#[test]
fn a_chain_of_and_may_be_long() {
    let rule = |terms: usize| {
        let condition = vec!["ok"; terms].join(" AND ");
        format!(
            "{STREAM}CREATE VIEW v AS SELECT * FROM s; CREATE DECISION d ON v OUTCOMES (x, y);
             CREATE RULE r ON d WHEN {condition} THEN y"
        )
    };
    assert!(apply(rule(1_000)).is_ok());
    assert_eq!(refused(rule(1_002)), "an expression has more than 1000 operators");
    assert_eq!(refused(rule(100_000)), "an expression has more than 1000 operators");
}

#[test]
fn other_chains_end_at_the_depth_of_expressions() {
    for (operand, operator) in [("a", "+"), ("id", "||")] {
        let statement = |terms: usize| {
            format!("{STREAM}CREATE VIEW v AS SELECT {} AS x FROM s", vec![operand; terms].join(operator))
        };
        assert!(apply(statement(256)).is_ok());
        assert_eq!(refused(statement(257)), "an expression is nested more than 256 deep");
    }
    let casts = format!("{STREAM}CREATE VIEW v AS SELECT a{} AS x FROM s", "::TEXT".repeat(900));
    assert_eq!(refused(casts), "an expression is nested more than 256 deep");
    let negations =
        |count: usize| format!("{STREAM}CREATE VIEW v AS SELECT {}ok AS x FROM s", "NOT ".repeat(count));
    assert!(apply(negations(100)).is_ok());
    assert!(apply(negations(500)).is_err());
    let cases = |count: usize| {
        let (open, close) = ("CASE WHEN ok THEN ".repeat(count), " END".repeat(count));
        format!("{STREAM}CREATE VIEW v AS SELECT {open}a{close} AS x FROM s")
    };
    assert!(apply(cases(50)).is_ok());
    assert!(apply(cases(900)).is_err());
}

#[test]
fn a_stream_has_at_most_1600_columns() {
    let statement = |count: usize| {
        let columns: String = (0..count - 2).map(|at| format!(", c{at} TEXT")).collect();
        format!("CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ{columns})")
    };
    assert!(apply(statement(1_600)).is_ok());
    assert_eq!(refused(statement(1_601)), "stream s has 1601 columns, the limit is 1600");
}

#[test]
fn a_view_has_at_most_10000_values() {
    let sum = (0..12_000).map(|at| format!("a + {at}")).collect::<Vec<_>>().join(", ");
    let wide = format!("{STREAM}CREATE VIEW v AS SELECT coalesce({sum}) AS x FROM s");
    assert!(apply(wide).is_ok(), "one expression is one value, however wide");
    let windows = |count: usize| {
        let keys: Vec<String> = (0..count).map(|at| format!("a + {at}")).collect();
        let filters: String =
            keys.iter().enumerate().map(|(at, key)| format!(", count({key}) OVER w AS c{at}")).collect();
        format!(
            "{STREAM}CREATE VIEW v AS SELECT a{filters} FROM s WINDOW w AS (PARTITION BY id ORDER BY at ROWS 3 PRECEDING)"
        )
    };
    assert!(apply(windows(1_500)).is_ok());
    assert_eq!(refused(windows(5_000)), "view v computes 10002 values, the limit is 10000");
}

#[test]
fn a_decision_has_at_most_10000_rules() {
    let rules = |count: usize| {
        let mut text =
            format!("{STREAM}CREATE VIEW v AS SELECT * FROM s; CREATE DECISION d ON v OUTCOMES (x, y);\n");
        for rule in 0..count {
            let _ = writeln!(text, "CREATE RULE r{rule} ON d WHEN a > {rule} THEN y;");
        }
        text
    };
    assert!(apply(rules(10_000)).is_ok());
    assert_eq!(refused(rules(10_001)), "decision d has 10000 rules already, which is the limit");
}

/// Functions that call each other, each of which has its parameter so many times.
fn chain(functions: usize, times: usize) -> String {
    let mut text = format!("{STREAM}CREATE FUNCTION f0(x BIGINT) RETURNS BIGINT RETURN -x;\n");
    for number in 1..functions {
        let call = format!("f{}(x)", number - 1);
        let sum = vec![call; times].join(" + ");
        let _ = writeln!(text, "CREATE FUNCTION f{number}(x BIGINT) RETURNS BIGINT RETURN -({sum});");
    }
    text + &format!("CREATE VIEW v AS SELECT f{}(a) AS y FROM s", functions - 1)
}

#[test]
fn functions_put_a_bounded_number_of_parts_into_an_expression() {
    assert!(apply(chain(9, 2)).is_ok());
    let parts = "grows to more than 2000 parts when the functions within it are put in its place";
    assert!(refused(chain(40, 2)).ends_with(parts));
    let depth =
        "grows to more than 512 parts within each other when the functions within it are put in its place";
    assert!(apply(chain(500, 1)).is_ok());
    assert!(refused(chain(600, 1)).ends_with(depth));
    let many = |calls: usize| {
        let list = vec!["g(a)"; calls].join(", ");
        format!(
            "{STREAM}CREATE FUNCTION g(x BIGINT) RETURNS BIGINT RETURN x + x * x;
            CREATE VIEW v AS SELECT greatest({list}) AS y FROM s"
        )
    };
    assert!(apply(many(400)).is_ok());
    assert!(refused(many(401)).ends_with(parts));
}

#[test]
fn a_function_has_at_most_100_parameters() {
    let function = |count: usize| {
        let parameters: Vec<String> = (0..count).map(|number| format!("p{number} BIGINT")).collect();
        format!("CREATE FUNCTION f({}) RETURNS BIGINT RETURN p0", parameters.join(", "))
    };
    assert!(apply(function(100)).is_ok());
    assert_eq!(refused(function(101)), "function f has more than 100 parameters");
}

#[test]
fn the_deepest_statements_fit_a_small_stack() {
    const STACK_BYTES: usize = 512 << 10;
    let work = || {
        let sum = vec!["a"; 256].join(" + ");
        let all = vec!["ok"; 1_000].join(" AND ");
        let text = format!("{STREAM}CREATE VIEW v AS SELECT {sum} AS x, {all} AS y FROM s");
        apply(text).map(|definitions| definitions.views["v"].columns.len())
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work).expect("a thread starts");
    assert_eq!(thread.join().expect("the thread does not panic"), Ok(2));
}
