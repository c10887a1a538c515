//! Bodies of requests, within bounds of size, time and memory.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, EXPECT},
    },
    response::Response,
};
use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, timeout_at};

use crate::{
    Options, Refusal,
    refusal::Kind,
    reply::{self, Refused},
};

/// Most bytes of an unwanted body that are read and forgotten, so that its sender gets to read why. A connection with
/// more is closed.
const DISCARDED_BYTES_MAX: usize = 64 << 20;
/// First size of a buffer whose body comes in parts.
const BUFFER_BYTES: usize = 64 << 10;

/// Reads bodies and knows how much of them is in memory.
#[derive(Clone)]
pub struct Reader {
    held: Arc<AtomicUsize>,
    held_max: usize,
    timeout: Duration,
}

/// A body in memory; it counts until it is dropped.
pub struct Held {
    pub bytes: Bytes,
    _share: Share,
}

struct Share {
    held: Arc<AtomicUsize>,
    bytes: usize,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// How large a body may be.
pub struct Bound {
    pub bytes_max: usize,
    /// What it bounds, as the refusal says it.
    pub of: &'static str,
    pub remedy: &'static str,
}

/// Why a body was not read.
enum Broken {
    TooLarge,
    NoMemory,
    TooSlow,
    Cut(String),
}

impl Reader {
    pub fn new(options: &Options) -> Self {
        Self { held: Arc::default(), held_max: options.bodies_bytes_max, timeout: options.body_timeout }
    }

    /// The whole body, which is not empty.
    ///
    /// # Errors
    /// The reply that says what is wrong with it.
    pub async fn read(&self, request: Request, bound: &Bound) -> Result<Held, Refused> {
        let deadline = Instant::now() + self.timeout;
        let (parts, mut body) = request.into_parts();
        if let Some(refused) = unreadable(&parts.headers) {
            self.discard(&parts.headers, body).await;
            return Err(Box::new(refused));
        }
        let broken = match self.collect(&mut body, bound.bytes_max, deadline).await {
            Ok(held) if held.bytes.is_empty() => {
                let remedy = "send JSON (or SQL, for statements) as the body";
                return Err(Box::new(reply::fault(
                    StatusCode::BAD_REQUEST,
                    "body_empty",
                    "the request has no body",
                    remedy,
                )));
            }
            Ok(held) => return Ok(held),
            Err(broken) => broken,
        };
        if matches!(broken, Broken::TooLarge | Broken::NoMemory) {
            self.discard(&parts.headers, body).await;
        }
        Err(Box::new(self.explain(&broken, bound)))
    }

    /// Reads and forgets the body of a request that is refused anyway, within bounds, and returns `refused`.
    pub async fn refuse(&self, request: Request, refused: Response) -> Response {
        let (parts, body) = request.into_parts();
        self.discard(&parts.headers, body).await;
        refused
    }

    async fn collect(&self, body: &mut Body, bytes_max: usize, deadline: Instant) -> Result<Held, Broken> {
        if body.size_hint().lower() > bytes_max as u64 {
            return Err(Broken::TooLarge);
        }
        let mut share = Share { held: Arc::clone(&self.held), bytes: 0 };
        let mut first = Bytes::new();
        let mut buffer = BytesMut::new();
        while let Some(data) = next(body, deadline).await? {
            if share.bytes + data.len() > bytes_max {
                return Err(Broken::TooLarge);
            }
            self.grow(&mut share, data.len())?;
            if first.is_empty() {
                // Nearly all bodies are one piece, which is then taken as it is.
                first = data;
                continue;
            }
            if buffer.is_empty() {
                buffer.reserve(BUFFER_BYTES.max(first.len() + data.len()));
                buffer.extend_from_slice(&first);
            }
            buffer.extend_from_slice(&data);
        }
        let bytes = if buffer.is_empty() { first } else { buffer.freeze() };
        Ok(Held { bytes, _share: share })
    }

    fn grow(&self, share: &mut Share, bytes: usize) -> Result<(), Broken> {
        share.bytes += bytes;
        let before = self.held.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > self.held_max { Err(Broken::NoMemory) } else { Ok(()) }
    }

    async fn discard(&self, headers: &HeaderMap, mut body: Body) {
        // A client that waits for 100 has not sent anything yet, and is told before it does.
        if body.is_end_stream() || headers.contains_key(EXPECT) {
            return;
        }
        let deadline = Instant::now() + self.timeout;
        let mut discarded = 0;
        while let Ok(Some(data)) = next(&mut body, deadline).await {
            discarded += data.len();
            if discarded > DISCARDED_BYTES_MAX {
                return;
            }
        }
    }

    fn explain(&self, broken: &Broken, bound: &Bound) -> Response {
        match broken {
            Broken::TooLarge => reply::fault(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("the body has more than {} bytes, the limit of {}", bound.bytes_max, bound.of),
                bound.remedy,
            ),
            Broken::NoMemory => reply::refusal(&Refusal::new(
                Kind::Busy { retry_after_s: 1 },
                "bodies_too_large",
                format!("requests in flight have bodies of {} bytes together, the limit", self.held_max),
                "come back after Retry-After seconds, or send smaller requests",
            )),
            Broken::TooSlow => closing(reply::fault(
                StatusCode::REQUEST_TIMEOUT,
                "body_timeout",
                format!("the body did not arrive within {} seconds", self.timeout.as_secs_f64()),
                "send smaller requests, or over a faster connection",
            )),
            Broken::Cut(error) => closing(reply::fault(
                StatusCode::BAD_REQUEST,
                "body_cut",
                format!("the body ended early or is not framed as its headers say ({error})"),
                "send as many bytes as Content-Length says, or end a chunked body with an empty chunk",
            )),
        }
    }
}

/// The reply to a body whose headers say that its bytes are not the UTF-8 that is read.
fn unreadable(headers: &HeaderMap) -> Option<Response> {
    let refused = |code, message: String, remedy| {
        Some(reply::fault(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, message, remedy))
    };
    if let Some(encoding) = headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        let message = format!("the body's encoding is {encoding:?}, and none is supported");
        return refused("encoding_unsupported", message, "send the body as it is, without Content-Encoding");
    }
    let charset = charset(headers.get(CONTENT_TYPE)?.to_str().ok()?)?;
    if ["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known)) {
        return None;
    }
    let message = format!("the body's charset is {charset:?}, and only UTF-8 is read");
    refused("charset_unsupported", message, "send the body in UTF-8, with `charset=utf-8` or no charset")
}

/// The parameter `charset` of a media type.
fn charset(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, charset) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(charset.trim().trim_matches('"'))
}

fn closing(mut reply: Response) -> Response {
    reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    reply
}

/// The next piece of the body; `None` at its end. Trailers are passed over.
async fn next(body: &mut Body, deadline: Instant) -> Result<Option<Bytes>, Broken> {
    if body.is_end_stream() {
        return Ok(None);
    }
    loop {
        let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx));
        match timeout_at(deadline, frame).await {
            Err(_) => return Err(Broken::TooSlow),
            Ok(None) => return Ok(None),
            Ok(Some(Err(error))) => return Err(Broken::Cut(error.to_string())),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}
