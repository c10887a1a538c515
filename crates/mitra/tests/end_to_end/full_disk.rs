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
