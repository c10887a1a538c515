//! Parquet parts. A part is written beside its name and renamed when it is complete; only then does the cursor move, so
//! rows of a part that a crash interrupts are fed again. A part is named by the address of the log at which it starts:
//! one that is written again takes the place of its first try.

mod columns;
mod output;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ::parquet::{
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::{
        properties::{WriterProperties, WriterPropertiesPtr},
        writer::SerializedFileWriter,
    },
    schema::types::TypePtr,
};
use storage::Storage;
use types::{Column, Field};

use self::output::Output;
use super::{NAME_PURPOSE, Options, PURPOSE, check_columns, check_fields};
use crate::{
    Error, Sink,
    cursor::{Cursor, Mark},
};

const SUFFIX: &str = ".parquet";
const UNFINISHED: &str = ".parquet.new";
/// A name that readers of the folder pass over.
const CURSOR: &str = "_cursor";

/// A row group ends when its rows take so many bytes, however few they are.
const GROUP_BYTES_MAX: usize = 64 << 20;

pub(super) fn part_path(folder: &Path, part: u64, suffix: &str) -> PathBuf {
    folder.join(format!("part-{part:020}{suffix}"))
}

/// The parts in a folder with this suffix, in order.
pub(super) fn parts(storage: &dyn Storage, folder: &Path, suffix: &str) -> Result<Vec<u64>, Error> {
    let number = |name: &String| {
        let digits = name.strip_prefix("part-")?.strip_suffix(suffix)?;
        if digits.len() == 20 { digits.parse().ok() } else { None }
    };
    Ok(storage.list(folder)?.iter().filter_map(number).collect())
}

/// A folder of Parquet files.
pub struct Parquet {
    storage: Arc<dyn Storage>,
    folder: PathBuf,
    fields: Vec<Field>,
    schema: TypePtr,
    properties: WriterPropertiesPtr,
    options: Options,
    cursor: Cursor,
    /// Rows of the next row group.
    rows: Vec<Column>,
    writer: Option<SerializedFileWriter<Output>>,
    /// Rows of the part.
    part_rows: usize,
    failed: bool,
}

impl Parquet {
    /// Opens the sink in `folder` and removes the part that a crash interrupted.
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
        storage.create_directories(folder, NAME_PURPOSE)?;
        let cursor = Cursor::open(&*storage, &Self::cursor_path(folder))?;
        for part in parts(&*storage, folder, UNFINISHED)? {
            storage.remove(&part_path(folder, part, UNFINISHED))?;
        }
        let schema = columns::schema(&fields);
        let level = ZstdLevel::try_new(1).expect("1 is a level of zstd");
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_created_by("mitra".to_owned())
            .build();
        let rows = fields.iter().map(|field| Column::new(field.data_type)).collect();
        Ok(Self {
            storage,
            folder: folder.to_path_buf(),
            fields,
            schema,
            properties: Arc::new(properties),
            options,
            cursor,
            rows,
            writer: None,
            part_rows: 0,
            failed: false,
        })
    }

    /// Where the cursor of the parts in `folder` is.
    pub(crate) fn cursor_path(folder: &Path) -> PathBuf {
        folder.join(CURSOR)
    }

    /// The part being written starts where the cursor stands.
    fn part(&self) -> u64 {
        self.cursor.mark().map_or(0, |mark| mark.cursor)
    }

    fn encoding(&self, error: &ParquetError) -> Error {
        Error::Encoding { path: part_path(&self.folder, self.part(), UNFINISHED), reason: error.to_string() }
    }

    /// Makes an error of the encoder that of the storage, when that is the cause.
    fn failure(&mut self, error: &ParquetError) -> Error {
        let cause = self.writer.as_mut().and_then(|writer| writer.inner_mut().take_error());
        cause.map_or_else(|| self.encoding(error), Error::Storage)
    }

    fn add(&mut self, columns: &[Column]) -> Result<(), Error> {
        check_columns(&self.fields, columns)?;
        for (rows, column) in self.rows.iter_mut().zip(columns) {
            rows.extend_from(column, 0..column.len());
        }
        self.part_rows += columns.first().map_or(0, Column::len);
        let rows = self.rows.first().map_or(0, Column::len);
        let bytes: usize = self.rows.iter().map(Column::bytes).sum();
        if rows >= self.options.group_rows_max || bytes >= GROUP_BYTES_MAX {
            self.write_group()
        } else {
            Ok(())
        }
    }

    /// Writes the rows that wait as a row group.
    fn write_group(&mut self) -> Result<(), Error> {
        if self.rows.first().is_none_or(Column::is_empty) {
            return Ok(());
        }
        if self.writer.is_none() {
            let file = self.storage.create(&part_path(&self.folder, self.part(), UNFINISHED))?;
            let output = Output::new(file);
            let writer =
                SerializedFileWriter::new(output, Arc::clone(&self.schema), Arc::clone(&self.properties));
            self.writer = Some(writer.map_err(|error| self.encoding(&error))?);
        }
        let writer = self.writer.as_mut().expect("it was just made");
        if let Err(error) = columns::write_group(writer, &self.rows) {
            return Err(self.failure(&error));
        }
        self.rows.iter_mut().for_each(Column::clear);
        Ok(())
    }

    /// Completes the part, if it has rows, and moves the cursor behind it.
    fn finish_part(&mut self, cursor: u64) -> Result<(), Error> {
        self.write_group()?;
        let mut mark = self.cursor.mark().unwrap_or_default();
        if let Some(writer) = self.writer.as_mut() {
            if let Err(error) = writer.finish() {
                return Err(self.failure(&error));
            }
            let bytes = writer.inner_mut().finish(PURPOSE)?;
            self.writer = None;
            let part = self.part();
            let path = part_path(&self.folder, part, SUFFIX);
            self.storage.rename(&part_path(&self.folder, part, UNFINISHED), &path)?;
            self.storage.sync_directory(&self.folder, NAME_PURPOSE)?;
            self.part_rows = 0;
            mark = Mark { cursor, part, bytes };
        }
        self.cursor.set(Mark { cursor, ..mark })
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

impl Sink for Parquet {
    fn cursor(&self) -> Option<u64> {
        self.cursor.mark().map(|mark| mark.cursor)
    }

    fn append(&mut self, columns: &[Column]) -> Result<(), Error> {
        self.step(|sink| sink.add(columns))
    }

    /// Completes the part when it has enough rows; until then nothing of it is visible or durable.
    fn commit(&mut self, cursor: u64) -> Result<(), Error> {
        self.step(|sink| match sink.part_rows {
            rows if rows >= sink.options.part_rows_max => sink.finish_part(cursor),
            _ => Ok(()),
        })
    }

    fn flush(&mut self, cursor: u64) -> Result<(), Error> {
        self.step(|sink| sink.finish_part(cursor))
    }

    fn close(mut self: Box<Self>, cursor: u64) -> Result<(), Error> {
        self.flush(cursor)
    }
}
