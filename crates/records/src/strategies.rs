//! Columns of every type and shape, for the property tests of this crate.

use proptest::prelude::*;
use types::{Column, DataType, Interval, Value, decimal};

/// Types of every kind.
pub fn data_type() -> impl Strategy<Value = DataType> {
    prop::sample::select(vec![
        DataType::Text,
        DataType::BigInt,
        DataType::Decimal { precision: 18, scale: 2 },
        DataType::decimal(10),
        DataType::Double,
        DataType::Boolean,
        DataType::Timestamptz,
        DataType::Date,
        DataType::Interval,
    ])
}

fn value(data_type: DataType) -> BoxedStrategy<Value> {
    match data_type {
        DataType::Text => prop_oneof![3 => "[a-c]{0,2}", 1 => ".{0,40}"].prop_map(Value::Text).boxed(),
        DataType::BigInt => integer().prop_map(Value::BigInt).boxed(),
        DataType::Decimal { scale, .. } => {
            let limit = decimal::LIMIT - 1;
            let unscaled = prop_oneof![integer().prop_map(i128::from), -limit..=limit];
            unscaled.prop_map(move |unscaled| Value::Decimal { unscaled, scale }).boxed()
        }
        DataType::Double => any::<u64>().prop_map(|bits| Value::Double(f64::from_bits(bits))).boxed(),
        DataType::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        DataType::Timestamptz => integer().prop_map(Value::Timestamptz).boxed(),
        DataType::Date => any::<i32>().prop_map(Value::Date).boxed(),
        DataType::Interval => any::<(i32, i32, i64)>()
            .prop_map(|(months, days, micros)| Value::Interval(Interval { months, days, micros }))
            .boxed(),
    }
}

fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![-3..100_i64, -40_000..40_000_i64, any::<i32>().prop_map(i64::from), any::<i64>()]
}

/// A column of `rows` rows: random, equal, few distinct or ascending values, with few, many, all or no NULLs.
pub fn column(rows: usize) -> impl Strategy<Value = Column> {
    let shape = (0..4_u8, prop::sample::select(vec![0, 10, 90, 100]));
    (data_type(), shape).prop_flat_map(move |(data_type, (shape, nulls))| {
        let distinct = if shape == 0 { 1 } else { rows.max(1) };
        let null = prop::collection::vec((0..100).prop_map(move |part| part < nulls), rows);
        let pick = prop::collection::vec(any::<prop::sample::Index>(), rows);
        (prop::collection::vec(value(data_type), distinct.min(12)), pick, null).prop_map(
            move |(mut values, pick, null)| {
                if shape == 1 {
                    values.sort_by(|one, next| one.partial_cmp_to(next));
                }
                let mut column = Column::new(data_type);
                for (row, null) in null.iter().enumerate() {
                    let value = match shape {
                        1 => &values[row * values.len() / rows],
                        _ => pick[row].get(&values),
                    };
                    column.push((!null).then_some(value));
                }
                column
            },
        )
    })
}

trait Ordered {
    fn partial_cmp_to(&self, other: &Self) -> std::cmp::Ordering;
}

impl Ordered for Value {
    fn partial_cmp_to(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::BigInt(one), Self::BigInt(other)) | (Self::Timestamptz(one), Self::Timestamptz(other)) => {
                one.cmp(other)
            }
            (Self::Decimal { unscaled: one, .. }, Self::Decimal { unscaled: other, .. }) => one.cmp(other),
            _ => std::cmp::Ordering::Equal,
        }
    }
}

/// Both columns as text by row, in which a NaN equals itself and NULL hides what is under it.
pub fn shown(column: &Column) -> Vec<String> {
    (0..column.len())
        .map(|row| match column.value(row) {
            Some(Value::Double(value)) => format!("{:016x}", value.to_bits()),
            other => format!("{other:?}"),
        })
        .collect()
}
