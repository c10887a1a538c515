//! Each bound: what is over it is refused by name, and what is under it goes on.

use std::time::Duration;

use serve::Options;

use crate::{
    client::head,
    running::{Running, options},
};

const SHORT: Duration = Duration::from_millis(300);

/// A JSON object of `len` bytes.
fn object(id: &str, len: usize) -> String {
    let mut text = format!("{{\"id\":\"{id}\"");
    text.push_str(&" ".repeat(len - text.len() - 1));
    text + "}"
}

#[test]
fn a_body_over_the_limit_is_refused_and_the_connection_goes_on() {
    let server = Running::start(Options { body_bytes_max: 1_000, ..options() });
    let mut client = server.connect();
    assert_eq!(client.post("/v1/streams/payments", object("a", 1_000)).status, 200);
    let large = client.post("/v1/streams/payments", object("b", 1_001));
    assert_eq!((large.status, large.code().as_str()), (413, "body_too_large"));
    assert!(large.text().contains("more than 1000 bytes"), "{}", large.text());
    assert_eq!(client.post("/v1/decide/payment_risk", object("c", 3_000_000)).status, 413);
    // Statements have a limit of their own.
    assert_eq!(client.post("/v1/statements", "X".repeat(2_000)).status, 200);
    client
        .send("POST /v1/streams/payments HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
    for _ in 0..3 {
        client.send(format!("200\r\n{}\r\n", " ".repeat(512)));
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.reply().status, 413);
    assert_eq!(client.get("/healthz").status, 200);
}

#[test]
fn a_client_that_asks_first_is_told_before_it_sends() {
    let server = Running::start(Options { body_bytes_max: 1_000, ..options() });
    let mut client = server.connect();
    client.send(head("POST", "/v1/streams/payments", &[("expect", "100-continue")], 1_001));
    assert_eq!(client.reply().status, 413);
    let mut client = server.connect();
    client.send(head("POST", "/v1/streams/payments", &[("expect", "100-continue")], 10));
    let go_on = client.reply_head();
    assert_eq!(go_on.status, 100);
    client.send(object("a", 10));
    assert_eq!(client.reply().status, 200);
}

#[test]
fn bodies_in_memory_are_bounded_together() {
    let server = Running::start(Options { bodies_bytes_max: 10_000, ..options() });
    let mut first = server.connect();
    first.send(head("POST", "/v1/streams/logins", &[], 6_000));
    first.send(object("a", 6_000));
    server.until_held();
    let mut second = server.connect();
    let busy = second.post("/v1/streams/payments", object("b", 6_000));
    assert_eq!((busy.status, busy.code().as_str()), (429, "bodies_too_large"));
    assert_eq!(busy.header("retry-after"), Some("1"));
    assert_eq!(second.post("/v1/streams/payments", object("c", 3_000)).status, 200);
    server.backend.release.add_permits(1);
    assert_eq!(first.reply().status, 200);
    assert_eq!(second.post("/v1/streams/payments", object("b", 6_000)).status, 200);
}

#[test]
fn one_connection_too_many_is_told_so() {
    let server = Running::start(Options { connections_max: 2, ..options() });
    let mut first = server.connect();
    let mut second = server.connect();
    assert_eq!(first.get("/healthz").status, 200);
    assert_eq!(second.get("/healthz").status, 200);
    let mut third = server.connect();
    third.send(head("POST", "/v1/streams/payments", &[], 10));
    let refused = third.reply();
    assert_eq!((refused.status, refused.code().as_str()), (503, "too_many_connections"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(third.ends());
    assert!(first.get("/metrics").text().contains("mitra_http_connections_refused_total 1\n"));
    // A place is free once the server has seen the end of one.
    first.finish();
    assert!(first.ends());
    while server.connect().get("/healthz").status != 200 {}
}

#[test]
fn a_slow_body_is_given_up() {
    let server = Running::start(Options { body_timeout: SHORT, ..options() });
    let mut client = server.connect();
    client.send(head("POST", "/v1/streams/payments", &[], 100));
    client.send("{\"id\":");
    let slow = client.reply();
    assert_eq!((slow.status, slow.code().as_str()), (408, "body_timeout"));
    assert_eq!(slow.header("connection"), Some("close"));
    assert!(client.ends());
}

#[test]
fn a_slow_head_and_an_idle_connection_are_given_up() {
    let server = Running::start(Options { head_timeout: SHORT, ..options() });
    let mut slow = server.connect();
    slow.send("GET /healthz HTT");
    assert!(slow.ends());
    let mut idle = server.connect();
    assert_eq!(idle.get("/healthz").status, 200);
    assert!(idle.ends());
}

#[test]
fn a_reply_that_nobody_reads_is_given_up() {
    let mut server = Running::start(Options { write_timeout: SHORT, ..options() });
    // More than both ends' socket buffers hold.
    *server.backend.metrics.lock().unwrap() = "#".repeat(32 << 20);
    let mut client = server.connect();
    client.send(head("GET", "/metrics", &[], 0));
    // The head has come, so the reply is on its way; nothing more is read.
    assert_eq!(client.reply_head().status, 200);
    server.stop();
    let drained = server.join();
    assert_eq!((drained.finished, drained.cut), (1, 0));
}

#[test]
fn an_answer_that_does_not_come_is_of_unknown_outcome() {
    let server = Running::start(Options { answer_timeout: SHORT, ..options() });
    let mut client = server.connect();
    let late = client.post("/v1/decide/payment_risk", r#"{"id":"held"}"#);
    assert_eq!((late.status, late.code().as_str()), (504, "answer_timeout"));
    assert_eq!(client.get("/healthz").status, 200);
}

#[test]
fn encoded_bodies_and_too_many_headers_are_refused() {
    let server = Running::start(options());
    let mut client = server.connect();
    let encoded = client.request("POST", "/v1/streams/payments", &[("content-encoding", "gzip")], "\u{1f}x");
    assert_eq!((encoded.status, encoded.code().as_str()), (415, "encoding_unsupported"));
    let identity =
        client.request("POST", "/v1/streams/payments", &[("content-encoding", "identity")], r#"{"id":"a"}"#);
    assert_eq!(identity.status, 200);
    for (content_type, status) in [
        ("application/json; charset=iso-8859-1", 415),
        ("text/plain;charset=\"UTF-16\"", 415),
        ("application/json; charset=\"UTF-8\"", 200),
        ("application/json;boundary=x; Charset = utf-8", 200),
        ("text/plain; format=flowed", 200),
    ] {
        for path in ["/v1/streams/payments", "/v1/statements"] {
            let reply =
                client.request("POST", path, &[("content-type", content_type)], r#"{"id":"a","sql":""}"#);
            assert_eq!(reply.status == 415, status == 415, "{path} {content_type}: {}", reply.text());
            if status == 415 {
                assert_eq!(reply.code(), "charset_unsupported");
            }
        }
    }
    let many: Vec<String> = (0..100).map(|index| format!("x-{index}")).collect();
    let headers: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "1")).collect();
    client.send(head("GET", "/healthz", &headers, 0));
    assert_eq!(client.reply().status, 431);
    assert!(client.ends());
}
