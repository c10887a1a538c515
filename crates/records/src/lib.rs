//! What the bytes of the log's frames mean: input batches, control records and outputs, as packed columns.

pub mod control;
pub mod input;
pub mod output;

/// Frame kind of an [`input::InputBatch`].
pub const KIND_INPUT: u8 = 1;
/// Frame kind of a [`control::Control`].
pub const KIND_CONTROL: u8 = 2;
/// Frame kind of an [`output::OutputBatch`].
pub const KIND_OUTPUT: u8 = 3;
