//! What is answered before there is a backend: a log may take minutes to replay, and whoever watches the process must be
//! able to tell that from one that hangs.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, header::CONNECTION},
    response::Response,
    routing::get,
};

use super::operation;
use crate::{Options, Refusal, body::Reader, guard, refusal::Kind, reply};

const REASON: &str = "recovering: the log is replayed up to what was acknowledged";

/// Life is answered as ever; readiness and everything else are refused with the reason, whoever asks: it tells nothing.
pub fn router(options: &Options) -> Router {
    Router::new()
        .route(guard::HEALTH, get(async || closing(operation::health().await)))
        .fallback(refuse)
        .with_state(Arc::new(Reader::new(options)))
}

async fn refuse(State(reader): State<Arc<Reader>>, request: Request) -> Response {
    let code = if request.uri().path() == guard::READINESS { "not_ready" } else { "unavailable" };
    let remedy = "send again when /readyz answers 200";
    let refused = reply::refusal(&Refusal::new(Kind::Unavailable, code, REASON, remedy));
    closing(reader.refuse(request, refused).await)
}

/// A connection serves what it began with, so none outlives its answer.
fn closing(mut reply: Response) -> Response {
    reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    reply
}
