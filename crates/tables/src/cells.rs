//! Rows on their way into a table: columns that grow by a frame at a time and become Arrow arrays.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListBuilder,
        StringBuilder, StringViewBuilder, TimestampMicrosecondArray,
    },
    buffer::NullBuffer,
};
use types::{Column, DataType, TextColumn, Value, Values};

use crate::layout::ColumnType;

/// Values of one column, in the order of the rows.
#[derive(Clone, Debug)]
pub enum Cells {
    /// One value a row.
    Values(Column),
    /// Any number of texts a row.
    Lists(Lists),
}

/// Lists of text.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    ends: Vec<u32>,
    items: TextColumn,
    nulls: Vec<bool>,
}

impl Lists {
    /// Appends a text, or NULL, to the row being built.
    pub fn push(&mut self, item: Option<&str>) {
        self.items.push(item.unwrap_or_default());
        self.nulls.push(item.is_none());
    }

    /// Ends the row.
    pub fn finish_row(&mut self) {
        self.ends.push(
            u32::try_from(self.nulls.len()).expect("a chunk's lists have fewer items than a frame has bytes"),
        );
    }

    fn start(&self, row: usize) -> usize {
        if row == 0 { 0 } else { self.ends[row - 1] as usize }
    }

    fn extend(&mut self, other: &Self, from: usize, to: usize) {
        for row in from..to {
            for item in other.start(row)..other.ends[row] as usize {
                self.push((!other.nulls[item]).then(|| other.items.get(item)));
            }
            self.finish_row();
        }
    }

    fn array(&self) -> ArrayRef {
        let mut builder = ListBuilder::new(StringBuilder::new());
        for row in 0..self.ends.len() {
            for item in self.start(row)..self.ends[row] as usize {
                if self.nulls[item] {
                    builder.values().append_null();
                } else {
                    builder.values().append_value(self.items.get(item));
                }
            }
            builder.append(true);
        }
        Arc::new(builder.finish())
    }
}

impl Cells {
    /// No rows.
    pub fn new(column_type: ColumnType) -> Self {
        let data_type = match column_type {
            ColumnType::TextList => return Self::Lists(Lists::default()),
            ColumnType::Text => DataType::Text,
            ColumnType::BigInt => DataType::BigInt,
            ColumnType::Decimal(precision, scale) => DataType::Decimal { precision, scale },
            ColumnType::Double => DataType::Double,
            ColumnType::Boolean => DataType::Boolean,
            ColumnType::Timestamptz => DataType::Timestamptz,
            ColumnType::Date => DataType::Date,
        };
        Self::Values(Column::new(data_type))
    }

    /// A column's values, as they come from the log.
    pub fn of(column: &Column) -> Self {
        match &column.values {
            Values::Interval(_) => {
                let mut text = Column::new(DataType::Text);
                for row in 0..column.len() {
                    text.push(column.value(row).map(|value| Value::Text(value.to_string())).as_ref());
                }
                Self::Values(text)
            }
            _ => Self::Values(column.clone()),
        }
    }

    /// Appends rows `from..to` of `other`, which has the same type.
    pub fn extend(&mut self, other: &Self, from: usize, to: usize) {
        match (self, other) {
            (Self::Values(to_column), Self::Values(other)) => to_column.extend_from(other, from..to),
            (Self::Lists(lists), Self::Lists(other)) => lists.extend(other, from, to),
            _ => unreachable!("a stored column has one type"),
        }
    }

    /// As an Arrow array.
    pub fn array(&self) -> ArrayRef {
        match self {
            Self::Values(column) => array(column),
            Self::Lists(lists) => lists.array(),
        }
    }
}

fn array(column: &Column) -> ArrayRef {
    let validity = || {
        let nulls = NullBuffer::from_iter(column.nulls.iter().map(|null| !null));
        (nulls.null_count() > 0).then_some(nulls)
    };
    match &column.values {
        Values::Text(values) => {
            let mut builder = StringViewBuilder::with_capacity(column.len());
            for (row, null) in column.nulls.iter().enumerate() {
                builder.append_option((!null).then(|| values.get(row)));
            }
            Arc::new(builder.finish())
        }
        Values::BigInt(values) => Arc::new(Int64Array::new(values.clone().into(), validity())),
        Values::Decimal(values) => {
            let array = Decimal128Array::new(values.clone().into(), validity());
            let DataType::Decimal { precision, scale } = column.data_type else {
                unreachable!("a decimal column has a decimal type")
            };
            let scale = i8::try_from(scale).expect("a scale is at most 38");
            Arc::new(
                array.with_precision_and_scale(precision, scale).expect("the log's decimal types are valid"),
            )
        }
        Values::Double(values) => Arc::new(Float64Array::new(values.clone().into(), validity())),
        Values::Boolean(values) => Arc::new(BooleanArray::new(values.as_slice().into(), validity())),
        Values::Timestamptz(values) => {
            Arc::new(TimestampMicrosecondArray::new(values.clone().into(), validity()).with_timezone("UTC"))
        }
        Values::Date(values) => Arc::new(Date32Array::new(values.clone().into(), validity())),
        Values::Interval(_) => unreachable!("intervals became text on their way in"),
    }
}
