//! Parquet, column by column and without Arrow. Only flat columns; conversions lose nothing or are refused.

mod convert;

use ::parquet::{
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{DataType as ParquetType, Int96},
    errors::ParquetError,
    file::reader::FileReader,
    schema::types::ColumnDescriptor,
};
use types::Column;

use self::convert::{Convert, Raw};
use super::{Fault, LIMITS, columns_by_name};
use crate::{
    BATCH_ROWS_MAX,
    rows::{Cause, Rejection},
    shape::Shape,
};

/// A file being read.
pub(crate) struct Reader {
    file: Box<dyn FileReader + Send>,
    shape: Shape,
    /// For each column of the shape its column in the file.
    sources: Vec<Option<ColumnSource>>,
    next_group: usize,
    left_in_group: usize,
    rows: u64,
}

/// A column of the file that is read.
struct ColumnSource {
    index: usize,
    nullable: bool,
    convert: Convert,
    reader: Option<ColumnReader>,
    levels: Vec<i16>,
}

impl Reader {
    pub(super) fn open(file: Box<dyn FileReader + Send>, shape: Shape) -> Result<Self, Fault> {
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let found = schema.columns();
        let columns = columns_by_name(found.iter().map(|column| root_name(column)), &shape)?;
        let mut sources: Vec<Option<ColumnSource>> = shape.required.iter().map(|_| None).collect();
        for (index, column) in columns.into_iter().enumerate() {
            let (Some(column), descriptor) = (column, &found[index]) else { continue };
            let field = &shape.schema.fields[column];
            if descriptor.max_rep_level() > 0 || descriptor.path().parts().len() > 1 {
                let name = descriptor.path().string();
                return Err(Fault::Format(format!("its column {name} is nested; write it flat")));
            }
            let convert = Convert::new(descriptor, field.data_type).map_err(|found| {
                let (name, data_type) = (descriptor.name(), field.data_type);
                Fault::Format(format!(
                    "its column {name} holds {found}, which {data_type} does not take without loss; convert it"
                ))
            })?;
            let nullable = descriptor.max_def_level() > 0;
            sources[column] =
                Some(ColumnSource { index, nullable, convert, reader: None, levels: Vec::new() });
        }
        Ok(Self { file, shape, sources, next_group: 0, left_in_group: 0, rows: 0 })
    }

    pub(super) fn read(&mut self) -> Result<Vec<Column>, Fault> {
        let mut columns = self.shape.empty_columns();
        while self.left_in_group == 0 {
            if self.next_group == self.file.num_row_groups() {
                return Ok(columns);
            }
            self.open_group().map_err(unreadable)?;
        }
        let count = self.left_in_group.min(BATCH_ROWS_MAX);
        for (index, (column, source)) in columns.iter_mut().zip(&mut self.sources).enumerate() {
            let required = self.shape.required[index];
            let read = match source {
                Some(source) => source.read(count, required, column),
                None => {
                    (0..count).for_each(|_| column.push_null());
                    Ok(())
                }
            };
            read.map_err(|fault| match fault {
                ReadFault::File(error) => unreadable(error),
                ReadFault::Value(cause) => {
                    let rejection = Rejection::new(*cause, Some(&self.shape.schema.fields[index]), LIMITS);
                    Fault::Row { unit: "row", number: self.rows + column.len() as u64 + 1, rejection }
                }
            })?;
        }
        self.left_in_group -= count;
        self.rows += count as u64;
        Ok(columns)
    }

    /// The rows that the file says that it has.
    pub(super) fn rows_all(&self) -> u64 {
        u64::try_from(self.file.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    fn open_group(&mut self) -> Result<(), ParquetError> {
        let group = self.file.get_row_group(self.next_group)?;
        self.next_group += 1;
        let rows = group.metadata().num_rows();
        self.left_in_group = usize::try_from(rows)
            .map_err(|_| ParquetError::General(format!("a row group has {rows} rows")))?;
        for source in self.sources.iter_mut().flatten() {
            source.reader = Some(group.get_column_reader(source.index)?);
        }
        Ok(())
    }
}

/// The name of the top-level field that a column belongs to.
fn root_name(descriptor: &ColumnDescriptor) -> &str {
    descriptor.path().parts().first().map_or("", String::as_str)
}

fn unreadable(error: ParquetError) -> Fault {
    Fault::Format(format!("it cannot be read as Parquet: {error}"))
}

enum ReadFault {
    File(ParquetError),
    Value(Box<Cause>),
}

impl From<ParquetError> for ReadFault {
    fn from(error: ParquetError) -> Self {
        Self::File(error)
    }
}

impl ColumnSource {
    /// Appends the next `count` values to `column`.
    fn read(&mut self, count: usize, required: bool, column: &mut Column) -> Result<(), ReadFault> {
        let mut reader = self.reader.take().expect("a row group is open while it has rows");
        let result = match &mut reader {
            ColumnReader::BoolColumnReader(reader) => {
                self.fill(reader, count, required, column, |value| Raw::Boolean(*value))
            }
            ColumnReader::Int32ColumnReader(reader) => {
                self.fill(reader, count, required, column, |value| Raw::Integer(i64::from(*value)))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                self.fill(reader, count, required, column, |value| Raw::Integer(*value))
            }
            ColumnReader::Int96ColumnReader(reader) => {
                self.fill(reader, count, required, column, |value: &Int96| Raw::Integer(value.to_nanos()))
            }
            ColumnReader::FloatColumnReader(reader) => {
                self.fill(reader, count, required, column, |value| Raw::Double(f64::from(*value)))
            }
            ColumnReader::DoubleColumnReader(reader) => {
                self.fill(reader, count, required, column, |value| Raw::Double(*value))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                self.fill(reader, count, required, column, |value| Raw::Bytes(value.data()))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                self.fill(reader, count, required, column, |value| Raw::Bytes(value.data()))
            }
        };
        self.reader = Some(reader);
        result
    }

    fn fill<T: ParquetType>(
        &mut self,
        reader: &mut ColumnReaderImpl<T>,
        count: usize,
        required: bool,
        column: &mut Column,
        raw: impl Fn(&T::T) -> Raw<'_>,
    ) -> Result<(), ReadFault> {
        let mut values = Vec::with_capacity(count);
        self.levels.clear();
        let mut read = 0;
        while read < count {
            let (records, ..) =
                reader.read_records(count - read, Some(&mut self.levels), None, &mut values)?;
            if records == 0 {
                let what = format!("a column ends after {read} of {count} values");
                return Err(ReadFault::File(ParquetError::EOF(what)));
            }
            read += records;
        }
        let mut values = values.iter();
        for row in 0..count {
            if self.nullable && self.levels[row] == 0 {
                if required {
                    return Err(ReadFault::Value(Box::new(Cause::Null)));
                }
                column.push_null();
                continue;
            }
            let value = values.next().ok_or_else(|| ParquetError::EOF("a column lacks values".to_owned()))?;
            self.convert.push(raw(value), column).map_err(|cause| ReadFault::Value(Box::new(cause)))?;
        }
        Ok(())
    }
}
