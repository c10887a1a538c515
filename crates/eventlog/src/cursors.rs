//! How far each registered reader has come, so that the log keeps what somebody still needs.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::Storage;

use crate::{
    Address, Error, Result,
    chain::corrupt,
    format::{HEADER_BYTES, begin, open, seal, u64_at},
};

const MAGIC: [u8; 8] = *b"MITRACUR";
/// Characters of a reader's name at most.
pub const NAME_LEN_MAX: usize = 64;
const TEMPORARY: &str = ".tmp";

/// The files `readers/<name>` of a data directory. Each reader's own process writes its file; no lock is needed.
#[derive(Debug)]
pub struct Cursors {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
}

impl Cursors {
    /// The cursors of the log in `directory`, the data directory.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn open(storage: Arc<dyn Storage>, directory: &Path) -> Result<Self> {
        let data = directory;
        let directory = data.join("readers");
        storage.create_directory(&directory)?;
        storage.sync_directory(data, "readers directory name")?;
        // A process may have died between a cursor's rename and its sync: what is read from now on is durable.
        storage.sync_directory(&directory, "recovered readers' names")?;
        Ok(Self { storage, directory })
    }

    /// Registers a reader, or moves its cursor: nothing from `cursor` on is deleted for good. Durable on return.
    ///
    /// # Errors
    /// [`Error::Name`], and those of the storage.
    pub fn set(&self, name: &str, cursor: Address) -> Result<()> {
        let path = self.path(name)?;
        let temporary = self.directory.join(format!("{name}{TEMPORARY}"));
        let mut bytes = begin(MAGIC, 0);
        bytes[16..24].copy_from_slice(&cursor.0.to_le_bytes());
        seal(&mut bytes);
        let file = self.storage.create(&temporary)?;
        file.write_at(0, &bytes)?;
        file.sync_data("reader's cursor")?;
        self.storage.rename(&temporary, &path)?;
        self.storage.sync_directory(&self.directory, "reader's name")?;
        Ok(())
    }

    /// A reader's cursor; none if it is not registered.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Corrupt`] and [`Error::Version`] with the file.
    pub fn get(&self, name: &str) -> Result<Option<Address>> {
        let path = self.path(name)?;
        let file = match self.storage.open_to_read(&path) {
            Err(storage::Error::NotFound { .. }) => return Ok(None),
            file => file?,
        };
        let mut bytes = [0; HEADER_BYTES];
        let read = file.read_at(0, &mut bytes)?;
        match open(&bytes[..read], MAGIC) {
            Ok(bytes) => Ok(Some(Address(u64_at(bytes, 16)))),
            Err(flaw) => Err(corrupt(path, 0, flaw)),
        }
    }

    /// Forgets a reader; fine if it is not registered.
    ///
    /// # Errors
    /// [`Error::Name`], and those of the storage.
    pub fn remove(&self, name: &str) -> Result<()> {
        match self.storage.remove(&self.path(name)?) {
            Err(storage::Error::NotFound { .. }) => Ok(()),
            // If the removal is lost with the power, the log keeps a bit more.
            result => Ok(result?),
        }
    }

    /// All registered readers.
    ///
    /// # Errors
    /// Those of [`Cursors::get`].
    pub fn all(&self) -> Result<BTreeMap<String, Address>> {
        let mut cursors = BTreeMap::new();
        for name in self.storage.list(&self.directory)? {
            if valid(&name)
                && let Some(cursor) = self.get(&name)?
            {
                cursors.insert(name, cursor);
            }
        }
        Ok(cursors)
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        if valid(name) {
            Ok(self.directory.join(name))
        } else {
            Err(Error::Name { name: name.to_owned(), max: NAME_LEN_MAX })
        }
    }
}

/// A temporary file's name has a dot and is none of a reader.
fn valid(name: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=NAME_LEN_MAX).contains(&name.len()) && name.bytes().all(allowed)
}
