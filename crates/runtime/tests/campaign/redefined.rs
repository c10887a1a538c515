//! Definitions that change: every epoch's decisions come out again, from whatever checkpoint there still is.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
};

use records::control::Origin;
use runtime::{
    changes::Progress,
    inspect::Inspector,
    node::one,
    processor::{Processor, Submission},
    recovery::Report,
    workers::Workers,
};
use storage::{Faulty, Stop, Storage as _};
use types::{Column, Value};

use crate::world::{ManualClock, change, data, options};

/// When the runs begin.
const START: i64 = 1_767_225_600_000_000;
/// A second.
const SECOND: i64 = 1_000_000;

const STREAM: &str = "CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, k TEXT, x BIGINT, y BIGINT)
    WITH (event_time = 'at');";

/// A data directory and what is sent to it.
struct World {
    disk: Arc<Faulty>,
    clock: Arc<ManualClock>,
    sent: i64,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        clock.0.store(START, Ordering::Relaxed);
        Self { disk: Arc::new(Faulty::new(1)), clock, sent: 0 }
    }

    fn open(&self) -> (Processor, Report) {
        let options = options(self.disk.clone(), Arc::clone(&self.clock), 1);
        let (mut processor, report) = Processor::open(options).expect("what is acknowledged can be opened");
        processor.finish_changes().expect("the disk works");
        (processor, report)
    }

    /// Ends the process without its farewell and starts it again.
    fn kill(&self, processor: Processor) -> (Processor, Report) {
        self.disk.stop_after(0, Stop::Kill);
        drop(processor);
        self.disk.restart();
        self.open()
    }

    /// Sends an event a second.
    fn send(&mut self, processor: &mut Processor, events: i64) {
        for _ in 0..events {
            self.sent += 1;
            let at = START + self.sent * SECOND;
            self.clock.0.store(at, Ordering::Relaxed);
            let stream = &processor.definitions().streams["s"];
            let mut columns: Vec<Column> = stream.schema.empty_columns();
            let values = [
                Value::Text(format!("e{}", self.sent)),
                Value::Timestamptz(at),
                Value::Text(format!("k{}", self.sent % 3)),
                Value::BigInt(self.sent),
                Value::BigInt(-self.sent % 4),
            ];
            for (column, value) in columns.iter_mut().zip(&values) {
                column.push(Some(value));
            }
            let stream = Arc::clone(stream);
            let submission = Submission { stream, columns, arrived: None, asked: true };
            processor.submit(vec![submission]).expect("the disk works");
            processor.syncer().sync().expect("the disk works");
        }
    }

    fn inspector(&self) -> Inspector {
        let archive = data().join("archive");
        Inspector::open(self.disk.clone(), &data(), Some(&archive)).expect("the log opens")
    }

    /// All records come out again.
    fn verify(&self) {
        let mut ignore = |_| {};
        let verification =
            self.inspector().verify_all(&Workers::new(1), &mut ignore).expect("the log replays");
        assert_eq!(verification.differences, Vec::<u64>::new());
        assert_eq!(verification.events, self.sent as u64);
    }

    /// What column `name` was for the last event.
    fn last(&self, name: &str) -> Option<Value> {
        let record = self.inspector().find("d", &format!("e{}", self.sent)).expect("the log reads");
        let verdict = record.expect("the event is in the log").verdict.expect("it was decided");
        verdict.columns.into_iter().find(|(column, _)| column == name).expect("the column is recorded").1
    }

    fn checkpoints(&self) -> Vec<PathBuf> {
        let directory = data().join("checkpoints");
        let mut names = self.disk.list(&directory).expect("the directory is there");
        names.sort();
        names.into_iter().map(|name| directory.join(name)).collect()
    }
}

fn define(processor: &mut Processor, statements: &str) {
    let change = change(statements, Origin::Statement);
    processor.change_now(change).expect("the disk works").expect("the definitions are right");
}

/// Puts definitions in force and says whether that needed no history.
fn define_at_once(processor: &mut Processor, statements: &str) -> bool {
    let (reply, answer) = one();
    let progress = processor.change(change(statements, Origin::Statement), reply).expect("the disk works");
    match progress {
        Progress::Done(replies) => {
            replies.into_iter().for_each(|(applied, reply)| reply(Ok(applied)));
            answer.try_recv().expect("it is answered").expect("the definitions are right");
            true
        }
        _ => false,
    }
}

/// The view with one window of the last minute.
fn view(value: &str) -> String {
    format!(
        "CREATE OR REPLACE VIEW v AS SELECT s.*, {value} OVER w AS n FROM s WINDOW w AS \
         (PARTITION BY k ORDER BY at RANGE BETWEEN INTERVAL '1 minute' PRECEDING AND CURRENT ROW);"
    )
}

fn first_definitions(value: &str) -> String {
    format!("{STREAM}\n{}\nCREATE DECISION d ON v OUTCOMES (approve, review);", view(value))
}

#[test]
fn another_argument_before_the_first_event_survives_a_kill() {
    let mut world = World::new();
    let (mut processor, _) = world.open();
    define(&mut processor, &first_definitions("sum(x)"));
    processor.close().expect("the disk works");
    let (mut processor, _) = world.open();
    define(&mut processor, &view("sum(y)"));
    world.send(&mut processor, 8);
    let (mut processor, _) = world.kill(processor);
    world.send(&mut processor, 4);
    assert_eq!(world.last("n"), Some(Value::Decimal { unscaled: -6, scale: 0 }));
    processor.close().expect("the disk works");
    world.verify();
}

/// Two epochs with other arguments, the second from a statement.
fn replaced(world: &mut World) -> Processor {
    let (mut processor, _) = world.open();
    define(&mut processor, &first_definitions("sum(x)"));
    world.send(&mut processor, 10);
    processor.checkpoint().expect("the disk works");
    world.send(&mut processor, 10);
    define(&mut processor, &view("sum(y)"));
    world.send(&mut processor, 10);
    processor
}

#[test]
fn a_lost_checkpoint_makes_recovery_read_all_epochs() {
    let mut world = World::new();
    replaced(&mut world).close().expect("the disk works");
    assert_eq!(world.checkpoints().len(), 2);
    for path in world.checkpoints() {
        world.disk.remove(&path).expect("the file is there");
    }
    let (mut processor, report) = world.open();
    assert_eq!((report.checkpoint, report.replayed), (None, 30));
    assert_eq!(report.diverged, Vec::<u64>::new());
    world.send(&mut processor, 5);
    processor.close().expect("the disk works");
    world.verify();
}

#[test]
fn a_damaged_checkpoint_makes_recovery_use_the_one_before() {
    let mut world = World::new();
    let mut processor = replaced(&mut world);
    processor.checkpoint().expect("the disk works");
    for _ in 0..2 {
        world.send(&mut processor, 7);
        processor.checkpoint().expect("the disk works");
        let paths = world.checkpoints();
        let newest = paths.last().expect("it was just made");
        world.disk.flip(newest, 200, 1).expect("the file is there");
        let report;
        (processor, report) = world.kill(processor);
        assert_eq!(report.skipped.len(), 1, "{:?}", report.skipped);
        assert_eq!(report.replayed, 7);
        world.disk.flip(newest, 200, 1).expect("the file is there");
    }
    world.send(&mut processor, 5);
    processor.close().expect("the disk works");
    world.verify();
}

#[test]
fn a_checkpoint_from_before_a_feature_is_passed_over_for_the_log() {
    let mut world = World::new();
    let mut processor = replaced(&mut world);
    let paths = world.checkpoints();
    // The one that followed the second epoch's state.
    world.disk.flip(&paths[1], 200, 1).expect("the file is there");
    let report;
    (processor, report) = world.kill(processor);
    assert_eq!(report.skipped.len(), 2, "{:?}", report.skipped);
    assert_eq!((report.checkpoint, report.replayed), (None, 30));
    world.send(&mut processor, 5);
    processor.close().expect("the disk works");
    world.verify();
}

#[test]
fn a_kill_at_any_write_of_a_change_leaves_something_to_start_from() {
    for operations in 0..60 {
        let mut world = World::new();
        let (mut processor, _) = world.open();
        define(&mut processor, &first_definitions("sum(x)"));
        world.send(&mut processor, 20);
        world.disk.stop_after(operations, Stop::Kill);
        let change = change(&view("sum(y)"), Origin::Statement);
        // The disk stops somewhere on the way, or after it.
        drop(processor.change_now(change).map(drop));
        drop(processor);
        world.disk.restart();
        let (mut processor, _) = world.open();
        world.send(&mut processor, 5);
        processor.close().expect("the disk works");
        world.verify();
    }
}

#[test]
fn a_feature_over_rows_that_are_kept_is_there_at_once() {
    let mut world = World::new();
    let (mut processor, _) = world.open();
    define(&mut processor, &first_definitions("sum(x) OVER w AS m, max(y)"));
    world.send(&mut processor, 9);
    assert!(define_at_once(&mut processor, &view("max(y)")), "a feature less");
    world.send(&mut processor, 9);
    assert!(define_at_once(&mut processor, &view("avg(y)")), "another function of the same column");
    world.send(&mut processor, 9);
    assert!(define_at_once(&mut processor, &view("count(*)")), "no column at all");
    world.send(&mut processor, 9);
    assert_eq!(world.last("n"), Some(Value::BigInt(12)), "the rows were kept");
    assert!(!define_at_once(&mut processor, &view("sum(x)")), "the values are not kept any more");
    let (processor, _) = world.kill(processor);
    processor.close().expect("the disk works");
    world.verify();
}

#[test]
fn epochs_that_feed_two_timelines_the_other_way_round_are_replayed() {
    let chained = |first: &str, second: &str| {
        let window = |key: &str| {
            format!(
                "(PARTITION BY {key} ORDER BY at RANGE BETWEEN INTERVAL '1 minute' PRECEDING AND CURRENT ROW)"
            )
        };
        format!(
            "CREATE OR REPLACE VIEW u AS SELECT s.*, count(*) OVER {} AS m FROM s;
             CREATE OR REPLACE VIEW v AS SELECT u.*, sum(m) OVER {} AS n FROM u;",
            window(first),
            window(second)
        )
    };
    let mut world = World::new();
    let (mut processor, _) = world.open();
    let decision = "CREATE DECISION d ON v OUTCOMES (approve, review);";
    define(&mut processor, &format!("{STREAM}{}{decision}", chained("k", "y")));
    world.send(&mut processor, 10);
    define(&mut processor, &chained("y", "k"));
    world.send(&mut processor, 10);
    define(&mut processor, "CREATE RULE r ON d WHEN n > 3 THEN review;");
    world.send(&mut processor, 10);
    for path in world.checkpoints() {
        world.disk.remove(&path).expect("the file is there");
    }
    let (mut processor, report) = world.kill(processor);
    assert_eq!((report.replayed, report.diverged), (30, Vec::new()));
    world.send(&mut processor, 10);
    processor.close().expect("the disk works");
    world.verify();
}
