//! The second part: the server on the data that the import left, and a client that sends at fixed times.

use std::{env, net::SocketAddr, path::Path, process::Command, time::Instant};

use anyhow::{Context as _, Result, bail};
use bench_load::{mitra, process};

use super::Places;
use crate::Options;

/// Seconds of requests before those that are measured.
const WARM_SECONDS: u64 = 5;

/// Sends `rate` requests a second and prints how long answers took.
pub fn run(places: &Places, options: &Options, data: &Path) -> Result<()> {
    println!(
        "\nHTTP: {} requests for a decision a second for {} s, open loop, {} connections",
        options.rate, options.seconds, options.connections
    );
    let started = Instant::now();
    let (server, address) = mitra::run(&places.mitra, &places.folder.join("project"), data)?;
    println!("  started in {:.1} s", started.elapsed().as_secs_f64());
    let before = server.usage()?;
    let began = Instant::now();
    let (text, _, client) = send(options, address)?;
    let took = began.elapsed().as_secs_f64();
    let after = server.usage()?;
    let found: serde_json::Value = serde_json::from_str(text.trim()).context("the client prints JSON")?;
    let number = |name: &str| found[name].as_f64().unwrap_or(f64::NAN);
    println!(
        "  {:.0} a second answered; p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, largest {:.1} ms",
        number("rate"),
        number("p50"),
        number("p90"),
        number("p99"),
        number("p999"),
        number("largest")
    );
    println!(
        "  {:.0} bytes sent and {:.0} received a request; CPU: server {:.2} cores, client {:.2} cores; {:.2} GB of memory",
        number("sent_bytes"),
        number("received_bytes"),
        (after.cpu_seconds - before.cpu_seconds) / took,
        client.cpu_seconds / took,
        after.resident_bytes_max as f64 / 1e9
    );
    let expected = options.rate * options.seconds;
    if found["decided"].as_u64() != Some(expected) {
        bail!("{} of {expected} requests were decided, {} refused", found["decided"], found["refused"]);
    }
    Ok(())
}

fn send(options: &Options, address: SocketAddr) -> Result<(String, std::time::Duration, process::Usage)> {
    let mut client = Command::new(env::current_exe()?);
    client.arg("client").arg("--address").arg(address.to_string());
    let numbers = [
        ("--connections", options.connections),
        ("--rate", options.rate),
        ("--seconds", options.seconds),
        ("--warm", WARM_SECONDS),
        ("--first", options.events),
        ("--seed", options.seed),
        ("--merchants", options.merchants),
    ];
    for (name, number) in numbers {
        client.arg(name).arg(number.to_string());
    }
    process::run(&mut client, "the client")
}
