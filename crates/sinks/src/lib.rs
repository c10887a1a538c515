//! Decisions to files, exactly once, and to HTTP endpoints, in order and at least once.
//!
//! A sink is fed rows from the durable log and remembers up to which address of the log they are in its files. After a
//! crash, or an error, it is opened again and fed from its cursor: then no row is missing and none is there twice. Rows
//! between two commits belong together: an address is one at which the feeding can start again.

mod cursor;
mod error;
pub mod file;
pub mod webhook;

use std::{path::Path, sync::Arc};

use storage::Storage;
use types::{Column, Field};

use self::cursor::Cursor;
pub use error::Error;

/// The format of a sink's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A file with one JSON object a line.
    Ndjson,
    /// A folder of Parquet files.
    Parquet,
}

/// A place that rows go to.
pub trait Sink: Send {
    /// The address of the log up to which everything is in the files; none when nothing is.
    fn cursor(&self) -> Option<u64>;

    /// Adds rows: the columns of the sink's fields, in their order.
    ///
    /// # Errors
    /// The sink has to be opened again.
    fn append(&mut self, columns: &[Column]) -> Result<(), Error>;

    /// Says that everything up to the address `cursor` of the log was appended. When the sink makes it durable is its own
    /// matter: [`Sink::cursor`] tells.
    ///
    /// # Errors
    /// The sink has to be opened again.
    fn commit(&mut self, cursor: u64) -> Result<(), Error>;

    /// As [`Sink::commit`], and makes everything durable and visible.
    ///
    /// # Errors
    /// The sink has to be opened again.
    fn flush(&mut self, cursor: u64) -> Result<(), Error>;

    /// Commits and makes everything durable.
    ///
    /// # Errors
    /// The files are as after a crash.
    fn close(self: Box<Self>, cursor: u64) -> Result<(), Error>;
}

/// The address up to which everything is in the files at `path`; none when no sink has written there.
///
/// # Errors
/// Those of the storage, and a damaged cursor.
pub fn cursor(storage: Arc<dyn Storage>, path: &Path, format: Format) -> Result<Option<u64>, Error> {
    let path = match format {
        Format::Ndjson => file::Ndjson::cursor_path(path),
        Format::Parquet => file::Parquet::cursor_path(path),
    };
    if !storage.exists(&path)? {
        return Ok(None);
    }
    Ok(Cursor::open(&*storage, &path)?.mark().map(|mark| mark.cursor))
}

/// Opens the sink whose file, or folder of Parquet files, is at `path`; what is missing is made.
///
/// # Errors
/// Those of the storage; files that are not what the sink's cursor says; a column that the format cannot hold.
pub fn open(
    storage: Arc<dyn Storage>,
    path: &Path,
    format: Format,
    fields: Vec<Field>,
) -> Result<Box<dyn Sink>, Error> {
    let options = file::Options::default();
    Ok(match format {
        Format::Ndjson => Box::new(file::Ndjson::open(storage, path, fields)?),
        Format::Parquet => Box::new(file::Parquet::open(storage, path, fields, options)?),
    })
}
