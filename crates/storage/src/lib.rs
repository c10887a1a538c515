//! Files as a trait, so that everything durable can be run on a disk that lies, fails, fills up and loses power.
//!
//! The rules are POSIX's, at their strictest: bytes survive a power cut only after [`File::sync_data`], names only
//! after [`Storage::sync_directory`]. [`Disk`] is the real implementation, [`Faulty`] the seeded one.

mod disk;
mod error;
mod faulty;
mod gentle;

use std::{
    any::Any,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use disk::Disk;
pub use error::{Error, Result};
pub use faulty::{Faulty, Stop};
pub use gentle::Gentle;

/// Bytes that [`Storage::copy`] moves at a time.
const COPY_BYTES: usize = 1 << 20;

/// A place for files. Every error names the path.
pub trait Storage: Send + Sync + fmt::Debug {
    /// An existing file, to read and write.
    fn open(&self, path: &Path) -> Result<Arc<dyn File>>;

    /// An existing file, to read only: it needs no right to write.
    fn open_to_read(&self, path: &Path) -> Result<Arc<dyn File>>;

    /// A new, empty file; one that exists is emptied. Its name is durable after [`Storage::sync_directory`].
    fn create(&self, path: &Path) -> Result<Arc<dyn File>>;

    /// Moves a file to another name, replacing what is there, in one step.
    fn rename(&self, from: &Path, to: &Path) -> Result<()>;

    /// Gives a file a second name, which nothing has yet; the bytes are the same ones, as durable as they are. Whether that
    /// can be: false, and nothing done, between two file systems and on those that have no such names. The name is durable
    /// after [`Storage::sync_directory`].
    fn link(&self, from: &Path, to: &Path) -> Result<bool>;

    /// Removes a name. A file's bytes go with its last one. Open handles go on working.
    fn remove(&self, path: &Path) -> Result<()>;

    /// The names in a directory, sorted.
    fn list(&self, directory: &Path) -> Result<Vec<String>>;

    /// Makes one directory in an existing one; fine if it exists.
    fn create_directory(&self, path: &Path) -> Result<()>;

    /// Makes the names in a directory durable. `purpose` names them in
    /// errors ("cannot sync ...") and to the fault campaigns.
    fn sync_directory(&self, path: &Path, purpose: &'static str) -> Result<()>;

    /// Whether a file or directory has this name.
    fn exists(&self, path: &Path) -> Result<bool>;

    /// Takes the exclusive lock that the file at `path` stands for (it is made if missing), until the value is
    /// dropped or the process ends; otherwise [`Error::Locked`] with the holder's process id.
    fn lock(&self, path: &Path) -> Result<Lock>;

    /// Copies the bytes of a file to a new one, which is neither synced nor named durably.
    fn copy(&self, from: &Path, to: &Path) -> Result<Arc<dyn File>> {
        let source = self.open_to_read(from)?;
        let target = self.create(to)?;
        let mut buffer = vec![0; COPY_BYTES];
        let mut offset = 0;
        loop {
            let read = source.read_at(offset, &mut buffer)?;
            if read == 0 {
                return Ok(target);
            }
            target.write_at(offset, &buffer[..read])?;
            offset += read as u64;
        }
    }

    /// Makes a directory and its missing parents, and makes their names durable.
    fn create_directories(&self, path: &Path, purpose: &'static str) -> Result<()> {
        let Some(parent) = parent(path) else { return Ok(()) };
        if !self.exists(path)? {
            self.create_directories(&parent, purpose)?;
            self.create_directory(path)?;
        }
        // Also when it exists: a process that died before this line may have made it.
        self.sync_directory(&parent, purpose)
    }
}

/// The directory that holds the name `path`; none for a root.
fn parent(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    Some(if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_path_buf() })
}

/// An open file. Reads and writes name their place, so threads share one handle.
pub trait File: Send + Sync + fmt::Debug {
    /// Fills `into` from `offset` on; fewer bytes only at the end of the file.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize>;

    /// Writes all bytes at `offset`. When it fails, any part of them may be there.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()>;

    /// The length in bytes.
    fn len(&self) -> Result<u64>;

    /// Whether the file holds no byte.
    fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts the file off at `len` bytes, or extends it with zeros.
    fn set_len(&self, len: u64) -> Result<()>;

    /// Makes every byte written before the call durable (fdatasync). `purpose` names them in errors
    /// ("cannot sync ...") and to the fault campaigns. After an error nothing is known about any unsynced byte, and a second call proves nothing.
    fn sync_data(&self, purpose: &'static str) -> Result<()>;
}

/// A held lock; dropping it releases.
pub struct Lock {
    path: PathBuf,
    _held: Box<dyn Any + Send + Sync>,
}

impl Lock {
    fn new(path: &Path, held: impl Any + Send + Sync) -> Self {
        Self { path: path.to_path_buf(), _held: Box::new(held) }
    }

    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lock").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
