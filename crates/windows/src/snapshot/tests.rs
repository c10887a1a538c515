//! Snapshots against what a timeline waiting at their moment, with every kind of change meanwhile.

use types::{Column, DataType, Value};

use super::*;
use crate::{Action, Aggregate, Frame, Function, Keys, Operation, Side, TimelineSpec};

const HOUR: i64 = 3_600_000_000;

/// A small generator: SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn spec() -> TimelineSpec {
    let frame = Frame::Range { start: HOUR, end: 0, exclude_current: false };
    let aggregate = |function| Aggregate { function, argument: Some(0), filter: None, frame };
    TimelineSpec {
        columns: vec![DataType::Text, DataType::decimal(2), DataType::Boolean],
        aggregates: vec![aggregate(Function::CountDistinct), aggregate(Function::Max)],
        key_horizon: HOUR,
    }
}

/// Rows of random keys, of which the first is hot, some late, with texts that come and go.
fn feed(timeline: &mut Timeline, random: &mut Random, now: &mut i64, rows: usize) {
    let mut columns: Vec<Column> =
        timeline.plan.spec.columns.iter().map(|data_type| Column::new(*data_type)).collect();
    let (mut key_column, mut times) = (Column::new(DataType::BigInt), Vec::new());
    for _ in 0..rows {
        *now += random.below(3_000_000) as i64;
        let late = if random.below(20) == 0 { random.below(HOUR as u64) as i64 } else { 0 };
        times.push(*now - late);
        let key = if random.below(2) == 0 { 0 } else { random.below(200) as i64 + *now / HOUR * 50 };
        key_column.push(Some(&Value::BigInt(key)));
        let text = Value::Text(format!("text {}", *now / 10_000_000 + random.below(5) as i64));
        let shift = if random.below(9) == 0 { 70 } else { 0 };
        let decimal = Value::Decimal { unscaled: i128::from(random.below(1_000)) << shift, scale: 2 };
        columns[0].push((random.below(5) > 0).then_some(&text));
        columns[1].push(Some(&decimal));
        columns[2].push(Some(&Value::Boolean(random.below(2) == 0)));
    }
    let mut keys = Keys::default();
    keys.encode(&[&key_column], rows);
    let positions: Vec<u64> = (0..rows as u64).collect();
    let values: Vec<&Column> = columns.iter().collect();
    let side = Side { keys: &keys, times: &times, positions: &positions, values: &values, reads: &[0, 1] };
    let operation = |row| Operation { side: 0, row, action: Action::InsertAndRead };
    let operations: Vec<Operation> = (0..rows as u32).map(operation).collect();
    let outputs = vec![Column::new(DataType::BigInt), Column::new(DataType::Text)];
    timeline.apply(&[side], &operations, &mut [outputs]);
    timeline.evict(*now - 2 * HOUR);
}

fn encoded(timeline: &Timeline) -> Vec<u8> {
    let mut bytes = Vec::new();
    timeline.encode(&mut bytes);
    bytes
}

/// All pieces of a snapshot as one timeline.
fn restored(pieces: &[Vec<u8>]) -> Timeline {
    let mut timeline = Timeline::new(spec());
    for piece in pieces {
        timeline.decode_more(&[0, 1, 2], piece).expect("it was just encoded");
    }
    timeline
}

#[test]
fn a_snapshot_is_of_one_moment_whatever_happens_meanwhile() {
    let (mut late, mut pieces_max, mut removed) = (0, 0, 0);
    for seed in 0..40 {
        let mut random = Random(seed);
        let (mut timeline, mut now) = (Timeline::new(spec()), 100 * HOUR);
        let rows_before = 200 + random.below(8_000) as usize;
        feed(&mut timeline, &mut random, &mut now, rows_before);
        // Some slots are free when the snapshot begins.
        now += random.below(2) as i64 * 3 * HOUR;
        feed(&mut timeline, &mut random, &mut now, 200);
        let mut twin = timeline.clone();
        let moment = encoded(&timeline);
        timeline.begin_snapshot();
        let (mut twin_random, mut twin_now) = (Random(random.0), now);
        let mut pieces = Vec::new();
        let mut done = false;
        let mut rounds = 0;
        while !done {
            let mut steps = Random(seed * 1_000 + rounds);
            let rows = steps.below(300) as usize;
            feed(&mut timeline, &mut random, &mut now, rows);
            feed(&mut twin, &mut twin_random, &mut twin_now, rows);
            if steps.below(30) == 0 {
                (now, twin_now) = (now + 3 * HOUR, twin_now + 3 * HOUR);
            }
            let waiting = timeline.snapshot.as_ref().expect("it is under way").waiting.values();
            late += waiting.map(|waiting| waiting.late.len()).sum::<usize>();
            if steps.below(3) == 0 {
                let mut piece = Vec::new();
                done = timeline.snapshot(1 + steps.below(400) as usize, &mut piece);
                pieces.push(piece);
            }
            rounds += 1;
        }
        assert!(encoded(&restored(&pieces)) == moment, "seed {seed}: the snapshot is not of its moment");
        assert!(encoded(&timeline) == encoded(&twin), "seed {seed}: the snapshot has changed the timeline");
        pieces_max = pieces_max.max(pieces.len());
        let keys = |timeline: &Timeline| timeline.memory().keys;
        removed += usize::from(keys(&timeline) < keys(&restored(&pieces)));
        while keys(&timeline) > 0 {
            timeline.operations = timeline.slots();
            timeline.evict(i64::MAX);
        }
        assert_eq!(timeline.dictionary.len(), 0, "seed {seed}: texts are left over");
    }
    assert!(late > 0 && pieces_max > 10 && removed > 0, "{late} late, {pieces_max} pieces, {removed}");
}

#[test]
fn a_piece_holds_about_as_many_rows_as_asked() {
    let (mut timeline, mut now) = (Timeline::new(spec()), 0);
    let mut random = Random(1);
    feed(&mut timeline, &mut random, &mut now, 6_000);
    // Rows that nobody sees any more may still be there.
    let rows = restored(&[encoded(&timeline)]).memory().rows;
    timeline.begin_snapshot();
    let mut sizes = Vec::new();
    let mut done = false;
    while !done {
        let mut piece = Vec::new();
        done = timeline.snapshot(500, &mut piece);
        sizes.push(restored(&[piece]).memory().rows);
    }
    assert_eq!(sizes.iter().sum::<usize>(), rows);
    let most = 500 + crate::small::ROWS_MAX;
    assert!(sizes.len() > 5 && sizes.iter().all(|size| *size < most), "{sizes:?}");
}

#[test]
fn a_large_key_that_changes_stays_where_it_is() {
    const CHANGES: usize = 20;
    let (mut timeline, mut now) = (Timeline::new(spec()), 0);
    let mut random = Random(3);
    feed(&mut timeline, &mut random, &mut now, 6_000);
    timeline.begin_snapshot();
    feed(&mut timeline, &mut random, &mut now, CHANGES);
    let snapshot = timeline.snapshot.as_ref().expect("it is under way");
    let largest = timeline.entries.iter().flatten().map(Entry::len).max().expect("there are keys");
    assert_eq!(snapshot.waiting.len(), 1, "the hot key waits");
    assert!(snapshot.encoded < CHANGES * crate::small::ROWS_MAX, "{} rows", snapshot.encoded);
    assert!(largest > CHANGES * crate::small::ROWS_MAX, "the hot key has {largest}");
}

#[test]
fn a_snapshot_can_be_given_up() {
    let (mut timeline, mut now) = (Timeline::new(spec()), 0);
    let mut random = Random(2);
    feed(&mut timeline, &mut random, &mut now, 3_000);
    timeline.begin_snapshot();
    let mut piece = Vec::new();
    assert!(!timeline.snapshot(10, &mut piece));
    feed(&mut timeline, &mut random, &mut now, 3_000);
    assert!(timeline.snapshot_bytes() > 0, "keys have changed before their turn");
    timeline.abandon_snapshot();
    assert_eq!(timeline.snapshot_bytes(), 0);
    let moment = encoded(&timeline);
    timeline.begin_snapshot();
    piece.clear();
    assert!(timeline.snapshot(usize::MAX, &mut piece));
    assert!(encoded(&restored(&[piece])) == moment);
}
