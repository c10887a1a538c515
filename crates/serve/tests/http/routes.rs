//! Each path, and each status that it can answer.

use serde_json::json;
use serve::{API, Options, Refusal, Token, refusal::Kind};

use crate::{
    client::Reply,
    memory::Received,
    running::{Running, options},
};

const LINES: (&str, &str) = ("content-type", "application/x-ndjson");
const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

#[test]
fn one_event_has_the_status_of_its_fate() {
    let server = Running::start(options());
    let mut client = server.connect();
    let mut send = |body: &str| client.post("/v1/streams/payments", body);
    let accepted = send(r#"{"id":"a","amount":1.25}"#);
    assert_eq!(accepted.status, 200);
    let expected = r#"{"accepted":1,"duplicates":0,"conflicts":0,"rejected":0,"items":[{"status":"accepted","position":0}]}"#;
    assert_eq!(accepted.text(), expected);
    let duplicate = send(r#"{"id":"a","amount":1.25}"#);
    assert_eq!((duplicate.status, &duplicate.json()["duplicates"]), (200, &json!(1)));
    let conflict = send(r#"{"id":"a","amount":9}"#);
    assert_eq!((conflict.status, conflict.code().as_str()), (409, "conflict"));
    assert_eq!(conflict.json()["position"], 0);
    let rejected = send(r#"{"id":"b","amount":1.255}"#);
    assert_eq!((rejected.status, rejected.code().as_str()), (400, "scale_exceeded"));
    assert_eq!(rejected.json()["field"], "amount");
    let large = send(&format!(r#"{{"id":"c","note":"{}"}}"#, "x".repeat(70_000)));
    assert_eq!((large.status, large.code().as_str()), (413, "event_too_large"));
    let unknown = client.post("/v1/streams/paymets", "{}");
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown_stream"));
    assert_eq!(unknown.json()["remedy"], "did you mean `payments`?");
}

#[test]
fn events_of_a_batch_do_not_harm_their_neighbours() {
    let server = Running::start(options());
    let mut client = server.connect();
    let statuses = |reply: Reply| -> Vec<String> {
        assert_eq!(reply.status, 200);
        let body = reply.json();
        let items = body["items"].as_array().unwrap();
        items.iter().map(|item| item["status"].as_str().unwrap().to_owned()).collect()
    };
    let array = client
        .post("/v1/streams/payments", r#" [{"id":"a"},{"id":"a"},{"id":"a","amount":1},{},{"id":"b"}]"#);
    assert_eq!(statuses(array), ["accepted", "duplicate", "conflict", "rejected", "accepted"]);
    let lines = client.post("/v1/streams/payments", "{\"id\":\"c\"}\nnonsense\n{\"id\":\"d\"}\n");
    assert_eq!(statuses(lines), ["accepted", "rejected", "accepted"]);
    // What is said to be lines, or is an array, is a batch even when it has one event.
    let line = client.request("POST", "/v1/streams/payments", &[LINES], "{}");
    assert_eq!(statuses(line), ["rejected"]);
    assert_eq!(statuses(client.post("/v1/streams/payments", "[{}]")), ["rejected"]);
    assert_eq!(statuses(client.post("/v1/streams/payments", "[]")), [""; 0]);
    let broken = client.post("/v1/streams/payments", "[{");
    assert_eq!((broken.status, broken.code().as_str()), (400, "array_malformed"));
}

#[test]
fn a_decision_is_answered_repeated_refused_and_read_back() {
    let server = Running::start(options());
    let mut client = server.connect();
    let first = client.post("/v1/decide/payment_risk", r#"{"id":"a/b c"}"#);
    assert_eq!((first.status, &first.json()["repeated"]), (200, &json!(false)));
    assert_eq!(first.json()["outcome"], "approve");
    assert!(first.json()["latency_us"].is_u64());
    let again = client.post("/v1/decide/payment_risk", r#"{"id":"a/b c"}"#);
    assert_eq!((again.status, &again.json()["repeated"]), (200, &json!(true)));
    let conflict = client.post("/v1/decide/payment_risk", r#"{"id":"a/b c","amount":2}"#);
    assert_eq!((conflict.status, conflict.code().as_str()), (409, "conflict"));
    let note = client.post("/v1/decide/payment_risk", r#"{"id":"n","kind":"note"}"#);
    assert_eq!(
        (note.status, &note.json()["not_applicable"], &note.json()["outcome"]),
        (200, &json!(true), &json!(null))
    );
    let rejected = client.post("/v1/decide/payment_risk", "[]");
    assert_eq!((rejected.status, rejected.code().as_str()), (400, "not_an_object"));
    let unknown = client.post("/v1/decide/payment_rsik", "{}");
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown_decision"));
    assert_eq!(unknown.json()["remedy"], "did you mean `payment_risk`?");

    let recorded = client.get("/v1/decisions/payment_risk/a%2Fb%20c");
    assert_eq!((recorded.status, &recorded.json()["id"]), (200, &json!("a/b c")));
    let absent = client.get("/v1/decisions/payment_risk/zzz");
    assert_eq!((absent.status, absent.code().as_str()), (404, "unknown_event"));
    let unknown = client.get("/v1/decisions/payment/zzz");
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown_decision"));
    let bytes = client.get("/v1/decisions/payment_risk/%ff");
    assert_eq!((bytes.status, bytes.code().as_str()), (400, "path_not_utf8"));
}

#[test]
fn statements_come_as_text_or_with_their_files() {
    let server = Running::start(options());
    let mut client = server.connect();
    let plain = client.post("/v1/statements", "CREATE RULE é");
    assert_eq!(plain.status, 200);
    let change = json!({"action": "create", "kind": "rule", "name": "velocity on payment_risk"});
    assert_eq!(plain.json(), json!({"epoch": 2, "position": 7, "changes": [change]}));
    let body = r#"{"sql":"CREATE MODEL m","files":{"models/m.json":"AP8="}}"#;
    let upload = client.request("POST", "/v1/statements", &[JSON, ("mitra-principal", "ana")], body);
    assert_eq!(upload.status, 200);
    let received = server.backend.received.lock().unwrap().clone();
    let files = [("models/m.json".to_owned(), vec![0, 255])];
    assert_eq!(received[0], Received { text: "CREATE RULE é".to_owned(), files: [].into(), principal: None });
    let principal = Some("ana".to_owned());
    assert_eq!(received[1], Received { text: "CREATE MODEL m".to_owned(), files: files.into(), principal });
}

#[test]
fn statements_that_cannot_be_read_or_applied_say_where() {
    let server = Running::start(options());
    let mut client = server.connect();
    let wrong = client.post("/v1/statements", "CRATE RULE");
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "statement_refused"));
    let error = json!({
        "message": "unknown statement `CRATE`", "line": 1, "column": 1, "help": "write `CREATE`",
        "rendered": "1:1: unknown statement",
    });
    assert_eq!(wrong.json()["errors"], json!([error]));
    for (body, code) in [
        (r#"{"sql":"X","files":{"a":"%%%"}}"#, "file_not_base64"),
        (r#"{"sql":"X","flies":{}}"#, "body_not_json"),
        (r#"{"sql":"#, "body_not_json"),
    ] {
        let refused = client.request("POST", "/v1/statements", &[JSON], body);
        assert_eq!((refused.status, refused.code().as_str()), (400, code), "{body}");
    }
    let bytes = client.post("/v1/statements", b"CREATE \xff");
    assert_eq!((bytes.status, bytes.code().as_str()), (400, "body_not_utf8"));
    assert!(bytes.text().contains("from byte 7 on"));
    let principal = client.request("POST", "/v1/statements", &[("mitra-principal", "")], "X");
    assert_eq!((principal.status, principal.code().as_str()), (400, "principal_bad"));
    assert!(server.backend.received.lock().unwrap().is_empty());
}

#[test]
fn every_refusal_has_its_status_and_says_when_to_come_back() {
    let server = Running::start(options());
    let mut client = server.connect();
    for (kind, status, retry_after) in [
        (Kind::NotFound, 404, None),
        (Kind::BadRequest, 400, None),
        (Kind::Conflict, 409, None),
        (Kind::TooLarge, 413, None),
        (Kind::Busy { retry_after_s: 3 }, 429, Some("3")),
        (Kind::Full, 503, Some("10")),
        (Kind::Unavailable, 503, Some("1")),
    ] {
        *server.backend.refusal.lock().unwrap() = Some(Refusal::new(kind, "injected", "it is so", "wait"));
        let replies = [
            client.post("/v1/streams/payments", "{}"),
            client.post("/v1/decide/payment_risk", "{}"),
            client.get("/v1/decisions/payment_risk/a"),
            client.post("/v1/statements", "X"),
        ];
        for reply in replies {
            assert_eq!((reply.status, reply.code().as_str()), (status, "injected"));
            assert_eq!(reply.header("retry-after"), retry_after);
        }
    }
}

#[test]
fn operators_see_life_readiness_status_and_metrics() {
    let server = Running::start(options());
    let mut client = server.connect();
    assert_eq!(client.get("/healthz").text(), r#"{"status":"alive"}"#);
    assert_eq!(client.get("/readyz").status, 200);
    *server.backend.not_ready.lock().unwrap() = Some("replaying the log: 40% done".to_owned());
    let waiting = client.get("/readyz");
    assert_eq!((waiting.status, waiting.code().as_str()), (503, "not_ready"));
    assert_eq!(waiting.json()["message"], "replaying the log: 40% done");
    assert_eq!(waiting.header("retry-after"), Some("1"));
    assert_eq!(client.get("/healthz").status, 200);
    let status = client.get("/v1/status").json();
    assert_eq!((&status["version"], &status["next_position"]), (&json!("1.2.3"), &json!(9)));

    client.post("/v1/decide/payment_risk", r#"{"id":"a"}"#);
    client.post("/v1/decide/payment_risk", "nonsense");
    client.get("/nowhere");
    *server.backend.metrics.lock().unwrap() = "mitra_events_total 5\n".to_owned();
    let metrics = client.get("/metrics");
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        r#"mitra_http_requests_total{route="/v1/decide/{decision}",status="200"} 1"#,
        r#"mitra_http_requests_total{route="/v1/decide/{decision}",status="400"} 1"#,
        r#"mitra_http_requests_total{route="other",status="404"} 1"#,
        r#"mitra_http_requests_total{route="/readyz",status="503"} 1"#,
        "mitra_decide_seconds_count 1",
        "mitra_http_connections 1",
        "mitra_http_requests_in_flight 1",
        "mitra_events_total 5",
    ] {
        assert!(
            metrics.text().lines().any(|found| found == line),
            "{line} is missing in\n{}",
            metrics.text()
        );
    }
    assert!(metrics.text().contains("mitra_decide_seconds_quantile{quantile=\"0.999\"} "));
}

#[test]
fn unknown_paths_list_the_api_and_wrong_methods_name_the_right_one() {
    let server = Running::start(options());
    let mut client = server.connect();
    for path in ["/", "/v1", "/v1/streams/", "/v1/streams/a/b", "/V1/status", "/v1/status/"] {
        let unknown = client.post(path, "a body that nobody wants");
        assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown_path"), "{path}");
        assert_eq!(unknown.json()["api"].as_array().unwrap().len(), API.len());
    }
    for endpoint in API {
        let path = endpoint.path.replace(['{', '}'], "");
        let other = if endpoint.method == "GET" { "POST" } else { "GET" };
        let wrong = client.request(other, &path, &[], "");
        assert_eq!((wrong.status, wrong.code().as_str()), (405, "method_not_allowed"), "{path}");
        let allowed = if endpoint.method == "GET" { "GET,HEAD" } else { "POST" };
        assert_eq!(wrong.header("allow"), Some(allowed), "{path}");
        assert_eq!(wrong.json()["remedy"], format!("use {}", endpoint.method));
    }
}

#[test]
fn head_is_get_without_the_body() {
    let server = Running::start(options());
    let mut client = server.connect();
    for path in ["/healthz", "/readyz", "/v1/status", "/nowhere", "/v1/decisions/payment_risk/a"] {
        let get = client.get(path);
        let head = client.request("HEAD", path, &[], "");
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
    }
}

#[test]
fn the_documentation_names_every_path_and_code() {
    let page = include_str!("../../../../docs/api.md");
    for endpoint in API {
        let title = format!("## {} {}\n", endpoint.method, endpoint.path);
        assert!(page.contains(&title), "docs/api.md has no {title}");
    }
    let sources = [
        include_str!("../../src/body.rs"),
        include_str!("../../src/guard.rs"),
        include_str!("../../src/json.rs"),
        include_str!("../../src/reply.rs"),
        include_str!("../../src/routes.rs"),
        include_str!("../../src/routes/events.rs"),
        include_str!("../../src/routes/operation.rs"),
        include_str!("../../src/routes/statements.rs"),
    ];
    let mut codes = 0;
    for source in sources {
        for code in source.split('"').filter(|text| is_code(text)) {
            assert!(page.contains(&format!("`{code}`")), "docs/api.md does not name the code {code}");
            codes += 1;
        }
    }
    assert!(codes >= 20, "only {codes} codes were found in the sources");
}

/// Codes are the only literals of two or more lower-case words joined by underscores, fields of replies aside.
fn is_code(text: &str) -> bool {
    const FIELDS: [&str; 3] = ["not_applicable", "latency_us", "retry_after_s"];
    text.contains('_')
        && !text.starts_with("mitra_")
        && !FIELDS.contains(&text)
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[test]
fn a_token_is_asked_for_everywhere_but_for_life_and_readiness() {
    let server = Running::start(Options { token: Some(Token::new("0123456789abcdef")), ..options() });
    let mut client = server.connect();
    for endpoint in API.iter().filter(|endpoint| !matches!(endpoint.path, "/healthz" | "/readyz")) {
        let path = endpoint.path.replace(['{', '}'], "");
        let refused = client.request(endpoint.method, &path, &[], "");
        assert_eq!((refused.status, refused.code().as_str()), (401, "unauthorized"), "{path}");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    }
    assert_eq!(client.get("/nowhere").status, 401);
    assert_eq!(client.get("/healthz").status, 200);
    assert_eq!(client.get("/readyz").status, 200);
    // Whether requests are served is for everybody, why not is for those who hold the token.
    *server.backend.not_ready.lock().unwrap() = Some("cannot write /data/log: disk full".to_owned());
    let reason = |headers: &[(&str, &str)]| {
        let reply = server.connect().request("GET", "/readyz", headers, "");
        assert_eq!((reply.status, reply.code().as_str()), (503, "not_ready"));
        assert_eq!(reply.header("retry-after"), Some("1"));
        reply.json()["message"].clone()
    };
    assert_eq!(reason(&[]), "requests are not served now");
    assert_eq!(reason(&[("authorization", "Bearer 0123456789abcdef")]), "cannot write /data/log: disk full");
    // The body of a refused request is no next request.
    let refused = client.post("/v1/streams/payments", "GET /v1/status HTTP/1.1\r\n\r\n".repeat(10_000));
    assert_eq!(refused.status, 401);
    let right = ("authorization", "Bearer 0123456789abcdef");
    assert_eq!(client.request("GET", "/v1/status", &[right], "").status, 200);
    assert_eq!(client.request("POST", "/v1/streams/payments", &[right], "{\"id\":\"a\"}").status, 200);
    assert_eq!(
        client.request("GET", "/v1/status", &[("authorization", "Bearer 0123456789abcdeF")], "").status,
        401
    );
}

#[test]
fn pages_of_a_browser_cannot_reach_a_server_without_a_token() {
    let server = Running::start(options());
    let mut client = server.connect();
    let origin =
        client.request("POST", "/v1/statements", &[("origin", "http://evil.example")], "DROP RULE x");
    assert_eq!((origin.status, origin.code().as_str()), (403, "origin_foreign"));
    let host = client.request("POST", "/v1/statements", &[("host", "evil.example")], "DROP RULE x");
    assert_eq!((host.status, host.code().as_str()), (403, "host_foreign"));
    assert!(server.backend.received.lock().unwrap().is_empty());
}

#[test]
fn a_bug_answers_and_ends_nothing_else() {
    let server = Running::start(options());
    let mut client = server.connect();
    let bug = client.post("/v1/decide/payment_risk", "bug");
    assert_eq!((bug.status, bug.code().as_str()), (500, "bug"));
    assert!(bug.text().contains("no such number: 3"));
    assert_eq!(client.post("/v1/decide/payment_risk", r#"{"id":"a"}"#).status, 200);
    assert!(client.get("/metrics").text().contains("mitra_http_panics_total 1\n"));
}
