//! The log read back through an engine: warming, recovery and verification are this one walk.

use std::sync::Arc;

use catalog::Catalog;
use engine::{Engine, Executor, TableRows};
use eventlog::{Address, Frame, Frames};
use records::{
    KIND_CONTROL, KIND_INPUT,
    control::{Control, ControlEntry},
    input::InputBatch,
};
use sql::definition::{Definitions, Table};

use crate::{Error, blobs::Blobs};

/// Reads and indexes the rows of a reference table's file.
///
/// # Errors
/// `Blob` when the file is gone, `Table` when its rows are not the table's.
pub fn table_rows(table: &Table, blobs: &Blobs) -> Result<Arc<TableRows>, Error> {
    let bytes = blobs.get(&table.blob.0)?;
    let fault = |reason: String| Error::Table { table: table.name.clone(), path: table.path.clone(), reason };
    let columns = ingest::tables::read(table, &bytes).map_err(|error| fault(error.to_string()))?;
    let rows = TableRows::new(table, columns).map_err(|error| fault(error.to_string()))?;
    Ok(Arc::new(rows))
}

/// Refuses a file that lacks a declared column, for tables that are about to come into force.
///
/// # Errors
/// As [`table_rows`].
pub fn check_header(table: &Table, blobs: &Blobs) -> Result<(), Error> {
    let bytes = blobs.get(&table.blob.0)?;
    ingest::tables::check_header(table, &bytes).map_err(|error| Error::Table {
        table: table.name.clone(),
        path: table.path.clone(),
        reason: error.to_string(),
    })
}

/// Tables of `after` whose content or incarnation `before` does not have.
pub fn changed_tables<'a>(
    before: &'a Definitions,
    after: &'a Definitions,
) -> impl Iterator<Item = &'a Table> {
    after
        .tables
        .iter()
        .filter(|(name, table)| {
            let present = before.tables.get(*name);
            present
                .is_none_or(|present| present.blob != table.blob || present.incarnation != table.incarnation)
        })
        .map(|(_, table)| &**table)
}

/// The rows of every table that `after` adds to `before`.
///
/// # Errors
/// As [`table_rows`].
pub fn load_changed(
    before: &Definitions,
    after: &Definitions,
    blobs: &Blobs,
) -> Result<Vec<Arc<TableRows>>, Error> {
    changed_tables(before, after).map(|table| table_rows(table, blobs)).collect()
}

/// Loads the tables that the activation at `entry` brought, as far as the engine's epochs can see them; other control
/// records load none.
///
/// # Errors
/// As [`table_rows`].
pub fn load_activated(
    engine: &mut Engine,
    catalog: &Catalog,
    entry: &ControlEntry,
    blobs: &Blobs,
) -> Result<(), Error> {
    let Control::Activate { epoch, arrived, .. } = &entry.control else { return Ok(()) };
    let before = catalog.at(epoch.saturating_sub(1)).unwrap_or_default();
    let after = catalog.at(*epoch).unwrap_or_default();
    for table in changed_tables(&before, &after) {
        if engine.can_see(table) {
            engine.load_table(entry.position, *arrived, table_rows(table, blobs)?);
        }
    }
    Ok(())
}

/// Puts all events of a stretch of the log on an engine's timelines.
pub struct Observer<'a> {
    /// The engine.
    pub engine: &'a mut Engine,
    /// Definitions of every epoch in the stretch.
    pub catalog: &'a Catalog,
    /// Files of tables.
    pub blobs: &'a Blobs,
    /// Threads.
    pub executor: &'a dyn Executor,
    /// Events taken so far.
    pub events: u64,
}

impl Observer<'_> {
    /// Takes every frame that is there and returns the address after the last.
    ///
    /// # Errors
    /// Those of the log, the payloads and the tables.
    pub fn run(&mut self, frames: &mut dyn Frames) -> Result<Address, Error> {
        self.run_until(frames, Address(u64::MAX))
    }

    /// Takes every frame before `end` and returns the address after the last.
    ///
    /// # Errors
    /// Those of the log, the payloads and the tables.
    pub fn run_until(&mut self, frames: &mut dyn Frames, end: Address) -> Result<Address, Error> {
        let mut input = InputBatch::default();
        let mut frame = Frame::default();
        while frames.cursor() < end && frames.read(&mut frame)? {
            let header = &frame.header;
            match header.kind {
                KIND_INPUT => {
                    input.decode_into(&frame.payload)?;
                    self.engine.observe(header.position, &input, self.executor)?;
                    self.events += u64::from(header.count);
                }
                KIND_CONTROL => {
                    let control = Control::decode(&frame.payload)?;
                    let entry = ControlEntry { position: header.position, control };
                    load_activated(self.engine, self.catalog, &entry, self.blobs)?;
                }
                _ => {}
            }
        }
        Ok(frames.cursor())
    }
}
