//! The real implementation: the operating system's files.

use std::{
    fs::{self, OpenOptions, TryLockError},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process,
    sync::Arc,
};

use crate::{Error, File, Lock, Result, Storage};

/// The operating system's file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Storage for Disk {
    fn open(&self, path: &Path) -> Result<Arc<dyn File>> {
        DiskFile::open(path, OpenOptions::new().read(true).write(true))
    }

    fn open_to_read(&self, path: &Path) -> Result<Arc<dyn File>> {
        DiskFile::open(path, OpenOptions::new().read(true))
    }

    fn create(&self, path: &Path) -> Result<Arc<dyn File>> {
        DiskFile::open(path, OpenOptions::new().read(true).write(true).create(true).truncate(true))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        fs::rename(from, to).map_err(|error| Error::from_io(from, "rename it", error))
    }

    fn link(&self, from: &Path, to: &Path) -> Result<bool> {
        match fs::hard_link(from, to) {
            Ok(()) => Ok(true),
            Err(error) if cannot_link(error.kind()) => Ok(false),
            Err(error) => Err(Error::from_io(to, "link it", error)),
        }
    }

    fn remove(&self, path: &Path) -> Result<()> {
        fs::remove_file(path).map_err(|error| Error::from_io(path, "remove it", error))
    }

    fn list(&self, directory: &Path) -> Result<Vec<String>> {
        let failed = |error| Error::from_io(directory, "list it", error);
        let mut names = Vec::new();
        for entry in fs::read_dir(directory).map_err(failed)? {
            // A name that is not UTF-8 is none of ours.
            if let Ok(name) = entry.map_err(failed)?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn create_directory(&self, path: &Path) -> Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            result => result.map_err(|error| Error::from_io(path, "create the directory", error)),
        }
    }

    fn sync_directory(&self, path: &Path, purpose: &'static str) -> Result<()> {
        fs::File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(|error| Error::from_io(path, purpose, error))
    }

    fn exists(&self, path: &Path) -> Result<bool> {
        path.try_exists().map_err(|error| Error::from_io(path, "look it up", error))
    }

    fn lock(&self, path: &Path) -> Result<Lock> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| Error::from_io(path, "open the lock", error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked { path: path.to_path_buf(), pid: holder(path) });
            }
            Err(TryLockError::Error(error)) => return Err(Error::from_io(path, "take the lock", error)),
        }
        file.set_len(0)
            .and_then(|()| file.write_all_at(format!("{}\n", process::id()).as_bytes(), 0))
            .map_err(|error| Error::from_io(path, "write the process id", error))?;
        Ok(Lock::new(path, file))
    }
}

/// Whether a file system says in this way that it has no second names for this file.
fn cannot_link(error: io::ErrorKind) -> bool {
    matches!(
        error,
        io::ErrorKind::CrossesDevices
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::TooManyLinks
            | io::ErrorKind::Unsupported
    )
}

/// The process id in a lock file, if it is complete.
fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.strip_suffix('\n')?.parse().ok()
}

#[derive(Debug)]
struct DiskFile {
    file: fs::File,
    path: PathBuf,
}

impl DiskFile {
    fn open(path: &Path, options: &OpenOptions) -> Result<Arc<dyn File>> {
        let file = options.open(path).map_err(|error| Error::from_io(path, "open it", error))?;
        Ok(Arc::new(Self { file, path: path.to_path_buf() }))
    }

    fn failed(&self, action: &'static str) -> impl Fn(io::Error) -> Error {
        move |error| Error::from_io(&self.path, action, error)
    }
}

impl File for DiskFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < into.len() {
            match self.file.read_at(&mut into[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed("read it")(error)),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, offset).map_err(self.failed("write it"))
    }

    fn len(&self) -> Result<u64> {
        Ok(self.file.metadata().map_err(self.failed("get its length"))?.len())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.file.set_len(len).map_err(self.failed("set its length"))
    }

    fn sync_data(&self, purpose: &'static str) -> Result<()> {
        self.file.sync_data().map_err(|error| Error::from_io(&self.path, &format!("sync {purpose}"), error))
    }
}
