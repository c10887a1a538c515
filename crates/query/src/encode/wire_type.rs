//! Which PostgreSQL type a column of a result has.

use std::sync::Arc;

use arrow_pg::datatypes::{PG_OID_ALIAS_KEY, is_pg_char_field, pg_type_for_alias_kind};
use datafusion::arrow::datatypes::{DataType, Field};
use pgwire::api::Type;

/// The type that clients are told. What PostgreSQL has no type for is sent as text.
pub fn wire_type(field: &Arc<Field>) -> Type {
    // Columns of the catalogue say what they stand for.
    let alias = field.metadata().get(PG_OID_ALIAS_KEY).and_then(|kind| pg_type_for_alias_kind(kind));
    if let Some(alias) = alias {
        return alias;
    }
    if is_pg_char_field(field) {
        return Type::CHAR;
    }
    match field.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            array_of(&scalar(item.data_type()))
        }
        other => scalar(other),
    }
}

fn scalar(data_type: &DataType) -> Type {
    match data_type {
        DataType::Boolean => Type::BOOL,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => Type::INT2,
        DataType::Int32 | DataType::UInt16 => Type::INT4,
        DataType::Int64 | DataType::UInt32 => Type::INT8,
        DataType::UInt64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Type::NUMERIC,
        DataType::Float16 | DataType::Float32 => Type::FLOAT4,
        DataType::Float64 => Type::FLOAT8,
        DataType::Date32 | DataType::Date64 => Type::DATE,
        DataType::Timestamp(_, Some(_)) => Type::TIMESTAMPTZ,
        DataType::Timestamp(_, None) => Type::TIMESTAMP,
        DataType::Time32(_) | DataType::Time64(_) => Type::TIME,
        DataType::Interval(_) | DataType::Duration(_) => Type::INTERVAL,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            Type::BYTEA
        }
        DataType::Dictionary(_, values) => scalar(values),
        _ => Type::TEXT,
    }
}

const ARRAYS: [(Type, Type); 14] = [
    (Type::BOOL, Type::BOOL_ARRAY),
    (Type::INT2, Type::INT2_ARRAY),
    (Type::INT4, Type::INT4_ARRAY),
    (Type::INT8, Type::INT8_ARRAY),
    (Type::NUMERIC, Type::NUMERIC_ARRAY),
    (Type::FLOAT4, Type::FLOAT4_ARRAY),
    (Type::FLOAT8, Type::FLOAT8_ARRAY),
    (Type::DATE, Type::DATE_ARRAY),
    (Type::TIMESTAMPTZ, Type::TIMESTAMPTZ_ARRAY),
    (Type::TIMESTAMP, Type::TIMESTAMP_ARRAY),
    (Type::TIME, Type::TIME_ARRAY),
    (Type::INTERVAL, Type::INTERVAL_ARRAY),
    (Type::BYTEA, Type::BYTEA_ARRAY),
    (Type::TEXT, Type::TEXT_ARRAY),
];

fn array_of(item: &Type) -> Type {
    let found = ARRAYS.iter().find(|(one, _)| one == item);
    found.map_or(Type::TEXT_ARRAY, |(_, array)| array.clone())
}

/// The type of the items of an array.
pub fn item_of(array: &Type) -> Type {
    let found = ARRAYS.iter().find(|(_, other)| other == array);
    found.map_or(Type::TEXT, |(item, _)| item.clone())
}
