//! How fast timelines are: ten aggregates over three windows, keys by Zipf's law, one event in a hundred late.
//!
//! `cargo run --release -p bench-windows -- [events] [keys] [batch] [part of a scenario's name]`

use std::time::{Duration, Instant};

use types::{Column, DataType, Value};
use windows::{Action, Aggregate, Frame, Function, Keys, Operation, Side, Timeline, TimelineSpec};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
const LATENESS: i64 = HOUR;
/// Events of a day.
const EVENTS_PER_DAY: i64 = 100_000;

/// Time that this thread has run, which other work on the machine does not add to; Linux says it in nanoseconds.
fn running_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// The thread's running time if the system tells it, else the time of day.
struct Stopwatch(Instant, Option<Duration>);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now(), running_time())
    }

    fn elapsed(&self) -> Duration {
        match (self.1, running_time()) {
            (Some(start), Some(end)) => end - start,
            _ => self.0.elapsed(),
        }
    }
}

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

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Zipf's law with exponent 1, by the inverse of the integral.
    fn zipf(&mut self, count: f64) -> i64 {
        (count.powf(self.unit())) as i64
    }
}

struct Scenario {
    name: &'static str,
    columns: Vec<DataType>,
    aggregates: Vec<Aggregate>,
}

const AMOUNT: usize = 0;
const MERCHANT: usize = 1;
const FAILED: usize = 2;
const SCORE: usize = 3;

fn scenarios() -> Vec<Scenario> {
    use Function::{Avg, Count, CountDistinct, CountRows, Max, Min, StddevSamp, Sum};
    let past = |start| Frame::Range { start, end: 0, exclude_current: false };
    let (short, middle, long) = (past(HOUR), past(DAY), past(7 * DAY));
    let of =
        |function, argument, frame| Aggregate { function, argument: Some(argument), filter: None, frame };
    let rows = |frame| Aggregate { function: CountRows, argument: None, filter: None, frame };
    let columns = vec![
        DataType::Decimal { precision: 18, scale: 2 },
        DataType::Text,
        DataType::Boolean,
        DataType::Double,
    ];
    let mixed = vec![
        rows(short),
        of(Sum, AMOUNT, middle),
        of(Avg, AMOUNT, long),
        of(Max, AMOUNT, long),
        of(CountDistinct, MERCHANT, middle),
        of(CountDistinct, MERCHANT, long),
        Aggregate { filter: Some(FAILED), ..rows(short) },
        Aggregate { filter: Some(FAILED), ..rows(middle) },
        of(Avg, SCORE, middle),
        of(StddevSamp, AMOUNT, long),
    ];
    let each = |function, argument| {
        [short, middle, long].iter().map(|frame| of(function, argument, *frame)).collect::<Vec<_>>()
    };
    let only =
        |name, data_type, aggregates: Vec<Aggregate>| Scenario { name, columns: vec![data_type], aggregates };
    let decimal = columns[AMOUNT];
    vec![
        Scenario { name: "ten aggregates over three windows", columns, aggregates: mixed },
        only("rows only", decimal, Vec::new()),
        only("sum(decimal)", decimal, each(Sum, 0)),
        only("count", DataType::BigInt, each(Count, 0)),
        only("avg(double)", DataType::Double, each(Avg, 0)),
        only("stddev(double)", DataType::Double, each(StddevSamp, 0)),
        only("min(decimal)", decimal, each(Min, 0)),
        only("count(distinct text)", DataType::Text, each(CountDistinct, 0)),
    ]
}

fn value(random: &mut Random, data_type: DataType) -> Value {
    match data_type {
        DataType::Decimal { scale, .. } => {
            Value::Decimal { unscaled: i128::from(random.next() % 1_000_000), scale }
        }
        DataType::BigInt => Value::BigInt((random.next() % 1_000_000) as i64),
        DataType::Text => Value::Text(format!("merchant {}", random.zipf(20_000.0))),
        DataType::Boolean => Value::Boolean(random.next().is_multiple_of(20)),
        _ => Value::Double((random.next() % 1_000_000) as f64 / 1e4),
    }
}

/// One batch in memory, and the columns that take its results.
struct Batch {
    keys: Column,
    times: Vec<i64>,
    positions: Vec<u64>,
    values: Vec<Column>,
}

fn generate(random: &mut Random, scenario: &Scenario, keys: i64, first: usize, len: usize) -> Batch {
    let mut batch = Batch {
        keys: Column::new(DataType::Text),
        times: Vec::new(),
        positions: (first as u64..).take(len).collect(),
        values: scenario.columns.iter().map(|data_type| Column::new(*data_type)).collect(),
    };
    for index in first..first + len {
        let late = random.next().is_multiple_of(100);
        let delay = if late { (random.next() % LATENESS as u64) as i64 } else { 0 };
        batch.times.push(index as i64 * (DAY / EVENTS_PER_DAY) - delay);
        batch.keys.push(Some(&Value::Text(format!("card_{:012}", random.zipf(keys as f64)))));
        for (column, data_type) in batch.values.iter_mut().zip(&scenario.columns) {
            column.push(Some(&value(random, *data_type)));
        }
    }
    batch
}

fn run(scenario: &Scenario, events: usize, key_count: i64, batch_len: usize) {
    let spec = TimelineSpec {
        columns: scenario.columns.clone(),
        aggregates: scenario.aggregates.clone(),
        key_horizon: 7 * DAY,
    };
    let output = |aggregate: &Aggregate| {
        let argument = aggregate.argument.map(|column| scenario.columns[column]);
        Column::new(aggregate.function.result_type(argument).expect("the benchmark's types are right"))
    };
    let mut outputs = [scenario.aggregates.iter().map(output).collect::<Vec<Column>>()];
    let reads: Vec<usize> = (0..scenario.aggregates.len()).collect();
    let mut timeline = Timeline::new(spec);
    let mut keys = Keys::default();
    let mut random = Random(1);
    let (mut spent, mut warm) = (Duration::ZERO, Duration::ZERO);
    let operations: Vec<Operation> =
        (0..batch_len as u32).map(|row| Operation { side: 0, row, action: Action::InsertAndRead }).collect();
    let mut first = 0;
    while first < events {
        let batch = generate(&mut random, scenario, key_count, first, batch_len.min(events - first));
        let values: Vec<&Column> = batch.values.iter().collect();
        outputs[0].iter_mut().for_each(Column::clear);
        let start = Stopwatch::start();
        keys.encode(&[&batch.keys], batch.times.len());
        let side = Side {
            keys: &keys,
            times: &batch.times,
            positions: &batch.positions,
            values: &values,
            reads: &reads,
        };
        timeline.apply(&[side], &operations[..batch.times.len()], &mut outputs);
        timeline.evict(batch.times[0].saturating_sub(7 * DAY + 2 * LATENESS));
        let elapsed = start.elapsed();
        spent += elapsed;
        if first >= events / 2 {
            warm += elapsed;
        }
        first += batch.times.len();
    }
    let memory = timeline.memory();
    let per_event = |spent: Duration, events: usize| spent.as_nanos() as f64 / events as f64;
    let second_half = per_event(warm, events - events / 2);
    println!("{} ({} aggregates)", scenario.name, reads.len());
    println!(
        "  {:.0} events/s, {:.0} ns per event, {:.1} ns per event and aggregate (second half: {:.1})",
        1e9 / per_event(spent, events),
        per_event(spent, events),
        per_event(spent, events) / reads.len().max(1) as f64,
        second_half / reads.len().max(1) as f64,
    );
    println!(
        "  {} keys, {} rows, {:.1} bytes a row, {:.1} bytes a key, {:.1} bytes of structures a row",
        memory.keys,
        memory.rows,
        memory.bytes_rows as f64 / memory.rows as f64,
        memory.bytes_keys as f64 / memory.keys as f64,
        memory.bytes_structures as f64 / memory.rows as f64,
    );
}

fn main() {
    let argument = |index: usize, default: usize| {
        let given = std::env::args().nth(index);
        given.map_or(default, |text| text.parse().expect("arguments are numbers"))
    };
    let (events, keys, batch) = (argument(1, 1_000_000), argument(2, 100_000), argument(3, 1_024));
    println!("{events} events, {keys} keys by Zipf's law, batches of {batch}, 1% up to 1 hour late");
    let wanted = std::env::args().nth(4).unwrap_or_default();
    for scenario in scenarios().into_iter().filter(|scenario| scenario.name.contains(&wanted)) {
        run(&scenario, events, keys as i64, batch);
    }
}
