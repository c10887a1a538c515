//! Made-up traffic for `mitra up`: some history at the first start, then a client of the HTTP API as any other.

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context as _, Result};
use payments_generator::{Config, Event, Generator, STREAMS, write_files};
use runtime::clock::{Clock, FastClock};
use serde_json::Value;

use crate::project::{DemoGenerator, DemoSection};

/// How often events are sent.
const PERIOD: Duration = Duration::from_millis(20);

/// Payments a second that one connection is given.
const RATE_PER_CONNECTION: u32 = 200;

/// Connections at most.
const CONNECTIONS_MAX: u32 = 64;

/// Payments of the past at most.
const HISTORY_PAYMENTS_MAX: u32 = 250_000;

/// Events that wait for one connection at most.
const QUEUE_LEN_MAX: usize = 1_024;

/// Events are numbered from the time of the start on, and never faster than this, so that each start has numbers of
/// its own.
const MICROS_PER_NUMBER: i64 = 10;

/// Events that are on their way.
pub struct Traffic {
    generator: Generator,
    rate: u32,
    clock: FastClock,
}

/// Where the traffic goes.
pub struct Target {
    /// Address of the API.
    pub url: String,
    /// The decision that payments ask for, if any.
    pub decision: Option<String>,
    /// The API's token.
    pub token: Option<String>,
}

/// A client that sends until it is stopped.
pub struct Demo {
    stop: Arc<AtomicBool>,
    latest: Arc<Mutex<Option<String>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Traffic {
    /// Traffic that starts with the section's history when there is none yet, else now.
    pub fn new(section: &DemoSection, clock: FastClock, with_history: bool) -> Self {
        let DemoGenerator::Payments = section.generator;
        let now = clock.now();
        // By the clock's seconds, of which a fast one has many in a second of those who send.
        let rate = f64::from(section.rate) / f64::from(clock.speed);
        let wanted = if with_history { 60.0 * f64::from(section.history_minutes) } else { 0.0 };
        // A high rate has a shorter past, so that nobody waits long for the present.
        let seconds = wanted.min(f64::from(HISTORY_PAYMENTS_MAX) / rate.max(f64::MIN_POSITIVE));
        let start = now - (seconds * 1e6) as i64;
        let config = Config {
            seed: section.seed,
            start,
            first_number: u64::try_from(start / MICROS_PER_NUMBER).unwrap_or(1),
            ..Config::at_rate(rate)
        };
        Self { generator: Generator::new(config), rate: section.rate, clock }
    }

    /// Writes what has happened so far into `folder`, a file for each stream; returns the streams and how many events
    /// there are.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write_history(&mut self, folder: &Path) -> Result<(Vec<&'static str>, u64)> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let now = self.clock.now();
        let generator = &mut self.generator;
        // The first event of the present is lost to the history: nobody misses it.
        let past = std::iter::from_fn(|| generator.next().filter(|event| event.received_at() <= now));
        let count = write_files(folder, past)
            .with_context(|| format!("cannot write the demo's history to {}", folder.display()))?;
        Ok((STREAMS.to_vec(), count))
    }

    /// Goes on through the API.
    pub fn send(self, target: Target) -> Demo {
        let stop = Arc::new(AtomicBool::new(false));
        let latest = Arc::new(Mutex::new(None));
        let target = Arc::new(target);
        let connections = self.rate.div_ceil(RATE_PER_CONNECTION).clamp(1, CONNECTIONS_MAX);
        let mut threads = Vec::new();
        let mut queues = Vec::new();
        for _ in 0..connections {
            let (sender, receiver) = sync_channel(QUEUE_LEN_MAX);
            queues.push(sender);
            let (target, latest) = (Arc::clone(&target), Arc::clone(&latest));
            threads.push(spawn("mitra-demo-send", move || send(&receiver, &target, &latest)));
        }
        let flag = Arc::clone(&stop);
        threads.push(spawn("mitra-demo", move || keep_time(self.generator, self.clock, &queues, &flag)));
        Demo { stop, latest, threads }
    }
}

impl Demo {
    /// The latest payment that was not simply let through, since this was last asked.
    pub fn latest(&self) -> impl Fn() -> Option<String> + Send + 'static {
        let latest = Arc::clone(&self.latest);
        move || latest.lock().expect("no holder panicked").take()
    }

    /// Stops to send.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("the demo's threads do not panic");
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).expect("the system can start a thread")
}

/// Gives each event to a connection at its time. One that is behind misses events, as a client with a bounded queue
/// would.
fn keep_time(generator: Generator, clock: FastClock, queues: &[SyncSender<Event>], stop: &AtomicBool) {
    let mut events = generator.zip((0..queues.len()).cycle()).peekable();
    while !stop.load(Ordering::Relaxed) {
        let now = clock.now();
        while let Some((event, queue)) = events.next_if(|(event, _)| event.received_at() <= now) {
            let _ = queues[queue].try_send(event);
        }
        thread::park_timeout(PERIOD);
    }
}

/// Sends what comes until nothing comes any more.
fn send(events: &Receiver<Event>, target: &Target, latest: &Mutex<Option<String>>) {
    let configuration = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent = ureq::Agent::new_with_config(configuration);
    let mut body = Vec::new();
    for event in events {
        body.clear();
        event.write_json(&mut body);
        let path = match (&event, &target.decision) {
            (Event::Payment(_), Some(decision)) => format!("{}/v1/decide/{decision}", target.url),
            _ => format!("{}/v1/streams/{}", target.url, event.stream()),
        };
        let mut request = agent.post(path).content_type("application/json");
        if let Some(token) = &target.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        // A refused event is the server's to count; the status line shows it.
        let Ok(mut response) = request.send(&body[..]) else { continue };
        let Ok(text) = response.body_mut().read_to_string() else { continue };
        if let Some(line) = serde_json::from_str(&text).ok().and_then(|answer| flagged(&answer)) {
            *latest.lock().expect("no holder panicked") = Some(line);
        }
    }
}

/// A line on an answer whose outcome some rule decided: `decline evt_17, 812.00 EUR: one device tries many cards`.
fn flagged(answer: &Value) -> Option<String> {
    let outcome = answer["outcome"].as_str()?;
    let deciding = |reason: &&Value| reason["outcome"] == outcome && reason["shadow"] != true;
    let reason = answer["reasons"].as_array()?.iter().find(deciding)?;
    let (amount, currency) = (&answer["event"]["amount"], answer["event"]["currency"].as_str()?);
    let why = reason["reason"].as_str().or(reason["rule"].as_str())?;
    Some(format!("{outcome} {}, {amount} {currency}: {why}", answer["id"].as_str()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_flagged_payment_is_told_with_the_reason_that_decided() {
        let mut answer = json!({
        "id": "evt_17", "outcome": "decline", "event": {"amount": 812.5, "currency": "EUR"},
        "reasons": [
            {"rule": "a", "outcome": "decline", "reason": "only looked at", "shadow": true},
            {"rule": "b", "outcome": "review", "reason": "weaker", "shadow": false},
            {"rule": "c", "outcome": "decline", "reason": "many cards", "shadow": false},
        ]});
        assert_eq!(flagged(&answer).as_deref(), Some("decline evt_17, 812.5 EUR: many cards"));
        answer["outcome"] = json!("approve");
        assert_eq!(flagged(&answer), None, "no rule decided it");
    }

    #[test]
    fn every_start_has_events_of_its_own() {
        let section =
            DemoSection { generator: DemoGenerator::Payments, rate: 200, history_minutes: 1, seed: 1 };
        let folder = tempfile::tempdir().expect("the system gives a folder");
        let clock = FastClock::default();
        let mut traffic = Traffic::new(&section, clock, true);
        let (streams, count) = traffic.write_history(folder.path()).expect("the folder takes files");
        assert_eq!(streams, ["payments", "logins", "refunds", "chargebacks", "labels"]);
        assert!((10_000..20_000).contains(&count), "{count} events in a minute at 200 payments a second");
        let next = |mut traffic: Traffic| traffic.generator.next().expect("it never ends");
        let last = next(traffic).number();
        assert!(next(Traffic::new(&section, clock, false)).number() > last);
    }
}
