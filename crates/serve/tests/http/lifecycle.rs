//! Starting where another listens, ending while requests are in flight, and clients as people use them.

use std::{net::TcpStream, sync::Arc, time::Duration};

use serve::{BindError, Options, Server, metrics::Registry};
use tokio::runtime;

use crate::{
    client::head,
    running::{Running, options},
};

#[test]
fn a_request_in_flight_is_finished_before_the_end() {
    let mut server = Running::start(options());
    let mut idle = server.connect();
    assert_eq!(idle.get("/healthz").status, 200);
    let mut client = server.connect();
    client.send(head("POST", "/v1/decide/payment_risk", &[], 13));
    client.send("{\"id\":\"held\"}");
    server.until_held();
    server.stop();
    // The idle connection ends at once, and nobody new gets in.
    assert!(idle.ends());
    assert!(TcpStream::connect(server.address).is_err());
    server.backend.release.add_permits(1);
    let reply = client.reply();
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    assert!(client.ends());
    let drained = server.join();
    assert_eq!(drained.cut, 0);
    assert!((1..=2).contains(&drained.finished), "{drained:?}");
}

#[test]
fn a_request_that_does_not_end_is_cut_when_the_time_is_up() {
    let mut server = Running::start(Options { drain_timeout: Duration::from_millis(60), ..options() });
    let mut client = server.connect();
    client.send(head("POST", "/v1/decide/payment_risk", &[], 13));
    client.send("{\"id\":\"held\"}");
    server.until_held();
    server.stop();
    let drained = server.join();
    assert_eq!((drained.finished, drained.cut), (0, 1));
    assert!(client.ends());
}

#[test]
fn a_port_in_use_is_named_with_the_remedy_and_free_after_the_end() {
    let mut server = Running::start(options());
    let listen = server.address.to_string();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let again =
        || Server::bind(Options { listen: listen.clone(), ..options() }, Arc::new(Registry::default()));
    let error = again().unwrap_err();
    assert!(matches!(error, BindError::InUse { .. }));
    let expected = format!(
        "port {} of 127.0.0.1 is in use by another program: stop that program, or set another port as `listen` in \
         [server] of mitra.toml",
        server.address.port()
    );
    assert_eq!(error.to_string(), expected);
    // A connection that the server ends itself leaves its port in TIME_WAIT; a restart must not wait for that.
    let mut client = server.connect();
    assert_eq!(client.get("/healthz").status, 200);
    server.stop();
    server.join();
    assert!(client.ends());
    assert!(again().is_ok());
}

#[test]
fn an_address_of_another_machine_is_refused() {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let token = Some(serve::Token::new("0123456789abcdef"));
    // 192.0.2.0/24 is for documentation: no machine has it.
    let foreign = Options { listen: "192.0.2.1:0".to_owned(), token, ..options() };
    let error = Server::bind(foreign, Arc::new(Registry::default())).unwrap_err();
    assert!(matches!(error, BindError::Io { .. }));
    assert!(error.to_string().contains("set an address of this machine as `listen`"), "{error}");
}

#[test]
fn pages_are_served_beside_the_api_and_guarded_alike() {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let token = Some(serve::Token::new("0123456789abcdef"));
    let pages = axum::Router::new().route("/", axum::routing::get(async || "a page"));
    let server = runtime.block_on(async {
        Server::bind(Options { token, ..options() }, Arc::new(Registry::default())).unwrap().with_pages(pages)
    });
    let address = server.local_addr();
    runtime.spawn(server.serve(Arc::new(crate::memory::Memory::default()), std::future::pending()));
    let mut client = crate::client::Client::connect(address);
    assert_eq!(client.get("/").status, 401);
    let right = ("authorization", "Bearer 0123456789abcdef");
    assert_eq!(client.request("GET", "/", &[right], "").text(), "a page");
    assert_eq!(client.request("GET", "/v1/status", &[right], "").status, 200);
    assert_eq!(client.request("GET", "/nowhere", &[right], "").code(), "unknown_path");
}

#[test]
fn a_usual_client_reads_replies_and_refusals() {
    let server = Running::start(Options { body_bytes_max: 1 << 20, ..options() });
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = format!("http://{}/v1/decide/payment_risk", server.address);
    for repeated in [false, true] {
        let mut reply = agent.post(&url).send(r#"{"id":"a"}"#).unwrap();
        let body: serde_json::Value = reply.body_mut().read_json().unwrap();
        assert_eq!(body["repeated"], repeated);
    }
    // It writes the whole body before it reads why none of it was wanted.
    let mut reply = agent.post(&url).send("x".repeat(20 << 20)).unwrap();
    assert_eq!(reply.status(), 413);
    assert!(reply.body_mut().read_to_string().unwrap().contains("body_too_large"));
}

#[test]
fn a_start_that_recovers_lives_and_is_not_ready() {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let token = Some(serve::Token::new("0123456789abcdef"));
    let server = runtime.block_on(async {
        Server::bind(Options { token, ..options() }, Arc::new(Registry::default())).unwrap()
    });
    let address = server.local_addr();
    let (opened, opening) = tokio::sync::oneshot::channel::<()>();
    let server = runtime.spawn(async move {
        server.serve_opening(async { drop(opening.await) }).await;
        server
    });
    let ask = |method: &str, path: &str, body: &str| {
        let mut client = crate::client::Client::connect(address);
        let reply = client.request(method, path, &[], body);
        // It must ask the server of later again, and not hold on to this one.
        assert!(client.ends());
        reply
    };
    assert_eq!(ask("GET", "/healthz", "").text(), r#"{"status":"alive"}"#);
    let events = "{\"id\":\"a\"}\n".repeat(50_000);
    for (method, path, body, code) in [
        ("GET", "/readyz", "", "not_ready"),
        ("GET", "/v1/status", "", "unavailable"),
        ("POST", "/v1/decide/payment_risk", "{\"id\":\"a\"}", "unavailable"),
        ("POST", "/v1/streams/payments", events.as_str(), "unavailable"),
    ] {
        let reply = ask(method, path, body);
        assert_eq!((reply.status, reply.code().as_str()), (503, code), "{path}");
        assert_eq!(reply.header("retry-after"), Some("1"), "{path}");
        assert!(reply.json()["message"].as_str().unwrap().starts_with("recovering: "), "{path}");
    }
    // A client that sends nothing does not keep the server from serving.
    let _idle = crate::client::Client::connect(address);
    drop(opened);
    let server = runtime.block_on(server).unwrap();
    runtime.spawn(server.serve(Arc::new(crate::memory::Memory::default()), std::future::pending()));
    let mut client = crate::client::Client::connect(address);
    assert_eq!(client.get("/readyz").status, 200);
    assert_eq!(client.get("/v1/status").status, 401);
}
