//! The state of a running node for people and scrapers.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use engine::memory::{Memory, TimelineMemory};
use eventlog::History;
use runtime::node::{Handle, State};
use serve::{
    Status,
    status::{Count, Decision, Log, Model, Rule, Stream},
};
use sql::definition::RuleMode;

use crate::metrics::{self, Metric};

/// A running node and where it runs.
pub struct Place<'a> {
    /// The node.
    pub handle: &'a Handle,
    /// Its log.
    pub history: &'a dyn History,
    /// The project's name.
    pub project: &'a str,
    /// The data directory.
    pub directory: &'a Path,
    /// Seconds since the start.
    pub uptime_s: u64,
}

/// Everything that the node tells without being asked.
pub fn status(place: &Place<'_>, mut streams: Vec<Stream>) -> Status {
    let shared = place.handle.shared();
    let figures = shared.figures();
    let counters = shared.counters();
    let definitions = shared.catalog().current();
    for stream in &mut streams {
        let late = |counts: &BTreeMap<String, u64>| counts.get(&stream.name).copied();
        stream.late = late(&counters.late).unwrap_or(0) + late(&counters.future).unwrap_or(0);
    }
    let state = match shared.state() {
        State::Ready => "ready",
        State::Full => "full",
        State::Broken(_) => "broken",
    };
    let files = LogFiles::of(place);
    let pending = shared.pending().map(|pending| serve::status::Pending {
        change: pending.change,
        what: pending.summary.join(", "),
        progress: pending.progress,
    });
    let decisions = definitions.decisions.values().map(|decision| {
        let counted = counters.decisions.get(&decision.name).cloned().unwrap_or_default();
        let outcome = |(index, name): (usize, &String)| Count {
            name: name.clone(),
            count: counted.outcomes.get(index).copied().unwrap_or(0),
        };
        let rules = definitions.rules.values().filter(|rule| rule.decision == decision.name);
        Decision {
            name: decision.name.clone(),
            view: decision.view.clone(),
            outcomes: decision.outcomes.iter().enumerate().map(outcome).collect(),
            rules: rules
                .map(|rule| Rule {
                    name: rule.name.clone(),
                    mode: if rule.mode == RuleMode::Shadow { "shadow" } else { "live" }.to_owned(),
                    outcome: decision.outcomes[rule.outcome].clone(),
                    fired: counted.fired.get(&rule.name).copied().unwrap_or(0),
                })
                .collect(),
        }
    });
    let models = definitions.models.values();
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        project: place.project.to_owned(),
        state: state.to_owned(),
        reason: shared.ready().err().unwrap_or_default(),
        uptime_s: place.uptime_s,
        epoch: figures.epoch,
        next_position: figures.next_position,
        queue_len: figures.waiting as u64,
        events: counters.events,
        events_per_second: shared.events_per_second(),
        streams,
        decisions: decisions.collect(),
        models: models.map(|model| Model { name: model.name.clone(), hash: model.blob.0.clone() }).collect(),
        pending: pending.into_iter().collect(),
        log: Log {
            directory: place.directory.display().to_string(),
            bytes: files.bytes,
            segments: files.segments,
            checkpoint_position: figures.checkpoint_position,
        },
    }
}

/// The log's files in the data directory.
struct LogFiles {
    bytes: u64,
    segments: u64,
}

impl LogFiles {
    fn of(place: &Place<'_>) -> Self {
        let end = place.handle.shared().figures().log_end;
        let local = place.history.segments().into_iter().filter(|segment| segment.local);
        local.fold(Self { bytes: 0, segments: 0 }, |files, segment| Self {
            bytes: files.bytes + segment.end.unwrap_or(end).0.saturating_sub(segment.first.0),
            segments: files.segments + 1,
        })
    }
}

/// The node's metrics in Prometheus' text format.
pub fn metrics(place: &Place<'_>) -> String {
    let shared = place.handle.shared();
    let (figures, counters, files) = (shared.figures(), shared.counters(), LogFiles::of(place));
    let mut text = Text::default();
    let ready = u64::from(shared.state() == State::Ready);
    text.one(&metrics::READY, ready);
    text.one(&metrics::EPOCH, u64::from(figures.epoch));
    text.one(&metrics::NEXT_POSITION, figures.next_position);
    text.one(&metrics::QUEUE_EVENTS, figures.waiting as u64);
    text.one(&metrics::BATCHES, figures.batches);
    text.one(&metrics::EVENTS, counters.events);
    text.one(&metrics::RECORDS, counters.records);
    text.one(&metrics::RAISED, counters.raised);
    text.one(&metrics::LOG_BYTES, files.bytes);
    text.one(&metrics::LOG_SEGMENTS, files.segments);
    text.one(&metrics::CHECKPOINT_POSITION, figures.checkpoint_position);
    let age = figures.checkpoint_age.as_secs();
    text.one(&metrics::CHECKPOINT_AGE_SECONDS, age);
    if let Some(bytes) = resident_bytes() {
        text.one(&metrics::RESIDENT_MEMORY_BYTES, bytes);
    }
    text.memory(&shared.memory());
    let definitions = shared.catalog().current();
    for (metric, counts) in [(&metrics::LATE, &counters.late), (&metrics::FUTURE, &counters.future)] {
        text.head(metric);
        for stream in definitions.streams.keys() {
            let count = counts.get(stream).copied().unwrap_or(0);
            text.line(format_args!("{}{{stream=\"{stream}\"}} {count}", metric.name));
        }
    }
    text.head(&metrics::OUTCOMES);
    for decision in definitions.decisions.values() {
        let counted = counters.decisions.get(&decision.name).cloned().unwrap_or_default();
        for (index, outcome) in decision.outcomes.iter().enumerate() {
            let (name, count) = (&decision.name, counted.outcomes.get(index).copied().unwrap_or(0));
            let metric = metrics::OUTCOMES.name;
            text.line(format_args!("{metric}{{decision=\"{name}\",outcome=\"{outcome}\"}} {count}"));
        }
    }
    text.0
}

/// Memory that the process takes, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

/// Text in Prometheus' format.
#[derive(Default)]
struct Text(String);

impl Text {
    /// A metric of one series.
    fn one(&mut self, metric: &Metric, value: u64) {
        self.head(metric);
        self.line(format_args!("{} {value}", metric.name));
    }

    /// What the timelines hold; two plans' timelines over the same rows differ in what they keep, and have one label.
    fn memory(&mut self, timelines: &[TimelineMemory]) {
        let mut by_label = BTreeMap::<&str, Memory>::new();
        for TimelineMemory { label, memory } in timelines {
            *by_label.entry(label).or_default() += *memory;
        }
        let mut gauges = |metric: &Metric, count: fn(&Memory) -> usize| {
            self.head(metric);
            for (label, memory) in &by_label {
                self.line(format_args!("{}{{timeline=\"{label}\"}} {}", metric.name, count(memory)));
            }
        };
        gauges(&metrics::STATE_KEYS, |memory| memory.keys);
        gauges(&metrics::STATE_ROWS, |memory| memory.rows);
        self.head(&metrics::STATE_BYTES);
        for (label, memory) in &by_label {
            let parts = [
                ("rows", memory.bytes_rows),
                ("keys", memory.bytes_keys),
                ("structures", memory.bytes_structures),
            ];
            for (part, bytes) in parts {
                let name = metrics::STATE_BYTES.name;
                self.line(format_args!("{name}{{timeline=\"{label}\",part=\"{part}\"}} {bytes}"));
            }
        }
    }

    fn head(&mut self, metric: &Metric) {
        let Metric { name, kind, help, .. } = metric;
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a string takes all");
    }
}
