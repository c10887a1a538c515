//! The classes into which the constants that a column is compared with divide its values: below the first,
//! equal to it, between it and the second, and so on, and NULL. No such comparison tells two values of one
//! class apart.

use types::{Column, DataType, TextColumn, Value, Values, decimal};

/// The constants of one column, ascending and distinct.
#[derive(Debug)]
pub struct Classes {
    data_type: DataType,
    cuts: Cuts,
}

#[derive(Debug)]
enum Cuts {
    Narrow(Vec<i64>),
    Wide(Vec<i128>),
    Text(Vec<Box<str>>),
}

/// An integer that orders as PostgreSQL orders the doubles: one zero, one NaN above all.
#[inline]
fn ordered(value: f64) -> i64 {
    let value = if value.is_nan() { f64::NAN.abs() } else { value + 0.0 };
    let bits = value.to_bits().cast_signed();
    bits ^ ((bits >> 63) & i64::MAX)
}

fn unordered(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63) & i64::MAX)).cast_unsigned())
}

/// Constants as integers of the column's own scale; one between two of them gives both.
fn keys<'a>(data_type: DataType, constants: impl Iterator<Item = &'a Value>) -> Vec<i128> {
    let mut keys = Vec::new();
    for constant in constants {
        match constant {
            Value::BigInt(value) | Value::Timestamptz(value) => keys.push(i128::from(*value)),
            Value::Date(value) => keys.push(i128::from(*value)),
            Value::Boolean(value) => keys.push(i128::from(*value)),
            Value::Double(value) => keys.push(i128::from(ordered(*value))),
            Value::Decimal { unscaled, scale } if *scale > data_type.scale() => {
                let step = decimal::power_of_ten(*scale - data_type.scale());
                keys.push(unscaled.div_euclid(step));
                keys.push(unscaled.div_euclid(step) + i128::from(unscaled.rem_euclid(step) != 0));
            }
            // A constant beyond all decimals of the scale divides nothing.
            Value::Decimal { unscaled, scale } => {
                keys.extend(decimal::rescale(*unscaled, *scale, data_type.scale()));
            }
            Value::Text(_) | Value::Interval(_) => unreachable!("such columns have no integer keys"),
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The least and the greatest key of a type.
fn domain(data_type: DataType) -> (i128, i128) {
    match data_type {
        DataType::Boolean => (0, 1),
        DataType::Date => (i128::from(i32::MIN), i128::from(i32::MAX)),
        DataType::Double => (i128::from(ordered(f64::NEG_INFINITY)), i128::from(ordered(f64::NAN))),
        DataType::Decimal { .. } => (1 - decimal::LIMIT, decimal::LIMIT - 1),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    }
}

fn value(data_type: DataType, key: i128) -> Value {
    let narrow = || i64::try_from(key).expect("only decimals have keys beyond 64 bits");
    match data_type {
        DataType::Boolean => Value::Boolean(key != 0),
        DataType::Date => Value::Date(i32::try_from(key).expect("a date's key is its own")),
        DataType::Double => Value::Double(unordered(narrow())),
        DataType::Decimal { scale, .. } => Value::Decimal { unscaled: key, scale },
        DataType::Timestamptz => Value::Timestamptz(narrow()),
        _ => Value::BigInt(narrow()),
    }
}

impl Classes {
    /// Whether columns of this type can be divided.
    pub fn divides(data_type: DataType) -> bool {
        data_type != DataType::Interval
    }

    /// The classes that `constants`, which compare with a column of `data_type`, make.
    pub fn new<'a>(data_type: DataType, constants: impl Iterator<Item = &'a Value>) -> Self {
        let cuts = match data_type {
            DataType::Text => {
                let texts = constants.filter_map(|constant| match constant {
                    Value::Text(text) => Some(text.as_str().into()),
                    _ => None,
                });
                let mut texts: Vec<Box<str>> = texts.collect();
                texts.sort_unstable();
                texts.dedup();
                Cuts::Text(texts)
            }
            // A boolean column is a condition of its own: both of its values are told apart.
            DataType::Boolean => Cuts::Narrow(vec![0, 1]),
            DataType::Decimal { .. } => Cuts::Wide(keys(data_type, constants)),
            _ => {
                let narrow = |key| i64::try_from(key).expect("only decimals have keys beyond 64 bits");
                Cuts::Narrow(keys(data_type, constants).into_iter().map(narrow).collect())
            }
        };
        Self { data_type, cuts }
    }

    fn cuts_len(&self) -> usize {
        match &self.cuts {
            Cuts::Narrow(cuts) => cuts.len(),
            Cuts::Wide(cuts) => cuts.len(),
            Cuts::Text(cuts) => cuts.len(),
        }
    }

    /// Number of classes; the last is NULL.
    pub fn len(&self) -> usize {
        2 * self.cuts_len() + 2
    }

    /// One value of each class, in their order; any value for a class that has none.
    pub fn representatives(&self) -> Column {
        let mut column = Column::new(self.data_type);
        match &self.cuts {
            Cuts::Narrow(cuts) => self.between(cuts.iter().map(|cut| i128::from(*cut)), &mut column),
            Cuts::Wide(cuts) => self.between(cuts.iter().copied(), &mut column),
            Cuts::Text(cuts) => {
                column.push(Some(&Value::Text(String::new())));
                for cut in cuts {
                    column.push(Some(&Value::Text(cut.to_string())));
                    // The text that follows next in the order of bytes.
                    column.push(Some(&Value::Text(format!("{cut}\0"))));
                }
            }
        }
        column.push_null();
        column
    }

    fn between(&self, cuts: impl Iterator<Item = i128>, column: &mut Column) {
        let (least, greatest) = domain(self.data_type);
        column.push(Some(&value(self.data_type, least)));
        for cut in cuts {
            column.push(Some(&value(self.data_type, cut)));
            column.push(Some(&value(self.data_type, (cut + 1).min(greatest))));
        }
    }

    /// The class of the value at `row`.
    pub fn class(&self, column: &Column, row: usize) -> usize {
        let mut found = 0;
        self.each(column, row, std::iter::once(()), |class, ()| found = class);
        found
    }

    /// Gives `visit` the class of each value from row `first` on, together with an item of `with`, until
    /// those end.
    pub fn each<T>(
        &self,
        column: &Column,
        first: usize,
        with: impl ExactSizeIterator<Item = T>,
        visit: impl FnMut(usize, T),
    ) {
        let rows = first..first + with.len();
        let nulls = &column.nulls[rows.clone()];
        match (&self.cuts, &column.values) {
            (Cuts::Narrow(cuts), Values::BigInt(values) | Values::Timestamptz(values)) => {
                each_key(cuts, values[rows].iter().copied(), nulls, with, visit);
            }
            (Cuts::Narrow(cuts), Values::Date(values)) => {
                each_key(cuts, values[rows].iter().map(|value| i64::from(*value)), nulls, with, visit);
            }
            (Cuts::Narrow(cuts), Values::Boolean(values)) => {
                each_key(cuts, values[rows].iter().map(|value| i64::from(*value)), nulls, with, visit);
            }
            (Cuts::Narrow(cuts), Values::Double(values)) => {
                each_key(cuts, values[rows].iter().map(|value| ordered(*value)), nulls, with, visit);
            }
            (Cuts::Wide(cuts), Values::Decimal(values)) => {
                assert_eq!(column.data_type.scale(), self.data_type.scale(), "a column keeps its scale");
                each_key(cuts, values[rows].iter().copied(), nulls, with, visit);
            }
            (Cuts::Text(cuts), Values::Text(values)) => {
                each_text(cuts, values, rows.start, nulls, with, visit);
            }
            _ => panic!("a {} column where {} was compiled", column.data_type, self.data_type),
        }
    }
}

#[inline]
fn each_key<K: Ord + Copy, T>(
    cuts: &[K],
    values: impl Iterator<Item = K>,
    nulls: &[bool],
    with: impl Iterator<Item = T>,
    mut visit: impl FnMut(usize, T),
) {
    for ((value, null), item) in values.zip(nulls).zip(with) {
        let place = cuts.partition_point(|cut| *cut < value);
        let equal = cuts.get(place) == Some(&value);
        visit(if *null { 2 * cuts.len() + 1 } else { 2 * place + usize::from(equal) }, item);
    }
}

fn each_text<T>(
    cuts: &[Box<str>],
    values: &TextColumn,
    first: usize,
    nulls: &[bool],
    with: impl Iterator<Item = T>,
    mut visit: impl FnMut(usize, T),
) {
    for ((row, null), item) in (first..).zip(nulls).zip(with) {
        let class = match cuts.binary_search_by(|cut| (**cut).cmp(values.get(row))) {
            _ if *null => 2 * cuts.len() + 1,
            Ok(place) => 2 * place + 1,
            Err(place) => 2 * place,
        };
        visit(class, item);
    }
}
