//! `CREATE VIEW`: the rows of one stream, and the place that their expressions stand in.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::{
    ast::{self, NamedWindowDefinition, SelectItem, SelectItemQualifiedWildcardKind, Spanned as _},
    tokenizer::Span,
};

use expr::Expr;

use crate::{
    definition::{Definitions, Functions, View, ViewColumn},
    error::Fault,
    parse::{
        reader::{check_name, fold},
        view::CreateView,
    },
    statement::Label,
    strictness::Strictness,
    timelines::Timelines,
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
    /// Where the values that are read from timelines stand.
    pub places: BTreeMap<usize, Span>,
    pub strictness: Strictness,
}

pub(super) fn bind(
    create: &CreateView,
    definitions: &Definitions,
    strictness: Strictness,
) -> Result<View, Vec<Fault>> {
    let mut rows = relations(create, definitions, strictness).map_err(|fault| vec![fault])?;
    let select = select::only(&create.query).map_err(|fault| vec![fault])?;
    let mut faults = Vec::new();
    if let Some(condition) = &select.selection {
        rows.clause = Some("WHERE");
        match scalar::condition(condition, "WHERE", &mut rows) {
            Ok(condition) => rows.admit(condition),
            Err(fault) => faults.push(fault),
        }
    }
    rows.clause = None;
    let columns = projection(&select.projection, &mut rows, &mut faults);
    if faults.is_empty() {
        let whole = window::check_unused(&mut rows);
        let whole =
            whole.and_then(|()| circles(create, &rows)).and_then(|()| bounds(create, &rows, &columns));
        faults.extend(whole.err());
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(View {
        name: create.name.text.clone(),
        stream: rows.side.stream.name.clone(),
        filter: rows.side.filter,
        columns,
        reads: rows.reads.into_iter().collect(),
        slots: rows.side.slots.into_vec(),
    })
}

/// `FROM` and its joins.
fn relations<'a>(
    create: &'a CreateView,
    definitions: &'a Definitions,
    strictness: Strictness,
) -> Result<Rows<'a>, Fault> {
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
        places: BTreeMap::new(),
        strictness,
    };
    window::check_names(rows.windows)?;
    for join in joins {
        join::bind(join, &mut rows)?;
    }
    Ok(rows)
}

/// Refuses a window whose rows could join its timeline only once its own values are known.
fn circles(create: &CreateView, rows: &Rows<'_>) -> Result<(), Fault> {
    let Err(slot) = Timelines::default().add(rows.side.slots.as_slice(), &rows.side.stream.name) else {
        return Ok(());
    };
    let span = rows.places.get(&slot).copied().unwrap_or(create.name.span);
    Err(Fault::new(span, "this window needs the value of another window over the same rows and the same key")
        .help("write PARTITION BY key, 1 in one of the two: a key of its own gives it a timeline of its own"))
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

/// The columns of the SELECT list, and what is wrong with the items that have none.
fn projection(items: &[SelectItem], rows: &mut Rows<'_>, faults: &mut Vec<Fault>) -> Vec<ViewColumn> {
    let mut columns: Vec<ViewColumn> = Vec::new();
    let mut names = BTreeSet::new();
    for item in items {
        let added = match item_columns(item, rows) {
            Ok(added) => added,
            // A named window that is wrong is so in every column that reads it.
            Err(fault) if faults.iter().any(|known| known.span == fault.span) => continue,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        for (name, slot) in added {
            if names.insert(name.text.clone()) {
                columns.push(ViewColumn { name: name.text, slot });
                continue;
            }
            let fault = Fault::new(name.span, format!("column {} is in the SELECT twice", name.text));
            faults.push(fault.help("give one of them another name: expression AS name"));
            break;
        }
    }
    columns
}

fn item_columns(item: &SelectItem, rows: &mut Rows<'_>) -> Result<Vec<(Label, usize)>, Fault> {
    match item {
        SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
            let span = options.wildcard_token.0.span;
            let columns = wildcard(item, options, rows)?.into_iter();
            Ok(columns.map(|(text, found)| (Label { text, span }, rows.side.slot(found))).collect())
        }
        SelectItem::ExprWithAlias { expr, alias } => {
            let slot = rows.value(expr)?;
            let name = Label { text: fold(alias), span: alias.span };
            rows.strictness.check(|| check_name(&name.text, name.span))?;
            Ok(vec![(name, slot)])
        }
        SelectItem::UnnamedExpr(expr) => {
            let Some((_, name)) = scope::column_name(expr)? else {
                return Err(Fault::new(scalar::span(expr), "a computed column needs a name")
                    .help("write expression AS name"));
            };
            Ok(vec![(name, rows.value(expr)?)])
        }
        SelectItem::ExprWithAliases { expr, .. } => {
            let instead = "write expression AS name";
            Err(Fault::unsupported(scalar::span(expr), "several names of a column", instead))
        }
    }
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

    fn functions(&self) -> &Functions {
        &self.definitions.functions
    }

    fn strictness(&self) -> Strictness {
        self.strictness
    }
}
