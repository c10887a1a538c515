//! What no client should send: each gets its answer or its end, and nobody else notices.

use crate::{
    client::head,
    running::{Running, options},
};

#[test]
fn what_is_no_http_is_answered_and_ended() {
    let server = Running::start(options());
    for bytes in [
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /v1/streams/payments HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "POST /v1/streams/payments HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
        "GET /healthz HTTP/1.1\r\nbad header\r\n\r\n",
        "GET /\u{0} HTTP/1.1\r\n\r\n",
    ] {
        let mut client = server.connect();
        client.send(bytes);
        assert_eq!(client.reply().status, 400, "{bytes:?}");
        assert!(client.ends(), "{bytes:?}");
    }
    assert_eq!(server.connect().get("/healthz").status, 200);
}

#[test]
fn a_body_that_is_cut_is_not_taken() {
    let server = Running::start(options());
    let chunked =
        "POST /v1/streams/payments HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    let event = r#"{"id":"a"}"#;
    for bytes in [
        head("POST", "/v1/streams/payments", &[], 100) + event,
        format!("{chunked}a\r\n{event}\r\n"),
        format!("{chunked}ff\r\n{event}"),
    ] {
        let mut client = server.connect();
        client.send(&bytes);
        client.finish();
        let cut = client.reply();
        assert_eq!((cut.status, cut.code().as_str()), (400, "body_cut"), "{bytes:?}");
        assert!(client.ends(), "{bytes:?}");
    }
    let mut client = server.connect();
    client.send(format!("{chunked}zz\r\n{event}\r\n0\r\n\r\n"));
    let cut = client.reply();
    assert_eq!((cut.status, cut.code().as_str()), (400, "body_cut"));
    // Had one of them been taken, this would be a duplicate.
    let first = server.connect().post("/v1/streams/payments", event);
    assert_eq!(first.json()["accepted"], 1);
}

#[test]
fn bodies_of_wrong_bytes_are_the_callers_error() {
    let server = Running::start(options());
    let mut client = server.connect();
    for body in [&b"{\"id\":\"\xff\"}"[..], b"\x00", b"{", b"{\"id\":\"a\"} trailing", b"\"text\""] {
        let refused = client.post("/v1/decide/payment_risk", body);
        assert_eq!((refused.status, refused.code().as_str()), (400, "not_an_object"), "{body:?}");
    }
    for path in ["/v1/streams/payments", "/v1/decide/payment_risk", "/v1/statements"] {
        let empty = client.post(path, "");
        assert_eq!((empty.status, empty.code().as_str()), (400, "body_empty"), "{path}");
    }
}

#[test]
fn a_chunked_body_is_put_together() {
    let server = Running::start(options());
    let mut client = server.connect();
    client.send("POST /v1/streams/payments HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n");
    client.send("trailer: x-sum\r\n\r\n1\r\n{\r\n4\r\n\"id\"\r\n5\r\n:\"a\"}\r\n0\r\nx-sum: 1\r\n\r\n");
    assert_eq!(client.reply().json()["accepted"], 1);
    let large = format!("{{\"id\":\"b\",\"note\":[{}0]}}", "0,".repeat(30_000));
    client
        .send("POST /v1/streams/payments HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
    for piece in large.as_bytes().chunks(7_000) {
        client.send(format!("{:x}\r\n", piece.len()));
        client.send(piece);
        client.send("\r\n");
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.reply().json()["accepted"], 1);
    // The same bytes in one piece are the same event.
    assert_eq!(client.post("/v1/streams/payments", large).json()["duplicates"], 1);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Running::start(options());
    let mut client = server.connect();
    let mut bytes = String::new();
    for id in ["a", "b", "a"] {
        let body = format!("{{\"id\":\"{id}\"}}");
        bytes += &head("POST", "/v1/decide/payment_risk", &[], body.len());
        bytes += &body;
    }
    bytes += &head("GET", "/nowhere", &[], 0);
    bytes += &head("GET", "/healthz", &[], 0);
    client.send(bytes);
    let positions: Vec<_> = (0..3).map(|_| client.reply().json()["position"].as_u64()).collect();
    assert_eq!(positions, [Some(0), Some(1), Some(0)]);
    assert_eq!(client.reply().status, 404);
    assert_eq!(client.reply().status, 200);
}

#[test]
fn an_old_client_is_served_and_its_connection_ended() {
    let server = Running::start(options());
    let mut client = server.connect();
    client.send("GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!(client.reply().status, 200);
    assert!(client.ends());
}

#[test]
fn a_client_that_ends_its_half_gets_its_answer() {
    let server = Running::start(options());
    let mut client = server.connect();
    client.send(head("POST", "/v1/decide/payment_risk", &[], 13));
    client.send("{\"id\":\"held\"}");
    client.finish();
    server.until_held();
    server.backend.release.add_permits(1);
    assert_eq!(client.reply().status, 200);
    assert!(client.ends());
}
