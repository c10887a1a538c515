//! The types that the constructors give, against PostgreSQL's `pg_typeof`, and what they refuse.

use expr::{
    TypeError,
    registry::{self, Kind},
};
use types::{DataType, Value};

use crate::server::Session;

fn types() -> Vec<DataType> {
    Kind::ALL.iter().map(|kind| kind.data_type(2)).collect()
}

/// The operator or function as PostgreSQL writes it, without casts, over `c0`, `c1`.
fn raw(name: &str, count: usize) -> Option<String> {
    Some(match (name, count) {
        ("not" | "in" | "is_true" | "is_false" | "is_null" | "is_not_null" | "is_distinct_from", _) => {
            return None;
        }
        ("and" | "or" | "extract" | "date_part" | "date_trunc", _) => return None,
        ("neg", 1) => "- c0".to_owned(),
        ("like" | "ilike", 2) => format!("c0 {name} c1"),
        (operator, 2) if !operator.starts_with(|letter: char| letter.is_ascii_lowercase()) => {
            format!("c0 {operator} c1")
        }
        ("greatest" | "least" | "coalesce", 1) => format!("{name}(c0)"),
        (function, 1) if function.starts_with(|letter: char| letter.is_ascii_lowercase()) => {
            format!("\"{function}\"(c0)")
        }
        ("greatest" | "least" | "coalesce" | "nullif", 2) => format!("{name}(c0, c1)"),
        (function, 2) => format!("\"{function}\"(c0, c1)"),
        _ => return None,
    })
}

/// What PostgreSQL calls our types; INTEGER stands for its own functions' counts, TIMESTAMP for dates and intervals.
fn same(ours: DataType, theirs: &str) -> bool {
    match ours {
        DataType::Decimal { .. } => theirs == "numeric",
        DataType::Double => matches!(theirs, "double precision" | "real"),
        DataType::BigInt => matches!(theirs, "bigint" | "integer"),
        DataType::Timestamptz => theirs.starts_with("timestamp with"),
        other => theirs == other.to_string().to_lowercase(),
    }
}

/// Where ours differs by design: transcendental functions take DECIMAL as DOUBLE, there is one type for times,
/// and functions of counts take BIGINT where PostgreSQL has INTEGER only.
fn differs_by_design(name: &str, given: &[DataType]) -> bool {
    let has_decimal = given.iter().any(|given| matches!(given, DataType::Decimal { .. }));
    match name {
        "sqrt" | "exp" | "ln" | "power" => has_decimal,
        "log" => has_decimal || given.len() == 2,
        // What local clocks show is a text here, since there is one type for times.
        "timezone" => true,
        "+" | "-" => given.contains(&DataType::Date) && given.contains(&DataType::Interval),
        _ => false,
    }
}

#[test]
fn every_pair_of_types_gives_postgresql_s_type() {
    let mut session = Session::new();
    let mut found = Vec::new();
    let mut compared = 0;
    for entry in registry::entries() {
        let one = types().into_iter().map(|first| vec![first]);
        let two =
            types().into_iter().flat_map(|first| types().into_iter().map(move |second| vec![first, second]));
        for given in one.chain(two) {
            let Some(sql) = raw(entry.name, given.len()) else { continue };
            let arguments =
                given.iter().enumerate().map(|(index, given)| expr::column(index, *given)).collect();
            let Ok(ours) = expr::call(entry.name, arguments) else { continue };
            if differs_by_design(entry.name, &given) {
                continue;
            }
            match session.type_of(&sql, &given) {
                Some(theirs) if same(ours.data_type(), &theirs) => compared += 1,
                Some(theirs) => {
                    found.push(format!("{sql} of {given:?}: {} and not {theirs}", ours.data_type()))
                }
                // PostgreSQL has no such function of BIGINT where it takes INTEGER.
                None if given.contains(&DataType::BigInt) => {}
                None => found.push(format!("{sql} of {given:?}: PostgreSQL has none")),
            }
        }
    }
    assert!(compared > 200, "only {compared} types were compared");
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

fn text(text: &str) -> expr::Expr {
    expr::literal(Value::Text(text.into()))
}

#[test]
fn literals_take_the_type_beside_them() {
    let amount = expr::column(0, DataType::Decimal { precision: 18, scale: 2 });
    let at = expr::column(1, DataType::Timestamptz);
    for (left, right) in [(amount.clone(), text("10.5")), (at.clone(), text("2026-01-02"))] {
        let left_type = left.data_type();
        let call = expr::call("<", vec![left, right]).expect("the literal reads");
        let expr::Expr::Call { arguments, .. } = call else { panic!("a comparison with a column is a call") };
        assert_eq!(Kind::of(arguments[1].data_type()), Kind::of(left_type));
        assert!(matches!(arguments[1], expr::Expr::Literal { .. }), "it is folded");
    }
    assert_eq!(
        expr::coalesce(vec![expr::null(), amount.clone()]).expect("NULL takes any type").data_type(),
        amount.data_type()
    );
    let refused = expr::call("<", vec![at, text("soon")]).expect_err("it is no time");
    assert_eq!(
        refused.to_string(),
        "'soon' is not a TIMESTAMPTZ literal; write a TIMESTAMPTZ or an explicit CAST"
    );
}

#[test]
fn other_names_mean_the_same() {
    let number = || expr::column(0, DataType::Double);
    let word = || expr::column(1, DataType::Text);
    let two = |name| expr::call(name, vec![number(), number()]);
    let one = |name| expr::call(name, vec![word()]);
    assert_eq!(two("!="), two("<>"));
    assert_eq!(two("^"), two("power"));
    assert_eq!(two("pow"), two("power"));
    assert_eq!(expr::call("log10", vec![number()]), expr::call("log", vec![number()]));
    assert_eq!(expr::call("ceiling", vec![number()]), expr::call("ceil", vec![number()]));
    assert_eq!(one("trim"), one("btrim"));
    assert_eq!(one("char_length"), one("length"));
    assert_eq!(expr::call("~~", vec![word(), word()]), expr::call("like", vec![word(), word()]));
    assert_eq!(expr::call("position", vec![word(), word()]), expr::call("strpos", vec![word(), word()]));
    assert!(two("power").is_ok() && one("length").is_ok());
}

#[test]
fn errors_name_what_was_given_and_what_exists() {
    let number = || expr::column(0, DataType::BigInt);
    let word = || expr::column(1, DataType::Text);
    let messages = [
        (expr::call("lenght", vec![word()]), "there is no function lenght; did you mean length?"),
        (
            expr::call("frobnicate", vec![]),
            "there is no function frobnicate; docs/functions.md lists those that exist",
        ),
        (
            expr::call("starts_with", vec![number()]),
            "starts_with does not take (BIGINT); it takes (TEXT, TEXT)",
        ),
        (
            expr::cast(expr::column(0, DataType::Date), DataType::BigInt),
            "DATE cannot be cast to BIGINT; take a number from it with date_part",
        ),
        (
            expr::coalesce(vec![number(), word()]),
            "COALESCE mixes BIGINT and TEXT, which have no common type; cast one of them",
        ),
        (
            expr::and(number(), word()),
            "AND needs a BOOLEAN condition and was given BIGINT; compare it with something",
        ),
        (expr::in_list(number(), vec![], false), "IN needs at least 1 argument(s) and was given 0"),
        (expr::call("~", vec![word(), text("(")]), "~: '(' is not a regular expression: unclosed group"),
        (
            expr::call("regexp_like", vec![word(), text("a"), text("q")]),
            "regexp_like: the flags 'q' may hold i, c and g only",
        ),
    ];
    for (result, message) in messages {
        assert_eq!(result.map_err(|error: TypeError| error.to_string()), Err(message.to_owned()));
    }
}
