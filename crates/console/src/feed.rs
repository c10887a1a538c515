//! What all open pages share: one watcher of the system, and one update a second for everybody who looks.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serve::{Answer, metrics::Histogram};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use types::Micros;

use crate::{
    pages::overview::{self, Show},
    samples::Samples,
    source::{Recent, Source},
};

/// How often the system is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// Decisions that are shown.
pub const LATEST_MAX: usize = 40;
/// Pages that may be kept current at a time; connections are shared with those who decide.
pub const WATCHERS_MAX: usize = 64;
/// When nobody has looked for so long, the latest decisions are read from the end of the log.
const STALE: Duration = Duration::from_secs(5);

/// The fragments of the overview as one JSON object, for each way to show it.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// With all decisions.
    pub all: String,
    /// With flagged ones.
    pub flagged: String,
}

/// What is known of the last minutes.
#[derive(Debug, Default)]
pub struct State {
    /// Counts and latencies.
    pub samples: Samples,
    /// Decisions, oldest first.
    pub latest: VecDeque<Answer>,
    /// Those that are not as usual.
    pub flagged: VecDeque<Answer>,
    /// Some were passed over.
    pub is_sampled: bool,
    /// Why they cannot be read; empty when they can.
    pub problem: String,
    cursor: Option<u64>,
    read_at: Option<Instant>,
}

/// Shared by the watcher, the pages and their streams.
#[derive(Debug)]
pub struct Feed {
    state: Mutex<State>,
    /// One reader of the log at a time.
    reading: tokio::sync::Mutex<()>,
    /// None once the console is closed.
    updates: Mutex<Option<watch::Sender<Arc<Update>>>>,
}

impl Feed {
    /// A feed that has seen nothing.
    pub fn new() -> Self {
        let (sender, _) = watch::channel(Arc::default());
        Self {
            state: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
            updates: Mutex::new(Some(sender)),
        }
    }

    /// Ends all streams.
    pub fn close(&self) {
        self.updates().take();
    }

    /// A stream of updates; none when as many as may be are open, or the console is closed. A slow reader misses the ones
    /// between and gets the newest.
    pub fn watch(&self) -> Option<watch::Receiver<Arc<Update>>> {
        let updates = self.updates();
        let sender = updates.as_ref()?;
        (sender.receiver_count() < WATCHERS_MAX).then(|| sender.subscribe())
    }

    /// What is known, for as short as it takes to render it.
    pub fn state(&self) -> MutexGuard<'_, State> {
        // A bug in rendering leaves it whole: nothing is changed there.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the latest decisions unless somebody has just done so.
    pub async fn refresh<S: Source>(&self, source: &Arc<S>) {
        let _turn = self.reading.lock().await;
        let (cursor, age) = {
            let state = self.state();
            (state.cursor, state.read_at.map(|at| at.elapsed()))
        };
        if age.is_some_and(|age| age < PERIOD / 2) {
            return;
        }
        let cursor = cursor.filter(|_| age.is_some_and(|age| age < STALE));
        let source = Arc::clone(source);
        let read = tokio::task::spawn_blocking(move || source.recent(cursor)).await;
        let mut state = self.state();
        state.read_at = Some(Instant::now());
        match read {
            Ok(Ok(recent)) => state.take(recent, cursor.is_none()),
            Ok(Err(problem)) => state.problem = problem,
            // A bug, which was printed when it happened.
            Err(_) => state.problem = "the latest decisions cannot be read".to_owned(),
        }
    }

    fn updates(&self) -> MutexGuard<'_, Option<watch::Sender<Arc<Update>>>> {
        self.updates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many look; none once the console is closed.
    fn watchers(&self) -> Option<usize> {
        self.updates().as_ref().map(watch::Sender::receiver_count)
    }

    fn publish<S: Source>(&self, source: &S) {
        let (status, roles) = (source.status(), source.roles());
        let update = {
            let state = self.state();
            let render = |show| overview::update(&state, &status, &roles, show);
            Update { all: render(Show::All), flagged: render(Show::Flagged) }
        };
        if let Some(sender) = &*self.updates() {
            sender.send_replace(Arc::new(update));
        }
    }
}

impl State {
    fn take(&mut self, recent: Recent, is_fresh: bool) {
        if is_fresh {
            self.latest.clear();
            self.flagged.clear();
        }
        self.problem.clear();
        self.cursor = Some(recent.cursor);
        self.is_sampled = recent.is_sampled;
        for (kept, new) in [(&mut self.latest, recent.latest), (&mut self.flagged, recent.flagged)] {
            kept.extend(new);
            let excess = kept.len().saturating_sub(LATEST_MAX);
            kept.drain(..excess);
        }
    }
}

/// Watches until the feed is closed. Nobody who does not look costs more than a copy of the counters a second.
pub async fn run<S: Source>(feed: Arc<Feed>, source: Arc<S>, latency: Histogram) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(watchers) = feed.watchers() else { return };
        feed.state().samples.push(Instant::now(), now(), &source.status(), latency.snapshot());
        if watchers > 0 {
            feed.refresh(&source).await;
            feed.publish(&*source);
        }
    }
}

fn now() -> Micros {
    // A clock before 1970 only moves the charts.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros::try_from(since.as_micros()).unwrap_or(Micros::MAX)
}
