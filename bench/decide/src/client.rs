//! The open-loop client: a process of its own that sends at fixed times, whatever the server does.
//!
//! Request number `i` is due at `start + i / rate`. Its latency counts from then, so a server that stalls is charged for
//! every request that it kept waiting. Each connection is a thread that takes the next request, waits until it is due,
//! sends it and reads the whole answer.

use std::{
    io::{BufReader, Read as _, Write as _, prelude::BufRead as _},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result, bail};
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
    latencies_us: Vec<u32>,
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
            all.latencies_us.extend(results.latencies_us);
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
    results.latencies_us.sort_unstable();
    let count = results.latencies_us.len();
    let quantile = |share: f64| {
        let rank = ((share * count as f64).ceil() as usize).clamp(1, count.max(1));
        results.latencies_us.get(rank - 1).map_or(0.0, |micros| f64::from(*micros) / 1e3)
    };
    serde_json::json!({
        "decided": results.decided,
        "refused": results.refused,
        "rate": count as f64 / took,
        "p50": quantile(0.5),
        "p90": quantile(0.9),
        "p99": quantile(0.99),
        "p999": quantile(0.999),
        "largest": quantile(1.0),
        "sent_bytes": results.sent / count.max(1) as u64,
        "received_bytes": results.received / count.max(1) as u64,
    })
}

fn connection(arguments: &Arguments, events: &Events, next: &AtomicU64, start: Instant) -> Result<Results> {
    let stream = TcpStream::connect(arguments.address).context("cannot reach the server")?;
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::with_capacity(64 << 10, stream);
    let mut results = Results::default();
    let (mut request, mut body, mut answer) = (Vec::new(), Vec::new(), Vec::new());
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
        write!(
            request,
            "POST /v1/decide/{DECISION} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            arguments.address,
            body.len()
        )?;
        request.extend_from_slice(&body);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        writer.write_all(&request)?;
        let status = read_answer(&mut reader, &mut answer)?;
        if index < warm {
            continue;
        }
        results.latencies_us.push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
        results.sent += body.len() as u64;
        results.received += answer.len() as u64;
        if status == 200 {
            results.decided += 1;
        } else {
            results.refused += 1;
        }
    }
}

/// Reads one whole answer and returns its status.
fn read_answer(reader: &mut BufReader<TcpStream>, answer: &mut Vec<u8>) -> Result<u16> {
    let (mut status, mut len) = (None, None);
    loop {
        answer.clear();
        reader.read_until(b'\n', answer)?;
        let line = std::str::from_utf8(answer).context("a head is ASCII")?.trim_end();
        if line.is_empty() {
            break;
        }
        if status.is_none() {
            status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        } else if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            len = value.trim().parse::<usize>().ok();
        }
    }
    let (Some(status), Some(len)) = (status, len) else { bail!("the answer has no status or no length") };
    answer.resize(len, 0);
    reader.read_exact(answer)?;
    Ok(status)
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

    #[test]
    fn quantiles_are_of_all_latencies() {
        let mut results = Results { latencies_us: (1..=1_000).rev().collect(), ..Results::default() };
        let summary = summary(&mut results, 2.0);
        assert_eq!(summary["p50"], 0.5);
        assert_eq!(summary["p99"], 0.99);
        assert_eq!(summary["p999"], 0.999);
        assert_eq!(summary["largest"], 1.0);
        assert_eq!(summary["rate"], 500.0);
    }
}
