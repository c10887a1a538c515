//! A typed column vector, the unit that expressions, windows and the log work on.

use std::ops::Range;

use crate::{DataType, Interval, TextColumn, Value};

/// The values of a column; the entry of a NULL row is unspecified.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// UTF-8.
    Text(TextColumn),
    /// 64-bit integers.
    BigInt(Vec<i64>),
    /// Unscaled integers; the scale is the column type's.
    Decimal(Vec<i128>),
    /// Binary64.
    Double(Vec<f64>),
    /// Truth values.
    Boolean(Vec<bool>),
    /// Microseconds since 1970 in UTC.
    Timestamptz(Vec<i64>),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Intervals.
    Interval(Vec<Interval>),
}

/// Values of one type with a NULL flag each; both always have the same length.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The SQL type.
    pub data_type: DataType,
    /// The values.
    pub values: Values,
    /// `true` marks NULL.
    pub nulls: Vec<bool>,
}

impl Column {
    /// An empty column.
    pub fn new(data_type: DataType) -> Self {
        Self::with_capacity(data_type, 0)
    }

    /// An empty column with room for `rows` rows, of which texts need more for their bytes.
    pub fn with_capacity(data_type: DataType, rows: usize) -> Self {
        let values = match data_type {
            DataType::Text => Values::Text(TextColumn::with_capacity(rows)),
            DataType::BigInt => Values::BigInt(Vec::with_capacity(rows)),
            DataType::Decimal { .. } => Values::Decimal(Vec::with_capacity(rows)),
            DataType::Double => Values::Double(Vec::with_capacity(rows)),
            DataType::Boolean => Values::Boolean(Vec::with_capacity(rows)),
            DataType::Timestamptz => Values::Timestamptz(Vec::with_capacity(rows)),
            DataType::Date => Values::Date(Vec::with_capacity(rows)),
            DataType::Interval => Values::Interval(Vec::with_capacity(rows)),
        };
        Self { data_type, values, nulls: Vec::with_capacity(rows) }
    }

    /// Number of rows.
    #[inline]
    pub fn len(&self) -> usize {
        self.nulls.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.nulls.is_empty()
    }

    /// Whether `row` is NULL.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls[row]
    }

    /// Removes every row and keeps the buffers.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Keeps the first `len` rows.
    pub fn truncate(&mut self, len: usize) {
        self.nulls.truncate(len);
        match &mut self.values {
            Values::Text(values) => values.truncate(len),
            Values::BigInt(values) | Values::Timestamptz(values) => values.truncate(len),
            Values::Decimal(values) => values.truncate(len),
            Values::Double(values) => values.truncate(len),
            Values::Boolean(values) => values.truncate(len),
            Values::Date(values) => values.truncate(len),
            Values::Interval(values) => values.truncate(len),
        }
    }

    /// Appends NULL.
    pub fn push_null(&mut self) {
        self.nulls.push(true);
        match &mut self.values {
            Values::Text(values) => values.push(""),
            Values::BigInt(values) | Values::Timestamptz(values) => values.push(0),
            Values::Decimal(values) => values.push(0),
            Values::Double(values) => values.push(0.0),
            Values::Boolean(values) => values.push(false),
            Values::Date(values) => values.push(0),
            Values::Interval(values) => values.push(Interval::default()),
        }
    }

    /// Appends a value or NULL.
    ///
    /// # Panics
    /// When the value's type or scale is not the column's: the binder rules that out.
    pub fn push(&mut self, value: Option<&Value>) {
        let Some(value) = value else { return self.push_null() };
        match (&mut self.values, value) {
            (Values::Text(values), Value::Text(value)) => values.push(value),
            (Values::BigInt(values), Value::BigInt(value)) => values.push(*value),
            (Values::Decimal(values), Value::Decimal { unscaled, scale }) => {
                assert_eq!(self.data_type.scale(), *scale, "the binder gives literals the column's scale");
                values.push(*unscaled);
            }
            (Values::Double(values), Value::Double(value)) => values.push(*value),
            (Values::Boolean(values), Value::Boolean(value)) => values.push(*value),
            (Values::Timestamptz(values), Value::Timestamptz(value)) => values.push(*value),
            (Values::Date(values), Value::Date(value)) => values.push(*value),
            (Values::Interval(values), Value::Interval(value)) => values.push(*value),
            (_, value) => panic!("a {} value pushed to a {} column", value.data_type(), self.data_type),
        }
        self.nulls.push(false);
    }

    /// Appends row `row` of `other`, which has the same type.
    pub fn push_from(&mut self, other: &Self, row: usize) {
        if other.nulls[row] {
            return self.push_null();
        }
        match (&mut self.values, &other.values) {
            (Values::Text(to), Values::Text(from)) => to.push(from.get(row)),
            (Values::BigInt(to), Values::BigInt(from)) => to.push(from[row]),
            (Values::Timestamptz(to), Values::Timestamptz(from)) => to.push(from[row]),
            (Values::Decimal(to), Values::Decimal(from)) => to.push(from[row]),
            (Values::Double(to), Values::Double(from)) => to.push(from[row]),
            (Values::Boolean(to), Values::Boolean(from)) => to.push(from[row]),
            (Values::Date(to), Values::Date(from)) => to.push(from[row]),
            (Values::Interval(to), Values::Interval(from)) => to.push(from[row]),
            _ => panic!("a {} row pushed to a {} column", other.data_type, self.data_type),
        }
        self.nulls.push(false);
    }

    /// Appends rows of `other`, which has the same type.
    pub fn extend_from(&mut self, other: &Self, rows: Range<usize>) {
        self.nulls.extend_from_slice(&other.nulls[rows.clone()]);
        match (&mut self.values, &other.values) {
            (Values::Text(to), Values::Text(from)) => to.extend_from(from, rows),
            (Values::BigInt(to), Values::BigInt(from))
            | (Values::Timestamptz(to), Values::Timestamptz(from)) => to.extend_from_slice(&from[rows]),
            (Values::Decimal(to), Values::Decimal(from)) => to.extend_from_slice(&from[rows]),
            (Values::Double(to), Values::Double(from)) => to.extend_from_slice(&from[rows]),
            (Values::Boolean(to), Values::Boolean(from)) => to.extend_from_slice(&from[rows]),
            (Values::Date(to), Values::Date(from)) => to.extend_from_slice(&from[rows]),
            (Values::Interval(to), Values::Interval(from)) => to.extend_from_slice(&from[rows]),
            _ => panic!("{} rows appended to a {} column", other.data_type, self.data_type),
        }
    }

    /// The value at `row`, copied; `None` for NULL.
    pub fn value(&self, row: usize) -> Option<Value> {
        if self.nulls[row] {
            return None;
        }
        Some(match &self.values {
            Values::Text(values) => Value::Text(values.get(row).to_owned()),
            Values::BigInt(values) => Value::BigInt(values[row]),
            Values::Decimal(values) => {
                Value::Decimal { unscaled: values[row], scale: self.data_type.scale() }
            }
            Values::Double(values) => Value::Double(values[row]),
            Values::Boolean(values) => Value::Boolean(values[row]),
            Values::Timestamptz(values) => Value::Timestamptz(values[row]),
            Values::Date(values) => Value::Date(values[row]),
            Values::Interval(values) => Value::Interval(values[row]),
        })
    }

    /// The text values; `None` when the type differs.
    pub fn as_text(&self) -> Option<&TextColumn> {
        if let Values::Text(values) = &self.values { Some(values) } else { None }
    }

    /// The 64-bit values of `BIGINT` or `TIMESTAMPTZ`; `None` for other types.
    pub fn as_i64(&self) -> Option<&[i64]> {
        match &self.values {
            Values::BigInt(values) | Values::Timestamptz(values) => Some(values),
            _ => None,
        }
    }

    /// The truth values; `None` when the type differs.
    pub fn as_boolean(&self) -> Option<&[bool]> {
        if let Values::Boolean(values) = &self.values { Some(values) } else { None }
    }

    /// The doubles; `None` when the type differs.
    pub fn as_double(&self) -> Option<&[f64]> {
        if let Values::Double(values) = &self.values { Some(values) } else { None }
    }

    /// Bytes that the column's buffers hold.
    pub fn bytes(&self) -> usize {
        self.nulls.len()
            + match &self.values {
                Values::Text(values) => values.as_str().len() + 4 * values.len(),
                Values::BigInt(values) | Values::Timestamptz(values) => 8 * values.len(),
                Values::Decimal(values) => 16 * values.len(),
                Values::Double(values) => 8 * values.len(),
                Values::Boolean(values) => values.len(),
                Values::Date(values) => 4 * values.len(),
                Values::Interval(values) => 16 * values.len(),
            }
    }
}
