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
    old: i64,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        clock.0.store(START, Ordering::Relaxed);
        Self { disk: Arc::new(Faulty::new(1)), clock, sent: 0, old: 0 }
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
            self.clock.0.store(START + self.sent * SECOND, Ordering::Relaxed);
            self.submit(processor, &format!("e{}", self.sent), self.sent);
        }
    }

    /// Sends an event of the time of the first one.
    fn send_old(&mut self, processor: &mut Processor, id: &str) {
        self.submit(processor, id, 1);
        self.old += 1;
    }

    fn submit(&self, processor: &mut Processor, id: &str, number: i64) {
        let stream = &processor.definitions().streams["s"];
        let mut columns: Vec<Column> = stream.schema.empty_columns();
        let values = [
            Value::Text(id.to_owned()),
            Value::Timestamptz(START + number * SECOND),
            Value::Text(format!("k{}", number % 3)),
            Value::BigInt(number),
            Value::BigInt(-number % 4),
        ];
        for (column, value) in columns.iter_mut().zip(&values) {
            column.push(Some(value));
        }
        let stream = Arc::clone(stream);
        let submission = Submission { stream, columns, arrived: None, asked: true };
        processor.submit(vec![submission]).expect("the disk works");
        processor.syncer().sync().expect("the disk works");
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
        assert_eq!(verification.events, (self.sent + self.old) as u64);
    }

    /// What column `name` was for the last event.
    fn last(&self, name: &str) -> Option<Value> {
        self.value(&format!("e{}", self.sent), name)
    }

    /// What column `name` was for an event.
    fn value(&self, id: &str, name: &str) -> Option<Value> {
        let record = self.inspector().find("d", id).expect("the log reads");
        let verdict = record.expect("the event is in the log").verdict.expect("it was decided");
        verdict.column(name).expect("the column is recorded").cloned()
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

/// A file stub: what `m.csv` holds.
struct File(&'static str);

impl sql::Files for File {
    fn read(&self, _: &str) -> Result<Arc<[u8]>, String> {
        Ok(self.0.as_bytes().into())
    }
}

/// Statements that read this as their file.
fn define_with(processor: &mut Processor, statements: &str, file: &'static str) {
    let mut change = change(statements, Origin::Statement);
    change.files = Arc::new(File(file));
    processor.change_now(change).expect("the disk works").expect("the definitions are right");
}

const LOOKED_UP: &str = "CREATE OR REPLACE VIEW u AS SELECT s.*, m.category AS category FROM s
        LEFT JOIN m FOR SYSTEM_TIME AS OF s.at AS m ON m.id = s.k;
    CREATE OR REPLACE VIEW v AS SELECT u.*, count(DISTINCT category) OVER (PARTITION BY y ORDER BY at
        RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW) AS n FROM u;";

fn table(columns: &str) -> String {
    format!("CREATE OR REPLACE TABLE m ({columns}) FROM file('m.csv');")
}

/// A world whose table names a category for each key.
fn with_table() -> (World, Processor) {
    let mut world = World::new();
    let (mut processor, _) = world.open();
    let decision = "CREATE DECISION d ON v OUTCOMES (approve, review);";
    let all = format!("{STREAM}{}{LOOKED_UP}{decision}", table("id TEXT PRIMARY KEY, category TEXT"));
    define_with(&mut processor, &all, "id,category\nk0,5\nk1,6\nk2,7\n");
    world.send(&mut processor, 9);
    assert_eq!(world.last("category"), Some(Value::Text("5".to_owned())));
    (world, processor)
}

impl World {
    /// Everything comes out again: after a kill, and without any checkpoint.
    fn survives(&mut self, processor: Processor) {
        let (mut processor, report) = self.kill(processor);
        assert_eq!(report.diverged, Vec::<u64>::new());
        self.send(&mut processor, 3);
        let (processor, _) = self.kill(processor);
        processor.close().expect("the disk works");
        for path in self.checkpoints() {
            self.disk.remove(&path).expect("the file is there");
        }
        let (mut processor, report) = self.open();
        assert_eq!(report.diverged, Vec::<u64>::new());
        self.send(&mut processor, 3);
        processor.close().expect("the disk works");
        self.verify();
    }
}

#[test]
fn a_table_with_another_type_is_not_read_in_the_old_rows() {
    let (mut world, mut processor) = with_table();
    let file = "id,category\nk0,50\nk1,60\nk2,70\n";
    define_with(&mut processor, &table("id TEXT PRIMARY KEY, category BIGINT"), file);
    world.send(&mut processor, 9);
    assert_eq!(world.last("category"), Some(Value::BigInt(50)));
    assert_eq!(world.last("n"), Some(Value::BigInt(3)), "what was looked up in the old rows does not count");
    world.survives(processor);
}

#[test]
fn an_event_from_before_a_table_had_its_shape_sees_its_first_rows() {
    let (mut world, mut processor) = with_table();
    let file = "id,score,category\nk0,1,toys\nk1,2,books\n";
    define_with(&mut processor, &table("id TEXT PRIMARY KEY, score BIGINT, category TEXT"), file);
    let replace = LOOKED_UP.replace("m.category AS category", "m.category AS category, m.score AS score");
    define_with(&mut processor, &replace, file);
    world.send_old(&mut processor, "late");
    assert_eq!(world.value("late", "category"), Some(Value::Text("books".to_owned())));
    assert_eq!(world.value("late", "score"), Some(Value::BigInt(2)));
    world.send(&mut processor, 3);
    world.survives(processor);
}

#[test]
fn a_table_that_was_dropped_is_not_seen_in_the_one_of_its_name() {
    let (mut world, mut processor) = with_table();
    define(&mut processor, "DROP DECISION d; DROP VIEW v; DROP VIEW u; DROP TABLE m;");
    let decision = "CREATE DECISION d ON v OUTCOMES (approve, review);";
    let all = format!("{}{LOOKED_UP}{decision}", table("id TEXT PRIMARY KEY, category TEXT"));
    define_with(&mut processor, &all, "id,category\nk1,second\n");
    world.send_old(&mut processor, "late");
    assert_eq!(world.value("late", "category"), Some(Value::Text("second".to_owned())));
    world.send(&mut processor, 3);
    assert_eq!(processor.engine().tables().rows(), 1, "the rows of the dropped table are gone");
    world.survives(processor);
}

#[test]
fn a_new_file_of_the_same_shape_is_seen_from_its_statement_on() {
    let (mut world, mut processor) = with_table();
    define_with(&mut processor, &table("id TEXT PRIMARY KEY, category TEXT"), "id,category\nk1,new\n");
    world.send_old(&mut processor, "late");
    assert_eq!(world.value("late", "category"), Some(Value::Text("6".to_owned())));
    world.send(&mut processor, 1);
    assert_eq!(world.last("category"), Some(Value::Text("new".to_owned())));
    world.survives(processor);
}

#[test]
fn a_stream_comes_back_as_it_was_or_not_at_all() {
    let mut world = World::new();
    let (mut processor, _) = world.open();
    define(&mut processor, &first_definitions("sum(x)"));
    world.send(&mut processor, 6);
    define(&mut processor, "DROP DECISION d; DROP VIEW v; DROP STREAM s;");
    for wrong in ["y BIGINT, z BIGINT) WITH (event_time = 'at'", "y TEXT) WITH (event_time = 'at'"] {
        let other = first_definitions("sum(x)").replace("y BIGINT)\n    WITH (event_time = 'at'", wrong);
        assert!(other.contains(wrong));
        let answer = processor.change_now(change(&other, Origin::Statement)).expect("the process goes on");
        let error = answer.expect_err("the log has other rows").to_string();
        assert!(error.contains("campaign:1:15: stream s was here before with other columns"), "{error}");
    }
    define(&mut processor, &first_definitions("count(*)"));
    world.send(&mut processor, 6);
    assert_eq!(world.last("n"), Some(Value::BigInt(4)), "its rows are still there");
    world.survives(processor);
}

/// A world whose oldest history cannot be read, which nothing but building new state needs.
fn with_damaged_history() -> (World, Processor, PathBuf) {
    let mut world = World::new();
    let (mut processor, _) = world.open();
    define(&mut processor, &first_definitions("sum(x)"));
    for _ in 0..3 {
        world.send(&mut processor, 60);
        processor.checkpoint().expect("the disk works");
    }
    let archive = data().join("archive");
    let mut names = world.disk.list(&archive).expect("the archive is there");
    names.sort();
    let path = archive.join(names.first().expect("some segments are sealed"));
    world.disk.flip(&path, 3_000, 1).expect("the file is there");
    (world, processor, path)
}

#[test]
fn a_change_that_cannot_be_built_is_given_up_and_the_process_goes_on() {
    let (mut world, mut processor, path) = with_damaged_history();
    let answer =
        processor.change_now(change(&view("sum(y)"), Origin::Statement)).expect("the process goes on");
    let error = answer.expect_err("history cannot be read").to_string();
    assert!(error.starts_with("the change is given up, since its state cannot be built: "), "{error}");
    assert_eq!((processor.catalog().abandoned().len(), processor.epoch()), (1, 1));
    world.send(&mut processor, 3);
    define(&mut processor, "CREATE RULE r ON d WHEN n > 3 THEN review;");
    let (mut processor, _) = world.kill(processor);
    assert_eq!((processor.catalog().abandoned().len(), processor.epoch()), (1, 2));
    world.send(&mut processor, 3);
    world.disk.flip(&path, 3_000, 1).expect("the file is there");
    define(&mut processor, &view("sum(y)"));
    world.send(&mut processor, 3);
    world.survives(processor);
}

#[test]
fn a_change_that_cannot_be_built_at_a_restart_is_given_up_too() {
    let (mut world, mut processor, path) = with_damaged_history();
    assert!(!define_at_once(&mut processor, &view("sum(y)")), "it needs history");
    let (mut processor, _) = world.kill(processor);
    assert_eq!((processor.catalog().abandoned().len(), processor.epoch()), (1, 1));
    world.send(&mut processor, 3);
    let (mut processor, _) = world.kill(processor);
    assert_eq!((processor.catalog().abandoned().len(), processor.epoch()), (1, 1));
    world.disk.flip(&path, 3_000, 1).expect("the file is there");
    define(&mut processor, &view("sum(y)"));
    world.send(&mut processor, 3);
    world.survives(processor);
}

#[test]
fn a_change_is_given_up_when_the_disk_has_space_to_say_so() {
    let (mut world, mut processor, path) = with_damaged_history();
    let (reply, answer) = one();
    let change = change(&view("sum(y)"), Origin::Statement);
    let Progress::Warming(warming) = processor.change(change, reply).expect("the disk works") else {
        panic!("it needs history");
    };
    world.disk.limit(Some(world.disk.used()));
    processor.warmed(warming.run()).expect("a full disk ends nothing");
    answer.try_recv().expect("it is answered at once").expect_err("history cannot be read");
    assert_eq!(processor.catalog().abandoned().len(), 0);
    world.disk.limit(None);
    world.send(&mut processor, 1);
    assert_eq!(processor.catalog().abandoned().len(), 1);
    world.disk.flip(&path, 3_000, 1).expect("the file is there");
    world.survives(processor);
}
