//! The state of a running node for people and scrapers.

use std::fmt::Write as _;

use runtime::node::Handle;
use serve::{
    Status,
    status::{Count, Decision, Log, Model, Rule, Stream},
};
use sql::definition::RuleMode;

/// Where a node runs.
pub struct Place<'a> {
    /// The project's name.
    pub project: &'a str,
    /// The data directory.
    pub directory: &'a str,
    /// Seconds since the start.
    pub uptime_s: u64,
}

/// Everything that the node tells without being asked.
pub fn status(handle: &Handle, place: &Place<'_>, mut streams: Vec<Stream>) -> Status {
    let shared = handle.shared();
    let figures = shared.figures();
    let counters = shared.counters();
    let definitions = shared.catalog().current();
    for stream in &mut streams {
        let late = |counts: &std::collections::BTreeMap<String, u64>| counts.get(&stream.name).copied();
        stream.late = late(&counters.late).unwrap_or(0) + late(&counters.future).unwrap_or(0);
    }
    let ready = shared.ready();
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
        state: if ready.is_ok() { "ready" } else { "stopped" }.to_owned(),
        reason: ready.err().unwrap_or_default(),
        uptime_s: place.uptime_s,
        epoch: figures.epoch,
        next_position: figures.next_position,
        queue_len: figures.waiting as u64,
        events: counters.events,
        events_per_second: counters.events as f64 / place.uptime_s.max(1) as f64,
        streams,
        decisions: decisions.collect(),
        models: models.map(|model| Model { name: model.name.clone(), hash: model.blob.0.clone() }).collect(),
        pending: Vec::new(),
        log: Log {
            directory: place.directory.to_owned(),
            checkpoint_position: figures.checkpoint_position,
            ..Log::default()
        },
    }
}

/// The node's metrics in Prometheus' text format.
pub fn metrics(handle: &Handle) -> String {
    let shared = handle.shared();
    let figures = shared.figures();
    let counters = shared.counters();
    let mut out = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, value: u64| {
        write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n")
            .expect("a string takes all");
    };
    metric("mitra_epoch", "gauge", "epoch of the definitions in force", u64::from(figures.epoch));
    metric("mitra_next_position", "gauge", "position that the next record gets", figures.next_position);
    metric("mitra_queue_events", "gauge", "events that wait for the engine", figures.waiting as u64);
    metric("mitra_batches_total", "counter", "batches processed", figures.batches);
    metric("mitra_events_total", "counter", "events processed", counters.events);
    metric("mitra_records_total", "counter", "decision records made", counters.records);
    metric("mitra_raised_total", "counter", "columns and rules that raised an error", counters.raised);
    metric("mitra_late_total", "counter", "events beyond allowed_lateness", counters.late.values().sum());
    metric("mitra_future_total", "counter", "events beyond future_max", counters.future.values().sum());
    metric(
        "mitra_checkpoint_position",
        "gauge",
        "position of the newest checkpoint",
        figures.checkpoint_position,
    );
    out.push_str("# HELP mitra_outcomes_total records by outcome\n# TYPE mitra_outcomes_total counter\n");
    for decision in shared.catalog().current().decisions.values() {
        let counted = counters.decisions.get(&decision.name).cloned().unwrap_or_default();
        for (outcome, count) in decision.outcomes.iter().zip(&counted.outcomes) {
            writeln!(
                out,
                "mitra_outcomes_total{{decision=\"{}\",outcome=\"{outcome}\"}} {count}",
                decision.name
            )
            .expect("a string takes all");
        }
    }
    out
}
