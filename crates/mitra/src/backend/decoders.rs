//! Decoders that requests use one after the other: one knows a stream's columns and how the last event was laid out, which
//! takes longer to learn than a small event takes to read.

use std::sync::{Arc, Mutex};

use ingest::rows::{Decoder, Items, Rejection};
use serve::Format;
use sql::definition::Stream;
use types::Column;

/// Decoders that wait for their next use: more requests than these are seldom read at once.
const WAITING_MAX: usize = 32;

/// Columns that wait for their next use: a request has them until it is answered, so there are more of them.
const COLUMNS_MAX: usize = 256;

/// Rows of columns that are worth keeping: those of a few rows have little memory in many pieces.
const ROWS_MAX: usize = 16;

/// A decoder and the definition that it was made for.
type Waiting = (Arc<Stream>, Decoder);

/// Decoders by what they were made for.
#[derive(Debug, Default)]
pub struct Decoders {
    waiting: Mutex<Vec<Waiting>>,
    columns: Mutex<Vec<(Arc<Stream>, Vec<Column>)>>,
}

/// What a body came to.
pub struct Decoded {
    /// The rows of the events that are right.
    pub columns: Vec<Column>,
    /// What became of each event.
    pub items: Items,
    /// Fields that the stream does not have.
    pub unknown_fields: u64,
}

impl Decoders {
    /// Reads a body's events.
    ///
    /// # Errors
    /// What is wrong with the body as a whole.
    pub fn read(&self, stream: &Arc<Stream>, body: &[u8], format: Format) -> Result<Decoded, Rejection> {
        let mut decoder = self.take(stream);
        let known = decoder.unknown_fields();
        let items = match format {
            Format::Content => decoder.push_body(body),
            Format::Lines => decoder.push_lines(body),
        };
        let columns = match self.columns_of(stream) {
            Some(columns) => decoder.take_for(columns),
            None => decoder.take(),
        };
        let unknown_fields = decoder.unknown_fields() - known;
        self.give((Arc::clone(stream), decoder));
        Ok(Decoded { columns, items: items?, unknown_fields })
    }

    /// Takes columns back that a body of this stream came to.
    pub fn give_back(&self, stream: &Arc<Stream>, columns: Vec<Column>) {
        if columns.first().is_none_or(|column| column.len() > ROWS_MAX) {
            return;
        }
        let mut kept = self.columns.lock().expect("no holder panicked");
        // As with decoders, those of former definitions are the first to go.
        if kept.len() >= COLUMNS_MAX {
            kept.remove(0);
        }
        kept.push((Arc::clone(stream), columns));
    }

    fn columns_of(&self, stream: &Arc<Stream>) -> Option<Vec<Column>> {
        let mut kept = self.columns.lock().expect("no holder panicked");
        let found = kept.iter().rposition(|(other, _)| Arc::ptr_eq(other, stream))?;
        Some(kept.swap_remove(found).1)
    }

    fn take(&self, stream: &Arc<Stream>) -> Decoder {
        let mut waiting = self.waiting.lock().expect("no holder panicked");
        let found = waiting.iter().rposition(|(other, _)| Arc::ptr_eq(other, stream));
        let found = found.map(|index| waiting.swap_remove(index).1);
        drop(waiting);
        found.unwrap_or_else(|| Decoder::new(Arc::clone(stream)))
    }

    fn give(&self, decoder: Waiting) {
        let mut waiting = self.waiting.lock().expect("no holder panicked");
        // Those of former definitions are the first to go.
        if waiting.len() >= WAITING_MAX {
            waiting.remove(0);
        }
        waiting.push(decoder);
    }
}

#[cfg(test)]
mod tests {
    use types::{DataType, Field, Schema};

    use super::*;

    fn stream(names: &[&str]) -> Arc<Stream> {
        let field = |name: &&str| Field {
            name: (*name).to_owned(),
            data_type: if *name == "at" { DataType::Timestamptz } else { DataType::Text },
            not_null: false,
        };
        Arc::new(Stream {
            name: "s".to_owned(),
            schema: Schema { fields: names.iter().map(field).collect() },
            primary_key: 0,
            event_time: 1,
            arrival_time: None,
            allowed_lateness: 0,
            future_max: 0,
            dedupe: 0,
            hot: 0,
            key_horizon: 0,
            tokens: Vec::new(),
        })
    }

    #[test]
    fn a_body_leaves_nothing_to_the_next_one() {
        let decoders = Decoders::default();
        let (one, other) = (stream(&["id", "at", "a"]), stream(&["id", "at", "b"]));
        let body = br#"{"id": "1", "at": "2026-01-02T03:04:05Z", "a": "x", "c": 1}"#;
        let ids = |columns: &[Column]| -> Vec<String> {
            let texts = columns[0].as_text().expect("ids are texts");
            (0..texts.len()).map(|row| texts.get(row).to_owned()).collect()
        };
        for _ in 0..2 {
            let found = decoders.read(&one, body, Format::Content).expect("it is an object");
            assert_eq!((ids(&found.columns), found.unknown_fields), (vec!["1".to_owned()], 1));
            decoders.give_back(&one, found.columns);
            assert_eq!(decoders.columns.lock().unwrap().len(), 1);
            let found = decoders.read(&other, body, Format::Content).expect("it is an object");
            assert_eq!((ids(&found.columns), found.unknown_fields), (vec!["1".to_owned()], 2));
            assert!(found.columns[2].is_null(0));
            let found =
                decoders.read(&one, b"{\"id\": \"2\", \"a\"", Format::Content).expect("it has its item");
            assert!(found.items[0].is_err() && found.columns[0].is_empty());
            assert_eq!(decoders.columns.lock().unwrap().len(), 0, "they are used again");
        }
        assert_eq!(decoders.waiting.lock().unwrap().len(), 2);
    }
}
