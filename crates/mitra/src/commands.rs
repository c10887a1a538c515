//! One module for each command.

pub mod check;
pub mod completions;
pub mod explain;
pub mod folder;
pub mod ingest;
pub mod init;
mod json;
pub mod plan;
pub mod run;
pub mod sql;
pub mod top;
pub mod verify;
