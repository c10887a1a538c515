//! Record batches to data rows.

use std::sync::Arc;

use bytes::{BufMut as _, BytesMut};
use datafusion::{
    arrow::{
        array::{Array, ArrayRef, RecordBatch},
        compute::cast,
        datatypes::{DataType, Field, Schema, TimeUnit},
    },
    error::Result,
};
use pgwire::{
    api::{
        Type,
        portal::Format,
        results::{FieldFormat, FieldInfo},
    },
    messages::data::DataRow,
};

use super::{binary, text, wire_type::wire_type};

/// The columns of a result under their names, as a row description says them.
pub fn fields(schema: &Schema, names: &[String], format: &Format) -> Vec<FieldInfo> {
    let field = |(index, (field, name)): (usize, (&Arc<Field>, &String))| {
        let wire = wire_type(field);
        let modifier = modifier(field.data_type());
        let size = size(&wire);
        // A client that lists fewer formats than columns gets text.
        let format = match format {
            Format::Individual(codes) => {
                codes.get(index).map_or(FieldFormat::Text, |code| FieldFormat::from(*code))
            }
            format => format.format_for(index),
        };
        FieldInfo::new(name.clone(), None, None, wire, format)
            .with_type_size(size)
            .with_type_modifier(modifier)
    };
    schema.fields().iter().zip(names).enumerate().map(field).collect()
}

/// Precision and scale of a numeric, as `pg_attribute.atttypmod` packs them.
fn modifier(data_type: &DataType) -> i32 {
    match data_type {
        DataType::Decimal128(precision, scale) if *scale >= 0 => {
            ((i32::from(*precision) << 16) | i32::from(*scale)) + 4
        }
        _ => -1,
    }
}

fn size(wire: &Type) -> i16 {
    match *wire {
        Type::BOOL | Type::CHAR => 1,
        Type::INT2 => 2,
        Type::INT4 | Type::FLOAT4 | Type::DATE | Type::OID => 4,
        Type::INT8 | Type::FLOAT8 | Type::TIMESTAMP | Type::TIMESTAMPTZ | Type::TIME => 8,
        Type::INTERVAL => 16,
        _ => -1,
    }
}

/// Encodes the rows of one result.
pub struct Encoder {
    fields: Arc<Vec<FieldInfo>>,
}

impl Encoder {
    /// Rows with these columns.
    pub fn new(fields: Arc<Vec<FieldInfo>>) -> Self {
        Self { fields }
    }

    /// The rows of a batch.
    ///
    /// # Errors
    /// When a value has no place in its wire type.
    pub fn rows(&self, batch: &RecordBatch) -> Result<Vec<DataRow>> {
        let columns = batch.columns().iter().map(canonical).collect::<Result<Vec<_>>>()?;
        let count = i16::try_from(columns.len()).expect("the planner allows fewer columns than the protocol");
        let mut rows = Vec::with_capacity(batch.num_rows());
        let mut scratch = String::new();
        for row in 0..batch.num_rows() {
            let mut out = BytesMut::with_capacity(16 * columns.len());
            for (column, field) in columns.iter().zip(&*self.fields) {
                if column.is_null(row) {
                    out.put_i32(-1);
                    continue;
                }
                let start = out.len();
                out.put_i32(0);
                if field.format() == FieldFormat::Binary {
                    binary::write(column, row, field.datatype(), &mut out)?;
                } else {
                    scratch.clear();
                    text::write(column, row, field.datatype(), &mut scratch)?;
                    out.put_slice(scratch.as_bytes());
                }
                let len = i32::try_from(out.len() - start - 4).expect("a value is below 2 GiB");
                out[start..start + 4].copy_from_slice(&len.to_be_bytes());
            }
            rows.push(DataRow::new(out, count));
        }
        Ok(rows)
    }
}

/// Fewer types for the encoders to know: times in microseconds, plain text, no dictionaries.
fn canonical(array: &ArrayRef) -> Result<ArrayRef> {
    let wanted = match array.data_type() {
        DataType::Dictionary(_, values) => canonical_type(values),
        other => canonical_type(other),
    };
    if wanted == *array.data_type() {
        return Ok(Arc::clone(array));
    }
    Ok(cast(array, &wanted)?)
}

fn canonical_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Int8 | DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Float16 => DataType::Float32,
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, zone) => {
            DataType::Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| "UTC".into()))
        }
        DataType::Time32(_) | DataType::Time64(_) => DataType::Time64(TimeUnit::Microsecond),
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            let item = Field::new(item.name(), canonical_type(item.data_type()), true);
            DataType::List(Arc::new(item))
        }
        other => other.clone(),
    }
}
