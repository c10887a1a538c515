//! Batches of events go in and out, and altered bytes give errors.

use proptest::prelude::*;
use types::{DataType, Value};

use super::*;
use crate::strategies::{self, shown};

fn batch() -> impl Strategy<Value = InputBatch> {
    (0..60_usize, 1..4_u16).prop_flat_map(|(events, streams)| {
        let parts = (
            prop::collection::vec(0..streams, events),
            prop::collection::vec(any::<i64>(), events),
            prop::collection::vec(any::<bool>(), events),
        );
        parts.prop_flat_map(move |(order, mut arrived, asked)| {
            arrived.sort_unstable();
            let rows = |stream| order.iter().filter(|other| **other == stream).count();
            let blocks: Vec<_> = (0..streams)
                .map(|stream| ("[a-z_]{1,9}", prop::collection::vec(strategies::column(rows(stream)), 0..5)))
                .collect();
            blocks.prop_map(move |blocks| {
                let streams =
                    blocks.into_iter().map(|(stream, columns)| StreamRows { stream, columns }).collect();
                InputBatch { arrived: arrived.clone(), asked: asked.clone(), order: order.clone(), streams }
            })
        })
    })
}

fn encoded(batch: &InputBatch) -> Vec<u8> {
    let mut out = Vec::new();
    batch.encode(&mut out);
    out
}

fn assert_same(one: &InputBatch, other: &InputBatch) {
    assert_eq!((&one.arrived, &one.asked, &one.order), (&other.arrived, &other.asked, &other.order));
    assert_eq!(one.streams.len(), other.streams.len());
    for (one, other) in one.streams.iter().zip(&other.streams) {
        assert_eq!(one.stream, other.stream);
        let rows = |columns: &[Column]| columns.iter().map(shown).collect::<Vec<_>>();
        assert_eq!(rows(&one.columns), rows(&other.columns));
    }
}

proptest! {
    #[test]
    fn batches_come_back_into_used_memory(one in batch(), two in batch()) {
        let mut back = one;
        back.decode_into(&encoded(&two)).expect("our own bytes");
        assert_same(&back, &two);
        prop_assert_eq!(encoded(&back), encoded(&two));
    }

    #[test]
    fn damaged_bytes_never_panic(
        batch in batch(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encoded(&batch);
        let mut back = InputBatch::default();
        for len in 0..bytes.len() {
            prop_assert!(back.decode_into(&bytes[..len]).is_err());
            prop_assert_eq!(&back, &InputBatch::default());
        }
        bytes.push(0);
        prop_assert!(back.decode_into(&bytes).is_err());
        bytes.pop();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        if back.decode_into(&bytes).is_ok() {
            let mut again = InputBatch::default();
            again.decode_into(&encoded(&back)).expect("our own bytes");
            assert_same(&again, &back);
        }
    }
}

/// `count` payments of 13 columns, as the design's stream has them.
fn payments(count: usize) -> InputBatch {
    let text = |name: &dyn Fn(usize) -> String| {
        let mut column = Column::new(DataType::Text);
        (0..count).for_each(|row| column.push(Some(&Value::Text(name(row)))));
        column
    };
    let start = 1_767_323_045_678_000;
    let mut time = Column::new(DataType::Timestamptz);
    let mut amount = Column::new(DataType::Decimal { precision: 18, scale: 2 });
    for row in 0..count as i64 {
        time.push(Some(&Value::Timestamptz(start + row * 15 - row * 7_919 % 2_000_000)));
        amount.push(Some(&Value::Decimal { unscaled: i128::from(row * 48_271 % 500_000), scale: 2 }));
    }
    let pick = |names: &'static [&'static str], row: usize| names[row * 7 % names.len()].to_owned();
    let columns = vec![
        text(&|row| format!("evt_{:016x}", row * 0x9e37_79b9_7f4a)),
        text(&|row| format!("pay_{:014}", row * 7_919)),
        time,
        text(&|row| format!("merchant_{:05}", row * 31 % 2_000)),
        text(&|row| format!("tok_{:026}", row * 104_729 % 50_000)),
        text(&|row| format!("dev_{:012}", row * 15_485_863 % 80_000)),
        text(&|row| format!("10.{}.{}.{}", row % 200, row * 3 % 256, row * 7 % 256)),
        amount,
        text(&|row| pick(&["INR", "USD", "EUR"], row)),
        text(&|row| pick(&["card", "upi", "netbanking", "wallet"], row)),
        text(&|row| pick(&["gateway_a", "gateway_b"], row)),
        text(&|row| pick(&["captured", "failed", "authorized"], row)),
        Column { nulls: vec![true; count], ..text(&|_| String::new()) },
    ];
    InputBatch {
        arrived: (0..count as i64).map(|row| start + row * 15).collect(),
        asked: vec![false; count],
        order: vec![0; count],
        streams: vec![StreamRows { stream: "payments".to_owned(), columns }],
    }
}

#[test]
fn batches_are_small() {
    let mut sizes = Vec::new();
    for count in [1, 100, 8_192] {
        let size = encoded(&payments(count)).len();
        println!("{count} payments of 13 columns: {size} bytes, {:.1} each", size as f64 / count as f64);
        sizes.push(size / count);
    }
    assert!(sizes[0] < 220 && sizes[1] < 130 && sizes[2] < 125, "{sizes:?}");

    let wide: Vec<Column> = (0..100_i64)
        .map(|index| {
            let mut column = Column::new(if index % 2 == 0 { DataType::BigInt } else { DataType::Double });
            column.push(
                match index % 4 {
                    0 => Some(Value::BigInt(index)),
                    1 => None,
                    2 => Some(Value::BigInt(0)),
                    _ => Some(Value::Double(0.25)),
                }
                .as_ref(),
            );
            column
        })
        .collect();
    let rows = StreamRows { stream: "wide".to_owned(), columns: wide };
    let one = InputBatch { arrived: vec![1 << 50], asked: vec![true], order: vec![0], streams: vec![rows] };
    let size = encoded(&one).len();
    println!("one row of 100 columns (25 NULL, 50 integers, 25 doubles): {size} bytes");
    // The doubles' own bytes, and two bytes a column.
    assert!(size < 25 * 8 + 100 * 2 + 40, "{size}");
}

#[test]
fn order_and_arrival_are_checked() {
    let bytes = encoded(&InputBatch {
        arrived: vec![1, 2],
        asked: vec![false, true],
        order: vec![0, 0],
        streams: vec![StreamRows { stream: "s".to_owned(), columns: Vec::new() }],
    });
    let fault = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        match InputBatch::default().decode_into(&bytes) {
            Err(Error::Damaged { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    };
    // Version, 2 events, arrived as offsets [0, 1] from 1, asked as bits, order all 0, 1 stream.
    assert_eq!(bytes, [1, 2, 1, 2, 0, 1, 2, 0b10, 0, 0, 1, 1, b's', 0]);
    assert_eq!(fault(&|bytes| bytes[4] = 9), Fault::Order { what: "arrivals" });
    let what = "the number of streams in the order";
    assert_eq!(fault(&|bytes| bytes[9] = 2), Fault::Limit { what, found: 2, limit: 1 });
    assert_eq!(fault(&|bytes| bytes.push(0)), Fault::Trailing { bytes: 1 });
    let error = InputBatch::default().decode_into(&[9]).expect_err("a later version");
    assert!(error.to_string().starts_with("input batch: format version 9; this build reads version 1"));
}
