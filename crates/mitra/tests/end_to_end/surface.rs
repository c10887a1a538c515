//! What the program promises at its edges: keys, tokens, paths, bodies, and questions about what was recorded.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Stdio};

use serde_json::{Value, json};

use crate::{
    events::payment,
    program::{Client, Project, Server, number},
};

const CARD: &str = "4111222233334444";
/// Requests for something that comes soon before it counts as one that does not come.
const ATTEMPTS: u32 = 10_000;
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A server's process started with a setting of the environment, and its end.
fn start_with(project: &Project, variable: (&str, &str)) -> Server {
    let mut command = project.command(&["run", "--project", ".", "--listen", "127.0.0.1:0"]);
    command.env(variable.0, variable.1).stdout(Stdio::piped()).stderr(Stdio::piped());
    Server::of(command.spawn().expect("the program starts"))
}

fn status(client: &Client, path: &str, token: Option<&str>) -> u16 {
    let mut request = ureq::Agent::new_with_defaults().get(format!("{}{path}", client.url));
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    match request.call() {
        Ok(reply) => reply.status().as_u16(),
        Err(ureq::Error::StatusCode(status)) => status,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn only_the_key_that_made_the_tokens_opens_the_data() {
    let project = Project::new();
    let server = project.start();
    let event = payment("e1", CARD, "m1", "12.50");
    let recorded = server.client.decide("payment_risk", &event);
    server.stop().succeeded();
    let key = fs::read_to_string(project.path("pii.key")).expect("the first start made it");
    assert!(fs::metadata(project.path("pii.key")).expect("it is there").permissions().mode() & 0o077 == 0);

    fs::rename(project.path("pii.key"), project.path("pii.backup")).expect("the folder takes names");
    let refused = project.run(&["run", ".", "--listen", "127.0.0.1:0"]).failed();
    assert!(refused.contains("pii.key is missing, and ./mitra-data holds tokens"), "{refused}");
    assert!(refused.contains("restore ./pii.key from a backup"), "{refused}");
    assert!(!project.path("pii.key").exists(), "no key is made");

    project.write("pii.key", &"another key ".repeat(4));
    for command in [&["run", ".", "--listen", "127.0.0.1:0"][..], &["explain", "payment_risk", "e2"]] {
        let refused = project.run(command).failed();
        assert!(refused.contains("pii.key holds another key than the one that made the tokens"), "{refused}");
    }

    project.write("pii.key", &format!("{key} \r\n"));
    fs::set_permissions(project.path("pii.key"), fs::Permissions::from_mode(0o644)).expect("it is ours");
    let server = project.start();
    let again = server.client.decide("payment_risk", &event);
    assert_eq!((&again["repeated"], &again["event"]), (&true.into(), &recorded["event"]), "{again}");
    let stopped = server.stop();
    assert!(stopped.stderr.contains("pii.key holds a secret and has mode 644"), "{}", stopped.stderr);
    stopped.succeeded();
}

#[test]
fn a_project_without_tokens_may_lose_its_key() {
    let project = Project::new();
    project.write("1_streams.sql", &crate::program::STREAM.replace("card_id: token", "card_id: keep"));
    let server = project.start();
    server.client.decide("payment_risk", &payment("e1", CARD, "m1", "12.50"));
    server.stop().succeeded();
    fs::remove_file(project.path("pii.key")).expect("the first start made it");
    project.start().stop().succeeded();
}

#[test]
fn the_token_comes_from_the_environment_or_a_file() {
    let project = Project::new();
    let server = start_with(&project, ("MITRA_TOKEN", TOKEN));
    let other = TOKEN.replace('0', "1");
    assert_eq!(status(&server.client, "/v1/status", Some(TOKEN)), 200);
    assert_eq!(status(&server.client, "/v1/status", Some(&other)), 401);
    assert_eq!(status(&server.client, "/healthz", None), 200);
    server.stop().succeeded();

    let configuration = |server: &str| {
        project.write(
            "mitra.toml",
            &format!("[server]\n{server}[data]\ndirectory = \"mitra-data\"\n[query]\nstart = false\n"),
        );
    };
    project.write("server.token", &format!("{TOKEN}\n"));
    configuration("token_file = \"server.token\"\n");
    let server = project.start();
    assert_eq!(status(&server.client, "/v1/status", None), 401);
    assert_eq!(status(&server.client, "/v1/status", Some(TOKEN)), 200);
    drop(server);
    let server = start_with(&project, ("MITRA_TOKEN", &other));
    assert_eq!(status(&server.client, "/v1/status", Some(&other)), 200, "the environment goes first");
    drop(server);

    configuration("token_file = \"gone.token\"\n");
    let refused = project.run(&["run", ".", "--listen", "127.0.0.1:0"]).failed();
    assert!(refused.contains("cannot read the `token_file` ./gone.token"), "{refused}");
    configuration(&format!("token_file = \"server.token\"\ntoken = \"{TOKEN}\"\n"));
    let refused = project.run(&["run", ".", "--listen", "127.0.0.1:0"]).failed();
    assert!(refused.contains("sets both `token` and `token_file`"), "{refused}");
    configuration("");
    let mut command = project.command(&["run", ".", "--listen", "127.0.0.1:0"]);
    let finished = command.env("MITRA_TOKEN", "").output().expect("the program starts");
    let refused = String::from_utf8(finished.stderr).expect("the program prints UTF-8");
    assert!(!finished.status.success() && refused.contains("shorter than 16 characters"), "{refused}");
}

#[test]
fn no_sink_writes_into_the_data_directory() {
    let project = Project::new();
    let sink = |path: &str| format!("CREATE SINK s ON payment_risk TO file('{path}')");
    project.write("4_sinks.sql", &sink("mitra-data/log/x.ndjson"));
    for command in [&["check"][..], &["plan", "."], &["run", ".", "--listen", "127.0.0.1:0"]] {
        let refused = project.run(command).failed();
        assert!(refused.contains("nothing may be written to 'mitra-data/log/x.ndjson'"), "{refused}");
        assert!(refused.contains("--> 4_sinks.sql:1:"), "{refused}");
    }
    project.write("4_sinks.sql", "");
    let server = project.start();
    for path in [
        "mitra-data/x.ndjson",
        "./mitra-data/./x.ndjson",
        "/tmp/x.ndjson",
        "../x.ndjson",
        "mitra-data/archive/x.parquet",
    ] {
        let reply = server.client.post("/v1/statements", &sink(path)).expect("the server answers");
        assert_eq!(
            (reply.status, &reply.body["errors"][0]["line"]),
            (400, &1.into()),
            "{path}: {}",
            reply.body
        );
    }
    server.client.statement(&sink("./out//x.ndjson"));
    server.client.decide("payment_risk", &payment("e1", CARD, "m1", "12.50"));
    server.stop().succeeded();
    let rows = fs::read_to_string(project.path("out/x.ndjson")).expect("the sink wrote it");
    assert_eq!(rows.lines().count(), 1, "{rows}");
}

#[test]
fn a_sensitive_key_is_found_by_its_token_and_by_its_clear_value() {
    let project = Project::new();
    project.write(
        "1_streams.sql",
        &crate::program::STREAM.replace("'card_id: token'", "'card_id: token, event_id: token'"),
    );
    let server = project.start();
    let made = server.client.decide("payment_risk", &payment("clear-1", CARD, "m1", "12.50"));
    let token = made["id"].as_str().expect("an id is text");
    assert!(token.starts_with("tok_"), "{made}");
    assert_eq!(made["repeated"], false);
    for id in ["clear-1", token] {
        let read = server.client.recorded("payment_risk", id);
        assert_eq!((&read["position"], &read["repeated"]), (&made["position"], &true.into()), "{read}");
    }
    // A clear value may look like a token.
    server.client.decide("payment_risk", &payment("tok_clear", CARD, "m1", "12.50"));
    server.client.recorded("payment_risk", "tok_clear");
    let code = |path: &str| server.client.get(path).expect("the server answers").body["code"].clone();
    assert_eq!(code("/v1/decisions/payment_risk/tok_nothing"), "unknown_event");
    server.client.statement("CREATE DECISION later ON payment_features OUTCOMES (calm, busy);");
    assert_eq!(code("/v1/decisions/later/clear-1"), "not_decided");
    assert_eq!(code("/v1/decisions/later/nobody"), "unknown_event");
}

#[test]
fn a_body_of_too_many_events_and_a_time_without_a_zone_are_refused() {
    let project = Project::new();
    let server = project.start();
    let many = format!("[{}1]", "1,".repeat(3_000_000));
    for path in ["/v1/streams/payments", "/v1/decide/payment_risk"] {
        let reply = server.client.post(path, &many).expect("the server answers");
        assert_eq!((reply.status, &reply.body["code"]), (413, &"too_many_events".into()));
        assert!(reply.body.to_string().len() < 1_000, "{}", reply.body);
    }
    let mut event: Value = payment("e1", CARD, "m1", "12.50");
    event["occurred_at"] = json!("2026-11-27T10:00:00");
    let reply =
        server.client.post("/v1/decide/payment_risk", &event.to_string()).expect("the server answers");
    assert_eq!((reply.status, &reply.body["code"]), (400, &"zone_missing".into()), "{}", reply.body);
    assert_eq!(reply.body["field"], "occurred_at");
}

#[test]
fn the_printed_addresses_can_be_called() {
    let project = Project::new();
    let mut command = project.command(&["run", ".", "--listen", "0.0.0.0:0"]);
    command.env("MITRA_TOKEN", TOKEN).stdout(Stdio::piped()).stderr(Stdio::piped());
    let server = Server::of(command.spawn().expect("the program starts"));
    assert!(server.client.url.starts_with("http://127.0.0.1:"), "{}", server.greeting);
    drop(server);
    assert!(project.run(&["run", "--rate", "5"]).failed().contains("unexpected argument '--rate'"));
    let verified = project.run(&["verify", "--project", "."]).succeeded();
    let digest =
        verified.split("digest ").nth(1).and_then(|rest| rest.lines().next()).expect("it prints one");
    assert!(digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{verified}");
}

/// The value of a series in `/metrics`.
#[track_caller]
fn metric(client: &Client, series: &str) -> f64 {
    let text = ureq::get(format!("{}/metrics", client.url)).call().expect("the server answers");
    let text = text.into_body().read_to_string().expect("metrics are text");
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is missing in\n{text}")).parse().expect("a metric is a number")
}

#[test]
fn status_and_metrics_tell_what_is_there() {
    let project = Project::new();
    let server = project.start();
    let client = &server.client;
    let events: Vec<String> =
        (0..700).map(|number| payment(&format!("e{number}"), CARD, "m1", "12.50").to_string()).collect();
    for event in &events {
        client.post("/v1/streams/payments", event).expect("the server answers").ok();
    }
    let mut late = payment("late", CARD, "m1", "12.50");
    late["occurred_at"] = json!("2020-01-01T00:00:00Z");
    client.decide("payment_risk", &late);
    // Nobody sends anything more, and still the last of them come to be counted.
    let counted = (0..ATTEMPTS).any(|_| metric(client, "mitra_events_total") == 701.0);
    assert!(counted, "{}", metric(client, "mitra_events_total"));
    for (series, value) in [
        ("mitra_ready", 1.0),
        ("mitra_log_segments", 1.0),
        ("mitra_late_total{stream=\"payments\"}", 1.0),
        ("mitra_future_total{stream=\"payments\"}", 0.0),
        ("mitra_events_accepted_total{stream=\"payments\"}", 701.0),
    ] {
        assert_eq!(metric(client, series), value, "{series}");
    }
    let outcomes = ["approve", "review", "decline"].map(|outcome| {
        metric(client, &format!("mitra_outcomes_total{{decision=\"payment_risk\",outcome=\"{outcome}\"}}"))
    });
    assert_eq!(outcomes.iter().sum::<f64>(), 701.0);
    let bytes = fs::read_dir(project.path("mitra-data/log")).expect("it is there").map(|file| {
        let file = file.expect("the directory is readable");
        if file.file_name().to_string_lossy().ends_with(".seg") {
            file.metadata().expect("it is there").len()
        } else {
            0
        }
    });
    let bytes: u64 = bytes.sum();
    let shown = metric(client, "mitra_log_bytes");
    assert!(shown > 0.9 * bytes as f64 && shown <= bytes as f64, "{shown} of {bytes}");
    assert!(metric(client, "mitra_sync_seconds_count") >= 1.0);
    assert!(metric(client, "process_resident_memory_bytes") > 1e6);
    assert!(metric(client, "mitra_checkpoint_age_seconds") < 600.0);
    assert!(metric(client, "mitra_checkpoint_position") > 0.0, "it takes one after 500 events");
    let status = client.get("/v1/status").expect("the server answers").ok();
    assert_eq!((&status["state"], &status["log"]["segments"]), (&"ready".into(), &1.into()), "{status}");
    assert_eq!(status["log"]["bytes"].as_f64(), Some(shown), "{status}");
    assert_eq!((&status["events"], &status["streams"][0]["late"]), (&701.into(), &1.into()), "{status}");
    server.stop().succeeded();
}

#[test]
fn a_log_that_is_gone_and_one_whose_header_is_damaged_are_named() {
    let project = Project::new();
    let server = project.start();
    server.client.decide("payment_risk", &payment("e1", CARD, "m1", "12.50"));
    server.stop().succeeded();
    let log = project.path("mitra-data/log");
    let segment = fs::read_dir(&log).expect("it is there").map(|file| file.expect("it is readable").path());
    let segment =
        segment.into_iter().find(|path| path.extension().is_some_and(|end| end == "seg")).expect("one");
    let good = fs::read(&segment).expect("it is readable");
    let mut bad = good.clone();
    bad[0] ^= 1;
    fs::write(&segment, &bad).expect("it is ours");
    for command in
        [&["verify"][..], &["explain", "payment_risk", "e1"], &["run", ".", "--listen", "127.0.0.1:0"]]
    {
        let refused = project.run(command).failed();
        assert!(refused.contains("corrupt at byte 0") && refused.contains(".seg"), "{command:?}: {refused}");
    }
    fs::write(&segment, &good).expect("it is ours");
    fs::rename(&log, project.path("log.backup")).expect("the folder takes names");
    let refused = project.run(&["run", ".", "--listen", "127.0.0.1:0"]).failed();
    assert!(refused.contains("mitra-data/log: the log is missing"), "{refused}");
    assert!(refused.contains("restore the log's directory from a backup"), "{refused}");
    assert!(!log.exists(), "nothing is made");
    fs::rename(project.path("log.backup"), &log).expect("the folder takes names");
    project.start().stop().succeeded();
}

#[test]
fn a_start_answers_while_it_replays_the_log() {
    const EVENTS: u64 = 20_000;
    let project = Project::new();
    let configuration = fs::read_to_string(project.path("mitra.toml")).expect("the project has it");
    // Without checkpoints all of the log is replayed.
    project.write("mitra.toml", &configuration.replace("= 500", "= 1000000"));
    let server = project.start();
    for batch in 0..EVENTS / 2_000 {
        let ids = batch * 2_000..(batch + 1) * 2_000;
        let lines =
            ids.map(|id| payment(&format!("e{id}"), &format!("card{}", id % 50), "m1", "1.00").to_string());
        let lines: Vec<String> = lines.collect();
        server.client.post("/v1/streams/payments", &lines.join("\n")).expect("the server answers").ok();
    }
    server.kill();
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = free.local_addr().expect("it is bound").to_string();
    drop(free);
    let mut command = project.command(&["run", ".", "--listen", &address]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let starting = command.spawn().expect("the program starts");
    let client = Client::new(format!("http://{address}"));
    // The port is open before the log is read, so the first answer comes while it is.
    let first = (0..1_000_000).find_map(|_| client.get("/readyz").ok()).expect("the server answers");
    assert_eq!((first.status, &first.body["code"]), (503, &"not_ready".into()), "{first:?}");
    let message = first.body["message"].as_str().expect("there is a message");
    assert!(message.starts_with("recovering"), "{message}");
    let server = Server::of(starting);
    assert_eq!(number(&server.client.get("/v1/status").expect("the server answers").ok()["events"]), EVENTS);
    server.stop().succeeded();
}
