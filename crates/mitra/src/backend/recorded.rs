//! Recorded decisions found by their events' keys.

use ingest::tokens::{self, PREFIX};
use runtime::{
    admission::{key_bytes, stream_number},
    inspect::batch_at,
    record::{Batch, Record},
};
use serve::{Answer, Refusal};
use sql::definition::Stream;
use types::{Column, DataType, Position, Value};

use super::{
    Backend,
    refusals::{internal, not_decided, undecided},
};
use crate::answer;

impl Backend {
    /// The recorded decision about the event whose primary key reads `id`: for a sensitive key its clear value or its
    /// token, which is how answers and sinks name the event.
    pub(super) fn look_up(&self, decision: &str, id: &str) -> Result<Option<Answer>, Refusal> {
        let stream = self.decided_stream(decision)?;
        for key in self.keys(&stream, id) {
            if let Some(record) = self.find(decision, &stream, &key)? {
                let mut answer = answer::of(record);
                answer.repeated = true;
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// The record of the event at `position`, which is durable and decided.
    pub(super) fn recorded(&self, decision: &str, position: Position) -> Result<Option<Record>, Refusal> {
        let catalog = self.handle.shared().catalog();
        let batch = batch_at(&*self.history, &catalog, None, position).map_err(|error| internal(&error))?;
        Ok(batch.and_then(|batch| batch.record(decision, position)))
    }

    /// Columns of one key each, as the log may hold what `id` reads.
    fn keys(&self, stream: &Stream, id: &str) -> Vec<Column> {
        let mut column = Column::new(stream.schema.fields[stream.primary_key].data_type);
        match (column.data_type, id.parse()) {
            (DataType::BigInt, Ok(id)) => column.push(Some(&Value::BigInt(id))),
            (DataType::BigInt, Err(_)) => return Vec::new(),
            _ => column.push(Some(&Value::Text(id.to_owned()))),
        }
        if !stream.tokens.contains(&stream.primary_key) {
            return vec![column];
        }
        let token = id.starts_with(PREFIX).then(|| column.clone());
        tokens::apply_column(&self.tokens, &mut column);
        token.into_iter().chain([column]).collect()
    }

    /// The record of the last event with the key in `key`.
    fn find(&self, decision: &str, stream: &Stream, key: &Column) -> Result<Option<Record>, Refusal> {
        let mut bytes = Vec::new();
        key_bytes(key, 0, &mut bytes);
        // The lock is gone before the files are read: the core waits for it.
        let look_up = {
            let index = self.index.read().expect("no writer panicked");
            index.look_up(stream_number(&stream.name), &bytes)
        };
        let found = look_up.find().map_err(|error| internal(&error))?;
        for candidate in found.iter().rev() {
            let position = candidate.position;
            let shared = self.handle.shared();
            // Read before the log is: what is decided then is in it.
            let decided = shared.decided();
            let catalog = shared.catalog();
            let batch = |decided| {
                batch_at(&*self.history, &catalog, decided, position).map_err(|error| internal(&error))
            };
            if let Some(batch) = batch(Some(decided))? {
                if has_key(&batch, &stream.name, position, key) {
                    let record = batch.record(decision, position);
                    return record.map(Some).ok_or_else(|| not_decided(decision, position));
                }
            } else if batch(None)?.is_some_and(|batch| has_key(&batch, &stream.name, position, key)) {
                return Err(undecided(position));
            }
        }
        Ok(None)
    }
}

/// Whether the event at `position` is the stream's with that key: the index finds hashes.
fn has_key(batch: &Batch, stream: &str, position: Position, key: &Column) -> bool {
    let offset = position.checked_sub(batch.base).and_then(|offset| usize::try_from(offset).ok());
    let Some((block, row)) = offset.and_then(|offset| batch.row(offset)) else { return false };
    let rows = &batch.input.streams[block];
    let Some(definition) = batch.titles.definitions().streams.get(stream).filter(|_| rows.stream == stream)
    else {
        return false;
    };
    rows.columns[definition.primary_key].value(row) == key.value(0)
}
