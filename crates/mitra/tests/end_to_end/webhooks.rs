//! Webhooks while the endpoint fails and the process is killed: each record at least once, in order and signed.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::{
    events::{Random, payment},
    program::{Client, Project, number},
};

const SECRET: &str = "a key that only two know";
/// The receiver's addresses differ from run to run, so statements are written with its port.
const OPTIONS: &str = "secret_file = 'webhook.key', batch = '5', timeout = '500 milliseconds',
    retry_max = '5 milliseconds'";

/// The interpreter that `cargo xtask setup` makes.
fn python() -> PathBuf {
    if let Some(path) = std::env::var_os("MITRA_PYTHON") {
        return path.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home =
        || PathBuf::from(std::env::var_os("HOME").expect("HOME or XDG_CACHE_HOME is set")).join(".cache");
    let path = cache.unwrap_or_else(home).join("mitra/python/bin/python");
    assert!(path.exists(), "{} is missing: run `cargo xtask setup`", path.display());
    path
}

/// A running endpoint; stopped when dropped.
struct Receiver {
    log: PathBuf,
    process: Child,
    port: String,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("the endpoint runs");
    }
}

impl Receiver {
    /// One whose requests are written to `log` in the project, and which checks signatures with `SECRET`.
    fn start(project: &Project, log: &str, faults: &str) -> Self {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../sinks/tests/receiver.py");
        let log = project.path(log);
        let mut command = Command::new(python());
        command.arg(script).arg("--log").arg(&log).args(["--secret", SECRET, "--faults", faults]);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("python runs");
        let stdout = process.stdout.take().expect("stdout is piped");
        let mut port = String::new();
        BufReader::new(stdout).read_line(&mut port).expect("the endpoint tells its port");
        Self { log, process, port: port.trim().to_owned() }
    }

    fn statement(&self, name: &str, condition: &str) -> String {
        let port = &self.port;
        format!(
            "CREATE OR REPLACE SINK {name} ON payment_risk {condition} TO webhook('http://127.0.0.1:{port}/in')
            WITH ({OPTIONS})"
        )
    }

    /// The events whose records were taken, one by one. All requests were signed.
    fn taken(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.log).expect("the endpoint has a log");
        let mut ids = Vec::new();
        // A line without an end is one that the endpoint is still writing.
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let request: Value = serde_json::from_str(line).expect("lines are JSON");
            assert_eq!(request["signed"], true, "{request}");
            if request["fault"] == "ok" || request["fault"] == "lost" {
                let records = request["records"].as_array().expect("there are records");
                ids.extend(
                    records.iter().map(|record| record["event_id"].as_str().expect("an id").to_owned()),
                );
            }
        }
        ids
    }

    /// As [`Receiver::taken`], each once: where it came first.
    fn first_taken(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        self.taken().into_iter().filter(|id| seen.insert(id.clone())).collect()
    }
}

fn with_secret() -> Project {
    let project = Project::new();
    project.write("webhook.key", &format!("{SECRET}\n"));
    project
}

fn decide(client: &Client, id: &str) {
    client.decide("payment_risk", &payment(id, "card1", "m_books", "10.00"));
}

/// Waits until the metric says so; webhooks deliver behind the answers.
fn wait_for(client: &Client, line: &str) {
    const ATTEMPTS: u32 = 20_000;
    let seen = (0..ATTEMPTS).any(|_| client.text("/metrics").lines().any(|other| other == line));
    assert!(seen, "{line} is not among\n{}", client.text("/metrics"));
}

#[test]
fn killed_at_any_moment_it_delivers_each_record_in_order() {
    const KILLS: usize = 6;
    const EVENTS_MAX: u64 = 40;
    let project = with_secret();
    let receiver = Receiver::start(&project, "requests", "ok,lost,500,ok,close,429,ok,hang,ok,ok");
    project.write("4_sinks.sql", &format!("{};\n", receiver.statement("all_payments", "")));
    let mut random = Random(7);
    let mut sent = Vec::new();
    for _ in 0..KILLS {
        let server = project.start();
        for _ in 0..1 + random.below(EVENTS_MAX) {
            let id = format!("e{}", sent.len());
            decide(&server.client, &id);
            sent.push(id);
        }
        server.kill();
    }
    let server = project.start();
    decide(&server.client, "last");
    sent.push("last".to_owned());
    // Records that were taken just before a kill are counted by no process, so the log of the endpoint is what counts.
    const ATTEMPTS: u32 = 100_000;
    let all = (0..ATTEMPTS).any(|_| receiver.first_taken().len() == sent.len());
    assert!(all, "{} of {} arrived", receiver.first_taken().len(), sent.len());
    server.stop().succeeded();
    assert_eq!(receiver.first_taken(), sent, "in the order of the log");
    let repeats = receiver.taken().len() - sent.len();
    println!("{} records, {repeats} repeated", sent.len());
    // A request has five records at most, of which a fifth have lost answers, and one a kill.
    assert!(repeats <= sent.len() + 5 * KILLS, "{repeats} of {} came again", sent.len());
}

#[test]
fn a_slow_endpoint_holds_up_neither_decisions_nor_other_sinks() {
    let project = with_secret();
    let slow = Receiver::start(&project, "slow", "hang");
    let good = Receiver::start(&project, "good", "ok");
    let sinks = [
        slow.statement("slow", ""),
        good.statement("good", "WHERE amount > 5"),
        "CREATE SINK file ON payment_risk TO file('out/all.ndjson')".to_owned(),
    ];
    project.write("4_sinks.sql", &format!("{};\n", sinks.join(";\n")));
    let server = project.start();
    (0..20).for_each(|number| decide(&server.client, &format!("e{number}")));
    wait_for(&server.client, r#"mitra_webhook_records_sent_total{sink="good"} 20"#);
    wait_for(&server.client, r#"mitra_sink_rows_total{sink="file"} 20"#);
    wait_for(&server.client, r#"mitra_sink_lag_bytes{sink="good"} 0"#);
    wait_for(&server.client, r#"mitra_sink_up{sink="slow"} 0"#);
    assert!(slow.taken().is_empty(), "it hangs");
    let stopped = server.stop();
    assert!(stopped.stderr.contains("the rest is sent at the next start"), "{}", stopped.stderr);
    stopped.succeeded();
    assert_eq!(good.taken().len(), 20);

    // The endpoint moves; what it has not taken goes to its new address.
    let moved = Receiver::start(&project, "moved", "ok");
    let server = project.start();
    server.client.statement(&moved.statement("slow", ""));
    wait_for(&server.client, r#"mitra_webhook_records_sent_total{sink="slow"} 20"#);
    server.stop().succeeded();
    assert_eq!(moved.taken(), (0..20).map(|number| format!("e{number}")).collect::<Vec<_>>());
}

#[test]
fn what_is_refused_is_kept_and_counted() {
    let project = with_secret();
    let receiver = Receiver::start(&project, "requests", "403,ok");
    let server = project.start();
    decide(&server.client, "before");
    server.client.statement(&receiver.statement("flagged", "WHERE outcome = 'approve'"));
    decide(&server.client, "e1");
    wait_for(&server.client, r#"mitra_webhook_records_dead_total{sink="flagged"} 1"#);
    decide(&server.client, "e2");
    wait_for(&server.client, r#"mitra_webhook_records_sent_total{sink="flagged"} 1"#);
    let stopped = server.stop();
    assert!(stopped.stderr.contains("sink flagged: the endpoint answers 403"), "{}", stopped.stderr);
    stopped.succeeded();
    assert_eq!(receiver.taken(), ["e2"], "it has no record of before it was made");
    let dead = fs::read_to_string(project.path("mitra-data/webhooks/flagged/dead.ndjson"));
    let dead: Value = serde_json::from_str(dead.expect("there are dead letters").trim()).expect("one line");
    assert_eq!((&dead["record"]["event_id"], &dead["status"]), (&"e1".into(), &403.into()));
    assert!(number(&dead["position"]) > 0, "{dead}");
}

#[test]
fn a_missing_secret_is_named_and_sends_nothing() {
    let project = Project::new();
    let receiver = Receiver::start(&project, "requests", "ok");
    project.write("4_sinks.sql", &format!("{};\n", receiver.statement("flagged", "")));
    let server = project.start();
    decide(&server.client, "e1");
    wait_for(&server.client, r#"mitra_sink_up{sink="flagged"} 0"#);
    project.write("webhook.key", SECRET);
    wait_for(&server.client, r#"mitra_webhook_records_sent_total{sink="flagged"} 1"#);
    let stopped = server.stop();
    assert!(stopped.stderr.contains("cannot read the `secret_file`"), "{}", stopped.stderr);
    stopped.succeeded();
    assert_eq!(receiver.taken(), ["e1"]);
}
