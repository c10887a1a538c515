//! One JSON object a line, for people, scripts and log shippers.
//!
//! The file is synced before the cursor that counts its bytes is replaced; opening cuts off what no cursor counts.

use std::sync::Arc;

use storage::File;
use types::{Column, Field};

use crate::{Error, Place, check_columns, cursor::Record, json};

const SYNC: &str = "the sink's rows";
const SYNC_NAME: &str = "the name of the sink's file";

/// Buffered bytes from which an append writes them first.
const BUFFER_BYTES_MAX: usize = 1 << 20;

pub(crate) struct Sink {
    place: Place,
    fields: Vec<Field>,
    /// What comes before each column's value in a line.
    keys: Vec<String>,
    file: Arc<dyn File>,
    /// Rows that are not in the file yet.
    buffer: String,
    /// Bytes in the file.
    len: u64,
    durable: Record,
    failed: bool,
}

impl Sink {
    pub(crate) fn open(place: Place, fields: Vec<Field>) -> Result<Self, Error> {
        let exists = place.storage.exists(&place.path)?;
        let durable = match place.read_cursor()? {
            Some(record) => record,
            None if exists => return Err(Error::CursorMissing { path: place.path }),
            None => {
                // Before the file, so that a file never is without.
                let record = Record { address: None, extent: Some(0) };
                place.write_cursor(record)?;
                record
            }
        };
        let len = durable.extent.ok_or_else(|| place.damaged("its cursor is not that of an NDJSON file"))?;
        let file = match exists {
            true => place.storage.open(&place.path)?,
            false if len == 0 => place.storage.create(&place.path)?,
            false => return Err(place.damaged("it is gone, its cursor is not")),
        };
        place.storage.sync_directory(&place.directory(), SYNC_NAME)?;
        let found = file.len()?;
        if found < len {
            return Err(place.damaged(format!("it has {found} bytes, {len} were committed")));
        }
        file.set_len(len)?;
        let keys = fields.iter().enumerate().map(|(index, field)| {
            let mut key = if index == 0 { "{" } else { "," }.to_owned();
            json::write_string(&mut key, &field.name);
            key + ":"
        });
        let keys = keys.collect();
        Ok(Self { place, fields, keys, file, buffer: String::new(), len, durable, failed: false })
    }

    /// Moves the buffer to the file. When it fails the same bytes go to the same place next time.
    fn write(&mut self) -> Result<(), Error> {
        self.file.write_at(self.len, self.buffer.as_bytes())?;
        self.len += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn check_usable(&self) -> Result<(), Error> {
        if self.failed { Err(Error::Failed { path: self.place.path.clone() }) } else { Ok(()) }
    }
}

impl crate::Sink for Sink {
    fn cursor(&self) -> Option<u64> {
        self.durable.address
    }

    fn append(&mut self, columns: &[Column]) -> Result<(), Error> {
        self.check_usable()?;
        let rows = check_columns(&self.place.path, &self.fields, columns)?;
        if self.buffer.len() >= BUFFER_BYTES_MAX {
            self.write()?;
        }
        for row in 0..rows {
            for (key, column) in self.keys.iter().zip(columns) {
                self.buffer.push_str(key);
                json::write_value(&mut self.buffer, column, row);
            }
            self.buffer.push_str("}\n");
        }
        Ok(())
    }

    fn commit(&mut self, cursor: u64) -> Result<(), Error> {
        self.check_usable()?;
        if !self.buffer.is_empty() {
            self.write()?;
        }
        let record = Record { address: Some(cursor), extent: Some(self.len) };
        if record == self.durable {
            return Ok(());
        }
        if record.extent != self.durable.extent {
            // After a failed sync nothing is known about the bytes, and another sync proves nothing.
            self.failed = true;
            self.file.sync_data(SYNC)?;
            self.failed = false;
        }
        self.place.write_cursor(record)?;
        self.durable = record;
        Ok(())
    }

    fn close(mut self: Box<Self>, cursor: u64) -> Result<(), Error> {
        self.commit(cursor)
    }
}
