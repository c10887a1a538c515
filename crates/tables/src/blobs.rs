//! The files that statements name, as `mitra` keeps them in the data directory by the hash of their content.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::Storage;

use crate::{Error, Result};

/// The folder `blobs` of a data directory, read only.
#[derive(Clone, Debug)]
pub struct Blobs {
    storage: Arc<dyn Storage>,
    directory: PathBuf,
}

impl Blobs {
    /// The folder of the data directory `data`.
    pub fn new(storage: Arc<dyn Storage>, data: &Path) -> Self {
        Self { storage, directory: data.join("blobs") }
    }

    /// The content with this hash.
    ///
    /// # Errors
    /// [`Error::Blob`] when it is absent or not what its name says.
    pub fn get(&self, hash: &str) -> Result<Arc<[u8]>> {
        let path = self.directory.join(hash);
        let blob = |reason: String| Error::Blob { path: path.clone(), reason };
        let file = self.storage.open_to_read(&path).map_err(|error| blob(error.to_string()))?;
        let len = usize::try_from(file.len()?).map_err(|_| blob("larger than the memory".to_owned()))?;
        let mut bytes = vec![0; len];
        let read = file.read_at(0, &mut bytes)?;
        if read != bytes.len() || catalog::hash(&bytes).0 != hash {
            return Err(blob("its content is not what its name says; restore it from a copy".to_owned()));
        }
        Ok(bytes.into())
    }
}
