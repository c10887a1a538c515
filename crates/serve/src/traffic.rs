//! The server's own metrics: connections, requests by path and status, and how long each took.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::http::StatusCode;

use crate::{
    API,
    metrics::{Counter, Description, Gauge, Histogram, Registry},
};

/// Statuses with a counter of their own; the rest share `other`.
const STATUSES: [u16; 15] = [200, 304, 400, 401, 403, 404, 405, 408, 409, 413, 415, 429, 500, 503, 504];
/// The last row is for paths outside the API.
const ROUTES: usize = API.len() + 1;

const REQUESTS: Description =
    Description { name: "mitra_http_requests_total", kind: "counter", help: "Requests by path and status." };
const REQUEST_SECONDS: Description = Description {
    name: "mitra_http_request_seconds",
    kind: "histogram",
    help: "From a request's head to its reply's, the body's arrival included, by path.",
};

/// Handles of all metrics that the server counts itself.
#[derive(Debug)]
pub struct Traffic {
    pub connections: Gauge,
    pub connections_refused: Counter,
    pub in_flight: Gauge,
    pub panics: Counter,
    pub decide_seconds: Histogram,
    registry: Arc<Registry>,
    /// Made at the first use, so that what never happened is not listed; found without a lock or a hash.
    counts: [[OnceLock<Counter>; STATUSES.len() + 1]; ROUTES],
    seconds: [OnceLock<Histogram>; ROUTES],
}

impl Traffic {
    pub fn new(registry: Arc<Registry>) -> Self {
        registry.declare(REQUESTS);
        registry.declare(REQUEST_SECONDS);
        Self {
            connections: registry.gauge("mitra_http_connections", "Open connections.", &[]),
            connections_refused: registry.counter(
                "mitra_http_connections_refused_total",
                "Connections closed because too many were open.",
                &[],
            ),
            in_flight: registry.gauge("mitra_http_requests_in_flight", "Requests without a reply yet.", &[]),
            panics: registry.counter("mitra_http_panics_total", "Requests that hit a bug.", &[]),
            decide_seconds: registry.histogram(
                "mitra_decide_seconds",
                "From a whole request for a decision to its durable answer.",
                &[],
            ),
            counts: [const { [const { OnceLock::new() }; STATUSES.len() + 1] }; ROUTES],
            seconds: [const { OnceLock::new() }; ROUTES],
            registry,
        }
    }

    /// The index in [`API`] of a path with its parameters in braces.
    pub fn route(path: &str) -> Option<usize> {
        API.iter().position(|endpoint| endpoint.path == path)
    }

    /// Counts a reply.
    pub fn count(&self, route: Option<usize>, status: StatusCode, took: Duration) {
        let row = route.unwrap_or(ROUTES - 1);
        let path = API.get(row).map_or("other", |endpoint| endpoint.path);
        let column = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len());
        let counter = self.counts[row][column].get_or_init(|| {
            let known = STATUSES.get(column).map_or_else(|| "other".to_owned(), u16::to_string);
            self.registry.counter(
                REQUESTS.name,
                REQUESTS.help,
                &[("route", path), ("status", known.as_str())],
            )
        });
        counter.increment();
        let histogram = self.seconds[row].get_or_init(|| {
            self.registry.histogram(REQUEST_SECONDS.name, REQUEST_SECONDS.help, &[("route", path)])
        });
        histogram.record(took);
    }
}

/// Every metric that a server has of its own, by name, for a reference.
pub fn describe_metrics() -> Vec<Description> {
    let registry = Arc::new(Registry::default());
    Traffic::new(Arc::clone(&registry));
    registry.describe()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_described() {
        let registry = Arc::new(Registry::default());
        let traffic = Traffic::new(Arc::clone(&registry));
        traffic.count(Traffic::route("/healthz"), StatusCode::OK, Duration::from_millis(1));
        traffic.count(None, StatusCode::IM_A_TEAPOT, Duration::from_millis(1));
        assert_eq!(registry.describe(), describe_metrics());
        assert!(describe_metrics().iter().all(|metric| metric.name.starts_with("mitra_")));
        let mut text = String::new();
        registry.render(&mut text);
        assert!(text.contains("{route=\"/healthz\",status=\"200\"} 1\n"), "{text}");
        assert!(text.contains("{route=\"other\",status=\"other\"} 1\n"), "{text}");
    }
}
