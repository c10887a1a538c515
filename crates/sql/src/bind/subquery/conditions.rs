//! A subquery's WHERE: keys, the bound of time, and conditions on the inner rows.

use sqlparser::ast::{self, BinaryOperator};
use types::DataType;
use windows::Frame;

use expr::Expr;

use crate::{
    bind::{interval, place::Place, scalar, scope::Side, window},
    definition::Functions,
    error::Fault,
    statement::Label,
    strictness::Strictness,
};

use super::{Call, Inner, Subquery, key_text, nested};

/// Which sides an expression reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sides {
    inner: bool,
    outer: bool,
}

/// Microseconds back from the outer row, of the two ends of the bound.
#[derive(Default)]
struct Bounds {
    start: Option<i64>,
    end: Option<i64>,
}

pub(super) fn bind(condition: &ast::Expr, subquery: &mut Subquery<'_, '_>) -> Result<(), Fault> {
    let mut bounds = Bounds::default();
    let mut conjuncts = Vec::new();
    flatten(condition, &mut conjuncts);
    for conjunct in conjuncts {
        one(conjunct, &mut bounds, subquery)?;
    }
    let (Some(start), Some(end)) = (bounds.start, bounds.end) else { return Err(half(&bounds, subquery)) };
    if start < end {
        return Err(Fault::new(
            subquery.span,
            "the subquery's bound of time is empty: it ends before it starts",
        ));
    }
    subquery.frame = Some(Frame::Range { start, end, exclude_current: false });
    let slots = &subquery.inner.slots;
    subquery.keys.sort_by_cached_key(|(inner, outer)| (key_text(slots, *inner), *outer));
    subquery.keys.dedup();
    Ok(())
}

fn half(bounds: &Bounds, subquery: &Subquery<'_, '_>) -> Fault {
    let fault = subquery.no_time();
    match (bounds.start, bounds.end) {
        (Some(_), None) => Fault { message: "the subquery's bound of time has no end".to_owned(), ..fault },
        (None, Some(_)) => Fault { message: "the subquery's bound of time has no start".to_owned(), ..fault },
        _ => fault,
    }
}

/// The operands of `AND`, from left to right.
fn flatten<'a>(condition: &'a ast::Expr, out: &mut Vec<&'a ast::Expr>) {
    let mut rights = Vec::new();
    let mut rest = condition;
    loop {
        match rest {
            ast::Expr::Nested(inner) if is_and(inner) => rest = inner,
            ast::Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                rights.push(&**right);
                rest = left;
            }
            _ => break,
        }
    }
    out.push(rest);
    for right in rights.into_iter().rev() {
        if is_and(right) || matches!(right, ast::Expr::Nested(inner) if is_and(inner)) {
            flatten(right, out);
        } else {
            out.push(right);
        }
    }
}

fn is_and(condition: &ast::Expr) -> bool {
    match condition {
        ast::Expr::Nested(inner) => is_and(inner),
        ast::Expr::BinaryOp { op: BinaryOperator::And, .. } => true,
        _ => false,
    }
}

fn one(conjunct: &ast::Expr, bounds: &mut Bounds, subquery: &mut Subquery<'_, '_>) -> Result<(), Fault> {
    let mut inner = conjunct;
    while let ast::Expr::Nested(nested) = inner {
        inner = nested;
    }
    let span = scalar::span(conjunct);
    match (sides(inner, subquery)?, inner) {
        (Sides { outer: false, .. }, _) => {
            let condition = scalar::condition(inner, "WHERE", &mut Inner(subquery))?;
            subquery.filter = Some(match subquery.filter.take() {
                Some(before) => Expr::And(Box::new(before), Box::new(condition)),
                None => condition,
            });
            Ok(())
        }
        (Sides { inner: false, .. }, _) => Err(Fault::unsupported(
            span,
            "a subquery's condition on the outer row alone",
            "write CASE WHEN condition THEN (SELECT ...) END",
        )),
        (_, ast::Expr::Between { expr, negated: false, low, high }) if is_time(expr, subquery)? => {
            time_bound(&BinaryOperator::GtEq, low, bounds, subquery)?;
            time_bound(&BinaryOperator::LtEq, high, bounds, subquery)
        }
        (_, ast::Expr::BinaryOp { left, op, right }) if is_time(left, subquery)? => {
            time_bound(op, right, bounds, subquery)
        }
        (_, ast::Expr::BinaryOp { left, op, right }) if is_time(right, subquery)? => {
            time_bound(&swapped(op), left, bounds, subquery)
        }
        (_, ast::Expr::BinaryOp { left, op: BinaryOperator::Eq, right }) => key(left, right, subquery),
        _ => Err(mixed(span)),
    }
}

fn mixed(span: sqlparser::tokenizer::Span) -> Fault {
    Fault::unsupported(
        span,
        "a condition that mixes inner and outer columns",
        "there are keys (l.card_id = p.card_id), one bound of time, and conditions on inner columns",
    )
}

fn swapped(op: &BinaryOperator) -> BinaryOperator {
    match op {
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        other => other.clone(),
    }
}

fn is_time(ast: &ast::Expr, subquery: &Subquery<'_, '_>) -> Result<bool, Fault> {
    subquery.inner.is_event_time(ast)
}

/// `inner time op outer time expression`.
fn time_bound(
    op: &BinaryOperator,
    time: &ast::Expr,
    bounds: &mut Bounds,
    subquery: &Subquery<'_, '_>,
) -> Result<(), Fault> {
    let span = scalar::span(time);
    let back = back(time, &subquery.outer.side)?;
    let (end, strict, back) = match op {
        BinaryOperator::GtEq => (&mut bounds.start, 0, back),
        BinaryOperator::Gt => (&mut bounds.start, -1, back),
        BinaryOperator::LtEq => (&mut bounds.end, 0, back),
        BinaryOperator::Lt => (&mut bounds.end, 1, back),
        BinaryOperator::Eq if bounds.start.is_none() && bounds.end.is_none() => {
            bounds.start = Some(back);
            (&mut bounds.end, 0, back)
        }
        _ => return Err(mixed(span)),
    };
    let back = back.checked_add(strict).ok_or_else(|| Fault::new(span, "the bound of time is too long"))?;
    if end.is_some() {
        return Err(
            Fault::new(span, "the subquery bounds the same end of its time twice").help("keep one of them")
        );
    }
    if back < 0 && !matches!(op, BinaryOperator::GtEq | BinaryOperator::Gt) {
        return Err(Fault::new(span, "the subquery would need later rows, which a decision does not have")
            .help("end its bound at the outer event time"));
    }
    *end = Some(back);
    Ok(())
}

/// How far `outer time - interval ...` lies back.
fn back(time: &ast::Expr, outer: &Side) -> Result<i64, Fault> {
    let span = scalar::span(time);
    let mut rest = time;
    let mut total: i64 = 0;
    loop {
        match rest {
            ast::Expr::Nested(inner) => rest = inner,
            ast::Expr::BinaryOp { left, op: op @ (BinaryOperator::Minus | BinaryOperator::Plus), right } => {
                let distance = interval::constant(right, "a bound of time")?;
                let next = if *op == BinaryOperator::Minus {
                    total.checked_add(distance)
                } else {
                    total.checked_sub(distance)
                };
                total = next.ok_or_else(|| Fault::new(span, "the bound of time is too long"))?;
                rest = left;
            }
            _ if outer.is_event_time(rest)? => return Ok(total),
            _ => {
                let name = format!("{}.{}", outer.relations[0].label, outer.event_time_name());
                return Err(Fault::new(
                    span,
                    format!("a bound of time starts from the outer event time {name}"),
                )
                .help(format!("write {name}, or {name} - INTERVAL '1 hour'")));
            }
        }
    }
}

fn key(left: &ast::Expr, right: &ast::Expr, subquery: &mut Subquery<'_, '_>) -> Result<(), Fault> {
    let span = scalar::span(left).union(&scalar::span(right));
    let (inner, outer) = match (sides(left, subquery)?, sides(right, subquery)?) {
        (Sides { inner: true, outer: false }, Sides { inner: false, .. }) => (left, right),
        (Sides { inner: false, .. }, Sides { inner: true, outer: false }) => (right, left),
        _ => return Err(mixed(span)),
    };
    let own = scalar::bind(inner, &mut Inner(subquery))?;
    let probe = scalar::bind(outer, subquery.outer)?;
    let data_type = common(own.data_type(), probe.data_type()).ok_or_else(|| {
        Fault::new(span, format!("a key compares {} with {}", own.data_type(), probe.data_type()))
            .help("write CAST(x AS type) on one side")
    })?;
    window::key_type(data_type, span)?;
    let cast = |value: Expr| expr::cast(value, data_type).map_err(|error| scalar::fault(span, error));
    let (own, probe) = (cast(own)?, cast(probe)?);
    let pair = (subquery.inner.slots.scalar(own), subquery.outer.side.slots.scalar(probe));
    subquery.keys.push(pair);
    Ok(())
}

/// The type that both sides of a key are cast to: a key is equal when its bytes are.
fn common(own: DataType, probe: DataType) -> Option<DataType> {
    match (own, probe) {
        (a, b) if a == b => Some(a),
        (DataType::Decimal { .. } | DataType::BigInt, DataType::Decimal { .. } | DataType::BigInt) => {
            Some(DataType::decimal(own.scale().max(probe.scale())))
        }
        (DataType::Date | DataType::Timestamptz, DataType::Date | DataType::Timestamptz) => {
            Some(DataType::Timestamptz)
        }
        _ => None,
    }
}

/// Which sides an expression reads, found by binding it once without a trace.
fn sides(ast: &ast::Expr, subquery: &Subquery<'_, '_>) -> Result<Sides, Fault> {
    let mut probe = Probe { subquery, sides: Sides::default() };
    scalar::bind(ast, &mut probe)?;
    Ok(probe.sides)
}

struct Probe<'s, 'a, 'b> {
    subquery: &'s Subquery<'a, 'b>,
    sides: Sides,
}

impl Place for Probe<'_, '_, '_> {
    fn column(&mut self, qualifier: Option<&Label>, name: &Label) -> Result<Expr, Fault> {
        let (inner, outer) = (&self.subquery.inner, &self.subquery.outer.side);
        if let Some(found) = inner.find(qualifier, name)? {
            self.sides.inner = true;
            return Ok(expr::column(0, inner.data_type(found)));
        }
        if let Some(found) = outer.find(qualifier, name)? {
            self.sides.outer = true;
            return Ok(expr::column(0, outer.data_type(found)));
        }
        Err(if qualifier.is_some_and(|qualifier| outer.has_label(&qualifier.text)) {
            outer.unknown(qualifier, name)
        } else {
            inner.unknown(qualifier, name)
        })
    }

    fn special(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        Err(Fault::new(call.span, format!("{} cannot stand in a subquery's WHERE", call.name))
            .help("compute it in a view, and select from that"))
    }

    fn functions(&self) -> &Functions {
        &self.subquery.outer.definitions.functions
    }

    fn strictness(&self) -> Strictness {
        self.subquery.outer.strictness
    }

    fn subquery(&mut self, _: &ast::Query, span: sqlparser::tokenizer::Span) -> Result<Expr, Fault> {
        Err(nested(span))
    }
}
