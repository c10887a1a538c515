//! The published durable mark, by which a second process knows where to stop.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::{File, Storage};

use crate::{
    Address, Error, Result,
    format::{Flaw, HEADER_BYTES, VERSION, begin, open, seal, u32_at, u64_at},
};

const MAGIC: [u8; 8] = *b"MITRAMRK";
/// The places of the slots: each in a sector of its own, so that a torn write harms one only.
const SLOTS: [u64; 2] = [0, 512];

/// Everything before `address` is durable, says the opening `generation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) address: Address,
    pub(crate) generation: u32,
}

impl Mark {
    fn decode(bytes: &[u8]) -> Result<Self, Flaw> {
        let bytes = open(bytes, MAGIC)?;
        Ok(Self { address: Address(u64_at(bytes, 16)), generation: u32_at(bytes, 12) })
    }
}

/// The file `durable`.
#[derive(Debug)]
pub(crate) struct MarkFile {
    file: Arc<dyn File>,
    path: PathBuf,
    next_slot: usize,
}

impl MarkFile {
    /// The file of a log that is to be written, and what it says.
    pub(crate) fn open_or_create(storage: &dyn Storage, path: &Path) -> Result<(Self, Option<Mark>)> {
        let file = if storage.exists(path)? { storage.open(path)? } else { storage.create(path)? };
        Self::new(file, path)
    }

    /// The file of a log that another process writes.
    pub(crate) fn open_to_read(storage: &dyn Storage, path: &Path) -> Result<Self> {
        Ok(Self::new(storage.open_to_read(path)?, path)?.0)
    }

    fn new(file: Arc<dyn File>, path: &Path) -> Result<(Self, Option<Mark>)> {
        let mut marks = Self { file, path: path.to_path_buf(), next_slot: 0 };
        let slots = [marks.slot(0)?, marks.slot(1)?];
        marks.next_slot = usize::from(slots[0] > slots[1]);
        Ok((marks, slots[0].max(slots[1])))
    }

    /// What is published; none if nothing is yet.
    pub(crate) fn read(&self) -> Result<Option<Mark>> {
        Ok(self.slot(0)?.max(self.slot(1)?))
    }

    fn slot(&self, slot: usize) -> Result<Option<Mark>> {
        let mut bytes = [0; HEADER_BYTES];
        let read = self.file.read_at(SLOTS[slot], &mut bytes)?;
        match Mark::decode(&bytes[..read]) {
            Ok(mark) => Ok(Some(mark)),
            Err(Flaw::Version(found)) => {
                Err(Error::Version { path: self.path.clone(), found, supported: VERSION })
            }
            // Never written, or torn: the other slot has the mark before.
            Err(_) => Ok(None),
        }
    }

    /// Publishes; the mark is readable by others at once, and survives a power cut perhaps.
    pub(crate) fn publish(&mut self, mark: Mark) -> Result<()> {
        let mut bytes = begin(MAGIC, mark.generation);
        bytes[16..24].copy_from_slice(&mark.address.0.to_le_bytes());
        seal(&mut bytes);
        self.file.write_at(SLOTS[self.next_slot], &bytes)?;
        self.next_slot = 1 - self.next_slot;
        Ok(())
    }

    /// Makes what is published survive a power cut.
    pub(crate) fn sync(&self) -> Result<()> {
        Ok(self.file.sync_data("durable mark")?)
    }
}
