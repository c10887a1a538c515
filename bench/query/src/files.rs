//! The history's files: payments as Parquet, row group by row group, and the merchants as CSV.

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
    data_type::{BoolType, ByteArray, ByteArrayType, DataType as ParquetType, DoubleType, Int64Type},
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::Type,
};

use crate::{
    events::{Event, Events, merchant_text},
    project::COLUMNS,
};

/// Rows of a row group: what is in memory at once.
const GROUP_ROWS: u64 = 65_536;

/// Writes `count` payments, the first at `start` and the next ones `step` microseconds apart.
///
/// # Errors
/// Those of the file system.
pub fn write_events(path: &Path, events: &Events, count: u64, start: i64, step: i64) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let fields = COLUMNS.iter().map(|(name, sql)| Arc::new(field(name, sql))).collect();
    let schema = Type::group_type_builder("payments").with_fields(fields).build()?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
    for first in (0..count).step_by(GROUP_ROWS as usize) {
        let rows: Vec<Event> = (first..count.min(first + GROUP_ROWS))
            .map(|number| events.event(number, start + number as i64 * step))
            .collect();
        let mut group = writer.next_row_group()?;
        write_group(&mut group, &rows)?;
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn field(name: &str, sql: &str) -> Type {
    let (physical, logical) = match sql {
        "BIGINT" => (Physical::INT64, None),
        "DECIMAL(18,2)" => (Physical::INT64, Some(LogicalType::decimal(2, 18))),
        "DOUBLE" => (Physical::DOUBLE, None),
        "BOOLEAN" => (Physical::BOOLEAN, None),
        "TIMESTAMPTZ" => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let mut builder = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(logical);
    if sql == "DECIMAL(18,2)" {
        builder = builder.with_precision(18).with_scale(2);
    }
    builder.build().expect("every type above is one of Parquet")
}

/// The columns in the order of [`COLUMNS`].
fn write_group(group: &mut SerializedRowGroupWriter<'_, File>, rows: &[Event]) -> Result<()> {
    let names: Vec<[String; 4]> = rows.iter().map(Event::names).collect();
    put_texts(group, rows.iter().map(Event::id))?;
    put::<Int64Type>(group, rows.iter().map(|row| row.occurred_at).collect())?;
    for place in 0..4 {
        put_texts(group, names.iter().map(|names| &names[place]))?;
    }
    put::<Int64Type>(group, rows.iter().map(|row| row.cents).collect())?;
    put_texts(group, rows.iter().map(|row| row.currency))?;
    put_texts(group, rows.iter().map(|row| row.country))?;
    put_texts(group, rows.iter().map(|row| row.method))?;
    put_texts(group, rows.iter().map(|row| row.status))?;
    put_texts(group, rows.iter().map(|row| row.channel))?;
    put::<Int64Type>(group, rows.iter().map(|row| row.items).collect())?;
    put::<BoolType>(group, rows.iter().map(|row| row.is_recurring).collect())?;
    put::<DoubleType>(group, rows.iter().map(|row| row.address_risk).collect())
}

fn put_texts(
    group: &mut SerializedRowGroupWriter<'_, File>,
    texts: impl Iterator<Item = impl AsRef<str>>,
) -> Result<()> {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    for text in texts {
        bytes.extend_from_slice(text.as_ref().as_bytes());
        ends.push(bytes.len());
    }
    let bytes = Bytes::from(bytes);
    let mut start = 0;
    let mut text = |end| ByteArray::from(bytes.slice(std::mem::replace(&mut start, end)..end));
    put::<ByteArrayType>(group, ends.into_iter().map(&mut text).collect())
}

fn put<T: ParquetType>(group: &mut SerializedRowGroupWriter<'_, File>, values: Vec<T::T>) -> Result<()> {
    let mut column = group.next_column()?.context("the schema has a column for each")?;
    column.typed::<T>().write_batch(&values, None, None)?;
    column.close()?;
    Ok(())
}

/// Writes the reference table.
///
/// # Errors
/// Those of the file system.
pub fn write_merchants(path: &Path, seed: u64, rows: u64) -> Result<()> {
    const CATEGORIES: [&str; 8] =
        ["electronics", "fashion", "food", "gaming", "gift_cards", "jewellery", "travel", "utilities"];
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let mut out = BufWriter::new(file);
    writeln!(out, "id,category,city,onboarded_on")?;
    for number in 0..rows {
        let mut random = Random::new(seed, 200, number);
        let category = CATEGORIES[random.below(CATEGORIES.len() as u64) as usize];
        let (city, month, day) = (random.below(300), 1 + random.below(12), 1 + random.below(28));
        writeln!(out, "{},{category},city_{city:03},2024-{month:02}-{day:02}", merchant_text(number))?;
    }
    out.flush()?;
    Ok(())
}
