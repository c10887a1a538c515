//! The ways in which the log refuses, by what the caller does next.

use std::path::PathBuf;

use crate::Address;

/// The result of a log operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No room: stop acknowledging, and append again when there is some.
    #[error("{}: no space left for the log; free some, and appending works again", path.display())]
    Full {
        /// The file that did not fit.
        path: PathBuf,
    },
    /// A sync failed, so nothing is known about the unsynced bytes: restart the process, which recovers what is there.
    #[error("the log takes no more frames: {reason}; repair the device and restart")]
    Poisoned {
        /// The failure, with its path.
        reason: String,
    },
    /// Bytes that were durable are not what was written: restore the file.
    #[error("{}: corrupt at byte {offset}: {reason}; restore the file from its archived copy or a backup", segment.display())]
    Corrupt {
        /// The damaged file.
        segment: PathBuf,
        /// The byte of the file from which on it is damaged.
        offset: u64,
        /// What does not fit.
        reason: String,
    },
    /// The file is of another version of the program.
    #[error("{}: format version {found}, and this program reads {supported}; use the program that wrote it", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that this program reads.
        supported: u32,
    },
    /// The segments do not begin where they should.
    #[error("{}: no segment here, but {reason}; copy the newest archived segment here, or use another archive", directory.display())]
    NoSegment {
        /// The log's directory.
        directory: PathBuf,
        /// What says that there should be one.
        reason: String,
    },
    /// The payload is above the limit: split it.
    #[error("a payload of {bytes} bytes is too large, {max} at most; split the batch")]
    TooLarge {
        /// Bytes of the payload.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A consuming frame does not start with the next position: a mistake of the caller.
    #[error("a frame starts with position {found}, and the next one is {expected}")]
    Position {
        /// The log's next position.
        expected: u64,
        /// The frame's position.
        found: u64,
    },
    /// An answering frame is about positions that the log does not hold yet: a mistake of the caller.
    #[error("a frame answers {count} positions from {position} on, and the next one is {next_position}")]
    Answers {
        /// The frame's first position.
        position: u64,
        /// How many it answers.
        count: u32,
        /// The log's next position.
        next_position: u64,
    },
    /// The frame was released and is not archived.
    #[error("the log is not kept before address {start}, so {address} cannot be read")]
    Gone {
        /// What was asked for.
        address: Address,
        /// The first frame that is kept.
        start: Address,
    },
    /// The address is after the end: a cursor of another log, or a mistake of the caller.
    #[error("address {address} is after the log's end at {end}; is it a cursor of another log?")]
    Beyond {
        /// What was asked for.
        address: Address,
        /// Where the log ends.
        end: Address,
    },
    /// The address is not a frame's: a cursor of another log, or a mistake of the caller.
    #[error("no frame starts at address {address}; is it a cursor of another log?")]
    NotAFrame {
        /// What was asked for.
        address: Address,
    },
    /// A reader's name that could not be a file's.
    #[error("{name:?} is no name for a reader; use 1 to {max} of the letters a-z, 0-9, - and _")]
    Name {
        /// The name.
        name: String,
        /// The length at most.
        max: usize,
    },
    /// The log was closed or dropped, and this handle outlived it.
    #[error("the log is closed")]
    Closed,
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
