//! Counters, gauges and histograms by name, in the text format that Prometheus scrapes.
//!
//! Handles are shared atomics: whoever registers one keeps it and updates it without a lock. The registry knows every
//! name and help text, so that a reference of all metrics can be generated.

mod histogram;

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

pub use histogram::{Histogram, Snapshot};

/// Exponents of the bounds that a histogram exposes, in powers of two of microseconds: 64 us to 67 s.
const EXPOSED_POWERS: std::ops::RangeInclusive<u32> = 6..=26;

/// Quantiles that a histogram exposes, with the label that names each.
const QUANTILES: [(f64, &str); 3] = [(0.5, "0.5"), (0.99, "0.99"), (0.999, "0.999")];

/// Labels of one series, by name.
pub type Labels<'a> = &'a [(&'static str, &'a str)];

/// A number that only grows.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Adds one.
    pub fn increment(&self) {
        self.add(1);
    }

    /// Adds `count`.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicI64>);

impl Gauge {
    /// Replaces the number.
    pub fn set(&self, value: i64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Adds `delta`, which may be negative.
    pub fn add(&self, delta: i64) {
        self.0.fetch_add(delta, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds one until the guard is dropped.
    pub fn enter(&self) -> Entered {
        self.add(1);
        Entered(self.clone())
    }
}

/// Takes its one back from a gauge when it is dropped.
#[derive(Debug)]
pub struct Entered(Gauge);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.add(-1);
    }
}

/// What a metric is, for a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its name.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// What it counts, and its unit.
    pub help: &'static str,
}

#[derive(Clone, Debug)]
enum Handle {
    Counter(Counter),
    Gauge(Gauge),
    Histogram(Histogram),
}

#[derive(Debug)]
struct Family {
    description: Description,
    /// By rendered labels, in the order of registration.
    series: Vec<(String, Handle)>,
}

/// All metrics of a process.
#[derive(Debug, Default)]
pub struct Registry {
    families: Mutex<Vec<Family>>,
}

impl Registry {
    /// The counter with this name and these labels, made when it is new.
    ///
    /// # Panics
    /// When the name is not one of Prometheus' or is already another kind of metric.
    pub fn counter(&self, name: &'static str, help: &'static str, labels: Labels<'_>) -> Counter {
        let made = || Handle::Counter(Counter::default());
        match self.series(Description { name, kind: "counter", help }, labels, made) {
            Handle::Counter(counter) => counter,
            _ => unreachable!("a family's series have the family's kind"),
        }
    }

    /// The gauge with this name and these labels, made when it is new.
    ///
    /// # Panics
    /// As [`Registry::counter`].
    pub fn gauge(&self, name: &'static str, help: &'static str, labels: Labels<'_>) -> Gauge {
        let made = || Handle::Gauge(Gauge::default());
        match self.series(Description { name, kind: "gauge", help }, labels, made) {
            Handle::Gauge(gauge) => gauge,
            _ => unreachable!("a family's series have the family's kind"),
        }
    }

    /// The histogram with this name, which ends in `_seconds`, and these labels, made when it is new.
    ///
    /// # Panics
    /// As [`Registry::counter`].
    pub fn histogram(&self, name: &'static str, help: &'static str, labels: Labels<'_>) -> Histogram {
        assert!(name.ends_with("_seconds"), "{name} is a histogram of durations: its name ends in _seconds");
        let made = || Handle::Histogram(Histogram::default());
        match self.series(Description { name, kind: "histogram", help }, labels, made) {
            Handle::Histogram(histogram) => histogram,
            _ => unreachable!("a family's series have the family's kind"),
        }
    }

    /// Makes a metric known to [`Registry::describe`] before it has a series.
    ///
    /// # Panics
    /// As [`Registry::counter`].
    pub fn declare(&self, description: Description) {
        family(&mut self.lock(), description);
    }

    /// Every metric, by name.
    pub fn describe(&self) -> Vec<Description> {
        let mut all: Vec<_> = self.lock().iter().map(|family| family.description).collect();
        all.sort_unstable_by_key(|description| description.name);
        all
    }

    /// Appends all series in the text format, families by name.
    pub fn render(&self, out: &mut String) {
        let families = self.lock();
        let mut ordered: Vec<&Family> = families.iter().collect();
        ordered.sort_unstable_by_key(|family| family.description.name);
        for family in ordered.into_iter().filter(|family| !family.series.is_empty()) {
            render_family(out, family);
        }
    }

    fn series(&self, description: Description, labels: Labels<'_>, make: impl FnOnce() -> Handle) -> Handle {
        let labels = render_labels(labels);
        let mut families = self.lock();
        let family = family(&mut families, description);
        if let Some((_, handle)) = family.series.iter().find(|(known, _)| *known == labels) {
            return handle.clone();
        }
        let handle = make();
        family.series.push((labels, handle.clone()));
        handle
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Family>> {
        // A panic while it was held, by a wrong name, left the list whole.
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The family of that name, made when it is new.
fn family(families: &mut Vec<Family>, description: Description) -> &mut Family {
    let Description { name, kind, .. } = description;
    assert!(is_name(name), "{name} is no metric name: use letters, digits and _");
    let at = families.iter().position(|family| family.description.name == name).unwrap_or_else(|| {
        families.push(Family { description, series: Vec::new() });
        families.len() - 1
    });
    assert_eq!(families[at].description.kind, kind, "{name} is registered as another kind of metric");
    &mut families[at]
}

fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(letter) && name.bytes().all(|byte| letter(byte) || byte.is_ascii_digit())
}

fn render_labels(labels: Labels<'_>) -> String {
    let mut out = String::new();
    for (name, value) in labels {
        assert!(is_name(name), "{name} is no label name: use letters, digits and _");
        let comma = if out.is_empty() { "" } else { "," };
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        write!(out, "{comma}{name}=\"{value}\"").expect("a string takes all");
    }
    out
}

fn render_family(out: &mut String, family: &Family) {
    let Description { name, kind, help } = family.description;
    header(out, name, kind, help);
    let mut quantiles = String::new();
    for (labels, handle) in &family.series {
        match handle {
            Handle::Counter(counter) => sample(out, name, &[labels], counter.get()),
            Handle::Gauge(gauge) => sample(out, name, &[labels], gauge.get()),
            Handle::Histogram(histogram) => {
                render_histogram(out, &mut quantiles, name, labels, &histogram.snapshot());
            }
        }
    }
    if !quantiles.is_empty() {
        let name = format!("{name}_quantile");
        header(out, &name, "gauge", "Quantiles of the above since the start, at most 1/32 too high.");
        out.push_str(&quantiles);
    }
}

fn render_histogram(out: &mut String, quantiles: &mut String, name: &str, labels: &str, snapshot: &Snapshot) {
    let bucket = format!("{name}_bucket");
    let count = snapshot.count();
    for power in EXPOSED_POWERS {
        let le = format!("le=\"{}\"", seconds(1 << power));
        sample(out, &bucket, &[labels, &le], snapshot.at_most_power(power));
    }
    sample(out, &bucket, &[labels, "le=\"+Inf\""], count);
    sample(out, &format!("{name}_sum"), &[labels], seconds(snapshot.sum_us()));
    sample(out, &format!("{name}_count"), &[labels], count);
    for (quantile, label) in QUANTILES {
        if let Some(micros) = snapshot.quantile_us(quantile) {
            let label = format!("quantile=\"{label}\"");
            sample(quantiles, &format!("{name}_quantile"), &[labels, &label], seconds(micros));
        }
    }
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

fn header(out: &mut String, name: &str, kind: &str, help: &str) {
    let help = help.replace('\\', "\\\\").replace('\n', "\\n");
    write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n").expect("a string takes all");
}

fn sample(out: &mut String, name: &str, labels: &[&str], value: impl std::fmt::Display) {
    out.push_str(name);
    let mut separator = '{';
    for labels in labels.iter().filter(|labels| !labels.is_empty()) {
        out.push(separator);
        out.push_str(labels);
        separator = ',';
    }
    if separator == ',' {
        out.push('}');
    }
    writeln!(out, " {value}").expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let registry = Registry::default();
        registry.gauge("queue_len", "Events that wait.", &[]).set(-3);
        let labels = [("route", "/v1\\\"x\"\n"), ("status", "200")];
        registry.counter("requests_total", "Requests.", &labels).add(2);
        registry.counter("requests_total", "Requests.", &labels).increment();
        registry.counter("requests_total", "Requests.", &[("route", "b"), ("status", "404")]);
        let mut out = String::new();
        registry.render(&mut out);
        let expected = "\
# HELP queue_len Events that wait.
# TYPE queue_len gauge
queue_len -3
# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{route=\"/v1\\\\\\\"x\\\"\\n\",status=\"200\"} 3
requests_total{route=\"b\",status=\"404\"} 0
";
        assert_eq!(out, expected);
        assert_eq!(registry.describe()[1].name, "requests_total");
    }

    #[test]
    fn a_histogram_shows_buckets_and_quantiles() {
        let registry = Registry::default();
        let histogram = registry.histogram("decide_seconds", "Decisions.", &[("decision", "risk")]);
        histogram.record(Duration::from_micros(100));
        histogram.record(Duration::from_micros(3_000));
        let mut out = String::new();
        registry.render(&mut out);
        for line in [
            "decide_seconds_bucket{decision=\"risk\",le=\"0.000064\"} 0",
            "decide_seconds_bucket{decision=\"risk\",le=\"0.000128\"} 1",
            "decide_seconds_bucket{decision=\"risk\",le=\"0.004096\"} 2",
            "decide_seconds_bucket{decision=\"risk\",le=\"+Inf\"} 2",
            "decide_seconds_sum{decision=\"risk\"} 0.0031",
            "decide_seconds_count{decision=\"risk\"} 2",
            "decide_seconds_quantile{decision=\"risk\",quantile=\"0.5\"} 0.0001",
            "decide_seconds_quantile{decision=\"risk\",quantile=\"0.99\"} 0.003008",
        ] {
            assert!(out.lines().any(|found| found == line), "{line} is missing in\n{out}");
        }
    }

    #[test]
    fn a_guard_gives_back_what_it_took() {
        let gauge = Gauge::default();
        let entered = gauge.enter();
        assert_eq!(gauge.get(), 1);
        drop(entered);
        assert_eq!(gauge.get(), 0);
    }

    #[test]
    #[should_panic(expected = "registered as another kind")]
    fn a_name_has_one_kind() {
        let registry = Registry::default();
        registry.counter("x", "", &[]);
        registry.gauge("x", "", &[]);
    }
}
