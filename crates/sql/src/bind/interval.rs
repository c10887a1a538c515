//! Constant intervals: window frames, time bounds and durations of options.

use sqlparser::{
    ast::{self, DateTimeField},
    tokenizer::Span,
};
use types::{DataType, Interval, Value, time::DAY};

use crate::{error::Fault, statement::Label};

use super::{place::Constants, scalar};

/// The microseconds of an interval without months.
pub(super) fn micros(interval: Interval, span: Span) -> Result<i64, Fault> {
    if interval.months != 0 {
        return Err(Fault::new(span, "an interval of months or years has no fixed length here")
            .help("write days, as in INTERVAL '30 days'"));
    }
    i64::from(interval.days)
        .checked_mul(DAY)
        .and_then(|days| days.checked_add(interval.micros))
        .ok_or_else(|| Fault::new(span, "the interval is too long"))
}

/// The microseconds of a constant interval expression.
pub(super) fn constant(expr: &ast::Expr, what: &str) -> Result<i64, Fault> {
    let span = scalar::span(expr);
    let bound = scalar::bind(expr, &mut Constants { what })?;
    match bound {
        expr::Expr::Literal { value: Some(Value::Interval(interval)), .. } => micros(interval, span),
        other => Err(Fault::new(span, format!("{what} is {}, expected an interval", other.data_type()))
            .help("write INTERVAL '1 hour'")),
    }
}

/// `INTERVAL '1 hour'` or `INTERVAL '1' HOUR`.
pub(super) fn literal(interval: &ast::Interval) -> Result<expr::Expr, Fault> {
    let span = scalar::span(&interval.value);
    let text = match &*interval.value {
        ast::Expr::Value(value) => match &value.value {
            ast::Value::SingleQuotedString(text) | ast::Value::EscapedStringLiteral(text) => Some(text),
            _ => None,
        },
        _ => None,
    };
    let Some(text) = text else {
        return Err(Fault::new(span, "an interval is written as text").help("write INTERVAL '1 hour'"));
    };
    if interval.last_field.is_some() || interval.leading_precision.is_some() {
        return Err(Fault::unsupported(
            span,
            "an interval's field range",
            "write INTERVAL '1 hour 30 minutes'",
        ));
    }
    let text = match &interval.leading_field {
        None => text.clone(),
        Some(field) => format!("{text} {}", unit(field, span)?),
    };
    parse(&text, span)
}

fn unit(field: &DateTimeField, span: Span) -> Result<&'static str, Fault> {
    Ok(match field {
        DateTimeField::Year | DateTimeField::Years => "years",
        DateTimeField::Month | DateTimeField::Months => "months",
        DateTimeField::Week(None) | DateTimeField::Weeks => "weeks",
        DateTimeField::Day | DateTimeField::Days => "days",
        DateTimeField::Hour | DateTimeField::Hours => "hours",
        DateTimeField::Minute | DateTimeField::Minutes => "minutes",
        DateTimeField::Second | DateTimeField::Seconds => "seconds",
        DateTimeField::Millisecond | DateTimeField::Milliseconds => "milliseconds",
        DateTimeField::Microsecond | DateTimeField::Microseconds => "microseconds",
        other => {
            let what = format!("the interval unit {other}");
            return Err(Fault::unsupported(span, &what, "write days, hours, minutes or seconds"));
        }
    })
}

fn parse(text: &str, span: Span) -> Result<expr::Expr, Fault> {
    let value = expr::literal(Value::Text(text.to_owned()));
    match expr::cast(value, DataType::Interval) {
        Ok(literal @ expr::Expr::Literal { value: Some(_), .. }) => Ok(literal),
        _ => Err(Fault::new(span, format!("'{text}' is not an interval"))
            .help("write a number and a unit: '10 minutes', '1 hour', '7 days'")),
    }
}

/// The positive duration that an option gives.
pub(super) fn option(value: &Label) -> Result<i64, Fault> {
    let micros = match parse(&value.text, value.span)? {
        expr::Expr::Literal { value: Some(Value::Interval(interval)), .. } => micros(interval, value.span)?,
        _ => unreachable!("an interval literal has an interval"),
    };
    if micros < 0 {
        return Err(Fault::new(value.span, "a duration cannot be negative"));
    }
    Ok(micros)
}
