//! Several files as one stretch of history, in the order of arrival.
//!
//! A row arrived when its stream's `arrival_time` column says, or at its event time. Each file must be sorted by that:
//! history can be larger than memory, and whoever wrote the file can sort it. At equal times the order is that in which the inputs
//! were named.

use std::{path::PathBuf, sync::Arc};

use sql::definition::Stream;
use types::{Column, Micros};

use super::{Error, Fault, Rows, open};
use crate::BATCH_ROWS_MAX;

/// Neighbouring rows of all streams.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergedBatch {
    /// The streams that have rows, and all columns of those.
    pub streams: Vec<(Arc<Stream>, Vec<Column>)>,
    /// For each row the index of its stream; its row there is the count of equal entries before.
    pub order: Vec<u16>,
    /// When each row arrived, never decreasing, also from batch to batch. At most [`Merge::rows_max`].
    pub arrived: Vec<Micros>,
}

/// The rows of all inputs by arrival; ends after an error.
pub struct Merge {
    inputs: Vec<Input>,
    /// Rows of a batch; [`BATCH_ROWS_MAX`] unless somebody asks for fewer.
    pub rows_max: usize,
    failed: Option<Error>,
    done: bool,
}

struct Input {
    stream: Arc<Stream>,
    path: PathBuf,
    rows: Rows,
    /// What was read and not handed out from `next` on.
    columns: Vec<Column>,
    arrived: Vec<Micros>,
    next: usize,
    last: Micros,
}

/// Opens files and merges their rows by arrival.
///
/// # Errors
/// When a file cannot be read or lacks a column that its stream cannot do without.
pub fn merge(inputs: Vec<(Arc<Stream>, PathBuf)>) -> Result<Merge, Error> {
    let open = |(stream, path): (Arc<Stream>, PathBuf)| {
        let rows = open(&path, &stream)?;
        let (columns, arrived) = (Vec::new(), Vec::new());
        let mut input = Input { stream, path, rows, columns, arrived, next: 0, last: Micros::MIN };
        input.load()?;
        Ok(input)
    };
    let inputs = inputs.into_iter().map(open).collect::<Result<_, _>>()?;
    Ok(Merge { inputs, rows_max: BATCH_ROWS_MAX, failed: None, done: false })
}

impl Iterator for Merge {
    type Item = Result<MergedBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = MergedBatch::default();
        while !self.done && self.failed.is_none() && batch.order.len() < self.rows_max {
            self.add_run(&mut batch);
        }
        if !batch.order.is_empty() {
            return Some(Ok(batch));
        }
        self.done = true;
        self.failed.take().map(Err)
    }
}

impl Merge {
    /// The part of all inputs that was read, from 0 to 1, about; none when it cannot be told.
    pub fn part(&self) -> Option<f64> {
        let all: f64 = self.inputs.iter().map(|input| input.rows.weight()).sum();
        let parts = self.inputs.iter().map(|input| Some(input.rows.part()? * input.rows.weight()));
        let read: f64 = parts.sum::<Option<f64>>()?;
        Some(if all == 0.0 { 1.0 } else { read / all })
    }

    /// Adds the rows of one input that come before those of all others.
    fn add_run(&mut self, batch: &mut MergedBatch) {
        let (mut first, mut second) = (None, None);
        for head in self.inputs.iter().enumerate().filter_map(|(index, input)| Some((input.head()?, index))) {
            if first.is_none_or(|first| head < first) {
                second = first.replace(head);
            } else if second.is_none_or(|second| head < second) {
                second = Some(head);
            }
        }
        let Some((_, index)) = first else {
            self.done = true;
            return;
        };
        let input = &mut self.inputs[index];
        let end = match second {
            // At equal times the input that was named first goes first.
            Some((until, other)) if index < other => input.run(|arrived| arrived <= until),
            Some((until, _)) => input.run(|arrived| arrived < until),
            None => input.arrived.len(),
        };
        let room = self.rows_max - batch.order.len();
        input.move_rows(end.min(input.next + room), batch);
        if let Err(error) = input.load() {
            // The rows before the bad one are good.
            self.failed = Some(error);
        }
    }
}

impl Input {
    /// When the next row arrived.
    fn head(&self) -> Option<Micros> {
        self.arrived.get(self.next).copied()
    }

    /// The end of the rows in a row that `belongs` is true for. Most runs are short where streams interleave.
    fn run(&self, belongs: impl Fn(Micros) -> bool) -> usize {
        let rest = &self.arrived[self.next..];
        let mut probed = 1;
        while probed < rest.len() && belongs(rest[probed]) {
            probed *= 2;
        }
        let rest = &rest[..rest.len().min(probed)];
        self.next + rest.partition_point(|arrived| belongs(*arrived))
    }

    /// Appends the rows up to `end`.
    fn move_rows(&mut self, end: usize, batch: &mut MergedBatch) {
        let rows = self.next..end;
        self.next = end;
        let block = batch.streams.iter().position(|(stream, _)| stream.name == self.stream.name);
        let block = block.unwrap_or_else(|| {
            batch.streams.push((Arc::clone(&self.stream), self.stream.schema.empty_columns()));
            batch.streams.len() - 1
        });
        let number = u16::try_from(block).expect("a project has few streams");
        batch.order.extend(std::iter::repeat_n(number, rows.len()));
        batch.arrived.extend_from_slice(&self.arrived[rows.clone()]);
        let columns = &mut batch.streams[block].1;
        if rows == (0..self.arrived.len()) && columns.first().is_none_or(Column::is_empty) {
            *columns = std::mem::take(&mut self.columns);
            return;
        }
        for (into, from) in columns.iter_mut().zip(&self.columns) {
            into.extend_from(from, rows.clone());
        }
    }

    /// Reads the next rows when all were handed out.
    fn load(&mut self) -> Result<(), Error> {
        if self.next < self.arrived.len() {
            return Ok(());
        }
        self.arrived.clear();
        self.next = 0;
        let Some(batch) = self.rows.next() else { return Ok(()) };
        let batch = batch?;
        let column = self.stream.arrival_time.unwrap_or(self.stream.event_time);
        let (own, event_time) = (&batch.columns[column], &batch.columns[self.stream.event_time]);
        let times = |column: &Column| column.as_i64().map(<[i64]>::to_vec);
        let mut arrived = times(own).expect("the binder allows TIMESTAMPTZ only");
        if own.nulls.contains(&true) {
            let event_times = event_time.as_i64().expect("the binder allows TIMESTAMPTZ only");
            let rows = arrived.iter_mut().zip(&own.nulls).zip(event_times);
            rows.filter(|((_, null), _)| **null)
                .for_each(|((arrived, _), event_time)| *arrived = *event_time);
        }
        for (row, at) in arrived.iter().enumerate() {
            if *at < self.last {
                let text = |micros| types::Value::Timestamptz(micros).to_string();
                let fault = Fault::Order {
                    number: batch.first_row + row as u64,
                    arrived: text(*at),
                    last: text(self.last),
                    column: self.stream.schema.fields[column].name.clone(),
                };
                return Err(Error { path: self.path.clone(), fault });
            }
            self.last = *at;
        }
        self.columns = batch.columns;
        self.arrived = arrived;
        Ok(())
    }
}
