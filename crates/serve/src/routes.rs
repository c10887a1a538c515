//! The API's paths, and what every request passes on its way in and out.

mod events;
pub mod opening;
mod operation;
mod statements;

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{MatchedPath, Path, Request, State, rejection::PathRejection},
    http::{HeaderValue, StatusCode, header::CONNECTION},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::{get, post},
};
use tokio::sync::watch;

use crate::{
    Backend, Options,
    body::{Bound, Reader},
    guard, json,
    metrics::Registry,
    options::Token,
    reply::{self, Refused},
    traffic::Traffic,
};

/// One path of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `GET` (which answers `HEAD` too) or `POST`.
    pub method: &'static str,
    /// With its parameters in braces.
    pub path: &'static str,
    /// What it is for.
    pub purpose: &'static str,
}

/// Every path of the API, in the order of the documentation.
pub const API: [Endpoint; 8] = [
    Endpoint { method: "POST", path: "/v1/streams/{stream}", purpose: "send events" },
    Endpoint {
        method: "POST",
        path: "/v1/decide/{decision}",
        purpose: "send one event and get its decision",
    },
    Endpoint { method: "GET", path: "/v1/decisions/{decision}/{id}", purpose: "read a recorded decision" },
    Endpoint { method: "POST", path: "/v1/statements", purpose: "change the definitions" },
    Endpoint { method: "GET", path: "/v1/status", purpose: "see what the system is doing" },
    Endpoint { method: "GET", path: guard::HEALTH, purpose: "see that the process lives" },
    Endpoint { method: "GET", path: guard::READINESS, purpose: "see whether requests are served" },
    Endpoint { method: "GET", path: "/metrics", purpose: "scrape with Prometheus" },
];

/// What all handlers share.
pub struct Shared<B> {
    backend: Arc<B>,
    registry: Arc<Registry>,
    traffic: Arc<Traffic>,
    /// Closed when the shutdown begins.
    stopped: watch::Receiver<()>,
    token: Option<Token>,
    reader: Reader,
    events: Bound,
    statements: Bound,
    answer_timeout: Duration,
}

impl<B> Shared<B> {
    pub fn new(
        backend: Arc<B>,
        options: &Options,
        registry: Arc<Registry>,
        traffic: Arc<Traffic>,
        stopped: watch::Receiver<()>,
    ) -> Self {
        Self {
            backend,
            registry,
            traffic,
            stopped,
            token: options.token.clone(),
            reader: Reader::new(options),
            events: Bound {
                bytes_max: options.body_bytes_max,
                of: "a body of events",
                remedy: "send the events in several requests",
            },
            statements: Bound {
                bytes_max: options.statements_bytes_max,
                of: "statements and their files",
                remedy: "put large files into the project's folder and the statements that name them into its SQL",
            },
            answer_timeout: options.answer_timeout,
        }
    }
}

/// The router of the API and of `pages`.
pub fn router<B: Backend>(shared: Shared<B>, pages: Router) -> Router {
    let shared = Arc::new(shared);
    Router::new()
        .route("/v1/streams/{stream}", post(events::ingest::<B>))
        .route("/v1/decide/{decision}", post(events::decide::<B>))
        .route("/v1/decisions/{decision}/{id}", get(events::decision::<B>))
        .route("/v1/statements", post(statements::apply::<B>))
        .route("/v1/status", get(operation::status::<B>))
        .route(guard::HEALTH, get(operation::health))
        .route(guard::READINESS, get(operation::ready::<B>))
        .route("/metrics", get(operation::metrics::<B>))
        .method_not_allowed_fallback(wrong_method::<B>)
        .merge(pages.with_state(()))
        .fallback(unknown_path::<B>)
        .layer(from_fn_with_state(Arc::clone(&shared), observe::<B>))
        .with_state(shared)
}

/// Guards, times and counts a request, and turns a bug into a reply.
async fn observe<B: Backend>(State(shared): State<Arc<Shared<B>>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).and_then(Traffic::route);
    let _in_flight = shared.traffic.in_flight.enter();
    let mut reply = match guard::refusal(shared.token.as_ref(), &request) {
        Some(refused) => shared.reader.refuse(request, refused).await,
        None => {
            let mut answered = pin!(next.run(request));
            poll_fn(|cx| {
                let polled = catch_unwind(AssertUnwindSafe(|| answered.as_mut().poll(cx)));
                polled.unwrap_or_else(|panic| {
                    shared.traffic.panics.increment();
                    std::task::Poll::Ready(bug(panic.as_ref()))
                })
            })
            .await
        }
    };
    if shared.stopped.has_changed().is_err() {
        // The connection ends after this reply; a client that knows does not send on it.
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    shared.traffic.count(route, reply.status(), begun.elapsed());
    reply
}

fn bug(panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    reply::fault(
        StatusCode::INTERNAL_SERVER_ERROR,
        "bug",
        format!("the request hit a bug ({text})"),
        "send it again: what was taken is not taken twice; report the bug with the server's output",
    )
}

async fn unknown_path<B: Backend>(State(shared): State<Arc<Shared<B>>>, request: Request) -> Response {
    let api: Vec<String> =
        API.iter().map(|Endpoint { method, path, purpose }| format!("{method} {path}: {purpose}")).collect();
    let mut body = Vec::with_capacity(1_024);
    json::serialize(
        &mut body,
        &serde_json::json!({
            "code": "unknown_path",
            "message": format!("there is no {}", request.uri().path()),
            "remedy": "use a path of `api`",
            "api": api,
        }),
    );
    let reply = reply::json(StatusCode::NOT_FOUND, body);
    shared.reader.refuse(request, reply).await
}

async fn wrong_method<B: Backend>(State(shared): State<Arc<Shared<B>>>, request: Request) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or(request.uri().path(), MatchedPath::as_str);
    let method = API.iter().find(|endpoint| endpoint.path == path).map_or("GET", |endpoint| endpoint.method);
    let reply = reply::fault(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("{} is no method of {path}", request.method()),
        format!("use {method}"),
    );
    shared.reader.refuse(request, reply).await
}

/// A path's parameters as text.
fn parameters<T>(path: Result<Path<T>, PathRejection>) -> Result<T, Refused> {
    path.map(|Path(parameters)| parameters).map_err(|_| {
        Box::new(reply::fault(
            StatusCode::BAD_REQUEST,
            "path_not_utf8",
            "the path has percent-encoded bytes that are not UTF-8",
            "encode names and ids as UTF-8, then percent-encode them",
        ))
    })
}
