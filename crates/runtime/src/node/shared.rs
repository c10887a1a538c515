//! What a running node shows to other threads, so that nobody waits for its core to be told.

use std::{
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use catalog::Catalog;
use engine::Counters;
use eventlog::Address;
use types::{Epoch, Position};

use super::Refusal;
use crate::processor::Processor;

/// How often counters are shown to other threads.
const COUNTERS_PERIOD: Duration = Duration::from_millis(50);

/// What other threads may know of the processor without asking it.
#[derive(Debug)]
pub struct Shared {
    catalog: RwLock<Arc<Catalog>>,
    /// Everything in the log before this address has its outputs, or needs none; 0 while outputs wait for space.
    decided: AtomicU64,
    /// Epoch in force.
    epoch: AtomicUsize,
    next_position: AtomicU64,
    pub(super) waiting: AtomicUsize,
    pub(super) queue_len_max: usize,
    pub(super) batches: AtomicU64,
    counters: Mutex<(Instant, Counters)>,
    checkpoint_position: AtomicU64,
    syncing_micros: AtomicU64,
    pub(super) full: AtomicBool,
    failed: Mutex<Option<String>>,
}

/// Figures of a running node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Epoch in force.
    pub epoch: Epoch,
    /// Position of the next record.
    pub next_position: Position,
    /// Events that wait for the engine.
    pub waiting: usize,
    /// Batches since the start.
    pub batches: u64,
    /// Position of the newest checkpoint.
    pub checkpoint_position: Position,
}

impl Shared {
    pub(super) fn new(processor: &Processor, queue_len_max: usize) -> Self {
        let shared = Self {
            catalog: RwLock::new(Arc::new(processor.catalog().clone())),
            decided: AtomicU64::new(0),
            epoch: AtomicUsize::new(0),
            next_position: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            queue_len_max,
            batches: AtomicU64::new(0),
            counters: Mutex::new((Instant::now(), processor.engine().counters().clone())),
            checkpoint_position: AtomicU64::new(0),
            syncing_micros: AtomicU64::new(0),
            full: AtomicBool::new(false),
            failed: Mutex::new(None),
        };
        shared.publish(processor);
        shared
    }

    /// The definitions of every epoch so far.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.read().expect("no writer panicked"))
    }

    /// The figures as they stand.
    pub fn figures(&self) -> Figures {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            epoch: Epoch::try_from(self.epoch.load(Ordering::Relaxed)).expect("epochs are 32-bit"),
            next_position: load(&self.next_position),
            waiting: self.waiting.load(Ordering::Relaxed),
            batches: load(&self.batches),
            checkpoint_position: load(&self.checkpoint_position),
        }
    }

    /// Everything in the log before this address has its outputs, or needs none.
    pub fn decided(&self) -> Address {
        Address(self.decided.load(Ordering::Acquire))
    }

    /// How long the disk has been asked to make the log durable, beside all other work.
    pub fn syncing(&self) -> Duration {
        Duration::from_micros(self.syncing_micros.load(Ordering::Relaxed))
    }

    pub(super) fn add_syncing(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.syncing_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// What the engine had counted a moment ago.
    pub fn counters(&self) -> Counters {
        self.counters.lock().expect("no holder panicked").1.clone()
    }

    /// Whether events can be acknowledged now; otherwise why not.
    ///
    /// # Errors
    /// The reason, for an operator.
    pub fn ready(&self) -> Result<(), String> {
        if let Some(reason) = self.failure() {
            return Err(reason);
        }
        if self.full.load(Ordering::Relaxed) {
            return Err(Refusal::Full.to_string());
        }
        Ok(())
    }

    pub(super) fn failure(&self) -> Option<String> {
        self.failed.lock().expect("no holder panicked").clone()
    }

    pub(super) fn fail(&self, reason: &str) {
        self.failed.lock().expect("no holder panicked").get_or_insert_with(|| reason.to_owned());
    }

    pub(super) fn publish(&self, processor: &Processor) {
        let decided = if processor.is_stalled() { 0 } else { processor.end().0 };
        self.decided.store(decided, Ordering::Release);
        self.epoch.store(processor.epoch() as usize, Ordering::Relaxed);
        self.next_position.store(processor.next_position(), Ordering::Relaxed);
        let mut counters = self.counters.lock().expect("no holder panicked");
        if counters.0.elapsed() >= COUNTERS_PERIOD {
            *counters = (Instant::now(), processor.engine().counters().clone());
        }
        self.checkpoint_position.store(processor.checkpoint_position(), Ordering::Relaxed);
    }

    pub(super) fn publish_catalog(&self, processor: &Processor) {
        *self.catalog.write().expect("no reader panicked") = Arc::new(processor.catalog().clone());
    }
}
