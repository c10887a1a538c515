//! SQL columns as columns of Parquet.
//!
//! | SQL | Parquet |
//! |---|---|
//! | `TEXT` | `BYTE_ARRAY`, string |
//! | `BIGINT` | `INT64` |
//! | `DECIMAL` | up to 18 digits `INT64`, else `FIXED_LEN_BYTE_ARRAY`, decimal |
//! | `DOUBLE`, `BOOLEAN` | `DOUBLE`, `BOOLEAN` |
//! | `TIMESTAMPTZ` | `INT64`, timestamp in microseconds, UTC |
//! | `DATE` | `INT32`, date |
//!
//! All are optional.

use std::{io::Write, sync::Arc};

use ::parquet::{
    basic::{LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::{
        BoolType, ByteArray, ByteArrayType, DataType as ParquetType, DoubleType, FixedLenByteArray,
        FixedLenByteArrayType, Int32Type, Int64Type,
    },
    errors::ParquetError,
    file::writer::{SerializedColumnWriter, SerializedFileWriter},
    schema::types::{Type, TypePtr},
};
use bytes::Bytes;
use types::{Column, DataType, Field, Values};

/// Digits that surely fit 64 bits.
const INT64_DIGITS_MAX: u8 = 18;

/// The schema of a file with these columns.
pub(super) fn schema(fields: &[Field]) -> TypePtr {
    let fields = fields.iter().map(|field| Arc::new(column_type(field))).collect();
    let root = Type::group_type_builder("rows").with_fields(fields).build();
    Arc::new(root.expect("a group of columns is a schema"))
}

fn column_type(field: &Field) -> Type {
    let (physical, logical) = match field.data_type {
        DataType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        DataType::BigInt => (Physical::INT64, None),
        DataType::Decimal { precision, scale } => {
            let physical =
                if precision <= INT64_DIGITS_MAX { Physical::INT64 } else { Physical::FIXED_LEN_BYTE_ARRAY };
            (physical, Some(LogicalType::decimal(i32::from(scale), i32::from(precision))))
        }
        DataType::Double => (Physical::DOUBLE, None),
        DataType::Boolean => (Physical::BOOLEAN, None),
        DataType::Timestamptz => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        DataType::Date => (Physical::INT32, Some(LogicalType::Date)),
        DataType::Interval => unreachable!("refused when the sink was opened"),
    };
    let mut builder = Type::primitive_type_builder(&field.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    if let DataType::Decimal { precision, scale } = field.data_type {
        builder = builder.with_precision(i32::from(precision)).with_scale(i32::from(scale));
        if physical == Physical::FIXED_LEN_BYTE_ARRAY {
            builder = builder.with_length(decimal_bytes(precision) as i32);
        }
    }
    builder.build().expect("every SQL type is a type of Parquet")
}

/// Bytes of a number of so many digits in two's complement.
fn decimal_bytes(precision: u8) -> usize {
    let bits = 128 - types::decimal::power_of_ten(precision).leading_zeros() as usize + 1;
    bits.div_ceil(8)
}

/// Writes rows as one row group.
pub(super) fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    columns: &[Column],
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    let mut levels = Vec::new();
    for column in columns {
        levels.clear();
        levels.extend(column.nulls.iter().map(|null| i16::from(!null)));
        let mut target = group.next_column()?.expect("the schema has a column for each");
        write_column(&mut target, column, &levels)?;
        target.close()?;
    }
    group.close()?;
    Ok(())
}

fn write_column(
    target: &mut SerializedColumnWriter<'_>,
    column: &Column,
    levels: &[i16],
) -> Result<(), ParquetError> {
    let rows = || (0..column.len()).filter(|row| !column.nulls[*row]);
    match (&column.values, column.data_type) {
        (Values::BigInt(values) | Values::Timestamptz(values), _) => {
            write::<Int64Type>(target, rows().map(|row| values[row]).collect(), levels)
        }
        (Values::Double(values), _) => {
            write::<DoubleType>(target, rows().map(|row| values[row]).collect(), levels)
        }
        (Values::Boolean(values), _) => {
            write::<BoolType>(target, rows().map(|row| values[row]).collect(), levels)
        }
        (Values::Date(values), _) => {
            write::<Int32Type>(target, rows().map(|row| values[row]).collect(), levels)
        }
        (Values::Decimal(values), DataType::Decimal { precision, .. }) if precision <= INT64_DIGITS_MAX => {
            write::<Int64Type>(target, rows().map(|row| values[row] as i64).collect(), levels)
        }
        (Values::Decimal(values), DataType::Decimal { precision, .. }) => {
            // One buffer for all, since a value of its own would be an allocation.
            let width = decimal_bytes(precision);
            let mut bytes = Vec::with_capacity(width * column.len());
            rows().for_each(|row| bytes.extend_from_slice(&values[row].to_be_bytes()[16 - width..]));
            let bytes = Bytes::from(bytes);
            let value = |at: usize| FixedLenByteArray::from(ByteArray::from(bytes.slice(at..at + width)));
            let values = (0..bytes.len()).step_by(width).map(value).collect();
            write::<FixedLenByteArrayType>(target, values, levels)
        }
        (Values::Text(values), _) => {
            let bytes = Bytes::copy_from_slice(values.as_str().as_bytes());
            let value = |row: usize| {
                let start = if row == 0 { 0 } else { values.ends()[row - 1] };
                ByteArray::from(bytes.slice(start as usize..values.ends()[row] as usize))
            };
            write::<ByteArrayType>(target, rows().map(value).collect(), levels)
        }
        (Values::Decimal(_) | Values::Interval(_), _) => unreachable!("refused when the sink was opened"),
    }
}

fn write<T: ParquetType>(
    target: &mut SerializedColumnWriter<'_>,
    values: Vec<T::T>,
    levels: &[i16],
) -> Result<(), ParquetError> {
    target.typed::<T>().write_batch(&values, Some(levels), None)?;
    Ok(())
}
