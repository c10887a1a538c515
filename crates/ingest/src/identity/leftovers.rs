//! What the index has no more use for.

use std::sync::Arc;

use storage::Storage;

use super::{Error, flush::Frozen, run::Run};

/// Keys in memory, or files, that a larger file has replaced. To give back some hundred megabytes takes tens of
/// milliseconds, so it is for a thread that nobody waits for. What is never removed is so at the next start.
#[derive(Debug, Default)]
#[must_use = "the files stay, and the memory goes on the spot"]
pub struct Leftovers {
    keys: Option<Arc<Frozen>>,
    files: Vec<Arc<Run>>,
    /// Where the files are.
    storage: Option<Arc<dyn Storage>>,
}

impl Leftovers {
    pub(super) const fn keys(keys: Option<Arc<Frozen>>) -> Self {
        Self { keys, files: Vec::new(), storage: None }
    }

    /// A file of the same positions is never made again: they are within a larger one.
    pub(super) const fn files(storage: Arc<dyn Storage>, files: Vec<Arc<Run>>) -> Self {
        Self { keys: None, files, storage: Some(storage) }
    }

    /// Removes it.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn remove(self) -> Result<(), Error> {
        drop(self.keys);
        if let Some(storage) = self.storage {
            self.files.iter().try_for_each(|file| storage.remove(file.path()))?;
        }
        Ok(())
    }
}
