//! History comes in whole batches of several streams: when all its rows are new, its columns go into the log's frame as
//! they are.

use std::sync::Arc;

use eventlog::Log;
use ingest::files::MergedBatch;
use records::input::{InputBatch, StreamRows};
use sql::definition::{Definitions, Stream};
use types::{Column, Position};

use super::{Admitted, Fresh, Gate, key_bytes, out_of_order, stream_number};
use crate::{Error, processor::RowStatus};

/// A stream's rows in a batch.
struct Block<'a> {
    stream: &'a Stream,
    columns: &'a [Column],
    number: u64,
    contents: Vec<u64>,
    /// The stream is there and its columns are these.
    known: bool,
    next: usize,
}

impl Gate {
    /// As [`Gate::admit`], of history: each row says when it arrived. A row that was read before is recognised also
    /// behind the log's end, so that an import that was interrupted is simply run again.
    pub fn admit_history(
        &mut self,
        merged: MergedBatch,
        definitions: &Definitions,
        base: Position,
        log: &dyn Log,
    ) -> Result<Admitted, Error> {
        self.fresh.clear();
        self.fresh_by_key.clear();
        let mut statuses = Vec::with_capacity(merged.order.len());
        let mut accepted: Position = 0;
        let mut blocks: Vec<Block<'_>> =
            merged.streams.iter().map(|rows| Block::new(rows, definitions)).collect();
        let mut last = self.last_arrived;
        let mut key = Vec::new();
        for (index, (block, at)) in merged.order.iter().zip(&merged.arrived).enumerate() {
            let block = &mut blocks[usize::from(*block)];
            let row = block.next;
            block.next += 1;
            if !block.known || !key_bytes(&block.columns[block.stream.primary_key], row, &mut key) {
                statuses.push(RowStatus::Refused);
                continue;
            }
            let content = block.contents[row];
            if let Some(status) = self.known(block.number, &key, content, *at, block.stream, log)? {
                statuses.push(status);
                continue;
            }
            if *at < last {
                return Err(out_of_order(index, *at, last));
            }
            last = *at;
            let position = base + accepted;
            accepted += 1;
            self.learn(Fresh { stream: block.number, key: key.clone(), content, position, arrived: *at });
            statuses.push(RowStatus::Accepted(position));
        }
        let input = joined(merged, &statuses);
        Ok(Admitted { input, statuses: vec![statuses], spent: Vec::new() })
    }
}

impl<'a> Block<'a> {
    fn new((stream, columns): &'a (Arc<Stream>, Vec<Column>), definitions: &Definitions) -> Self {
        let found = definitions.streams.get(&stream.name);
        let known = found.is_some_and(|known| known.schema == stream.schema);
        Self {
            stream,
            columns,
            number: stream_number(&stream.name),
            contents: if known { ingest::content::hashes(columns) } else { Vec::new() },
            known,
            next: 0,
        }
    }
}

/// The accepted rows as a batch of the log.
fn joined(merged: MergedBatch, statuses: &[RowStatus]) -> InputBatch {
    let MergedBatch { mut streams, mut order, mut arrived } = merged;
    if !statuses.iter().all(|status| matches!(status, RowStatus::Accepted(_))) {
        let mut next = vec![0; streams.len()];
        let mut kept = vec![Vec::new(); streams.len()];
        let (all_order, all_arrived) = (std::mem::take(&mut order), std::mem::take(&mut arrived));
        for ((block, at), status) in all_order.into_iter().zip(all_arrived).zip(statuses) {
            if matches!(status, RowStatus::Accepted(_)) {
                kept[usize::from(block)].push(next[usize::from(block)]);
                order.push(block);
                arrived.push(at);
            }
            next[usize::from(block)] += 1;
        }
        for ((_, columns), kept) in streams.iter_mut().zip(&kept) {
            columns.iter_mut().for_each(|column| *column = picked(column, kept));
        }
    }
    InputBatch {
        asked: vec![false; order.len()],
        arrived,
        order,
        streams: streams
            .into_iter()
            .map(|(stream, columns)| StreamRows { stream: stream.name.clone(), columns })
            .collect(),
    }
}

fn picked(column: &Column, rows: &[usize]) -> Column {
    let mut picked = Column::new(column.data_type);
    rows.iter().for_each(|row| picked.push_from(column, *row));
    picked
}
