//! `CREATE VIEW`: the rows of one stream, and the place that their expressions stand in.

use std::collections::BTreeSet;

use sqlparser::{
    ast::{self, NamedWindowDefinition, SelectItem, SelectItemQualifiedWildcardKind, Spanned as _},
    tokenizer::Span,
};

use expr::Expr;

use crate::{
    definition::{Definitions, View, ViewColumn},
    error::Fault,
    parse::{reader::fold, view::CreateView},
    statement::Label,
};

use super::{
    call::Call,
    columns, join,
    place::Place,
    predict, scalar,
    scope::{self, Side},
    select, subquery, window,
};

/// Values of a view, those of the views below it included.
pub const SLOTS_MAX: usize = 10_000;

/// The rows of a view under construction: columns of its relations, windows, models and subqueries.
pub(super) struct Rows<'a> {
    pub definitions: &'a Definitions,
    pub side: Side,
    pub windows: &'a [NamedWindowDefinition],
    /// The clause that is bound, when window functions cannot stand in it.
    pub clause: Option<&'static str>,
    /// Names that the SELECT list gives, for help.
    pub aliases: Vec<String>,
    pub reads: BTreeSet<String>,
}

pub(super) fn bind(create: &CreateView, definitions: &Definitions) -> Result<View, Fault> {
    let select = select::only(&create.query)?;
    let (from, joins) = select::from(select)?;
    let mut reads = BTreeSet::from([from.name.text.clone()]);
    if let Some(below) = definitions.views.get(&from.name.text) {
        reads.extend(below.reads.iter().cloned());
    }
    let mut rows = Rows {
        definitions,
        side: Side::open(&from.name, from.label, definitions)?,
        windows: &select.named_window,
        clause: Some("a join's ON"),
        aliases: aliases(&select.projection),
        reads,
    };
    window::check_names(rows.windows)?;
    for join in joins {
        join::bind(join, &mut rows)?;
    }
    if let Some(condition) = &select.selection {
        rows.clause = Some("WHERE");
        let condition = scalar::condition(condition, "WHERE", &mut rows)?;
        rows.admit(condition);
    }
    rows.clause = None;
    let columns = projection(&select.projection, &mut rows)?;
    window::check_unused(&mut rows)?;
    bounds(create, &rows, &columns)?;
    Ok(View {
        name: create.name.text.clone(),
        stream: rows.side.stream.name.clone(),
        filter: rows.side.filter,
        columns,
        reads: rows.reads.into_iter().collect(),
        slots: rows.side.slots.into_vec(),
    })
}

fn bounds(create: &CreateView, rows: &Rows<'_>, columns: &[ViewColumn]) -> Result<(), Fault> {
    let (slots, name) = (rows.side.slots.len(), &create.name);
    if slots > SLOTS_MAX {
        let message = format!("view {} computes {slots} values, the limit is {SLOTS_MAX}", name.text);
        return Err(
            Fault::new(name.span, message).help("split it into views that do not build on each other")
        );
    }
    if columns.len() > columns::COLUMNS_MAX {
        let limit = columns::COLUMNS_MAX;
        let message = format!("view {} has {} columns, the limit is {limit}", name.text, columns.len());
        return Err(Fault::new(name.span, message).help("select only the columns that are read"));
    }
    Ok(())
}

fn aliases(items: &[SelectItem]) -> Vec<String> {
    let alias = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(fold(alias)),
        _ => None,
    };
    items.iter().filter_map(alias).collect()
}

fn projection(items: &[SelectItem], rows: &mut Rows<'_>) -> Result<Vec<ViewColumn>, Fault> {
    let mut columns: Vec<ViewColumn> = Vec::new();
    let mut names = BTreeSet::new();
    let mut add = |name: String, slot: usize, span: Span| {
        if !names.insert(name.clone()) {
            return Err(Fault::new(span, format!("column {name} is in the SELECT twice"))
                .help("give one of them another name: expression AS name"));
        }
        columns.push(ViewColumn { name, slot });
        Ok(())
    };
    for item in items {
        match item {
            SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
                let span = options.wildcard_token.0.span;
                for (name, found) in wildcard(item, options, rows)? {
                    let slot = rows.side.slot(found);
                    add(name, slot, span)?;
                }
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let slot = rows.value(expr)?;
                add(fold(alias), slot, alias.span)?;
            }
            SelectItem::UnnamedExpr(expr) => {
                let Some((_, name)) = scope::column_name(expr)? else {
                    return Err(Fault::new(scalar::span(expr), "a computed column needs a name")
                        .help("write expression AS name"));
                };
                let slot = rows.value(expr)?;
                add(name.text, slot, name.span)?;
            }
            SelectItem::ExprWithAliases { expr, .. } => {
                let instead = "write expression AS name";
                return Err(Fault::unsupported(scalar::span(expr), "several names of a column", instead));
            }
        }
    }
    Ok(columns)
}

fn wildcard(
    item: &SelectItem,
    options: &ast::WildcardAdditionalOptions,
    rows: &Rows<'_>,
) -> Result<Vec<(String, scope::Found)>, Fault> {
    let span = options.wildcard_token.0.span;
    let plain = ast::WildcardAdditionalOptions {
        wildcard_token: options.wildcard_token.clone(),
        ..ast::WildcardAdditionalOptions::default()
    };
    if *options != plain {
        return Err(Fault::unsupported(span, "an option after *", "list the columns that are wanted"));
    }
    let SelectItem::QualifiedWildcard(kind, _) = item else { return Ok(rows.side.columns(None)) };
    let SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
        return Err(Fault::unsupported(span, "a wildcard of an expression", "write relation.*"));
    };
    let label = match name.0.as_slice() {
        [ast::ObjectNamePart::Identifier(ident)] => Label { text: fold(ident), span: ident.span },
        _ => return Err(Fault::unsupported(name.span(), "a schema-qualified name", "write relation.*")),
    };
    if !rows.side.has_label(&label.text) {
        return Err(rows.side.unknown(Some(&label), &label));
    }
    Ok(rows.side.columns(Some(&label.text)))
}

impl Rows<'_> {
    /// The slot of an expression.
    pub fn value(&mut self, ast: &ast::Expr) -> Result<usize, Fault> {
        let value = scalar::bind(ast, self)?;
        if value.data_type() == types::DataType::Interval {
            return Err(Fault::unsupported(
                scalar::span(ast),
                "a column of type INTERVAL",
                "take a number of it: date_part('epoch', interval)",
            ));
        }
        Ok(self.side.slots.scalar(value))
    }

    /// The slot of a truth value.
    pub fn condition(&mut self, ast: &ast::Expr, what: &str) -> Result<usize, Fault> {
        let condition = scalar::condition(ast, what, self)?;
        Ok(self.side.slots.scalar(condition))
    }

    /// Only events for which the condition holds are rows.
    fn admit(&mut self, condition: Expr) {
        let condition = match self.side.filter {
            Some(below) => Expr::And(Box::new(self.side.slots.read(below)), Box::new(condition)),
            None => condition,
        };
        self.side.filter = Some(self.side.slots.scalar(condition));
    }
}

impl Place for Rows<'_> {
    fn column(&mut self, qualifier: Option<&Label>, name: &Label) -> Result<Expr, Fault> {
        let Some(found) = self.side.find(qualifier, name)? else {
            let fault = self.side.unknown(qualifier, name);
            if qualifier.is_none() && self.aliases.contains(&name.text) {
                return Err(fault.help(format!(
                    "{} is named in this SELECT; put it into a view below to use it here",
                    name.text
                )));
            }
            return Err(fault);
        };
        let slot = self.side.slot(found);
        Ok(self.side.slots.read(slot))
    }

    fn special(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        if call.name == "predict" { predict::bind(call, self) } else { window::bind(call, self) }
    }

    fn subquery(&mut self, query: &ast::Query, span: Span) -> Result<Expr, Fault> {
        subquery::bind(query, span, self)
    }
}
