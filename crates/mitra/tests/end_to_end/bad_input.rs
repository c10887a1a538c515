//! What is wrong is refused by name and harms nothing beside it: events, names, projects, ports, files.

use std::{fs, net::TcpListener};

use serde_json::{Value, json};

use crate::{
    events::payment,
    program::{Project, Server},
};

/// Good and bad events in one order, and what becomes of each.
fn mixed() -> Vec<(String, &'static str)> {
    let first = payment("first", "card1", "m_books", "12.50");
    let good = |id| payment(id, "card1", "m_books", "1.00").to_string();
    let with = |field: &str, value: Value| {
        let mut event = payment("bad", "card1", "m_books", "1.00");
        event[field] = value;
        event.to_string()
    };
    let conflicting = {
        let mut event = first.clone();
        event["amount"] = json!("13.00");
        event.to_string()
    };
    let deep = format!("{{\"note\": {}{}}}", "[".repeat(200), "]".repeat(200));
    vec![
        (first.to_string(), "accepted"),
        (with("event_id", json!(5)), "wrong_type"),
        (first.to_string(), "duplicate"),
        (with("amount", json!("1.255")), "scale_exceeded"),
        (good("second"), "accepted"),
        (conflicting, "conflict"),
        (deep, "too_deep"),
        (with("status", json!("x".repeat(70_000))), "event_too_large"),
        (good("third"), "accepted"),
        (with("event_id", Value::Null), "missing_field"),
        (with("amount", json!("1e40")), "out_of_range"),
        (r#"{"event_id": tru}"#.to_owned(), "malformed_json"),
        (good("fourth"), "accepted"),
    ]
}

/// Sends the events in one body, and compares the status of each.
fn send_mixed(server: &Server, body: &str, expected: &[(String, &str)]) {
    let answer = server.client.post("/v1/streams/payments", body).expect("the server answers").ok();
    let items = answer["items"].as_array().expect("there are items");
    let became: Vec<&str> = items
        .iter()
        .map(|item| if item["status"] == "rejected" { &item["code"] } else { &item["status"] })
        .map(|status| status.as_str().expect("a status is text"))
        .collect();
    let expected: Vec<&str> = expected.iter().map(|(_, status)| *status).collect();
    assert_eq!(became, expected, "{answer}");
    assert_eq!(items[2]["position"], items[0]["position"], "a duplicate has the first one's position");
    assert_eq!(items[5]["position"], items[0]["position"], "a conflict names the first one's position");
    assert_eq!(answer["accepted"], 4);
    for id in ["first", "second", "third", "fourth"] {
        server.client.recorded("payment_risk", id);
    }
}

#[test]
fn each_event_of_an_array_has_its_own_status() {
    let (project, events) = (Project::new(), mixed());
    let texts: Vec<&str> = events.iter().map(|(text, _)| text.as_str()).collect();
    send_mixed(&project.start(), &format!("[{}]", texts.join(",\n")), &events);
}

#[test]
fn each_line_has_its_own_status() {
    let (project, events) = (Project::new(), mixed());
    let texts: Vec<&str> = events.iter().map(|(text, _)| text.as_str()).collect();
    send_mixed(&project.start(), &texts.join("\n"), &events);
}

#[test]
fn a_single_bad_event_and_an_oversized_body_have_their_http_status() {
    let project = Project::new();
    let server = project.start();
    let events = mixed();
    let status = |path: &str, body: &str| {
        let reply = server.client.post(path, body).expect("the server answers");
        (reply.status, reply.body["code"].as_str().unwrap_or_default().to_owned())
    };
    for path in ["/v1/streams/payments", "/v1/decide/payment_risk"] {
        for (event, expected) in &events {
            let (code, expected_status) = match *expected {
                "accepted" | "duplicate" => ("", 200),
                "conflict" => ("conflict", 409),
                "event_too_large" => ("event_too_large", 413),
                code => (code, 400),
            };
            assert_eq!(status(path, event), (expected_status, code.to_owned()), "{path}: {event:.100}");
        }
    }
    let oversized = format!("[{}]", " ".repeat(17 << 20));
    let answer = server.client.post("/v1/streams/payments", &oversized);
    // The server may close the connection before it has read the whole of what it refuses.
    assert!(
        answer.is_err()
            || answer.is_ok_and(|reply| reply.status == 413 && reply.body["code"] == "body_too_large")
    );
    assert_eq!(server.client.get("/readyz").expect("the server answers").status, 200);
}

#[test]
fn a_repeated_event_has_the_recorded_answer() {
    let project = Project::new();
    let server = project.start();
    let event = payment("e1", "card1", "m_books", "12.50");
    let first = server.client.decide("payment_risk", &event);
    assert_eq!(first["repeated"], false);
    server.client.statement("CREATE RULE all ON payment_risk WHEN amount > 0 THEN decline REASON 'all'");
    server.stop().succeeded();
    let server = project.start();
    let again = server.client.decide("payment_risk", &event);
    assert_eq!(again["repeated"], true);
    for field in ["position", "epoch", "arrived", "outcome", "reasons", "features", "event"] {
        assert_eq!(again[field], first[field], "{field}");
    }
    let new = server.client.decide("payment_risk", &payment("e2", "card1", "m_books", "12.50"));
    assert_eq!((&new["outcome"], &new["features"]["card_payments_1h"]), (&json!("decline"), &json!(2)));
}

#[test]
fn unknown_names_suggest_the_closest() {
    let project = Project::new();
    let server = project.start();
    let event = payment("e1", "card1", "m_books", "1.00").to_string();
    for (path, code, closest) in [
        ("/v1/streams/paymnts", "unknown_stream", "payments"),
        ("/v1/decide/paymnt_risk", "unknown_decision", "payment_risk"),
    ] {
        let reply = server.client.post(path, &event).expect("the server answers");
        assert_eq!((reply.status, &reply.body["code"]), (404, &json!(code)));
        assert_eq!(reply.body["remedy"], format!("did you mean `{closest}`?"));
    }
    let statement = "CREATE RULE r ON payment_risk WHEN amunt > 1 THEN review";
    let reply = server.client.post("/v1/statements", statement).expect("the server answers");
    assert_eq!((reply.status, &reply.body["code"]), (400, &json!("statement_refused")));
    let error = &reply.body["errors"][0];
    assert_eq!(
        (&error["line"], &error["column"], &error["help"]),
        (&json!(1), &json!(36), &json!("did you mean amount?"))
    );
}

#[test]
fn a_bad_project_does_not_start_and_names_the_place() {
    let project = Project::new();
    project.write("4_more.sql", "\nCREATE RULE r ON payment_risk\n    WHEN amunt > 1 THEN review;\n");
    for arguments in [["run", "."].as_slice(), &["check", "."]] {
        let refused = project.run(arguments).failed();
        assert!(refused.contains("no column amunt\n  --> 4_more.sql:3:10\n"), "{refused}");
    }
    let nothing = project.run(&["run", "elsewhere"]).failed();
    assert!(nothing.contains("elsewhere is not a Mitra project"), "{nothing}");
}

#[test]
fn a_port_a_directory_and_an_open_address_are_refused_with_the_remedy() {
    let project = Project::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("the system gives a port");
    let address = taken.local_addr().expect("a listener has an address");
    let refused = project.run(&["run", ".", "--listen", &address.to_string()]).failed();
    assert!(refused.contains(&format!("port {} of 127.0.0.1 is in use", address.port())), "{refused}");
    assert!(refused.contains("set another port as `listen`"), "{refused}");

    let refused = project.run(&["run", ".", "--listen", "0.0.0.0:0"]).failed();
    assert!(refused.contains("no token is set: set MITRA_TOKEN"), "{refused}");

    let server = project.start();
    let refused = project.run(&["run", ".", "--listen", "127.0.0.1:0"]).failed();
    assert!(refused.contains("mitra-data/lock: locked by process"), "{refused}");
    assert!(refused.contains("use another directory"), "{refused}");
    server.client.decide("payment_risk", &payment("e1", "card1", "m_books", "1.00"));
}

#[test]
fn a_corrupt_byte_in_the_durable_log_stops_the_start_and_is_named() {
    let project = Project::new();
    let server = project.start();
    for number in 0..20 {
        server.client.decide("payment_risk", &payment(&format!("e{number}"), "card1", "m_books", "1.00"));
    }
    server.kill();
    let files = project.data_files();
    let segment = files.iter().find(|path| path.extension().is_some_and(|extension| extension == "seg"));
    let segment = segment.expect("the log has a segment");
    let mut bytes = fs::read(segment).expect("the segment is readable");
    let key = bytes.windows(3).position(|window| window == b"e11").expect("the event is in the log in clear");
    bytes[key] ^= 1;
    fs::write(segment, bytes).expect("the segment is writable");

    let name = segment.file_name().expect("a segment has a name").to_string_lossy();
    for arguments in [["run", ".", "--listen", "127.0.0.1:0"].as_slice(), &["verify", "."]] {
        let refused = project.run(arguments).failed();
        assert!(refused.contains(&format!("log/{name}: corrupt at byte")), "{refused}");
        assert!(refused.contains("restore the file"), "{refused}");
    }
}
