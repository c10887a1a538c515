//! A stored file as the Parquet library wants it: appended to in order, and read at any place.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use bytes::Bytes;
use parquet::{
    errors::{ParquetError, Result as ParquetResult},
    file::reader::{ChunkReader, Length},
};
use storage::File;

/// Appends to a file and keeps the checksum of what was written.
pub struct Appender {
    file: Arc<dyn File>,
    /// Bytes so far.
    pub len: u64,
    /// CRC-32C of them.
    pub checksum: u32,
    /// The first error, with its path; the Parquet library passes on its text only.
    pub failure: Option<storage::Error>,
}

impl Appender {
    /// Appends to an empty file.
    pub fn new(file: Arc<dyn File>) -> Self {
        Self { file, len: 0, checksum: 0, failure: None }
    }

    /// Makes what was written durable.
    pub fn sync(&self, purpose: &'static str) -> storage::Result<()> {
        self.file.sync_data(purpose)
    }
}

impl Write for Appender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.file.write_at(self.len, bytes) {
            let text = error.to_string();
            self.failure.get_or_insert(error);
            return Err(io::Error::other(text));
        }
        self.len += bytes.len() as u64;
        self.checksum = crc32c::crc32c_append(self.checksum, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a file whose length is known.
#[derive(Clone)]
pub struct Chunks {
    file: Arc<dyn File>,
    len: u64,
}

impl Chunks {
    /// A file of `len` bytes.
    pub fn new(file: Arc<dyn File>, len: u64) -> Self {
        Self { file, len }
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.len
    }
}

/// Reads on from a place.
pub struct From {
    chunks: Chunks,
    offset: u64,
}

impl Read for From {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.chunks.file.read_at(self.offset, into).map_err(io::Error::other)?;
        self.offset += read as u64;
        Ok(read)
    }
}

impl ChunkReader for Chunks {
    type T = From;

    fn get_read(&self, start: u64) -> ParquetResult<From> {
        Ok(From { chunks: self.clone(), offset: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = vec![0; length];
        let read =
            self.file.read_at(start, &mut bytes).map_err(|error| ParquetError::External(Box::new(error)))?;
        if read < length {
            return Err(ParquetError::EOF(format!(
                "{length} bytes wanted from {start} on, {read} are there"
            )));
        }
        Ok(bytes.into())
    }
}
