//! Window frames: `RANGE` and `ROWS` bounds as numbers.

use sqlparser::{
    ast::{self, WindowFrame, WindowFrameBound, WindowFrameUnits},
    tokenizer::Span,
};
use windows::Frame;

use crate::error::Fault;

use super::{interval, scalar};

/// Rows back that a `ROWS` frame or `lag` can name.
pub const ROWS_MAX: u64 = 1_000_000;

/// The frame; without one it is that of the standard, up to the stream's `key_horizon`.
pub(super) fn bind(
    frame: Option<&WindowFrame>,
    exclude_current: bool,
    key_horizon: i64,
    span: Span,
) -> Result<Frame, Fault> {
    let Some(frame) = frame else { return Ok(Frame::Range { start: key_horizon, end: 0, exclude_current }) };
    let (first, last) =
        (&frame.start_bound, frame.end_bound.as_ref().unwrap_or(&WindowFrameBound::CurrentRow));
    match frame.units {
        WindowFrameUnits::Range => {
            let start = range(first, span)?.unwrap_or(key_horizon);
            let end = range(last, span)?.ok_or_else(|| unbounded_end(span))?;
            ordered(start >= end, first, span)?;
            Ok(Frame::Range { start, end, exclude_current })
        }
        WindowFrameUnits::Rows => {
            let start = rows(first, span)?.unwrap_or(u64::MAX);
            let end = rows(last, span)?.ok_or_else(|| unbounded_end(span))?;
            ordered(start >= end, first, span)?;
            Ok(Frame::Rows { start, end, exclude_current })
        }
        WindowFrameUnits::Groups => Err(Fault::unsupported(
            span,
            "a GROUPS frame",
            "write RANGE with an interval or ROWS with a number",
        )),
    }
}

fn ordered(is_ordered: bool, first: &WindowFrameBound, span: Span) -> Result<(), Fault> {
    let at = match first {
        WindowFrameBound::Preceding(Some(bound)) => scalar::span(bound),
        _ => span,
    };
    if is_ordered {
        return Ok(());
    }
    Err(Fault::new(at, "the frame ends before it starts").help(
        "write the longer distance first: BETWEEN INTERVAL '2 days' PRECEDING AND INTERVAL '1 day' PRECEDING",
    ))
}

fn unbounded_end(span: Span) -> Fault {
    Fault::new(span, "a frame cannot end at UNBOUNDED PRECEDING").help("end it AND CURRENT ROW")
}

fn following(span: Span) -> Fault {
    Fault::new(span, "FOLLOWING would need later rows, which a decision does not have")
        .help("end the frame AND CURRENT ROW")
}

/// Microseconds back; `None` when unbounded.
fn range(bound: &WindowFrameBound, span: Span) -> Result<Option<i64>, Fault> {
    match bound {
        WindowFrameBound::CurrentRow => Ok(Some(0)),
        WindowFrameBound::Preceding(None) => Ok(None),
        WindowFrameBound::Following(distance) => {
            Err(following(distance.as_deref().map_or(span, scalar::span)))
        }
        WindowFrameBound::Preceding(Some(distance)) => {
            let at = scalar::span(distance);
            if let ast::Expr::Value(_) = &**distance {
                return Err(Fault::new(at, "a RANGE frame over time needs an interval").help(
                    "write RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW, or ROWS for a number",
                ));
            }
            let micros = interval::constant(distance, "a frame's bound")?;
            if micros < 0 {
                return Err(Fault::new(at, "a frame's bound cannot be negative"));
            }
            Ok(Some(micros))
        }
    }
}

/// Rows back; `None` when unbounded.
fn rows(bound: &WindowFrameBound, span: Span) -> Result<Option<u64>, Fault> {
    match bound {
        WindowFrameBound::CurrentRow => Ok(Some(0)),
        WindowFrameBound::Preceding(None) => Ok(None),
        WindowFrameBound::Following(distance) => {
            Err(following(distance.as_deref().map_or(span, scalar::span)))
        }
        WindowFrameBound::Preceding(Some(distance)) => number(distance, "a ROWS frame's bound").map(Some),
    }
}

/// A whole number of rows.
pub(super) fn number(ast: &ast::Expr, what: &str) -> Result<u64, Fault> {
    let rows = match ast {
        ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::Number(text, _), .. }) => {
            text.parse::<u64>().ok()
        }
        _ => None,
    };
    rows.filter(|rows| *rows <= ROWS_MAX).ok_or_else(|| {
        Fault::new(scalar::span(ast), format!("{what} must be a whole number up to {ROWS_MAX}"))
            .help("write a plain number, as in ROWS 10 PRECEDING or lag(x, 2)")
    })
}
