//! Records have the same bytes whatever batch they were made in.

use proptest::prelude::*;
use types::{Column, DataType, Value};

use super::*;
use crate::output::Raised;

/// Records at positions from 0: (decision, position, seed of everything else).
fn batch(base: Position, records: &[(u16, Position, u8)]) -> OutputBatch {
    let mut output = OutputBatch::default();
    for decision in 0..3 {
        let mut block = DecisionRows { decision, ..DecisionRows::default() };
        block.columns = vec![Column::new(DataType::Text), Column::new(DataType::decimal(2))];
        for (_, position, seed) in records.iter().filter(|record| record.0 == decision) {
            if seed % 11 == 1 {
                block.dropped.push(Dropped { event: (position - base) as u32, code: *seed });
                continue;
            }
            let record = block.events.len() as u32;
            block.events.push((position - base) as u32);
            block.outcomes.push(seed % 4);
            block.late.push(seed % 3 == 0);
            block.fired_counts.push(u16::from(seed % 5));
            block.fired.extend((0..u16::from(seed % 5)).map(|rule| rule * 3));
            block.columns[0].push((seed % 7 != 0).then(|| Value::Text(seed.to_string())).as_ref());
            block.columns[1].push(Some(&Value::Decimal { unscaled: i128::from(*seed) - 100, scale: 2 }));
            block.raised.extend((0..seed % 3).map(|item| Raised { record, item: u16::from(item), code: 1 }));
        }
        if !block.events.is_empty() || !block.dropped.is_empty() {
            output.decisions.push(block);
        }
    }
    output
}

proptest! {
    #[test]
    fn cuts_make_no_difference(
        seeds in prop::collection::vec(any::<[u8; 3]>(), 1..60),
        sizes in prop::collection::vec(1..20_usize, 60),
    ) {
        let mut records: Vec<(u16, Position, u8)> = Vec::new();
        for (position, seeds) in seeds.iter().enumerate() {
            let of_event = seeds.iter().enumerate().filter(|(_, seed)| **seed % 4 != 0);
            records.extend(of_event.map(|(decision, seed)| (decision as u16, position as Position, *seed)));
        }
        let mut whole = Digest::default();
        update(&mut whole, 0, &batch(0, &records));
        prop_assert_eq!(whole.records, records.len() as u64);

        let (mut cut, mut base) = (Digest::default(), 0);
        for size in sizes {
            let end = (base + size).min(seeds.len());
            let range = base as Position..end as Position;
            let of_batch: Vec<_> = records.iter().filter(|record| range.contains(&record.1)).copied().collect();
            let output = batch(base as Position, &of_batch);
            update(&mut cut, base as Position, &output);
            for position in range {
                let single = of_batch.iter().filter(|record| record.1 == position).copied().collect::<Vec<_>>();
                let alone = batch(position, &single);
                prop_assert_eq!(
                    records_at(base as Position, &output, position),
                    records_at(position, &alone, position)
                );
            }
            base = end;
        }
        if base == seeds.len() {
            prop_assert_eq!(cut, whole);
        }
    }
}

#[test]
fn every_part_of_a_record_counts() {
    let original = batch(0, &[(1, 5, 17)]);
    let bytes = |output: &OutputBatch| records_at(0, output, 5);
    let mut seen = vec![bytes(&original)];
    let changes: [fn(&mut DecisionRows); 10] = [
        |block| block.decision = 2,
        |block| block.outcomes[0] = 3,
        |block| block.late[0] = true,
        |block| block.fired[1] = 4,
        |block| {
            block.fired_counts[0] = 1;
            block.fired.truncate(1);
        },
        |block| block.columns[0].nulls[0] = true,
        |block| {
            let _ = block.columns.pop();
        },
        |block| block.raised[0].code = 2,
        |block| block.raised[1].item = 9,
        |block| block.raised.truncate(1),
    ];
    for change in changes {
        let mut other = original.clone();
        change(&mut other.decisions[0]);
        assert!(!equal(&other, &original));
        seen.push(bytes(&other));
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
    assert!(records_at(0, &original, 4).is_empty());
    assert!(records_at(6, &original, 5).is_empty());
}

#[test]
fn what_is_under_a_null_and_nan_make_no_difference() {
    let of = |hidden: f64| {
        let mut column = Column::new(DataType::Double);
        column.push(Some(&Value::Double(f64::NAN)));
        column.push(None);
        column.values = Values::Double(vec![f64::NAN, hidden]);
        let block = DecisionRows {
            events: vec![0, 1],
            outcomes: vec![0, 0],
            late: vec![false, false],
            fired_counts: vec![0, 0],
            columns: vec![column],
            ..DecisionRows::default()
        };
        OutputBatch { decisions: vec![block] }
    };
    assert!(equal(&of(1.0), &of(2.0)));
    assert_ne!(of(1.0), of(2.0));
}

#[test]
fn the_bytes_are_fixed() {
    let bytes = records_at(7, &batch(7, &[(1, 9, 22)]), 9).concat();
    let expected = [
        &9_u64.to_le_bytes()[..],
        &[1, 0, 2, 0, 2, 0, 0, 0, 3, 0],
        &[2, 0, 0, 1, 2, 0, 0, 0, b'2', b'2', 2, 1, 2],
        &(-78_i128).to_le_bytes(),
        &[1, 0, 0, 0, 1],
    ];
    assert_eq!(bytes, expected.concat());
    let mut digest = Digest::default();
    update(&mut digest, 7, &batch(7, &[(1, 9, 22)]));
    assert_eq!(digest.records, 1);
}
