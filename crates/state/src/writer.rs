//! Writing one checkpoint, which exists only when it is complete and durable.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use storage::{File, Gentle, Storage};

use crate::{
    Error, Result, Stamp,
    format::{self, FINGERPRINT_BYTES_MAX, Header, NAME_BYTES_MAX, Part, SECTIONS_MAX},
};

/// A checkpoint in the making. Dropped before [`Writer::finish`], it leaves nothing.
#[derive(Debug)]
pub struct Writer {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
    file: Arc<dyn File>,
    temporary: PathBuf,
    path: PathBuf,
    /// Whether the temporary file is gone: it has its own name now.
    renamed: bool,
    len: u64,
    names: BTreeSet<String>,
    crc: u32,
}

impl Writer {
    pub(crate) fn begin(
        storage: Arc<dyn Storage>,
        directory: PathBuf,
        path: PathBuf,
        stamp: Stamp,
        fingerprint: &[u8],
    ) -> Result<Self> {
        bounded("a fingerprint", fingerprint.len(), FINGERPRINT_BYTES_MAX)?;
        let temporary = path.with_extension("tmp");
        let file = storage.create(&temporary)?;
        let (names, crc) = (BTreeSet::new(), 0);
        let mut writer =
            Self { storage, directory, file, temporary, path, renamed: false, len: 0, names, crc };
        let header = Header {
            stamp,
            fingerprint_len: fingerprint.len(),
            fingerprint_crc: crc32c::crc32c(fingerprint),
        };
        writer.write(&header.encode())?;
        writer.write(fingerprint)?;
        Ok(writer)
    }

    /// Goes on a piece at a time, so that syncs of other files wait less; the checkpoint takes longer. See [`Gentle`].
    #[must_use]
    pub fn gently(mut self) -> Self {
        self.file = Arc::new(Gentle::new(Arc::clone(&self.file), "piece of a checkpoint"));
        self
    }

    /// Adds a section.
    ///
    /// # Errors
    /// [`Error::Duplicate`], [`Error::TooLong`] or [`Error::TooMany`] for a mistake of the caller; [`Error::Full`].
    pub fn section(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        bounded("a section's name", name.len(), NAME_BYTES_MAX)?;
        if self.names.len() >= SECTIONS_MAX {
            return Err(Error::TooMany { max: SECTIONS_MAX });
        }
        if !self.names.insert(name.to_owned()) {
            return Err(Error::Duplicate { name: name.to_owned() });
        }
        let crc = crc32c::crc32c_append(crc32c::crc32c(name.as_bytes()), bytes);
        self.crc = format::chain(self.crc, crc);
        let part = Part::Section { name_len: name.len(), len: bytes.len() as u64, crc };
        self.write(&part.encode())?;
        self.write(name.as_bytes())?;
        self.write(bytes)
    }

    /// Completes the checkpoint: from here on it exists, whatever happens.
    ///
    /// # Errors
    /// Those of the storage; the checkpoint may then exist or not.
    pub fn finish(mut self) -> Result<()> {
        let sections = u32::try_from(self.names.len()).expect("the number of sections is bounded");
        let file_len = self.len + format::PART_BYTES as u64;
        self.write(&Part::Trailer { sections, file_len, crc: self.crc }.encode())?;
        self.file.sync_data("checkpoint")?;
        self.storage.rename(&self.temporary, &self.path)?;
        self.renamed = true;
        self.storage.sync_directory(&self.directory, "checkpoint's name")?;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_at(self.len, bytes)?;
        self.len += bytes.len() as u64;
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.renamed {
            // If that fails, opening the directory removes it.
            let _left_over = self.storage.remove(&self.temporary);
        }
    }
}

fn bounded(what: &'static str, len: usize, max: usize) -> Result<()> {
    if len <= max { Ok(()) } else { Err(Error::TooLong { what, len, max }) }
}
