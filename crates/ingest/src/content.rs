//! What a row says as 64 bits, so that a repeated event is told from another one under the same key. The hash is of the
//! typed, tokenised values: neither the order of an object's fields, nor how a number was written, nor the batch counts.

use types::{Column, Values};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// An odd number close to 2^64 divided by the golden ratio: neighbours get far apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a text, the same in every version and on every machine.
pub fn text_hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

/// The hash of each row. NULL adds nothing, so a column that is added later changes no hash.
pub fn hashes(columns: &[Column]) -> Vec<u64> {
    let mut hashes = vec![0; columns.first().map_or(0, Column::len)];
    for (index, column) in columns.iter().enumerate() {
        let seed = SPREAD.wrapping_mul(index as u64 + 1);
        match &column.values {
            Values::Text(values) => {
                add(&mut hashes, column, |row| xxh3_64_with_seed(values.get(row).as_bytes(), seed));
            }
            Values::BigInt(values) | Values::Timestamptz(values) => {
                add(&mut hashes, column, |row| mix(values[row] as u64, seed));
            }
            Values::Decimal(values) => {
                add(&mut hashes, column, |row| mix(values[row] as u64, mix((values[row] >> 64) as u64, seed)))
            }
            Values::Double(values) => add(&mut hashes, column, |row| mix(values[row].to_bits(), seed)),
            Values::Boolean(values) => add(&mut hashes, column, |row| mix(u64::from(values[row]), seed)),
            Values::Date(values) => add(&mut hashes, column, |row| mix(values[row] as u64, seed)),
            Values::Interval(values) => add(&mut hashes, column, |row| {
                let parts = u64::from(values[row].months as u32) << 32 | u64::from(values[row].days as u32);
                mix(values[row].micros as u64, mix(parts, seed))
            }),
        }
    }
    hashes
}

#[inline]
fn add(hashes: &mut [u64], column: &Column, hash: impl Fn(usize) -> u64) {
    for (row, (sum, null)) in hashes.iter_mut().zip(&column.nulls).enumerate() {
        if !null {
            *sum = sum.wrapping_add(hash(row));
        }
    }
}

/// Both halves of the product of two words, folded (Wang Yi, "wyhash"); the constants keep a zero from hiding the other.
#[inline]
fn mix(value: u64, seed: u64) -> u64 {
    let product = u128::from(value ^ 0xa076_1d64_78bd_642f) * u128::from(seed ^ 0xe703_7ed1_a0b4_28db);
    let folded = (product as u64 ^ (product >> 64) as u64).wrapping_mul(SPREAD);
    folded ^ folded >> 32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use types::{DataType, Value};

    use super::*;

    fn rows(rows: &[(Option<&str>, Option<i64>, i128)]) -> Vec<Column> {
        let mut columns = vec![
            Column::new(DataType::Text),
            Column::new(DataType::BigInt),
            Column::new(DataType::decimal(2)),
        ];
        for (text, integer, unscaled) in rows {
            columns[0].push(text.map(|text| Value::Text(text.to_owned())).as_ref());
            columns[1].push(integer.map(Value::BigInt).as_ref());
            columns[2].push(Some(&Value::Decimal { unscaled: *unscaled, scale: 2 }));
        }
        columns
    }

    #[test]
    fn the_batch_makes_no_difference_and_every_value_does() {
        let mut all = Vec::new();
        for text in [None, Some(""), Some("a"), Some("b")] {
            for integer in [None, Some(0), Some(1), Some(-1), Some(1 << 40)] {
                all.extend([0, 1, -1, 1 << 64, 1 << 100].map(|unscaled| (text, integer, unscaled)));
            }
        }
        let together = hashes(&rows(&all));
        let apart: Vec<u64> = all.iter().flat_map(|row| hashes(&rows(&[*row]))).collect();
        assert_eq!(together, apart);
        assert_eq!(together.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn columns_do_not_stand_in_for_each_other_and_a_new_null_one_changes_nothing() {
        let column = |value: Option<i64>| {
            let mut column = Column::new(DataType::BigInt);
            column.push(value.map(Value::BigInt).as_ref());
            column
        };
        let hash = |values: &[Option<i64>]| {
            hashes(&values.iter().map(|value| column(*value)).collect::<Vec<_>>())[0]
        };
        assert_ne!(hash(&[Some(1), Some(2)]), hash(&[Some(2), Some(1)]));
        assert_ne!(hash(&[Some(1), None]), hash(&[None, Some(1)]));
        assert_eq!(hash(&[Some(1), Some(2)]), hash(&[Some(1), Some(2), None]));
    }

    #[test]
    fn hashes_are_those_of_every_build() {
        // They stand in the index of keys on disk.
        assert_eq!(hashes(&rows(&[(Some("a"), Some(1), 250)])), [1_924_094_505_430_305_375]);
        assert_eq!(text_hash("payments"), 11_367_800_647_965_979_709);
    }
}
