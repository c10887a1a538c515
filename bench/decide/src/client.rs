//! The open-loop client: a process of its own that sends at fixed times, whatever the server does.
//!
//! Request number `i` is due at `start + i / rate`. Its latency counts from then, so a server that stalls is charged for
//! every request that it kept waiting. Each connection is a thread that takes the next request, waits until it is due,
//! sends it and reads the whole answer.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Result;
use bench_load::{
    connection::{Connection, write_request},
    latencies::Latencies,
};
use clap::Args;
use types::time;

use crate::{
    columns::COLUMNS,
    events::{Events, Field},
    project::DECISION,
};

/// What the client is told.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// The server.
    #[arg(long)]
    pub address: SocketAddr,
    /// Connections, each kept open.
    #[arg(long)]
    pub connections: u64,
    /// Requests a second.
    #[arg(long)]
    pub rate: u64,
    /// Seconds that are measured.
    #[arg(long)]
    pub seconds: u64,
    /// Seconds before that which are not.
    #[arg(long)]
    pub warm: u64,
    /// Number of the first event.
    #[arg(long)]
    pub first: u64,
    /// Seed of the events.
    #[arg(long)]
    pub seed: u64,
    /// Rows of the reference table.
    #[arg(long)]
    pub merchants: u64,
}

/// What the requests that were due at measured times came to.
#[derive(Clone, Debug, Default)]
struct Results {
    latencies: Latencies,
    decided: u64,
    refused: u64,
    /// Bytes of the bodies there and back.
    sent: u64,
    received: u64,
}

/// Sends all requests and prints the results as one line of JSON.
///
/// # Errors
/// When a connection breaks.
pub fn run(arguments: &Arguments) -> Result<()> {
    let events = Events::new(arguments.seed, arguments.merchants);
    let next = AtomicU64::new(0);
    let start = Instant::now() + Duration::from_millis(200);
    let connection = || connection(arguments, &events, &next, start);
    let mut all = Results::default();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..arguments.connections).map(|_| scope.spawn(connection)).collect();
        for thread in threads {
            let results = thread.join().expect("a connection's thread does not panic")?;
            all.latencies.extend(results.latencies);
            all.decided += results.decided;
            all.refused += results.refused;
            all.sent += results.sent;
            all.received += results.received;
        }
        anyhow::Ok(())
    })?;
    let took = start.elapsed().as_secs_f64() - arguments.warm as f64;
    println!("{}", summary(&mut all, took));
    Ok(())
}

fn summary(results: &mut Results, took: f64) -> serde_json::Value {
    let count = results.latencies.count();
    let [p50, p90, p99, p999, largest] = results.latencies.quantiles_ms([0.5, 0.9, 0.99, 0.999, 1.0]);
    serde_json::json!({
        "decided": results.decided,
        "refused": results.refused,
        "rate": count as f64 / took,
        "p50": p50,
        "p90": p90,
        "p99": p99,
        "p999": p999,
        "largest": largest,
        "sent_bytes": results.sent / count.max(1) as u64,
        "received_bytes": results.received / count.max(1) as u64,
    })
}

fn connection(arguments: &Arguments, events: &Events, next: &AtomicU64, start: Instant) -> Result<Results> {
    let mut connection = Connection::open(arguments.address)?;
    let path = format!("/v1/decide/{DECISION}");
    let mut results = Results::default();
    let (mut request, mut body) = (Vec::new(), Vec::new());
    let warm = arguments.warm * arguments.rate;
    let count = warm + arguments.seconds * arguments.rate;
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= count {
            return Ok(results);
        }
        let due = start + Duration::from_secs_f64(index as f64 / arguments.rate as f64);
        let ahead = due.saturating_duration_since(Instant::now());
        let arrives = SystemTime::now() + ahead;
        let arrives = arrives.duration_since(SystemTime::UNIX_EPOCH)?.as_micros() as i64;
        body.clear();
        write_event(events, arguments.first + index, arrives, &mut body);
        request.clear();
        write_request(arguments.address, &path, "application/json", &body, &mut request);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let (status, answer) = connection.exchange(&request)?;
        if index < warm {
            continue;
        }
        results.latencies.push(due.elapsed());
        results.sent += body.len() as u64;
        results.received += answer.len() as u64;
        if status == 200 {
            results.decided += 1;
        } else {
            results.refused += 1;
        }
    }
}

/// Appends the event as one JSON object.
fn write_event(events: &Events, number: u64, arrives: i64, out: &mut Vec<u8>) {
    let mut text = String::new();
    out.push(b'{');
    for (column, definition) in COLUMNS.iter().enumerate() {
        text.clear();
        let field = events.field(column, number, arrives, &mut text);
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(b"\"");
        out.extend_from_slice(definition.name.as_bytes());
        out.extend_from_slice(b"\":");
        let quoted = match field {
            Field::Null => {
                out.extend_from_slice(b"null");
                continue;
            }
            Field::Text => true,
            _ => false,
        };
        write_value(field, &mut text);
        let quoted = quoted || matches!(field, Field::Time(_) | Field::Date(_));
        out.extend_from_slice(if quoted { b"\"" } else { b"" });
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(if quoted { b"\"" } else { b"" });
    }
    out.push(b'}');
}

fn write_value(field: Field, text: &mut String) {
    use std::fmt::Write as _;
    let written = match field {
        Field::Null | Field::Text => Ok(()),
        Field::Integer(value) => write!(text, "{value}"),
        Field::Cents(value) => write!(text, "{}.{:02}", value / 100, value % 100),
        Field::Double(value) => write!(text, "{value}"),
        Field::Boolean(value) => write!(text, "{value}"),
        Field::Time(micros) => time::write_rfc3339(text, micros),
        Field::Date(days) => time::write_date(text, days),
    };
    written.expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_json_with_a_hundred_members() {
        let mut out = Vec::new();
        write_event(&Events::new(1, 1_000), 7, 1_767_323_045_678_000, &mut out);
        let event: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&out).unwrap();
        assert_eq!(event.len(), 100);
        assert_eq!(event["event_id"], "evt_000000000007");
        assert_eq!(event["received_at"], "2026-01-02T03:04:05.678000Z");
        assert!(event["amount"].is_number() && event["is_proxy"].is_boolean());
    }
}
