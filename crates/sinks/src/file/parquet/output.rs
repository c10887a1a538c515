//! A file of the storage as the encoder wants it: bytes one after the other.

use std::{
    io::{self, Write},
    sync::Arc,
};

use storage::File;

const BUFFER_BYTES: usize = 1 << 20;

/// Writes at the end of a file that it made.
#[derive(Debug)]
pub(super) struct Output {
    file: Arc<dyn File>,
    offset: u64,
    buffer: Vec<u8>,
    /// What the encoder was told only as an `io::Error`.
    error: Option<storage::Error>,
}

impl Output {
    pub(super) fn new(file: Arc<dyn File>) -> Self {
        Self { file, offset: 0, buffer: Vec::new(), error: None }
    }

    pub(super) fn take_error(&mut self) -> Option<storage::Error> {
        self.error.take()
    }

    fn write_buffer(&mut self) -> Result<(), storage::Error> {
        self.file.write_at(self.offset, &self.buffer)?;
        self.offset += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Makes everything durable; returns the length.
    pub(super) fn finish(&mut self, purpose: &'static str) -> Result<u64, storage::Error> {
        self.write_buffer()?;
        self.file.sync_data(purpose)?;
        Ok(self.offset)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES
            && let Err(error) = self.write_buffer()
        {
            let text = io::Error::other(error.to_string());
            self.error = Some(error);
            return Err(text);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
