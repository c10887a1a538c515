//! Columns to the bytes of a Parquet file, by the low-level writers: Arrow would be the largest dependency of all.

use std::{path::Path, sync::Arc};

use ::parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel},
    data_type::{
        BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
        Int64Type,
    },
    errors::Result,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{Type, TypePtr},
};
use bytes::Bytes;
use types::{Column, DataType, Field, Values, decimal};

use super::footer;
use crate::Error;

/// Most digits of a decimal that every 64-bit integer holds.
const DIGITS_64_MAX: u8 = 18;
/// Bytes of a wider decimal.
const WIDE_BYTES: i32 = 16;

/// A Parquet file in the making, in memory: compressed, it is a fraction of the rows.
pub(super) struct Encoder {
    writer: SerializedFileWriter<Vec<u8>>,
}

impl Encoder {
    pub(super) fn new(fields: &[Field]) -> Result<Self> {
        let columns = fields.iter().map(column_type).collect::<Result<_>>()?;
        let schema = Type::group_type_builder("schema").with_fields(columns).build()?;
        let properties = WriterProperties::builder()
            .set_created_by("mitra".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
        Ok(Self { writer })
    }

    pub(super) fn write_row_group(&mut self, columns: Vec<Column>) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for column in columns {
            let mut writer = group.next_column()?.expect("the schema has as many columns as the rows");
            write_column(&mut writer, column)?;
            writer.close()?;
        }
        group.close().map(drop)
    }

    /// The whole file.
    pub(super) fn finish(mut self, cursor: u64, schema: &str) -> Result<Vec<u8>> {
        for (key, value) in [(footer::CURSOR, cursor.to_string()), (footer::SCHEMA, schema.to_owned())] {
            self.writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        self.writer.into_inner()
    }
}

/// Checks that every decimal has the digits that its type allows, for its column has no room for more.
pub(super) fn check_decimals(
    path: &Path,
    fields: &[Field],
    columns: &[Column],
) -> std::result::Result<(), Error> {
    for (column, field) in columns.iter().zip(fields) {
        let (Values::Decimal(values), DataType::Decimal { precision, .. }) =
            (&column.values, column.data_type)
        else {
            continue;
        };
        let fits = |(value, null): (&i128, &bool)| *null || decimal::fits(*value, precision);
        if !values.iter().zip(&column.nulls).all(fits) {
            let reason = format!("a value of {} has more digits than {}", field.name, field.data_type);
            return Err(Error::Rows { path: path.to_path_buf(), reason });
        }
    }
    Ok(())
}

/// Every column is optional: NOT NULL is a promise of the stream, and readers need not know it.
fn column_type(field: &Field) -> Result<TypePtr> {
    let (physical, logical) = match field.data_type {
        DataType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        DataType::BigInt => (Physical::INT64, None),
        DataType::Double => (Physical::DOUBLE, None),
        DataType::Boolean => (Physical::BOOLEAN, None),
        DataType::Timestamptz => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        DataType::Date => (Physical::INT32, Some(LogicalType::Date)),
        DataType::Decimal { precision, scale } => {
            let wide = precision > DIGITS_64_MAX;
            let physical = if wide { Physical::FIXED_LEN_BYTE_ARRAY } else { Physical::INT64 };
            (physical, Some(LogicalType::decimal(i32::from(scale), i32::from(precision))))
        }
        DataType::Interval => unreachable!("a sink with an INTERVAL column is refused when it is opened"),
    };
    let mut builder = Type::primitive_type_builder(&field.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    if let DataType::Decimal { precision, scale } = field.data_type {
        builder = builder.with_precision(i32::from(precision)).with_scale(i32::from(scale));
        if physical == Physical::FIXED_LEN_BYTE_ARRAY {
            builder = builder.with_length(WIDE_BYTES);
        }
    }
    builder.build().map(Arc::new)
}

fn write_column(writer: &mut SerializedColumnWriter<'_>, column: Column) -> Result<()> {
    let nulls = column.nulls;
    let levels: Vec<i16> = nulls.iter().map(|null| i16::from(!null)).collect();
    let levels = Some(&levels[..]);
    match column.values {
        Values::Text(values) => {
            let text = Bytes::copy_from_slice(values.as_str().as_bytes());
            let starts = std::iter::once(0).chain(values.ends().iter().copied());
            let ranges = starts.zip(values.ends()).map(|(start, end)| start as usize..*end as usize);
            let values = keep(ranges, &nulls, |range| ByteArray::from(text.slice(range)));
            writer.typed::<ByteArrayType>().write_batch(&values, levels, None)?;
        }
        Values::BigInt(values) | Values::Timestamptz(values) => {
            let values = keep(values, &nulls, |value| value);
            writer.typed::<Int64Type>().write_batch(&values, levels, None)?;
        }
        Values::Decimal(values) => match column.data_type {
            DataType::Decimal { precision, .. } if precision > DIGITS_64_MAX => {
                let wide = |value: i128| FixedLenByteArray::from(value.to_be_bytes().to_vec());
                let values = keep(values, &nulls, wide);
                writer.typed::<FixedLenByteArrayType>().write_batch(&values, levels, None)?;
            }
            _ => {
                let narrow = |value: i128| i64::try_from(value).expect("the digits were checked");
                let values = keep(values, &nulls, narrow);
                writer.typed::<Int64Type>().write_batch(&values, levels, None)?;
            }
        },
        Values::Double(values) => {
            let values = keep(values, &nulls, |value| value);
            writer.typed::<DoubleType>().write_batch(&values, levels, None)?;
        }
        Values::Boolean(values) => {
            let values = keep(values, &nulls, |value| value);
            writer.typed::<BoolType>().write_batch(&values, levels, None)?;
        }
        Values::Date(values) => {
            let values = keep(values, &nulls, |value| value);
            writer.typed::<Int32Type>().write_batch(&values, levels, None)?;
        }
        Values::Interval(_) => unreachable!("a sink with an INTERVAL column is refused when it is opened"),
    }
    Ok(())
}

/// The values that are not NULL, which is what the format stores.
fn keep<T, U>(values: impl IntoIterator<Item = T>, nulls: &[bool], convert: impl Fn(T) -> U) -> Vec<U> {
    values.into_iter().zip(nulls).filter(|(_, null)| !**null).map(|(value, _)| convert(value)).collect()
}
