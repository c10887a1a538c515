//! How fast timelines are: ten aggregates over three windows, keys by Zipf's law, one event in a hundred late.
//!
//! `cargo run --release -p bench-windows -- [events] [keys] [batch] [part of a scenario's name]`
//!
//! Answers are compared with a scan of each key's rows before anything is timed, and the bytes that a timeline counts
//! are printed beside what the process has grown by.

mod reference;

use std::time::{Duration, Instant};

use types::{Column, DataType, Value};
use windows::{Action, Aggregate, Frame, Function, Keys, Operation, Side, Timeline, TimelineSpec};

use crate::reference::Reference;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
const LATENESS: i64 = HOUR;
/// Events of a day.
const EVENTS_PER_DAY: i64 = 100_000;

/// The last argument of the process that times one scenario.
const TIME_ONLY: &str = "--time-only";

/// Events whose answers are compared.
const CHECKED_EVENTS: usize = 20_000;

/// Bytes of this process in memory, where Linux says it.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}

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

/// A timeline, and what it takes to feed it.
struct Feed<'a> {
    scenario: &'a Scenario,
    timeline: Timeline,
    keys: Keys,
    operations: Vec<Operation>,
    reads: Vec<usize>,
    outputs: [Vec<Column>; 1],
    random: Random,
    key_count: i64,
    next: usize,
}

impl<'a> Feed<'a> {
    fn new(scenario: &'a Scenario, key_count: i64, batch_len: usize) -> Self {
        let spec = TimelineSpec {
            columns: scenario.columns.clone(),
            aggregates: scenario.aggregates.clone(),
            key_horizon: 7 * DAY,
        };
        let output = |aggregate: &Aggregate| {
            let argument = aggregate.argument.map(|column| scenario.columns[column]);
            Column::new(aggregate.function.result_type(argument).expect("the benchmark's types are right"))
        };
        let action = Action::InsertAndRead;
        Self {
            scenario,
            timeline: Timeline::new(spec),
            keys: Keys::default(),
            operations: (0..batch_len as u32).map(|row| Operation { side: 0, row, action }).collect(),
            reads: (0..scenario.aggregates.len()).collect(),
            outputs: [scenario.aggregates.iter().map(output).collect()],
            random: Random(1),
            key_count,
            next: 0,
        }
    }

    /// The next batch, of at most `limit` rows, and the time that the timeline took for it; its results are in `outputs`.
    fn step(&mut self, limit: usize) -> (Batch, Duration) {
        let len = self.operations.len().min(limit);
        let batch = generate(&mut self.random, self.scenario, self.key_count, self.next, len);
        self.next += len;
        let values: Vec<&Column> = batch.values.iter().collect();
        self.outputs[0].iter_mut().for_each(Column::clear);
        let start = Stopwatch::start();
        self.keys.encode(&[&batch.keys], len);
        let side = Side {
            keys: &self.keys,
            times: &batch.times,
            positions: &batch.positions,
            values: &values,
            reads: &self.reads,
        };
        self.timeline.apply(&[side], &self.operations[..len], &mut self.outputs);
        self.timeline.evict(batch.times[0].saturating_sub(7 * DAY + 2 * LATENESS));
        (batch, start.elapsed())
    }
}

/// Compares the first answers with a scan, and says what that costs.
fn check(scenario: &Scenario, events: usize, key_count: i64, batch_len: usize) {
    let mut feed = Feed::new(scenario, key_count, batch_len);
    let mut reference = Reference::new(scenario);
    while feed.next < events {
        let (batch, _) = feed.step(events - feed.next);
        reference.check(&batch, &feed.outputs[0]);
    }
    let per_event = reference.spent.as_nanos() as f64 / events.max(1) as f64;
    println!("  {} answers equal a scan's, which takes {per_event:.0} ns per event here", reference.compared);
}

fn time(scenario: &Scenario, events: usize, key_count: i64, batch_len: usize) {
    let before = resident_bytes();
    let mut feed = Feed::new(scenario, key_count, batch_len);
    let (mut spent, mut warm) = (Duration::ZERO, Duration::ZERO);
    while feed.next < events {
        let late = feed.next >= events / 2;
        let (_, elapsed) = feed.step(events - feed.next);
        spent += elapsed;
        if late {
            warm += elapsed;
        }
    }
    let grown = resident_bytes().zip(before).map(|(after, before)| after.saturating_sub(before));
    let memory = feed.timeline.memory();
    let per_event = |spent: Duration, events: usize| spent.as_nanos() as f64 / events as f64;
    let aggregates = scenario.aggregates.len().max(1) as f64;
    println!(
        "  {:.0} events/s, {:.0} ns per event, {:.1} ns per event and aggregate (second half: {:.1})",
        1e9 / per_event(spent, events),
        per_event(spent, events),
        per_event(spent, events) / aggregates,
        per_event(warm, events - events / 2) / aggregates,
    );
    println!(
        "  {} keys, {} rows, {:.1} bytes a row, {:.1} bytes a key, {:.1} bytes of structures a row",
        memory.keys,
        memory.rows,
        memory.bytes_rows as f64 / memory.rows as f64,
        memory.bytes_keys as f64 / memory.keys as f64,
        memory.bytes_structures as f64 / memory.rows as f64,
    );
    let counted = memory.bytes_rows + memory.bytes_keys + memory.bytes_structures;
    if let Some(grown) = grown {
        println!(
            "  {:.1} MB counted, the process grew by {:.1} MB",
            counted as f64 / 1e6,
            grown as f64 / 1e6
        );
    }
}

/// Times a scenario in a process of its own, whose growth is then the scenario's.
fn time_apart(scenario: &Scenario, numbers: [usize; 3]) -> std::io::Result<()> {
    let mut child = std::process::Command::new(std::env::current_exe()?);
    let numbers = numbers.map(|number| number.to_string());
    let status = child.args(numbers).args([scenario.name, TIME_ONLY]).status()?;
    if status.success() { Ok(()) } else { Err(std::io::Error::other("the timing process failed")) }
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |index: usize, default: usize| {
        let given = arguments.get(index);
        given.map_or(default, |text| text.parse().expect("the first three arguments are numbers"))
    };
    let (events, keys, batch) = (argument(0, 1_000_000), argument(1, 100_000), argument(2, 1_024));
    let wanted = arguments.get(3).cloned().unwrap_or_default();
    let time_only = arguments.get(4).is_some_and(|word| word == TIME_ONLY);
    if time_only {
        let scenarios = scenarios();
        let scenario = scenarios.iter().find(|scenario| scenario.name == wanted);
        time(scenario.expect("the parent names a scenario"), events, keys as i64, batch);
        return Ok(());
    }
    println!("{events} events, {keys} keys by Zipf's law, batches of {batch}, 1% up to 1 hour late");
    for scenario in scenarios().iter().filter(|scenario| scenario.name.contains(&wanted)) {
        println!("{} ({} aggregates)", scenario.name, scenario.aggregates.len());
        check(scenario, events.min(CHECKED_EVENTS), (keys as i64 / 100).max(1), batch);
        time_apart(scenario, [events, keys, batch])?;
    }
    Ok(())
}
