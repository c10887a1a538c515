//! One JSON object a line. Lines are written as they come; what a crash leaves behind the last commit is cut off.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::{File, Storage};
use types::{Column, Field};

use super::{NAME_PURPOSE, PURPOSE, check_columns, check_fields, json};
use crate::{
    Error, Sink,
    cursor::{Cursor, Mark},
};

const BUFFER_BYTES: usize = 1 << 20;

/// A file of NDJSON, with its cursor beside it.
#[derive(Debug)]
pub struct Ndjson {
    file: Arc<dyn File>,
    fields: Vec<Field>,
    rows: json::Rows,
    cursor: Cursor,
    /// Bytes that are in the file.
    bytes: u64,
    buffer: String,
    failed: bool,
}

impl Ndjson {
    /// Opens the sink whose file is at `path` and cuts it to what its cursor says, which stands beside it
    /// with `.cursor` after its name.
    ///
    /// # Errors
    /// As [`crate::open`]; `Foreign` when there is a file without a cursor.
    pub fn open(storage: Arc<dyn Storage>, path: &Path, fields: Vec<Field>) -> Result<Self, Error> {
        check_fields(&fields)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        storage.create_directories(folder, NAME_PURPOSE)?;
        let cursor_path = Self::cursor_path(path);
        let exists = storage.exists(path)?;
        if exists && !storage.exists(&cursor_path)? {
            return Err(Error::Foreign { path: path.to_path_buf(), cursor: cursor_path });
        }
        // Durable before the file, so that the file is known as ours from its beginning.
        let cursor = Cursor::open(&*storage, &cursor_path)?;
        let bytes = cursor.mark().map_or(0, |mark| mark.bytes);
        let damaged = |what: String| Error::Damaged { path: path.to_path_buf(), what };
        let file = if exists {
            storage.open(path)?
        } else if bytes == 0 {
            storage.create(path)?
        } else {
            return Err(damaged(format!("it is gone, and should have {bytes} bytes")));
        };
        let len = file.len()?;
        if len < bytes {
            return Err(damaged(format!("it has {len} bytes, and should have {bytes}")));
        }
        file.set_len(bytes)?;
        if bytes == 0 {
            // Also when it exists: a process that died before this line may have made it.
            storage.sync_directory(folder, NAME_PURPOSE)?;
        }
        let rows = json::Rows::new(&fields);
        Ok(Self { file, fields, rows, cursor, bytes, buffer: String::new(), failed: false })
    }

    /// Where the cursor of the file at `path` is.
    pub(crate) fn cursor_path(path: &Path) -> PathBuf {
        PathBuf::from([path.as_os_str(), ".cursor".as_ref()].into_iter().collect::<OsString>())
    }

    fn write(&mut self) -> Result<(), Error> {
        self.file.write_at(self.bytes, self.buffer.as_bytes())?;
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn add(&mut self, columns: &[Column]) -> Result<(), Error> {
        check_columns(&self.fields, columns)?;
        for row in 0..columns.first().map_or(0, Column::len) {
            self.rows.write(&mut self.buffer, columns, row);
            self.buffer.push('\n');
            if self.buffer.len() >= BUFFER_BYTES {
                self.write()?;
            }
        }
        Ok(())
    }

    fn make_durable(&mut self, cursor: u64) -> Result<(), Error> {
        if !self.buffer.is_empty() {
            self.write()?;
        }
        if self.cursor.mark().map_or(0, |mark| mark.bytes) != self.bytes {
            self.file.sync_data(PURPOSE)?;
        }
        self.cursor.set(Mark { cursor, part: 0, bytes: self.bytes })
    }

    /// Runs a step unless an earlier one failed.
    fn step(&mut self, step: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        if self.failed {
            return Err(Error::Failed);
        }
        let result = step(self);
        self.failed = result.is_err();
        result
    }
}

impl Sink for Ndjson {
    fn cursor(&self) -> Option<u64> {
        self.cursor.mark().map(|mark| mark.cursor)
    }

    fn append(&mut self, columns: &[Column]) -> Result<(), Error> {
        self.step(|sink| sink.add(columns))
    }

    fn commit(&mut self, cursor: u64) -> Result<(), Error> {
        self.step(|sink| sink.make_durable(cursor))
    }

    fn flush(&mut self, cursor: u64) -> Result<(), Error> {
        self.commit(cursor)
    }

    fn close(mut self: Box<Self>, cursor: u64) -> Result<(), Error> {
        self.commit(cursor)
    }
}
