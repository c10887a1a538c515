//! Files of events: CSV, NDJSON and Parquet, read in batches of typed rows, and several of them merged by arrival.
//!
//! A column is found by its name, as written or else without regard to case; what the stream does not have is passed
//! over. In CSV an empty value is NULL. Values of Parquet are converted only where nothing gets lost; a timestamp
//! without a time zone counts as UTC, and one in nanoseconds must be whole in microseconds.

mod csv;
mod merge;
mod ndjson;
mod parquet;

use std::{
    fs::File,
    io::{self, Seek as _},
    path::{Path, PathBuf},
};

use ::parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use sql::definition::{Format, Stream};
use types::Column;

pub use self::merge::{Merge, MergedBatch, merge};
use crate::{
    rows::{Limits, Rejection},
    shape::Shape,
};

/// Why a file cannot be read, and which.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", path.display())]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The operating system cannot read it.
    #[error("cannot read it: {0}")]
    Read(#[from] io::Error),
    /// It is not of its format, or its columns are not the stream's.
    #[error("{0}")]
    Format(String),
    /// A row of it cannot be a row of the stream.
    #[error("{unit} {number}: {rejection}")]
    Row {
        /// `line`, or `row` where the format has no lines.
        unit: &'static str,
        /// Counted from 1; the header of CSV is a line.
        number: u64,
        /// What is wrong with it, and which column.
        rejection: Rejection,
    },
    /// Its rows do not come in the order of their arrival.
    #[error(
        "row {number} arrived at {arrived}, before the row above it at {last}; sort the file by {column}"
    )]
    Order {
        /// Counted from 1.
        number: u64,
        /// Its arrival.
        arrived: String,
        /// The arrival of the row before.
        last: String,
        /// The column that says when a row arrived.
        column: String,
    },
}

/// Rows of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// All columns of the stream, at most [`crate::BATCH_ROWS_MAX`] rows.
    pub columns: Vec<Column>,
    /// Number of the first row in the file, counted from 1.
    pub first_row: u64,
}

/// The rows of a file in their order; ends after an error.
pub struct Rows {
    path: PathBuf,
    source: Source,
    rows: u64,
    done: bool,
    size: Size,
}

/// What the progress through a file is measured by.
enum Size {
    /// The rows that it says that it has.
    Rows(u64),
    /// Its bytes, of which the handle knows how many were read: it shares its place with the reader's.
    Bytes(File, u64),
}

/// A file being read.
pub(crate) enum Source {
    Csv(csv::Reader),
    Ndjson(ndjson::Reader),
    Parquet(Box<parquet::Reader>),
}

/// Opens a file of a stream's events; the format is told by the extension.
///
/// # Errors
/// When the file cannot be read or lacks a column that the stream cannot do without.
pub fn open(path: &Path, stream: &Stream) -> Result<Rows, Error> {
    let failed = |fault| Error { path: path.to_path_buf(), fault };
    let format = format(path).map_err(failed)?;
    let file = File::open(path).map_err(|error| failed(Fault::Read(error)))?;
    let unreadable = |error| failed(Fault::Read(error));
    let bytes = file.metadata().map_err(unreadable)?.len();
    let shared = file.try_clone().map_err(unreadable)?;
    let source = Source::open(file, format, Shape::of_stream(stream)).map_err(failed)?;
    let size = match &source {
        Source::Parquet(reader) => Size::Rows(reader.rows_all()),
        Source::Csv(_) | Source::Ndjson(_) => Size::Bytes(shared, bytes),
    };
    Ok(Rows { path: path.to_path_buf(), source, rows: 0, done: false, size })
}

/// The format that the extension names.
fn format(path: &Path) -> Result<Format, Fault> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    match extension.to_ascii_lowercase().as_str() {
        "csv" => Ok(Format::Csv),
        "ndjson" | "jsonl" => Ok(Format::Ndjson),
        "parquet" => Ok(Format::Parquet),
        _ => {
            let extensions = ".csv, .ndjson, .jsonl or .parquet";
            Err(Fault::Format(format!("its name does not say its format; name it {extensions}")))
        }
    }
}

impl Source {
    pub(crate) fn open<R>(bytes: R, format: Format, shape: Shape) -> Result<Self, Fault>
    where
        R: ChunkReader<T: Send> + 'static,
    {
        let unreadable = |error| Fault::Format(format!("it is not Parquet: {error}"));
        if format == Format::Parquet {
            let file: Box<dyn FileReader + Send> =
                Box::new(SerializedFileReader::new(bytes).map_err(unreadable)?);
            return Ok(Self::Parquet(Box::new(parquet::Reader::open(file, shape)?)));
        }
        let text = Box::new(bytes.get_read(0).map_err(io::Error::other)?);
        Ok(match format {
            Format::Csv => Self::Csv(csv::Reader::open(text, shape)?),
            _ => Self::Ndjson(ndjson::Reader::open(text, shape)),
        })
    }

    /// The next rows; none at the end.
    pub(crate) fn read(&mut self) -> Result<Vec<Column>, Fault> {
        match self {
            Self::Csv(reader) => reader.read(),
            Self::Ndjson(reader) => reader.read(),
            Self::Parquet(reader) => reader.read(),
        }
    }
}

impl Rows {
    /// The part of the file that was read, from 0 to 1, about; none when it cannot be told.
    pub fn part(&self) -> Option<f64> {
        let (read, all) = match &self.size {
            Size::Rows(all) => (self.rows, *all),
            Size::Bytes(file, all) => ((&mut &*file).stream_position().ok()?, *all),
        };
        Some(if all == 0 { 1.0 } else { (read as f64 / all as f64).min(1.0) })
    }

    /// Its bytes or rows, by which parts of files of one format are weighed.
    fn weight(&self) -> f64 {
        match self.size {
            Size::Rows(all) | Size::Bytes(_, all) => all as f64,
        }
    }

    /// Reads to the end and keeps nothing: how many rows there are, or what is wrong with the file, at most `faults_max` of
    /// it. Where a row is a line, those after a bad one are looked at as well. None when `goes_on` says no on the way.
    ///
    /// # Errors
    /// What is wrong, in the order of the file.
    pub fn check(mut self, faults_max: usize, goes_on: impl Fn() -> bool) -> Result<Option<u64>, Vec<Fault>> {
        let (mut rows, mut faults) = (0, Vec::new());
        while faults.len() < faults_max {
            if !goes_on() {
                return Ok(None);
            }
            match self.source.read() {
                Ok(columns) if columns.first().is_none_or(Column::is_empty) => break,
                Ok(columns) => rows += columns[0].len() as u64,
                Err(fault) => {
                    let is_line = matches!(fault, Fault::Row { unit: "line", .. });
                    faults.push(fault);
                    if !is_line {
                        break;
                    }
                }
            }
        }
        if faults.is_empty() { Ok(Some(rows)) } else { Err(faults) }
    }
}

impl Iterator for Rows {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        match self.source.read() {
            Ok(columns) if columns.first().is_none_or(Column::is_empty) => {
                self.done = true;
                None
            }
            Ok(columns) => {
                let first_row = self.rows + 1;
                self.rows += columns[0].len() as u64;
                Some(Ok(Batch { columns, first_row }))
            }
            Err(fault) => {
                self.done = true;
                Some(Err(Error { path: self.path.clone(), fault }))
            }
        }
    }
}

/// The bounds of a file's rows are those of events that are sent.
const LIMITS: Limits = Limits {
    object_bytes_max: 64 << 10,
    text_bytes_max: 16 << 10,
    depth_max: 32,
    body_events_max: 0,
    zone_required: false,
};

/// For each column of a file the shape's column, and an error when one that rows need is missing or named twice.
fn columns_by_name<'a>(
    names: impl Iterator<Item = &'a str>,
    shape: &Shape,
) -> Result<Vec<Option<usize>>, Fault> {
    let columns: Vec<Option<usize>> = names.map(|name| shape.column_named(name)).collect();
    for column in 0..shape.required.len() {
        let name = shape.name(column);
        match columns.iter().filter(|other| **other == Some(column)).count() {
            0 if shape.required[column] => {
                return Err(Fault::Format(format!(
                    "it has no column {name}, which must not be NULL; add it"
                )));
            }
            0 | 1 => {}
            _ => {
                return Err(Fault::Format(format!(
                    "two of its columns are called {name}; rename one of them"
                )));
            }
        }
    }
    Ok(columns)
}

#[cfg(test)]
mod tests;
