//! What a result's columns are called: as PostgreSQL calls them, because reports and scripts go by those names.
//!
//! The rules are those of `FigureColname` in PostgreSQL's `parse_target.c`.

use datafusion::{
    arrow::datatypes::Schema,
    sql::sqlparser::ast::{
        DataType, Expr, Query, SelectItem, SetExpr, Statement, TrimWhereField, TypedString,
    },
};

/// The name of an expression that suggests none.
const NONE: &str = "?column?";

/// How good a name is: PostgreSQL lets the type of a cast replace a weak one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quality {
    Weak,
    Strong,
}

type Named = Option<(String, Quality)>;

/// A name for each column of a statement's result, of which the planner knows the number and its own names.
pub fn of(statement: &Statement, schema: &Schema) -> Vec<String> {
    let mut names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let Some(items) = items(statement) else { return names };
    let is_wild =
        |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    // Columns of one `*` are those between what stands before and after it; with two, only what stands before the first.
    let first = items.iter().position(is_wild).unwrap_or(items.len());
    let last = items.iter().rposition(is_wild);
    for (name, item) in names.iter_mut().zip(&items[..first]) {
        rename(name, item);
    }
    if last == Some(first) {
        for (name, item) in names.iter_mut().rev().zip(items[first + 1..].iter().rev()) {
            rename(name, item);
        }
    }
    names
}

fn rename(name: &mut String, item: &SelectItem) {
    if let SelectItem::UnnamedExpr(expression) = item {
        *name = figure(expression).map_or_else(|| NONE.to_owned(), |(name, _)| name);
    }
}

/// What the first SELECT asks for: it names the columns of a UNION as well.
fn items(statement: &Statement) -> Option<&[SelectItem]> {
    let Statement::Query(query) = statement else { return None };
    items_of(query)
}

fn items_of(query: &Query) -> Option<&[SelectItem]> {
    let mut body = query.body.as_ref();
    loop {
        match body {
            SetExpr::Select(select) => return Some(&select.projection),
            SetExpr::Query(query) => body = query.body.as_ref(),
            SetExpr::SetOperation { left, .. } => body = left.as_ref(),
            _ => return None,
        }
    }
}

fn strong(name: &str) -> Named {
    Some((name.to_owned(), Quality::Strong))
}

fn weak(name: impl Into<String>) -> Named {
    Some((name.into(), Quality::Weak))
}

fn figure(expression: &Expr) -> Named {
    match expression {
        Expr::Identifier(name) => strong(&folded(name)),
        Expr::CompoundIdentifier(parts) => strong(&folded(parts.last()?)),
        Expr::Function(function) => strong(&folded(function.name.0.last()?.as_ident()?)),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => figure(inner),
        Expr::CompoundFieldAccess { root, .. } => figure(root),
        Expr::Cast { expr, data_type, .. } => match figure(expr) {
            Some((name, Quality::Strong)) => strong(&name),
            _ => weak(type_name(data_type)),
        },
        Expr::TypedString(TypedString { data_type, .. }) => weak(type_name(data_type)),
        Expr::Interval(_) => weak("interval"),
        Expr::Case { else_result, .. } => match else_result.as_deref().and_then(figure) {
            Some((name, Quality::Strong)) => strong(&name),
            _ => weak("case"),
        },
        Expr::Subquery(query) => match items_of(query)?.first()? {
            SelectItem::UnnamedExpr(inner) => figure(inner),
            SelectItem::ExprWithAlias { alias, .. } => strong(&folded(alias)),
            _ => None,
        },
        Expr::Trim { trim_where, .. } => strong(match trim_where {
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        }),
        Expr::Exists { .. } => strong("exists"),
        Expr::Extract { .. } => strong("extract"),
        Expr::Ceil { .. } => strong("ceil"),
        Expr::Floor { .. } => strong("floor"),
        Expr::Position { .. } => strong("position"),
        Expr::Substring { .. } => strong("substring"),
        Expr::Overlay { .. } => strong("overlay"),
        Expr::AtTimeZone { .. } => strong("timezone"),
        Expr::Array(_) => strong("array"),
        Expr::Tuple(_) => strong("row"),
        _ => None,
    }
}

/// A name as PostgreSQL keeps it: in small letters unless it was quoted.
fn folded(name: &datafusion::sql::sqlparser::ast::Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// A type's own name, where SQL has another for it.
fn type_name(data_type: &DataType) -> String {
    let written = data_type.to_string().to_lowercase();
    let word = written.split(['(', '[']).next().unwrap_or_default().trim();
    let own = match word {
        "int" | "integer" | "int4" => "int4",
        "bigint" | "int8" => "int8",
        "smallint" | "int2" => "int2",
        "real" | "float4" => "float4",
        "double precision" | "double" | "float" | "float8" => "float8",
        "decimal" | "dec" | "numeric" => "numeric",
        "boolean" | "bool" => "bool",
        "character varying" | "varchar" => "varchar",
        "character" | "char" => "bpchar",
        "timestamp with time zone" | "timestamptz" => "timestamptz",
        "timestamp without time zone" | "timestamp" => "timestamp",
        other => other,
    };
    own.to_owned()
}

#[cfg(test)]
mod tests {
    use datafusion::{
        arrow::datatypes::{DataType as ArrowType, Field},
        sql::sqlparser::{dialect::PostgreSqlDialect, parser::Parser},
    };

    use super::*;

    fn names(sql: &str, columns: usize) -> Vec<String> {
        let statement = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap().remove(0);
        let field = |index| Field::new(format!("c{index}"), ArrowType::Int64, true);
        of(&statement, &Schema::new((0..columns).map(field).collect::<Vec<_>>()))
    }

    /// As `psql` shows them on PostgreSQL 15.
    #[test]
    fn names_are_those_of_postgresql() {
        for (expression, name) in [
            ("count(*)", "count"),
            ("SUM(amount)", "sum"),
            ("p.amount", "amount"),
            ("1", "?column?"),
            ("a + b", "?column?"),
            ("(sum(amount))", "sum"),
            ("sum(amount)::int", "sum"),
            ("'1'::int", "int4"),
            ("1.5::numeric(10,2)", "numeric"),
            ("CAST('x' AS double precision)", "float8"),
            ("DATE '2026-01-01'", "date"),
            ("INTERVAL '1 day'", "interval"),
            ("CASE WHEN a THEN b ELSE c END", "c"),
            ("CASE WHEN a THEN b END", "case"),
            ("CASE WHEN a THEN b ELSE 'x'::text END", "case"),
            ("(SELECT max(x) FROM t)", "max"),
            ("EXISTS (SELECT 1)", "exists"),
            ("extract(hour FROM t)", "extract"),
            ("substring(a FROM 1 FOR 2)", "substring"),
            ("trim(both 'x' from a)", "btrim"),
            ("a IS NULL", "?column?"),
            ("date_trunc('hour', t) AT TIME ZONE 'UTC'", "timezone"),
        ] {
            assert_eq!(names(&format!("SELECT {expression} FROM p"), 1), [name], "{expression}");
        }
    }

    #[test]
    fn a_star_keeps_the_planners_names() {
        assert_eq!(names("SELECT count(*), t.*, 1 FROM t", 5), ["count", "c1", "c2", "c3", "?column?"]);
        assert_eq!(names("SELECT a + 1, t.*, 1, u.*, 2 FROM t, u", 6)[..2], ["?column?", "c1"]);
        assert_eq!(names("SELECT max(a) FROM t UNION ALL SELECT 2", 1), ["max"]);
        assert_eq!(names("SELECT count(*) AS n FROM t", 1), ["c0"]);
        assert_eq!(names("VALUES (1)", 1), ["c0"]);
    }
}
