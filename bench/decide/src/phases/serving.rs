//! The second part: the server on the data that the import left, and a client that sends at fixed times.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};

use super::Places;
use crate::{
    Options,
    process::{self, usage},
};

/// Seconds of requests before those that are measured.
const WARM_SECONDS: u64 = 5;

/// A server that does not outlive the bench.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends `rate` requests a second and prints how long answers took.
pub fn run(places: &Places, options: &Options, data: &Path) -> Result<()> {
    println!(
        "\nHTTP: {} requests for a decision a second for {} s, open loop, {} connections",
        options.rate, options.seconds, options.connections
    );
    let started = Instant::now();
    let server = start(places, data)?;
    println!("  started in {:.1} s", started.elapsed().as_secs_f64());
    let before = usage(server.child.id()).context("the server has ended")?;
    let began = Instant::now();
    let (text, _, client) = send(options, &server.address)?;
    let took = began.elapsed().as_secs_f64();
    let after = usage(server.child.id()).context("the server has ended")?;
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

fn start(places: &Places, data: &Path) -> Result<Server> {
    let mut command = Command::new(&places.mitra);
    command.arg("run").arg(places.folder.join("project")).arg("--data").arg(data);
    command.args(["--listen", "127.0.0.1:0", "--query", "none"]);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start mitra run")?;
    let out = child.stdout.take().context("its output is piped")?;
    let mut server = Server { child, address: String::new() };
    let mut lines = BufReader::new(out).lines();
    for line in &mut lines {
        let line = line?;
        if let Some((_, address)) = line.split_once(" is deciding at http://") {
            address.trim().clone_into(&mut server.address);
            break;
        }
    }
    if server.address.is_empty() {
        bail!("mitra run ended before it served");
    }
    // What it prints later is read, or it would wait for somebody who does.
    std::thread::spawn(move || lines.for_each(drop));
    Ok(server)
}

fn send(options: &Options, address: &str) -> Result<(String, std::time::Duration, process::Usage)> {
    let mut client = Command::new(env::current_exe()?);
    client.arg("client").args(["--address", address]);
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
