//! Reference tables: a file's bytes to columns, in which no key stands twice.

use std::collections::BTreeMap;

use bytes::Bytes;
use sql::definition::{Format, Table};
use types::{Column, Value};

use crate::{
    files::{Fault, Source},
    shape::Shape,
};

/// Rows of a table at most.
pub const ROWS_MAX: usize = 100_000_000;

/// Why bytes are not the rows of a table.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// They cannot be read.
    #[error(transparent)]
    File(#[from] Fault),
    /// A key stands twice.
    #[error("{unit} {number}: {column} {key} stands in {unit} {first} already; a key has one row")]
    Duplicate {
        /// `line`, or `row` where the format has no lines or a row has several.
        unit: &'static str,
        /// The second one, counted from 1.
        number: usize,
        /// The first one.
        first: usize,
        /// The primary key's name.
        column: String,
        /// The key.
        key: String,
    },
    /// There are too many.
    #[error("it has more than {ROWS_MAX} rows; use a stream for so many")]
    Rows,
}

impl Error {
    /// The line of the file that is wrong, where one is and the format has lines.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::File(Fault::Row { unit: "line", number, .. }) => Some(*number),
            Self::Duplicate { unit: "line", number, .. } => u64::try_from(*number).ok(),
            _ => None,
        }
    }
}

/// Reads all rows of a table's file.
///
/// # Errors
/// Names the line, or the row, and the column.
pub fn read(table: &Table, bytes: &[u8]) -> Result<Vec<Column>, Error> {
    let mut source = Source::open(Bytes::copy_from_slice(bytes), table.format, Shape::of_table(table))?;
    let mut columns = table.schema.empty_columns();
    loop {
        let batch = source.read()?;
        let rows = batch.first().map_or(0, Column::len);
        if rows == 0 {
            break;
        }
        if columns[0].len() + rows > ROWS_MAX {
            return Err(Error::Rows);
        }
        for (column, batch) in columns.iter_mut().zip(&batch) {
            (0..rows).for_each(|row| column.push_from(batch, row));
        }
    }
    check_keys(table, bytes, &columns[table.primary_key])?;
    Ok(columns)
}

/// Refuses CSV whose header lacks a declared column, which would be NULL in every row: a name is misspelt, there or in
/// the definition. Rows in force are read without this, so that what was accepted once stays.
///
/// # Errors
/// Names the column and those that there are.
pub fn check_header(table: &Table, bytes: &[u8]) -> Result<(), Error> {
    if table.format != Format::Csv {
        return Ok(());
    }
    let shape = Shape::of_table(table);
    let mut csv = csv::ReaderBuilder::new().from_reader(bytes);
    // What is wrong with the header itself is told by whoever reads the rows.
    let Ok(header) = csv.headers() else { return Ok(()) };
    let names: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
    let fault = |text: String| Err(Error::File(Fault::Format(text)));
    if names.iter().all(|name| name.is_empty()) {
        return fault("it has no header line; write the columns' names into its first line".to_owned());
    }
    let found: Vec<Option<usize>> = names.iter().map(|name| shape.column_named(name)).collect();
    let Some(missing) = (0..shape.required.len()).find(|column| !found.contains(&Some(*column))) else {
        return Ok(());
    };
    let (name, has) = (shape.name(missing), names.join(", "));
    fault(format!("it has no column {name}, it has {has}; add the column or correct its name"))
}

fn check_keys(table: &Table, bytes: &[u8], keys: &Column) -> Result<(), Error> {
    let duplicate = match keys.as_text() {
        Some(texts) => second((0..texts.len()).map(|row| texts.get(row))),
        None => second((0..keys.len()).map(|row| OrderedKey(keys.value(row)))),
    };
    let Some((first, row)) = duplicate else { return Ok(()) };
    // Rows of CSV and NDJSON are lines unless a value holds a line break or a line is empty.
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    let all_lines = bytes.trim_ascii().split(|byte| *byte == b'\n').count();
    let header = usize::from(table.format == Format::Csv);
    let is_lines = table.format != Format::Parquet && lines == keys.len() + header && all_lines == lines;
    let (unit, before) = if is_lines { ("line", header) } else { ("row", 0) };
    Err(Error::Duplicate {
        unit,
        number: row + 1 + before,
        first: first + 1 + before,
        column: table.schema.fields[table.primary_key].name.clone(),
        key: keys.value(row).map_or_else(String::new, |key| key.to_string()),
    })
}

/// The rows of the first value that stands twice.
fn second<K: Ord>(keys: impl Iterator<Item = K>) -> Option<(usize, usize)> {
    let mut seen = BTreeMap::new();
    keys.enumerate().find_map(|(row, key)| seen.insert(key, row).map(|first| (first, row)))
}

/// A key of any type, by its text: equal values of one type have equal texts.
#[derive(PartialEq)]
struct OrderedKey(Option<Value>);

impl Eq for OrderedKey {}

impl PartialOrd for OrderedKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (&self.0, &other.0) {
            (Some(Value::BigInt(one)), Some(Value::BigInt(other))) => one.cmp(other),
            (one, other) => {
                let text = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
                text(one).cmp(&text(other))
            }
        }
    }
}
