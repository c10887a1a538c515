//! Rows on disk: one Parquet file, written once, shared by everybody who still scans it, removed after the last one.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use arrow::{
    array::{ArrayRef, RecordBatch, new_null_array},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use parquet::{
    arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
    basic::Compression,
    errors::ParquetError,
    file::properties::WriterProperties,
    schema::types::ColumnPath,
};
use serde::{Deserialize, Serialize};
use storage::{Gentle, Storage};
use types::{Micros, Position};

use crate::{
    Error, Result,
    file::{Appender, Chunks},
};

/// Rows of a group, the unit that a scan prunes and that one thread reads.
const GROUP_ROWS: usize = 131_072;
/// How often a group's filter is wrong about a text that is not in the group.
const FILTER_FALSE_SHARE: f64 = 0.02;
/// Bytes read at a time to check a file.
const CHECK_BYTES: usize = 1 << 20;
/// Rows of a batch when a file is read to be merged.
const MERGE_ROWS: usize = 8_192;

/// From where to where rows are, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first row's position.
    pub first_position: Position,
    /// The last row's position.
    pub last_position: Position,
    /// The first row's arrival.
    pub first_arrived: Micros,
    /// The last row's arrival.
    pub last_arrived: Micros,
}

impl Span {
    /// Both together; the other is after this one.
    pub fn and(self, after: Self) -> Self {
        Self { last_position: after.last_position, last_arrived: after.last_arrived, ..self }
    }
}

/// What the manifest says of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentEntry {
    /// Names the file; never used twice.
    pub number: u64,
    /// Rows.
    pub rows: u64,
    /// Length of the file.
    pub bytes: u64,
    /// CRC-32C of the file.
    pub checksum: u32,
    /// Where its rows are; none of a reference table.
    pub span: Option<Span>,
}

/// A file of rows.
#[derive(Debug)]
pub struct Segment {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
    entry: SegmentEntry,
    checked: OnceLock<std::result::Result<(), String>>,
    is_doomed: AtomicBool,
}

/// The name of a segment's file.
pub fn file_name(number: u64) -> String {
    format!("{number:012}.parquet")
}

impl Segment {
    /// A file that the manifest names: it must be there in its full length.
    pub fn open(storage: Arc<dyn Storage>, directory: &Path, entry: SegmentEntry) -> Result<Self> {
        let segment = Self::written(storage, directory, entry);
        let path = segment.path();
        let missing =
            |error: &dyn std::fmt::Display| segment.corrupt(format!("the manifest names it: {error}"));
        let file = match segment.storage.open_to_read(&path) {
            Err(error @ storage::Error::NotFound { .. }) => return Err(missing(&error)),
            file => file?,
        };
        let bytes = file.len()?;
        if bytes != segment.entry.bytes {
            return Err(segment.corrupt(format!("{bytes} bytes, and {} were written", segment.entry.bytes)));
        }
        Ok(segment)
    }

    /// A file that this process has just written.
    fn written(storage: Arc<dyn Storage>, directory: &Path, entry: SegmentEntry) -> Self {
        let directory = directory.to_path_buf();
        Self { storage, directory, entry, checked: OnceLock::new(), is_doomed: AtomicBool::new(false) }
    }

    /// Writes `batches` as a durable file, whose name is not durable yet. Their columns are `fields`, or some of them.
    pub fn write(
        storage: &Arc<dyn Storage>,
        directory: &Path,
        number: u64,
        fields: Vec<Field>,
        span: Option<Span>,
        batches: impl Iterator<Item = Result<RecordBatch>>,
    ) -> Result<Self> {
        let path = directory.join(file_name(number));
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let properties = properties(&schema);
        let file = Gentle::new(storage.create(&path)?, "piece of a tables' segment");
        let mut appender = Appender::new(Arc::new(file));
        let mut rows = 0;
        let written = (|| {
            let mut writer = ArrowWriter::try_new(&mut appender, Arc::clone(&schema), Some(properties))?;
            for batch in batches {
                let batch = match batch {
                    Ok(batch) => batch,
                    Err(error) => return Ok(Err(error)),
                };
                rows += batch.num_rows() as u64;
                writer.write(&widened(&batch, &schema))?;
            }
            writer.close()?;
            Ok::<_, ParquetError>(Ok(()))
        })();
        match (written, appender.failure.take()) {
            (_, Some(failure)) => return Err(failure.into()),
            (Err(error), None) => {
                return Err(Error::Corrupt {
                    path,
                    directory: directory.to_path_buf(),
                    reason: error.to_string(),
                });
            }
            (Ok(result), None) => result?,
        }
        appender.sync("tables' segment")?;
        let entry = SegmentEntry { number, rows, bytes: appender.len, checksum: appender.checksum, span };
        let segment = Self::written(Arc::clone(storage), directory, entry);
        // What was just written was checked by the one who wrote it.
        segment.checked.set(Ok(())).expect("nobody else has seen the segment");
        Ok(segment)
    }

    /// What the manifest says of it.
    pub fn entry(&self) -> &SegmentEntry {
        &self.entry
    }

    /// Its file.
    pub fn path(&self) -> PathBuf {
        self.directory.join(file_name(self.entry.number))
    }

    /// Compares the whole file with its checksum, once: what is damaged is never served.
    ///
    /// # Errors
    /// [`Error::Corrupt`] with the file.
    pub fn check(&self) -> Result<()> {
        let checked = self.checked.get_or_init(|| self.read_all());
        checked.clone().map_err(|reason| self.corrupt(reason))
    }

    fn read_all(&self) -> std::result::Result<(), String> {
        let file = self.storage.open_to_read(&self.path()).map_err(|error| error.to_string())?;
        let mut buffer = vec![0; CHECK_BYTES];
        let (mut offset, mut checksum) = (0, 0);
        loop {
            let read = file.read_at(offset, &mut buffer).map_err(|error| error.to_string())?;
            if read == 0 {
                break;
            }
            checksum = crc32c::crc32c_append(checksum, &buffer[..read]);
            offset += read as u64;
        }
        if (offset, checksum) == (self.entry.bytes, self.entry.checksum) {
            Ok(())
        } else {
            Err("its checksum does not fit its bytes".to_owned())
        }
    }

    /// Its rows in order.
    ///
    /// # Errors
    /// [`Error::Corrupt`], and those of the storage.
    pub fn read(&self) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
        self.check()?;
        let file = self.storage.open_to_read(&self.path())?;
        let (path, directory) = (self.path(), self.directory.clone());
        let corrupt =
            move |reason: String| Error::Corrupt { path: path.clone(), directory: directory.clone(), reason };
        let reader = ParquetRecordBatchReaderBuilder::try_new(Chunks::new(file, self.entry.bytes))
            .and_then(|builder| builder.with_batch_size(MERGE_ROWS).build())
            .map_err(|error| corrupt(error.to_string()))?;
        Ok(reader.map(move |batch| batch.map_err(|error| corrupt(error.to_string()))))
    }

    /// Lets the file go as soon as nobody scans it.
    pub fn doom(&self) {
        self.is_doomed.store(true, Ordering::Release);
    }

    fn corrupt(&self, reason: String) -> Error {
        Error::Corrupt { path: self.path(), directory: self.directory.clone(), reason }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if self.is_doomed.load(Ordering::Acquire) {
            // One that stays is removed at the next start: the manifest does not name it.
            let _ = self.storage.remove(&self.path());
        }
    }
}

/// How files are written. Each group has a filter for each text column that says which texts are surely not in it, because a text
/// that is looked for is mostly a key: one card, one merchant, one event. A filter takes about a byte for each text that is
/// different from others, and next to nothing in a column of few.
fn properties(schema: &Schema) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_created_by("mitra-query".to_owned());
    for field in schema.fields().iter().filter(|field| *field.data_type() == DataType::Utf8View) {
        let column = ColumnPath::new(vec![field.name().clone()]);
        properties = properties.set_column_bloom_filter_fpp(column, FILTER_FALSE_SHARE);
    }
    properties.build()
}

/// A batch with NULL in the columns that it lacks.
pub fn widened(batch: &RecordBatch, schema: &SchemaRef) -> RecordBatch {
    let column = |field: &Arc<Field>| -> ArrayRef {
        match batch.column_by_name(field.name()) {
            Some(column) => Arc::clone(column),
            None => new_null_array(field.data_type(), batch.num_rows()),
        }
    };
    let columns = schema.fields().iter().map(column).collect();
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .expect("a stored column has one type under one name")
}
