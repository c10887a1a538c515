//! One module for each command.

pub mod check;
pub mod explain;
pub mod folder;
pub mod ingest;
pub mod init;
pub mod plan;
pub mod run;
pub mod sql;
pub mod verify;
