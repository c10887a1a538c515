//! Submissions that are larger than a frame, cut in pieces: the bound of a frame holds whoever sends.

use std::ops::Range;

use types::Column;

use crate::processor::Submission;

/// The same rows in submissions of at most `rows_max` each, in order.
pub(crate) fn split(submission: Submission, rows_max: usize) -> Vec<Submission> {
    let rows = submission.rows();
    if rows <= rows_max {
        return vec![submission];
    }
    let piece = |start: usize| {
        let range = start..rows.min(start + rows_max);
        Submission {
            stream: submission.stream.clone(),
            columns: submission.columns.iter().map(|column| part(column, range.clone())).collect(),
            arrived: submission.arrived.as_ref().map(|arrived| arrived[range.clone()].to_vec()),
            asked: submission.asked,
        }
    };
    (0..rows).step_by(rows_max).map(piece).collect()
}

fn part(column: &Column, range: Range<usize>) -> Column {
    let mut part = Column::new(column.data_type);
    range.for_each(|row| part.push_from(column, row));
    part
}
