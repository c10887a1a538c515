//! Events that enter no timeline as columns, for sinks: `<stream>_late`, judged as the engine judged them.

use engine::Admission;
use records::input::InputBatch;
use sql::{definition::Stream, late};
use types::{Column, DataType, Epoch, Position, Value};

use crate::rows::{column_of, gather};

/// An event beyond its stream's bounds.
struct Late {
    /// Its row among those of its stream.
    row: usize,
    /// Its place among all events of the batch.
    offset: usize,
    why: (&'static str, &'static str),
}

/// The late events of `stream` in a batch, whose first event is at `base`, in the order of [`late::fields`]; `None` when
/// there are none. `stream` is that of the batch's epoch.
pub fn columns(stream: &Stream, base: Position, epoch: Epoch, input: &InputBatch) -> Option<Vec<Column>> {
    let block = input.streams.iter().position(|rows| rows.stream == stream.name)?;
    let rows = &input.streams[block].columns;
    let found = find(stream, block, rows[stream.event_time].as_i64()?, input);
    if found.is_empty() {
        return None;
    }
    let position = |late: &Late| base + late.offset as u64;
    let position = |late: &Late| i64::try_from(position(late)).expect("positions stay below 2 to the 63");
    let own: Vec<usize> = found.iter().map(|late| late.row).collect();
    let column = |data_type, value: &dyn Fn(&Late) -> Value| column_of(found.iter().map(value), data_type);
    let mut columns = Vec::with_capacity(rows.len() + late::COLUMNS.len());
    columns.push(column(DataType::BigInt, &|late| Value::BigInt(position(late))));
    columns.extend(rows.iter().map(|column| gather(column, &own)));
    columns.push(column(DataType::Text, &|late| Value::Text(late.why.0.to_owned())));
    columns.push(column(DataType::Text, &|late| Value::Text(late.why.1.to_owned())));
    columns.push(column(DataType::Timestamptz, &|late| Value::Timestamptz(input.arrived[late.offset])));
    columns.push(column(DataType::BigInt, &|_| Value::BigInt(i64::from(epoch))));
    Some(columns)
}

fn find(stream: &Stream, block: usize, times: &[i64], input: &InputBatch) -> Vec<Late> {
    let own = input.order.iter().enumerate().filter(|(_, other)| usize::from(**other) == block);
    let late = own.zip(times).enumerate().filter_map(|(row, ((offset, _), time))| {
        let arrived = input.arrived[offset];
        let why = match engine::admission(arrived, *time, stream.allowed_lateness, stream.future_max) {
            Admission::OnTime => return None,
            Admission::Late => late::PAST,
            Admission::Future => late::FUTURE,
        };
        Some(Late { row, offset, why })
    });
    late.collect()
}
