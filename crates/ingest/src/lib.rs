//! Ways in: bytes and files to typed rows, tokens for sensitive columns, and the index that recognises repeats.

pub mod content;
pub mod files;
pub mod identity;
pub mod rows;
mod shape;
pub mod tables;
pub mod tokens;
mod values;
pub mod watch;

/// Rows of a batch of a file at most.
pub const BATCH_ROWS_MAX: usize = 8_192;
