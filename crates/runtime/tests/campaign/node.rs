//! The running threads on a disk that fills up and fails, and with threads that die: callers are always told.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    thread,
    time::{Duration, Instant},
};

use engine::Executor;
use records::control::Origin;
use runtime::{
    Error,
    changes::{Applied, ChangeError},
    inspect::Inspector,
    node::{Handle, Node, Refusal, one},
    processor::{BATCH_EVENTS_MAX, Options, Processor, Receipt, RowStatus},
    workers::Workers,
};
use storage::Faulty;

use crate::world::{self, DEFINITIONS, ManualClock, cards_statement, change, data, event};

/// Events that may wait.
const QUEUE_LEN_MAX: usize = 100;
/// A change or its refusal comes within this, or the test has hung.
const PATIENCE: Duration = Duration::from_secs(60);

/// The clock stands still.
const NOW: i64 = 1_767_225_600_000_000;

const NEW_VIEW: &str = "
CREATE VIEW counted AS SELECT p.*, count(*) OVER w AS many FROM payments p
    WINDOW w AS (PARTITION BY ok ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW);
CREATE DECISION busy ON counted OUTCOMES (calm, busy);
CREATE RULE many ON busy WHEN many > 2 THEN busy";

fn start_with(disk: &Arc<Faulty>, adapt: impl FnOnce(&mut Options)) -> Node {
    let clock = Arc::new(ManualClock::default());
    clock.0.store(NOW, Ordering::Relaxed);
    let mut options = world::options(disk.clone(), clock, 1);
    adapt(&mut options);
    let (mut processor, _) = Processor::open(options).expect("the disk works");
    processor.finish_changes().expect("the disk works");
    if processor.definitions().streams.is_empty() {
        let applied = processor.change_now(change(DEFINITIONS, Origin::Project)).expect("the disk works");
        applied.expect("the definitions are right");
    }
    Node::start(processor, QUEUE_LEN_MAX)
}

fn start(disk: &Arc<Faulty>) -> Node {
    start_with(disk, |_| {})
}

/// Submits the `number`-th payment.
fn send(handle: &Handle, number: u64) -> Receiver<Result<Receipt, Refusal>> {
    let payment = (0..).map(|other| event(number, other)).find(|event| event.payment).expect("most are");
    let mut payment = payment;
    payment.values[0] = Some(types::Value::Text(format!("p{number}")));
    let stream = Arc::clone(&handle.shared().catalog().current().streams["payments"]);
    let (reply, receiver) = one();
    handle.submit(world::submission(&stream, &[&payment], true), reply);
    receiver
}

/// What became of a submission; a reply that was dropped is a refusal too, as it is for an HTTP caller.
fn outcome<T>(receiver: &Receiver<Result<T, Refusal>>) -> Result<T, Refusal> {
    match receiver.recv_timeout(PATIENCE) {
        Ok(outcome) => outcome,
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => Err(Refusal::Unavailable("gone".to_owned())),
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("nobody answers"),
    }
}

fn state(handle: &Handle, text: &str) -> Receiver<Result<Applied, ChangeError>> {
    let (reply, receiver) = one();
    handle.change(change(text, Origin::Statement), reply);
    receiver
}

/// Waits until the node says that it is ready, or not.
fn wait_for(handle: &Handle, ready: bool) {
    let start = Instant::now();
    while handle.shared().ready().is_ok() != ready {
        assert!(start.elapsed() < PATIENCE, "ready is still {}", !ready);
        thread::yield_now();
    }
}

/// The log replays to the same records, and holds so many events.
fn verify(disk: &Arc<Faulty>, events: u64) {
    let archive = data().join("archive");
    let inspector = Inspector::open(disk.clone(), &data(), Some(&archive)).expect("the log reads");
    let verification = inspector.verify_all(&Workers::new(1), &mut |_| {}).expect("the log reads");
    assert_eq!(verification.differences, Vec::<u64>::new());
    assert_eq!(verification.events, events);
}

#[test]
fn a_full_disk_refuses_by_name_and_takes_again_when_there_is_space() {
    let (mut refused, mut stalled) = (0, 0);
    // From no room at all to room for the inputs and not for their decisions, and for both.
    for room in (0..1_600).step_by(80) {
        let disk = Arc::new(Faulty::new(room));
        let node = start(&disk);
        let handle = node.handle();
        outcome(&send(&handle, 0)).expect("there is room");
        disk.limit(Some(disk.used() + room));
        let before = handle.shared().figures().next_position;
        match outcome(&send(&handle, 1)) {
            Err(refusal) => {
                assert_eq!(refusal, Refusal::Full);
                assert_eq!(handle.shared().ready(), Err(Refusal::Full.to_string()));
                refused += 1;
                let inputs = handle.shared().figures().next_position - before;
                stalled += inputs;
            }
            Ok(receipt) => assert!(matches!(receipt.rows[0], RowStatus::Accepted(_))),
        }
        disk.limit(None);
        // Nothing is sent until it is ready: whoever routes by readiness sends nothing either.
        wait_for(&handle, true);
        let receipt = outcome(&send(&handle, 1)).expect("there is room again");
        assert!(matches!(receipt.rows[0], RowStatus::Accepted(_) | RowStatus::Repeated(_)));
        node.stop().expect("the disk works");
        verify(&disk, 2);
    }
    assert!(refused > 0 && stalled > 0, "{refused} were refused, {stalled} after their inputs were taken");
}

#[test]
fn a_statement_on_a_full_disk_is_refused_or_acts_when_there_is_space() {
    let (mut refused, mut held_up) = (0, 0);
    for (statement, room) in (0..1_600).step_by(80).flat_map(|room| {
        [
            ("CREATE RULE extra ON risk WHEN largest > 30 THEN decline".to_owned(), room),
            (cards_statement(3), room),
            (NEW_VIEW.to_owned(), room),
        ]
    }) {
        let disk = Arc::new(Faulty::new(room));
        let node = start(&disk);
        let handle = node.handle();
        outcome(&send(&handle, 0)).expect("there is room");
        disk.limit(Some(disk.used() + room));
        let answer = state(&handle, &statement);
        // Decisions go on to be refused or made, whatever the statement waits for.
        drop(outcome(&send(&handle, 1)));
        disk.limit(None);
        match answer.recv_timeout(PATIENCE).expect("somebody answers") {
            Ok(applied) => {
                held_up += 1;
                wait_for(&handle, true);
                assert_eq!(handle.shared().catalog().epoch(), applied.epoch);
            }
            Err(ChangeError::Full) => {
                refused += 1;
                wait_for(&handle, true);
                let again = state(&handle, &statement).recv_timeout(PATIENCE).expect("somebody answers");
                again.expect("there is room again");
            }
            Err(error) => panic!("{error}"),
        }
        outcome(&send(&handle, 1)).expect("there is room again");
        node.stop().expect("the disk works");
        verify(&disk, 2);
        // What was defined is in force after a restart, too.
        start(&disk).stop().expect("the disk works");
        verify(&disk, 2);
    }
    assert!(refused > 0 && held_up > 0, "{refused} were refused, {held_up} acted");
}

/// Holds up, or ends, the thread that builds the state of a change.
struct Builder {
    held: Mutex<bool>,
    changed: Condvar,
    fails: AtomicBool,
}

impl Builder {
    fn held() -> Arc<Self> {
        Arc::new(Self { held: Mutex::new(true), changed: Condvar::new(), fails: AtomicBool::new(false) })
    }

    fn release(&self) {
        *self.held.lock().expect("nobody panics with the lock") = false;
        self.changed.notify_all();
    }
}

/// One thread that does what a [`Builder`] says.
struct Held(Arc<Builder>);

impl Executor for Held {
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        if thread::current().name() == Some("mitra-warm") {
            let mut held = self.0.held.lock().expect("nobody panics with the lock");
            while *held {
                held = self.0.changed.wait(held).expect("nobody panics with the lock");
            }
            drop(held);
            assert!(!self.0.fails.load(Ordering::Relaxed), "the test lets this thread die");
        }
        (0..tasks).for_each(task);
    }

    fn threads(&self) -> usize {
        2
    }
}

/// Submits so many payments in one frame that the engine uses its executor for them.
fn send_many(handle: &Handle) -> u64 {
    const EVENTS: u64 = 1_000;
    let mut events: Vec<_> =
        (0..EVENTS).map(|number| event(1, number)).filter(|event| event.payment).collect();
    assert!(events.len() > 600, "most are payments");
    events.iter_mut().for_each(|event| event.values[1] = Some(types::Value::Timestamptz(NOW)));
    let stream = Arc::clone(&handle.shared().catalog().current().streams["payments"]);
    let (reply, receiver) = one();
    handle.submit(world::submission(&stream, &events.iter().collect::<Vec<_>>(), false), reply);
    outcome(&receiver).expect("the disk works");
    events.len() as u64
}

fn start_held(disk: &Arc<Faulty>) -> (Node, Arc<Builder>) {
    let builder = Builder::held();
    let executor = Arc::new(Held(Arc::clone(&builder)));
    // A checkpoint that is written meanwhile would give space back when the disk is full.
    let change = |options: &mut Options| (options.executor, options.checkpoint_events) = (executor, 0);
    (start_with(disk, change), builder)
}

#[test]
fn events_are_decided_while_a_change_is_built_and_later_changes_wait_in_bounds() {
    let disk = Arc::new(Faulty::new(1));
    let (node, builder) = start_held(&disk);
    let handle = node.handle();
    let events = send_many(&handle);
    let first = state(&handle, NEW_VIEW);
    let rule = |number| format!("CREATE RULE r{number} ON busy WHEN many > {number} THEN busy");
    let waiting: Vec<_> = (0..65).map(|number| state(&handle, &rule(number))).collect();
    outcome(&send(&handle, 1_001)).expect("events are decided meanwhile");
    let refused = waiting[64].recv_timeout(PATIENCE).expect("the last one is answered at once");
    let reason = refused.expect_err("too many wait").to_string();
    assert!(reason.starts_with("64 changes wait"), "{reason}");
    let pending = handle.shared().pending().expect("the first one waits for its state");
    assert!(pending.summary.join(", ").starts_with("create view counted"), "{pending:?}");
    assert!((0.0..=1.0).contains(&pending.progress), "{pending:?}");
    builder.release();
    let first = first.recv_timeout(PATIENCE).expect("it is answered").expect("it is right");
    for (number, answer) in (1..).zip(&waiting[..64]) {
        let applied = answer.recv_timeout(PATIENCE).expect("it is answered").expect("it is right");
        assert_eq!(applied.epoch, first.epoch + number);
    }
    assert_eq!(handle.shared().pending(), None);
    let shown = handle.shared().catalog();
    assert_eq!(shown.epoch(), first.epoch + 64, "everybody sees the last one");
    assert_eq!(shown.current().rules.iter().filter(|((decision, _), _)| decision == "busy").count(), 65);
    node.stop().expect("the disk works");
    verify(&disk, events + 1);
}

#[test]
fn a_change_that_was_built_on_a_full_disk_acts_when_there_is_space() {
    let disk = Arc::new(Faulty::new(2));
    let (node, builder) = start_held(&disk);
    let handle = node.handle();
    let events = send_many(&handle);
    let answer = state(&handle, NEW_VIEW);
    outcome(&send(&handle, 1_001)).expect("the disk works");
    disk.limit(Some(disk.used()));
    builder.release();
    wait_for(&handle, false);
    assert_eq!(outcome(&send(&handle, 1_002)).expect_err("nothing overtakes the change"), Refusal::Full);
    disk.limit(None);
    let applied = answer.recv_timeout(PATIENCE).expect("it is answered").expect("it is right");
    wait_for(&handle, true);
    let receipt = outcome(&send(&handle, 1_002)).expect("the disk works");
    let batch = receipt.batch.expect("its decision was asked for");
    assert_eq!(batch.epoch, applied.epoch);
    node.stop().expect("the disk works");
    verify(&disk, events + 2);
}

#[test]
fn a_dead_builder_gives_its_change_up_and_the_node_goes_on() {
    let disk = Arc::new(Faulty::new(3));
    let (node, builder) = start_held(&disk);
    let handle = node.handle();
    let events = send_many(&handle);
    let answer = state(&handle, NEW_VIEW);
    let next = state(&handle, "CREATE RULE extra ON risk WHEN largest > 30 THEN decline");
    builder.fails.store(true, Ordering::Relaxed);
    builder.release();
    let answer = answer.recv_timeout(PATIENCE).expect("the sender is answered");
    let reason = answer.expect_err("the builder is dead").to_string();
    assert!(reason.contains("mitra-warm"), "{reason}");
    next.recv_timeout(PATIENCE).expect("those that wait go on").expect("it is right");
    assert_eq!(handle.shared().pending(), None);
    outcome(&send(&handle, 0)).expect("the node goes on");
    node.stop().expect("the disk works");
    // Neither this nor any later start builds it again.
    let node = start(&disk);
    let handle = node.handle();
    assert_eq!(handle.shared().catalog().abandoned().len(), 1);
    builder.fails.store(false, Ordering::Relaxed);
    let answer = state(&handle, NEW_VIEW).recv_timeout(PATIENCE).expect("the sender is answered");
    answer.expect("a builder that lives builds it");
    node.stop().expect("the disk works");
    verify(&disk, events + 1);
}

#[test]
fn a_dead_core_refuses_and_is_not_ready() {
    let disk = Arc::new(Faulty::new(4));
    let node = start(&disk);
    let handle = node.handle();
    outcome(&send(&handle, 0)).expect("the disk works");
    handle.inspect(Box::new(|_| panic!("the test lets this thread die")));
    // More than may wait: each is refused, and none is told to come back in a second for ever.
    let waiting: Vec<_> = (1..=2 * QUEUE_LEN_MAX as u64).map(|number| send(&handle, number)).collect();
    let statement = state(&handle, "CREATE RULE extra ON risk WHEN largest > 30 THEN decline");
    for receiver in &waiting {
        assert!(matches!(outcome(receiver), Err(Refusal::Unavailable(_) | Refusal::Busy { .. })));
    }
    assert!(!matches!(statement.recv_timeout(PATIENCE), Ok(Ok(_))));
    wait_for(&handle, false);
    let reason = handle.shared().ready().expect_err("the core is dead");
    assert!(reason.contains("mitra-core"), "{reason}");
    assert_eq!(outcome(&send(&handle, 1)).expect_err("the core is dead"), Refusal::Unavailable(reason));
    assert!(matches!(node.stop(), Err(Error::Thread("mitra-core"))));
    start(&disk).stop().expect("the disk works");
    verify(&disk, 1);
}

#[test]
fn a_dead_sync_thread_ends_the_node() {
    let disk = Arc::new(Faulty::new(5));
    let node = start(&disk);
    let handle = node.handle();
    let stream = Arc::clone(&handle.shared().catalog().current().streams["payments"]);
    let payment = (0..).map(|number| event(1, number)).find(|event| event.payment).expect("most are");
    let submission = world::submission(&stream, &[&payment], true);
    handle.submit(submission, Box::new(|_| panic!("the test lets this thread die")));
    wait_for(&handle, false);
    assert!(matches!(outcome(&send(&handle, 1)), Err(Refusal::Unavailable(_))));
    assert!(matches!(node.stop(), Err(Error::Thread("mitra-sync"))));
}

#[test]
fn a_failed_sync_acknowledges_nothing_any_more() {
    let disk = Arc::new(Faulty::new(6));
    let node = start(&disk);
    let handle = node.handle();
    outcome(&send(&handle, 0)).expect("the disk works");
    disk.fail_sync(0);
    assert!(matches!(outcome(&send(&handle, 1)), Err(Refusal::Unavailable(_))));
    wait_for(&handle, false);
    assert!(matches!(outcome(&send(&handle, 2)), Err(Refusal::Unavailable(_))));
    node.stop().expect_err("the log takes no more frames");
}

#[test]
fn a_submission_larger_than_a_frame_is_cut() {
    let disk = Arc::new(Faulty::new(7));
    let node = start_with(&disk, |options| {
        options.batch_events_max = 7;
        assert!(options.batch_events_max < BATCH_EVENTS_MAX);
    });
    let handle = node.handle();
    let stream = Arc::clone(&handle.shared().catalog().current().streams["payments"]);
    let payments: Vec<_> = (0..60).map(|number| event(1, number)).filter(|event| event.payment).collect();
    let sent = payments.len();
    assert!(sent > 21, "more than three frames");
    let (reply, receiver) = one();
    handle.submit(world::submission(&stream, &payments.iter().collect::<Vec<_>>(), false), reply);
    let receipt = outcome(&receiver).expect("the disk works");
    let first = receipt.rows[0];
    let RowStatus::Accepted(first) = first else { panic!("{first:?}") };
    let expected: Vec<_> = (first..).take(sent).map(RowStatus::Accepted).collect();
    assert_eq!(receipt.rows, expected);
    node.stop().expect("the disk works");
    let storage = disk.clone();
    let mut frames =
        eventlog::Reader::open(storage, &data(), None, eventlog::Address(0)).expect("the log reads");
    let mut largest = 0;
    while let Some(frame) = eventlog::Frames::next(&mut frames).expect("the log reads") {
        largest = largest.max(frame.header.count);
    }
    assert_eq!(largest, 7);
    verify(&disk, sent as u64);
}
