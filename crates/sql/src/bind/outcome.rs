//! A sink's condition on a column of few values, as `outcome` is: text that is none of them can never be met.

use sqlparser::{
    ast::{self, Value as Ast},
    tokenizer::Span,
};
use types::Value;

use expr::Expr;

use crate::error::{Fault, suggest};

/// A column and all that it can be.
pub(super) struct Values<'a> {
    /// What has the column, for people.
    pub of: String,
    /// The column's name.
    pub name: &'static str,
    /// Its index.
    pub column: usize,
    /// All of them.
    pub values: Vec<&'a str>,
}

/// Refuses a comparison of the column with text that it never is.
pub(super) fn check(
    condition: &Expr,
    values: &Values<'_>,
    written: &ast::Expr,
    span: Span,
) -> Result<(), Fault> {
    let Some(text) = unknown(condition, values) else { return Ok(()) };
    let Values { of, name, values, .. } = values;
    let help =
        suggest(text, values.iter().copied()).or(Some(format!("its {name}s are {}", values.join(", "))));
    let message = format!("{of} has no {name} {text}");
    Err(Fault { help, ..Fault::new(place(written, text).unwrap_or(span), message) })
}

fn unknown<'a>(condition: &'a Expr, values: &Values<'_>) -> Option<&'a str> {
    let all = |list: &'a [Expr]| list.iter().find_map(|inner| unknown(inner, values));
    match condition {
        Expr::And(left, right) | Expr::Or(left, right) => {
            unknown(left, values).or_else(|| unknown(right, values))
        }
        Expr::Call { function: "=" | "<>" | "in", arguments, .. }
            if arguments
                .iter()
                .any(|side| matches!(side, Expr::Column { index, .. } if *index == values.column)) =>
        {
            arguments.iter().find_map(|side| match side {
                Expr::Literal { value: Some(Value::Text(text)), .. } => {
                    Some(text.as_str()).filter(|text| !values.values.contains(text))
                }
                _ => None,
            })
        }
        Expr::Call { arguments, .. } | Expr::Coalesce { arguments, .. } => all(arguments),
        Expr::Case { branches, .. } => branches.iter().find_map(|(condition, _)| unknown(condition, values)),
        Expr::Column { .. } | Expr::Literal { .. } => None,
    }
}

/// Where the text stands in the condition as written, if it stands among the usual forms.
fn place(written: &ast::Expr, wanted: &str) -> Option<Span> {
    match written {
        ast::Expr::Value(value) => match &value.value {
            Ast::SingleQuotedString(text) if text == wanted => Some(value.span),
            _ => None,
        },
        ast::Expr::Nested(inner) | ast::Expr::UnaryOp { expr: inner, .. } => place(inner, wanted),
        ast::Expr::BinaryOp { left, right, .. } => place(left, wanted).or_else(|| place(right, wanted)),
        ast::Expr::InList { list, .. } => list.iter().find_map(|item| place(item, wanted)),
        _ => None,
    }
}
