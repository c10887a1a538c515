//! Arrow's arrays and the columns that kernels work on.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{
            Array as _, ArrayRef, AsArray as _, BooleanArray, Date32Array, Decimal128Array, Float64Array,
            Int64Array, IntervalMonthDayNanoArray, StringViewBuilder, TimestampMicrosecondArray,
        },
        buffer::NullBuffer,
        compute::cast,
        datatypes::{
            DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, IntervalMonthDayNano,
            IntervalMonthDayNanoType, IntervalUnit, TimeUnit, TimestampMicrosecondType,
        },
    },
    error::Result,
    scalar::ScalarValue,
};
use expr::Expr;
use types::{Column, DataType as Own, Interval, TextColumn, Values};

/// Our type of an Arrow type, where there is one.
pub fn own_type(data_type: &DataType) -> Option<Own> {
    Some(match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Own::Text,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => Own::BigInt,
        DataType::Decimal128(precision, scale) => {
            Own::Decimal { precision: *precision, scale: u8::try_from(*scale).ok()? }
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Own::Double,
        DataType::Boolean => Own::Boolean,
        DataType::Timestamp(_, Some(_)) => Own::Timestamptz,
        DataType::Date32 | DataType::Date64 => Own::Date,
        DataType::Interval(_) => Own::Interval,
        _ => return None,
    })
}

/// The Arrow type of ours.
pub fn arrow_type(data_type: Own) -> DataType {
    match data_type {
        Own::Text => DataType::Utf8View,
        Own::BigInt => DataType::Int64,
        Own::Decimal { precision, scale } => {
            DataType::Decimal128(precision, i8::try_from(scale).expect("a scale is at most 38"))
        }
        Own::Double => DataType::Float64,
        Own::Boolean => DataType::Boolean,
        Own::Timestamptz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Own::Date => DataType::Date32,
        Own::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
    }
}

/// A literal of ours; none for NULL, whose type a literal of ours would not tell, and for types that are not ours.
pub fn literal(value: &ScalarValue) -> Option<Expr> {
    if value.is_null() {
        return None;
    }
    own_type(&value.data_type())?;
    let column = column(&value.to_array().ok()?).ok()?;
    column.value(0).map(expr::literal)
}

/// A column with the values of an array whose type is one of ours.
pub fn column(array: &ArrayRef) -> Result<Column> {
    let own = own_type(array.data_type()).expect("only arrays of our types are converted");
    let array = cast(array, &arrow_type(own))?;
    let nulls = match array.nulls() {
        Some(nulls) => nulls.iter().map(|is_valid| !is_valid).collect(),
        None => vec![false; array.len()],
    };
    let values = match own {
        Own::Text => {
            let mut texts = TextColumn::default();
            array.as_string_view().iter().for_each(|text| texts.push(text.unwrap_or_default()));
            Values::Text(texts)
        }
        Own::BigInt => Values::BigInt(array.as_primitive::<Int64Type>().values().to_vec()),
        Own::Decimal { .. } => Values::Decimal(array.as_primitive::<Decimal128Type>().values().to_vec()),
        Own::Double => Values::Double(array.as_primitive::<Float64Type>().values().to_vec()),
        Own::Boolean => Values::Boolean(array.as_boolean().values().iter().collect()),
        Own::Timestamptz => {
            Values::Timestamptz(array.as_primitive::<TimestampMicrosecondType>().values().to_vec())
        }
        Own::Date => Values::Date(array.as_primitive::<Date32Type>().values().to_vec()),
        Own::Interval => {
            let values = array.as_primitive::<IntervalMonthDayNanoType>().values().iter();
            let interval = |value: &IntervalMonthDayNano| Interval {
                months: value.months,
                days: value.days,
                micros: value.nanoseconds / 1_000,
            };
            Values::Interval(values.map(interval).collect())
        }
    };
    Ok(Column { data_type: own, values, nulls })
}

/// An array with the values of a column.
pub fn array(column: &Column) -> ArrayRef {
    let has_nulls = column.nulls.contains(&true);
    let nulls = has_nulls.then(|| NullBuffer::from_iter(column.nulls.iter().map(|null| !null)));
    match &column.values {
        Values::Text(values) => {
            let mut builder = StringViewBuilder::with_capacity(column.len());
            for (row, null) in column.nulls.iter().enumerate() {
                builder.append_option((!null).then(|| values.get(row)));
            }
            Arc::new(builder.finish())
        }
        Values::BigInt(values) => Arc::new(Int64Array::new(values.clone().into(), nulls)),
        Values::Decimal(values) => {
            let array = Decimal128Array::new(values.clone().into(), nulls);
            Arc::new(array.with_data_type(arrow_type(column.data_type)))
        }
        Values::Double(values) => Arc::new(Float64Array::new(values.clone().into(), nulls)),
        Values::Boolean(values) => Arc::new(BooleanArray::new(values.as_slice().into(), nulls)),
        Values::Timestamptz(values) => {
            Arc::new(TimestampMicrosecondArray::new(values.clone().into(), nulls).with_timezone("UTC"))
        }
        Values::Date(values) => Arc::new(Date32Array::new(values.clone().into(), nulls)),
        Values::Interval(values) => {
            // An interval beyond 292 years of microseconds is longer than any time of ours.
            let interval = |value: &Interval| {
                IntervalMonthDayNano::new(value.months, value.days, value.micros.saturating_mul(1_000))
            };
            let values: Vec<_> = values.iter().map(interval).collect();
            Arc::new(IntervalMonthDayNanoArray::new(values.into(), nulls))
        }
    }
}
