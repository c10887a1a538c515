//! One scalar on its own, for edges that are not hot: literals, explanations, tests.

use std::fmt;

use crate::{DataType, decimal, time};

/// A SQL interval. The three parts stay apart because a month and a day have no fixed length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Whole months.
    pub months: i32,
    /// Whole days.
    pub days: i32,
    /// Microseconds.
    pub micros: i64,
}

/// A value that is not NULL; NULL is `Option::None`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// UTF-8.
    Text(String),
    /// 64-bit integer.
    BigInt(i64),
    /// `unscaled` divided by ten to the `scale`.
    Decimal {
        /// All digits as one integer.
        unscaled: i128,
        /// Digits after the point.
        scale: u8,
    },
    /// Binary64.
    Double(f64),
    /// Truth value.
    Boolean(bool),
    /// Microseconds since 1970 in UTC.
    Timestamptz(i64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Interval.
    Interval(Interval),
}

impl Value {
    /// The type, with the widest precision for a decimal.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Text,
            Self::BigInt(_) => DataType::BigInt,
            Self::Decimal { scale, .. } => DataType::decimal(*scale),
            Self::Double(_) => DataType::Double,
            Self::Boolean(_) => DataType::Boolean,
            Self::Timestamptz(_) => DataType::Timestamptz,
            Self::Date(_) => DataType::Date,
            Self::Interval(_) => DataType::Interval,
        }
    }
}

impl fmt::Display for Value {
    /// The text that `CAST(value AS TEXT)` gives.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(value) => f.write_str(value),
            Self::BigInt(value) => write!(f, "{value}"),
            Self::Decimal { unscaled, scale } => decimal::write(f, *unscaled, *scale),
            Self::Double(value) => write_double(f, *value),
            Self::Boolean(value) => f.write_str(if *value { "true" } else { "false" }),
            Self::Timestamptz(value) => time::write_timestamp(f, *value),
            Self::Date(value) => time::write_date(f, *value),
            Self::Interval(value) => {
                write!(f, "{} months {} days {} microseconds", value.months, value.days, value.micros)
            }
        }
    }
}

/// Writes the shortest text that reads back as `value`, as PostgreSQL 12 and later do.
///
/// # Errors
/// Only those of the writer.
pub fn write_double(out: &mut dyn fmt::Write, value: f64) -> fmt::Result {
    if value.is_nan() {
        return out.write_str("NaN");
    }
    if value.is_infinite() {
        return out.write_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').expect("scientific notation has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a small integer");
    if (-4..15).contains(&exponent) {
        return write!(out, "{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{digits}e{sign}{:02}", exponent.abs())
}
