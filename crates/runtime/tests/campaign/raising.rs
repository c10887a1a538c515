//! Expressions that raise where PostgreSQL would: what is NULL, what does not count, and what is told of it.

use std::sync::{Arc, atomic::Ordering};

use expr::ErrorCode;
use records::control::Origin;
use runtime::{
    inspect::Inspector,
    processor::{Processor, Submission},
    record::Record,
    workers::Workers,
};
use storage::Faulty;
use types::{Column, Value};

use crate::world::{ManualClock, change, data, options};

const START: i64 = 1_767_225_600_000_000;

const STREAM: &str =
    "CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, k TEXT, x BIGINT) WITH (event_time = 'at');";

/// A model of two features, in every file.
struct Model;

impl sql::Files for Model {
    fn read(&self, _: &str) -> Result<Arc<[u8]>, String> {
        Ok(Arc::from(&include_bytes!("../../../sql/tests/files/models/nameless.json")[..]))
    }
}

/// What became of events with these values of `x`, a second apart, and the number of errors counted.
fn decided(statements: &str, values: &[i64]) -> (Vec<Record>, u64) {
    let (disk, clock) = (Arc::new(Faulty::new(1)), Arc::new(ManualClock::default()));
    clock.0.store(START, Ordering::Relaxed);
    let (mut processor, _) = Processor::open(options(disk.clone(), clock, 1)).expect("the disk works");
    let mut change = change(&format!("{STREAM}{statements}"), Origin::Project);
    change.files = Arc::new(Model);
    processor.change_now(change).expect("the disk works").expect("the definitions are right");
    let definitions = processor.definitions();
    let stream = &definitions.streams["s"];
    let mut columns: Vec<Column> = stream.schema.empty_columns();
    for (number, x) in values.iter().enumerate() {
        let row = [
            Value::Text(format!("e{number}")),
            Value::Timestamptz(START + number as i64 * 1_000_000),
            Value::Text("k".to_owned()),
            Value::BigInt(*x),
        ];
        columns.iter_mut().zip(&row).for_each(|(column, value)| column.push(Some(value)));
    }
    let submission = Submission { stream: Arc::clone(stream), columns, arrived: None, asked: true };
    processor.submit(vec![submission]).expect("the disk works");
    let raised = processor.engine().counters().raised;
    processor.close().expect("the disk works");
    let inspector = Inspector::open(disk, &data(), None).expect("the log opens");
    let verification = inspector.verify_all(&Workers::new(1), &mut |_| {}).expect("the log replays");
    assert_eq!(verification.differences, Vec::<u64>::new());
    let record = |number| inspector.find("d", &format!("e{number}")).expect("the log reads");
    let records = (0..values.len()).map(|number| record(number).expect("the event is in the log"));
    (records.collect(), raised)
}

/// Column `name` of a record.
fn value(record: &Record, name: &str) -> Option<Value> {
    let verdict = record.verdict.as_ref().expect("it was decided");
    verdict.column(name).expect("the column is recorded").cloned()
}

/// The items that a record tells of.
fn told(record: &Record) -> Vec<&str> {
    let verdict = record.verdict.as_ref().expect("it was decided");
    assert!(verdict.raised.iter().all(|(_, code)| *code == ErrorCode::DivisionByZero));
    verdict.raised.iter().map(|(item, _)| item.as_str()).collect()
}

/// The one decision over the rows of `select`.
fn over(select: &str) -> String {
    format!("CREATE VIEW v AS {select}; CREATE DECISION d ON v OUTCOMES (approve, review);")
}

const WINDOW: &str = "WINDOW w AS (PARTITION BY k ORDER BY at ROWS BETWEEN 5 PRECEDING AND CURRENT ROW)";

#[test]
fn a_raising_argument_or_filter_drops_its_row_from_every_aggregate() {
    let select = format!(
        "SELECT s.*, last_value(10 / x) OVER w AS latest, first_value(10 / x) OVER w AS earliest,
            last_value(10 / x) FILTER (WHERE x < 9) OVER w AS filtered, lag(10 / x) OVER w AS before,
            sum(10 / x) OVER w AS total, count(*) FILTER (WHERE 10 / x > 0) OVER w AS positive,
            last_value(x) OVER w AS plain FROM s {WINDOW}"
    );
    let (records, raised) = decided(&over(&select), &[0, 5, 0, 9]);
    let column = |name: &str| -> Vec<Option<i64>> {
        let values = records.iter().map(|record| value(record, name));
        let number = |value| match value {
            Value::BigInt(number) => number,
            Value::Decimal { unscaled, .. } => unscaled as i64,
            other => panic!("{other} is no number"),
        };
        values.map(|value| value.map(number)).collect()
    };
    assert_eq!(column("latest"), [None, Some(2), Some(2), Some(1)]);
    assert_eq!(column("earliest"), [None, Some(2), Some(2), Some(2)]);
    assert_eq!(column("filtered"), [None, Some(2), Some(2), Some(2)]);
    assert_eq!(column("before"), [None, None, Some(2), None], "the row before does not count either");
    assert_eq!(column("total"), [None, Some(2), Some(2), Some(3)]);
    assert_eq!(column("positive"), [Some(0), Some(1), Some(1), Some(2)]);
    assert_eq!(column("plain"), [Some(0), Some(5), Some(0), Some(9)]);
    let all = ["latest", "earliest", "filtered", "before", "total", "positive"];
    assert_eq!([told(&records[0]), told(&records[1]), told(&records[2])], [&all[..], &[], &all]);
    assert_eq!(raised, 12);
}

#[test]
fn a_null_that_did_not_raise_is_respected_as_before() {
    let below = "CREATE VIEW u AS SELECT s.*, 10 / x AS ratio FROM s;";
    let select = format!("SELECT u.*, last_value(ratio) OVER w AS latest FROM u {WINDOW}");
    let (records, _) = decided(&format!("{below}{}", over(&select)), &[5, 0]);
    assert_eq!(value(&records[1], "latest"), None, "a named column that raised is NULL, and a value as any");
    assert_eq!(told(&records[1]), ["ratio"]);
}

#[test]
fn a_score_is_null_where_an_unnamed_feature_raised() {
    let model = "CREATE MODEL m FROM 'm.json';";
    let select =
        "SELECT s.*, predict('m', 1 / x, x) AS score, coalesce(predict('m', 1 / x, x), -1) AS sure FROM s";
    let rule = "CREATE RULE r ON d WHEN score < 1000 THEN review;";
    let (records, raised) = decided(&format!("{model}{}{rule}", over(select)), &[1, 0]);
    assert!(value(&records[0], "score").is_some());
    assert_eq!(records[0].verdict.as_ref().expect("it was decided").outcome, "review");
    assert_eq!((value(&records[1], "score"), value(&records[1], "sure")), (None, None));
    assert_eq!(records[1].verdict.as_ref().expect("it was decided").outcome, "approve");
    assert_eq!((told(&records[1]), raised), (vec!["score", "sure"], 2));
}

#[test]
fn a_named_feature_that_raised_is_a_missing_one() {
    let model = "CREATE MODEL m FROM 'm.json'; CREATE VIEW u AS SELECT s.*, 1 / x AS ratio FROM s;";
    let select = "SELECT u.*, predict('m', ratio, x) AS score, coalesce(ratio, 7) AS sure FROM u";
    let (records, raised) = decided(&format!("{model}{}", over(select)), &[0]);
    assert!(value(&records[0], "score").is_some());
    assert_eq!(value(&records[0], "sure"), Some(Value::BigInt(7)));
    assert_eq!((told(&records[0]), raised), (vec!["ratio"], 1));
}

#[test]
fn a_raising_key_is_told_by_what_needs_it() {
    let range = "RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW";
    let select = format!(
        "SELECT s.*, count(*) OVER (PARTITION BY 10 / x ORDER BY at {range}) AS n,
            coalesce(sum(x) OVER (PARTITION BY 10 / x ORDER BY at {range}), 0) AS total,
            (SELECT count(*) FROM s o WHERE o.x = 10 / s.x AND o.at BETWEEN s.at - INTERVAL '1 hour' AND s.at) AS others
            FROM s"
    );
    let (records, raised) = decided(&over(&select), &[5, 5, 0]);
    assert_eq!(value(&records[1], "n"), Some(Value::BigInt(2)));
    assert_eq!(told(&records[1]), Vec::<&str>::new());
    assert_eq!(["n", "total", "others"].map(|name| value(&records[2], name)), [None, None, None]);
    assert_eq!((told(&records[2]), raised), (vec!["n", "total", "others"], 3));
}

#[test]
fn a_raising_where_is_told_though_there_is_no_row() {
    let below = "CREATE VIEW u AS SELECT s.* FROM s WHERE 10 / x > 1;";
    let select = "SELECT u.* FROM u WHERE k = 'k'";
    let (records, raised) = decided(&format!("{below}{}", over(select)), &[0, 5, 100, 0]);
    let seen: Vec<_> = records.iter().map(|record| (record.verdict.is_some(), record.dropped)).collect();
    let dropped = (false, Some(ErrorCode::DivisionByZero));
    assert_eq!(seen, [dropped, (true, None), (false, None), dropped]);
    assert_eq!(raised, 2);
}

#[test]
fn rows_that_a_subquery_leaves_out_are_counted() {
    let select = "SELECT s.*, (SELECT count(*) FROM s o WHERE o.k = s.k AND 10 / o.x > 0
        AND o.at BETWEEN s.at - INTERVAL '1 hour' AND s.at) AS n FROM s";
    let (records, raised) = decided(&over(select), &[5, 0, 5]);
    assert_eq!(value(&records[2], "n"), Some(Value::BigInt(2)));
    assert_eq!((told(&records[1]), raised), (Vec::new(), 1));
}
