//! Several files as one stretch of history, in the order of arrival.
//!
//! A row arrived when its stream's `arrival_time` column says, or at its event time. Each file must be sorted by that:
//! history can be larger than memory, and whoever wrote the file can sort it. At equal times the order is that in which the inputs
//! were named.

use std::{ops::Range, path::PathBuf, sync::Arc};

use sql::definition::Stream;
use types::{Column, Micros, Values};

use super::{Error, Fault, Rows, open};

/// Neighbouring rows of one stream.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedBatch {
    /// The stream.
    pub stream: Arc<Stream>,
    /// All its columns, at most [`crate::BATCH_ROWS_MAX`] rows.
    pub columns: Vec<Column>,
    /// When each row arrived, never decreasing, also from batch to batch.
    pub arrived: Vec<Micros>,
}

/// The rows of all inputs by arrival; ends after an error.
pub struct Merge {
    inputs: Vec<Input>,
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
    Ok(Merge { inputs: inputs.into_iter().map(open).collect::<Result<_, _>>()?, failed: None, done: false })
}

impl Iterator for Merge {
    type Item = Result<MergedBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        if let Some(error) = self.failed.take() {
            self.done = true;
            return Some(Err(error));
        }
        let heads = self.inputs.iter().enumerate().filter_map(|(index, input)| Some((input.head()?, index)));
        let mut heads: Vec<(Micros, usize)> = heads.collect();
        heads.sort_unstable();
        let Some(((_, index), others)) = heads.split_first().map(|(first, others)| (*first, others)) else {
            self.done = true;
            return None;
        };
        let input = &mut self.inputs[index];
        let end = match others.first() {
            // At equal times the input that was named first goes first.
            Some((until, other)) if index < *other => input.run(|arrived| arrived <= *until),
            Some((until, _)) => input.run(|arrived| arrived < *until),
            None => input.arrived.len(),
        };
        let batch = input.take(end);
        if let Err(error) = self.inputs[index].load() {
            // The rows before the bad one are good.
            self.failed = Some(error);
        }
        Some(Ok(batch))
    }
}

impl Input {
    /// When the next row arrived.
    fn head(&self) -> Option<Micros> {
        self.arrived.get(self.next).copied()
    }

    /// The end of the rows in a row that `belongs` is true for.
    fn run(&self, belongs: impl Fn(Micros) -> bool) -> usize {
        self.next + self.arrived[self.next..].partition_point(|arrived| belongs(*arrived))
    }

    fn take(&mut self, end: usize) -> MergedBatch {
        let range = self.next..end;
        self.next = end;
        let stream = Arc::clone(&self.stream);
        if range == (0..self.arrived.len()) {
            let (columns, arrived) = (std::mem::take(&mut self.columns), std::mem::take(&mut self.arrived));
            self.next = 0;
            return MergedBatch { stream, columns, arrived };
        }
        let columns = self.columns.iter().map(|column| slice(column, range.clone())).collect();
        MergedBatch { stream, columns, arrived: self.arrived[range].to_vec() }
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

/// Some rows of a column.
fn slice(column: &Column, range: Range<usize>) -> Column {
    let mut part = Column::new(column.data_type);
    part.nulls.extend_from_slice(&column.nulls[range.clone()]);
    match (&column.values, &mut part.values) {
        (Values::Text(from), Values::Text(to)) => range.for_each(|row| to.push(from.get(row))),
        (Values::BigInt(from), Values::BigInt(to)) | (Values::Timestamptz(from), Values::Timestamptz(to)) => {
            to.extend_from_slice(&from[range]);
        }
        (Values::Decimal(from), Values::Decimal(to)) => to.extend_from_slice(&from[range]),
        (Values::Double(from), Values::Double(to)) => to.extend_from_slice(&from[range]),
        (Values::Boolean(from), Values::Boolean(to)) => to.extend_from_slice(&from[range]),
        (Values::Date(from), Values::Date(to)) => to.extend_from_slice(&from[range]),
        (Values::Interval(from), Values::Interval(to)) => to.extend_from_slice(&from[range]),
        _ => unreachable!("both columns have one type"),
    }
    part
}
