//! What operators and their scripts read: JSON of commands, the log as objects, metrics, completions and `mitra top`.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::{
    events::payment,
    program::{Client, Project, Server, number},
};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn decide(client: &Client, id: &str) {
    client.decide("payment_risk", &payment(id, "card1", "m_books", "10.00"));
}

#[test]
fn commands_print_json_for_scripts() {
    let project = Project::new();
    project.write("4_sinks.sql", "CREATE SINK every ON payment_risk TO file('out/every.ndjson');\n");
    let costs = json(&project.run(&["check", "--json"]).succeeded());
    assert_eq!((&costs["ok"], &costs["rate"]), (&true.into(), &1_000.into()));
    assert!(number(&costs["total_bytes"]) > 0, "{costs}");
    assert_eq!(costs["timelines"][0]["features"].as_array().map(Vec::len), Some(2), "{costs}");
    assert_eq!(costs["sinks"][0]["target"], "out/every.ndjson");
    let plan = json(&project.run(&["plan", "--json"]).succeeded());
    assert_eq!(plan["ok"], true);
    assert!(plan["changes"].as_array().is_some_and(|changes| changes.len() == 6), "{plan}");
    let server = project.start();
    decide(&server.client, "e1");
    server.stop().succeeded();
    let plan = json(&project.run(&["plan", "--json"]).succeeded());
    assert_eq!(plan["changes"], Value::Array(Vec::new()));
    let verified = json(&project.run(&["verify", "--json"]).succeeded());
    assert_eq!(
        (&verified["ok"], &verified["events"], &verified["decisions"]),
        (&true.into(), &1.into(), &1.into())
    );
    assert_eq!(json(&project.run(&["explain", "payment_risk", "e1", "--json"]).succeeded())["id"], "e1");
}

#[test]
fn errors_are_json_as_well() {
    let project = Project::new();
    project.write(
        "3_decision.sql",
        "CREATE DECISION payment_risk ON payment_feature OUTCOMES (approve, review);\n",
    );
    for command in ["check", "plan"] {
        let finished = project.run(&[command, "--json"]);
        assert!(!finished.success, "{}", finished.stdout);
        let errors = json(&finished.stdout);
        assert_eq!(errors["ok"], false);
        let error = &errors["errors"][0];
        assert_eq!((&error["file"], &error["line"]), (&"3_decision.sql".into(), &1.into()), "{errors}");
        assert!(error["help"].as_str().is_some_and(|help| help.contains("payment_features")), "{errors}");
    }
    let bounded = project.run(&["check", "--json", "--project", "nowhere"]);
    assert!(
        json(&bounded.stdout)["errors"][0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("mitra init"))
    );
}

#[test]
fn the_log_is_objects_where_somebody_wants_them() {
    let project = Project::new();
    fs::create_dir(project.path("taken.ndjson")).expect("the project's folder takes folders");
    project.write("4_sinks.sql", "CREATE SINK bad ON payment_risk TO file('taken.ndjson');\n");
    let mut child = project.command(&["run", ".", "--listen", "127.0.0.1:0", "--log", "json"]);
    child.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = child.spawn().expect("the program starts");
    let (mut has_failed, mut has_greeted) = (false, false);
    let lines = Server::log_until(child, |object| {
        has_failed |= object["event"] == "sink_failed";
        has_greeted |= object["message"].as_str().is_some_and(|text| text.contains(" is deciding at "));
        has_failed && has_greeted
    });
    let failed = lines.iter().find(|object| object["event"] == "sink_failed").expect("it was seen");
    assert_eq!((&failed["level"], &failed["sink"]), (&"warning".into(), &"bad".into()));
    assert!(failed["message"].as_str().is_some_and(|text| text.contains("taken.ndjson")), "{failed}");
    for object in &lines {
        assert!(object["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{object}");
        assert!(object["event"].is_string() && object["message"].is_string(), "{object}");
    }
}

#[test]
fn every_metric_that_is_shown_is_in_the_reference() {
    let project = Project::new();
    project.write("4_sinks.sql", "CREATE SINK every ON payment_risk TO file('out/every.ndjson');\n");
    let server = project.start();
    decide(&server.client, "e1");
    let text = server.client.text("/metrics");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let reference = fs::read_to_string(path).expect("there is a reference");
    let shown: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(shown.len() > 20, "{text}");
    for name in shown {
        let family = name.strip_suffix("_quantile").unwrap_or(name);
        assert!(reference.contains(&format!("| `{family}` |")), "{family} is not in docs/metrics.md");
    }
    server.stop().succeeded();
}

#[test]
fn the_state_is_counted_beside_the_events() {
    let project = Project::new();
    let server = project.start();
    let rows = "mitra_state_rows{timeline=\"payments(card_id)\"}";
    assert!(server.client.text("/metrics").contains(&format!("{rows} 0\n")), "nothing is there yet");
    for (id, card) in [("e1", "card1"), ("e2", "card1"), ("e3", "card2")] {
        server.client.decide("payment_risk", &payment(id, card, "m_books", "10.00"));
    }
    server.stop().succeeded();
    // A start counts what it finds before it serves.
    let server = project.start();
    let text = server.client.text("/metrics");
    assert!(text.contains(&format!("{rows} 3\n")), "{text}");
    assert!(text.contains("mitra_state_keys{timeline=\"payments(card_id)\"} 2\n"), "{text}");
    let of_rows = "mitra_state_bytes{timeline=\"payments(card_id)\",part=\"rows\"} ";
    assert!(text.lines().any(|line| line.starts_with(of_rows) && !line.ends_with(" 0")), "{text}");
    server.stop().succeeded();
}

#[test]
fn a_fast_clock_stamps_arrivals() {
    let project = Project::new();
    let configuration = fs::read_to_string(project.path("mitra.toml")).expect("it is there");
    let with = |clock: &str| project.write("mitra.toml", &format!("{configuration}\n[clock]\n{clock}\n"));
    with("from = \"2026-01-01T00:00:00Z\"\nspeed = 3");
    let server = project.start();
    let (from, now) = (1_767_225_600_000_000, crate::events::micros_now());
    let expected = from + 3 * (now - from);
    let mut event = payment("e1", "card1", "m_books", "10.00");
    let record = server.client.decide("payment_risk", &event);
    let arrived = types::time::parse_timestamp(record["arrived"].as_str().expect("a time is text"));
    let arrived = arrived.expect("it is a time");
    assert!(arrived >= expected && arrived <= from + 3 * (crate::events::micros_now() - from), "{record}");
    assert_eq!(record["late"], true, "by this clock it happened long ago");
    event["event_id"] = "e2".into();
    event["occurred_at"] = record["arrived"].clone();
    assert_eq!(server.client.decide("payment_risk", &event)["late"], false);
    server.stop().succeeded();
    for (clock, part) in [
        ("from = \"soon\"\nspeed = 3", "write a time"),
        ("from = \"2026-01-01\"\nspeed = 0", "write a number from 1"),
    ] {
        with(clock);
        let error = project.run(&["run", "."]).failed();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn top_shows_a_running_system_once_and_as_json() {
    let project = Project::new();
    project.write("4_sinks.sql", "CREATE SINK every ON payment_risk TO file('out/every.ndjson');\n");
    let server = project.start();
    decide(&server.client, "e1");
    const ATTEMPTS: u32 = 20_000;
    let opened =
        (0..ATTEMPTS).any(|_| server.client.text("/metrics").contains("mitra_sink_up{sink=\"every\"} 1"));
    assert!(opened, "the sink is open");
    let url = server.client.url.clone();
    let text = project.run(&["top", "--url", &url]).succeeded();
    for part in ["end to end · ready", "payments", "payment_risk", "approve", "rule velocity", "every"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert_eq!(json(&project.run(&["top", "--url", &url, "--json"]).succeeded())["project"], "end to end");
    server.stop().succeeded();
    let error = project.run(&["top", "--url", &url]).failed();
    assert!(error.contains("cannot reach") && error.contains("mitra up"), "{error}");
}

#[test]
fn shells_get_their_completions() {
    let project = Project::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = project.run(&["completions", shell]).succeeded();
        assert!(script.contains("mitra") && script.contains("explain"), "{shell}: {script}");
    }
}

#[test]
fn every_complaint_is_in_the_documentation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("../../docs/operations.md")).expect("there is a page");
    let mut folders = vec![root.join("src")];
    let mut events = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("sources are readable") {
            let path = entry.expect("sources are readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("sources are text");
            let calls = text.split("complain!(").skip(1).map(str::trim_start);
            events
                .extend(calls.filter_map(|call| Some(call.strip_prefix('"')?.split_once('"')?.0.to_owned())));
        }
    }
    assert!(events.len() > 10, "{events:?}");
    for event in events {
        assert!(document.contains(&format!("`{event}`")), "{event} is not in docs/operations.md");
    }
}
