//! Replies: a status, a JSON body, and the few headers that say what to do next.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::Response,
};

use crate::{Refusal, json, refusal::Kind};

/// When to come back after the disk was full.
const FULL_RETRY_AFTER_S: u32 = 10;
/// When to come back after the system was not ready.
const UNAVAILABLE_RETRY_AFTER_S: u32 = 1;

/// The whole reply to a connection over the limit; its end is the connection's.
pub const TOO_MANY_CONNECTIONS: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\n",
    "content-type: application/json\r\nconnection: close\r\nretry-after: 1\r\n\r\n",
    r#"{"code":"too_many_connections","message":"the server has as many connections as it allows","#,
    r#""remedy":"keep connections open and reuse them, and come back after Retry-After seconds"}"#,
);

/// The reply to a request that goes no further, boxed because it is rare and large.
pub type Refused = Box<Response>;

/// A reply whose body is JSON.
pub fn json(status: StatusCode, body: Vec<u8>) -> Response {
    of_type(status, HeaderValue::from_static("application/json"), body)
}

/// A reply whose body is `content_type`.
pub fn of_type(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(CONTENT_TYPE, content_type);
    let mut reply = Response::new(body.into());
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    reply
}

/// An error of the protocol rather than of the system behind it.
pub fn fault(
    status: StatusCode,
    code: &'static str,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Response {
    with_status(status, &Refusal::new(Kind::BadRequest, code, message, remedy))
}

/// A refusal under its kind's status.
pub fn refusal(refusal: &Refusal) -> Response {
    let (status, retry_after_s) = match refusal.kind {
        Kind::NotFound => (StatusCode::NOT_FOUND, None),
        Kind::BadRequest => (StatusCode::BAD_REQUEST, None),
        Kind::Conflict => (StatusCode::CONFLICT, None),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, None),
        Kind::Busy { retry_after_s } => (StatusCode::TOO_MANY_REQUESTS, Some(retry_after_s)),
        Kind::Full => (StatusCode::SERVICE_UNAVAILABLE, Some(FULL_RETRY_AFTER_S)),
        Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Some(UNAVAILABLE_RETRY_AFTER_S)),
    };
    let mut reply = with_status(status, refusal);
    if let Some(seconds) = retry_after_s {
        reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    reply
}

fn with_status(status: StatusCode, refusal: &Refusal) -> Response {
    let mut body = Vec::with_capacity(256);
    json::write_refusal(&mut body, refusal);
    json(status, body)
}
