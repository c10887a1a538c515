//! Events that enter no timeline, as the sinks of `<stream>_late` have them after every kill: each once, with its reason.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    process::Stdio,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::{
    events::Random,
    program::{Client, DECISION, Project, VIEW, number},
};

const STREAMS: &str = "\
CREATE STREAM payments (
    event_id    TEXT PRIMARY KEY,
    occurred_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ,
    card_id     TEXT,
    merchant_id TEXT,
    amount      DECIMAL(18,2),
    status      TEXT
) WITH (event_time = 'occurred_at', arrival_time = 'received_at', allowed_lateness = '1 hour', future_max = '5 minutes',
    pii = 'card_id: token');
CREATE STREAM logins (event_id TEXT PRIMARY KEY, occurred_at TIMESTAMPTZ, ok BOOLEAN) WITH (allowed_lateness = '1 minute');
";

/// No decision reads `logins`: its batches have inputs and no outputs.
const SINKS: &str = "\
CREATE SINK every ON payment_risk TO file('out/every.ndjson');
CREATE SINK late ON payments_late TO file('out/late.ndjson');
CREATE SINK dear ON payments_late WHERE reason = 'future' AND amount > 50 TO file('out/dear.ndjson');
CREATE SINK parts ON payments_late TO file('out/late.parquet');
CREATE SINK logins ON logins_late TO file('out/logins.ndjson');
";

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// 2020-01-01, when the file's history begins.
const HISTORY: i64 = 1_577_836_800 * SECOND;
const FILE_EVENTS: u64 = 4_000;
const ROUNDS: u64 = 8;
const BATCH_EVENTS: u64 = 120;
/// Time before a kill, at most: a start and what follows it take about as long.
const MICROS_BEFORE_KILL: u64 = 60_000;
const SEED: u64 = 0x6d69_7472_6100_0011;

/// Why an event enters no timeline.
type Reason = Option<&'static str>;

/// What was sent, by event: its reason, amount in cents, and position if an answer said it.
type Sent = BTreeMap<String, (Reason, u64, Option<u64>)>;

fn text(micros: i64) -> String {
    let mut text = String::new();
    types::time::write_rfc3339(&mut text, micros).expect("a string takes all text");
    text
}

fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970");
    i64::try_from(elapsed.as_micros()).expect("the clock is before the year 294247")
}

fn event(id: &str, occurred: i64, received: i64, cents: u64) -> Value {
    json!({
        "event_id": id, "occurred_at": text(occurred), "received_at": text(received), "card_id": "card1",
        "merchant_id": "m1", "amount": format!("{}.{:02}", cents / 100, cents % 100), "status": "captured",
    })
}

/// An event's time for its arrival, at both sides of both bounds, and whether that is one too far.
fn file_time(arrived: i64, kind: u64) -> (i64, Reason) {
    match kind {
        0 => (arrived - HOUR - 1, Some("late")),
        1 => (arrived - HOUR, None),
        2 => (arrived + 300 * SECOND + 1, Some("future")),
        3 => (arrived + 300 * SECOND, None),
        4 => (arrived - 30 * 24 * HOUR, Some("late")),
        // Many events have this time, on time and late ones.
        5 => (HISTORY, if arrived - HISTORY > HOUR { Some("late") } else { None }),
        _ => (arrived, None),
    }
}

/// Writes the history, and says what is in it.
fn write_file(project: &Project, random: &mut Random) -> Sent {
    let (mut sent, mut lines) = (Sent::new(), String::new());
    for number in 0..FILE_EVENTS {
        // Two events share each arrival.
        let arrived = HISTORY + i64::try_from(number / 2).expect("it is small") * 3 * SECOND;
        let (occurred, reason) = file_time(arrived, random.below(12));
        let (id, cents) = (format!("file-{number}"), random.below(10_000));
        writeln!(lines, "{}", event(&id, occurred, arrived, cents)).expect("a string takes all text");
        sent.insert(id, (reason, cents, None));
    }
    project.write("history.ndjson", &lines);
    sent
}

/// Spins: a kill must be able to hit any microsecond, which no timer of the system gives.
fn spin(micros: u64) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(micros) {
        std::hint::spin_loop();
    }
}

/// Sends a batch to both streams and asks for some decisions.
fn send(client: &Client, round: u64, random: &mut Random, payments: &mut Sent, logins: &mut Sent) {
    let start = now();
    let (mut lines, mut login_lines, mut ids) = (String::new(), String::new(), Vec::new());
    for index in 0..BATCH_EVENTS {
        let (occurred, reason) = match random.below(6) {
            0 => (start - 2 * HOUR, Some("late")),
            1 => (start + HOUR, Some("future")),
            // Tied with all others of the batch.
            2 => (start, None),
            _ => (now(), None),
        };
        let (id, cents) = (format!("http-{round}-{index}"), random.below(10_000));
        let body = event(&id, occurred, start, cents);
        if index % 10 == 0 {
            let record = client.decide("payment_risk", &body);
            assert_eq!(record["late"], reason.is_some(), "{record}");
            payments.insert(id, (reason, cents, Some(number(&record["position"]))));
            continue;
        }
        writeln!(lines, "{body}").expect("a string takes all text");
        let login = json!({"event_id": id, "occurred_at": text(occurred), "ok": true});
        writeln!(login_lines, "{login}").expect("a string takes all text");
        ids.push((id, reason, cents));
    }
    for (stream, lines, sent) in
        [("payments", &lines, &mut *payments), ("logins", &login_lines, &mut *logins)]
    {
        let body = client.post(&format!("/v1/streams/{stream}"), lines).expect("the server answers").ok();
        let items = body["items"].as_array().expect("there are items");
        assert_eq!(items.len(), ids.len());
        for ((id, reason, cents), item) in ids.iter().zip(items) {
            sent.insert(id.clone(), (*reason, *cents, Some(number(&item["position"]))));
        }
    }
}

/// Compares a file with what was sent and `wanted`.
fn compare(project: &Project, file: &str, sent: &Sent, wanted: impl Fn(Reason, u64) -> bool) {
    let rows = project.rows(file);
    let expected = sent.iter().filter(|(_, (reason, cents, _))| wanted(*reason, *cents));
    let ids: Vec<&String> = expected.clone().map(|(id, _)| id).collect();
    assert!(ids.len() > 20, "{file} has too few rows to say anything: {}", ids.len());
    assert_eq!(rows.keys().collect::<Vec<_>>(), ids, "{file}");
    for (id, (reason, cents, position)) in expected {
        let row = &rows[id];
        let reason = reason.expect("only late events are wanted");
        let bound = if reason == "late" { "allowed_lateness" } else { "future_max" };
        assert_eq!((&row["reason"], &row["late_bound"]), (&reason.into(), &bound.into()), "{row}");
        assert_eq!(row["epoch"], 1, "{row}");
        assert!(position.is_none_or(|position| number(&row["position"]) == position), "{row}");
        if let Some(amount) = row.get("amount") {
            let written = amount.as_f64().expect("an amount is a number");
            assert_eq!((written * 100.0).round() as u64, *cents, "{row}");
            assert!(row["card_id"].as_str().is_some_and(|card| card.starts_with("tok_")), "{row}");
        }
        let clocks =
            [&row["arrived"], &row["occurred_at"]].map(|clock| clock.as_str().expect("it is a time"));
        assert_eq!(clocks[0] > clocks[1], reason == "late", "{row}");
    }
}

#[test]
fn late_events_of_files_and_callers_are_written_once_whatever_is_killed() {
    let project = Project::new();
    project.write("1_streams.sql", STREAMS);
    project.write("2_features.sql", VIEW);
    project.write("3_decision.sql", DECISION);
    project.write("4_sinks.sql", SINKS);
    let mut random = Random(SEED);
    let mut payments = write_file(&project, &mut random);
    let mut logins = Sent::new();
    for _ in 0..3 {
        let mut reading = project.command(&["ingest", "payments=history.ndjson"]);
        let reading = reading.stdout(Stdio::null()).stderr(Stdio::null());
        let mut reading = reading.spawn().expect("the program starts");
        spin(random.below(MICROS_BEFORE_KILL));
        reading.kill().expect("it runs or was not waited for");
        reading.wait().expect("it ends");
    }
    project.run(&["ingest", "payments=history.ndjson"]).succeeded();
    for round in 0..ROUNDS {
        let server = project.start();
        send(&server.client, round, &mut random, &mut payments, &mut logins);
        spin(random.below(MICROS_BEFORE_KILL));
        server.kill();
    }
    project.start().stop().succeeded();
    let is_late = |reason: Reason, _| reason.is_some();
    compare(&project, "out/late.ndjson", &payments, is_late);
    compare(&project, "out/dear.ndjson", &payments, |reason, cents| {
        reason == Some("future") && cents > 5_000
    });
    compare(&project, "out/logins.ndjson", &logins, is_late);
    // A late event is a record only if somebody asked for it.
    let every = project.rows("out/every.ndjson");
    let asked = |id: &str| id.starts_with("http-") && id.ends_with('0');
    let decided = payments.iter().filter(|(id, (reason, ..))| reason.is_none() || asked(id));
    assert_eq!(every.keys().collect::<Vec<_>>(), decided.map(|(id, _)| id).collect::<Vec<_>>());
    assert_eq!(parquet_rows(&project), payments.values().filter(|(reason, ..)| reason.is_some()).count());
}

/// Rows of the Parquet sink's parts, as their own footers say.
fn parquet_rows(project: &Project) -> usize {
    let parts = fs::read_dir(project.path("out/late.parquet")).expect("the sink's folder is there");
    let paths = parts.map(|part| part.expect("it can be listed").path());
    let parts = paths.filter(|path| path.extension().is_some_and(|extension| extension == "parquet"));
    let rows = parts.map(|path| {
        let file = fs::File::open(path).expect("the part can be read");
        let reader = parquet::file::reader::SerializedFileReader::new(file).expect("the part is Parquet");
        let rows = parquet::file::reader::FileReader::metadata(&reader).file_metadata().num_rows();
        usize::try_from(rows).expect("a part has rows")
    });
    rows.sum()
}

#[test]
fn a_sink_goes_from_records_to_late_events_in_one_file() {
    let project = Project::new();
    project.write("4_sinks.sql", "CREATE SINK s ON payment_risk TO file('out/s.ndjson');\n");
    let server = project.start();
    let decide = |id: &str, hours: i64| {
        let mut payment = crate::events::payment(id, "card1", "m1", "1.00");
        payment["occurred_at"] = json!(text(now() - hours * HOUR));
        server.client.decide("payment_risk", &payment);
    };
    decide("record", 0);
    decide("late-record", 2);
    server.client.statement("CREATE OR REPLACE SINK s ON payments_late TO file('out/s.ndjson')");
    decide("no-row", 0);
    decide("late", 2);
    server.client.statement("CREATE OR REPLACE SINK s ON payment_risk TO file('out/s.ndjson')");
    decide("again", 0);
    server.stop().succeeded();
    let rows = project.rows("out/s.ndjson");
    let reasons: Vec<(&str, &Value, &Value)> =
        rows.iter().map(|(id, row)| (id.as_str(), &row["outcome"], &row["reason"])).collect();
    let (approve, none, late) = (json!("approve"), Value::Null, json!("late"));
    assert_eq!(
        reasons,
        [
            ("again", &approve, &none),
            ("late", &none, &late),
            ("late-record", &approve, &none),
            ("record", &approve, &none)
        ]
    );
    project.write("5_late.sql", "CREATE SINK late ON payments_late TO file('out/late.ndjson');\n");
    assert!(project.run(&["plan"]).succeeded().contains("create sink late\n"));
    let cost = project.run(&["check"]).succeeded();
    assert!(cost.contains("sink late: all rows of payments_late to out/late.ndjson\n"), "{cost}");
}
