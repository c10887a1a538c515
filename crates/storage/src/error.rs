//! The ways in which a file operation ends badly, by what the caller does next.

use std::{
    io,
    path::{Path, PathBuf},
};

/// The result of a file operation.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, with the path it happened to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No room: the caller stops taking work until there is some.
    #[error("{}: no space left on the device; free some, and work goes on", path.display())]
    Full {
        /// The file that did not fit.
        path: PathBuf,
    },
    /// Nothing has this name.
    #[error("{}: no such file or directory", path.display())]
    NotFound {
        /// The missing file or directory.
        path: PathBuf,
    },
    /// Another process holds the lock.
    #[error("{}: locked by {}; stop it, or use another directory", path.display(), holder(*pid))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The holder's process id; none while the holder has not written it yet.
        pid: Option<u32>,
    },
    /// Anything else: the operation did not happen, or not completely.
    #[error("{}: cannot {action}: {reason}", path.display())]
    Failed {
        /// The file or directory.
        path: PathBuf,
        /// What was tried, as a verb and its object.
        action: String,
        /// The operating system's reason, which the text says: it is no source that a report would repeat.
        reason: io::Error,
    },
}

impl Error {
    /// The file or directory that the error is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Full { path }
            | Self::NotFound { path }
            | Self::Locked { path, .. }
            | Self::Failed { path, .. } => path,
        }
    }

    pub(crate) fn from_io(path: &Path, action: &str, reason: io::Error) -> Self {
        let path = path.to_path_buf();
        match reason.kind() {
            // A limit on the size of files is a full disk, too: the operator lifts it, and work goes on.
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full { path }
            }
            io::ErrorKind::NotFound => Self::NotFound { path },
            _ => Self::Failed { path, action: action.to_owned(), reason },
        }
    }
}

fn holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_reason_is_said_once_also_by_those_who_print_the_sources() {
        let error = Error::from_io(Path::new("/data/lock"), "open the lock", io::Error::other("read-only"));
        assert_eq!(error.to_string(), "/data/lock: cannot open the lock: read-only");
        assert!(error.source().is_none());
    }
}
