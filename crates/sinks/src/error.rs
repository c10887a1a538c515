//! Why a sink cannot go on.

use std::path::PathBuf;

use types::DataType;

/// After any of these a sink is opened again and fed from its cursor.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Files.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A file that is not what was written.
    #[error("{}: {what}; restore it, or remove the sink's files to have them written anew from the log", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file that no sink wrote.
    #[error("{}: it exists and no sink wrote it, as {} is missing; move it away", path.display(), cursor.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What would stand beside it.
        cursor: PathBuf,
    },
    /// A type that the format has no place for.
    #[error("column {column} is {data_type}, which no sink can hold; cast it to TEXT in the view")]
    Unsupported {
        /// The column.
        column: String,
        /// Its type.
        data_type: DataType,
    },
    /// Columns that are not those that the sink was opened with.
    #[error(
        "rows of other columns than the sink was opened with: {what}; open the sink with the new columns"
    )]
    Columns {
        /// The first difference.
        what: String,
    },
    /// The encoder of Parquet.
    #[error("{}: {reason}", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The process ends before the endpoint has taken everything.
    #[error("the process ends before the endpoint has taken everything; the rest is sent at the next start")]
    Stopping,
    /// Certificates of authorities.
    #[error("the certificates of the endpoint's authorities: {reason}; they are needed in PEM")]
    Certificates {
        /// Why they cannot be used.
        reason: String,
    },
    /// The system's random bytes.
    #[error("cannot read random bytes for the name of a webhook's source: {0}")]
    Random(#[source] std::io::Error),
    /// A call after an error.
    #[error("the sink failed before; open it again and feed it from its cursor")]
    Failed,
}
