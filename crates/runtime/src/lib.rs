//! One process's role: admission, log, engine, replies, recovery, statements and checkpoints, over any storage and
//! clock.

pub mod admission;
pub mod blobs;
pub mod changes;
pub mod checkpoint;
pub mod clock;
mod controls;
pub mod history;
pub mod inspect;
pub mod late;
pub mod node;
mod pieces;
pub mod processor;
pub mod record;
pub mod recovery;
pub mod rows;
pub mod spent;
pub mod warming;
pub mod workers;

use std::path::PathBuf;

use types::Position;

/// The build, recorded in checkpoints: outputs are compared byte for byte only within one.
pub const BUILD: &str = env!("CARGO_PKG_VERSION");

/// Why the process cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Files.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// The log.
    #[error(transparent)]
    Log(#[from] eventlog::Error),
    /// A payload of the log.
    #[error(transparent)]
    Records(#[from] records::Error),
    /// Checkpoints.
    #[error(transparent)]
    State(#[from] state::Error),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The index of keys.
    #[error(transparent)]
    Index(#[from] ingest::identity::Error),
    /// A stored file.
    #[error("{}: {reason}", path.display())]
    Blob {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A reference table's rows.
    #[error("table {table} from {path}: {reason}")]
    Table {
        /// The table.
        table: String,
        /// Its file as written.
        path: String,
        /// Why.
        reason: String,
    },
    /// A control record that does not fit the ones before it.
    #[error("the control record at position {position} cannot be applied: {reason}")]
    Catalog {
        /// Position.
        position: Position,
        /// Why.
        reason: String,
    },
    /// An output frame without its input frame before it.
    #[error("the output frame for position {position} answers no input frame before it; the log was altered")]
    Order {
        /// Position.
        position: Position,
    },
    /// A checkpoint's own section.
    #[error(
        "checkpoint section {0} is missing or cannot be read; remove the checkpoint to replay the log instead"
    )]
    CheckpointSection(String),
    /// A checkpoint that another build wrote, whose state may be another.
    #[error("the checkpoint was written by build {0} and this is {BUILD}; the log is replayed instead")]
    CheckpointBuild(String),
    /// Checkpoints without the log that they were made from.
    #[error(
        "{}: the log is missing, and {} holds its state; restore the log's directory from a backup, or remove the whole \
         data directory to start without history",
        log.display(), checkpoints.display()
    )]
    LogMissing {
        /// The log's directory.
        log: PathBuf,
        /// The checkpoints' directory.
        checkpoints: PathBuf,
    },
    /// History that arrives before the log's end.
    #[error(
        "row {row} arrived at {arrived} and the log already holds events that arrived at {last}; \
         history has to be read in order of arrival, before newer events"
    )]
    OutOfOrder {
        /// The row within its submission, from 1.
        row: usize,
        /// Its arrival.
        arrived: String,
        /// The log's last arrival.
        last: String,
    },
    /// One of the process's own threads is gone.
    #[error("the thread {0} has ended; this is a bug: restart the process, which recovers what is durable")]
    Thread(&'static str),
    /// The thread that builds the state of a change is gone.
    #[error("the thread {0} has ended on the way; this is a bug: report it with the statements")]
    Builder(&'static str),
    /// A replay from position 0 is asked for and the log starts later.
    #[error("the log starts at position {first}: what came before was released and is not in the archive")]
    HistoryGone {
        /// First position in the log.
        first: Position,
    },
}

impl Error {
    /// Whether it is a full disk: nothing was taken, and the process goes on when space returns.
    pub fn is_full(&self) -> bool {
        matches!(
            self,
            Self::Storage(storage::Error::Full { .. })
                | Self::Log(eventlog::Error::Full { .. })
                | Self::State(state::Error::Full { .. })
                | Self::Index(ingest::identity::Error::Storage(storage::Error::Full { .. }))
        )
    }
}
