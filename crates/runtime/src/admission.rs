//! The gate in front of the log: arrival stamps, repeats recognised, rows joined to one batch.

mod history;

use std::{
    path::Path,
    sync::{Arc, RwLock},
};

use eventlog::{Frame, Log, Until};
use hashbrown::HashTable;
use ingest::identity::{Candidate, Flush, Flushed, Index, Leftovers, Merge, Merged, key_hash};
use records::{
    KIND_INPUT,
    input::{InputBatch, StreamRows},
};
use sql::definition::{Definitions, Stream};
use storage::Storage;
use types::{Column, Micros, Position, Values};

use crate::{
    Error,
    processor::{RowStatus, Submission},
};

/// The index of keys, read by those who look records up.
pub type SharedIndex = Arc<RwLock<Index>>;

/// What a set of submissions came to.
pub(crate) struct Admitted {
    /// The new rows.
    pub input: InputBatch,
    /// What became of each row of each submission.
    pub statuses: Vec<Vec<RowStatus>>,
    /// The columns of each submission whose rows were copied.
    pub spent: Vec<Vec<Column>>,
}

/// A new row that the index learns once its frame is in the log.
struct Fresh {
    stream: u64,
    key: Vec<u8>,
    content: u64,
    position: Position,
    arrived: Micros,
}

/// State of the gate.
pub(crate) struct Gate {
    index: SharedIndex,
    last_arrived: Micros,
    fresh: Vec<Fresh>,
    /// The last of `fresh` with each key, by [`key_hash`].
    fresh_by_key: HashTable<usize>,
    recorded: Recorded,
}

/// The frame that was last looked into for a repeated key: what was sent together is repeated together.
#[derive(Default)]
struct Recorded {
    frame: Frame,
    input: InputBatch,
    /// By the events' order: the row in its stream's block.
    rows: Vec<usize>,
    /// Frames read since the start.
    reads: u64,
}

/// The number that the index knows a stream by.
pub fn stream_number(name: &str) -> u64 {
    ingest::content::text_hash(name)
}

/// The bytes of a primary key; `None` for NULL.
pub fn key_bytes(column: &Column, row: usize, out: &mut Vec<u8>) -> bool {
    out.clear();
    if column.is_null(row) {
        return false;
    }
    match &column.values {
        Values::Text(values) => out.extend_from_slice(values.get(row).as_bytes()),
        Values::BigInt(values) => out.extend_from_slice(&values[row].to_be_bytes()),
        _ => unreachable!("the binder allows TEXT and BIGINT keys"),
    }
    true
}

impl Gate {
    /// Opens the index in the data directory.
    pub fn open(storage: Arc<dyn Storage>, data: &Path) -> Result<Self, Error> {
        let index = Index::open(storage, &data.join("index"))?;
        Ok(Self {
            index: Arc::new(RwLock::new(index)),
            last_arrived: Micros::MIN,
            fresh: Vec::new(),
            fresh_by_key: HashTable::new(),
            recorded: Recorded::default(),
        })
    }

    /// The index.
    pub fn index(&self) -> SharedIndex {
        Arc::clone(&self.index)
    }

    /// Positions before this one are in the index's files.
    pub fn covered(&self) -> Position {
        self.index.read().expect("no writer panicked").covered()
    }

    /// Files of the index that are not what was written.
    pub fn damaged(&self) -> Vec<String> {
        let index = self.index.read().expect("no writer panicked");
        index.damaged().iter().map(ToString::to_string).collect()
    }

    /// When the last record arrived.
    pub fn last_arrived(&self) -> Micros {
        self.last_arrived
    }

    /// An arrival at `now` that is not before any other.
    pub fn stamp(&mut self, now: Micros) -> Micros {
        self.last_arrived = self.last_arrived.max(now);
        self.last_arrived
    }

    /// Sorts rows into new, repeated and conflicting ones and joins the new ones to a batch that starts at `base`.
    /// The index learns them by [`Gate::commit`].
    pub fn admit(
        &mut self,
        submissions: Vec<Submission>,
        definitions: &Definitions,
        base: Position,
        now: Micros,
        log: &dyn Log,
    ) -> Result<Admitted, Error> {
        self.fresh.clear();
        self.fresh_by_key.clear();
        let now = now.max(self.last_arrived);
        let mut batch = InputBatch::default();
        let mut statuses = Vec::with_capacity(submissions.len());
        let mut spent = Vec::with_capacity(submissions.len());
        let rows = submissions.iter().map(Submission::rows).sum();
        for submission in submissions {
            let known = definitions.streams.get(&submission.stream.name);
            if known.is_none_or(|known| known.schema != submission.stream.schema) {
                let rows = submission.columns.first().map_or(0, Column::len);
                statuses.push(vec![RowStatus::Refused; rows]);
                spent.push(submission.columns);
                continue;
            }
            let (sorted, columns) = self.sort(submission, base, now, log, rows, &mut batch)?;
            statuses.push(sorted);
            spent.push(columns);
        }
        Ok(Admitted { input: batch, statuses, spent })
    }

    fn sort(
        &mut self,
        submission: Submission,
        base: Position,
        now: Micros,
        log: &dyn Log,
        rows_max: usize,
        batch: &mut InputBatch,
    ) -> Result<(Vec<RowStatus>, Vec<Column>), Error> {
        let Submission { stream, columns, arrived, asked } = submission;
        let rows = columns.first().map_or(0, Column::len);
        let number = stream_number(&stream.name);
        let contents = ingest::content::hashes(&columns);
        let mut statuses = Vec::with_capacity(rows);
        let mut accepted = Vec::with_capacity(rows);
        let mut last = batch.arrived.last().copied().unwrap_or(self.last_arrived);
        let mut key = Vec::new();
        for row in 0..rows {
            let at = match &arrived {
                Some(arrived) => arrived[row],
                None => now.max(last),
            };
            if at < last {
                return Err(out_of_order(row, at, last));
            }
            if !key_bytes(&columns[stream.primary_key], row, &mut key) {
                statuses.push(RowStatus::Refused);
                continue;
            }
            if let Some(known) = self.known(number, &key, contents[row], at, &stream, log)? {
                statuses.push(known);
                continue;
            }
            let position = base + batch.order.len() as u64 + accepted.len() as u64;
            let (key, content) = (key.clone(), contents[row]);
            self.learn(Fresh { stream: number, key, content, position, arrived: at });
            statuses.push(RowStatus::Accepted(position));
            accepted.push(row);
            batch.arrived.push(at);
            last = at;
        }
        let spent = join(batch, &stream.name, columns, &accepted, asked, rows_max);
        Ok((statuses, spent))
    }

    /// Takes a new row that is found by its key from now on.
    fn learn(&mut self, fresh: Fresh) {
        let hash = key_hash(fresh.stream, &fresh.key);
        let (all, index) = (&self.fresh, self.fresh.len());
        match self.fresh_by_key.find_mut(hash, |other| all[*other].has(fresh.stream, &fresh.key)) {
            Some(earlier) => *earlier = index,
            None => {
                let hash_of = |other: &usize| key_hash(all[*other].stream, &all[*other].key);
                self.fresh_by_key.insert_unique(hash, index, hash_of);
            }
        }
        self.fresh.push(fresh);
    }

    /// Whether the key is in the log or in this batch already, within the stream's `dedupe`.
    fn known(
        &mut self,
        number: u64,
        key: &[u8],
        content: u64,
        at: Micros,
        stream: &Stream,
        log: &dyn Log,
    ) -> Result<Option<RowStatus>, Error> {
        let status = |same: bool, position| {
            if same { RowStatus::Repeated(position) } else { RowStatus::Conflict(position) }
        };
        let own = self
            .fresh_by_key
            .find(key_hash(number, key), |other| self.fresh[*other].has(number, key))
            .map(|index| &self.fresh[*index]);
        if let Some(fresh) = own {
            // What the log holds under this key is older still.
            let within = at.saturating_sub(fresh.arrived) <= stream.dedupe;
            return Ok(within.then(|| status(fresh.content == content, fresh.position)));
        }
        let index = self.index.read().expect("no writer panicked");
        let candidates: Vec<Candidate> = index.find_since(number, key, at.saturating_sub(stream.dedupe))?;
        drop(index);
        for candidate in candidates {
            let row = self.recorded.find(log, candidate.position, stream, key)?;
            let Some(arrived) = row else { continue };
            if at.saturating_sub(arrived) <= stream.dedupe {
                return Ok(Some(status(candidate.content == content, candidate.position)));
            }
        }
        Ok(None)
    }

    /// Tells the index of the batch that was just appended.
    pub fn commit(&mut self) -> Result<(), Error> {
        let mut index = self.index.write().expect("no reader panicked");
        for fresh in self.fresh.drain(..) {
            self.last_arrived = self.last_arrived.max(fresh.arrived);
            index.insert(fresh.stream, &fresh.key, fresh.position, fresh.content, fresh.arrived);
        }
        Ok(())
    }

    /// Learns a batch from the log.
    pub fn recover(
        &mut self,
        base: Position,
        input: &InputBatch,
        definitions: &Definitions,
    ) -> Result<(), Error> {
        let mut index = self.index.write().expect("no reader panicked");
        self.last_arrived = input.arrived.iter().copied().fold(self.last_arrived, Micros::max);
        let mut next = vec![0_usize; input.streams.len()];
        let contents: Vec<Vec<u64>> =
            input.streams.iter().map(|rows| ingest::content::hashes(&rows.columns)).collect();
        let mut key = Vec::new();
        for (offset, block) in input.order.iter().enumerate() {
            let block = usize::from(*block);
            let row = next[block];
            next[block] += 1;
            let rows = &input.streams[block];
            let position = base + offset as u64;
            let Some(stream) = definitions.streams.get(&rows.stream) else { continue };
            if key_bytes(&rows.columns[stream.primary_key], row, &mut key) {
                let number = stream_number(&rows.stream);
                index.insert(number, &key, position, contents[block][row], input.arrived[offset]);
            }
        }
        Ok(())
    }

    /// The keys before `position` as a file to be written; see [`Index::freeze`].
    pub fn freeze(&mut self, position: Position) -> Option<Flush> {
        self.index.write().expect("no reader panicked").freeze(position)
    }

    /// Puts a file in the place of the keys that it holds.
    pub fn flushed(&mut self, flushed: Flushed) -> Result<Leftovers, Error> {
        Ok(self.index.write().expect("no reader panicked").flushed(flushed)?)
    }

    /// Takes the keys back of which no file was written.
    pub fn thaw(&mut self) {
        self.index.write().expect("no reader panicked").thaw();
    }

    /// Files that are better one.
    pub fn merge_due(&self) -> Option<Merge> {
        self.index.read().expect("no writer panicked").merge_due()
    }

    /// Puts a merged file in the place of its parts.
    pub fn merged(&mut self, merged: Merged) -> Leftovers {
        self.index.write().expect("no reader panicked").install(merged)
    }
}

fn out_of_order(row: usize, at: Micros, last: Micros) -> Error {
    let text = |micros| types::Value::Timestamptz(micros).to_string();
    Error::OutOfOrder { row: row + 1, arrived: text(at), last: text(last) }
}

/// Appends the accepted rows of one submission to the batch, which gets `rows_max` rows at most, and gives its columns back
/// when they did not become the batch's.
fn join(
    batch: &mut InputBatch,
    stream: &str,
    columns: Vec<Column>,
    accepted: &[usize],
    asked: bool,
    rows_max: usize,
) -> Vec<Column> {
    if accepted.is_empty() {
        return columns;
    }
    let block = batch.streams.iter().position(|rows| rows.stream == stream);
    let block = block.unwrap_or_else(|| {
        // A single submission's columns are taken as they are.
        let capacity = if accepted.len() == rows_max { 0 } else { rows_max };
        let empty = columns.iter().map(|column| Column::with_capacity(column.data_type, capacity)).collect();
        batch.streams.push(StreamRows { stream: stream.to_owned(), columns: empty });
        batch.streams.len() - 1
    });
    let into = &mut batch.streams[block].columns;
    let mut spent = Vec::new();
    if accepted.len() == rows_max {
        *into = columns;
    } else {
        for (into, from) in into.iter_mut().zip(&columns) {
            accepted.iter().for_each(|row| into.push_from(from, *row));
        }
        spent = columns;
    }
    let block = u16::try_from(block).expect("a batch has few streams");
    batch.order.extend(std::iter::repeat_n(block, accepted.len()));
    batch.asked.extend(std::iter::repeat_n(asked, accepted.len()));
    spent
}

impl Fresh {
    fn has(&self, stream: u64, key: &[u8]) -> bool {
        self.stream == stream && self.key == key
    }
}

impl Recorded {
    /// When the row at `position` arrived, if it is of `stream` and has this key.
    fn find(
        &mut self,
        log: &dyn Log,
        position: Position,
        stream: &Stream,
        key: &[u8],
    ) -> Result<Option<Micros>, Error> {
        if !self.holds(position) {
            self.read(log, position)?;
        }
        if !self.holds(position) {
            return Ok(None);
        }
        let offset = usize::try_from(position - self.frame.header.position).expect("a batch is bounded");
        let rows = &self.input.streams[usize::from(self.input.order[offset])];
        let mut own = Vec::new();
        let same = rows.stream == stream.name
            && key_bytes(&rows.columns[stream.primary_key], self.rows[offset], &mut own)
            && own == key;
        Ok(same.then(|| self.input.arrived[offset]))
    }

    fn holds(&self, position: Position) -> bool {
        let first = self.frame.header.position;
        (first..first + self.rows.len() as u64).contains(&position)
    }

    /// Reads the frame of the events at `position`; there is none when a control record is there.
    fn read(&mut self, log: &dyn Log, position: Position) -> Result<(), Error> {
        self.rows.clear();
        let Some(address) = log.seek(position)? else { return Ok(()) };
        let mut frames = log.reader(address, Until::Appended)?;
        self.reads += 1;
        if !frames.read(&mut self.frame)? || self.frame.header.kind != KIND_INPUT {
            return Ok(());
        }
        self.input.decode_into(&self.frame.payload)?;
        let mut next = vec![0; self.input.streams.len()];
        for block in &self.input.order {
            let next = &mut next[usize::from(*block)];
            self.rows.push(*next);
            *next += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
