//! What the bytes of the log's frames mean: input batches, control records and outputs, as packed columns.
//!
//! Every payload starts with one byte, the version of its format. Decoding checks every count, length, index and
//! value against its bound before memory is taken for it: damaged bytes give an [`Error`], never a panic.

mod bits;
pub mod canonical;
pub mod column;
pub mod control;
mod error;
pub mod input;
mod integers;
pub mod output;
mod reader;
mod text;
mod writer;

pub use error::{Error, Fault};

/// Frame kind of an [`input::InputBatch`].
pub const KIND_INPUT: u8 = 1;
/// Frame kind of a [`control::Control`].
pub const KIND_CONTROL: u8 = 2;
/// Frame kind of an [`output::OutputBatch`].
pub const KIND_OUTPUT: u8 = 3;

/// Rows of a batch at most.
pub const ROWS_MAX: usize = 1 << 16;

/// Columns of a block, blocks of a batch and other counts of names at most.
pub const NAMES_MAX: usize = 1 << 16;

/// Bytes that one payload may take when it is decoded.
pub const DECODED_BYTES_MAX: usize = 2 << 30;

#[cfg(test)]
mod strategies;
