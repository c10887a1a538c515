//! What a repeat costs, since a client that sends a large batch again must not stop everybody else; and whose the columns
//! are.

use std::sync::Arc;

use records::control::Origin;
use storage::Faulty;
use types::{Column, Value};

use crate::{
    changes::Change,
    clock::HistoryClock,
    processor::{BATCH_EVENTS_MAX, Options, Processor, RowStatus, Submission},
    workers::Workers,
};

struct NoFiles;

impl sql::Files for NoFiles {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        Err(format!("{path} does not exist"))
    }
}

fn open() -> Processor {
    let options = Options {
        data: "/data".into(),
        segment_bytes: 1 << 20,
        archive: "/data/archive".into(),
        storage: Arc::new(Faulty::new(1)),
        clock: Arc::new(HistoryClock),
        executor: Arc::new(Workers::new(1)),
        checkpoint_events: 0,
        checkpoint_interval: i64::MAX,
        batch_events_max: BATCH_EVENTS_MAX,
    };
    let (mut processor, _) = Processor::open(options).expect("the disk works");
    let text = "CREATE STREAM s (id BIGINT PRIMARY KEY, at TIMESTAMPTZ) WITH (event_time = 'at')".to_owned();
    let (statements, errors) = sql::parse(&sql::Source { path: "test".to_owned(), text });
    assert!(errors.is_empty(), "{errors:?}");
    let change = Change { statements, origin: Origin::Project, files: Arc::new(NoFiles) };
    processor.change_now(change).expect("the disk works").expect("the statement is right");
    processor
}

fn submission(processor: &Processor, ids: std::ops::Range<i64>) -> Submission {
    let stream = Arc::clone(&processor.definitions().streams["s"]);
    let mut columns: Vec<Column> = stream.schema.empty_columns();
    for id in ids.clone() {
        columns[0].push(Some(&Value::BigInt(id)));
        columns[1].push(Some(&Value::Timestamptz(id)));
    }
    Submission { stream, columns, arrived: Some(ids.collect()), asked: false }
}

#[test]
fn a_frame_that_is_sent_again_is_read_once() {
    let mut processor = open();
    let (first, second) = (0..BATCH_EVENTS_MAX as i64, 10_000..10_100);
    for ids in [first.clone(), second.clone()] {
        let sent = submission(&processor, ids);
        processor.submit(vec![sent]).expect("the disk works");
    }
    for (ids, frames) in [(first, 1), (second, 2)] {
        let mut again = submission(&processor, ids);
        again.arrived = Some(vec![10_100; again.rows()]);
        let receipts = processor.submit(vec![again]).expect("the disk works");
        assert!(receipts[0].rows.iter().all(|status| matches!(status, RowStatus::Repeated(_))));
        assert_eq!(processor.gate.recorded.reads, frames);
    }
}

#[test]
fn columns_whose_rows_were_copied_come_back() {
    let mut processor = open();
    let sent = vec![submission(&processor, 0..3)];
    let receipts = processor.submit(sent).expect("the disk works");
    assert!(receipts[0].spent.is_empty(), "they are the batch's");
    let mut sent = [3..5, 5..6, 4..5].map(|ids| submission(&processor, ids));
    sent[2].arrived = Some(vec![6]);
    let before: Vec<Vec<Column>> = sent.iter().map(|sent| sent.columns.clone()).collect();
    let first = processor.next_position();
    let receipts = processor.submit(sent.into()).expect("the disk works");
    let spent: Vec<Vec<Column>> = receipts.iter().map(|receipt| receipt.spent.clone()).collect();
    assert_eq!(spent, before);
    let statuses = receipts.iter().map(|receipt| receipt.rows.clone()).collect::<Vec<_>>();
    let new = |nth| RowStatus::Accepted(first + nth);
    assert_eq!(statuses, [vec![new(0), new(1)], vec![new(2)], vec![RowStatus::Repeated(first + 1)]]);
}
