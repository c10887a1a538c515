//! The SQL types, because every crate asks what a column is.

use std::fmt;

/// A SQL type. `Interval` exists only inside expressions: no stream or table column has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataType {
    /// `TEXT`: UTF-8.
    Text,
    /// `BIGINT`: 64-bit signed.
    BigInt,
    /// `DECIMAL(precision, scale)`: at most 38 digits, `scale` of them after the point.
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits after the point, at most `precision`.
        scale: u8,
    },
    /// `DOUBLE`: IEEE 754 binary64.
    Double,
    /// `BOOLEAN`.
    Boolean,
    /// `TIMESTAMPTZ`: microseconds since 1970 in UTC.
    Timestamptz,
    /// `DATE`: days since 1970-01-01.
    Date,
    /// `INTERVAL`: months, days and microseconds.
    Interval,
}

impl DataType {
    /// The widest decimal with `scale` digits after the point.
    pub const fn decimal(scale: u8) -> Self {
        Self::Decimal { precision: 38, scale }
    }

    /// Whether arithmetic is defined on it.
    pub const fn is_numeric(self) -> bool {
        matches!(self, Self::BigInt | Self::Decimal { .. } | Self::Double)
    }

    /// Digits after the point of a decimal, 0 for any other type.
    pub const fn scale(self) -> u8 {
        match self {
            Self::Decimal { scale, .. } => scale,
            _ => 0,
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("TEXT"),
            Self::BigInt => f.write_str("BIGINT"),
            Self::Decimal { precision, scale } => write!(f, "DECIMAL({precision},{scale})"),
            Self::Double => f.write_str("DOUBLE"),
            Self::Boolean => f.write_str("BOOLEAN"),
            Self::Timestamptz => f.write_str("TIMESTAMPTZ"),
            Self::Date => f.write_str("DATE"),
            Self::Interval => f.write_str("INTERVAL"),
        }
    }
}
