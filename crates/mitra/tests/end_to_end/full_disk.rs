//! A disk that is full stops acknowledging by name, and the same process goes on when there is space again.
//!
//! A limit on the size of the server's files stands for the disk: it can be set and lifted from outside by anybody.

use std::fs;

use rustix::process::{Resource, Rlimit, prlimit};

use crate::{
    events::payment,
    program::{Project, Server, number},
};

/// Bytes that the newest segment may still grow by: less than a frame.
const ROOM_BYTES: u64 = 100;

/// Limits the server's files to so many bytes; none lifts the limit.
fn limit(server: &Server, bytes: Option<u64>) {
    let limit = Rlimit { current: bytes, maximum: None };
    prlimit(Some(server.process()), Resource::Fsize, limit).expect("the process is a child's");
}

#[test]
fn a_data_directory_at_its_bound_takes_nothing_until_there_is_room() {
    let project = Project::new();
    let configuration = fs::read_to_string(project.path("mitra.toml")).expect("it is there");
    project.write("mitra.toml", &configuration.replace("[data]\n", "[data]\ndisk_mib_max = 3\n"));
    let server = project.start();
    server.client.decide("payment_risk", &payment("e0", "card1", "m_books", "1.00"));
    fs::write(project.path("mitra-data/large"), vec![0; 4 << 20]).expect("the data directory takes files");
    server.client.wait_ready(false);
    let refused = payment("refused", "card1", "m_books", "1.00");
    let reply =
        server.client.post("/v1/decide/payment_risk", &refused.to_string()).expect("the server answers");
    assert_eq!((reply.status, &reply.body["code"]), (503, &"disk_full".into()), "{}", reply.body);
    let remedy = reply.body["remedy"].as_str().expect("there is one");
    assert!(remedy.contains("disk_mib_max"), "{}", reply.body);
    let status = server.client.get("/v1/status").expect("the server answers").ok();
    assert_eq!(status["state"], "full", "{status}");
    assert!(status["reason"].as_str().is_some_and(|reason| reason.contains("3 are allowed")), "{status}");
    server.client.recorded("payment_risk", "e0");
    fs::remove_file(project.path("mitra-data/large")).expect("it is ours");
    server.client.wait_ready(true);
    assert_eq!(server.client.decide("payment_risk", &refused)["repeated"], false);
    server.stop().succeeded();
}

#[test]
fn nothing_is_acknowledged_on_a_full_disk_and_it_goes_on_when_space_returns() {
    let project = Project::new();
    let server = project.start();
    for number in 0..5 {
        server.client.decide("payment_risk", &payment(&format!("e{number}"), "card1", "m_books", "1.00"));
    }
    let files = project.data_files();
    let segment = files.iter().find(|path| path.extension().is_some_and(|extension| extension == "seg"));
    let bytes = fs::metadata(segment.expect("the log has a segment")).expect("it can be looked at").len();
    limit(&server, Some(bytes + ROOM_BYTES));

    let refused = payment("refused", "card1", "m_books", "1.00");
    for path in ["/v1/decide/payment_risk", "/v1/streams/payments"] {
        let reply = server.client.post(path, &refused.to_string()).expect("the server answers");
        assert_eq!((reply.status, &reply.body["code"]), (503, &"disk_full".into()), "{}", reply.body);
    }
    let statement = "CREATE RULE large ON payment_risk WHEN amount > 10 THEN decline";
    let reply = server.client.post("/v1/statements", statement).expect("the server answers");
    assert_eq!((reply.status, &reply.body["code"]), (503, &"disk_full".into()), "{}", reply.body);
    let status = server.client.get("/v1/status").expect("the server answers").ok();
    assert_eq!(status["state"], "full", "{status}");
    let ready = server.client.get("/readyz").expect("the server answers");
    assert_eq!(ready.status, 503);
    // What is there can still be read.
    server.client.recorded("payment_risk", "e4");

    limit(&server, None);
    server.client.wait_ready(true);
    let record = server.client.decide("payment_risk", &refused);
    assert_eq!((&record["repeated"], &record["outcome"]), (&false.into(), &"approve".into()), "{record}");
    assert_eq!(
        number(&record["features"]["card_payments_1h"]),
        6,
        "a refused event counts nowhere: {record}"
    );
    server.client.statement(statement);
    let record = server.client.decide("payment_risk", &payment("after", "card1", "m_books", "11.00"));
    assert_eq!(record["outcome"], "decline");
    server.stop().succeeded();
    let verified = project.run(&["verify", "."]).succeeded();
    assert!(verified.starts_with("7 events and 7 decisions computed again"), "{verified}");
}
