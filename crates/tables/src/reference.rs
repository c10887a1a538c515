//! Reference tables: the rows of the newest file, as `mitra` loads them when their definition goes live.

use std::sync::Arc;

use arrow::{array::RecordBatch, datatypes::Schema};
use sql::definition::{Definitions, Table};

use crate::{
    Error, Result,
    blobs::Blobs,
    cells::Cells,
    layout::{self, Stored},
};

/// The reference tables of `after` whose rows `before` does not have.
pub fn changed<'a>(before: &Definitions, after: &'a Definitions) -> Vec<&'a Arc<Table>> {
    let is_same = |table: &Table| {
        before.tables.get(&table.name).is_some_and(|present| {
            present.blob == table.blob
                && present.incarnation == table.incarnation
                && present.schema == table.schema
        })
    };
    after.tables.values().filter(|table| !is_same(table)).collect()
}

/// A table's rows, and the columns that they are stored under.
pub struct Loaded {
    /// The columns.
    pub stored: Vec<Stored>,
    /// The rows.
    pub batch: RecordBatch,
}

/// Reads a table's file.
///
/// # Errors
/// [`Error::Blob`] and [`Error::Reference`].
pub fn load(table: &Table, blobs: &Blobs) -> Result<Loaded> {
    let bytes = blobs.get(&table.blob.0)?;
    let columns = ingest::tables::read(table, &bytes)
        .map_err(|error| Error::Reference { table: table.name.clone(), reason: error.to_string() })?;
    let mut stored = Vec::new();
    for column in layout::of_table(table) {
        layout::place(&mut stored, &column);
    }
    let fields: Vec<_> = stored.iter().map(Stored::field).collect();
    let arrays = columns.iter().map(|column| Cells::of(column).array()).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| Error::Reference { table: table.name.clone(), reason: error.to_string() })?;
    Ok(Loaded { stored, batch })
}
