//! The closed-loop client: a process of its own whose connections send the next request as soon as the last one is
//! answered, so a server is never asked for more than it can do and its throughput is what is seen.
//!
//! Requests are made before the clock starts: what the client does while it runs is to send bytes and to read answers.

use std::{
    net::SocketAddr,
    process,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use bench_load::{
    connection::{Connection, write_request},
    latencies::Latencies,
    process::usage,
};
use clap::Args;

use crate::events::{Layout, write_body};

/// What the client is told.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// The server.
    #[arg(long)]
    pub address: SocketAddr,
    /// Where events are posted.
    #[arg(long)]
    pub path: String,
    /// The bodies' media type.
    #[arg(long)]
    pub content_type: String,
    /// How a body holds its events.
    #[arg(long)]
    pub layout: Layout,
    /// Events of a request.
    #[arg(long)]
    pub events: u64,
    /// Requests at most.
    #[arg(long)]
    pub requests: u64,
    /// Connections, each kept open.
    #[arg(long)]
    pub connections: usize,
    /// Seconds after which no request is begun.
    #[arg(long)]
    pub seconds: u64,
    /// Number of the first event.
    #[arg(long)]
    pub first: u64,
    /// When event 0 happened, in microseconds since 1970.
    #[arg(long)]
    pub start: i64,
    /// What the answer to a request that was taken whole begins with.
    #[arg(long, default_value = "")]
    pub answer: String,
}

/// Sends requests until they or the time are used up, and prints the results as one line of JSON.
///
/// # Errors
/// When a connection breaks, and when a request was not taken whole.
pub fn run(arguments: &Arguments) -> Result<()> {
    let requests = requests(arguments);
    let next = AtomicUsize::new(0);
    let cpu = || usage(process::id()).map(|usage| usage.cpu_seconds).context("Linux knows this process");
    let before = cpu()?;
    let start = Instant::now();
    let mut latencies = Latencies::default();
    thread::scope(|scope| {
        let connection = || connection(arguments, &requests, &next, start);
        let threads: Vec<_> = (0..arguments.connections).map(|_| scope.spawn(connection)).collect();
        for thread in threads {
            latencies.extend(thread.join().expect("a connection's thread does not panic")?);
        }
        anyhow::Ok(())
    })?;
    let took = start.elapsed().as_secs_f64();
    let spent = cpu()? - before;
    let events = latencies.count() as u64 * arguments.events;
    let [p50, p99] = latencies.quantiles_ms([0.5, 0.99]);
    println!(
        "{}",
        serde_json::json!({
            "events": events,
            "seconds": took,
            "cpu_seconds": spent,
            "p50": p50,
            "p99": p99,
            "bytes": requests.iter().map(Vec::len).sum::<usize>() as u64 / arguments.requests / arguments.events,
        })
    );
    Ok(())
}

fn requests(arguments: &Arguments) -> Vec<Vec<u8>> {
    let mut body = String::new();
    let request = |index| {
        body.clear();
        let first = arguments.first + index * arguments.events;
        write_body(arguments.layout, first, arguments.events, arguments.start, &mut body);
        let mut request = Vec::new();
        write_request(
            arguments.address,
            &arguments.path,
            &arguments.content_type,
            body.as_bytes(),
            &mut request,
        );
        request
    };
    (0..arguments.requests).map(request).collect()
}

fn connection(
    arguments: &Arguments,
    requests: &[Vec<u8>],
    next: &AtomicUsize,
    start: Instant,
) -> Result<Latencies> {
    let mut connection = Connection::open(arguments.address)?;
    let mut latencies = Latencies::default();
    let limit = Duration::from_secs(arguments.seconds);
    // What was taken is finished, so the events that were sent are the first ones, without a gap.
    while start.elapsed() < limit {
        let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
        let begun = Instant::now();
        let (status, answer) = connection.exchange(request)?;
        latencies.push(begun.elapsed());
        if !(200..300).contains(&status) || !answer.starts_with(arguments.answer.as_bytes()) {
            let answer = String::from_utf8_lossy(&answer[..answer.len().min(400)]);
            bail!("a request was answered {status} {answer}");
        }
    }
    Ok(latencies)
}
