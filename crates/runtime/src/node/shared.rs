//! What a running node shows to other threads, so that nobody waits for its core to be told.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use catalog::Catalog;
use engine::{Counters, memory::TimelineMemory};
use eventlog::Address;
use types::{Epoch, Position};

use super::{handle::Refusal, pace::Pace};
use crate::processor::Processor;

/// How often counters are shown to other threads.
pub(super) const COUNTERS_PERIOD: Duration = Duration::from_millis(50);

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
    pace: Mutex<Pace>,
    /// Whether the counters shown are behind.
    is_behind: AtomicBool,
    log_end: AtomicU64,
    checkpoint_position: AtomicU64,
    syncing_micros: AtomicU64,
    /// When the newest checkpoint was taken, or the process started.
    checkpoint_at: Mutex<Instant>,
    pending: Mutex<Option<Pending>>,
    memory: Mutex<Vec<TimelineMemory>>,
    /// How far in the log the state of the pending change has come.
    pub(super) warmed_to: Arc<AtomicU64>,
    on_sync: OnceLock<OnSync>,
    pub(super) full: AtomicBool,
    /// Why no event is taken, though there would be space.
    bound: RwLock<Option<Refusal>>,
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
    /// End of the log.
    pub log_end: Address,
    /// Position of the newest checkpoint.
    pub checkpoint_position: Position,
    /// Since when it is the newest, or since the process started.
    pub checkpoint_age: Duration,
}

/// Whether events are acknowledged, by what an operator does about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// They are.
    Ready,
    /// The disk is full, or the data directory as large as it may be: the process goes on by itself when there is space.
    Full,
    /// Never again, for this reason.
    Broken(String),
}

/// A change that is defined and not yet in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// Its number.
    pub change: u64,
    /// What it does, a line each.
    pub summary: Vec<String>,
    /// Part of the log that its state has seen, 0 to 1.
    pub progress: f64,
}

/// Called with how long each sync took.
struct OnSync(Box<dyn Fn(Duration) + Send + Sync>);

impl fmt::Debug for OnSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnSync")
    }
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
            pace: Mutex::new(Pace::new(Instant::now(), processor.engine().counters().events)),
            is_behind: AtomicBool::new(false),
            log_end: AtomicU64::new(0),
            checkpoint_position: AtomicU64::new(0),
            syncing_micros: AtomicU64::new(0),
            checkpoint_at: Mutex::new(Instant::now()),
            pending: Mutex::new(None),
            memory: Mutex::new(processor.engine().memory()),
            warmed_to: Arc::default(),
            on_sync: OnceLock::new(),
            full: AtomicBool::new(false),
            bound: RwLock::new(None),
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
            log_end: Address(load(&self.log_end)),
            checkpoint_position: load(&self.checkpoint_position),
            checkpoint_age: self.checkpoint_at.lock().expect("no holder panicked").elapsed(),
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

    /// Events a second in the last seconds.
    pub fn events_per_second(&self) -> f64 {
        let events = self.counters.lock().expect("no holder panicked").1.events;
        self.pace().per_second(Instant::now(), events)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().expect("no holder panicked")
    }

    /// Whether events can be acknowledged now; otherwise why not.
    ///
    /// # Errors
    /// The reason, for an operator.
    pub fn ready(&self) -> Result<(), String> {
        match self.state() {
            State::Ready => Ok(()),
            State::Full => Err(self.bound().unwrap_or(Refusal::Full).to_string()),
            State::Broken(reason) => Err(reason),
        }
    }

    /// Whether events are acknowledged now.
    pub fn state(&self) -> State {
        match self.failure() {
            Some(reason) => State::Broken(reason),
            None if self.full.load(Ordering::Relaxed) || self.bound().is_some() => State::Full,
            None => State::Ready,
        }
    }

    /// Why no event is taken, though there would be space.
    pub(super) fn bound(&self) -> Option<Refusal> {
        self.bound.read().expect("no writer panicked").clone()
    }

    pub(super) fn refuse(&self, bound: Option<Refusal>) {
        *self.bound.write().expect("no reader panicked") = bound;
    }

    /// The change that waits for its state, if there is one.
    pub fn pending(&self) -> Option<Pending> {
        let mut pending = self.pending.lock().expect("no holder panicked").clone()?;
        let (seen, end) = (self.warmed_to.load(Ordering::Relaxed), self.log_end.load(Ordering::Relaxed));
        pending.progress = (seen as f64 / end.max(1) as f64).min(1.0);
        Some(pending)
    }

    /// What each timeline holds, as counted some seconds ago: key by key beside the events, so of no single moment.
    pub fn memory(&self) -> Vec<TimelineMemory> {
        self.memory.lock().expect("no holder panicked").clone()
    }

    pub(super) fn publish_memory(&self, memory: Vec<TimelineMemory>) {
        *self.memory.lock().expect("no holder panicked") = memory;
    }

    /// Has `observer` called with how long each sync of the log takes, by the thread that syncs. There can be one.
    pub fn observe_syncs(&self, observer: impl Fn(Duration) + Send + Sync + 'static) {
        // A second one would see nothing that the first does not.
        drop(self.on_sync.set(OnSync(Box::new(observer))));
    }

    pub(super) fn synced(&self, took: Duration) {
        if let Some(OnSync(observer)) = self.on_sync.get() {
            observer(took);
        }
    }

    /// Whether the counters shown are behind those of the engine.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Relaxed)
    }

    /// Shows what change waits for its state.
    pub(super) fn publish_pending(&self, processor: &Processor) {
        let mut shown = self.pending.lock().expect("no holder panicked");
        let pending = processor.pending_change();
        if shown.as_ref().map(|shown| shown.change) != pending.map(|(change, _)| change) {
            *shown =
                pending.map(|(change, summary)| Pending { change, summary: summary.to_vec(), progress: 0.0 });
        }
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
        let is_due = counters.0.elapsed() >= COUNTERS_PERIOD;
        if is_due {
            *counters = (Instant::now(), processor.engine().counters().clone());
            self.pace().note(counters.0, counters.1.events);
        }
        self.is_behind.store(!is_due, Ordering::Relaxed);
        self.log_end.store(processor.end().0, Ordering::Relaxed);
        let position = processor.checkpoint_position();
        if self.checkpoint_position.swap(position, Ordering::Relaxed) != position {
            *self.checkpoint_at.lock().expect("no holder panicked") = Instant::now();
        }
    }

    pub(super) fn publish_catalog(&self, processor: &Processor) {
        *self.catalog.write().expect("no reader panicked") = Arc::new(processor.catalog().clone());
    }
}
