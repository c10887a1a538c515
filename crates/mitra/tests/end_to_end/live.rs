//! Rules added, changed and dropped on the running example at 5,000 events a second: each acts from its stated position,
//! through a kill, and every decision's outcome is what the rules at its position say.
//!
//! `MITRA_LIVE_SECONDS` sets how long the load lasts.

use std::{
    collections::BTreeMap,
    fs,
    sync::{Condvar, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use payments_generator::{Config, Event, Generator};
use serde_json::Value;

use crate::program::{Client, Project, Server, number};

/// Seconds of load when `MITRA_LIVE_SECONDS` does not say.
const SECONDS: u64 = 4;
/// Events a second that are sent, whether those before are answered or not.
const RATE: u64 = 5_000;
/// Events in one request.
const BATCH: u64 = 50;
/// Connections: requests that can be on their way at once.
const CONNECTIONS: usize = 8;
/// Between two tries of one request.
const RETRY: Duration = Duration::from_millis(2);
const TWO_HOURS: i64 = 7_200_000_000;

/// What the example's own rules give, those in shadow aside.
const RULES: [(&str, &str); 8] = [
    ("model_sure", "decline"),
    ("model_doubts", "review"),
    ("card_testing", "decline"),
    ("probe_then_spend", "decline"),
    ("velocity", "review"),
    ("guessed_password", "challenge"),
    ("device_farm", "review"),
    ("two_places", "challenge"),
];
/// From the default to the strongest.
const OUTCOMES: [&str; 4] = ["approve", "challenge", "review", "decline"];

const NEW_VIEW: &str = "
CREATE VIEW busy_merchants AS SELECT p.event_id, p.merchant_id, count(*) OVER w AS merchant_payments_2h FROM payments p
    WINDOW w AS (PARTITION BY p.merchant_id, p.gateway ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '2 hours' PRECEDING AND CURRENT ROW);
CREATE DECISION merchant_load ON busy_merchants OUTCOMES (calm, busy);
CREATE RULE crowd ON merchant_load WHEN merchant_payments_2h > 5 THEN busy REASON 'many';
CREATE SINK busy ON merchant_load TO file('out/busy.ndjson');";

/// The rule `live` in force from a position on: an amount above so many cents gives this outcome.
struct Era {
    from: u64,
    rule: Option<(i64, &'static str)>,
}

/// A payment as it was sent, and where it was acknowledged to be.
struct Sent {
    cents: i64,
    /// Merchant and gateway.
    key: (u64, &'static str),
    occurred_at: i64,
    position: u64,
}

#[derive(Default)]
struct Progress {
    client: Option<Client>,
    /// Requests acknowledged.
    requests: u64,
    positions: BTreeMap<String, u64>,
    /// From the moment a request was due to its answer.
    latencies: Vec<Duration>,
    retries: u64,
    /// A sender has failed, and nobody may wait for it.
    failed: bool,
}

/// Tells when its thread fails.
struct Sender<'a>(&'a Load);

impl Drop for Sender<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.progress().failed = true;
            self.0.changed.notify_all();
        }
    }
}

struct Load {
    start: Instant,
    /// Bodies by stream, in the order in which they are due.
    requests: Vec<BTreeMap<&'static str, String>>,
    progress: Mutex<Progress>,
    changed: Condvar,
}

impl Load {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().expect("no thread panics with the lock")
    }

    fn client(&self) -> Client {
        let mut progress = self.progress();
        loop {
            if let Some(client) = &progress.client {
                return client.clone();
            }
            progress = self.changed.wait(progress).expect("no thread panics with the lock");
        }
    }

    fn set_client(&self, client: Option<Client>) {
        self.progress().client = client;
        self.changed.notify_all();
    }

    /// Waits until such a part of all requests, in percent, is acknowledged.
    fn wait_for(&self, percent: u64) {
        let target = self.requests.len() as u64 * percent / 100;
        self.wait_until(|progress| progress.requests >= target);
    }

    fn wait_until(&self, done: impl Fn(&Progress) -> bool) {
        let mut progress = self.progress();
        while !done(&progress) {
            assert!(!progress.failed, "a sender has failed");
            progress = self.changed.wait(progress).expect("no thread panics with the lock");
        }
    }

    /// Sends every `CONNECTIONS`-th request when it is due, again until it is acknowledged.
    fn send(&self, first: usize) {
        let _sender = Sender(self);
        for number in (first..self.requests.len()).step_by(CONNECTIONS) {
            let due = self.start + Duration::from_micros(number as u64 * BATCH * 1_000_000 / RATE);
            std::thread::park_timeout(due.saturating_duration_since(Instant::now()));
            let mut positions = Vec::new();
            for (stream, body) in &self.requests[number] {
                let path = format!("/v1/streams/{stream}");
                let answer = loop {
                    match self.client().post(&path, body) {
                        Ok(reply) if reply.status == 200 => break reply.body,
                        Ok(reply) => assert!(reply.status == 429 || reply.status >= 500, "{reply:?}"),
                        Err(_) => {}
                    }
                    self.progress().retries += 1;
                    self.changed.notify_all();
                    std::thread::sleep(RETRY);
                };
                if *stream == "payments" {
                    positions.extend(acknowledged(body, &answer));
                }
            }
            let mut progress = self.progress();
            progress.latencies.push(due.elapsed());
            progress.requests += 1;
            progress.positions.extend(positions);
            drop(progress);
            self.changed.notify_all();
        }
    }
}

/// Ids of a body's events and the positions that the answer gives them.
fn acknowledged(body: &str, answer: &Value) -> Vec<(String, u64)> {
    let items = answer["items"].as_array().expect("there are items");
    let ids = body.lines().map(id_of);
    let positions = items.iter().map(|item| {
        assert!(item["status"] == "accepted" || item["status"] == "duplicate", "{item}");
        number(&item["position"])
    });
    ids.zip(positions).collect()
}

fn id_of(line: &str) -> String {
    let event: Value = serde_json::from_str(line).expect("the generator writes JSON");
    event["event_id"].as_str().expect("an id is text").to_owned()
}

fn seconds() -> u64 {
    let seconds = std::env::var("MITRA_LIVE_SECONDS");
    seconds.map_or(SECONDS, |seconds| seconds.parse().expect("MITRA_LIVE_SECONDS is a number"))
}

/// The load, and its payments by id.
fn load() -> (Load, BTreeMap<String, Sent>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970").as_micros();
    let start = i64::try_from(now).expect("the clock is before the year 294247");
    let config = Config { start, ..Config::at_rate(RATE as f64) };
    let mut generator = Generator::new(config);
    let mut sent = BTreeMap::new();
    let mut requests = Vec::new();
    for _ in 0..seconds() * RATE / BATCH {
        let mut bodies: BTreeMap<&'static str, Vec<u8>> = BTreeMap::new();
        for event in generator.by_ref().take(BATCH as usize) {
            let body = bodies.entry(event.stream()).or_default();
            let line = body.len();
            event.write_json(body);
            if let Event::Payment(payment) = &event {
                let id = id_of(std::str::from_utf8(&body[line..]).expect("JSON is UTF-8"));
                let (cents, occurred_at) = (payment.cents, payment.occurred_at);
                let key = (payment.merchant, payment.gateway);
                sent.insert(id, Sent { cents, key, occurred_at, position: 0 });
            }
        }
        let text = |body| String::from_utf8(body).expect("JSON is UTF-8");
        requests.push(bodies.into_iter().map(|(stream, body)| (stream, text(body))).collect());
    }
    let load = Load { start: Instant::now(), requests, progress: Mutex::default(), changed: Condvar::new() };
    (load, sent)
}

/// Adds, changes and drops while the load lasts, and kills the server once. Returns the eras of the rule `live`, the
/// position since which the new view acts, and the last server.
fn operate(load: &Load, project: &Project, server: Server) -> (Vec<Era>, u64, Server) {
    let mut eras = vec![Era { from: 0, rule: None }];
    let mut change = |client: &Client, percent, statement: &str, rule| {
        load.wait_for(percent);
        let started = Instant::now();
        let (from, epoch) = client.statement(statement);
        println!("epoch {epoch} from position {from} after {:.0?}: {statement}", started.elapsed());
        eras.push(Era { from, rule });
    };
    let client = &server.client;
    let add = "CREATE RULE live ON payment_risk WHEN amount > 100 THEN decline REASON 'live'";
    change(client, 10, add, Some((10_000, "decline")));
    let replace = "CREATE OR REPLACE RULE live ON payment_risk WHEN amount > 20 THEN challenge REASON 'live'";
    change(client, 25, replace, Some((2_000, "challenge")));
    load.wait_for(40);
    let started = Instant::now();
    let (view_from, _) = client.statement(NEW_VIEW);
    println!("a view with a window of its own from position {view_from} after {:.0?}", started.elapsed());
    change(client, 50, "DROP RULE live ON payment_risk", None);
    change(client, 60, add, Some((10_000, "decline")));
    load.wait_for(70);
    let retries = load.progress().retries;
    server.kill();
    // On a quiet machine no request may be on its way at the moment of the kill: the next one that is due finds nobody.
    load.wait_until(|progress| progress.retries > retries);
    load.set_client(None);
    let server = project.start();
    load.set_client(Some(server.client.clone()));
    change(&server.client, 85, replace, Some((2_000, "challenge")));
    (eras, view_from, server)
}

/// The rows of a sink's file.
fn rows(project: &Project, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(project.path(name)).expect("the sink has written");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// The strongest outcome of what the sink says has fired, with the rule `live` judged from what was sent.
fn check_outcomes(rows: &[Value], sent: &BTreeMap<String, Sent>, eras: &[Era]) {
    let mut fired_in = vec![0_u64; eras.len()];
    let mut last = None;
    for row in rows {
        let position = number(&row["position"]);
        assert!(last < Some(position), "position {position} follows {last:?}");
        last = Some(position);
        let event = &sent[row["event_id"].as_str().expect("an id is text")];
        assert_eq!(event.position, position, "{row}");
        let era = eras.iter().rposition(|era| era.from < position).expect("the first is from the beginning");
        let live = eras[era].rule.filter(|(above, _)| event.cents > *above).map(|(_, outcome)| outcome);
        let fired: Vec<&str> = row["fired"]
            .as_str()
            .expect("names are text")
            .split(',')
            .filter(|name| !name.is_empty())
            .collect();
        assert_eq!(fired.contains(&"live"), live.is_some(), "in era {era}: {row}");
        fired_in[era] += u64::from(live.is_some());
        let own = RULES.iter().filter(|(name, _)| fired.contains(name)).map(|(_, outcome)| *outcome);
        let rank = |outcome: &str| OUTCOMES.iter().position(|other| *other == outcome);
        let strongest = own.chain(live).max_by_key(|outcome| rank(outcome)).unwrap_or(OUTCOMES[0]);
        assert_eq!(row["outcome"], strongest, "in era {era}: {row}");
    }
    assert_eq!(rows.len(), sent.len(), "every payment has one decision");
    for (era, fired) in eras.iter().zip(&fired_in) {
        assert_eq!(era.rule.is_some(), *fired > 0, "the rule fires where it is in force: {fired_in:?}");
    }
}

/// The new window's count of each payment, counted again from what was sent.
fn check_counts(rows: &[Value], sent: &BTreeMap<String, Sent>, from: u64) {
    let mut by_key: BTreeMap<_, Vec<(u64, i64)>> = BTreeMap::new();
    for event in sent.values() {
        by_key.entry(event.key).or_default().push((event.position, event.occurred_at));
    }
    let after = sent.values().filter(|event| event.position > from).count();
    assert_eq!(rows.len(), after, "every payment after the change has a decision, and none before it");
    for row in rows {
        let event = &sent[row["event_id"].as_str().expect("an id is text")];
        let frame = event.occurred_at - TWO_HOURS..=event.occurred_at;
        let counted = by_key[&event.key]
            .iter()
            .filter(|(position, occurred_at)| *position <= event.position && frame.contains(occurred_at))
            .count() as u64;
        assert_eq!(number(&row["merchant_payments_2h"]), counted, "{row}");
        assert_eq!(row["outcome"], if counted > 5 { "busy" } else { "calm" }, "{row}");
    }
    assert!(rows.iter().any(|row| row["outcome"] == "busy"), "some merchant is busy");
}

fn print_load(progress: &Progress, elapsed: Duration) {
    let mut latencies = progress.latencies.clone();
    latencies.sort_unstable();
    let quantile = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    let events = progress.requests * BATCH;
    println!(
        "{events} events in {elapsed:.1?}, {:.0} a second of {RATE} offered, {} retries; from due to durable: \
         p50 {:.1?} p99 {:.1?} max {:.1?}",
        events as f64 / elapsed.as_secs_f64(),
        progress.retries,
        quantile(0.5),
        quantile(0.99),
        quantile(1.0)
    );
}

#[test]
fn rules_change_under_load_from_their_positions_on() {
    let project = Project::example("[data]\ncheckpoint_events = 8000\n");
    let server = project.start();
    let (load, mut sent) = load();
    load.set_client(Some(server.client.clone()));
    let load = Load { start: Instant::now(), ..load };
    let (eras, view_from, server) = std::thread::scope(|scope| {
        for first in 0..CONNECTIONS {
            let load = &load;
            scope.spawn(move || load.send(first));
        }
        operate(&load, &project, server)
    });
    let elapsed = load.start.elapsed();
    server.stop().succeeded();
    let progress = load.progress.into_inner().expect("no thread panics with the lock");
    print_load(&progress, elapsed);
    for (id, position) in &progress.positions {
        sent.get_mut(id).expect("only what was sent is acknowledged").position = *position;
    }
    let decisions = rows(&project, "out/every.ndjson");
    check_outcomes(&decisions, &sent, &eras);
    check_counts(&rows(&project, "out/busy.ndjson"), &sent, view_from);
    let verified = project.run(&["verify", "."]).succeeded();
    assert!(verified.contains("every recorded decision came out the same"), "{verified}");
    for era in &eras {
        let first = decisions.iter().find(|row| number(&row["position"]) > era.from);
        let id = first.and_then(|row| row["event_id"].as_str()).expect("each era decided");
        let explained = project.run(&["explain", "payment_risk", id, "--verify"]);
        assert!(explained.stderr.contains("byte for byte the same"), "{}", explained.stderr);
    }
}
