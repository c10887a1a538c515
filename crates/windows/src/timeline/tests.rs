//! Random timelines against the definition, and bounds on what an event costs in row visits and a row in bytes.

use std::collections::{BTreeMap, BTreeSet};

use types::{Column, DataType, Value};

use super::*;
use crate::{
    Aggregate, Frame, Function,
    keys::canonical_bits,
    meter,
    oracle::{Row, Rows},
};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ value >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, limit: u64) -> bool {
        self.below(limit) == 0
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}

const TYPES: [DataType; 9] = [
    DataType::BigInt,
    DataType::Double,
    DataType::Decimal { precision: 18, scale: 2 },
    DataType::Text,
    DataType::Boolean,
    DataType::Timestamptz,
    DataType::Date,
    DataType::Decimal { precision: 38, scale: 9 },
    DataType::Double,
];

const FUNCTIONS: [Function; 13] = [
    Function::CountRows,
    Function::Count,
    Function::CountDistinct,
    Function::Sum,
    Function::Avg,
    Function::Min,
    Function::Max,
    Function::VarSamp,
    Function::VarPop,
    Function::StddevSamp,
    Function::StddevPop,
    Function::FirstValue,
    Function::LastValue,
];

/// Which values a case draws.
#[derive(Clone, Copy, PartialEq)]
enum Taste {
    Few,
    Ordinary,
    Wild,
}

fn value(random: &mut Random, data_type: DataType, taste: Taste) -> Value {
    let few = taste == Taste::Few || random.one_in(3);
    let wild = taste == Taste::Wild && random.one_in(3);
    match data_type {
        DataType::BigInt if wild => Value::BigInt(*random.pick(&[i64::MIN, i64::MAX, -1, 0])),
        DataType::BigInt => Value::BigInt(random.below(if few { 5 } else { 100_000 }) as i64 - 3),
        DataType::Decimal { precision, scale } => {
            let limit = types::decimal::power_of_ten(precision) - 1;
            let unscaled = match wild {
                true => *random.pick(&[limit, -limit, limit / 3, i128::from(i64::MAX), 0]),
                false => i128::from(random.below(if few { 4 } else { 10_000_000 })) - 2,
            };
            Value::Decimal { unscaled: unscaled.clamp(-limit, limit), scale }
        }
        DataType::Double if wild => Value::Double(match random.below(9) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            3 => f64::MAX,
            4 => -f64::MAX,
            5 => f64::from_bits(random.below(9)),
            6 => 2_f64.powi(random.below(200) as i32 - 150),
            7 => -0.0,
            _ => f64::from_bits(random.next()),
        }),
        DataType::Double if few => Value::Double(*random.pick(&[-0.0, 0.0, 0.1, -0.3, 1e15])),
        DataType::Double => Value::Double((random.below(20_000_000) as f64 - 5e6) / 100.0),
        DataType::Text => Value::Text(match few {
            true => (*random.pick(&["", "a", "ab", "é", "zz"])).to_owned(),
            false => format!("value {}", random.below(1000)),
        }),
        DataType::Boolean => Value::Boolean(random.one_in(2)),
        DataType::Timestamptz => Value::Timestamptz(random.below(if few { 4 } else { 1 << 50 }) as i64),
        DataType::Date => Value::Date(random.below(if few { 4 } else { 40_000 }) as i32 - 9_000),
        DataType::Interval => unreachable!("no column has it"),
    }
}

fn frame(random: &mut Random, span: i64) -> Frame {
    let exclude_current = random.one_in(4);
    if random.one_in(8) {
        // `lag`: one row.
        let back = *random.pick(&[0, 1, 2, 31, 33, 64, 500]);
        return Frame::Rows { start: back, end: back, exclude_current };
    }
    if random.one_in(3) {
        let start = *random.pick(&[0, 1, 2, 5, 20, 63, 64, 65, 300, 3000, u64::MAX]);
        let end = if random.one_in(2) { 0 } else { random.below(start.min(400) + 1) };
        return Frame::Rows { start, end, exclude_current };
    }
    let start = match random.below(8) {
        0 => 0,
        1 if random.one_in(2) => span * 50,
        2 => random.below(4) as i64,
        _ => random.below(span as u64 + 1) as i64,
    };
    let end = if random.one_in(2) { 0 } else { random.below(start as u64 + 1) as i64 };
    Frame::Range { start, end, exclude_current }
}

fn spec(random: &mut Random, span: i64) -> TimelineSpec {
    let mut columns: Vec<DataType> = (0..1 + random.below(5)).map(|_| *random.pick(&TYPES)).collect();
    if random.one_in(2) {
        columns.push(DataType::Boolean);
    }
    let filters: Vec<usize> =
        (0..columns.len()).filter(|index| columns[*index] == DataType::Boolean).collect();
    let frames: Vec<Frame> = (0..1 + random.below(4)).map(|_| frame(random, span)).collect();
    let mut aggregates = Vec::new();
    let wanted = 1 + random.below(16) as usize;
    while aggregates.len() < wanted {
        let function = *random.pick(&FUNCTIONS);
        let argument = random.below(columns.len() as u64) as usize;
        let argument = (function != Function::CountRows).then_some(argument);
        if function.result_type(argument.map(|column| columns[column])).is_none() {
            continue;
        }
        let filter = (!filters.is_empty() && random.one_in(3)).then(|| *random.pick(&filters));
        aggregates.push(Aggregate { function, argument, filter, frame: *random.pick(&frames) });
    }
    let key_horizon = if random.one_in(4) { span * 100 } else { random.below(span as u64 + 1) as i64 };
    TimelineSpec { columns, aggregates, key_horizon }
}

/// Streams of a case: the first writes and reads, the others only read.
const SIDES: usize = 3;

/// One event of a case: a row of the writing stream or of one that only reads.
struct Event {
    side: usize,
    key: Option<u64>,
    time: i64,
    action: Action,
    values: Vec<Option<Value>>,
}

/// How a case's events come.
struct Shape {
    rows: usize,
    keys: u64,
    span: i64,
    lateness: i64,
    late_one_in: u64,
    /// How often it is quiet for so long that many rows, or all, expire.
    quiet_one_in: u64,
    step: u64,
    taste: Taste,
    check_one_in: u64,
}

fn shape(random: &mut Random) -> Shape {
    let step = *random.pick(&[1, 3, 50, 1000]);
    let big = random.one_in(12);
    let rows = if big { 2_000 + random.below(6_000) as usize } else { 20 + random.below(500) as usize };
    let keys = if big { 1 } else { 1 + random.below(6) };
    let span = (step * (rows as u64 / 2 + 1) / *random.pick(&[1, 3, 10, 40])).max(1) as i64;
    Shape {
        rows,
        keys,
        span,
        lateness: *random.pick(&[0, 1, span / 4, span, span * 3]),
        late_one_in: *random.pick(&[2, 10, 100]),
        quiet_one_in: *random.pick(&[40, 200, 10_000]),
        step,
        taste: *random.pick(&[Taste::Few, Taste::Ordinary, Taste::Ordinary, Taste::Wild]),
        check_one_in: if big { 60 } else { 1 },
    }
}

fn events(random: &mut Random, spec: &TimelineSpec, shape: &Shape) -> Vec<(i64, Event)> {
    let mut arrived = 1_700_000_000_000_000;
    let mut events = Vec::new();
    for _ in 0..shape.rows {
        if !random.one_in(3) {
            arrived += random.below(2 * shape.step) as i64;
        }
        if random.one_in(shape.quiet_one_in) {
            arrived += shape.span * *random.pick(&[1, 2, 5]) + shape.lateness;
        }
        let time = if random.one_in(shape.late_one_in) {
            arrived - random.below(shape.lateness as u64 + 1) as i64
        } else if random.one_in(200) {
            arrived + random.below(shape.span as u64) as i64
        } else {
            arrived
        };
        let key = if random.one_in(2) { 0 } else { random.below(shape.keys) };
        let side = *random.pick(&[0, 0, 0, 0, 0, 0, 1, 2]);
        let action = match (side, random.below(12)) {
            (0, 0 | 1) => Action::Insert,
            (0, 2..) => Action::InsertAndRead,
            _ => Action::Read,
        };
        let nulls = if random.one_in(2) { 8 } else { 1_000 };
        let values = spec.columns.iter();
        let values =
            values.map(|data_type| (!random.one_in(nulls)).then(|| value(random, *data_type, shape.taste)));
        let values = values.collect();
        let key = (!random.one_in(50)).then_some(key);
        events.push((arrived, Event { side, key, time, action, values }));
    }
    events
}

/// Prints the case when it fails.
struct Announce(u64);

impl Drop for Announce {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("case {} failed: run it alone with MITRA_CASE={}", self.0, self.0);
        }
    }
}

fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Double(left)), Some(Value::Double(right))) => {
            canonical_bits(*left) == canonical_bits(*right)
        }
        _ => left == right,
    }
}

/// Keys and values of a batch by side.
struct Batch {
    keys: [Keys; SIDES],
    times: [Vec<i64>; SIDES],
    positions: [Vec<u64>; SIDES],
    values: Vec<Column>,
    operations: Vec<Operation>,
}

fn batch(spec: &TimelineSpec, events: &[(i64, Event)], position: u64) -> Batch {
    let mut keys = [(); SIDES].map(|()| [Column::new(DataType::Text), Column::new(DataType::BigInt)]);
    let mut batch = Batch {
        keys: Default::default(),
        times: Default::default(),
        positions: Default::default(),
        values: spec.columns.iter().map(|data_type| Column::new(*data_type)).collect(),
        operations: Vec::new(),
    };
    for (index, (_, event)) in events.iter().enumerate() {
        let side = event.side;
        let row = batch.times[side].len() as u32;
        batch.operations.push(Operation { side: side as u16, row, action: event.action });
        keys[side][0].push(event.key.map(|key| Value::Text(format!("k{}", key % 3))).as_ref());
        keys[side][1].push(Some(&Value::BigInt(event.key.unwrap_or(0) as i64)));
        batch.times[side].push(event.time);
        batch.positions[side].push(position + index as u64);
        if side == 0 {
            for (column, value) in batch.values.iter_mut().zip(&event.values) {
                column.push(value.as_ref());
            }
        }
    }
    for (side, [text, number]) in keys.iter().enumerate() {
        batch.keys[side].encode(&[text, number], batch.times[side].len());
    }
    batch
}

fn run_case(seed: u64) -> Coverage {
    let _announce = Announce(seed);
    let mut random = Random(seed);
    let shape = shape(&mut random);
    let spec = spec(&mut random, shape.span);
    let events = events(&mut random, &spec, &shape);
    run(random, &shape, spec, &events)
}

/// Feeds the events in random batches, with evictions and restarts in between, and compares what they read.
fn run(mut random: Random, shape: &Shape, spec: TimelineSpec, events: &[(i64, Event)]) -> Coverage {
    let all: Vec<usize> = (0..spec.aggregates.len()).collect();
    let mut some = || all.iter().copied().filter(|_| random.one_in(2)).rev().collect::<Vec<_>>();
    let (one, other) = (some(), some());
    let reads = [all, one, other];
    let reach =
        spec.aggregates.iter().map(|aggregate| aggregate.frame.reach(spec.key_horizon)).max().unwrap();
    let mut timeline = Timeline::new(spec.clone());
    let mut trial = Trial {
        random,
        shape,
        told: vec![false; spec.aggregates.len()],
        spec,
        reads,
        oracle: (0..shape.keys).map(|_| Rows::default()).collect(),
        large: BTreeMap::new(),
        coverage: Coverage::default(),
    };
    let mut start = 0;
    while start < events.len() {
        let batch_max = *trial.random.pick(&[1, 7, 100]);
        let end = (start + 1 + trial.random.below(batch_max) as usize).min(events.len());
        let outputs = apply(&mut timeline, &trial.spec, &trial.reads, &events[start..end], start as u64);
        trial.check(&events[start..end], &outputs);
        trial.note_forms(&timeline);
        if trial.random.one_in(3) {
            // The first time that the next event, which arrives no earlier than the last, can still see.
            timeline.evict(events[end - 1].0 - shape.lateness - reach);
            trial.note_forms(&timeline);
        }
        if trial.random.one_in(40) {
            trial.change_spec();
            timeline = restart(&timeline, &trial.spec);
            trial.coverage.restarts += 1;
        }
        start = end;
    }
    trial.finish()
}

/// What a batch reads, a column for each read of each side.
fn apply(
    timeline: &mut Timeline,
    spec: &TimelineSpec,
    reads: &[Vec<usize>; SIDES],
    events: &[(i64, Event)],
    position: u64,
) -> Vec<Vec<Column>> {
    let batch = batch(spec, events, position);
    let values: Vec<&Column> = batch.values.iter().collect();
    let sides: Vec<Side<'_>> = (0..SIDES)
        .map(|side| Side {
            keys: &batch.keys[side],
            times: &batch.times[side],
            positions: &batch.positions[side],
            values: if side == 0 { &values } else { &[] },
            reads: &reads[side],
        })
        .collect();
    let mut outputs: Vec<Vec<Column>> = reads.iter().map(|reads| output_columns(spec, reads)).collect();
    timeline.apply(&sides, &batch.operations, &mut outputs);
    outputs
}

/// The timeline as it comes back from a checkpoint, with what this spec reads from the same columns.
fn restart(timeline: &Timeline, spec: &TimelineSpec) -> Timeline {
    let mut bytes = Vec::new();
    timeline.encode(&mut bytes);
    let decoded = Timeline::decode(spec.clone(), &bytes).expect("it was just encoded");
    let mut again = Vec::new();
    decoded.encode(&mut again);
    assert_eq!(bytes, again, "a checkpoint depends on the rows only");
    decoded
}

fn output_columns(spec: &TimelineSpec, reads: &[usize]) -> Vec<Column> {
    let data_type = |read: &usize| {
        let aggregate = &spec.aggregates[*read];
        aggregate.function.result_type(aggregate.argument.map(|column| spec.columns[column])).unwrap()
    };
    reads.iter().map(|read| Column::new(data_type(read))).collect()
}

/// What cases went through, so that a test can require all of it.
#[derive(Default)]
struct Coverage {
    /// Values compared, and how many of them were neither NULL nor 0 rows.
    compared: u64,
    told: u64,
    /// What the aggregates were that gave such a value at least once.
    kinds: BTreeSet<String>,
    /// Keys that went from the small form to the large one, and back.
    enlarged: u64,
    reduced: u64,
    restarts: u64,
    /// Rows that came after a later one of their key, and after another one of the same time.
    late: u64,
    tied: u64,
}

impl Coverage {
    fn add(&mut self, mut other: Self) {
        self.compared += other.compared;
        self.told += other.told;
        self.kinds.append(&mut other.kinds);
        self.enlarged += other.enlarged;
        self.reduced += other.reduced;
        self.restarts += other.restarts;
        self.late += other.late;
        self.tied += other.tied;
    }
}

impl std::fmt::Display for Coverage {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { compared, told, enlarged, reduced, restarts, late, tied, kinds } = self;
        write!(
            out,
            "{compared} values compared, {told} neither NULL nor 0, of {} kinds; {late} rows late, {tied} tied; \
             keys {enlarged} times enlarged, {reduced} reduced; {restarts} restarts",
            kinds.len()
        )
    }
}

/// What an aggregate stands for: its function over each type, and over each sort of frame, alone and with a filter.
fn kinds(spec: &TimelineSpec, aggregate: &Aggregate) -> Vec<String> {
    let function = aggregate.function;
    let data_type = aggregate.argument.map(|column| spec.columns[column]);
    let (kind, offset, exclude, single) = match aggregate.frame {
        Frame::Range { end, exclude_current, .. } => ("RANGE", end > 0, exclude_current, false),
        Frame::Rows { start, end, exclude_current } => ("ROWS", end > 0, exclude_current, start == end),
    };
    let mut kinds = vec![format!("{function:?}({data_type:?}) over {kind}")];
    for (flag, name) in [
        (offset, "offset"),
        (exclude && !offset, "exclude"),
        (aggregate.filter.is_some(), "filter"),
        (single && offset && function == Function::FirstValue, "lag"),
    ] {
        if flag {
            kinds.push(format!("{function:?} over {kind} {name}"));
        }
    }
    kinds
}

/// All that `kinds` can say.
fn all_kinds() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let frames = [(0, false), (1, false), (0, true)].into_iter().flat_map(|(end, exclude_current)| {
        [
            Frame::Range { start: 1, end: end as i64, exclude_current },
            Frame::Rows { start: 1, end, exclude_current },
        ]
    });
    for frame in frames {
        for function in FUNCTIONS {
            for filter in [None, Some(0)] {
                for data_type in TYPES {
                    let argument = (function != Function::CountRows).then_some(0);
                    if function.result_type(argument.map(|_| data_type)).is_some() {
                        let columns = vec![data_type];
                        let spec = TimelineSpec { columns, aggregates: Vec::new(), key_horizon: 0 };
                        all.extend(kinds(&spec, &Aggregate { function, argument, filter, frame }));
                    }
                }
            }
        }
    }
    all
}

/// A case on its way.
struct Trial<'a> {
    random: Random,
    shape: &'a Shape,
    spec: TimelineSpec,
    reads: [Vec<usize>; SIDES],
    /// By key.
    oracle: Vec<Rows>,
    /// For each aggregate, whether it gave a value that tells something.
    told: Vec<bool>,
    /// Whether a key, by its hash, has many rows.
    large: BTreeMap<u64, bool>,
    coverage: Coverage,
}

impl Trial<'_> {
    fn check(&mut self, events: &[(i64, Event)], outputs: &[Vec<Column>]) {
        let none = Rows::default();
        let mut next = [0; SIDES];
        for (_, event) in events {
            let own = self.insert(event);
            if event.action == Action::Insert {
                continue;
            }
            let index = next[event.side];
            next[event.side] += 1;
            if !self.random.one_in(self.shape.check_one_in) {
                continue;
            }
            let rows = event.key.map_or(&none, |key| &self.oracle[key as usize]);
            for (read, output) in self.reads[event.side].iter().zip(&outputs[event.side]) {
                let expected = rows.read(&self.spec, *read, event.time, own);
                let found = output.value(index);
                let aggregate = &self.spec.aggregates[*read];
                assert!(
                    same(found.as_ref(), expected.as_ref()),
                    "{aggregate:?} over {} rows of {:?}: {found:?}, not {expected:?}",
                    rows.0.len(),
                    aggregate.argument.map(|column| self.spec.columns[column]),
                );
                let tells = !matches!(expected, None | Some(Value::BigInt(0)));
                self.told[*read] |= tells;
                self.coverage.told += u64::from(tells);
                self.coverage.compared += 1;
            }
        }
        for side in 0..SIDES {
            assert!(outputs[side].iter().all(|column| column.len() == next[side]), "one value for each read");
        }
    }

    /// Puts the event's row among those of its key.
    fn insert(&mut self, event: &Event) -> Option<usize> {
        if event.action == Action::Read {
            return None;
        }
        let rows = &mut self.oracle[event.key? as usize];
        let at = rows.insert(Row { time: event.time, values: event.values.clone() });
        self.coverage.late += u64::from(at + 1 < rows.0.len());
        self.coverage.tied += u64::from(at > 0 && rows.0[at - 1].time == event.time);
        Some(at)
    }

    /// Counts the keys that have changed their form.
    fn note_forms(&mut self, timeline: &Timeline) {
        for entry in timeline.entries.iter().flatten() {
            let now = matches!(entry.form, Form::Large(_));
            match (self.large.insert(entry.hash, now), now) {
                (Some(false) | None, true) => self.coverage.enlarged += 1,
                (Some(true), false) => self.coverage.reduced += 1,
                _ => {}
            }
        }
    }

    /// The same aggregates in another order, as after a change of definitions.
    fn change_spec(&mut self) {
        let turn = self.random.below(self.told.len() as u64) as usize;
        self.spec.aggregates.rotate_left(turn);
        self.told.rotate_left(turn);
    }

    fn finish(mut self) -> Coverage {
        for (aggregate, told) in self.spec.aggregates.iter().zip(&self.told) {
            if *told {
                self.coverage.kinds.extend(kinds(&self.spec, aggregate));
            }
        }
        self.coverage
    }
}

fn number(name: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "the number of cases is the tester's choice")]
    let value = std::env::var(name).ok()?;
    Some(value.parse().expect("the number of cases is a number"))
}

#[test]
fn random_timelines_equal_the_definition() {
    if let Some(case) = number("MITRA_CASE") {
        println!("{}", run_case(case));
        return;
    }
    let cases = number("MITRA_CASES").unwrap_or(200);
    let mut coverage = Coverage::default();
    (0..cases).for_each(|case| coverage.add(run_case(case)));
    println!("{cases} cases: {coverage}");
    let missing: Vec<_> = all_kinds().difference(&coverage.kinds).cloned().collect();
    assert!(cases < 200 || missing.is_empty(), "no case has a value of {missing:?}");
    let Coverage { compared, told, enlarged, reduced, restarts, late, tied, .. } = coverage;
    assert!(told > compared / 2, "most of {compared} values are NULL or 0: only {told} are not");
    for (name, count) in
        [("enlarged", enlarged), ("reduced", reduced), ("restarts", restarts), ("late", late), ("tied", tied)]
    {
        assert!(count > cases / 4, "only {count} {name} in {cases} cases");
    }
}

/// Thousands of rows of one key, many of them late, so that every answer comes from somewhere else: cursors, summaries of
/// chunks and of blocks, links; all functions over long frames of both kinds.
#[test]
fn hot_keys_equal_the_definition() {
    let columns = vec![DataType::Double, DataType::Text, DataType::Boolean, TYPES[2]];
    for seed in 0..number("MITRA_CASES").unwrap_or(200) / 20 {
        let mut random = Random(seed);
        let rows = 9_000;
        let span = 50 * rows as i64;
        let long = span * *random.pick(&[3, 5, 9]) / 10;
        let frames = [
            Frame::Range { start: long, end: 0, exclude_current: random.one_in(2) },
            Frame::Range { start: long, end: long / 3, exclude_current: false },
            Frame::Rows { start: 5_000, end: *random.pick(&[0, 700]), exclude_current: random.one_in(2) },
        ];
        let mut aggregates = Vec::new();
        for frame in frames {
            for function in FUNCTIONS {
                let argument = random.below(columns.len() as u64) as usize;
                let argument = (function != Function::CountRows).then_some(argument);
                let filter = random.one_in(3).then_some(2);
                if function.result_type(argument.map(|column| columns[column])).is_some() {
                    aggregates.push(Aggregate { function, argument, filter, frame });
                }
            }
        }
        let shape = Shape {
            rows,
            keys: 1,
            span,
            lateness: span / *random.pick(&[1, 20, 500]),
            late_one_in: *random.pick(&[3, 30]),
            quiet_one_in: 10_000,
            step: *random.pick(&[1, 50]),
            taste: *random.pick(&[Taste::Few, Taste::Ordinary]),
            check_one_in: 150,
        };
        let spec = TimelineSpec { columns: columns.clone(), aggregates, key_horizon: long };
        let events = events(&mut random, &spec, &shape);
        run(random, &shape, spec, &events);
    }
}

/// Late rows go to a few places of a long key in turn, so that each reads what was summarised before the others came.
#[test]
fn summaries_follow_late_rows() {
    let columns = vec![DataType::Double, DataType::Text, DataType::Boolean];
    let (rows, step) = (10_000, 1_000);
    let mut aggregates = Vec::new();
    for frame in [past(rows * step), past(rows * step / 2)] {
        for (function, argument) in [
            (Function::Sum, 0),
            (Function::VarPop, 0),
            (Function::Min, 0),
            (Function::Max, 1),
            (Function::CountDistinct, 1),
            (Function::FirstValue, 0),
            (Function::LastValue, 1),
        ] {
            let filter = matches!(function, Function::FirstValue | Function::LastValue).then_some(2);
            aggregates.push(Aggregate { function, argument: Some(argument), filter, frame });
        }
    }
    let mut random = Random(11);
    let mut event = |time: i64, action: Action| {
        let rare = Value::Boolean(random.one_in(3_000) || action == Action::InsertAndRead);
        let number = random.below(1_000_000) as f64 / 7.0 - 70_000.0;
        let text = Value::Text(format!("text {}", random.below(20_000)));
        let values = vec![Some(Value::Double(number)), Some(text), Some(rare)];
        (rows * step, Event { side: 0, key: Some(0), time, action, values })
    };
    let mut events: Vec<_> = (0..rows).map(|row| event(row * step, Action::Insert)).collect();
    for round in 0..20 {
        for place in [9, 5, 9, 3, 9, 1, 7] {
            events.push(event(rows * step * place / 10 + round * 7, Action::InsertAndRead));
        }
    }
    let spec = TimelineSpec { columns, aggregates, key_horizon: rows * step };
    let lateness = rows * step;
    let shape = Shape {
        keys: 1,
        lateness,
        taste: Taste::Few,
        check_one_in: 1,
        rows: 0,
        span: 0,
        late_one_in: 1,
        quiet_one_in: 1,
        step: 1,
    };
    run(random, &shape, spec, &events);
}

/// Rows expire while nobody reads, so that the structures have to follow the eviction and not the readers: so many that
/// they are found anew, or so few that they walk on from where the eviction left them.
#[test]
fn structures_follow_evictions() {
    let columns = vec![DataType::Double, DataType::Text];
    let mut aggregates = Vec::new();
    for frame in [past(HOUR), past(HOUR / 2), Frame::Rows { start: 200, end: 3, exclude_current: false }] {
        for (function, argument) in
            [(Function::Sum, 0), (Function::Min, 0), (Function::Max, 1), (Function::CountDistinct, 1)]
        {
            aggregates.push(aggregate(function, Some(argument), frame));
        }
    }
    let mut random = Random(12);
    let mut events = Vec::new();
    let mut time = 0;
    for row in 0..12_000_usize {
        let quiet = row % 300 >= 295;
        time += if row % 300 == 295 { [HOUR / 2, HOUR / 20, HOUR / 12][row / 300 % 3] } else { HOUR / 500 };
        let action = if quiet { Action::Insert } else { Action::InsertAndRead };
        let text = Value::Text(format!("text {}", random.below(100)));
        let values = vec![Some(Value::Double(random.below(1_000) as f64)), Some(text)];
        events.push((time, Event { side: 0, key: Some(0), time, action, values }));
    }
    let spec = TimelineSpec { columns, aggregates, key_horizon: HOUR };
    let shape = Shape {
        keys: 1,
        lateness: 0,
        taste: Taste::Few,
        check_one_in: 20,
        rows: 0,
        span: 0,
        late_one_in: 1,
        quiet_one_in: 1,
        step: 1,
    };
    run(random, &shape, spec, &events);
}

/// The best value has left the frames of two readers when a third one, whose time is earlier, still sees it.
#[test]
fn an_earlier_reader_sees_what_has_left_the_frames_of_others() {
    let columns = vec![DataType::BigInt];
    let aggregates = vec![
        aggregate(Function::Min, Some(0), past(200)),
        aggregate(Function::Max, Some(0), Frame::Rows { start: 39, end: 0, exclude_current: false }),
    ];
    let event = |side: usize, time: i64, value: i64| {
        let action = if side == 0 { Action::Insert } else { Action::Read };
        (time, Event { side, key: Some(0), time, action, values: vec![Some(Value::BigInt(value))] })
    };
    let mut events: Vec<_> = (0..=60).map(|row| event(0, row * 5, (row - 20).abs())).collect();
    events.extend([302, 303, 304, 300, 301, 299, 302].map(|time| event(1, time, 0)));
    let spec = TimelineSpec { columns, aggregates, key_horizon: HOUR };
    let shape = Shape {
        keys: 1,
        lateness: 1_000,
        taste: Taste::Few,
        check_one_in: 1,
        rows: 0,
        span: 0,
        late_one_in: 1,
        quiet_one_in: 1,
        step: 1,
    };
    // Seeds decide which side reads what; whichever reads both is among them.
    (0..20).for_each(|seed| _ = run(Random(seed), &shape, spec.clone(), &events));
}

/// Whatever the first time is that can still be seen, no row of that time goes.
#[test]
fn rows_at_the_bound_of_an_eviction_stay() {
    let event = |side: usize, time: i64, action: Action| {
        (time, Event { side, key: Some(0), time, action, values: vec![Some(Value::BigInt(time))] })
    };
    for count in [20, 200] {
        let last = 10 * (count - 1);
        let rows: Vec<_> = (0..count).map(|row| event(0, 10 * row, Action::Insert)).collect();
        for kept in 0..count {
            let frame = past(last - 10 * kept);
            let aggregates =
                vec![aggregate(Function::Min, Some(0), frame), aggregate(Function::Count, Some(0), frame)];
            let spec = TimelineSpec { columns: vec![DataType::BigInt], aggregates, key_horizon: 0 };
            let reads = [Vec::new(), vec![0, 1], Vec::new()];
            let mut timeline = Timeline::new(spec.clone());
            apply(&mut timeline, &spec, &reads, &rows, 0);
            timeline.evict(10 * kept);
            let read = [event(1, last, Action::Read)];
            let outputs = apply(&mut timeline, &spec, &reads, &read, count as u64);
            let found = [outputs[1][0].value(0), outputs[1][1].value(0)];
            let expected = [10 * kept, count - kept].map(|value| Some(Value::BigInt(value)));
            assert_eq!(found, expected, "{count} rows, of which those from {} on can be seen", 10 * kept);
        }
    }
}

fn aggregate(function: Function, argument: Option<usize>, frame: Frame) -> Aggregate {
    Aggregate { function, argument, filter: None, frame }
}

const HOUR: i64 = 3_600_000_000;

const fn past(start: i64) -> Frame {
    Frame::Range { start, end: 0, exclude_current: false }
}

/// Feeds one key, one column for each type, in batches; `values` makes a row's values.
struct Feeder {
    timeline: Timeline,
    keys: Keys,
    reads: Vec<usize>,
    position: u64,
}

impl Feeder {
    fn new(spec: TimelineSpec) -> Self {
        let reads = (0..spec.aggregates.len()).collect();
        Self { timeline: Timeline::new(spec), keys: Keys::default(), reads, position: 0 }
    }

    fn feed(&mut self, key: i64, rows: &[(i64, Vec<Option<Value>>)]) {
        let mut key_column = Column::new(DataType::BigInt);
        let mut values: Vec<Column> =
            self.timeline.plan.spec.columns.iter().map(|data_type| Column::new(*data_type)).collect();
        for (_, row) in rows {
            key_column.push(Some(&Value::BigInt(key)));
            values.iter_mut().zip(row).for_each(|(column, value)| column.push(value.as_ref()));
        }
        self.keys.encode(&[&key_column], rows.len());
        let values: Vec<&Column> = values.iter().collect();
        let times: Vec<i64> = rows.iter().map(|(time, _)| *time).collect();
        let positions: Vec<u64> = (self.position..).take(rows.len()).collect();
        self.position += rows.len() as u64;
        let side = Side {
            keys: &self.keys,
            times: &times,
            positions: &positions,
            values: &values,
            reads: &self.reads,
        };
        let action = Action::InsertAndRead;
        let operations: Vec<Operation> =
            (0..rows.len() as u32).map(|row| Operation { side: 0, row, action }).collect();
        let mut outputs = [output_columns(&self.timeline.plan.spec, &self.reads)];
        self.timeline.apply(&[side], &operations, &mut outputs);
    }
}

/// Row visits per event on one key of 300,000 rows over 30 days, one in `late_in` up to `lateness` late.
fn visits_per_event(aggregates: Vec<Aggregate>, late_in: u64, lateness: i64) -> u64 {
    const ROWS: u64 = 300_000;
    let columns = vec![DataType::Decimal { precision: 18, scale: 2 }, DataType::Text, DataType::Double];
    let key_horizon = 1_000 * HOUR;
    let mut feeder = Feeder::new(TimelineSpec { columns, aggregates, key_horizon });
    let mut random = Random(7);
    let step = 30 * 24 * HOUR / ROWS as i64;
    let mut rows = Vec::new();
    let before = meter::visits();
    for index in 0..ROWS {
        let mut time = index as i64 * step;
        if random.one_in(late_in) {
            time -= random.below(lateness as u64) as i64;
        }
        let cents = i128::from(random.below(100_000));
        rows.push((
            time,
            vec![
                Some(Value::Decimal { unscaled: cents, scale: 2 }),
                Some(Value::Text(format!("merchant {}", random.below(5_000)))),
                Some(Value::Double(cents as f64 / 100.0)),
            ],
        ));
        if rows.len() == 1_000 {
            feeder.feed(1, &rows);
            rows.clear();
        }
    }
    (meter::visits() - before) / ROWS
}

#[test]
fn a_hot_key_costs_few_visits_per_event() {
    use Function::{CountDistinct, Min, StddevSamp, Sum};
    let frames = [past(HOUR), past(24 * HOUR), past(30 * 24 * HOUR)];
    let over = |function, argument| frames.map(|frame| aggregate(function, Some(argument), frame)).to_vec();
    // In order, a row passes each edge once, and enters and leaves each distinct count. The rest is for late rows.
    for (name, aggregates, visits_max) in [
        ("sum", over(Sum, 0), 20),
        ("stddev", over(StddevSamp, 2), 20),
        ("min", over(Min, 0), 12),
        ("count distinct", over(CountDistinct, 1), 75),
    ] {
        for lateness in [HOUR, 30 * 24 * HOUR] {
            let visits = visits_per_event(aggregates.clone(), 100, lateness);
            println!("{name}, up to {} h late: {visits} visits per event for three frames", lateness / HOUR);
            assert!(visits <= visits_max, "{name}: {visits} visits per event, at most {visits_max}");
        }
    }
}

#[test]
fn rows_that_are_a_little_out_of_order_cost_few_visits_per_event() {
    use Function::{CountDistinct, Max, Sum};
    let frames = [past(HOUR), past(24 * HOUR), past(30 * 24 * HOUR)];
    let over = |function, argument| frames.map(|frame| aggregate(function, Some(argument), frame)).to_vec();
    // Half of the rows are up to three minutes late, which is some twenty rows.
    for (name, aggregates, visits_max) in
        [("sum", over(Sum, 0), 30), ("max", over(Max, 0), 10), ("count distinct", over(CountDistinct, 1), 50)]
    {
        let visits = visits_per_event(aggregates, 2, HOUR / 20);
        println!("{name}: {visits} visits per event for three frames");
        assert!(visits <= visits_max, "{name}: {visits} visits per event, at most {visits_max}");
    }
}

/// A row with `cents` as its only value.
fn cents(time: i64, cents: i128) -> (i64, Vec<Option<Value>>) {
    (time, vec![Some(Value::Decimal { unscaled: cents, scale: 2 })])
}

#[test]
fn a_row_with_one_column_is_small() {
    let columns = vec![DataType::Decimal { precision: 18, scale: 2 }];
    let aggregates = vec![aggregate(Function::Sum, Some(0), past(HOUR))];
    let spec = TimelineSpec { columns, aggregates, key_horizon: 1_000 * HOUR };
    let per_row = |memory: Memory| memory.bytes_rows as f64 / memory.rows as f64;
    let mut feeder = Feeder::new(spec.clone());
    for batch in 0..100 {
        let rows: Vec<_> = (0..1_000).map(|row| cents(batch * 1_000 + row, 1)).collect();
        feeder.feed(1, &rows);
    }
    let memory = feeder.timeline.memory();
    assert_eq!((memory.keys, memory.rows), (1, 100_000));
    assert!(per_row(memory) < 18.0, "{} bytes a row of a hot key", per_row(memory));
    assert!(memory.bytes_structures < 2_000, "{} bytes of structures", memory.bytes_structures);
    let mut feeder = Feeder::new(spec);
    for row in 0..16 {
        for key in 0..1_000 {
            feeder.feed(key, &[cents(row, 1)]);
        }
    }
    let memory = feeder.timeline.memory();
    assert_eq!((memory.keys, memory.rows), (1_000, 16_000));
    assert!(per_row(memory) < 20.0, "{} bytes a row of a key with 16 rows", per_row(memory));
    assert!(memory.bytes_keys < 100 * memory.keys, "{} bytes of keys", memory.bytes_keys);
    assert_eq!(memory.bytes_structures, 0);
}

#[test]
fn memory_does_not_grow_with_time() {
    let columns = vec![DataType::Text, DataType::Double];
    let aggregates = vec![
        aggregate(Function::CountDistinct, Some(0), past(HOUR)),
        aggregate(Function::Min, Some(1), past(HOUR)),
        aggregate(Function::Max, Some(0), past(HOUR)),
        aggregate(Function::StddevPop, Some(1), past(HOUR)),
    ];
    let mut feeder = Feeder::new(TimelineSpec { columns, aggregates, key_horizon: HOUR });
    let mut sizes = Vec::new();
    let step = HOUR / 1_000;
    for batch in 0..400 {
        let rows: Vec<_> = (0..50)
            .map(|row| {
                let number = batch * 50 + row;
                let text = Value::Text(format!("text that is new each time {number}"));
                (number * step, vec![Some(text), Some(Value::Double(number as f64))])
            })
            .collect();
        feeder.feed(7, &rows);
        // A key that is seen once.
        feeder.feed(1_000 + batch, &rows[..1]);
        feeder.timeline.evict(batch * 50 * step - HOUR);
        sizes.push(feeder.timeline.memory());
    }
    let total = |memory: &Memory| memory.bytes_rows + memory.bytes_keys + memory.bytes_structures;
    let (early, late) = (&sizes[100], &sizes[399]);
    assert!(late.rows < 2_000 && late.keys < 100, "{late:?}");
    assert!(total(late) < total(early) * 3 / 2, "{early:?} grew to {late:?}");
    feeder.feed(7, &[(1_000 * HOUR, vec![None, None])]);
    feeder.timeline.evict(1_000 * HOUR);
    for _ in 0..1_000 {
        feeder.feed(7, &[(1_000 * HOUR, vec![None, None])]);
        feeder.timeline.evict(1_000 * HOUR);
    }
    let memory = feeder.timeline.memory();
    assert_eq!(memory.keys, 1, "only one key has rows");
    assert_eq!(feeder.timeline.entries.iter().flatten().count(), 1, "keys without rows are gone");
    assert!(memory.rows < 1_100, "{memory:?}");
    let texts = feeder.timeline.dictionary.len();
    assert!(texts < 64, "{texts} texts of rows that are gone, but for those in one chunk");
}

#[test]
fn memory_is_the_sum_of_its_parts() {
    let columns = vec![DataType::Text, DataType::Double];
    let aggregates = vec![aggregate(Function::CountDistinct, Some(0), past(HOUR))];
    let mut feeder = Feeder::new(TimelineSpec { columns, aggregates, key_horizon: HOUR });
    for key in 0..20 {
        let rows: Vec<_> = (0..10 * key)
            .map(|row| (row, vec![Some(Value::Text(format!("{row}"))), Some(Value::Double(row as f64))]))
            .collect();
        feeder.feed(key, &rows);
    }
    let timeline = &feeder.timeline;
    let memory = timeline.memory();
    assert_eq!(memory.rows, 1_900);
    for step in [1, 7, 1_000] {
        let mut sum = timeline.memory_shared();
        for slot in (0..timeline.slots()).step_by(step) {
            sum += timeline.memory_of(slot..timeline.slots().min(slot + step));
        }
        assert_eq!(sum, memory, "{step} slots at a time");
    }
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let columns = vec![DataType::Text, TYPES[7], DataType::Boolean, DataType::Date];
    let spec = TimelineSpec { columns, aggregates: Vec::new(), key_horizon: HOUR };
    let mut feeder = Feeder::new(spec.clone());
    let mut random = Random(3);
    for key in 0..5 {
        let rows: Vec<_> = (0..50)
            .map(|row| {
                let values =
                    spec.columns.iter().map(|data_type| Some(value(&mut random, *data_type, Taste::Wild)));
                (row, values.collect())
            })
            .collect();
        feeder.feed(key, &rows);
    }
    let mut bytes = Vec::new();
    feeder.timeline.encode(&mut bytes);
    assert_eq!(Timeline::decode(spec.clone(), &bytes).expect("it is whole").memory().rows, 250);
    for len in 0..bytes.len() {
        assert!(Timeline::decode(spec.clone(), &bytes[..len]).is_err(), "cut after {len} bytes");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Timeline::decode(spec.clone(), &longer).is_err());
    let other = TimelineSpec { columns: vec![DataType::Text], ..spec.clone() };
    assert!(Timeline::decode(other, &bytes).is_err(), "the columns are others");
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << random.below(8);
        // Whatever it says, it says it without a panic.
        if let Ok(timeline) = Timeline::decode(spec.clone(), &changed) {
            assert!(timeline.memory().rows <= 250);
        }
    }
}

#[test]
fn checkpoints_do_not_depend_on_batches() {
    let columns = vec![DataType::Text, DataType::BigInt];
    let aggregates = vec![aggregate(Function::CountDistinct, Some(0), past(HOUR))];
    let spec = TimelineSpec { columns, aggregates, key_horizon: HOUR };
    let row = |index: i64| {
        let text = Value::Text(format!("text {}", index * 7 % 40));
        (index * 1_000, vec![Some(text), Some(Value::BigInt(index))])
    };
    let bytes = |batch: i64| {
        let mut feeder = Feeder::new(spec.clone());
        for start in (0..2_100).step_by(batch as usize) {
            let rows: Vec<_> = (start..start + batch).map(row).collect();
            feeder.feed(9, &rows);
            feeder.timeline.evict(start * 900);
        }
        feeder.timeline.evict(2_000_000);
        let mut bytes = Vec::new();
        feeder.timeline.encode(&mut bytes);
        bytes
    };
    assert_eq!(bytes(7), bytes(70));
}
