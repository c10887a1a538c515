//! Recent keys on their way to a file, beside the index that goes on.

use std::{path::PathBuf, sync::Arc};

use storage::Storage;
use types::Micros;

use super::{
    Entry, Error,
    run::{self, Run, Span},
    table::Table,
};

/// Keys that change no more.
#[derive(Debug)]
pub(super) struct Frozen {
    pub(super) table: Table,
    /// The earliest arrival and the latest one.
    pub(super) arrived: (Micros, Micros),
    /// The part of the log that they are of.
    pub(super) span: Span,
}

/// A file to be written, on any thread and without the index.
#[derive(Debug)]
pub struct Flush {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
    frozen: Arc<Frozen>,
}

/// A file that is to take the place of the keys in memory.
#[derive(Debug)]
pub struct Flushed {
    pub(super) run: Run,
}

impl Flush {
    pub(super) const fn new(storage: Arc<dyn Storage>, directory: PathBuf, frozen: Arc<Frozen>) -> Self {
        Self { storage, directory, frozen }
    }

    /// Writes the file. The log must be durable up to the end that the keys were frozen at.
    ///
    /// # Errors
    /// Those of the storage; the keys are untouched.
    pub fn run(self) -> Result<Flushed, Error> {
        let Frozen { table, arrived, span } = &*self.frozen;
        let mut entries: Vec<Entry> = table.entries().collect();
        entries.sort_unstable();
        let keys = entries.len() as u64;
        let mut writer = run::Writer::create(&*self.storage, &self.directory, *span, keys, *arrived)?;
        for entry in &entries {
            writer.push(*entry)?;
        }
        Ok(Flushed { run: writer.finish()? })
    }
}
