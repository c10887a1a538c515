//! The definitions and events of the campaign, by seed.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use records::{canonical::Digest, control::Origin};
use runtime::{
    changes::Change,
    clock::Clock,
    inspect::Inspector,
    processor::{BATCH_EVENTS_MAX, Options, Processor, Submission},
    workers::Workers,
};
use sql::definition::Stream;
use storage::{Faulty, Storage};
use types::{Column, Value};

use crate::revise;

/// What the campaign runs.
pub const DEFINITIONS: &str = "
CREATE STREAM payments (id TEXT PRIMARY KEY, at TIMESTAMPTZ, card TEXT, amount DECIMAL(18,2), score DOUBLE, ok BOOLEAN)
    WITH (event_time = 'at', allowed_lateness = '1 minute', future_max = '1 minute', dedupe = '1 day');
CREATE TABLE cards (id TEXT PRIMARY KEY, grade BIGINT) FROM file('cards-0.csv');
CREATE STREAM logins (id BIGINT PRIMARY KEY, at TIMESTAMPTZ, card TEXT, ok BOOLEAN) WITH (event_time = 'at');
CREATE VIEW features AS SELECT p.*,
    count(*) OVER w AS n, sum(amount) OVER w AS total, avg(score) OVER w AS mean, max(amount) OVER w AS largest,
    count(DISTINCT ok) OVER w AS kinds, stddev(score) OVER w AS spread, lag(amount) OVER o AS before,
    amount / (amount - 5) AS risky, c.grade AS grade,
    (SELECT count(*) FROM logins l WHERE l.card = p.card AND NOT l.ok
        AND l.at BETWEEN p.at - INTERVAL '1 minute' AND p.at) AS failed
    FROM payments p LEFT JOIN cards FOR SYSTEM_TIME AS OF p.at AS c ON c.id = p.card
    WINDOW w AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '1 minute' PRECEDING AND CURRENT ROW),
        o AS (PARTITION BY card ORDER BY at);
CREATE DECISION risk ON features OUTCOMES (approve, review, decline);
CREATE RULE many ON risk WHEN n > 3 THEN review;
CREATE RULE graded ON risk WHEN grade > 5 THEN review;
CREATE RULE large ON risk WHEN total > 50 AND failed > 0 THEN decline;
";

/// A small generator: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

/// A clock that the run moves.
#[derive(Debug, Default)]
pub struct ManualClock(pub AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The files `cards-<number>.csv`: grades of all cards, others for each number.
pub struct Cards;

impl sql::Files for Cards {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let number = path.strip_prefix("cards-").and_then(|path| path.strip_suffix(".csv"));
        let Some(number) = number.and_then(|number| number.parse::<u64>().ok()) else {
            return revise::file(path);
        };
        let mut random = Random(number);
        let rows: String = (0..5).map(|card| format!("c{card},{}\n", random.below(10))).collect();
        Ok(format!("id,grade\n{rows}").into_bytes().into())
    }
}

/// The statement that loads `cards-<number>.csv` in the place of the table's rows.
pub fn cards_statement(number: u64) -> String {
    format!(
        "CREATE OR REPLACE TABLE cards (id TEXT PRIMARY KEY, grade BIGINT) FROM file('cards-{number}.csv')"
    )
}

/// The statements of `text` as a change.
pub fn change(text: &str, origin: Origin) -> Change {
    let (statements, errors) =
        sql::parse(&sql::Source { path: "campaign".to_owned(), text: text.to_owned() });
    assert!(errors.is_empty(), "{errors:?}");
    Change { statements, origin, files: Arc::new(Cards) }
}

/// Where the data lies on the campaign's disk.
pub fn data() -> PathBuf {
    PathBuf::from("/data")
}

/// Options over a disk.
pub fn options(storage: Arc<dyn Storage>, clock: Arc<ManualClock>, threads: usize) -> Options {
    Options {
        data: data(),
        segment_bytes: 8 << 10,
        archive: data().join("archive"),
        storage,
        clock,
        executor: Arc::new(Workers::new(threads)),
        checkpoint_events: 60,
        checkpoint_interval: 600_000_000,
        batch_events_max: BATCH_EVENTS_MAX,
    }
}

/// One event, the same for the same number.
#[derive(Clone, Debug)]
pub struct Event {
    /// Whether it is a payment or a login.
    pub payment: bool,
    /// All columns.
    pub values: Vec<Option<Value>>,
}

/// The event called `number`.
pub fn event(seed: u64, number: u64) -> Event {
    let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add(number));
    let payment = random.below(4) > 0;
    let mut at = 1_767_225_600_000_000 + number as i64 * 500_000 - random.below(3_000_000) as i64;
    if random.below(30) == 0 {
        at -= 200_000_000;
    }
    let card = (random.below(20) > 0).then(|| Value::Text(format!("c{}", random.below(5))));
    let values = if payment {
        vec![
            Some(Value::Text(format!("p{number}"))),
            Some(Value::Timestamptz(at)),
            card,
            Some(Value::Decimal { unscaled: random.below(4_000) as i128, scale: 2 }),
            (random.below(9) > 0).then(|| Value::Double(random.below(1_000_000) as f64 / 7919.0)),
            Some(Value::Boolean(random.below(2) == 0)),
        ]
    } else {
        vec![
            Some(Value::BigInt(number as i64)),
            Some(Value::Timestamptz(at)),
            card,
            Some(Value::Boolean(random.below(3) == 0)),
        ]
    };
    Event { payment, values }
}

/// Rows of one stream as a submission.
pub fn submission(stream: &Arc<Stream>, events: &[&Event], asked: bool) -> Submission {
    let mut columns: Vec<Column> = stream.schema.empty_columns();
    for event in events {
        for (column, value) in columns.iter_mut().zip(&event.values) {
            column.push(value.as_ref());
        }
    }
    Submission { stream: Arc::clone(stream), columns, arrived: None, asked }
}

/// Consecutive events of one stream each.
pub fn submissions(processor: &Processor, events: &[Event], asked: bool) -> Vec<Submission> {
    let definitions = processor.definitions();
    let mut submissions = Vec::new();
    for run in events.chunk_by(|left, right| left.payment == right.payment) {
        let stream = &definitions.streams[if run[0].payment { "payments" } else { "logins" }];
        submissions.push(submission(stream, &run.iter().collect::<Vec<_>>(), asked));
    }
    submissions
}

/// The records of a fixed run of events, admitted in batches of `batch` on `threads` threads.
pub fn digest(batch: usize, threads: usize) -> Digest {
    const EVENTS: u64 = 2_000;
    let storage = Arc::new(Faulty::new(1));
    let clock = Arc::new(ManualClock::default());
    clock.0.store(1_767_225_600_000_000, Ordering::Relaxed);
    let (mut processor, _) =
        Processor::open(options(storage.clone(), Arc::clone(&clock), threads)).expect("an empty disk opens");
    processor
        .change_now(change(DEFINITIONS, Origin::Project))
        .expect("the disk works")
        .expect("the definitions are right");
    let events: Vec<Event> = (0..EVENTS).map(|number| event(1, number)).collect();
    let mut next = 1_767_225_600_000_000;
    for events in events.chunks(batch) {
        let mut submissions = submissions(&processor, events, false);
        for submission in &mut submissions {
            let rows = submission.columns[0].len() as i64;
            submission.arrived = Some((0..rows).map(|row| next + row * 500_000).collect());
            next += rows * 500_000;
        }
        processor.submit(submissions).expect("the disk works");
    }
    processor.close().expect("the disk works");
    let inspector = Inspector::open(storage, &data(), Some(&data().join("archive"))).expect("the log opens");
    let verification = inspector.verify_all(&Workers::new(1), &mut |_| {}).expect("the log reads");
    assert_eq!(verification.differences, Vec::<u64>::new());
    assert!(verification.records > 1_000, "most events are decided");
    verification.digest
}
