//! Arrival times: history of any age may come first, no restart lets them go back, and repeats are told by them.

use std::sync::{Arc, atomic::Ordering};

use records::control::Origin;
use runtime::{
    Error,
    processor::{Processor, RowStatus, Submission},
};
use storage::Faulty;

use crate::world::{DEFINITIONS, ManualClock, change, data, event, options, submissions};

/// The time at which the definitions are made.
const NOW: i64 = 1_800_000_000_000_000;
/// A year before.
const HISTORY: i64 = NOW - 365 * 86_400_000_000;

fn open(storage: &Arc<Faulty>, clock: &Arc<ManualClock>) -> Processor {
    Processor::open(options(storage.clone(), Arc::clone(clock), 1)).expect("the disk works").0
}

fn define(processor: &mut Processor, statements: &str) {
    let change = change(statements, Origin::Project);
    processor.change_now(change).expect("the disk works").expect("the definitions are right");
}

/// Submits event `number`; `arrived` is `None` for now.
fn submit(processor: &mut Processor, number: u64, arrived: Option<i64>) -> Result<(), Error> {
    let mut submissions = submissions(processor, &[event(1, number)], false);
    submissions[0].arrived = arrived.map(|arrived| vec![arrived]);
    processor.submit(submissions).map(drop)
}

#[test]
fn history_older_than_its_definitions_can_be_read() {
    let (storage, clock) = (Arc::new(Faulty::new(1)), Arc::new(ManualClock::default()));
    clock.0.store(NOW, Ordering::Relaxed);
    let mut processor = open(&storage, &clock);
    define(&mut processor, DEFINITIONS);
    processor.close().expect("the disk works");
    let mut processor = open(&storage, &clock);
    submit(&mut processor, 1, Some(HISTORY)).expect("nothing has arrived yet");
    define(&mut processor, "CREATE RULE now ON risk WHEN n > 9 THEN review");
    submit(&mut processor, 2, Some(HISTORY + 1)).expect("a rule that was made later holds up no event");
    let error = submit(&mut processor, 3, Some(HISTORY)).expect_err("an event has arrived after it");
    assert!(matches!(error, Error::OutOfOrder { row: 1, .. }), "{error}");
}

#[test]
fn a_checkpoint_of_another_build_is_passed_over() {
    let (storage, clock) = (Arc::new(Faulty::new(1)), Arc::new(ManualClock::default()));
    clock.0.store(NOW, Ordering::Relaxed);
    let mut processor = open(&storage, &clock);
    define(&mut processor, DEFINITIONS);
    submit(&mut processor, 1, None).expect("the disk works");
    let (position, end) = (processor.next_position(), processor.end());
    processor.close().expect("the disk works");
    let checkpoints = state::Checkpoints::open(storage.clone(), &data()).expect("the disk works");
    let writer = checkpoints.begin(position, end.0, b"0.0.0").expect("the disk works");
    writer.finish().expect("the disk works");
    let (_, report) =
        Processor::open(options(storage.clone(), Arc::clone(&clock), 1)).expect("the disk works");
    assert_eq!((report.checkpoint, report.replayed), (None, 1));
    assert!(report.skipped[0].contains("the checkpoint was written by build 0.0.0"), "{:?}", report.skipped);
}

#[test]
fn arrivals_do_not_go_back_over_a_restart() {
    let (storage, clock) = (Arc::new(Faulty::new(1)), Arc::new(ManualClock::default()));
    clock.0.store(NOW, Ordering::Relaxed);
    let mut processor = open(&storage, &clock);
    define(&mut processor, DEFINITIONS);
    submit(&mut processor, 1, None).expect("the disk works");
    processor.close().expect("the disk works");
    clock.0.store(HISTORY, Ordering::Relaxed);
    let mut processor = open(&storage, &clock);
    let error = submit(&mut processor, 2, Some(NOW - 1)).expect_err("an event has arrived after it");
    assert!(matches!(error, Error::OutOfOrder { row: 1, .. }), "{error}");
    submit(&mut processor, 3, None).expect("a clock that was set back stands still");
    submit(&mut processor, 4, Some(NOW)).expect("it stands at the last arrival");
}

#[test]
fn a_repeat_after_the_horizon_is_new_however_it_is_batched() {
    const DAY: i64 = 86_400_000_000;
    let arrivals = [HISTORY, HISTORY + DAY, HISTORY + 2 * DAY + 1, HISTORY + 2 * DAY + 2];
    let statuses = |batch: usize| -> Vec<RowStatus> {
        let (storage, clock) = (Arc::new(Faulty::new(1)), Arc::new(ManualClock::default()));
        let mut processor = open(&storage, &clock);
        define(&mut processor, DEFINITIONS);
        let number = (0..).find(|number| event(1, *number).payment).expect("most are payments");
        let rows: Vec<Submission> = arrivals
            .iter()
            .map(|arrived| {
                let mut submissions = submissions(&processor, &[event(1, number)], false);
                submissions[0].arrived = Some(vec![*arrived]);
                submissions.remove(0)
            })
            .collect();
        let mut rows = rows.into_iter();
        let mut statuses = Vec::new();
        while rows.len() > 0 {
            let receipts = processor.submit(rows.by_ref().take(batch).collect()).expect("the disk works");
            statuses.extend(receipts.into_iter().flat_map(|receipt| receipt.rows));
        }
        statuses
    };
    let one_by_one = statuses(1);
    let [first, second, third, fourth] = one_by_one[..] else { panic!("{one_by_one:?}") };
    let (RowStatus::Accepted(first), RowStatus::Accepted(third)) = (first, third) else {
        panic!("{one_by_one:?}");
    };
    assert_eq!((second, fourth), (RowStatus::Repeated(first), RowStatus::Repeated(third)));
    assert_eq!(statuses(4), one_by_one);
}
