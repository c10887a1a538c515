//! Batches of decisions go in and out, and altered bytes give errors.

use proptest::prelude::*;

use super::*;
use crate::{
    canonical::{self, Digest},
    strategies,
};

fn block(decision: u16, records: usize) -> impl Strategy<Value = DecisionRows> {
    let columns = prop::collection::vec(strategies::column(records), 0..4);
    let fired = prop::collection::vec(prop::collection::vec(any::<u16>(), 0..3), records);
    let each = (0..5_u32, any::<bool>(), any::<u8>(), 0..3_u16);
    (columns, fired, prop::collection::vec(each, records)).prop_map(move |(columns, fired, each)| {
        let mut next = 0;
        let mut raised = Vec::new();
        for (record, (_, _, code, items)) in each.iter().enumerate() {
            raised.extend((0..*items).map(|item| Raised { record: record as u32, item, code: *code }));
        }
        let gaps = each.iter().map(|(gap, ..)| {
            next += gap + 1;
            next - 1
        });
        DecisionRows {
            decision,
            events: gaps.collect(),
            outcomes: each.iter().map(|(.., code, _)| code % 4).collect(),
            late: each.iter().map(|(_, late, ..)| *late).collect(),
            fired_counts: fired.iter().map(|rules| rules.len() as u16).collect(),
            fired: fired.concat(),
            columns,
            raised,
            dropped: Vec::new(),
        }
    })
}

#[test]
fn dropped_events_are_kept_and_cost_a_version_only_where_they_are() {
    let with = |dropped| OutputBatch {
        decisions: vec![
            DecisionRows { decision: 1, ..DecisionRows::default() },
            DecisionRows { decision: 4, dropped, ..DecisionRows::default() },
        ],
    };
    let dropped = vec![Dropped { event: 3, code: 2 }, Dropped { event: 9, code: 1 }];
    for (batch, version) in [(with(Vec::new()), 1), (with(dropped), 2)] {
        let bytes = encoded(&batch);
        assert_eq!(bytes[0], version);
        // What stood there before is gone.
        let mut decoded = with(vec![Dropped { event: 1, code: 1 }]);
        decoded.decode_into(&bytes).expect("it was just written");
        assert_eq!(decoded, batch);
        for len in 0..bytes.len() {
            assert!(decoded.decode_into(&bytes[..len]).is_err(), "cut after {len} bytes");
        }
    }
}

pub fn batch() -> impl Strategy<Value = OutputBatch> {
    prop::collection::vec((1..3_u16, 0..30_usize), 0..4).prop_flat_map(|blocks| {
        let mut decision = 0;
        let blocks: Vec<_> = blocks
            .into_iter()
            .map(|(gap, records)| {
                decision += gap;
                block(decision, records)
            })
            .collect();
        blocks.prop_map(|decisions| OutputBatch { decisions })
    })
}

fn encoded(batch: &OutputBatch) -> Vec<u8> {
    let mut out = Vec::new();
    batch.encode(&mut out);
    out
}

fn digest(batch: &OutputBatch) -> Digest {
    let mut digest = Digest::default();
    canonical::update(&mut digest, 1_000, batch);
    digest
}

proptest! {
    #[test]
    fn batches_come_back_into_used_memory(one in batch(), two in batch()) {
        let mut back = one;
        back.decode_into(&encoded(&two)).expect("our own bytes");
        prop_assert_eq!(digest(&back), digest(&two));
        prop_assert_eq!(encoded(&back), encoded(&two));
        for (back, two) in back.decisions.iter().zip(&two.decisions) {
            prop_assert_eq!(&back.fired, &two.fired);
            prop_assert_eq!(&back.raised, &two.raised);
        }
    }

    #[test]
    fn damaged_bytes_never_panic(
        batch in batch(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encoded(&batch);
        let mut back = OutputBatch::default();
        for len in 0..bytes.len() {
            prop_assert!(back.decode_into(&bytes[..len]).is_err());
            prop_assert_eq!(&back, &OutputBatch::default());
        }
        let at = place.index(bytes.len());
        bytes[at] = byte;
        if back.decode_into(&bytes).is_ok() {
            let mut again = OutputBatch::default();
            again.decode_into(&encoded(&back)).expect("our own bytes");
            prop_assert_eq!(digest(&again), digest(&back));
        }
    }
}

#[test]
fn decisions_of_a_batch_are_small() {
    use types::{Column, DataType, Value};
    let records = 8_192_usize;
    let mut columns = Vec::new();
    for feature in 0..12_i64 {
        let mut column = Column::new(if feature % 3 == 0 { DataType::Double } else { DataType::BigInt });
        for row in 0..records as i64 {
            let value = row * 48_271 % (20 + feature);
            column.push(Some(&if feature % 3 == 0 {
                Value::Double(value as f64 / 7.0)
            } else {
                Value::BigInt(value)
            }));
        }
        columns.push(column);
    }
    let block = DecisionRows {
        decision: 0,
        events: (0..records as u32).collect(),
        outcomes: (0..records).map(|row| u8::from(row % 50 == 0)).collect(),
        late: vec![false; records],
        fired_counts: (0..records).map(|row| u16::from(row % 50 == 0)).collect(),
        fired: vec![3; records.div_ceil(50)],
        columns,
        raised: Vec::new(),
        dropped: Vec::new(),
    };
    let size = encoded(&OutputBatch { decisions: vec![block] }).len();
    println!("{records} decisions of 12 features: {size} bytes, {:.1} each", size as f64 / records as f64);
    // Four doubles, eight small integers, an outcome and a count of fired rules each.
    assert!(size < records * (4 * 8 + 8 + 2) + 100, "{size}");
}

#[test]
fn blocks_that_contradict_themselves_are_named() {
    let block = DecisionRows {
        decision: 2,
        events: vec![4, 6],
        outcomes: vec![0, 0],
        late: vec![false, false],
        fired_counts: vec![0, 0],
        fired: Vec::new(),
        columns: Vec::new(),
        raised: vec![Raised { record: 1, item: 5, code: 3 }],
        dropped: Vec::new(),
    };
    let bytes = encoded(&OutputBatch { decisions: vec![block] });
    // Version, blocks; decision, records, events 4 and 6, outcomes, late, counts, fired, columns; raised.
    assert_eq!(bytes, [1, 1, 2, 2, 1, 8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 10, 0, 6]);
    let fault = |at: usize, altered: &[u8]| {
        let mut bytes = bytes.clone();
        bytes.splice(at..=at, altered.iter().copied());
        match OutputBatch::default().decode_into(&bytes) {
            Err(Error::Damaged { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fault(6, &[2]), Fault::Order { what: "events" });
    let what = "a raised item's record";
    assert_eq!(fault(17, &[4]), Fault::Limit { what, found: 2, limit: 1 });
    let what = "the number of records";
    assert_eq!(fault(3, &[0x81, 0x80, 4]), Fault::Limit { what, found: 65_537, limit: 65_536 });
}
