//! History in whole batches of several streams: the same bytes as row by row, and an import that was interrupted is run
//! again from its beginning.

use std::sync::Arc;

use ingest::files::MergedBatch;
use records::{canonical::Digest, control::Origin};
use runtime::{
    Error,
    inspect::Inspector,
    processor::{Processor, RowStatus},
    workers::Workers,
};
use storage::Faulty;

use crate::world::{DEFINITIONS, Event, ManualClock, change, data, digest, event, options};

const START: i64 = 1_767_225_600_000_000;

fn open(storage: &Arc<Faulty>) -> Processor {
    let clock = Arc::new(ManualClock::default());
    let (mut processor, _) = Processor::open(options(storage.clone(), clock, 2)).expect("the disk works");
    let change = change(DEFINITIONS, Origin::Project);
    processor.change_now(change).expect("the disk works").expect("the definitions are right");
    processor
}

/// Events `numbers` as one batch, each half a second after the one before.
fn merged(processor: &Processor, numbers: impl Iterator<Item = u64>) -> MergedBatch {
    let definitions = processor.definitions();
    let mut batch = MergedBatch::default();
    for number in numbers {
        let Event { payment, values } = event(1, number);
        let stream = &definitions.streams[if payment { "payments" } else { "logins" }];
        let block = batch.streams.iter().position(|(known, _)| known.name == stream.name);
        let block = block.unwrap_or_else(|| {
            batch.streams.push((Arc::clone(stream), stream.schema.empty_columns()));
            batch.streams.len() - 1
        });
        let columns = &mut batch.streams[block].1;
        columns.iter_mut().zip(&values).for_each(|(column, value)| column.push(value.as_ref()));
        batch.order.push(block as u16);
        batch.arrived.push(START + number as i64 * 500_000);
    }
    batch
}

fn replayed(processor: Processor, storage: Arc<Faulty>) -> Digest {
    processor.close().expect("the disk works");
    let inspector = Inspector::open(storage, &data(), Some(&data().join("archive"))).expect("the log opens");
    let verification = inspector.verify_all(&Workers::new(1), &mut |_| {}).expect("the log reads");
    assert_eq!(verification.differences, Vec::<u64>::new());
    verification.digest
}

#[test]
fn history_in_batches_gives_the_bytes_of_row_by_row() {
    for batch in [1, 7, 2_000] {
        let storage = Arc::new(Faulty::new(1));
        let mut processor = open(&storage);
        for first in (0..2_000).step_by(batch) {
            let rows = merged(&processor, first..2_000.min(first + batch as u64));
            processor.import(rows).expect("the disk works");
        }
        assert_eq!(replayed(processor, storage), digest(1, 1), "batches of {batch}");
    }
}

#[test]
fn an_interrupted_import_is_run_again() {
    let storage = Arc::new(Faulty::new(1));
    let mut processor = open(&storage);
    let first = processor.import(merged(&processor, 0..50)).expect("the disk works").rows;
    assert!(first.iter().all(|status| matches!(status, RowStatus::Accepted(_))));
    // A third of the rows is known, some of them behind the log's end; the others are told apart from them.
    let again = processor.import(merged(&processor, (0..50).chain(50..150))).expect("the disk works").rows;
    for (status, before) in again[..50].iter().zip(&first) {
        let RowStatus::Accepted(position) = before else { unreachable!("checked above") };
        assert_eq!(*status, RowStatus::Repeated(*position));
    }
    let accepted = again[50..].iter().map(|status| match status {
        RowStatus::Accepted(position) => *position,
        other => panic!("{other:?}"),
    });
    assert!(accepted.is_sorted());
    let storage_after = Arc::new(Faulty::new(1));
    let mut whole = open(&storage_after);
    whole.import(merged(&whole, 0..150)).expect("the disk works");
    assert_eq!(replayed(processor, storage), replayed(whole, storage_after));
}

#[test]
fn new_rows_behind_the_end_and_other_content_are_refused() {
    let storage = Arc::new(Faulty::new(1));
    let mut processor = open(&storage);
    processor.import(merged(&processor, 10..20)).expect("the disk works");
    let mut other = merged(&processor, 10..20);
    let flag = other.streams[0].1.last_mut().expect("both streams end in a flag");
    *flag = {
        let mut column = types::Column::new(types::DataType::Boolean);
        (0..flag.len()).for_each(|_| column.push_null());
        column
    };
    let statuses = processor.import(other).expect("the disk works").rows;
    assert!(statuses.iter().any(|status| matches!(status, RowStatus::Conflict(_))), "{statuses:?}");
    assert!(!statuses.iter().any(|status| matches!(status, RowStatus::Accepted(_))), "{statuses:?}");
    let error = processor.import(merged(&processor, 5..6)).expect_err("it arrived before event 19");
    assert!(matches!(error, Error::OutOfOrder { row: 1, .. }), "{error}");
}
