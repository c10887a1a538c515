//! Contents of the files that statements name, kept by hash so that an epoch outlives its files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sql::definition::BlobHash;
use storage::Storage;

use crate::Error;

/// Largest file that a statement may name.
pub const BLOB_BYTES_MAX: u64 = 4 << 30;

/// A folder of files named by the hash of their content.
#[derive(Clone, Debug)]
pub struct Blobs {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
}

impl Blobs {
    /// Opens the folder `blobs` in the data directory, making it when it is absent.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn open(storage: Arc<dyn Storage>, data: &Path) -> Result<Self, Error> {
        let directory = data.join("blobs");
        storage.create_directories(&directory, "blobs directory name")?;
        // A process may have died between a blob's rename and its sync: what is found from now on is durable.
        storage.sync_directory(&directory, "recovered blob names")?;
        Ok(Self { storage, directory })
    }

    /// The folder for reading only.
    pub fn existing(storage: Arc<dyn Storage>, data: &Path) -> Self {
        Self { storage, directory: data.join("blobs") }
    }

    /// The model in a blob.
    ///
    /// # Errors
    /// Why it cannot be read or is none.
    pub(crate) fn model(&self, blob: &BlobHash) -> Result<Arc<trees::Model>, String> {
        let bytes = self.get(&blob.0).map_err(|error| error.to_string())?;
        trees::Model::load(&bytes).map(Arc::new).map_err(|error| error.to_string())
    }

    /// Stores `bytes` durably under `hash` unless they are there.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn put(&self, hash: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.directory.join(hash);
        if self.storage.exists(&path)? {
            return Ok(());
        }
        let temporary = self.directory.join(format!("{hash}.new"));
        let file = self.storage.create(&temporary)?;
        file.write_at(0, bytes)?;
        file.sync_data("blob")?;
        self.storage.rename(&temporary, &path)?;
        self.storage.sync_directory(&self.directory, "blob's name")?;
        Ok(())
    }

    /// The content with this hash.
    ///
    /// # Errors
    /// `Blob` when it is absent or not what its name says.
    pub fn get(&self, hash: &str) -> Result<Arc<[u8]>, Error> {
        let path = self.directory.join(hash);
        let blob = |reason: String| Error::Blob { path: path.clone(), reason };
        let file = self.storage.open_to_read(&path).map_err(|error| blob(error.to_string()))?;
        let len = file.len()?;
        if len > BLOB_BYTES_MAX {
            return Err(blob(format!("it has {len} bytes; the limit is {BLOB_BYTES_MAX}")));
        }
        let mut bytes = vec![0; usize::try_from(len).expect("4 GiB fits in memory's address space")];
        let read = file.read_at(0, &mut bytes)?;
        if read != bytes.len() || catalog::hash(&bytes).0 != hash {
            return Err(blob("its content is not what its name says; restore it from a copy".to_owned()));
        }
        Ok(bytes.into())
    }
}
