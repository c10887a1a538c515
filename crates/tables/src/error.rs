//! The ways in which the tables refuse, by what the operator does next.

use std::path::PathBuf;

/// The result of an operation on the tables.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Bytes are not what was written: the tables can be built again from the log.
    #[error(
        "{}: corrupt: {reason}; stop mitra-query, remove the directory {}, and the next start builds the tables from the log",
        path.display(), directory.display()
    )]
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// The tables' directory.
        directory: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The manifest is of another version of the program.
    #[error(
        "{}: format version {found}, and this program reads {supported}; use the program that wrote it, or remove the \
         directory {} to build the tables from the log",
        path.display(), directory.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The tables' directory.
        directory: PathBuf,
        /// Its version.
        found: u32,
        /// The version that this program reads.
        supported: u32,
    },
    /// The log is not the one that the tables were built from.
    #[error(
        "{}: built from another log than the one that is there now ({reason}); remove the directory to build the tables from \
         this log",
        directory.display()
    )]
    OtherLog {
        /// The tables' directory.
        directory: PathBuf,
        /// What differs.
        reason: String,
    },
    /// The log is not kept from where the tables stand.
    #[error(
        "the tables hold the log up to address {cursor}, and it is kept from address {start} on only: put the archived segments \
         before that back into {}",
        archive.display()
    )]
    Gone {
        /// Where the tables stand.
        cursor: u64,
        /// Where the log begins.
        start: u64,
        /// Where the log's segments are archived.
        archive: PathBuf,
    },
    /// A file that a statement names is missing or damaged.
    #[error("{}: {reason}", path.display())]
    Blob {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The rows of a reference table cannot be read.
    #[error("the rows of table {table} cannot be read: {reason}")]
    Reference {
        /// The table.
        table: String,
        /// Why.
        reason: String,
    },
    /// A frame's rows do not fit their definitions: a damaged log, or a fault of this program.
    #[error("the frame at address {address} cannot be read: {reason}")]
    Frame {
        /// Its place.
        address: u64,
        /// What does not fit.
        reason: String,
    },
    /// A control record cannot be taken.
    #[error("the definitions at position {position} cannot be read: {reason}")]
    Definitions {
        /// The record.
        position: u64,
        /// Why.
        reason: String,
    },
    /// Those of the log.
    #[error(transparent)]
    Log(#[from] eventlog::Error),
    /// Those of the storage.
    #[error(transparent)]
    Storage(#[from] storage::Error),
}
