//! Columns of every type and shape go in and out, and altered bytes give errors.

use proptest::prelude::*;
use types::{TextColumn, Value};

use super::*;
use crate::strategies::{self, shown};

fn encoded(column: &Column) -> Vec<u8> {
    let mut out = vec![0xee];
    encode(column, &mut out);
    assert_eq!(out[0], 0xee, "encoding appends");
    out.split_off(1)
}

fn round_trip(column: &Column) -> usize {
    let bytes = encoded(column);
    let mut back = Column::new(DataType::Interval);
    let used = decode_into(&bytes, column.len(), &mut back).expect("our own bytes");
    assert_eq!(used, bytes.len());
    assert_eq!(back.data_type, column.data_type);
    assert_eq!(back.nulls, column.nulls);
    assert_eq!(shown(&back), shown(column));
    assert_eq!(encoded(&back), bytes);
    bytes.len()
}

fn of(data_type: DataType, values: impl IntoIterator<Item = Option<Value>>) -> Column {
    let mut column = Column::new(data_type);
    values.into_iter().for_each(|value| column.push(value.as_ref()));
    column
}

fn integers_of(values: impl IntoIterator<Item = i64>) -> Column {
    of(DataType::BigInt, values.into_iter().map(|value| Some(Value::BigInt(value))))
}

fn texts_of(values: impl IntoIterator<Item = String>) -> Column {
    of(DataType::Text, values.into_iter().map(|value| Some(Value::Text(value))))
}

proptest! {
    #[test]
    fn columns_come_back(column in (0..80_usize).prop_flat_map(strategies::column)) {
        round_trip(&column);
    }

    #[test]
    fn what_is_under_a_null_makes_no_difference(column in (1..40_usize).prop_flat_map(strategies::column)) {
        let mut other = column.clone();
        for row in 0..other.len() {
            if other.nulls[row] {
                match &mut other.values {
                    Values::BigInt(values) | Values::Timestamptz(values) => values[row] = 77,
                    Values::Decimal(values) => values[row] = i128::MIN,
                    Values::Double(values) => values[row] = f64::NAN,
                    Values::Boolean(values) => values[row] = true,
                    Values::Date(values) => values[row] = -1,
                    Values::Interval(values) => values[row].days = 3,
                    Values::Text(_) => {}
                }
            }
        }
        if let Values::Text(values) = &mut other.values {
            let mut refilled = TextColumn::default();
            for row in 0..column.len() {
                refilled.push(if column.nulls[row] { "hidden" } else { values.get(row) });
            }
            *values = refilled;
        }
        prop_assert_eq!(encoded(&column), encoded(&other));
    }

    #[test]
    fn a_column_is_decoded_into_what_another_left(
        one in (0..30_usize).prop_flat_map(strategies::column),
        two in (0..30_usize).prop_flat_map(strategies::column),
    ) {
        let mut back = one;
        decode_into(&encoded(&two), two.len(), &mut back).expect("our own bytes");
        prop_assert_eq!(shown(&back), shown(&two));
    }

    #[test]
    fn damaged_bytes_never_panic(
        column in (1..40_usize).prop_flat_map(strategies::column),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        rows in 0..100_usize,
    ) {
        let mut bytes = encoded(&column);
        let mut back = Column::new(DataType::Text);
        for len in 0..bytes.len() {
            prop_assert!(decode_into(&bytes[..len], column.len(), &mut back).is_err());
            prop_assert!(back.is_empty());
        }
        // Bytes for another number of rows, and altered ones, may happen to be a block: then a whole one.
        for rows in [rows, column.len()] {
            if decode_into(&bytes, rows, &mut back).is_ok() {
                prop_assert_eq!(shown(&back).len(), rows);
            }
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if decode_into(&bytes, column.len(), &mut back).is_ok() {
            round_trip(&back);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), rows in 0..70_000_usize) {
        let mut back = Column::new(DataType::Text);
        if decode_into(&bytes, rows, &mut back).is_ok() {
            prop_assert_eq!(back.len(), rows);
            round_trip(&back);
        }
    }
}

#[test]
fn every_encoding_of_integers_comes_back_in_its_size() {
    // Header, least value, and as many bytes each as the range needs.
    for (range, width) in
        [(0xff, 1), (0x100, 2), (0xffff, 2), (0x1_0000, 4), (0xffff_ffff, 4), (0x1_0000_0000, 8)]
    {
        let values = (0..100).map(|row| if row % 2 == 0 { 7 } else { 7 + range });
        assert_eq!(round_trip(&integers_of(values)), 2 + 100 * width, "{range:x}");
    }
    assert_eq!(round_trip(&integers_of([i64::MIN, i64::MAX, 0])), 1 + 10 + 3 * 8);
    assert_eq!(round_trip(&integers_of([5; 1000])), 2);
    assert_eq!(round_trip(&integers_of((0..1000).map(|row| row * 1_000_000))), 1 + 1 + 1 + 3);
    let extremes = [decimal_of(1 - types::decimal::LIMIT), decimal_of(types::decimal::LIMIT - 1)];
    assert_eq!(round_trip(&of(DataType::decimal(3), extremes)), 3 + 19 + 2 * 16);
    let cents = (0..100).map(|row| decimal_of(row % 2 * 999));
    assert_eq!(round_trip(&of(DataType::decimal(2), cents)), 3 + 1 + 100 * 2);
}

fn decimal_of(unscaled: i128) -> Option<Value> {
    let scale = if unscaled.unsigned_abs() > 1000 { 3 } else { 2 };
    Some(Value::Decimal { unscaled, scale })
}

#[test]
fn arrival_times_take_two_bytes_each() {
    // Steps below 65 milliseconds from a base that moves by minutes.
    let arrived = (0..8_192_i64).scan(1_767_323_045_678_000, |last, row| {
        *last += row * 7_919 % 60_000;
        Some(*last)
    });
    let size = round_trip(&integers_of(arrived));
    assert!(size < 8_192 * 2 + 20, "{size}");
}

#[test]
fn few_distinct_texts_take_bits() {
    let methods = ["card", "upi", "netbanking", "wallet"];
    let column = texts_of((0..8_000).map(|row| methods[row % 4].to_owned()));
    let size = round_trip(&column);
    assert!(size < 2_000 + 40, "{size}");
    let merchants = texts_of((0..8_000).map(|row| format!("merchant_{:03}", row * 31 % 200)));
    let size = round_trip(&merchants);
    assert!(size < 8_000 + 200 * 14, "{size}");
    let distinct = texts_of((0..8_000).map(|row| format!("pay_{row:012}")));
    let size = round_trip(&distinct);
    assert!(size < 8_000 * 16 + 10, "{size}");
    let just_over = texts_of((0..8_000).map(|row| format!("{:09}", row % 257)));
    assert!(round_trip(&just_over) > 8_000 * 9);
    let just_fits = texts_of((0..8_000).map(|row| format!("{:09}", row % 256)));
    assert!(round_trip(&just_fits) < 8_000 + 256 * 10 + 10);
}

#[test]
fn null_and_equal_columns_take_a_few_bytes() {
    for data_type in [DataType::Text, DataType::Double, DataType::Boolean, DataType::decimal(2)] {
        assert!(round_trip(&of(data_type, vec![None; 8_192])) <= 3);
    }
    assert_eq!(round_trip(&of(DataType::Boolean, vec![Some(Value::Boolean(true)); 8_192])), 1);
    assert_eq!(round_trip(&of(DataType::Double, vec![Some(Value::Double(0.5)); 8_192])), 9);
    assert_eq!(round_trip(&texts_of(vec!["EUR".to_owned(); 8_192])), 1 + 1 + 3);
}

#[test]
fn a_few_bytes_cannot_claim_much_memory() {
    // A text of 60,000 bytes repeated 65,536 times would be 3.9 GB.
    let text = "x".repeat(60_000);
    let mut bytes = encoded(&texts_of([text]));
    let error = decode_into(&bytes, ROWS_MAX, &mut Column::new(DataType::Text)).expect_err("too large");
    assert!(error.to_string().contains("the decoded size in bytes is 393"), "{error}");
    bytes.truncate(2);
    let error = decode_into(&bytes, ROWS_MAX + 1, &mut Column::new(DataType::Text)).expect_err("too many");
    assert!(error.to_string().contains("the number of rows is 65537, the limit is 65536"), "{error}");
}

#[test]
fn impossible_blocks_are_named() {
    let fault = |bytes: &[u8], rows| match decode_into(bytes, rows, &mut Column::new(DataType::Text)) {
        Err(Error::Damaged { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(&[], 1), Fault::Truncated { needed: 1, left: 0 });
    assert_eq!(fault(&[2, 39, 0], 1), Fault::Range, "39 digits");
    assert_eq!(fault(&[1 | 3 << 3], 1), Fault::Tag { what: "way to tell NULLs", found: 3 });
    assert_eq!(fault(&[1 | 7 << 5, 0], 1), Fault::Tag { what: "encoding of integers", found: 7 });
    assert_eq!(
        fault(&[6 | 1 << 5, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1),
        Fault::Range,
        "a date beyond its type"
    );
    assert_eq!(fault(&[0, 1, 0xff], 1), Fault::Text);
    // Two texts of one byte each, cut in the middle of a character.
    assert_eq!(fault(&[1 << 5, 0, 2, 0xc3, 0xa9], 2), Fault::Text);
    // A dictionary of three entries and an index to a fourth.
    let bytes = [2 << 5, 2, 0b11, 0, 2, b'a', b'b', b'c'];
    assert_eq!(fault(&bytes, 1), Fault::Limit { what: "an entry's number", found: 3, limit: 2 });
}
