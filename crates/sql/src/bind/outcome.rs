//! A sink's condition on the outcome: text that is no outcome of the decision can never be met.

use sqlparser::{
    ast::{self, Value as Ast},
    tokenizer::Span,
};
use types::Value;

use expr::Expr;

use crate::{
    definition::Decision,
    error::{Fault, suggest},
};

/// Refuses a comparison of the column `outcome` with text that the decision does not answer.
pub(super) fn check(
    condition: &Expr,
    outcome: usize,
    decision: &Decision,
    written: &ast::Expr,
    span: Span,
) -> Result<(), Fault> {
    let Some(text) = unknown(condition, outcome, decision) else { return Ok(()) };
    let message = format!("decision {} has no outcome {text}", decision.name);
    let help = suggest(text, decision.outcomes.iter().map(String::as_str))
        .or(Some(format!("its outcomes are {}", decision.outcomes.join(", "))));
    Err(Fault { help, ..Fault::new(place(written, text).unwrap_or(span), message) })
}

fn unknown<'a>(condition: &'a Expr, outcome: usize, decision: &Decision) -> Option<&'a str> {
    let all = |list: &'a [Expr]| list.iter().find_map(|inner| unknown(inner, outcome, decision));
    match condition {
        Expr::And(left, right) | Expr::Or(left, right) => {
            unknown(left, outcome, decision).or_else(|| unknown(right, outcome, decision))
        }
        Expr::Call { function: "=" | "<>" | "in", arguments, .. }
            if arguments
                .iter()
                .any(|side| matches!(side, Expr::Column { index, .. } if *index == outcome)) =>
        {
            arguments.iter().find_map(|side| match side {
                Expr::Literal { value: Some(Value::Text(text)), .. } if !decision.outcomes.contains(text) => {
                    Some(text.as_str())
                }
                _ => None,
            })
        }
        Expr::Call { arguments, .. } | Expr::Coalesce { arguments, .. } => all(arguments),
        Expr::Case { branches, .. } => {
            branches.iter().find_map(|(condition, _)| unknown(condition, outcome, decision))
        }
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
