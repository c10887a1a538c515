//! The log read by those who do not own it: what is not decided yet, what cannot be compared by value, what is gone.

use std::sync::{Arc, atomic::Ordering};

use eventlog::Log as _;
use records::control::Origin;
use runtime::{
    inspect::{Inspector, Outcome, batch_at},
    processor::{Processor, RowStatus, Submission},
    workers::Workers,
};
use storage::{Faulty, Storage as _};
use types::Value;

use crate::world::{DEFINITIONS, ManualClock, change, data, event, options, submission, submissions};

const START: i64 = 1_767_225_600_000_000;

fn defined(storage: &Arc<Faulty>, statements: &str) -> Processor {
    let clock = Arc::new(ManualClock::default());
    clock.0.store(START, Ordering::Relaxed);
    let (mut processor, _) = Processor::open(options(storage.clone(), clock, 1)).expect("the disk works");
    let change = change(statements, Origin::Project);
    processor.change_now(change).expect("the disk works").expect("the definitions are right");
    processor
}

fn inspector(storage: &Arc<Faulty>) -> Inspector {
    Inspector::open(storage.clone(), &data(), Some(&data().join("archive"))).expect("the log reads")
}

#[test]
fn an_event_without_its_outputs_is_not_known_to_be_undecided() {
    let storage = Arc::new(Faulty::new(1));
    let mut processor = defined(&storage, DEFINITIONS);
    let submitted = submissions(&processor, &[event(1, 1)], false);
    let receipts = processor.submit(submitted).expect("the disk works");
    let RowStatus::Accepted(position) = receipts[0].rows[0] else { panic!("{receipts:?}") };
    let (history, catalog) = (processor.history(), processor.catalog().clone());
    let end = processor.end();
    processor.syncer().sync().expect("the disk works");
    let found = |decided| batch_at(&*history, &catalog, decided, position).expect("the log reads");
    assert_eq!(found(Some(end)).expect("it is decided").output.decisions.len(), 1);

    // A second log that ends with the inputs, as the first one's did for a moment.
    let other = Arc::new(Faulty::new(2));
    let log_options = eventlog::Options { segment_bytes: 1 << 20, archive: None };
    let mut log = eventlog::EmbeddedLog::open(other, &data(), log_options).expect("the disk works");
    let input = found(None).expect("it is there").input;
    let mut payload = Vec::new();
    input.encode(&mut payload);
    let append = eventlog::Append::consuming(records::KIND_INPUT, 1, 0, 1);
    log.append(append, &payload).expect("the disk works");
    let before = log.end();
    log.syncer().sync().expect("the disk works");
    let found = |decided| batch_at(&*log.history(), &catalog, decided, 0).expect("the log reads");
    assert!(found(Some(eventlog::Address(0))).is_none(), "its outputs may still come");
    assert!(found(Some(before)).expect("it has none").output.decisions.is_empty());
}

#[test]
fn a_record_with_nan_comes_out_the_same() {
    let storage = Arc::new(Faulty::new(1));
    let mut processor = defined(&storage, DEFINITIONS);
    let stream = Arc::clone(&processor.definitions().streams["payments"]);
    let number = (0..).find(|number| event(1, *number).payment).expect("most are payments");
    let mut payment = event(1, number);
    payment.values[4] = Some(Value::Double(f64::NAN));
    processor.submit(vec![submission(&stream, &[&payment], false)]).expect("the disk works");
    processor.close().expect("the disk works");
    let verification = inspector(&storage).verify_all(&Workers::new(1), &mut |_| {}).expect("the log reads");
    assert_eq!((verification.records, verification.differences), (1, vec![]));
}

#[test]
fn records_are_read_where_the_history_before_them_is_gone() {
    const EVENTS: u64 = 400;
    let storage = Arc::new(Faulty::new(1));
    let mut processor = defined(&storage, DEFINITIONS);
    let mut last = String::new();
    for number in 0..EVENTS {
        let event = event(1, number);
        if let Some(Value::Text(id)) = &event.values[0] {
            last.clone_from(id);
        }
        let submitted: Vec<Submission> = submissions(&processor, &[event], false);
        processor.submit(submitted).expect("the disk works");
        if processor.is_checkpoint_due() {
            processor.checkpoint().expect("the disk works");
        }
    }
    processor.close().expect("the disk works");
    let archive = data().join("archive");
    let archived = storage.list(&archive).expect("there is an archive");
    assert!(!archived.is_empty(), "segments are archived and released");
    for name in archived {
        storage.remove(&archive.join(name)).expect("the disk works");
    }
    let inspector = inspector(&storage);
    let record = inspector.find("risk", &last).expect("the log reads").expect("the last payment is kept");
    let outcome = inspector.verify(record.position, &Workers::new(1)).expect("the log reads");
    assert!(matches!(outcome, Outcome::NotBefore(first) if first > 0), "{outcome:?}");
}
