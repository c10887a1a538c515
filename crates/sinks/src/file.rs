//! Sinks in files: NDJSON in one, Parquet in a folder of parts.

pub(crate) mod json;
mod ndjson;
mod parquet;

use types::{Column, DataType, Field};

pub use self::{ndjson::Ndjson, parquet::Parquet};
use crate::Error;

/// How Parquet is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A part ends at the first commit with so many rows.
    pub part_rows_max: usize,
    /// Rows of a row group.
    pub group_rows_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { part_rows_max: 1 << 20, group_rows_max: 1 << 16 }
    }
}

/// What the syncs are for, in errors and fault campaigns.
const PURPOSE: &str = "a sink's file";
const NAME_PURPOSE: &str = "the name of a sink's file";

/// Refuses columns that no format has a place for.
pub(crate) fn check_fields(fields: &[Field]) -> Result<(), Error> {
    match fields.iter().find(|field| field.data_type == DataType::Interval) {
        Some(field) => Err(Error::Unsupported { column: field.name.clone(), data_type: field.data_type }),
        None => Ok(()),
    }
}

/// Refuses rows that are not of the sink's fields.
pub(crate) fn check_columns(fields: &[Field], columns: &[Column]) -> Result<(), Error> {
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
