//! The hot tables: what the log holds of the last days, as columns that a query can scan while the log goes on.
//!
//! One reader follows the log up to its durable mark and adds every event to its stream's table and every decision to
//! its decision's. Rows gather in memory, bounded, and go to Parquet files from time to time; one small file, the
//! manifest, names the Parquet files and the place of the log up to which they hold everything, and is replaced in one
//! step. So a restart reads on from there, and no row is missing or there twice.

mod blobs;
mod cells;
mod error;
mod file;
mod follower;
mod format;
mod frame;
mod layout;
mod manifest;
mod merge;
mod open;
mod reference;
mod relation;
mod retention;
mod seal;
mod segment;
mod snapshot;
mod store;

pub use error::{Error, Result};
pub use follower::{Follower, Progress, READER};
pub use layout::Kind;
pub use merge::{Merge, Merged};
pub use seal::Commit;
pub use segment::{Segment, Span};
pub use snapshot::{Shown, Snapshot, TableSnapshot};
pub use store::{DIRECTORY, Figures, Options, Tables};

#[cfg(test)]
mod tests;
