//! Literals: numbers are `BIGINT` when they fit and decimals otherwise, as in PostgreSQL.

use sqlparser::{
    ast::{self, Value as Ast},
    tokenizer::Span,
};
use types::{DataType, Value, decimal};

use expr::Expr;

use crate::{bind::data_type, error::Fault};

pub(super) fn value(value: &ast::ValueWithSpan) -> Result<Expr, Fault> {
    match &value.value {
        Ast::Number(text, _) => number(text, value.span),
        Ast::SingleQuotedString(text) | Ast::EscapedStringLiteral(text) | Ast::UnicodeStringLiteral(text) => {
            Ok(expr::literal(Value::Text(text.clone())))
        }
        Ast::Boolean(value) => Ok(expr::literal(Value::Boolean(*value))),
        Ast::Null => Ok(expr::null()),
        Ast::Placeholder(text) => {
            Err(Fault::unsupported(value.span, &format!("parameter {text}"), "write the value"))
        }
        _ => Err(Fault::unsupported(value.span, "this kind of literal", "write text in single quotes")),
    }
}

/// `-9223372036854775808` and its like, whose digits alone are out of range.
pub(super) fn negative(ast: &ast::Expr) -> Option<Result<Expr, Fault>> {
    let ast::Expr::Value(ast::ValueWithSpan { value: Ast::Number(text, _), span }) = ast else { return None };
    Some(number(&format!("-{text}"), *span))
}

fn number(text: &str, span: Span) -> Result<Expr, Fault> {
    let text = text.replace('_', "");
    if let Ok(value) = text.parse::<i64>() {
        return Ok(expr::literal(Value::BigInt(value)));
    }
    let out_of_range = || {
        Fault::new(span, format!("number {text} has more than {} digits", decimal::DIGITS_MAX))
            .help(format!("write CAST('{text}' AS DOUBLE)"))
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| out_of_range())?),
        None => (text.as_str(), 0),
    };
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let scale = i64::try_from(fraction).map_err(|_| out_of_range())?.saturating_sub(exponent).max(0);
    let scale =
        u8::try_from(scale).ok().filter(|scale| *scale <= decimal::DIGITS_MAX).ok_or_else(out_of_range)?;
    let unscaled = decimal::parse(&text, decimal::DIGITS_MAX, scale).map_err(|_| out_of_range())?;
    Ok(expr::literal(Value::Decimal { unscaled, scale }))
}

/// `DATE '2026-01-02'`.
pub(super) fn typed(typed: &ast::TypedString) -> Result<Expr, Fault> {
    let span = typed.value.span;
    let to = data_type::of_value(&typed.data_type, span)?;
    let text = value(&typed.value)?;
    if to == DataType::Text {
        return Ok(text);
    }
    match expr::cast(text, to) {
        Ok(literal @ Expr::Literal { value: Some(_), .. }) => Ok(literal),
        _ => Err(Fault::new(span, format!("{} is not a {to}", typed.value))),
    }
}
