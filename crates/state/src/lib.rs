//! Checkpoints of keyed state, so that a restart replays a part of the log and not all of it.
//!
//! A checkpoint is one file of named sections that exists completely or not at all. It is a cache: what it holds can
//! be computed from the log again, so a damaged one is reported, skipped, and replaced by an older one.

mod checkpoint;
mod checkpoints;
mod error;
pub mod format;
mod writer;

pub use checkpoint::{Checkpoint, SectionPlace};
pub use checkpoints::{Checkpoints, Newest, Pruned, Skipped};
pub use error::{Error, Result};
pub use writer::Writer;

/// What a checkpoint stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// Every record before this position is in the state, and none from it on.
    pub position: u64,
    /// Where in the log to go on reading.
    pub address: u64,
}

#[cfg(test)]
mod tests;
