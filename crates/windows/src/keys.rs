//! Key columns as canonical bytes and hashes, so that a timeline compares and finds keys without knowing their types.

use types::{Column, Values};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Part of what a checkpoint and a shard's number mean: it never changes.
const SEED: u64 = 0x6d69_7472_616b_6579;

/// The keys of a batch's rows. Equal bytes mean equal keys as `=` has it: `-0.0` equals `0.0`, NaN equals NaN. A row
/// with a NULL key column has no key. Columns that are compared with each other have the same type, scale included.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    hashes: Vec<Option<u64>>,
}

impl Keys {
    /// Replaces the keys by those of `rows` rows of `columns`. Without columns every row has the same, empty key.
    pub fn encode(&mut self, columns: &[&Column], rows: usize) {
        self.bytes.clear();
        self.ends.clear();
        self.hashes.clear();
        let mut start = 0;
        for row in 0..rows {
            let null = columns.iter().any(|column| column.is_null(row));
            if !null {
                for column in columns {
                    self.append(column, row, columns.len() > 1);
                }
            }
            let end = self.bytes.len();
            self.hashes.push((!null).then(|| hash(&self.bytes[start..end])));
            self.ends.push(u32::try_from(end).expect("a batch's keys are below 4 GiB by the frame's limit"));
            start = end;
        }
    }

    fn append(&mut self, column: &Column, row: usize, several: bool) {
        match &column.values {
            Values::Text(values) => {
                let text = values.get(row);
                if several {
                    let len = u32::try_from(text.len()).expect("a text is below 4 GiB by the frame's limit");
                    self.bytes.extend_from_slice(&len.to_le_bytes());
                }
                self.bytes.extend_from_slice(text.as_bytes());
            }
            Values::BigInt(values) | Values::Timestamptz(values) => {
                self.bytes.extend_from_slice(&values[row].to_le_bytes());
            }
            Values::Decimal(values) => self.bytes.extend_from_slice(&values[row].to_le_bytes()),
            Values::Double(values) => {
                self.bytes.extend_from_slice(&canonical_bits(values[row]).to_le_bytes());
            }
            Values::Boolean(values) => self.bytes.push(u8::from(values[row])),
            Values::Date(values) => self.bytes.extend_from_slice(&values[row].to_le_bytes()),
            Values::Interval(values) => {
                self.bytes.extend_from_slice(&values[row].months.to_le_bytes());
                self.bytes.extend_from_slice(&values[row].days.to_le_bytes());
                self.bytes.extend_from_slice(&values[row].micros.to_le_bytes());
            }
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The hash of the row's key; `None` when a key column is NULL.
    #[inline]
    pub fn hash(&self, row: usize) -> Option<u64> {
        self.hashes[row]
    }

    /// The row's key; empty when a key column is NULL.
    #[inline]
    pub fn bytes(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &self.bytes[start..self.ends[row] as usize]
    }
}

/// The hash of a key's canonical bytes.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    xxh3_64_with_seed(bytes, SEED)
}

/// The bits of a double, the same for all values that are equal in SQL.
#[inline]
pub(crate) fn canonical_bits(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    }
}

#[cfg(test)]
mod tests {
    use types::{DataType, Value};

    use super::*;

    fn column(data_type: DataType, values: &[Option<Value>]) -> Column {
        let mut column = Column::new(data_type);
        values.iter().for_each(|value| column.push(value.as_ref()));
        column
    }

    #[test]
    fn equal_values_have_equal_keys_and_null_has_none() {
        let doubles = [0.0, -0.0, f64::NAN, -f64::NAN, 1.0].map(|value| Some(Value::Double(value)));
        let doubles = column(DataType::Double, &doubles);
        let mut keys = Keys::default();
        keys.encode(&[&doubles], 5);
        assert_eq!((keys.bytes(0), keys.hash(0)), (keys.bytes(1), keys.hash(1)));
        assert_eq!((keys.bytes(2), keys.hash(2)), (keys.bytes(3), keys.hash(3)));
        assert_ne!(keys.bytes(0), keys.bytes(4));
        assert_ne!(keys.hash(0), keys.hash(4));
        let nulls = column(DataType::BigInt, &[Some(Value::BigInt(1)), None]);
        keys.encode(&[&nulls], 2);
        assert!(keys.hash(0).is_some());
        assert_eq!(keys.hash(1), None);
    }

    #[test]
    fn columns_do_not_run_into_each_other() {
        let text = |values: [&str; 2]| {
            column(DataType::Text, &values.map(|value| Some(Value::Text(value.to_owned()))))
        };
        let (left, right) = (text(["ab", "a"]), text(["c", "bc"]));
        let mut keys = Keys::default();
        keys.encode(&[&left, &right], 2);
        assert_ne!(keys.bytes(0), keys.bytes(1));
    }

    #[test]
    fn without_columns_there_is_one_key() {
        let mut keys = Keys::default();
        keys.encode(&[], 3);
        assert_eq!(keys.len(), 3);
        assert!(keys.hash(0).is_some());
        assert_eq!(keys.hash(0), keys.hash(2));
        assert!(keys.bytes(1).is_empty());
    }
}
