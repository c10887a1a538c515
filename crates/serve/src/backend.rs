//! What the HTTP API asks of the system behind it, so that it can be tested without one.

use std::{collections::BTreeMap, future::Future};

use bytes::Bytes;

use crate::{Answer, Applied, Format, Item, Refusal, StatementRefusal, Status};

/// The system behind the API.
///
/// A future may be dropped at any await: when the answer takes too long, when its client goes away, or at the end of
/// the drain time. What was admitted by then still happens. None of the functions may block the thread.
pub trait Backend: Send + Sync + 'static {
    /// Takes events into a stream; each has its own item, in order, once all that were accepted are durable.
    ///
    /// # Errors
    /// A refusal of the whole body: none of its events was taken, or the caller must send all again to know.
    fn ingest(
        &self,
        stream: String,
        body: Bytes,
        format: Format,
    ) -> impl Future<Output = Result<Vec<Item>, Refusal>> + Send;

    /// Takes one event and answers its decision once both are durable; a repeated event gets the recorded answer.
    ///
    /// # Errors
    /// The event was not taken.
    fn decide(&self, decision: String, body: Bytes) -> impl Future<Output = Result<Answer, Refusal>> + Send;

    /// The recorded decision about the event with primary key `id`.
    ///
    /// # Errors
    /// An unknown decision, or a record that cannot be read.
    fn decision(
        &self,
        decision: String,
        id: String,
    ) -> impl Future<Output = Result<Option<Answer>, Refusal>> + Send;

    /// Applies statements to the running system. `files` are the contents of the paths that they name; `principal`
    /// is whom the caller, who holds the token, speaks for.
    ///
    /// # Errors
    /// Nothing was applied.
    fn statements(
        &self,
        text: String,
        files: BTreeMap<String, Vec<u8>>,
        principal: Option<String>,
    ) -> impl Future<Output = Result<Applied, StatementRefusal>> + Send;

    /// Metrics that are not in the server's registry, in the Prometheus text format.
    fn metrics(&self) -> String;

    /// What the system is doing.
    fn status(&self) -> Status;

    /// Whether requests can be served.
    ///
    /// # Errors
    /// Why not, and what it waits for.
    fn ready(&self) -> Result<(), String>;
}
