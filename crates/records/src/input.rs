//! A batch of events as ingest admits it: column blocks by stream and the order that interleaves them.

use types::{Column, Micros};

/// Events in log order. The frame that carries it holds the first event's position, the count and the epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputBatch {
    /// When ingest admitted each event, never decreasing.
    pub arrived: Vec<Micros>,
    /// Whether somebody waits for each event's decision.
    pub asked: Vec<bool>,
    /// For each event, the index in `streams` of its stream; its row there is the count of equal entries before.
    pub order: Vec<u16>,
    /// The rows.
    pub streams: Vec<StreamRows>,
}

/// Rows of one stream in log order.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamRows {
    /// The stream's name.
    pub stream: String,
    /// All columns of the stream, in its schema's order and of the same length.
    pub columns: Vec<Column>,
}
