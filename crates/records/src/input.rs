//! A batch of events as ingest admits it: column blocks by stream and the order that interleaves them.

use types::{Column, Micros};

use crate::{
    Error, Fault, NAMES_MAX, ROWS_MAX, bits, column, integers, reader::Reader, text::Scratch, writer,
};

/// The version that this build writes and reads.
const VERSION: u8 = 1;

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

impl InputBatch {
    /// Number of events.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Appends the batch's bytes: equal batches have equal bytes.
    ///
    /// # Panics
    /// When the parts do not fit together or there are more than [`ROWS_MAX`] events: the caller made them.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let count = self.len();
        assert!(count <= ROWS_MAX, "a batch has at most {ROWS_MAX} events");
        assert!(self.arrived.len() == count && self.asked.len() == count, "every event has all parts");
        assert!(self.arrived.is_sorted(), "arrival never decreases");
        out.push(VERSION);
        writer::count(out, count);
        integers::encode_block(out, self.arrived.iter().copied());
        let header = out.len();
        out.push(0);
        out[header] = bits::encode(out, count, self.asked.iter().copied());
        integers::encode_block(out, self.order.iter().copied());
        let rows =
            rows_by_stream(&self.order, self.streams.len()).expect("the order names streams of the batch");
        writer::count(out, self.streams.len());
        for (stream, rows) in self.streams.iter().zip(rows) {
            assert!(
                stream.columns.iter().all(|column| column.len() == rows),
                "stream {} has a row for each of its events",
                stream.stream
            );
            writer::name(out, &stream.stream);
            column::write_all(&stream.columns, out);
        }
    }

    /// Replaces the batch with the one in `payload`, reusing its memory.
    ///
    /// # Errors
    /// `Version` or `Damaged`; the batch is then empty.
    pub fn decode_into(&mut self, payload: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new("input batch", payload);
        let result = self.read(&mut reader);
        if result.is_err() {
            *self = Self::default();
        }
        result
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        reader.version(VERSION)?;
        let count = reader.count("the number of events", ROWS_MAX)?;
        integers::decode_block(reader, count, &mut self.arrived)?;
        if !self.arrived.is_sorted() {
            return Err(reader.damaged(Fault::Order { what: "arrivals" }));
        }
        let code = reader.byte()?;
        self.asked.clear();
        bits::decode(reader, code, count, &mut self.asked)?;
        integers::decode_block(reader, count, &mut self.order)?;
        let streams = reader.count("the number of streams", NAMES_MAX)?;
        let Some(rows) = rows_by_stream(&self.order, streams) else {
            let found = self.order.iter().max().map_or(0, |most| u64::from(*most) + 1);
            return Err(reader.limit("the number of streams in the order", found, streams));
        };
        reader.claim(streams, size_of::<StreamRows>())?;
        self.streams.resize_with(streams, || StreamRows { stream: String::new(), columns: Vec::new() });
        let mut scratch = Scratch::default();
        for (stream, rows) in self.streams.iter_mut().zip(rows) {
            stream.stream.clear();
            stream.stream.push_str(reader.name()?);
            column::read_all(reader, rows, &mut scratch, &mut stream.columns)?;
        }
        reader.finish()
    }
}

/// Events of each stream; `None` when the order names a stream that there is not.
fn rows_by_stream(order: &[u16], streams: usize) -> Option<Vec<usize>> {
    let mut rows = vec![0; streams];
    for stream in order {
        *rows.get_mut(usize::from(*stream))? += 1;
    }
    Some(rows)
}

#[cfg(test)]
mod tests;
