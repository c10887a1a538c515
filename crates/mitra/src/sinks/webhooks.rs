//! A thread for each webhook, from the statement that makes it until it is dropped and everything is delivered.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use eventlog::Address;
use serve::metrics::{Counter, Gauge, Registry};
use sinks::webhook::{self, Body, Ending, Watcher};
use sql::{
    definition::Sink,
    target::{self, Target, Webhook},
};
use types::Epoch;

use super::{
    GRACE, Share, Site, Source,
    follower::{Follower, IDLE},
    slot, spawn,
};
use crate::{metrics, token_key};

/// How often it is told at most that an endpoint's requests fail.
const TOLD_PERIOD: Duration = Duration::from_secs(60);

/// How long the threads have, beyond the grace, to end by themselves.
const ENDING_MAX: Duration = Duration::from_secs(1);

/// What is running.
struct Running {
    name: String,
    /// The endpoint as it was defined when the thread started.
    target: Target,
    /// Everything before this address was given to the sink.
    given: Arc<AtomicU64>,
    ending: Arc<Ending>,
    thread: JoinHandle<Result<()>>,
}

/// The webhooks of all epochs.
pub(super) struct Webhooks {
    source: Source,
    /// By place.
    running: BTreeMap<String, Running>,
    /// The epoch whose webhooks run.
    seen: Option<Epoch>,
    /// Places whose thread failed: what failed is the log, and another thread would fail as well.
    failed: BTreeSet<String>,
    failures: Vec<String>,
}

impl Webhooks {
    pub(super) fn new(source: Source) -> Self {
        Self { source, running: BTreeMap::new(), seen: None, failed: BTreeSet::new(), failures: Vec::new() }
    }

    /// Runs until `stop` is set and the threads have ended or had their time; returns what went wrong.
    pub(super) fn run(mut self, stop: &Arc<AtomicBool>) -> Vec<String> {
        loop {
            let stopping = stop.load(Ordering::Relaxed);
            self.start_missing(stop);
            self.measure();
            if stopping {
                break;
            }
            thread::park_timeout(IDLE);
        }
        self.running.values().for_each(|running| running.ending.announce(GRACE));
        let deadline = Instant::now() + GRACE + ENDING_MAX;
        while !self.running.is_empty() && Instant::now() < deadline {
            self.reap();
            thread::park_timeout(IDLE);
        }
        for running in self.running.values() {
            // Its thread ends with the process, as in a crash: the cursor says what the endpoint has taken.
            complain!("webhook_unanswered", sink = running.name;
                "sink {}: a request is still without an answer; it is made again at the next start",
                running.name
            );
        }
        self.failures
    }

    /// Starts what is defined and does not run. At the start also what was dropped, which may lack records of before.
    fn start_missing(&mut self, stop: &Arc<AtomicBool>) {
        self.reap();
        let catalog = self.source.handle.shared().catalog();
        let epochs = match self.seen.replace(catalog.epoch()) {
            None => 0..=catalog.epoch(),
            // Threads of webhooks that were dropped end, so what is in force is looked at each time.
            Some(_) => catalog.epoch()..=catalog.epoch(),
        };
        let mut wanted: BTreeMap<String, Arc<Sink>> = BTreeMap::new();
        for definitions in epochs.filter_map(|epoch| catalog.at(epoch)) {
            let sinks = definitions.sinks.values().filter(|sink| matches!(sink.target, Target::Webhook(_)));
            wanted.extend(sinks.map(|sink| (sink.place(), Arc::clone(sink))));
        }
        wanted.retain(|place, _| !self.failed.contains(place));
        for (place, sink) in wanted {
            if let Some(running) = self.running.get(&place) {
                if running.target != sink.target {
                    // It is started again, for the endpoint that is defined now, when it has let go of the other.
                    running.ending.announce(Duration::ZERO);
                }
                continue;
            }
            let name = sink.name.clone();
            let ending = Arc::new(Ending::default());
            let site = Site { ending: Arc::clone(&ending), ..self.source.site.clone() };
            let source = Source { site, ..self.source.clone() };
            let mut follower = Follower::new(source, Share::Webhook(place.clone()));
            let (given, flag, told) = (follower.given(), Arc::clone(stop), name.clone());
            let work = move || {
                let result = follower.run(&flag);
                if let Err(error) = &result {
                    complain!("sink_stopped", sink = told;
                        "sink {told} has stopped: {error:#}; it goes on where it was at the next start"
                    );
                }
                result
            };
            let thread = spawn("mitra-webhook", work);
            let target = sink.target.clone();
            self.running.insert(place, Running { name, target, given, ending, thread });
        }
    }

    /// Forgets threads that have ended.
    fn reap(&mut self) {
        let ended =
            |(place, running): (&String, &Running)| running.thread.is_finished().then(|| place.clone());
        let places: Vec<String> = self.running.iter().filter_map(ended).collect();
        for place in places {
            let running = self.running.remove(&place).expect("it was just listed");
            if let Err(error) = running.thread.join().expect("a webhook's thread does not panic") {
                self.failures.push(format!("sink {}: {error:#}", running.name));
                self.failed.insert(place);
            }
        }
    }

    fn measure(&self) {
        let end = self.source.handle.shared().figures().log_end;
        for running in self.running.values() {
            let behind = end.0.saturating_sub(running.given.load(Ordering::Relaxed));
            let gauge = slot::behind(&self.source.site.registry, &running.name);
            gauge.set(i64::try_from(behind).unwrap_or(i64::MAX));
        }
    }
}

/// Where the follower is, for the lag.
pub(super) fn publish(given: &AtomicU64, address: Address) {
    given.store(address.0, Ordering::Relaxed);
}

/// Opens a webhook; its key is read each time, so that one that is replaced is used after the next failure or start.
pub(super) fn open(
    sink: &Sink,
    target: &Webhook,
    fields: Vec<types::Field>,
    site: &Site,
) -> Result<Box<dyn sinks::Sink>> {
    let secret = target.secret_file.as_ref().map(|file| {
        let path = site.root.join(file);
        let mut secret = std::fs::read(&path)
            .with_context(|| format!("cannot read the `secret_file` {}", path.display()))?;
        secret.truncate(secret.trim_ascii_end().len());
        anyhow::ensure!(!secret.is_empty(), "the `secret_file` {} is empty", path.display());
        token_key::warn_if_shared(&path);
        Ok(secret)
    });
    let authorities = target.ca_file.as_ref().map(|file| {
        let path = site.root.join(file);
        std::fs::read(&path).with_context(|| format!("cannot read the `ca_file` {}", path.display()))
    });
    let duration = |micros| Duration::from_micros(u64::try_from(micros).expect("durations are not negative"));
    let options = webhook::Options {
        name: sink.name.clone(),
        url: target.url.clone(),
        secret: secret.transpose()?,
        authorities: authorities.transpose()?,
        body: match target.body {
            target::Body::Array => Body::Array,
            target::Body::Object => Body::Object,
        },
        batch: target.batch,
        timeout: duration(target.timeout),
        attempts: target.attempts,
        retry_max: duration(target.retry_max),
    };
    let folder = site.webhooks.join(&sink.name);
    let watcher = Box::new(Told::new(&sink.name, &site.registry));
    let ending = Arc::clone(&site.ending);
    let storage = Arc::new(storage::Disk);
    Ok(Box::new(webhook::Webhook::open(storage, &folder, fields, options, ending, watcher)?))
}

/// Tells operators how deliveries go.
struct Told {
    name: String,
    up: Gauge,
    sent: Counter,
    failed: Counter,
    dead: Counter,
    /// Whether people were told that requests fail, and not yet that they do not any more.
    is_told: Cell<bool>,
    /// When they were told last.
    told_at: Cell<Option<Instant>>,
}

impl Told {
    fn new(name: &str, registry: &Registry) -> Self {
        Self {
            name: name.to_owned(),
            up: slot::up(registry, name),
            sent: metrics::WEBHOOK_SENT.counter(registry, &[name]),
            failed: metrics::WEBHOOK_FAILED.counter(registry, &[name]),
            dead: metrics::WEBHOOK_DEAD.counter(registry, &[name]),
            is_told: Cell::new(false),
            told_at: Cell::new(None),
        }
    }
}

impl Watcher for Told {
    fn taken(&self, records: usize) {
        self.sent.add(records as u64);
        if self.is_told.replace(false) {
            complain!("sink_recovered", sink = self.name; "sink {} goes on", self.name);
        }
        self.up.set(1);
    }

    fn failed(&self, reason: &str, wait: Duration) {
        self.failed.increment();
        self.up.set(0);
        // An endpoint that fails now and then must not fill the screen: the metric counts each time.
        let is_quiet = self.told_at.get().is_some_and(|at| at.elapsed() < TOLD_PERIOD);
        if !self.is_told.get() && !is_quiet {
            self.is_told.set(true);
            self.told_at.set(Some(Instant::now()));
            complain!("sink_failed", sink = self.name;
                "sink {}: {reason}; tried again in {wait:?}; no record is lost, and other sinks go on",
                self.name
            );
        }
    }

    fn dead(&self, records: usize, reason: &str) {
        // One complaint for the first of them: an endpoint that refuses everything must not fill the screen.
        if self.dead.get() == 0 {
            let name = &self.name;
            complain!("webhook_dead_letters", sink = name;
                "sink {name}: {reason}; such records go to webhooks/{name}/dead.ndjson in the data directory"
            );
        }
        self.dead.add(records as u64);
        self.up.set(1);
    }
}
