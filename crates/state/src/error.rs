//! The ways in which a checkpoint cannot be written or read.

use std::path::PathBuf;

/// The result of a checkpoint operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No room: what was written of the checkpoint is removed, and the one before stays.
    #[error("{}: no space left for the checkpoint; free some, and the next one is written", path.display())]
    Full {
        /// The file that did not fit.
        path: PathBuf,
    },
    /// The bytes are not what was written; only a file that changed after it was chosen shows this.
    #[error("{}: corrupt: {reason}; remove the file, and an older one and the log are used", path.display())]
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The caller gave two sections one name.
    #[error("section {name:?} is in the checkpoint already")]
    Duplicate {
        /// The section's name.
        name: String,
    },
    /// The caller gave more than the format holds.
    #[error("{what} has {len} bytes, {max} at most")]
    TooLong {
        /// The part.
        what: &'static str,
        /// Its length in bytes.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// The caller gave too many sections.
    #[error("a checkpoint has {max} sections at most; put more into each")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// A file operation failed.
    #[error(transparent)]
    Storage(storage::Error),
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Full { path } => Self::Full { path },
            other => Self::Storage(other),
        }
    }
}
