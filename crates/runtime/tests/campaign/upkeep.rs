//! Checkpoints and merges of the index's files beside the live work.

use std::{
    path::Path,
    sync::{Arc, Condvar, Mutex, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use records::control::Origin;
use runtime::{
    node::{Handle, Node, one},
    processor::{Options, Processor, RowStatus},
    recovery::Report,
};
use storage::{Faulty, File, Lock, Result, Storage};

use crate::world::{self, DEFINITIONS, ManualClock, change, data, event};

/// Something comes within this, or the test has hung.
const PATIENCE: Duration = Duration::from_secs(60);

const NOW: i64 = 1_767_225_600_000_000;

/// A disk on which a node's checkpoints wait until they may go on.
#[derive(Debug)]
struct Slow {
    disk: Arc<Faulty>,
    held: Arc<(Mutex<bool>, Condvar)>,
}

impl Slow {
    fn wait(&self) {
        if thread::current().name() == Some("mitra-checkpoint") {
            let (held, changed) = &*self.held;
            let mut held = held.lock().expect("nobody panics with the lock");
            while *held {
                held = changed.wait(held).expect("nobody panics with the lock");
            }
        }
    }
}

impl Storage for Slow {
    fn open(&self, path: &Path) -> Result<Arc<dyn File>> {
        self.disk.open(path)
    }
    fn open_to_read(&self, path: &Path) -> Result<Arc<dyn File>> {
        self.disk.open_to_read(path)
    }
    fn create(&self, path: &Path) -> Result<Arc<dyn File>> {
        self.wait();
        self.disk.create(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.disk.rename(from, to)
    }
    fn link(&self, from: &Path, to: &Path) -> Result<bool> {
        self.disk.link(from, to)
    }
    fn remove(&self, path: &Path) -> Result<()> {
        self.disk.remove(path)
    }
    fn list(&self, directory: &Path) -> Result<Vec<String>> {
        self.disk.list(directory)
    }
    fn create_directory(&self, path: &Path) -> Result<()> {
        self.disk.create_directory(path)
    }
    fn sync_directory(&self, path: &Path, purpose: &'static str) -> Result<()> {
        self.disk.sync_directory(path, purpose)
    }
    fn exists(&self, path: &Path) -> Result<bool> {
        self.disk.exists(path)
    }
    fn lock(&self, path: &Path) -> Result<Lock> {
        self.disk.lock(path)
    }
}

/// A node over `storage`, and how it was recovered.
fn start(storage: Arc<dyn Storage>, adapt: impl FnOnce(&mut Options)) -> (Node, Report) {
    let clock = Arc::new(ManualClock::default());
    clock.0.store(NOW, Ordering::Relaxed);
    let mut options = world::options(storage, clock, 1);
    adapt(&mut options);
    let (mut processor, report) = Processor::open(options).expect("the disk works");
    if processor.definitions().streams.is_empty() {
        let applied = processor.change_now(change(DEFINITIONS, Origin::Project)).expect("the disk works");
        applied.expect("the definitions are right");
    }
    (Node::start(processor, 1_000), report)
}

/// Sends the payments among some events, one by one, each once the one before is acknowledged.
fn send(handle: &Handle, numbers: std::ops::Range<u64>) -> u64 {
    let stream = Arc::clone(&handle.shared().catalog().current().streams["payments"]);
    let payments = numbers.map(|number| event(1, number)).filter(|event| event.payment);
    let mut sent = 0;
    for payment in payments {
        let (reply, receiver) = one();
        handle.submit(world::submission(&stream, &[&payment], true), reply);
        let receipt = receiver.recv_timeout(PATIENCE).expect("it is answered").expect("the disk works");
        assert!(matches!(receipt.rows[0], RowStatus::Accepted(_)));
        sent += 1;
    }
    sent
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what} does not come");
        thread::yield_now();
    }
}

#[test]
fn events_are_decided_while_a_checkpoint_waits_for_the_disk() {
    let (disk, held) = (Arc::new(Faulty::new(1)), Arc::new((Mutex::new(true), Condvar::new())));
    let slow = Arc::new(Slow { disk: Arc::clone(&disk), held: Arc::clone(&held) });
    let (node, _) = start(slow, |options| options.checkpoint_events = 200);
    let handle = node.handle();
    let sent = send(&handle, 0..400);
    assert!(
        (250..390).contains(&sent),
        "many come after the one checkpoint that is due, and none is due again"
    );
    assert_eq!(handle.shared().figures().checkpoint_position, 0, "the disk has not let one through");
    *held.0.lock().expect("nobody panics with the lock") = false;
    held.1.notify_all();
    wait_for("a checkpoint", || handle.shared().figures().checkpoint_position > 0);
    let position = handle.shared().figures().checkpoint_position;
    assert!(position < 250, "it is of the moment when it began, and not of {position}");
    disk.stop(storage::Stop::Kill);
    assert!(node.stop().is_err(), "the disk is gone");
    disk.restart();
    let (node, report) = start(disk, |_| {});
    assert!(report.checkpoint.is_some_and(|used| used >= position), "{report:?}");
    assert!(report.diverged.is_empty() && report.confirmed > 0, "{report:?}");
    node.stop().expect("the disk works");
}

#[test]
fn a_checkpoint_comes_with_time_when_nobody_sends() {
    let disk = Arc::new(Faulty::new(2));
    let clock = Arc::new(ManualClock::default());
    clock.0.store(NOW, Ordering::Relaxed);
    let own = Arc::clone(&clock);
    let (node, _) = start(disk, |options| {
        (options.clock, options.checkpoint_interval) = (own, 60_000_000);
    });
    let handle = node.handle();
    send(&handle, 0..3);
    assert_eq!(handle.shared().figures().checkpoint_position, 0);
    clock.0.fetch_add(60_000_000, Ordering::Relaxed);
    wait_for("a checkpoint", || handle.shared().figures().checkpoint_position > 0);
    node.stop().expect("the disk works");
}

#[test]
fn files_of_the_index_are_merged_meanwhile() {
    let disk = Arc::new(Faulty::new(3));
    let (node, _) = start(Arc::<Faulty>::clone(&disk), |options| options.checkpoint_events = 1);
    let handle = node.handle();
    let files = || disk.list(&data().join("index")).expect("the disk works").len();
    let (mut from, mut most) = (0, 0);
    // Each checkpoint leaves a file; eight make one.
    while most < 8 || files() >= most {
        let before = handle.shared().figures().checkpoint_position;
        let sent = send(&handle, from..from + 4);
        from += 4;
        // Without a payment among them there is nothing for a checkpoint that the one before does not have.
        if sent > 0 {
            wait_for("a checkpoint", || handle.shared().figures().checkpoint_position > before);
        }
        most = most.max(files());
        assert!(from < 4_000, "{most} files were never merged");
    }
    node.stop().expect("the disk works");
}
