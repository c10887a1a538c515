//! What rows must look like, whether they are a stream's or a reference table's.

use sql::definition::{Stream, Table};
use types::{Column, Schema};

/// Columns, and which of them a row cannot do without.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) schema: Schema,
    pub(crate) required: Vec<bool>,
}

impl Shape {
    pub(crate) fn of_stream(stream: &Stream) -> Self {
        let mut shape = Self::of(&stream.schema);
        shape.required[stream.primary_key] = true;
        shape.required[stream.event_time] = true;
        shape
    }

    pub(crate) fn of_table(table: &Table) -> Self {
        let mut shape = Self::of(&table.schema);
        shape.required[table.primary_key] = true;
        shape
    }

    fn of(schema: &Schema) -> Self {
        let required = schema.fields.iter().map(|field| field.not_null).collect();
        Self { schema: schema.clone(), required }
    }

    pub(crate) fn name(&self, column: usize) -> &str {
        &self.schema.fields[column].name
    }

    /// The column that a file's header calls `name`: as written, else without regard to case if that is one column.
    pub(crate) fn column_named(&self, name: &str) -> Option<usize> {
        self.schema.index_of(name).or_else(|| {
            let mut folded = self
                .schema
                .fields
                .iter()
                .enumerate()
                .filter(|(_, field)| field.name.eq_ignore_ascii_case(name));
            let (found, _) = folded.next()?;
            folded.next().is_none().then_some(found)
        })
    }

    pub(crate) fn empty_columns(&self) -> Vec<Column> {
        self.schema.empty_columns()
    }
}
