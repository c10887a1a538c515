//! What operators and their programs ask: alive, ready, how it goes.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode},
    response::Response,
};

use super::Shared;
use crate::{Backend, Refusal, guard, json, refusal::Kind, reply};

const METRICS_TYPE: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

pub async fn health() -> Response {
    reply::json(StatusCode::OK, br#"{"status":"alive"}"#.to_vec())
}

pub async fn ready<B: Backend>(State(shared): State<Arc<Shared<B>>>, request: Request) -> Response {
    match shared.backend.ready() {
        Ok(()) => reply::json(StatusCode::OK, br#"{"status":"ready"}"#.to_vec()),
        Err(reason) => {
            let is_stranger = guard::stranger(shared.token.as_ref(), &request).is_some();
            let reason = if is_stranger { "requests are not served now".to_owned() } else { reason };
            let remedy = "come back after Retry-After seconds; `GET /v1/status` says more";
            reply::refusal(&Refusal::new(Kind::Unavailable, "not_ready", reason, remedy))
        }
    }
}

pub async fn metrics<B: Backend>(State(shared): State<Arc<Shared<B>>>) -> Response {
    let mut text = String::with_capacity(16 << 10);
    shared.registry.render(&mut text);
    text.push_str(&shared.backend.metrics());
    reply::of_type(StatusCode::OK, METRICS_TYPE, text)
}

pub async fn status<B: Backend>(State(shared): State<Arc<Shared<B>>>) -> Response {
    let mut body = Vec::with_capacity(1_024);
    json::serialize(&mut body, &shared.backend.status());
    reply::json(StatusCode::OK, body)
}
