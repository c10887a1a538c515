//! Sinks in a folder of part files. A part is named by the address of the log at which it starts, so that one that is
//! written again after a crash takes the place of its first try.

mod json;
mod ndjson;
mod parquet;

use std::path::{Path, PathBuf};

use storage::Storage;
use types::{Column, DataType, Field};

pub use self::{ndjson::Ndjson, parquet::Parquet};
use crate::Error;

/// How files are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A part of Parquet ends at the first commit with so many rows.
    pub part_rows_max: usize,
    /// A part of NDJSON ends at the first commit with so many bytes.
    pub part_bytes_max: u64,
    /// Rows of a row group of Parquet.
    pub group_rows_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { part_rows_max: 1 << 20, part_bytes_max: 256 << 20, group_rows_max: 1 << 16 }
    }
}

/// What the syncs are for, in errors and fault campaigns.
const PURPOSE: &str = "a sink's part";

fn part_path(folder: &Path, part: u64, suffix: &str) -> PathBuf {
    folder.join(format!("part-{part:020}{suffix}"))
}

/// The parts in a folder with this suffix, in order.
fn parts(storage: &dyn Storage, folder: &Path, suffix: &str) -> Result<Vec<u64>, Error> {
    let number = |name: &String| {
        let digits = name.strip_prefix("part-")?.strip_suffix(suffix)?;
        if digits.len() == 20 { digits.parse().ok() } else { None }
    };
    Ok(storage.list(folder)?.iter().filter_map(number).collect())
}

/// Refuses columns that files cannot hold.
fn check_fields(fields: &[Field]) -> Result<(), Error> {
    match fields.iter().find(|field| field.data_type == DataType::Interval) {
        Some(field) => Err(Error::Unsupported { column: field.name.clone(), data_type: field.data_type }),
        None => Ok(()),
    }
}

/// Refuses rows that are not of the sink's fields.
fn check_columns(fields: &[Field], columns: &[Column]) -> Result<(), Error> {
    if fields.len() != columns.len() {
        let what = format!("{} columns instead of {}", columns.len(), fields.len());
        return Err(Error::Columns { what });
    }
    for (field, column) in fields.iter().zip(columns) {
        if field.data_type != column.data_type {
            let what = format!("{} is {} instead of {}", field.name, column.data_type, field.data_type);
            return Err(Error::Columns { what });
        }
        assert_eq!(column.len(), columns[0].len(), "all columns of rows have one length");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
