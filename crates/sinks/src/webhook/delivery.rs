//! One batch to the endpoint: signed, tried again while there is hope, given up when there is none.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ureq::{
    Agent,
    http::Response,
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
};

use super::{Body, Ending, Options, Record, signature};
use crate::Error;

/// The wait before the second attempt; each later one is twice as long, up to the sink's `retry_max`.
const RETRY_FIRST: Duration = Duration::from_millis(500);
/// What `Retry-After` may ask for at most.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);
/// Bytes of an answer that are read, so that the connection can be used again.
const ANSWER_BYTES_MAX: u64 = 64 << 10;
/// Characters of an answer that a reason quotes.
const QUOTED_CHARS_MAX: usize = 200;

/// Is told how deliveries go.
pub trait Watcher: Send {
    /// The endpoint took so many records.
    fn taken(&self, records: usize);

    /// A request failed, for this reason, and is made again after the wait.
    fn failed(&self, reason: &str, wait: Duration);

    /// So many records are dead, for this reason.
    fn dead(&self, records: usize, reason: &str);
}

/// Why records are dead.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) reason: String,
    /// The answer's, if there was one.
    pub(super) status: Option<u16>,
    pub(super) attempts: u32,
}

/// How a delivery ended.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Taken,
    Refused {
        refusal: Refusal,
        /// Whether the endpoint may take some of the records by themselves: it complains of what it was sent.
        can_be_split: bool,
    },
}

/// What came of one attempt.
enum Attempt {
    Taken,
    Refused { reason: String, status: u16, can_be_split: bool },
    Failed { reason: String, status: Option<u16>, after: Option<Duration> },
}

/// The way to the endpoint.
pub(super) struct Delivery {
    agent: Agent,
    options: Options,
    /// What positions are counted in.
    source: String,
    ending: Arc<Ending>,
    watcher: Box<dyn Watcher>,
}

impl Delivery {
    pub(super) fn new(
        options: Options,
        source: String,
        ending: Arc<Ending>,
        watcher: Box<dyn Watcher>,
    ) -> Result<Self, Error> {
        let roots = options.authorities.as_deref().map_or(Ok(RootCerts::WebPki), roots)?;
        let configuration = Agent::config_builder()
            .http_status_as_error(false)
            // A redirected POST becomes a GET on many servers; whoever moved the endpoint has to say so in the statement.
            .max_redirects(0)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("mitra/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: Agent::new_with_config(configuration), options, source, ending, watcher })
    }

    /// Sends the records until the endpoint takes or refuses them, or the attempts are over.
    ///
    /// # Errors
    /// [`Error::Stopping`]; the records have to come again.
    pub(super) fn deliver(&self, records: &[Record]) -> Result<Outcome, Error> {
        let body = self.body(records);
        let key = self.key(records);
        let mut attempts = 0;
        loop {
            let timeout = match self.ending.left() {
                Some(left) if left.is_zero() => return Err(Error::Stopping),
                Some(left) => left.min(self.options.timeout),
                None => self.options.timeout,
            };
            attempts += 1;
            let (reason, status, after) = match self.attempt(&body, &key, records.len(), timeout) {
                Attempt::Taken => {
                    self.watcher.taken(records.len());
                    return Ok(Outcome::Taken);
                }
                Attempt::Refused { reason, status, can_be_split } => {
                    let refusal = Refusal { reason, status: Some(status), attempts };
                    return Ok(Outcome::Refused { refusal, can_be_split });
                }
                Attempt::Failed { reason, status, after } => (reason, status, after),
            };
            if self.ending.is_near() {
                return Err(Error::Stopping);
            }
            if attempts >= self.options.attempts {
                let reason = format!("given up after {attempts} attempts: {reason}");
                let refusal = Refusal { reason, status, attempts };
                return Ok(Outcome::Refused { refusal, can_be_split: false });
            }
            let wait = self.wait(attempts, after);
            self.watcher.failed(&reason, wait);
            self.ending.wait(wait);
        }
    }

    /// Says that records are dead.
    pub(super) fn tell_dead(&self, records: usize, reason: &str) {
        self.watcher.dead(records, reason);
    }

    fn body(&self, records: &[Record]) -> String {
        if self.options.body == Body::Object {
            return records.iter().map(|record| record.json.as_str()).collect();
        }
        let mut body = String::from("[");
        for (at, record) in records.iter().enumerate() {
            if at > 0 {
                body.push_str(",\n");
            }
            body.push_str(&record.json);
        }
        body.push(']');
        body
    }

    /// The same for a request that is made again. A sink has one record for a position at most, so the position is all that
    /// a record needs beside the name of what it is counted in.
    fn key(&self, records: &[Record]) -> String {
        let (first, last) = (records.first(), records.last());
        let of = |record: Option<&Record>| record.expect("a batch has a record").position;
        match self.options.body {
            Body::Object => format!("{}-{}", self.source, of(first)),
            Body::Array => format!("{}-{}-{}-{}", self.source, of(first), of(last), records.len()),
        }
    }

    fn attempt(&self, body: &str, key: &str, count: usize, timeout: Duration) -> Attempt {
        let mut request = self
            .agent
            .post(&self.options.url)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key)
            .header("Mitra-Sink", &self.options.name)
            .header("Mitra-Source", &self.source)
            .header("Mitra-Records", count.to_string());
        if let Some(secret) = &self.options.secret {
            // The time of this attempt: a receiver that refuses old requests must not refuse one that had to wait.
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            request = request.header("Mitra-Signature", signature::header(secret, now, body.as_bytes()));
        }
        let sent = request.config().timeout_global(Some(timeout)).build().send(body.as_bytes());
        match sent {
            Ok(response) => judge(response),
            Err(error) => {
                let reason = match error {
                    ureq::Error::Timeout(_) => {
                        format!("no answer from {} within {timeout:?}", self.options.url)
                    }
                    error => format!("cannot reach {}: {error}", self.options.url),
                };
                Attempt::Failed { reason, status: None, after: None }
            }
        }
    }

    /// Without chance, so that a test and an operator can tell when the next attempt is.
    fn wait(&self, attempts: u32, after: Option<Duration>) -> Duration {
        let doubled = RETRY_FIRST.saturating_mul(2_u32.saturating_pow(attempts - 1));
        let wait = doubled.min(self.options.retry_max);
        after.map_or(wait, |after| after.min(RETRY_AFTER_MAX).max(wait))
    }
}

fn roots(pem: &[u8]) -> Result<RootCerts, Error> {
    let failed = |reason: String| Error::Certificates { reason };
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| failed(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(failed("there is none".to_owned()));
    }
    Ok(certificates.into())
}

fn judge(mut response: Response<ureq::Body>) -> Attempt {
    let status = response.status().as_u16();
    let after = retry_after(&response);
    let answer = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).lossy_utf8(true).read_to_string();
    // The status is the answer; what follows it may be cut short.
    let answer: String = answer.unwrap_or_default().chars().take(QUOTED_CHARS_MAX).collect();
    let reason = match answer.trim() {
        "" => format!("the endpoint answers {status}"),
        answer => format!("the endpoint answers {status}: {answer}"),
    };
    match status {
        200..=299 => Attempt::Taken,
        408 | 425 | 429 | 500.. => Attempt::Failed { reason, status: Some(status), after },
        _ => Attempt::Refused { reason, status, can_be_split: matches!(status, 400 | 413 | 422) },
    }
}

/// What the header asks for, in seconds or as a date.
fn retry_after(response: &Response<ureq::Body>) -> Option<Duration> {
    let text = response.headers().get("Retry-After")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}
