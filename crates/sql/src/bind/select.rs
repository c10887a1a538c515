//! What of a SELECT is supported; everything else is refused by its name.

use sqlparser::{
    ast::{
        self, Distinct, GroupByExpr, JoinConstraint, JoinOperator, ObjectNamePart, Query, Select,
        SelectFlavor, SetExpr, SetOperator, Spanned as _, TableFactor, TableVersion,
    },
    tokenizer::Span,
};

use crate::{error::Fault, parse::reader::fold, statement::Label};

use super::scalar;

/// The SELECT of a query that is nothing else.
pub(super) fn only(query: &Query) -> Result<&Select, Fault> {
    let span = query.body.span();
    let refuse = |given: bool, what: &str, instead: &str| {
        if given { Err(Fault::unsupported(span, what, instead)) } else { Ok(()) }
    };
    refuse(query.with.is_some(), "WITH", "write it as a view of its own")?;
    if let Some(order) = &query.order_by {
        let instead = "rows come in the order of the log";
        return Err(Fault::unsupported(order.span(), "ORDER BY of a query", instead));
    }
    refuse(query.limit_clause.is_some() || query.fetch.is_some(), "LIMIT", "bound rows by a time frame")?;
    refuse(!query.locks.is_empty() || query.for_clause.is_some(), "FOR", "leave it out")?;
    refuse(
        query.settings.is_some() || query.format_clause.is_some() || !query.pipe_operators.is_empty(),
        "this clause",
        "write SELECT ... FROM ... WHERE ... WINDOW ...",
    )?;
    match &*query.body {
        SetExpr::Select(select) => {
            clauses(select)?;
            Ok(select)
        }
        SetExpr::Query(inner) => only(inner),
        SetExpr::SetOperation { op, .. } => {
            let name = match op {
                SetOperator::Union => "UNION",
                SetOperator::Intersect => "INTERSECT",
                SetOperator::Except | SetOperator::Minus => "EXCEPT",
            };
            Err(Fault::unsupported(span, name, "write one view for each part"))
        }
        _ => Err(Fault::unsupported(span, "a query without SELECT", "write SELECT ... FROM ...")),
    }
}

fn clauses(select: &Select) -> Result<(), Fault> {
    let whole = select.select_token.0.span;
    let refuse = |given: bool, span: Span, what: &str, instead: &str| {
        if given { Err(Fault::unsupported(span, what, instead)) } else { Ok(()) }
    };
    let (what, instead) = match &select.distinct {
        Some(Distinct::On(_)) => ("DISTINCT ON", "a view has a row for each event"),
        _ => ("SELECT DISTINCT", "a view has a row for each event; write count(DISTINCT x) OVER ..."),
    };
    refuse(matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_))), whole, what, instead)?;
    let grouped = match &select.group_by {
        GroupByExpr::All(_) => Some(whole),
        GroupByExpr::Expressions(list, modifiers) => {
            let first = list.first().map(scalar::span);
            first.or((!modifiers.is_empty()).then_some(whole))
        }
    };
    refuse(
        grouped.is_some(),
        grouped.unwrap_or(whole),
        "GROUP BY",
        "write aggregate(x) OVER (PARTITION BY key ORDER BY event_time RANGE ...)",
    )?;
    let having = select.having.as_ref();
    refuse(having.is_some(), having.map_or(whole, scalar::span), "HAVING", "filter in a view above")?;
    let qualify = select.qualify.as_ref();
    refuse(qualify.is_some(), qualify.map_or(whole, scalar::span), "QUALIFY", "filter in a view above")?;
    refuse(select.into.is_some(), whole, "SELECT INTO", "write CREATE VIEW")?;
    refuse(
        select.flavor != SelectFlavor::Standard,
        whole,
        "FROM before SELECT",
        "write SELECT ... FROM ...",
    )?;
    let others = select.top.is_some()
        || !select.lateral_views.is_empty()
        || select.prewhere.is_some()
        || !select.connect_by.is_empty()
        || !select.cluster_by.is_empty()
        || !select.distribute_by.is_empty()
        || !select.sort_by.is_empty()
        || select.value_table_mode.is_some()
        || select.exclude.is_some()
        || select.select_modifiers.is_some();
    refuse(others, whole, "a clause of this SELECT", "write SELECT ... FROM ... WHERE ... WINDOW ...")
}

/// A relation of `FROM` or `JOIN`.
pub(super) struct Named<'a> {
    pub name: Label,
    /// The alias, or the name.
    pub label: String,
    pub version: Option<&'a TableVersion>,
}

/// The relation that a factor names.
pub(super) fn named(factor: &TableFactor) -> Result<Named<'_>, Fault> {
    let TableFactor::Table { name, alias, args, version, sample, with_ordinality, with_hints, .. } = factor
    else {
        let (what, instead) = match factor {
            TableFactor::Derived { .. } => ("a subquery in FROM", "write it as a view of its own"),
            TableFactor::MatchRecognize { .. } => ("MATCH_RECOGNIZE", "count with window expressions"),
            TableFactor::UNNEST { .. } => ("UNNEST", "send one event for each element"),
            TableFactor::NestedJoin { .. } => ("a join in parentheses", "leave the parentheses out"),
            _ => ("this relation", "name a stream or view"),
        };
        return Err(Fault::unsupported(factor.span(), what, instead));
    };
    let span = name.span();
    let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() else {
        return Err(Fault::unsupported(span, "a schema-qualified name", "write the name alone"));
    };
    if args.is_some() {
        return Err(Fault::unsupported(span, "a table function", "name a stream or view"));
    }
    if sample.is_some() || *with_ordinality || !with_hints.is_empty() {
        return Err(Fault::unsupported(span, "TABLESAMPLE, WITH ORDINALITY or a hint", "leave it out"));
    }
    let name = Label { text: fold(ident), span };
    let mut label = name.text.clone();
    if let Some(alias) = alias {
        if !alias.columns.is_empty() {
            return Err(Fault::unsupported(
                alias.name.span,
                "a column list after an alias",
                "name columns with AS",
            ));
        }
        label = fold(&alias.name);
    }
    Ok(Named { name, label, version: version.as_ref() })
}

/// `FROM`: its first relation and the joins after it.
pub(super) fn from(select: &Select) -> Result<(Named<'_>, &[ast::Join]), Fault> {
    match select.from.as_slice() {
        [] => Err(Fault::new(select.select_token.0.span, "the SELECT has no FROM").help("write FROM stream")),
        [only] => {
            let named = named(&only.relation)?;
            if named.version.is_some() {
                return Err(Fault::unsupported(
                    named.name.span,
                    "FOR SYSTEM_TIME of a stream",
                    "a row is an event; only joined tables have versions",
                ));
            }
            Ok((named, &only.joins))
        }
        [_, second, ..] => Err(Fault::unsupported(
            second.relation.span(),
            "a comma in FROM",
            "write LEFT JOIN table FOR SYSTEM_TIME AS OF ..., or a correlated scalar subquery",
        )),
    }
}

/// The name of a join that is not `LEFT JOIN`.
pub(super) fn join_name(operator: &JoinOperator) -> &'static str {
    match operator {
        JoinOperator::Join(JoinConstraint::Natural) | JoinOperator::Inner(JoinConstraint::Natural) => {
            "NATURAL JOIN"
        }
        JoinOperator::Join(_) | JoinOperator::Inner(_) => "an inner JOIN",
        JoinOperator::Right(_) | JoinOperator::RightOuter(_) => "RIGHT JOIN",
        JoinOperator::FullOuter(_) => "FULL JOIN",
        JoinOperator::CrossJoin(_) => "CROSS JOIN",
        JoinOperator::AsOf { .. } => "ASOF JOIN",
        _ => "this join",
    }
}
