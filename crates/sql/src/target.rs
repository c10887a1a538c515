//! Where a sink's rows go: a file, a folder of files, or an HTTP endpoint.

use std::fmt;

use types::{Micros, time::SECOND};

use crate::definition::Format;

/// Records of one request at most, whatever the statement asks for.
pub const BATCH_RECORDS_MAX: usize = 10_000;
/// How often one request is made at most, whatever the statement asks for.
pub const ATTEMPTS_MAX: u32 = 1_000_000;
/// The longest wait for an answer: microseconds.
pub const TIMEOUT_MAX: Micros = 60 * SECOND;
/// The longest wait between two attempts: microseconds.
pub const RETRY_MAX: Micros = 3_600 * SECOND;

/// What follows `TO`.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// `file('...')`.
    File {
        /// The file, or the folder of Parquet files, relative to the project; without `.` and `..` unless an earlier build
        /// took the statement so.
        path: String,
        /// NDJSON or Parquet.
        format: Format,
    },
    /// `webhook('...')`.
    Webhook(Webhook),
}

/// An endpoint that records are posted to.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// Absolute, `http` or `https`.
    pub url: String,
    /// The file with the key of the signature, relative to the project.
    pub secret_file: Option<String>,
    /// The file with the certificates of the authorities that vouch for the endpoint, relative to the project; those that
    /// everybody trusts when there is none.
    pub ca_file: Option<String>,
    /// What a request holds.
    pub body: Body,
    /// Records of one request at most.
    pub batch: usize,
    /// How long one request may take: microseconds.
    pub timeout: Micros,
    /// Requests for the same records at most.
    pub attempts: u32,
    /// The longest wait between two of them: microseconds.
    pub retry_max: Micros,
}

/// What a request holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// An array of records.
    Array,
    /// One record.
    Object,
}

impl Webhook {
    /// An endpoint with the defaults.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            secret_file: None,
            ca_file: None,
            body: Body::Array,
            batch: 100,
            timeout: 10 * SECOND,
            attempts: 100,
            retry_max: 30 * SECOND,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => f.write_str(path),
            Self::Webhook(webhook) => write!(f, "webhook {}", webhook.url),
        }
    }
}
