//! psql, psycopg, asyncpg, pandas and node-postgres read what was decided, and psql changes the rules.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::{
    endpoint::Endpoint,
    events::payment,
    program::{Project, Server, number},
};

const EVENTS: u64 = 60;

/// What `cargo xtask setup` makes, by its variable.
fn provided(variable: &str) -> PathBuf {
    let path = env::var_os(variable);
    path.map(PathBuf::from).unwrap_or_else(|| {
        panic!("{variable} is not set: run `cargo xtask ci`, or `eval \"$(cargo xtask setup)\"` before `cargo test`")
    })
}

/// Runs a program that must succeed, and returns its output and its notices.
#[track_caller]
fn succeeded(command: &mut Command) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("clients print UTF-8");
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert!(status.success(), "{command:?}: {stdout}{stderr}");
    (stdout, stderr)
}

/// Runs a program that must fail, and returns its complaint.
#[track_caller]
fn refused(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    assert!(!output.status.success(), "{command:?}");
    String::from_utf8(output.stderr).expect("clients print UTF-8")
}

fn psql(endpoint: &Endpoint) -> Command {
    let mut command = Command::new(provided("MITRA_POSTGRES_BIN").join("psql"));
    command.args(["-X", "-h", &endpoint.host, "-p", &endpoint.port, "-U", "analyst", "-d", "mitra"]);
    command.args(["-v", "ON_ERROR_STOP=1", "-A", "-t", "-c"]);
    command
}

/// The reasons of the rules that fired.
fn reasons(answer: &Value) -> Vec<&Value> {
    answer["reasons"].as_array().expect("a list").iter().map(|fired| &fired["reason"]).collect()
}

/// Decides on payments of which some fail, and returns what the API said of each.
fn decided(server: &Server) -> Vec<Value> {
    let decide = |index: u64| {
        let mut event = payment(&format!("é{index}"), "card", "m\"'1", &format!("{index}.05"));
        if index.is_multiple_of(7) {
            event["status"] = "failed".into();
        }
        if index.is_multiple_of(11) {
            event["merchant_id"] = Value::Null;
        }
        let answer = server.client.decide("payment_risk", &event);
        json!({
            "event_id": event["event_id"], "position": answer["position"], "outcome": answer["outcome"],
            "reasons": reasons(&answer), "amount": event["amount"], "merchant_id": event["merchant_id"],
            "occurred_at": event["occurred_at"], "card_payments_1h": index + 1,
        })
    };
    (0..EVENTS).map(decide).collect()
}

fn started() -> (Project, Server, Endpoint) {
    let project = Project::new();
    let server = project.start();
    let endpoint = Endpoint::start(&project, &server.client.url, None);
    (project, server, endpoint)
}

#[test]
fn every_client_reads_what_was_decided() {
    let (project, server, endpoint) = started();
    let decided = decided(&server);
    let reasons: Vec<&Value> = decided.iter().map(|row| &row["reasons"]).collect();
    assert!(reasons.iter().any(|reasons| **reasons == json!(["failed"])), "{reasons:?}");
    let last = decided.last().expect("there are some");
    endpoint.wait_for("payment_risk", number(&last["position"]));

    let (rows, _) = succeeded(psql(&endpoint).arg(
        "SELECT event_id, position, outcome, amount, card_payments_1h, array_to_string(reasons, ';') FROM payment_risk ORDER BY position",
    ));
    let expected: Vec<String> = decided
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().expect("it is text").to_owned();
            let reasons: Vec<&str> =
                row["reasons"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            format!(
                "{}|{}|{}|{}|{}|{}",
                text("event_id"),
                row["position"],
                text("outcome"),
                text("amount"),
                row["card_payments_1h"],
                reasons.join(";")
            )
        })
        .collect();
    assert_eq!(rows.lines().collect::<Vec<_>>(), expected);
    let mut named = psql(&endpoint);
    // Later flags go before earlier ones: with a head.
    named.args([
        "SELECT count(*), 1, max(position), outcome FROM payment_risk GROUP BY outcome",
        "--pset",
        "tuples_only=off",
    ]);
    let (rows, _) = succeeded(&mut named);
    assert_eq!(rows.lines().next(), Some("count|?column?|max|outcome"));
    let (rows, _) = succeeded(psql(&endpoint).arg(
        "SELECT count(*) FROM payments WHERE merchant_id IS DISTINCT FROM 'nobody' AND position IS NULL",
    ));
    assert_eq!(rows.trim(), "0");
    let (listed, _) = succeeded(psql(&endpoint).arg("\\dt payments"));
    assert_eq!(listed.trim(), "public|payments|table|mitra");
    for command in ["\\dt", "\\d payment_risk", "\\d"] {
        let (listed, _) = succeeded(psql(&endpoint).arg(command));
        assert!(
            listed.contains(if command == "\\d payment_risk" { "fired" } else { "payments" }),
            "{listed}"
        );
    }

    let expected = project.path("expected.json");
    fs::write(&expected, Value::from(decided).to_string()).expect("the folder takes files");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let address = [&endpoint.host, &endpoint.port];
    let python = provided("MITRA_PYTHON");
    let (printed, _) =
        succeeded(Command::new(python).arg(tests.join("clients.py")).args(address).arg(&expected));
    assert_eq!(printed.trim(), "psycopg, asyncpg and pandas agree");
    let mut node = Command::new("node");
    node.arg(tests.join("client.js")).args(address).arg(&expected);
    let (printed, _) = succeeded(node.env("NODE_PATH", provided("MITRA_NODE_MODULES")));
    assert_eq!(printed.trim(), "node-postgres agrees");
    endpoint.stop();
    server.stop().succeeded();
}

#[test]
fn a_rule_from_psql_acts_when_psql_says_so() {
    let (_project, server, endpoint) = started();
    let before = server.client.decide("payment_risk", &payment("before", "card", "m", "900.00"));
    assert_eq!(before["outcome"], "approve");
    let (printed, notice) = succeeded(
        psql(&endpoint)
            .arg("CREATE RULE large ON payment_risk WHEN amount > 500 THEN review REASON 'large amount'"),
    );
    assert_eq!(printed.trim(), "CREATE RULE");
    let (_, position) = notice.split_once("in force since position ").expect("it says from where on");
    let position: u64 = position.split(',').next().and_then(|text| text.parse().ok()).expect("a position");
    let after = server.client.decide("payment_risk", &payment("after", "card", "m", "900.00"));
    assert_eq!((&after["outcome"], reasons(&after)), (&json!("review"), vec![&json!("large amount")]));
    assert!(number(&before["position"]) < position && position < number(&after["position"]));
    endpoint.wait_for("payment_risk", number(&after["position"]));
    let (rows, _) = succeeded(
        psql(&endpoint)
            .arg("SELECT event_id FROM payment_risk WHERE 'large' = ANY(fired) AND outcome = 'review'"),
    );
    assert_eq!(rows.trim(), "after");

    // What is wrong is told where it is.
    for wrong in [
        "CREATE RULE bad ON payment_risk WHEN amuont > 5 THEN review",
        "SELECT outcome FROM payment_risk WHERE amuont > 5",
    ] {
        let complaint = refused(psql(&endpoint).arg(wrong));
        assert!(complaint.contains("HINT:  did you mean amount?"), "{complaint}");
        let (_, rest) = complaint.split_once("LINE 1: ").expect("a line");
        let (line, caret) = rest.split_once('\n').expect("a line below it");
        let caret = caret.lines().next().and_then(|caret| caret.find('^')).expect("a caret");
        assert!(line[caret - "LINE 1: ".len()..].starts_with("amuont"), "{complaint}");
    }
    let complaint = refused(psql(&endpoint).arg("SELECT outcome FROM payment_rsk"));
    assert!(complaint.contains("relation \"payment_rsk\" does not exist"), "{complaint}");
    let complaint = refused(psql(&endpoint).arg("INSERT INTO payments VALUES (1)"));
    assert!(complaint.contains("mitra ingest"), "{complaint}");
}

#[test]
fn a_function_of_the_project_is_one_of_queries() {
    let (_project, server, endpoint) = started();
    let last = server.client.decide("payment_risk", &payment("one", "card", "m", "250.00"));
    endpoint.wait_for("payment_risk", number(&last["position"]));
    let fee = "SELECT fee(amount, 1.5) FROM payments";
    let define = |percent: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION fee(amount DECIMAL(18,2), percent DECIMAL(5,2)) RETURNS DECIMAL(18,2) \
             RETURN round(amount * percent / {percent}, 2)"
        )
    };
    let unknown = psql(&endpoint).arg(fee).output().expect("psql starts");
    assert!(!unknown.status.success(), "{unknown:?}");
    succeeded(psql(&endpoint).arg(define("100")));
    let (rows, _) = succeeded(psql(&endpoint).arg(fee));
    assert_eq!(rows.trim(), "3.75");
    // A connection that was there before has each body as soon as it is in force.
    let mut client = endpoint.connect();
    let mut ask = || client.query_one("SELECT fee(amount, 1.5)::TEXT FROM payments", &[]);
    assert_eq!(ask().expect("it is defined").get::<_, String>(0), "3.75");
    succeeded(psql(&endpoint).arg(define("10")));
    assert_eq!(ask().expect("it is defined").get::<_, String>(0), "37.50");
    succeeded(psql(&endpoint).arg("DROP FUNCTION fee"));
    let gone = ask().expect_err("it is gone");
    assert_eq!(gone.code(), Some(&postgres::error::SqlState::UNDEFINED_FUNCTION), "{gone:?}");
}

#[test]
fn a_token_is_everybodys_password() {
    let project = Project::new();
    project.write("server.token", "correct-horse-battery-staple\n");
    let configuration = fs::read_to_string(project.path("mitra.toml")).expect("it is there");
    project.write("mitra.toml", &format!("{configuration}\n[server]\ntoken_file = \"server.token\"\n"));
    let server = project.start();
    let endpoint = Endpoint::start(&project, &server.client.url, None);
    let ask = |password: &str| {
        let mut command = psql(&endpoint);
        command.arg("SELECT count(*) FROM payments").env("PGPASSWORD", password);
        command.output().expect("psql starts")
    };
    let answer = ask("correct-horse-battery-staple");
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "0", "{answer:?}");
    for wrong in ["correct-horse", "", "correct-horse-battery-staple "] {
        let refused = ask(wrong);
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{refused:?}");
    }
}

#[test]
fn a_query_that_is_cancelled_ends_and_the_connection_goes_on() {
    let (_project, server, endpoint) = started();
    decided(&server);
    let mut client = endpoint.connect();
    let token = client.cancel_token();
    let cancelling = std::thread::spawn(move || {
        // Again until the query has begun and is cancelled.
        while !std::thread::panicking() && token.cancel_query(postgres::NoTls).is_ok() {
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
    });
    let endless = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    let error = client.query_one(endless, &[]).expect_err("it is cancelled");
    assert_eq!(error.code(), Some(&postgres::error::SqlState::QUERY_CANCELED), "{error:?}");
    endpoint.stop();
    cancelling.join().expect("it ends with the endpoint");
}
