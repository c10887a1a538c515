//! What a query sees: all tables at one place of the log, unchanged while the log goes on.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::RecordBatch,
    datatypes::{Field, Schema, SchemaRef},
};
use sql::definition::Functions;
use types::{Epoch, Position};

use crate::{layout::Kind, segment::Segment};

/// All tables of the definitions in force.
#[derive(Debug)]
pub struct Snapshot {
    /// By name.
    pub tables: BTreeMap<String, Arc<TableSnapshot>>,
    /// The project's functions, by name.
    pub functions: Functions,
    /// Everything before this position is in it.
    pub next_position: Position,
    /// The epoch whose tables and columns are shown.
    pub epoch: Epoch,
}

/// One table.
#[derive(Debug)]
pub struct TableSnapshot {
    /// What it holds.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its columns.
    pub shown: Vec<Shown>,
    /// Its files, in the order of their rows. While one of these handles is there, so is its file.
    pub segments: Vec<Arc<Segment>>,
    /// The rows after those of the files, with any of the stored columns.
    pub batches: Vec<RecordBatch>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its name in SQL.
    pub name: String,
    /// Its field in files and batches; one that has none there is NULL.
    pub stored: Field,
}

impl TableSnapshot {
    /// The columns under their names in SQL.
    pub fn schema(&self) -> SchemaRef {
        let fields = self.shown.iter().map(|column| column.stored.clone().with_name(&column.name));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// The columns under their names in files and batches.
    pub fn stored_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.shown.iter().map(|column| column.stored.clone()).collect::<Vec<_>>()))
    }

    /// The rows in memory under the stored schema.
    pub fn stored_batches(&self) -> Vec<RecordBatch> {
        let schema = self.stored_schema();
        self.batches.iter().map(|batch| crate::segment::widened(batch, &schema)).collect()
    }
}
