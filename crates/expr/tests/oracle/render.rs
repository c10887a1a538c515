//! Our typed tree as PostgreSQL's SQL, with every cast explicit, so that both compute the same thing.

use expr::Expr;
use types::{DataType, Value};

use crate::server::name;

/// The SQL of a tree over columns `c0`, `c1`, ...
pub fn sql(expr: &Expr) -> String {
    match expr {
        Expr::Column { index, .. } => format!("c{index}"),
        Expr::Literal { value, data_type } => literal(value.as_ref(), *data_type),
        Expr::And(left, right) => format!("({} AND {})", sql(left), sql(right)),
        Expr::Or(left, right) => format!("({} OR {})", sql(left), sql(right)),
        Expr::Case { branches, otherwise, .. } => {
            let branches: String = branches
                .iter()
                .map(|(condition, value)| format!(" WHEN {} THEN {}", sql(condition), sql(value)))
                .collect();
            let otherwise =
                otherwise.as_ref().map(|value| format!(" ELSE {}", sql(value))).unwrap_or_default();
            format!("(CASE{branches}{otherwise} END)")
        }
        Expr::Coalesce { arguments, .. } => format!("coalesce({})", list(arguments)),
        Expr::Call { function, arguments, data_type } => {
            format!("({})::{}", call(function, arguments, *data_type), name(*data_type))
        }
    }
}

fn list(arguments: &[Expr]) -> String {
    arguments.iter().map(sql).collect::<Vec<_>>().join(", ")
}

fn literal(value: Option<&Value>, data_type: DataType) -> String {
    match value {
        None => format!("NULL::{}", name(data_type)),
        Some(value) => {
            let text = text_of(value);
            format!("'{}'::{}", text.replace('\'', "''"), name(data_type))
        }
    }
}

/// A value's text, by our own cast, which the casts' tests hold to PostgreSQL's.
pub fn text_of(value: &Value) -> String {
    let text = expr::cast(expr::literal(value.clone()), DataType::Text).expect("every type casts to text");
    match text {
        Expr::Literal { value: Some(Value::Text(text)), .. } => text,
        other => panic!("the text of {value:?} is {other:?}"),
    }
}

/// Functions that take PostgreSQL's BIGINT, where the others of text and dates take its INTEGER.
const TAKES_BIGINT: &[&str] = &[
    "abs",
    "bit_not",
    "factorial",
    "gcd",
    "hashtextextended",
    "inet_add",
    "lcm",
    "levenshtein_less_equal",
    "to_hex",
    "to_json",
];

fn call(function: &str, arguments: &[Expr], data_type: DataType) -> String {
    let a: Vec<String> = arguments.iter().map(sql).collect();
    let kinds: Vec<DataType> = arguments.iter().map(Expr::data_type).collect();
    let scale = data_type.scale();
    let is_decimal = matches!(data_type, DataType::Decimal { .. });
    match (function, a.as_slice()) {
        ("cast", [a]) => match (kinds[0], data_type) {
            (DataType::Boolean, DataType::BigInt) | (DataType::BigInt, DataType::Boolean) => {
                format!("{a}::int")
            }
            _ => a.clone(),
        },
        ("/", [a, b]) if is_decimal => format!("pg_temp.divide({a}, {b}, {scale})"),
        ("*", [a, b]) if is_decimal => format!("round({a} * {b}, {scale})"),
        ("+" | "-", [a, b]) if kinds[0] == DataType::Date && kinds[1] == DataType::BigInt => {
            format!("{a} {function} {b}::int")
        }
        ("+", [a, b]) if kinds[0] == DataType::BigInt && kinds[1] == DataType::Date => {
            format!("{a}::int + {b}")
        }
        ("in", [a, items @ ..]) => format!("{a} IN ({})", items.join(", ")),
        ("neg", [a]) => format!("- {a}"),
        ("not", [a]) => format!("NOT {a}"),
        ("is_null", [a]) => format!("{a} IS NULL"),
        ("is_not_null", [a]) => format!("{a} IS NOT NULL"),
        ("is_true", [a]) => format!("{a} IS TRUE"),
        ("is_false", [a]) => format!("{a} IS FALSE"),
        ("is_distinct_from", [a, b]) => format!("{a} IS DISTINCT FROM {b}"),
        ("extract", [field, a]) => format!("pg_catalog.\"extract\"({field}, {a})"),
        ("<<" | ">>" | "->" | "->>", [a, b]) if kinds[1] == DataType::BigInt => {
            format!("{a} {function} {b}::int")
        }
        (operator, [a, b]) if !operator.starts_with(|letter: char| letter.is_ascii_lowercase()) => {
            format!("{a} {operator} {b}")
        }
        ("like" | "ilike", [a, b]) => format!("{a} {function} {b}"),
        ("substring", [a, b]) if kinds[1] == DataType::Text => format!("substring({a} FROM {b})"),
        ("concat" | "concat_ws" | "greatest" | "least", _) => format!("{function}({})", a.join(", ")),
        ("mod", _) => format!("mod({})", a.join(", ")),
        _ => {
            let short = |(text, kind): (&String, &DataType)| {
                if *kind == DataType::BigInt && !TAKES_BIGINT.contains(&function) {
                    format!("{text}::int")
                } else {
                    text.clone()
                }
            };
            // Quoted, since some names are keywords with a syntax of their own.
            format!("\"{function}\"({})", a.iter().zip(&kinds).map(short).collect::<Vec<_>>().join(", "))
        }
    }
}
