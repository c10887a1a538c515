//! Records that the endpoint does not take, kept as lines of a file that its owner may move away at any time.

use std::{path::PathBuf, sync::Arc};

use storage::{File, Storage};

use super::{NAME_PURPOSE, PURPOSE, Record, delivery::Refusal};
use crate::{Error, file::json};

/// Bytes that are read at a time to find the end of the last whole line.
const CHUNK_BYTES: u64 = 64 << 10;

/// The file. It is opened for each addition, since it may have been moved away.
#[derive(Debug)]
pub(super) struct DeadLetters {
    storage: Arc<dyn Storage>,
    path: PathBuf,
    sink: String,
}

impl DeadLetters {
    pub(super) fn new(storage: Arc<dyn Storage>, path: PathBuf, sink: String) -> Self {
        Self { storage, path, sink }
    }

    /// Adds records and makes them durable. A crash right after it has them added again: dead letters, too, are there at
    /// least once.
    pub(super) fn add(&self, records: &[Record], refusal: &Refusal) -> Result<(), Error> {
        let is_new = !self.storage.exists(&self.path)?;
        let file = if is_new { self.storage.create(&self.path)? } else { self.storage.open(&self.path)? };
        let end = whole_lines(&*file)?;
        file.set_len(end)?;
        let mut text = String::new();
        for record in records {
            self.write(&mut text, record, refusal);
        }
        file.write_at(end, text.as_bytes())?;
        file.sync_data(PURPOSE)?;
        if is_new {
            let folder = self.path.parent().expect("the file is in the sink's folder");
            self.storage.sync_directory(folder, NAME_PURPOSE)?;
        }
        Ok(())
    }

    fn write(&self, text: &mut String, record: &Record, refusal: &Refusal) {
        text.push_str("{\"sink\":");
        json::write_text(text, &self.sink);
        text.push_str(&format!(",\"position\":{}", record.position));
        text.push_str(",\"reason\":");
        json::write_text(text, &refusal.reason);
        match refusal.status {
            Some(status) => text.push_str(&format!(",\"status\":{status}")),
            None => text.push_str(",\"status\":null"),
        }
        text.push_str(&format!(",\"attempts\":{}", refusal.attempts));
        text.push_str(",\"record\":");
        text.push_str(&record.json);
        text.push_str("}\n");
    }
}

/// Where the last whole line ends: a full disk or a power cut may have left part of one.
fn whole_lines(file: &dyn File) -> Result<u64, Error> {
    let mut end = file.len()?;
    while end > 0 {
        let start = end.saturating_sub(CHUNK_BYTES);
        let mut bytes = vec![0; usize::try_from(end - start).expect("a chunk is small")];
        let read = file.read_at(start, &mut bytes)?;
        if let Some(at) = bytes[..read].iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}
