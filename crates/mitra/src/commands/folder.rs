//! The project's folder on the command line, given in the same two ways to every command that takes nothing else.

use std::path::{Path, PathBuf};

use clap::Args;

/// A project's folder: the working directory, unless another one is named.
#[derive(Debug, Args)]
pub struct Folder {
    /// The project's folder; the working directory when none is named.
    project: Option<PathBuf>,
    /// The same, as `ingest` and `explain` take it.
    #[arg(long = "project", value_name = "PROJECT", conflicts_with = "project")]
    named: Option<PathBuf>,
}

impl Folder {
    /// Where the project is.
    pub fn path(&self) -> &Path {
        self.project.as_deref().or(self.named.as_deref()).unwrap_or(Path::new("."))
    }
}
