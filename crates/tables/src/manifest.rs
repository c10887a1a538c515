//! The one file that says what the tables are: replaced in one step, so that files and place in the log change together.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use records::control::ControlEntry;
use serde::{Deserialize, Serialize};
use storage::Storage;
use types::{Micros, Position};

use crate::{
    Error, Result,
    format::{self, Flaw},
    layout::{Kind, Stored},
    segment::SegmentEntry,
};

const NAME: &str = "manifest";
const TEMPORARY: &str = "manifest.tmp";

/// What the tables hold and from where the log goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The last frame whose rows the files hold; none before the first one.
    pub last: Option<LastFrame>,
    /// The newest arrival up to there: the log's clock.
    pub clock: Option<Micros>,
    /// The position after that frame.
    pub next_position: Position,
    /// Every control record up to there.
    pub controls: Vec<ControlEntry>,
    /// The number of the next file.
    pub next_segment: u64,
    /// The tables.
    pub relations: Vec<RelationEntry>,
}

/// A frame, by what tells it from any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFrame {
    /// Its place.
    pub address: u64,
    /// Its first position.
    pub position: Position,
    /// CRC-32C of its payload.
    pub checksum: u32,
}

impl LastFrame {
    /// What tells `frame` from any other.
    pub fn of(frame: &eventlog::Frame) -> Self {
        Self {
            address: frame.address.0,
            position: frame.header.position,
            checksum: crc32c::crc32c(&frame.payload),
        }
    }
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationEntry {
    /// What it holds.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// How long rows are kept: microseconds.
    pub hot: Micros,
    /// Every column that it ever had.
    pub stored: Vec<Stored>,
    /// Its files, in the order of their rows.
    pub segments: Vec<SegmentEntry>,
}

/// The manifest's place.
#[derive(Clone, Debug)]
pub struct Place {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
}

impl Place {
    /// In the tables' directory.
    pub fn new(storage: Arc<dyn Storage>, directory: &Path) -> Self {
        Self { storage, directory: directory.to_path_buf() }
    }

    /// What was written last; none before the first time.
    ///
    /// # Errors
    /// [`Error::Corrupt`] and [`Error::Version`].
    pub fn read(&self) -> Result<Option<Manifest>> {
        let path = self.directory.join(NAME);
        let file = match self.storage.open_to_read(&path) {
            Err(storage::Error::NotFound { .. }) => return Ok(None),
            file => file?,
        };
        let corrupt =
            |reason: String| Error::Corrupt { path: path.clone(), directory: self.directory.clone(), reason };
        let len = usize::try_from(file.len()?).map_err(|_| corrupt("larger than the memory".to_owned()))?;
        let mut bytes = vec![0; len];
        let read = file.read_at(0, &mut bytes)?;
        let body = match format::open(&bytes[..read]) {
            Ok(body) => body,
            Err(Flaw::Version(found)) => {
                let directory = self.directory.clone();
                return Err(Error::Version { path, directory, found, supported: format::VERSION });
            }
            Err(Flaw::Bytes(reason)) => return Err(corrupt(reason)),
        };
        serde_json::from_slice(body).map(Some).map_err(|error| corrupt(error.to_string()))
    }

    /// Replaces what was written last; durable on return. Everything that it names must be durable before.
    ///
    /// # Errors
    /// Those of the storage: then either manifest may be the one that is found.
    pub fn write(&self, manifest: &Manifest) -> Result<()> {
        let body = serde_json::to_vec(manifest).expect("text, numbers and lists are JSON");
        let temporary = self.directory.join(TEMPORARY);
        let file = self.storage.create(&temporary)?;
        file.write_at(0, &format::seal(&body))?;
        file.sync_data("tables' manifest")?;
        self.storage.rename(&temporary, &self.directory.join(NAME))?;
        self.storage.sync_directory(&self.directory, "tables' manifest name")?;
        Ok(())
    }
}
