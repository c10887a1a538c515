//! Which values of Parquet become which SQL values.

use ::parquet::{
    basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical},
    schema::types::ColumnDescriptor,
};
use types::{Column, DataType, Values, decimal};

use super::LIMITS;
use crate::{
    rows::{Cause, push_field},
    values::Fault,
};

/// Integers up to here are doubles as well.
const DOUBLE_INTEGER_MAX: u64 = 1 << 53;

/// What a column of the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Integer,
    /// 32 bits without a sign.
    Unsigned32,
    /// 64 bits without a sign.
    Unsigned64,
    /// Nanoseconds in one unit.
    Timestamp {
        nanos: i64,
    },
    Date,
    Decimal {
        scale: u8,
    },
    Double,
    Boolean,
    Text,
}

/// How values of a column are taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convert {
    holds: Holds,
}

/// A value of the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Raw<'a> {
    Integer(i64),
    Double(f64),
    Boolean(bool),
    Bytes(&'a [u8]),
}

impl Convert {
    /// The conversion to `target`; otherwise what the column holds, in words.
    pub(super) fn new(descriptor: &ColumnDescriptor, target: DataType) -> Result<Self, String> {
        let holds = holds(descriptor)?;
        let taken = match target {
            DataType::Text => {
                matches!(holds, Holds::Text | Holds::Integer | Holds::Unsigned32 | Holds::Unsigned64)
            }
            DataType::BigInt => {
                matches!(holds, Holds::Text | Holds::Integer | Holds::Unsigned32 | Holds::Unsigned64)
            }
            DataType::Decimal { .. } => matches!(
                holds,
                Holds::Text | Holds::Integer | Holds::Unsigned32 | Holds::Unsigned64 | Holds::Decimal { .. }
            ),
            DataType::Double => matches!(
                holds,
                Holds::Text | Holds::Integer | Holds::Unsigned32 | Holds::Unsigned64 | Holds::Double
            ),
            DataType::Boolean => matches!(holds, Holds::Text | Holds::Boolean),
            DataType::Timestamptz => matches!(holds, Holds::Text | Holds::Timestamp { .. }),
            DataType::Date => matches!(holds, Holds::Text | Holds::Date),
            DataType::Interval => false,
        };
        if taken { Ok(Self { holds }) } else { Err(holds.noun()) }
    }

    /// Appends a value that is not NULL.
    #[inline]
    pub(super) fn push(self, raw: Raw<'_>, column: &mut Column) -> Result<(), Cause> {
        match (self.holds, raw) {
            (Holds::Integer, Raw::Integer(value)) => push_integer(column, i128::from(value))?,
            (Holds::Unsigned32, Raw::Integer(value)) => push_integer(column, i128::from(value as u32))?,
            (Holds::Unsigned64, Raw::Integer(value)) => push_integer(column, i128::from(value as u64))?,
            (Holds::Timestamp { nanos }, Raw::Integer(value)) => push_timestamp(column, value, nanos)?,
            (Holds::Date, Raw::Integer(value)) => match &mut column.values {
                Values::Date(values) => values.push(value as i32),
                _ => unreachable!("checked when the file was opened"),
            },
            (Holds::Decimal { scale }, Raw::Integer(value)) => {
                push_decimal(column, i128::from(value), scale)?
            }
            (Holds::Decimal { scale }, Raw::Bytes(bytes)) => push_decimal(column, big_endian(bytes)?, scale)?,
            (Holds::Double, Raw::Double(value)) => match &mut column.values {
                Values::Double(values) => values.push(value),
                _ => unreachable!("checked when the file was opened"),
            },
            (Holds::Boolean, Raw::Boolean(value)) => match &mut column.values {
                Values::Boolean(values) => values.push(value),
                _ => unreachable!("checked when the file was opened"),
            },
            (Holds::Text, Raw::Bytes(bytes)) => {
                let text =
                    std::str::from_utf8(bytes).map_err(|_| wrong(Fault::Form, "text that is not UTF-8"))?;
                return push_field(column, text, LIMITS);
            }
            _ => unreachable!("the physical type is that of the descriptor"),
        }
        column.nulls.push(false);
        Ok(())
    }
}

#[cold]
fn wrong(fault: Fault, text: impl ToString) -> Cause {
    Cause::Value { fault, text: text.to_string() }
}

fn push_integer(column: &mut Column, value: i128) -> Result<(), Cause> {
    let range = || wrong(Fault::Range, value);
    match (&mut column.values, column.data_type) {
        (Values::BigInt(values), _) => values.push(i64::try_from(value).map_err(|_| range())?),
        (Values::Decimal(values), DataType::Decimal { precision, scale }) => {
            let unscaled = value.checked_mul(decimal::power_of_ten(scale));
            values.push(unscaled.filter(|unscaled| decimal::fits(*unscaled, precision)).ok_or_else(range)?);
        }
        (Values::Double(values), _) => {
            if value.unsigned_abs() > u128::from(DOUBLE_INTEGER_MAX) {
                return Err(range());
            }
            values.push(value as f64);
        }
        (Values::Text(values), _) => {
            use std::fmt::Write as _;
            write!(values.buffer(), "{value}").expect("a string takes all");
            values.finish_value();
        }
        _ => unreachable!("checked when the file was opened"),
    }
    Ok(())
}

fn push_timestamp(column: &mut Column, value: i64, nanos: i64) -> Result<(), Cause> {
    let micros = if nanos >= 1_000 {
        value
            .checked_mul(nanos / 1_000)
            .ok_or_else(|| wrong(Fault::Range, format!("{value} units of time")))?
    } else if value % 1_000 == 0 {
        value / 1_000
    } else {
        return Err(wrong(Fault::Form, format!("{value} nanoseconds")));
    };
    match &mut column.values {
        Values::Timestamptz(values) => values.push(micros),
        _ => unreachable!("checked when the file was opened"),
    }
    Ok(())
}

fn push_decimal(column: &mut Column, unscaled: i128, from: u8) -> Result<(), Cause> {
    let (Values::Decimal(values), DataType::Decimal { precision, scale }) =
        (&mut column.values, column.data_type)
    else {
        unreachable!("checked when the file was opened")
    };
    let shown = || types::Value::Decimal { unscaled, scale: from };
    let value = if scale >= from {
        unscaled
            .checked_mul(decimal::power_of_ten(scale - from))
            .ok_or_else(|| wrong(Fault::Range, shown()))?
    } else {
        let unit = decimal::power_of_ten(from - scale);
        if unscaled % unit != 0 {
            return Err(wrong(Fault::Scale, shown()));
        }
        unscaled / unit
    };
    if !decimal::fits(value, precision) {
        return Err(wrong(Fault::Range, shown()));
    }
    values.push(value);
    Ok(())
}

/// A number in two's complement, the highest byte first.
fn big_endian(bytes: &[u8]) -> Result<i128, Cause> {
    let sign = if bytes.first().is_some_and(|byte| *byte >= 0x80) { 0xff } else { 0 };
    let (upper, lower) = bytes.split_at(bytes.len().saturating_sub(16));
    if upper.iter().any(|byte| *byte != sign) {
        return Err(wrong(Fault::Range, "a decimal of more than 128 bits"));
    }
    let mut wide = [sign; 16];
    wide[16 - lower.len()..].copy_from_slice(lower);
    let value = i128::from_be_bytes(wide);
    if decimal::fits(value, decimal::DIGITS_MAX) {
        Ok(value)
    } else {
        Err(wrong(Fault::Range, "a decimal of more than 38 digits"))
    }
}

/// What the column holds; otherwise what it is, in words.
fn holds(descriptor: &ColumnDescriptor) -> Result<Holds, String> {
    let (physical, logical) = (descriptor.physical_type(), descriptor.logical_type_ref());
    let refused = || Err(logical.map_or_else(|| physical.to_string(), |logical| format!("{logical:?}")));
    let decimal = || match u8::try_from(descriptor.type_scale()) {
        Ok(scale) if scale <= decimal::DIGITS_MAX => Ok(Holds::Decimal { scale }),
        _ => Err(format!("decimals of scale {}", descriptor.type_scale())),
    };
    match (physical, logical, descriptor.converted_type()) {
        (Physical::BOOLEAN, ..) => Ok(Holds::Boolean),
        (Physical::FLOAT | Physical::DOUBLE, ..) => Ok(Holds::Double),
        (_, Some(LogicalType::Decimal(_)), _) | (_, None, ConvertedType::DECIMAL) => decimal(),
        (Physical::INT32 | Physical::INT64, Some(LogicalType::Integer(integer)), _) => {
            Ok(match (integer.is_signed, physical) {
                (true, _) => Holds::Integer,
                (false, Physical::INT32) => Holds::Unsigned32,
                (false, _) => Holds::Unsigned64,
            })
        }
        (Physical::INT32, Some(LogicalType::Date), _) | (Physical::INT32, None, ConvertedType::DATE) => {
            Ok(Holds::Date)
        }
        (Physical::INT64, Some(LogicalType::Timestamp(timestamp)), _) => Ok(Holds::Timestamp {
            nanos: match timestamp.unit {
                TimeUnit::MILLIS => 1_000_000,
                TimeUnit::MICROS => 1_000,
                TimeUnit::NANOS => 1,
            },
        }),
        (Physical::INT64, None, ConvertedType::TIMESTAMP_MILLIS) => Ok(Holds::Timestamp { nanos: 1_000_000 }),
        (Physical::INT64, None, ConvertedType::TIMESTAMP_MICROS) => Ok(Holds::Timestamp { nanos: 1_000 }),
        (
            Physical::INT32 | Physical::INT64,
            None,
            ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS,
        ) => Err("times of day".to_owned()),
        (Physical::INT32, None, ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32) => {
            Ok(Holds::Unsigned32)
        }
        (Physical::INT64, None, ConvertedType::UINT_64) => Ok(Holds::Unsigned64),
        (Physical::INT32 | Physical::INT64, None, _) => Ok(Holds::Integer),
        (
            Physical::BYTE_ARRAY,
            None | Some(LogicalType::String | LogicalType::Enum | LogicalType::Json),
            _,
        ) => Ok(Holds::Text),
        _ => refused(),
    }
}

impl Holds {
    fn noun(self) -> String {
        match self {
            Self::Integer | Self::Unsigned32 | Self::Unsigned64 => "integers",
            Self::Timestamp { .. } => "timestamps",
            Self::Date => "dates",
            Self::Decimal { scale } => return format!("decimals of scale {scale}"),
            Self::Double => "doubles",
            Self::Boolean => "booleans",
            Self::Text => "text",
        }
        .to_owned()
    }
}
