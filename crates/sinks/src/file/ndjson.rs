//! One JSON object a line. Lines are written as they come; what a crash leaves behind the last commit is cut off.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::{File, Storage};
use types::{Column, Field};

use super::{Options, PURPOSE, check_columns, check_fields, json, part_path, parts};
use crate::{
    Error, Sink,
    cursor::{Cursor, Mark},
};

const SUFFIX: &str = ".ndjson";
const BUFFER_BYTES: usize = 1 << 20;

/// A folder of NDJSON files.
#[derive(Debug)]
pub struct Ndjson {
    storage: Arc<dyn Storage>,
    folder: PathBuf,
    fields: Vec<Field>,
    /// What stands before each value: the separator, the name and the colon.
    prefixes: Vec<String>,
    options: Options,
    cursor: Cursor,
    /// The part being written, and its number.
    part: Option<(u64, Arc<dyn File>)>,
    /// Whether the part's name is not durable yet.
    unnamed: bool,
    /// Bytes of the part that are in the file.
    bytes: u64,
    buffer: String,
    failed: bool,
}

impl Ndjson {
    /// Opens the sink in `folder` and cuts its files to what its cursor says.
    ///
    /// # Errors
    /// As [`crate::open`].
    pub fn open(
        storage: Arc<dyn Storage>,
        folder: &Path,
        fields: Vec<Field>,
        options: Options,
    ) -> Result<Self, Error> {
        check_fields(&fields)?;
        storage.create_directories(folder, PURPOSE)?;
        let cursor = Cursor::open(&*storage, folder)?;
        let mark = cursor.mark();
        for part in parts(&*storage, folder, SUFFIX)? {
            if mark.is_none_or(|mark| part > mark.part || mark.bytes == 0) {
                storage.remove(&part_path(folder, part, SUFFIX))?;
            }
        }
        let mut part = None;
        if let Some(mark) = mark.filter(|mark| mark.bytes > 0) {
            let path = part_path(folder, mark.part, SUFFIX);
            let damaged = |what: String| Error::Damaged { path: path.clone(), what };
            if !storage.exists(&path)? {
                return Err(damaged(format!("it is gone, and should have {} bytes", mark.bytes)));
            }
            let file = storage.open(&path)?;
            let len = file.len()?;
            if len < mark.bytes {
                return Err(damaged(format!("it has {len} bytes, and should have {}", mark.bytes)));
            }
            file.set_len(mark.bytes)?;
            part = Some((mark.part, file)).filter(|_| mark.bytes < options.part_bytes_max);
        }
        let prefix = |(index, field): (usize, &Field)| {
            let mut prefix = String::from(if index == 0 { "{" } else { "," });
            json::write_text(&mut prefix, &field.name);
            prefix.push(':');
            prefix
        };
        let prefixes = fields.iter().enumerate().map(prefix).collect();
        let bytes = mark.map_or(0, |mark| mark.bytes);
        let folder = folder.to_path_buf();
        let buffer = String::new();
        Ok(Self {
            storage,
            folder,
            fields,
            prefixes,
            options,
            cursor,
            part,
            unnamed: false,
            bytes,
            buffer,
            failed: false,
        })
    }

    fn write(&mut self) -> Result<(), Error> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let file = match &self.part {
            Some((_, file)) => file,
            None => {
                let number = self.cursor.mark().map_or(0, |mark| mark.cursor);
                let file = self.storage.create(&part_path(&self.folder, number, SUFFIX))?;
                self.unnamed = true;
                self.bytes = 0;
                &self.part.insert((number, file)).1
            }
        };
        file.write_at(self.bytes, self.buffer.as_bytes())?;
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn add(&mut self, columns: &[Column]) -> Result<(), Error> {
        check_columns(&self.fields, columns)?;
        for row in 0..columns.first().map_or(0, Column::len) {
            for (prefix, column) in self.prefixes.iter().zip(columns) {
                self.buffer.push_str(prefix);
                json::write_value(&mut self.buffer, column, row);
            }
            self.buffer.push_str("}\n");
            if self.buffer.len() >= BUFFER_BYTES {
                self.write()?;
            }
        }
        Ok(())
    }

    fn make_durable(&mut self, cursor: u64) -> Result<(), Error> {
        self.write()?;
        let mut mark = Mark { cursor, ..self.cursor.mark().unwrap_or_default() };
        if let Some((number, file)) = &self.part {
            file.sync_data(PURPOSE)?;
            if self.unnamed {
                self.storage.sync_directory(&self.folder, PURPOSE)?;
                self.unnamed = false;
            }
            mark = Mark { cursor, part: *number, bytes: self.bytes };
        }
        self.cursor.set(mark)?;
        if self.bytes >= self.options.part_bytes_max {
            self.part = None;
        }
        Ok(())
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

    fn close(mut self: Box<Self>, cursor: u64) -> Result<(), Error> {
        self.commit(cursor)
    }
}
