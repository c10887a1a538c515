//! The relations that a SELECT can name, and their columns as slots of one side.

use std::sync::Arc;

use sqlparser::{ast, tokenizer::Span};
use types::DataType;

use crate::{
    definition::{Definitions, Kind, Source, Stream, Table, View},
    error::{Fault, suggest},
    parse::reader::fold,
    statement::Label,
};

use super::slots::Slots;

/// The rows of one stream, as a SELECT sees them.
pub(super) struct Side {
    /// The stream whose events make the rows.
    pub stream: Arc<Stream>,
    /// What `FROM` and `JOIN` name, in order; the first one makes the rows.
    pub relations: Vec<Relation>,
    pub slots: Slots,
    /// Only events where this slot is true are rows.
    pub filter: Option<usize>,
}

/// One relation of `FROM` or `JOIN`.
pub(super) struct Relation {
    /// Its alias, or its name.
    pub label: String,
    origin: Origin,
}

enum Origin {
    Stream(Arc<Stream>),
    View { view: Arc<View>, copied: Vec<Option<usize>> },
    Table { table: Arc<Table>, key: usize },
}

/// A column of a side: which relation, and which of its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub relation: usize,
    pub column: usize,
}

impl Relation {
    pub fn table(label: String, table: Arc<Table>, key: usize) -> Self {
        Self { label, origin: Origin::Table { table, key } }
    }

    fn len(&self) -> usize {
        match &self.origin {
            Origin::Stream(stream) => stream.schema.fields.len(),
            Origin::View { view, .. } => view.columns.len(),
            Origin::Table { table, .. } => table.schema.fields.len(),
        }
    }

    fn name(&self, column: usize) -> &str {
        match &self.origin {
            Origin::Stream(stream) => &stream.schema.fields[column].name,
            Origin::View { view, .. } => &view.columns[column].name,
            Origin::Table { table, .. } => &table.schema.fields[column].name,
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.name(column))
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.names().position(|known| known == name)
    }
}

impl Side {
    /// The rows of the stream or view called `name`.
    pub fn open(name: &Label, label: String, definitions: &Definitions) -> Result<Self, Fault> {
        if let Some(stream) = definitions.streams.get(&name.text) {
            let relation = Relation { label, origin: Origin::Stream(Arc::clone(stream)) };
            let stream = Arc::clone(stream);
            return Ok(Self { stream, relations: vec![relation], slots: Slots::default(), filter: None });
        }
        let view = definitions.views.get(&name.text).ok_or_else(|| not_rows(name, definitions))?;
        let stream = definitions.streams.get(&view.stream).expect("a view's stream is defined before it");
        let mut copied = vec![None; view.slots.len()];
        let mut slots = Slots::default();
        let filter = view.filter.map(|filter| slots.import(&view.slots, filter, &mut copied));
        let relation = Relation { label, origin: Origin::View { view: Arc::clone(view), copied } };
        Ok(Self { stream: Arc::clone(stream), relations: vec![relation], slots, filter })
    }

    /// The column that a name means; `None` when there is none of it here.
    pub fn find(&self, qualifier: Option<&Label>, name: &Label) -> Result<Option<Found>, Fault> {
        let mut found: Option<Found> = None;
        for (relation, candidate) in self.relations.iter().enumerate() {
            if qualifier.is_some_and(|qualifier| qualifier.text != candidate.label) {
                continue;
            }
            let Some(column) = candidate.find(&name.text) else { continue };
            if let Some(first) = found {
                let labels = [&self.relations[first.relation].label, &candidate.label];
                let message = format!("column {} is in both {} and {}", name.text, labels[0], labels[1]);
                return Err(Fault::new(name.span, message)
                    .help(format!("write {}.{} or {}.{}", labels[0], name.text, labels[1], name.text)));
            }
            found = Some(Found { relation, column });
        }
        Ok(found)
    }

    /// Whether a relation has this alias.
    pub fn has_label(&self, label: &str) -> bool {
        self.relations.iter().any(|relation| relation.label == label)
    }

    /// The slot of a column.
    pub fn slot(&mut self, found: Found) -> usize {
        match &mut self.relations[found.relation].origin {
            Origin::Stream(stream) => {
                let data_type = stream.schema.fields[found.column].data_type;
                self.slots.intern(Source::Input(found.column), data_type)
            }
            Origin::View { view, copied } => {
                let slot = view.columns[found.column].slot;
                self.slots.import_named(&view.slots, slot, copied)
            }
            Origin::Table { table, key } => {
                let data_type = table.schema.fields[found.column].data_type;
                let source = Source::Lookup { table: table.name.clone(), key: *key, column: found.column };
                self.slots.intern(source, data_type)
            }
        }
    }

    /// The type of a column.
    pub fn data_type(&self, found: Found) -> DataType {
        match &self.relations[found.relation].origin {
            Origin::Stream(stream) => stream.schema.fields[found.column].data_type,
            Origin::View { view, .. } => view.slots[view.columns[found.column].slot].data_type,
            Origin::Table { table, .. } => table.schema.fields[found.column].data_type,
        }
    }

    /// Whether an expression is the stream's event time, under whatever name.
    pub fn is_event_time(&self, expr: &ast::Expr) -> Result<bool, Fault> {
        let Some((qualifier, name)) = column_name(expr)? else { return Ok(false) };
        let Some(found) = self.find(qualifier.as_ref(), &name)? else { return Ok(false) };
        Ok(match &self.relations[found.relation].origin {
            Origin::Stream(stream) => stream.event_time == found.column,
            Origin::View { view, .. } => {
                view.slots[view.columns[found.column].slot].source == Source::Input(self.stream.event_time)
            }
            Origin::Table { .. } => false,
        })
    }

    /// The event time as a query writes it, for help: its name in the first relation.
    pub fn event_time_name(&self) -> String {
        match &self.relations[0].origin {
            Origin::View { view, .. } => {
                let is_time = |slot: usize| view.slots[slot].source == Source::Input(self.stream.event_time);
                let column = view.columns.iter().find(|column| is_time(column.slot));
                column.map_or_else(|| self.stream_time_name(), |column| column.name.clone())
            }
            _ => self.stream_time_name(),
        }
    }

    fn stream_time_name(&self) -> String {
        self.stream.schema.fields[self.stream.event_time].name.clone()
    }

    /// All columns of one relation, or of all, with their names.
    pub fn columns(&self, label: Option<&str>) -> Vec<(String, Found)> {
        let relations = self.relations.iter().enumerate();
        relations
            .filter(|(_, relation)| label.is_none_or(|label| relation.label == label))
            .flat_map(|(at, relation)| {
                let columns = relation.names().enumerate();
                columns.map(move |(column, name)| (name.to_owned(), Found { relation: at, column }))
            })
            .collect()
    }

    /// Why a column is not known here.
    pub fn unknown(&self, qualifier: Option<&Label>, name: &Label) -> Fault {
        if let Some(qualifier) = qualifier.filter(|qualifier| !self.has_label(&qualifier.text)) {
            let labels = self.relations.iter().map(|relation| relation.label.as_str());
            let fault = Fault::new(qualifier.span, format!("unknown relation {}", qualifier.text));
            return Fault { help: suggest(&qualifier.text, labels), ..fault };
        }
        let relations =
            self.relations.iter().filter(|relation| qualifier.is_none_or(|q| q.text == relation.label));
        let names = relations.flat_map(Relation::names);
        Fault {
            help: suggest(&name.text, names),
            ..Fault::new(name.span, format!("unknown column {}", name.text))
        }
    }
}

/// Why a name cannot stand in `FROM`.
fn not_rows(name: &Label, definitions: &Definitions) -> Fault {
    match definitions.relation_kind(&name.text) {
        Some(Kind::Table) => Fault::new(
            name.span,
            format!("{} is a table, expected a stream or view", name.text),
        )
        .help(format!(
            "write FROM stream s LEFT JOIN {} FOR SYSTEM_TIME AS OF s.event_time AS t ON t.key = s.key",
            name.text
        )),
        Some(kind) => Fault::new(name.span, format!("{} is a {kind}, expected a stream or view", name.text)),
        None if definitions.late_stream(&name.text).is_some() => Fault::unsupported(
            name.span,
            "a view of late events",
            &format!("write CREATE SINK name ON {} TO file('out/late.ndjson')", name.text),
        ),
        None => {
            let names = definitions.streams.keys().chain(definitions.views.keys()).map(String::as_str);
            let fault = Fault::new(name.span, format!("unknown stream or view {}", name.text));
            Fault { help: suggest(&name.text, names), ..fault }
        }
    }
}

/// The parts of a column's name; `None` when the expression is something else.
pub(super) fn column_name(expr: &ast::Expr) -> Result<Option<(Option<Label>, Label)>, Fault> {
    let label = |ident: &ast::Ident| Label { text: fold(ident), span: ident.span };
    match expr {
        ast::Expr::Nested(inner) => column_name(inner),
        ast::Expr::Identifier(ident) => Ok(Some((None, label(ident)))),
        ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [name] => Ok(Some((None, label(name)))),
            [qualifier, name] => Ok(Some((Some(label(qualifier)), label(name)))),
            _ => {
                let span = Span::union_iter(parts.iter().map(|part| part.span));
                Err(Fault::unsupported(span, "a name of more than two parts", "write relation.column"))
            }
        },
        _ => Ok(None),
    }
}
