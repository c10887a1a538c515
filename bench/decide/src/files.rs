//! The bench's files: payments as Parquet, row group by row group, and the reference table as CSV.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, Result};
use bench_load::random::Random;
use bytes::Bytes;
use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::{
        BoolType, ByteArray, ByteArrayType, DataType as ParquetType, DoubleType, Int32Type, Int64Type,
    },
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::Type,
};

use crate::{
    columns::{COLUMNS, COUNTRIES, Column},
    events::{Events, Field, write_merchant},
};

/// Rows of a row group: what is in memory at once.
const GROUP_ROWS: u64 = 32_768;

/// Which events, and when they arrive.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// How many, from number 0.
    pub events: u64,
    /// When the first one arrives, in microseconds.
    pub start: i64,
    /// Microseconds from one to the next.
    pub step: i64,
}

/// Writes payments to a Parquet file.
///
/// # Errors
/// Those of the file system.
pub fn write_events(path: &Path, events: &Events, stretch: Stretch) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let fields = COLUMNS.iter().map(|column| Arc::new(field_type(column))).collect();
    let schema = Type::group_type_builder("payments").with_fields(fields).build()?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
    let mut first = 0;
    while first < stretch.events {
        let rows = GROUP_ROWS.min(stretch.events - first);
        let mut group = writer.next_row_group()?;
        for index in 0..COLUMNS.len() {
            let mut target = group.next_column()?.context("the schema has a column for each")?;
            write_column(&mut target, index, events, stretch, first..first + rows)?;
            target.close()?;
        }
        group.close()?;
        first += rows;
    }
    writer.close()?;
    Ok(())
}

fn field_type(column: &Column) -> Type {
    let (physical, logical) = match column.sql_type() {
        "BIGINT" => (Physical::INT64, None),
        "DECIMAL(18,2)" => (Physical::INT64, Some(LogicalType::decimal(2, 18))),
        "DOUBLE" => (Physical::DOUBLE, None),
        "BOOLEAN" => (Physical::BOOLEAN, None),
        "TIMESTAMPTZ" => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        "DATE" => (Physical::INT32, Some(LogicalType::Date)),
        _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let mut builder = Type::primitive_type_builder(column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    if column.sql_type() == "DECIMAL(18,2)" {
        builder = builder.with_precision(18).with_scale(2);
    }
    builder.build().expect("every type above is one of Parquet")
}

fn write_column(
    target: &mut SerializedColumnWriter<'_>,
    column: usize,
    events: &Events,
    stretch: Stretch,
    numbers: std::ops::Range<u64>,
) -> Result<()> {
    let (mut text, mut ends) = (String::new(), Vec::new());
    let mut fields = Vec::with_capacity(GROUP_ROWS as usize);
    for number in numbers {
        let received = stretch.start + number as i64 * stretch.step;
        fields.push(events.field(column, number, received, &mut text));
        ends.push(text.len());
    }
    let levels: Vec<i16> = fields.iter().map(|field| i16::from(*field != Field::Null)).collect();
    let texts = Bytes::from(text.into_bytes());
    let values = fields.iter().zip(&ends).enumerate();
    let integer = |field: &Field| match *field {
        Field::Integer(value) | Field::Cents(value) | Field::Time(value) => Some(value),
        _ => None,
    };
    match COLUMNS[column].sql_type() {
        "BIGINT" | "DECIMAL(18,2)" | "TIMESTAMPTZ" => {
            put::<Int64Type>(target, &fields.iter().filter_map(integer).collect::<Vec<_>>(), &levels)
        }
        "DOUBLE" => {
            let double = |field: &Field| if let Field::Double(value) = field { Some(*value) } else { None };
            put::<DoubleType>(target, &fields.iter().filter_map(double).collect::<Vec<_>>(), &levels)
        }
        "BOOLEAN" => {
            let boolean = |field: &Field| if let Field::Boolean(value) = field { Some(*value) } else { None };
            put::<BoolType>(target, &fields.iter().filter_map(boolean).collect::<Vec<_>>(), &levels)
        }
        "DATE" => {
            let date = |field: &Field| if let Field::Date(value) = field { Some(*value) } else { None };
            put::<Int32Type>(target, &fields.iter().filter_map(date).collect::<Vec<_>>(), &levels)
        }
        _ => {
            let text = |(row, (field, end)): (usize, (&Field, &usize))| {
                let start = if row == 0 { 0 } else { ends[row - 1] };
                (*field == Field::Text).then(|| ByteArray::from(texts.slice(start..*end)))
            };
            put::<ByteArrayType>(target, &values.filter_map(text).collect::<Vec<_>>(), &levels)
        }
    }
}

fn put<T: ParquetType>(
    target: &mut SerializedColumnWriter<'_>,
    values: &[T::T],
    levels: &[i16],
) -> Result<()> {
    target.typed::<T>().write_batch(values, Some(levels), None)?;
    Ok(())
}

/// Writes the reference table.
///
/// # Errors
/// Those of the file system.
pub fn write_merchants(path: &Path, seed: u64, rows: u64) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let mut out = BufWriter::new(file);
    writeln!(out, "id,category,country,risk,chargebacks")?;
    let mut id = String::new();
    for number in 0..rows {
        let mut random = Random::new(seed, 1_000, number);
        id.clear();
        write_merchant(number, &mut id);
        let category = random.below(300);
        let country = COUNTRIES[random.below(COUNTRIES.len() as u64) as usize];
        let (risk, chargebacks) = (random.below(1_000), random.skewed(2_000.0) as u64);
        writeln!(out, "{id},{category:04},{country},0.{risk:03},{chargebacks}")?;
    }
    out.flush()?;
    Ok(())
}
