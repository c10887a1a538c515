//! The HTTP API's backend: bodies to typed rows, rows to the node, records to answers.

use std::{
    collections::BTreeMap,
    path::{Component, Path},
    sync::{Arc, Mutex},
    time::Instant,
};

use bytes::Bytes;
use eventlog::{Address, History};
use ingest::rows::{Decoder, Rejection};
use ingest::tokens::TokenKey;
use records::control::Origin;
use runtime::{
    admission::{SharedIndex, key_bytes, stream_number},
    changes::{Applied, Change, ChangeError},
    inspect::record_at,
    node::{Handle, Refusal as NodeRefusal},
    processor::{BATCH_EVENTS_MAX, Receipt, RowStatus, Submission},
    record::Record,
};
use serve::{
    Answer, Format, Item, Refusal, Status,
    metrics::{Counter, Registry},
    refusal::Kind,
    statement::{self, StatementError, StatementRefusal},
};
use sql::definition::{Definitions, Stream};
use tokio::sync::oneshot;

use crate::answer;

/// Bodies above this are parsed off the threads that serve connections.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// What the HTTP API stands on.
pub struct Backend {
    handle: Handle,
    history: Arc<dyn History>,
    index: SharedIndex,
    tokens: Arc<TokenKey>,
    project: String,
    directory: String,
    registry: Arc<Registry>,
    started: Instant,
    streams: Mutex<BTreeMap<String, Arc<StreamCounters>>>,
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
    pub directory: String,
    /// Where metrics go.
    pub registry: Arc<Registry>,
}

/// Rows of a body that parsed, and what became of each item so far.
struct Parsed {
    stream: Arc<Stream>,
    columns: Vec<types::Column>,
    items: Vec<Result<(), Rejection>>,
    unknown_fields: u64,
}

impl Backend {
    /// Over a running node.
    pub fn new(parts: Parts) -> Self {
        let Parts { handle, history, index, tokens, project, directory, registry } = parts;
        Self {
            handle,
            history,
            index,
            tokens: Arc::new(tokens),
            project,
            directory,
            registry,
            started: Instant::now(),
            streams: Mutex::default(),
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
            let counter = |name, help| self.registry.counter(name, help, &[("stream", stream)]);
            Arc::new(StreamCounters {
                accepted: counter("mitra_events_accepted_total", "events that became part of the log"),
                duplicates: counter("mitra_events_duplicate_total", "events that were in the log already"),
                rejected: counter("mitra_events_rejected_total", "events that were malformed or in conflict"),
                unknown_fields: counter("mitra_unknown_fields_total", "fields that the stream does not have"),
            })
        });
        Arc::clone(counters)
    }

    async fn parse(&self, stream: Arc<Stream>, body: Bytes, format: Format) -> Result<Parsed, Refusal> {
        let tokens = Arc::clone(&self.tokens);
        if body.len() <= INLINE_BYTES_MAX {
            return Ok(parse(stream, &body, format, &tokens));
        }
        let work = move || parse(stream, &body, format, &tokens);
        tokio::task::spawn_blocking(work).await.map_err(|_| stopping())
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

    /// The record of the event at `position`, which is known to be decided if `decided` is none.
    fn recorded(
        &self,
        decision: &str,
        position: u64,
        decided: Option<Address>,
    ) -> Result<Option<Record>, Refusal> {
        let catalog = self.handle.shared().catalog();
        record_at(&*self.history, &catalog, decided, decision, position).map_err(|error| internal(&error))
    }
}

fn parse(stream: Arc<Stream>, body: &[u8], format: Format, tokens: &TokenKey) -> Parsed {
    let mut decoder = Decoder::new(Arc::clone(&stream));
    let items = match format {
        Format::Content => decoder.push_body(body),
        Format::Lines => decoder.push_lines(body),
    };
    let unknown_fields = decoder.unknown_fields();
    let mut columns = decoder.take();
    ingest::tokens::apply(tokens, &stream, &mut columns);
    Parsed { stream, columns, items, unknown_fields }
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

fn refusal(refusal: NodeRefusal) -> Refusal {
    let message = refusal.to_string();
    match refusal {
        NodeRefusal::Busy { .. } => {
            Refusal::new(Kind::Busy { retry_after_s: 1 }, "busy", message, "send again after a second")
        }
        NodeRefusal::Full => {
            Refusal::new(Kind::Full, "disk_full", message, "free space on the data directory's disk")
        }
        NodeRefusal::Unavailable(_) => {
            Refusal::new(Kind::Unavailable, "unavailable", message, "send again when /readyz answers 200")
        }
    }
}

fn stopping() -> Refusal {
    Refusal::new(Kind::Unavailable, "stopping", "the process is stopping", "send again when it is back")
}

fn internal(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(Kind::Unavailable, "log_unreadable", error.to_string(), "look at the process's log")
}

fn conflict(position: u64) -> String {
    format!("another event with this key and other content is at position {position}")
}

fn item(status: RowStatus) -> Item {
    match status {
        RowStatus::Accepted(position) => Item::Accepted { position },
        RowStatus::Repeated(position) => Item::Duplicate { position },
        RowStatus::Conflict(position) => Item::Conflict { position, message: conflict(position) },
        RowStatus::Refused => Item::Rejected {
            code: "stream_changed".into(),
            field: None,
            message: "the stream's definition changed while the event was read; send it again".to_owned(),
        },
    }
}

fn rejected(rejection: &Rejection) -> Item {
    Item::Rejected {
        code: rejection.code.into(),
        field: rejection.field.clone(),
        message: rejection.message.clone(),
    }
}

impl serve::Backend for Backend {
    async fn ingest(&self, stream: String, body: Bytes, format: Format) -> Result<Vec<Item>, Refusal> {
        let stream = self.stream(&stream)?;
        let parsed = self.parse(stream, body, format).await?;
        let receipts = self.submit(&parsed.stream, parsed.columns, false).await?;
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
            let refusal = Refusal::new(
                if rejection.code == serve::item::TOO_LARGE { Kind::TooLarge } else { Kind::BadRequest },
                rejection.code,
                rejection.message.clone(),
                "correct the event and send it again",
            );
            return Err(match &rejection.field {
                Some(field) => refusal.with_field(field.clone()),
                None => refusal,
            });
        }
        if parsed.items.len() != 1 {
            let message = format!("a decision is about one event and the body holds {}", parsed.items.len());
            let remedy = "send one JSON object; many events go to /v1/streams/";
            return Err(Refusal::new(Kind::BadRequest, "one_event", message, remedy));
        }
        let mut receipts = self.submit(&parsed.stream, parsed.columns, true).await?;
        let receipt = receipts.pop().ok_or_else(stopping)?;
        let (position, record, repeated) = match receipt.rows[0] {
            RowStatus::Accepted(position) => {
                counters.accepted.increment();
                let batch = receipt.batch.ok_or_else(stopping)?;
                (position, batch.record(&decision, position), false)
            }
            RowStatus::Repeated(position) => {
                counters.duplicates.increment();
                (position, self.recorded(&decision, position, None)?, true)
            }
            RowStatus::Conflict(position) => {
                counters.rejected.increment();
                let remedy = "give the event a key of its own, or send the content that was sent first";
                let refusal = Refusal::new(Kind::Conflict, "conflict", conflict(position), remedy);
                return Err(refusal.with_position(position));
            }
            RowStatus::Refused => return Err(stopping()),
        };
        let record = record.ok_or_else(|| {
            let message = format!("the decision {decision} was not defined at position {position}");
            Refusal::new(Kind::NotFound, "not_decided", message, "send new events under keys of their own")
        })?;
        let mut answer = answer::of(record);
        answer.repeated = repeated;
        answer.latency_us = u64::try_from(started.elapsed().as_micros()).ok();
        Ok(answer)
    }

    async fn decision(&self, decision: String, id: String) -> Result<Option<Answer>, Refusal> {
        let stream = self.decided_stream(&decision)?;
        let mut column = types::Column::new(stream.schema.fields[stream.primary_key].data_type);
        match column.data_type {
            types::DataType::BigInt => match id.parse() {
                Ok(id) => column.push(Some(&types::Value::BigInt(id))),
                Err(_) => return Ok(None),
            },
            _ => column.push(Some(&types::Value::Text(id))),
        }
        let mut columns = [column];
        if stream.tokens.contains(&stream.primary_key) {
            ingest::tokens::apply_column(&self.tokens, &mut columns[0]);
        }
        let mut key = Vec::new();
        key_bytes(&columns[0], 0, &mut key);
        let found = {
            let index = self.index.read().expect("no writer panicked");
            index.find(stream_number(&stream.name), &key).map_err(|error| internal(&error))?
        };
        let wanted = columns[0].value(0).map(|value| value.to_string());
        for candidate in found.iter().rev() {
            let decided = self.handle.shared().decided();
            let record = self.recorded(&decision, candidate.position, Some(decided))?;
            if let Some(record) = record.filter(|record| Some(&record.id) == wanted.as_ref()) {
                return Ok(Some(answer::of(record)));
            }
        }
        Ok(None)
    }

    async fn statements(
        &self,
        text: String,
        files: BTreeMap<String, Vec<u8>>,
        _principal: Option<String>,
    ) -> Result<statement::Applied, StatementRefusal> {
        let source = sql::Source { path: "statement".to_owned(), text };
        let (statements, errors) = sql::parse(&source);
        if !errors.is_empty() {
            return Err(StatementRefusal::Errors(errors.iter().map(statement_error).collect()));
        }
        let files = Uploads { files: files.into_iter().map(|(path, bytes)| (path, bytes.into())).collect() };
        let change = Change { statements, origin: Origin::Statement, files: Arc::new(files) };
        let (sender, receiver) = oneshot::channel();
        self.handle.change(change, Box::new(move |result| drop(sender.send(result))));
        let applied = receiver.await.map_err(|_| StatementRefusal::Refused(stopping()))?;
        applied.map(applied_statement).map_err(change_error)
    }

    fn metrics(&self) -> String {
        crate::status::metrics(&self.handle)
    }

    fn status(&self) -> Status {
        let streams = self.streams.lock().expect("no holder panicked");
        let counted = streams.iter().map(|(name, counters)| serve::status::Stream {
            name: name.clone(),
            accepted: counters.accepted.get(),
            duplicates: counters.duplicates.get(),
            rejected: counters.rejected.get(),
            unknown_fields: counters.unknown_fields.get(),
            late: 0,
        });
        let place = crate::status::Place {
            project: &self.project,
            directory: &self.directory,
            uptime_s: self.started.elapsed().as_secs(),
        };
        crate::status::status(&self.handle, &place, counted.collect())
    }

    fn ready(&self) -> Result<(), String> {
        self.handle.shared().ready()
    }
}

fn applied_statement(applied: Applied) -> statement::Applied {
    let change = |line: &String| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let mut next = || words.next().unwrap_or_default();
        statement::Change { action: next(), kind: next(), name: next() }
    };
    statement::Applied {
        epoch: applied.epoch,
        position: applied.position,
        changes: applied.changes.iter().map(change).collect(),
    }
}

fn change_error(error: ChangeError) -> StatementRefusal {
    let message = error.to_string();
    match error {
        ChangeError::Statements(errors) => {
            StatementRefusal::Errors(errors.iter().map(statement_error).collect())
        }
        ChangeError::Refused(_) => StatementRefusal::Refused(Refusal::new(
            Kind::BadRequest,
            "refused",
            message,
            "correct the statement or its file and send it again",
        )),
        ChangeError::Unavailable(_) => StatementRefusal::Refused(Refusal::new(
            Kind::Unavailable,
            "unavailable",
            message,
            "send again when /readyz answers 200",
        )),
    }
}

fn statement_error(error: &sql::Error) -> StatementError {
    StatementError {
        message: error.message.clone(),
        line: error.line,
        column: error.column,
        help: error.help.clone(),
        rendered: error.render(),
    }
}

/// Files that came with a client's statements.
struct Uploads {
    files: BTreeMap<String, Arc<[u8]>>,
}

impl sql::Files for Uploads {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        let found = self.files.get(path).filter(|_| inside).cloned();
        found.ok_or_else(|| "it did not come with the statement; send it along with --file".to_owned())
    }
}
