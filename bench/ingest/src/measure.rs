//! One receiver and one shape of requests: started on an empty folder, warmed, timed, stopped and checked.

use std::{
    env, fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};
use bench_load::process;
use types::time;

use crate::{
    Options,
    ids::Ids,
    receivers::{Receiver, Running},
    shapes::Shape,
};

/// Number of the first event that is timed; those before it warm the receiver.
const TIMED_FIRST: u64 = 100_000_000;

/// Bytes of all requests that a client makes beforehand, about.
const REQUEST_BYTES_MAX: u64 = 800_000_000;
const EVENT_BYTES: u64 = 600;

/// A client's connections cost more for a request than for an event, so no more single requests are made than these.
const REQUESTS_MAX: u64 = 400_000;

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// Events that were acknowledged, a second.
    pub rate: f64,
    /// Milliseconds of a request.
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Microseconds of CPU for each event.
    pub server_cpu_us: f64,
    pub client_cpu_us: f64,
    /// The most memory that the server had.
    pub resident_bytes_max: u64,
    /// What the server left on disk for each event.
    pub disk_bytes: f64,
    /// Bytes of a request for each event.
    pub sent_bytes: f64,
}

/// What a client found.
struct Sent {
    events: u64,
    found: serde_json::Value,
}

impl Sent {
    fn number(&self, name: &str) -> f64 {
        self.found[name].as_f64().unwrap_or(f64::NAN)
    }
}

/// Measures once.
///
/// # Errors
/// When something cannot be run, and when what is on disk is not what was acknowledged.
pub fn run(receiver: &dyn Receiver, shape: &Shape, options: &Options) -> Result<Run> {
    let folder = options.folder.join("run");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = fs::canonicalize(folder)?;
    let running = receiver.start(&folder)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros() as i64;
    // Recent, or Mitra would take the events as too late for its timelines; and not ahead of the clock.
    let start = now - 300 * time::SECOND;
    let warm = send(receiver, shape, &running, (0, options.warm_seconds, start))?;
    receiver.settle(&folder, warm.events)?;
    let before = running.server.usage()?.cpu_seconds;
    let timed = send(receiver, shape, &running, (TIMED_FIRST, options.seconds, start))?;
    receiver.settle(&folder, warm.events + timed.events)?;
    let resident_bytes_max = running.server.usage()?.resident_bytes_max;
    let cpu_seconds = running.server.stop()? - before;
    let disk_bytes = disk_bytes(&folder)? as f64;
    let mut ids = Ids::new([0..warm.events, TIMED_FIRST..TIMED_FIRST + timed.events]);
    receiver.read(&folder, &mut ids)?;
    ids.check().with_context(|| format!("{}, {} events a request", receiver.name(), shape.name))?;
    fs::remove_dir_all(&folder)?;
    let events = timed.events as f64;
    Ok(Run {
        rate: events / timed.number("seconds"),
        p50_ms: timed.number("p50"),
        p99_ms: timed.number("p99"),
        server_cpu_us: cpu_seconds / events * 1e6,
        client_cpu_us: timed.number("cpu_seconds") / events * 1e6,
        resident_bytes_max,
        disk_bytes: disk_bytes / ids.count() as f64,
        sent_bytes: timed.number("bytes"),
    })
}

fn send(
    receiver: &dyn Receiver,
    shape: &Shape,
    running: &Running,
    (first, seconds, start): (u64, u64, i64),
) -> Result<Sent> {
    let target = receiver.target(shape);
    let requests = (REQUEST_BYTES_MAX / EVENT_BYTES / shape.events).min(REQUESTS_MAX);
    let mut client = Command::new(env::current_exe()?);
    client.arg("client").args(["--path", target.path, "--content-type", target.content_type]);
    client.args(["--layout", &target.layout.to_string(), "--answer", &target.answer]);
    client.arg("--address").arg(running.address.to_string());
    let numbers = [
        ("--events", shape.events),
        ("--requests", requests),
        ("--connections", shape.connections as u64),
        ("--seconds", seconds),
        ("--first", first),
        ("--start", start as u64),
    ];
    for (name, number) in numbers {
        client.arg(name).arg(number.to_string());
    }
    let (text, ..) = process::run(&mut client, "the client").with_context(|| receiver.name())?;
    let found: serde_json::Value = serde_json::from_str(text.trim()).context("the client prints JSON")?;
    let events = found["events"].as_u64().context("the client counts events")?;
    Ok(Sent { events, found })
}

/// Bytes that the files of a folder take on the disk.
fn disk_bytes(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { disk_bytes(&entry.path())? } else { metadata.blocks() * 512 };
    }
    Ok(bytes)
}
