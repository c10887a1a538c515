//! Results into columns, by the type of the result.

use types::{Column, DataType, Values};

use crate::{
    chunk::{Chunk, Layout},
    dictionary::Dictionary,
    lane::{Lane, double_of_rank},
    plan::Output,
};

/// Appends a count.
#[inline]
pub fn count(column: &mut Column, value: u64) {
    let Values::BigInt(values) = &mut column.values else { unreachable!("counts are integers") };
    values.push(value as i64);
    column.nulls.push(false);
}

/// Appends the result over no row.
pub fn empty(column: &mut Column, output: &Output) {
    if output.reading.function.counts() { count(column, 0) } else { column.push_null() }
}

/// Appends the value that `Lane::rank` gave this integer for; `None` is NULL.
pub fn rank(column: &mut Column, dictionary: &Dictionary, rank: Option<i128>) {
    let Some(rank) = rank else { return column.push_null() };
    match &mut column.values {
        Values::Text(values) => values.push(dictionary.text(rank as u32)),
        Values::BigInt(values) | Values::Timestamptz(values) => values.push(rank as i64),
        Values::Decimal(values) => values.push(rank),
        Values::Double(values) => values.push(double_of_rank(rank as i64)),
        Values::Boolean(values) => values.push(rank != 0),
        Values::Date(values) => values.push(rank as i32),
        Values::Interval(_) => unreachable!("no stream column is an interval"),
    }
    column.nulls.push(false);
}

/// Appends a lane's value in one row, or NULL if there is no row or the value is NULL.
pub fn value(
    column: &mut Column,
    dictionary: &Dictionary,
    layout: &Layout,
    lane: &Lane,
    row: Option<(&Chunk, usize)>,
) {
    let row = row.filter(|(chunk, row)| !lane.is_null(chunk, *row));
    let Some((chunk, row)) = row else { return column.push_null() };
    if lane.data_type != Some(DataType::Double) {
        return rank(column, dictionary, Some(lane.rank(layout, chunk, row)));
    }
    let Values::Double(values) = &mut column.values else { unreachable!("the value has its column's type") };
    values.push(lane.double(chunk, row));
    column.nulls.push(false);
}
