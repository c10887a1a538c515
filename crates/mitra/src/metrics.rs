//! Every metric that the program shows beside those of its HTTP server, declared once: the reference in `docs/metrics.md` is
//! made from this list, and a name that is not on it does not exist.

use serve::metrics::{Counter, Gauge, Histogram, Registry};

/// A metric: what it is called, what it counts, and the labels that tell its series apart.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// What it counts, and its unit.
    pub help: &'static str,
}

/// Declares the metrics and the list of all of them.
macro_rules! metrics {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $constant: Metric =
                Metric { name: $name, kind: stringify!($kind), labels: &[$($label),*], help: $help };
        )*
        /// All of them, in the order of the reference.
        #[cfg(test)]
        const ALL: &[&Metric] = &[$(&$constant),*];
    };
}

metrics! {
    READY = gauge "mitra_ready" [] "1 when events are acknowledged, else 0.";
    EPOCH = gauge "mitra_epoch" [] "Epoch of the definitions in force.";
    NEXT_POSITION = gauge "mitra_next_position" [] "Position that the next record gets.";
    QUEUE_EVENTS = gauge "mitra_queue_events" [] "Events that wait for the engine.";
    BATCHES = counter "mitra_batches_total" [] "Batches processed.";
    EVENTS = counter "mitra_events_total" [] "Events processed.";
    RECORDS = counter "mitra_records_total" [] "Decision records made.";
    RAISED = counter "mitra_raised_total" [] "Columns and rules that raised an error, and were NULL.";
    OUTCOMES = counter "mitra_outcomes_total" ["decision", "outcome"] "Records by decision and outcome.";
    LATE = counter "mitra_late_total" ["stream"] "Events beyond allowed_lateness, of streams that a decision reads.";
    FUTURE = counter "mitra_future_total" ["stream"] "Events beyond future_max, of streams that a decision reads.";
    SYNC_SECONDS = histogram "mitra_sync_seconds" [] "How long each sync of the log took; answers wait for it.";
    LOG_BYTES = gauge "mitra_log_bytes" [] "Bytes of the log's files in the data directory.";
    LOG_SEGMENTS = gauge "mitra_log_segments" [] "The log's files in the data directory.";
    CHECKPOINT_POSITION = gauge "mitra_checkpoint_position" [] "Position of the newest checkpoint.";
    CHECKPOINT_AGE_SECONDS = gauge "mitra_checkpoint_age_seconds" []
        "Seconds since the newest checkpoint, or the start.";
    STATE_KEYS = gauge "mitra_state_keys" ["timeline"] "Keys that have rows in memory, counted some seconds ago.";
    STATE_ROWS = gauge "mitra_state_rows" ["timeline"] "Rows in memory: events by key. Counted some seconds ago.";
    STATE_BYTES = gauge "mitra_state_bytes" ["timeline", "part"]
        "Bytes of the rows, of the keys, and of the structures that are computed from rows. Counted some seconds ago.";
    RESIDENT_MEMORY_BYTES = gauge "process_resident_memory_bytes" [] "Memory of the process, where the system tells.";
    EVENTS_ACCEPTED = counter "mitra_events_accepted_total" ["stream"]
        "Events that came over HTTP and became part of the log.";
    EVENTS_DUPLICATE = counter "mitra_events_duplicate_total" ["stream"]
        "Events that came over HTTP and were in the log already.";
    EVENTS_REJECTED = counter "mitra_events_rejected_total" ["stream"]
        "Events that came over HTTP and were malformed or in conflict.";
    UNKNOWN_FIELDS = counter "mitra_unknown_fields_total" ["stream"]
        "Fields of events over HTTP that the stream does not have.";
    WATCH_FILES_WAITING = gauge "mitra_watch_files_waiting" ["stream"]
        "Files in watched folders that are not read yet.";
    WATCH_FILES = counter "mitra_watch_files_total" ["stream", "result"]
        "Files of watched folders that were read; the result is done or failed.";
    WATCH_ROWS = counter "mitra_watch_rows_total" ["stream", "result"]
        "Rows of files in watched folders; the result is accepted, repeated or conflict.";
    SINK_UP = gauge "mitra_sink_up" ["sink"] "1 while the sink takes rows, 0 while it fails.";
    SINK_ROWS = counter "mitra_sink_rows_total" ["sink"]
        "Rows given to the sink since the start; after a failure some are given again.";
    SINK_LAG_BYTES = gauge "mitra_sink_lag_bytes" ["sink"] "Bytes of the log that the sink has not been given.";
    WEBHOOK_SENT = counter "mitra_webhook_records_sent_total" ["sink"]
        "Records that the endpoint has taken since the start.";
    WEBHOOK_FAILED = counter "mitra_webhook_requests_failed_total" ["sink"]
        "Requests that failed and are made again.";
    WEBHOOK_DEAD = counter "mitra_webhook_records_dead_total" ["sink"] "Records that went to the dead letters.";
}

impl Metric {
    /// The counter with these values of the labels.
    pub fn counter(&self, registry: &Registry, values: &[&str]) -> Counter {
        registry.counter(self.name, self.help, &self.labelled(values))
    }

    /// The gauge with these values of the labels.
    pub fn gauge(&self, registry: &Registry, values: &[&str]) -> Gauge {
        registry.gauge(self.name, self.help, &self.labelled(values))
    }

    /// The histogram, which has no labels.
    pub fn histogram(&self, registry: &Registry) -> Histogram {
        registry.histogram(self.name, self.help, &[])
    }

    fn labelled<'a>(&self, values: &[&'a str]) -> Vec<(&'static str, &'a str)> {
        assert_eq!(self.labels.len(), values.len(), "{} has a value for each of its labels", self.name);
        self.labels.iter().copied().zip(values.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

    use super::*;

    const DOCUMENT: &str = "../../docs/metrics.md";

    /// The text of `docs/metrics.md`.
    fn reference() -> String {
        let mut text = "# Metrics\n\nWhat `GET /metrics` shows, in the text format of Prometheus. Counters count from the \
                        start of the process. Made from the code by `UPDATE=1 cargo test -p mitra --bin mitra metrics`.\n"
            .to_owned();
        let section = |text: &mut String, title: &str| {
            let head = "| name | kind | labels | meaning |\n|---|---|---|---|\n";
            write!(text, "\n## {title}\n{head}").expect("a string takes all");
        };
        let row = |text: &mut String, name: &str, kind: &str, labels: &str, help: &str| {
            writeln!(text, "| `{name}` | {kind} | {labels} | {help} |").expect("a string takes all");
        };
        section(&mut text, "Deciding");
        for metric in ALL {
            match metric.name {
                "mitra_events_accepted_total" => section(&mut text, "Ways in"),
                "mitra_sink_up" => section(&mut text, "Sinks"),
                _ => {}
            }
            row(&mut text, metric.name, metric.kind, &metric.labels.join(", "), metric.help);
        }
        section(&mut text, "The HTTP server");
        for metric in serve::describe_metrics() {
            let labels = if metric.help.contains("by path and status") {
                "path, status"
            } else if metric.help.contains("by path") {
                "path"
            } else {
                ""
            };
            row(&mut text, metric.name, metric.kind, labels, metric.help);
        }
        text.push_str(
            "\nA histogram has `_bucket`, `_sum` and `_count`, in seconds. Beside it, `<name>_quantile` is a gauge with the 0.5, \
             0.99 and 0.999 quantiles since the start, at most 1/32 too high.\n",
        );
        text
    }

    #[test]
    fn the_reference_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
        let reference = reference();
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &reference).expect("the documentation takes files");
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == reference,
            "docs/metrics.md is old: run `UPDATE=1 cargo test -p mitra --bin mitra metrics`"
        );
    }

    #[test]
    fn a_metric_is_declared_once_and_named_as_prometheus_asks() {
        let mut names = BTreeSet::new();
        let served = serve::describe_metrics();
        for (name, kind) in ALL
            .iter()
            .map(|metric| (metric.name, metric.kind))
            .chain(served.iter().map(|one| (one.name, one.kind)))
        {
            assert!(names.insert(name), "{name} is declared twice");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{name} is a {kind}");
        }
    }
}
