//! Events in, decisions out.

use std::{future::Future, sync::Arc, time::Instant};

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
};

use super::{Shared, parameters};
use crate::{
    Answer, Backend, Format, Item, Refusal,
    item::TOO_LARGE,
    json,
    refusal::Kind,
    reply::{self, Refused},
};

/// Media types of one object a line.
const LINES: [&str; 3] = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

pub async fn ingest<B: Backend>(
    State(shared): State<Arc<Shared<B>>>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let stream = match parameters(path) {
        Ok(stream) => stream,
        Err(refused) => return shared.reader.refuse(request, *refused).await,
    };
    let format = format(request.headers());
    let held = match shared.reader.read(request, &shared.events).await {
        Ok(held) => held,
        Err(refused) => return *refused,
    };
    let body = held.bytes.clone();
    let ingested = shared.in_time(shared.backend.ingest(stream, body, format)).await;
    match ingested {
        Err(late) => *late,
        Ok(Err(refusal)) => reply::refusal(&refusal),
        Ok(Ok(items)) => match items.as_slice() {
            [item] if format == Format::Content && !is_array(&held.bytes) => single(item),
            items => listed(items),
        },
    }
}

fn format(headers: &HeaderMap) -> Format {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if LINES.iter().any(|lines| media.eq_ignore_ascii_case(lines)) { Format::Lines } else { Format::Content }
}

fn is_array(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'[')
}

fn listed(items: &[Item]) -> Response {
    let mut body = Vec::with_capacity(128 + 48 * items.len());
    json::write_items(&mut body, items);
    reply::json(StatusCode::OK, body)
}

/// The only event of its request: its fate is the status.
fn single(item: &Item) -> Response {
    match item {
        Item::Accepted { .. } | Item::Duplicate { .. } => listed(std::slice::from_ref(item)),
        Item::Conflict { position, message } => {
            let remedy = "send other content under another primary key; what is recorded stays";
            let refusal = Refusal::new(Kind::Conflict, "conflict", message.as_str(), remedy);
            reply::refusal(&refusal.with_position(*position))
        }
        Item::Rejected { code, field, message } => {
            let kind = if code == TOO_LARGE { Kind::TooLarge } else { Kind::BadRequest };
            let remedy = "correct the event and send it again: it was not taken";
            let mut refusal = Refusal::new(kind, code.clone(), message.as_str(), remedy);
            refusal.field.clone_from(field);
            reply::refusal(&refusal)
        }
    }
}

pub async fn decide<B: Backend>(
    State(shared): State<Arc<Shared<B>>>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let decision = match parameters(path) {
        Ok(decision) => decision,
        Err(refused) => return shared.reader.refuse(request, *refused).await,
    };
    let held = match shared.reader.read(request, &shared.events).await {
        Ok(held) => held,
        Err(refused) => return *refused,
    };
    let begun = Instant::now();
    let body = held.bytes.clone();
    match shared.in_time(shared.backend.decide(decision, body)).await {
        Err(late) => *late,
        Ok(Err(refusal)) => reply::refusal(&refusal),
        Ok(Ok(mut answer)) => {
            let took = begun.elapsed();
            shared.traffic.decide_seconds.record(took);
            answer.latency_us = answer.latency_us.or_else(|| u64::try_from(took.as_micros()).ok());
            answered(&answer)
        }
    }
}

pub async fn decision<B: Backend>(
    State(shared): State<Arc<Shared<B>>>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    let (decision, id) = match parameters(path) {
        Ok(names) => names,
        Err(refused) => return *refused,
    };
    let found = shared.in_time(shared.backend.decision(decision.clone(), id.clone())).await;
    match found {
        Err(late) => *late,
        Ok(Err(refusal)) => reply::refusal(&refusal),
        Ok(Ok(Some(answer))) => answered(&answer),
        Ok(Ok(None)) => reply::refusal(&Refusal::new(
            Kind::NotFound,
            "unknown_event",
            format!("`{decision}` has no record of an event `{id}`"),
            "check the id: it is the primary key of an event whose decision was durable",
        )),
    }
}

fn answered(answer: &Answer) -> Response {
    // Names and numbers are short.
    let mut body = Vec::with_capacity(1_024 + 40 * (answer.features.len() + answer.event.len()));
    json::write_answer(&mut body, answer);
    reply::json(StatusCode::OK, body)
}

impl<B: Backend> Shared<B> {
    /// What the backend answers, or the reply that it did not in time.
    async fn in_time<T>(&self, answer: impl Future<Output = T>) -> Result<T, Refused> {
        tokio::time::timeout(self.answer_timeout, answer).await.map_err(|_| {
            Box::new(reply::fault(
                StatusCode::GATEWAY_TIMEOUT,
                "answer_timeout",
                format!(
                    "no answer within {} seconds, so the outcome is unknown",
                    self.answer_timeout.as_secs_f64()
                ),
                "send the same again: what was taken is not taken twice",
            ))
        })
    }
}
