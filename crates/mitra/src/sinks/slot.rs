//! One place that rows go to: what is open there, how far it is fed, and what ails it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use eventlog::Address;
use expr::{Machine, Program};
use serve::metrics::{Counter, Gauge, Registry};
use sql::{
    definition::{Format, Sink},
    target::Target,
};
use storage::Disk;

use super::{
    Site,
    wanted::{Batch, Wanted},
    webhooks,
};
use crate::metrics;

/// How long a sink that failed rests.
const RETRY_PERIOD: Duration = Duration::from_secs(2);

/// How long rows wait for a Parquet part of full size.
const PART_PERIOD: Duration = Duration::from_secs(60);

/// A sink that takes rows.
struct Open {
    wanted: Arc<Wanted>,
    sink: Box<dyn sinks::Sink>,
    condition: Option<(Program, Machine)>,
    /// Rows since the last commit.
    uncommitted: usize,
    /// When the oldest row came that may not be visible yet.
    waiting_since: Option<Instant>,
}

/// Why a sink takes none.
struct Failure {
    message: String,
    /// None when nothing but a person can help.
    retry_at: Option<Instant>,
    wanted: Arc<Wanted>,
}

/// One file, one folder of Parquet files, or one endpoint over the whole log.
#[derive(Default)]
pub struct Slot {
    open: Option<Open>,
    failure: Option<Failure>,
    /// Frames that end here or before have been given to it.
    pub fed: Address,
    /// The last complaint that was printed.
    told: String,
    /// Whether its deliveries were ended before it had everything.
    is_ended: bool,
}

impl Slot {
    /// A place that has everything before `fed`.
    pub fn new(fed: Address) -> Self {
        Self { fed, ..Self::default() }
    }

    /// Whether it takes rows.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether its deliveries were ended before it had everything.
    pub fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// The complaint of a sink that lacks rows.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_ref().map(|failure| failure.message.as_str())
    }

    /// Whether it is time to try a failed sink again.
    pub fn is_retry_due(&self) -> bool {
        let due = |failure: &Failure| failure.retry_at.is_some_and(|at| at <= Instant::now());
        self.failure.as_ref().is_some_and(due)
    }

    /// Opens the sink, unless it is open as `wanted` says; `before` is where the log stood before it is wanted.
    pub fn prepare(&mut self, wanted: &Arc<Wanted>, before: Address, site: &Site) {
        if self.failure.is_some() {
            return;
        }
        if let Some(open) = &mut self.open {
            if Arc::ptr_eq(&open.wanted, wanted) {
                return;
            }
            if open.wanted.equals(wanted) {
                open.wanted = Arc::clone(wanted);
                return;
            }
        }
        self.close(site);
        if self.failure.is_none() && !self.is_ended {
            self.try_open(wanted, before, site);
        }
    }

    /// Opens a failed sink again; its rows from [`Slot::fed`] on have to come once more.
    pub fn retry(&mut self, before: Address, site: &Site) {
        if let Some(failure) = self.failure.take() {
            self.try_open(&failure.wanted, before, site);
        }
    }

    fn try_open(&mut self, wanted: &Arc<Wanted>, before: Address, site: &Site) {
        match open(wanted, before, site) {
            Ok((open, fed)) => {
                self.fed = fed;
                self.open = Some(open);
                up(&site.registry, &wanted.sink.name).set(1);
                if !std::mem::take(&mut self.told).is_empty() {
                    complain!("sink_recovered", sink = wanted.sink.name; "sink {} goes on", wanted.sink.name);
                }
            }
            Err(error) => self.fail(wanted, &error, site, true),
        }
    }

    /// Takes note of an error; the sink is as after a crash.
    fn fail(&mut self, wanted: &Arc<Wanted>, error: &anyhow::Error, site: &Site, again: bool) {
        if matches!(error.downcast_ref(), Some(sinks::Error::Stopping)) {
            self.open = None;
            self.is_ended = true;
            return;
        }
        let name = &wanted.sink.name;
        let message = format!("sink {name}: {error:#}");
        if self.told != message {
            let seconds = RETRY_PERIOD.as_secs();
            let then =
                if again { format!("tried again every {seconds} s") } else { "it stays closed".to_owned() };
            complain!("sink_failed", sink = name; "{message}; {then}; no row is lost, and other sinks go on");
            self.told.clone_from(&message);
        }
        up(&site.registry, name).set(0);
        self.open = None;
        let retry_at = again.then(|| Instant::now() + RETRY_PERIOD);
        self.failure = Some(Failure { message, retry_at, wanted: Arc::clone(wanted) });
    }

    /// Says that nothing but a person can help.
    pub fn give_up(&mut self, wanted: &Arc<Wanted>, error: &anyhow::Error, site: &Site) {
        self.fail(wanted, error, site, false);
    }

    /// Gives the rows of a batch, of which the frame is the last.
    pub fn feed(&mut self, batch: &Batch<'_>, site: &Site) {
        let Some(open) = &mut self.open else { return };
        match open.append(batch) {
            Ok(count) => {
                self.fed = batch.frame.next;
                if count > 0 {
                    open.uncommitted += count;
                    open.waiting_since.get_or_insert_with(Instant::now);
                    let rows = written(&site.registry, &open.wanted.sink.name);
                    rows.add(count as u64);
                }
            }
            Err(error) => {
                let wanted = Arc::clone(&open.wanted);
                self.fail(&wanted, &error, site, true);
            }
        }
    }

    /// Commits when at least `rows_min` rows wait, and makes a part of rows that have waited long.
    pub fn settle(&mut self, rows_min: usize, site: &Site) {
        let Some(open) = &mut self.open else { return };
        let is_old = open.waiting_since.is_some_and(|since| since.elapsed() >= PART_PERIOD);
        let result = if is_old {
            open.waiting_since = None;
            open.sink.flush(self.fed.0)
        } else if open.uncommitted >= rows_min {
            open.sink.commit(self.fed.0)
        } else {
            return;
        };
        open.uncommitted = 0;
        if let Err(error) = result {
            let wanted = Arc::clone(&open.wanted);
            self.fail(&wanted, &error.into(), site, true);
        }
    }

    /// Shows how far it is behind the log's `end`: what is `seen` was given to every sink that takes rows.
    pub fn measure(&self, seen: Address, end: Address, site: &Site) {
        let (wanted, given) = match (&self.open, &self.failure) {
            (Some(open), _) => (&open.wanted, self.fed.max(seen)),
            (None, Some(failure)) => (&failure.wanted, self.fed),
            (None, None) => return,
        };
        let lag = end.0.saturating_sub(given.0);
        behind(&site.registry, &wanted.sink.name).set(i64::try_from(lag).unwrap_or(i64::MAX));
    }

    /// Makes everything durable and closes the sink.
    pub fn close(&mut self, site: &Site) {
        let Some(open) = self.open.take() else { return };
        let wanted = open.wanted;
        if let Err(error) = open.sink.close(self.fed.0) {
            self.fail(&wanted, &error.into(), site, true);
        }
    }
}

impl Open {
    /// Appends the rows of a batch, and tells how many those are.
    fn append(&mut self, batch: &Batch<'_>) -> Result<usize> {
        let Some(columns) = self.wanted.columns(batch, self.condition.as_mut())? else { return Ok(0) };
        self.sink.append(&columns)?;
        Ok(columns[0].len())
    }
}

/// Opens a sink, and tells how far it is fed. A new one starts `before` what it is wanted for.
fn open(wanted: &Arc<Wanted>, before: Address, site: &Site) -> Result<(Open, Address)> {
    let sink = &wanted.sink;
    let fields = wanted.fields.clone();
    let mut opened = match &sink.target {
        Target::File { path, format } => {
            sinks::open(Arc::new(Disk), &site.root.join(path), format_of(*format), fields)?
        }
        Target::Webhook(target) => webhooks::open(sink, target, fields, site)?,
    };
    let fed = match opened.cursor() {
        Some(cursor) => Address(cursor),
        None => {
            opened.flush(before.0)?;
            before
        }
    };
    let condition = wanted.condition();
    let wanted = Arc::clone(wanted);
    Ok((Open { wanted, sink: opened, condition, uncommitted: 0, waiting_since: None }, fed))
}

/// How far a sink has everything; none when it has nothing.
pub fn cursor(sink: &Sink, site: &Site) -> Result<Option<u64>, sinks::Error> {
    match &sink.target {
        Target::File { path, format } => {
            sinks::cursor(Arc::new(Disk), &site.root.join(path), format_of(*format))
        }
        Target::Webhook(_) => sinks::webhook::cursor(&Disk, &site.webhooks.join(&sink.name)),
    }
}

/// The format in which files are written.
fn format_of(format: Format) -> sinks::Format {
    match format {
        Format::Parquet => sinks::Format::Parquet,
        _ => sinks::Format::Ndjson,
    }
}

/// Whether a sink takes rows.
pub fn up(registry: &Registry, sink: &str) -> Gauge {
    metrics::SINK_UP.gauge(registry, &[sink])
}

/// Bytes of the log that a sink was not given.
pub fn behind(registry: &Registry, sink: &str) -> Gauge {
    metrics::SINK_LAG_BYTES.gauge(registry, &[sink])
}

/// Rows that a sink was given.
pub fn written(registry: &Registry, sink: &str) -> Counter {
    metrics::SINK_ROWS.counter(registry, &[sink])
}
