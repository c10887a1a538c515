//! CSV with a header line.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};
use types::Column;

use super::{Fault, LIMITS, columns_by_name};
use crate::{
    BATCH_ROWS_MAX,
    rows::{Cause, Rejection},
    shape::Shape,
};

/// A file being read.
pub(crate) struct Reader {
    csv: csv::Reader<Box<dyn Read + Send>>,
    shape: Shape,
    /// For each column of the shape its place in a line.
    places: Vec<Option<usize>>,
    record: StringRecord,
}

impl Reader {
    pub(super) fn open(bytes: Box<dyn Read + Send>, shape: Shape) -> Result<Self, Fault> {
        let mut csv = ReaderBuilder::new().from_reader(bytes);
        let headers = csv.headers().map_err(fault)?;
        // The mark that some programs put before UTF-8 is no part of a name.
        let names = headers.iter().map(|name| name.trim_start_matches('\u{feff}').trim());
        let columns = columns_by_name(names, &shape)?;
        let place = |column| columns.iter().position(|other| *other == Some(column));
        let places = (0..shape.required.len()).map(place).collect();
        Ok(Self { csv, shape, places, record: StringRecord::new() })
    }

    pub(super) fn read(&mut self) -> Result<Vec<Column>, Fault> {
        let mut columns = self.shape.empty_columns();
        for _ in 0..BATCH_ROWS_MAX {
            if !self.csv.read_record(&mut self.record).map_err(fault)? {
                break;
            }
            for (index, (column, place)) in columns.iter_mut().zip(&self.places).enumerate() {
                let text = place.and_then(|place| self.record.get(place)).unwrap_or("");
                let pushed = if !text.is_empty() {
                    crate::rows::push_field(column, text, LIMITS)
                } else if self.shape.required[index] {
                    Err(Cause::Null)
                } else {
                    column.push_null();
                    Ok(())
                };
                if let Err(cause) = pushed {
                    let rejection = Rejection::new(cause, Some(&self.shape.schema.fields[index]), LIMITS);
                    let number = self.record.position().map_or(0, csv::Position::line);
                    return Err(Fault::Row { unit: "line", number, rejection });
                }
            }
        }
        Ok(columns)
    }
}

fn fault(error: csv::Error) -> Fault {
    let line = error.position().map_or_else(String::new, |position| format!("line {}: ", position.line()));
    let text = match error.into_kind() {
        csv::ErrorKind::Io(error) => return Fault::Read(error),
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("value {} is not UTF-8; convert the file to UTF-8", err.field() + 1)
        }
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} values and the header has {expected_len}; quote values that hold commas")
        }
        other => format!("it is not CSV: {other:?}"),
    };
    Fault::Format(format!("{line}{text}"))
}
