//! The HTTP API's backend: bodies to typed rows, rows to the node, records to answers.

mod decoders;
mod pages;
mod recent;
mod recorded;
mod refusals;

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex},
    time::Instant,
};

use bytes::Bytes;
use eventlog::{Cursors, History};
use ingest::{rows::Items, tokens::TokenKey};
use records::control::Origin;
use runtime::{
    admission::SharedIndex,
    changes::Change,
    node::Handle,
    processor::{BATCH_EVENTS_MAX, Receipt, RowStatus, Submission},
};
use serve::{
    Answer, Format, Item, Refusal, Status,
    metrics::{Counter, Registry},
    refusal::Kind,
    statement::{self, StatementRefusal},
};
use sql::definition::{Definitions, Stream};
use tokio::sync::oneshot;

use self::{
    decoders::{Decoded, Decoders},
    refusals::{
        applied_statement, change_error, conflict, item, not_decided, refusal, rejected, rejected_alone,
        rejected_whole, statement_error, stopping,
    },
};
use crate::{
    answer,
    metrics::{self, Metric},
    project::Protected,
    status::Place,
    watch,
};

/// Bodies above this are parsed off the threads that serve connections.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// What the HTTP API stands on.
pub struct Backend {
    handle: Handle,
    history: Arc<dyn History>,
    index: SharedIndex,
    tokens: Arc<TokenKey>,
    decoders: Arc<Decoders>,
    project: String,
    directory: PathBuf,
    protected: Protected,
    registry: Arc<Registry>,
    started: Instant,
    streams: Mutex<BTreeMap<String, Arc<StreamCounters>>>,
    /// How far the log's readers are; none when their folder cannot be opened.
    readers: Option<Cursors>,
}

/// What has become of a stream's events.
struct StreamCounters {
    accepted: Counter,
    duplicates: Counter,
    rejected: Counter,
    unknown_fields: Counter,
}

/// What a backend is made of.
pub struct Parts {
    /// The running node.
    pub handle: Handle,
    /// The log.
    pub history: Arc<dyn History>,
    /// The index of keys.
    pub index: SharedIndex,
    /// The key of the tokens.
    pub tokens: TokenKey,
    /// The project's name.
    pub project: String,
    /// The data directory.
    pub directory: PathBuf,
    /// Where no sink may write.
    pub protected: Protected,
    /// Where metrics go.
    pub registry: Arc<Registry>,
}

/// Rows of a body that parsed, and what became of each item so far.
struct Parsed {
    stream: Arc<Stream>,
    columns: Vec<types::Column>,
    items: Items,
    unknown_fields: u64,
}

impl Backend {
    /// Over a running node.
    pub fn new(parts: Parts) -> Self {
        let Parts { handle, history, index, tokens, project, directory, protected, registry } = parts;
        let syncs = metrics::SYNC_SECONDS.histogram(&registry);
        handle.shared().observe_syncs(move |took| syncs.record(took));
        let readers = pages::readers(&directory);
        Self {
            handle,
            history,
            index,
            tokens: Arc::new(tokens),
            decoders: Arc::default(),
            project,
            directory,
            protected,
            registry,
            started: Instant::now(),
            readers,
            streams: Mutex::default(),
        }
    }

    /// What files in watched folders are given to.
    pub fn target(&self) -> watch::Target {
        let (handle, index) = (self.handle.clone(), Arc::clone(&self.index));
        watch::Target {
            handle,
            index,
            tokens: Arc::clone(&self.tokens),
            registry: Arc::clone(&self.registry),
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            handle: &self.handle,
            history: &*self.history,
            project: &self.project,
            directory: &self.directory,
            uptime_s: self.started.elapsed().as_secs(),
        }
    }

    fn definitions(&self) -> Arc<Definitions> {
        self.handle.shared().catalog().current()
    }

    fn stream(&self, name: &str) -> Result<Arc<Stream>, Refusal> {
        let definitions = self.definitions();
        let found = definitions.streams.get(name).cloned();
        found.ok_or_else(|| Refusal::unknown("stream", name, definitions.streams.keys().map(String::as_str)))
    }

    /// The stream whose events a decision is about.
    fn decided_stream(&self, decision: &str) -> Result<Arc<Stream>, Refusal> {
        let definitions = self.definitions();
        let found = definitions.decisions.get(decision);
        let stream = found
            .and_then(|found| definitions.views.get(&found.view))
            .and_then(|view| definitions.streams.get(&view.stream).cloned());
        stream.ok_or_else(|| {
            Refusal::unknown("decision", decision, definitions.decisions.keys().map(String::as_str))
        })
    }

    fn counters(&self, stream: &str) -> Arc<StreamCounters> {
        let mut streams = self.streams.lock().expect("no holder panicked");
        let counters = streams.entry(stream.to_owned()).or_insert_with(|| {
            let counter = |metric: &Metric| metric.counter(&self.registry, &[stream]);
            Arc::new(StreamCounters {
                accepted: counter(&metrics::EVENTS_ACCEPTED),
                duplicates: counter(&metrics::EVENTS_DUPLICATE),
                rejected: counter(&metrics::EVENTS_REJECTED),
                unknown_fields: counter(&metrics::UNKNOWN_FIELDS),
            })
        });
        Arc::clone(counters)
    }

    async fn parse(&self, stream: Arc<Stream>, body: Bytes, format: Format) -> Result<Parsed, Refusal> {
        if body.len() <= INLINE_BYTES_MAX {
            return parse(stream, &body, format, &self.decoders, &self.tokens);
        }
        let (decoders, tokens) = (Arc::clone(&self.decoders), Arc::clone(&self.tokens));
        let work = move || parse(stream, &body, format, &decoders, &tokens);
        tokio::task::spawn_blocking(work).await.map_err(|_| stopping())?
    }

    /// Sends rows in frames and returns what became of each.
    async fn submit(
        &self,
        stream: &Arc<Stream>,
        columns: Vec<types::Column>,
        asked: bool,
    ) -> Result<Vec<Receipt>, Refusal> {
        let mut waiting = Vec::new();
        for columns in chunks(columns) {
            let (sender, receiver) = oneshot::channel();
            let submission = Submission { stream: Arc::clone(stream), columns, arrived: None, asked };
            // A caller that has gone needs no reply; its rows are in the log all the same.
            self.handle.submit(submission, Box::new(move |result| drop(sender.send(result))));
            waiting.push(receiver);
        }
        let mut receipts = Vec::with_capacity(waiting.len());
        for receiver in waiting {
            receipts.push(receiver.await.map_err(|_| stopping())?.map_err(refusal)?);
        }
        Ok(receipts)
    }

    /// Gives the columns of answered requests to the next ones.
    fn reuse(&self, stream: &Arc<Stream>, receipts: &mut [Receipt]) {
        for receipt in receipts {
            self.decoders.give_back(stream, std::mem::take(&mut receipt.spent));
        }
    }
}

fn parse(
    stream: Arc<Stream>,
    body: &[u8],
    format: Format,
    decoders: &Decoders,
    tokens: &TokenKey,
) -> Result<Parsed, Refusal> {
    let decoded = decoders.read(&stream, body, format).map_err(|rejection| rejected_whole(&rejection))?;
    let Decoded { mut columns, items, unknown_fields } = decoded;
    ingest::tokens::apply(tokens, &stream, &mut columns);
    Ok(Parsed { stream, columns, items, unknown_fields })
}

/// Splits columns into pieces of at most one frame.
fn chunks(columns: Vec<types::Column>) -> Vec<Vec<types::Column>> {
    let rows = columns.first().map_or(0, types::Column::len);
    if rows == 0 {
        return Vec::new();
    }
    if rows <= BATCH_EVENTS_MAX {
        return vec![columns];
    }
    let piece = |start: usize| {
        let range = start..rows.min(start + BATCH_EVENTS_MAX);
        let take = |column: &types::Column| {
            let mut part = types::Column::new(column.data_type);
            range.clone().for_each(|row| part.push_from(column, row));
            part
        };
        columns.iter().map(take).collect()
    };
    (0..rows).step_by(BATCH_EVENTS_MAX).map(piece).collect()
}

impl serve::Backend for Backend {
    async fn ingest(&self, stream: String, body: Bytes, format: Format) -> Result<Vec<Item>, Refusal> {
        let stream = self.stream(&stream)?;
        let parsed = self.parse(stream, body, format).await?;
        let mut receipts = self.submit(&parsed.stream, parsed.columns, false).await?;
        self.reuse(&parsed.stream, &mut receipts);
        let mut statuses = receipts.into_iter().flat_map(|receipt| receipt.rows);
        let counters = self.counters(&parsed.stream.name);
        counters.unknown_fields.add(parsed.unknown_fields);
        let items = parsed.items.iter().map(|result| {
            let item = match result {
                Ok(()) => item(statuses.next().expect("every row has a status")),
                Err(rejection) => rejected(rejection),
            };
            match &item {
                Item::Accepted { .. } => counters.accepted.increment(),
                Item::Duplicate { .. } => counters.duplicates.increment(),
                Item::Conflict { .. } | Item::Rejected { .. } => counters.rejected.increment(),
            }
            item
        });
        Ok(items.collect())
    }

    async fn decide(&self, decision: String, body: Bytes) -> Result<Answer, Refusal> {
        let started = Instant::now();
        let stream = self.decided_stream(&decision)?;
        let counters = self.counters(&stream.name);
        let parsed = self.parse(stream, body, Format::Content).await?;
        counters.unknown_fields.add(parsed.unknown_fields);
        if let [Err(rejection)] = &parsed.items[..] {
            counters.rejected.increment();
            return Err(rejected_alone(rejection));
        }
        if parsed.items.len() != 1 {
            let message = format!("a decision is about one event and the body holds {}", parsed.items.len());
            let remedy = "send one JSON object; many events go to /v1/streams/";
            return Err(Refusal::new(Kind::BadRequest, "one_event", message, remedy));
        }
        let mut receipts = self.submit(&parsed.stream, parsed.columns, true).await?;
        self.reuse(&parsed.stream, &mut receipts);
        let receipt = receipts.pop().ok_or_else(stopping)?;
        let (position, record, repeated) = match receipt.rows[0] {
            RowStatus::Accepted(position) => {
                counters.accepted.increment();
                let batch = receipt.batch.ok_or_else(stopping)?;
                (position, batch.record(&decision, position), false)
            }
            RowStatus::Repeated(position) => {
                counters.duplicates.increment();
                (position, self.recorded(&decision, position)?, true)
            }
            RowStatus::Conflict(position) => {
                counters.rejected.increment();
                let remedy = "give the event a key of its own, or send the content that was sent first";
                let refusal = Refusal::new(Kind::Conflict, "conflict", conflict(position), remedy);
                return Err(refusal.with_position(position));
            }
            RowStatus::Refused => return Err(stopping()),
        };
        let record = record.ok_or_else(|| not_decided(&decision, position))?;
        let mut answer = answer::of(record);
        answer.repeated = repeated;
        answer.latency_us = u64::try_from(started.elapsed().as_micros()).ok();
        Ok(answer)
    }

    async fn decision(&self, decision: String, id: String) -> Result<Option<Answer>, Refusal> {
        self.look_up(&decision, &id)
    }

    async fn statements(
        &self,
        text: String,
        files: BTreeMap<String, Vec<u8>>,
        _principal: Option<String>,
    ) -> Result<statement::Applied, StatementRefusal> {
        let source = sql::Source { path: pages::SENT.to_owned(), text };
        let (statements, errors) = sql::parse(&source);
        if !errors.is_empty() {
            return Err(StatementRefusal::Errors(errors.iter().map(statement_error).collect()));
        }
        let files = files.into_iter().map(|(path, bytes)| (path, bytes.into())).collect();
        let files = Uploads { files, protected: self.protected.clone() };
        let change = Change { statements, origin: Origin::Statement, files: Arc::new(files) };
        let (sender, receiver) = oneshot::channel();
        self.handle.change(change, Box::new(move |result| drop(sender.send(result))));
        let applied = receiver.await.map_err(|_| StatementRefusal::Refused(stopping()))?;
        applied.map(applied_statement).map_err(change_error)
    }

    fn metrics(&self) -> String {
        crate::status::metrics(&self.place())
    }

    fn status(&self) -> Status {
        let definitions = self.definitions();
        let counted = definitions.streams.keys().map(|name| {
            let counters = self.counters(name);
            serve::status::Stream {
                name: name.clone(),
                accepted: counters.accepted.get(),
                duplicates: counters.duplicates.get(),
                rejected: counters.rejected.get(),
                unknown_fields: counters.unknown_fields.get(),
                late: 0,
            }
        });
        crate::status::status(&self.place(), counted.collect())
    }

    fn ready(&self) -> Result<(), String> {
        self.handle.shared().ready()
    }
}

/// Files that came with a client's statements.
struct Uploads {
    files: BTreeMap<String, Arc<[u8]>>,
    protected: Protected,
}

impl sql::Files for Uploads {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        let found = self.files.get(path).filter(|_| inside).cloned();
        found.ok_or_else(|| "it did not come with the statement; send it along with --file".to_owned())
    }

    fn may_write(&self, path: &str) -> Result<(), String> {
        self.protected.may_write(path)
    }
}
