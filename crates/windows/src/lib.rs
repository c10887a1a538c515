//! Keyed timelines and the exact sliding-window aggregates that are read from them.

mod bytes;
mod checkpoint;
mod chunk;
mod deque;
mod dictionary;
mod distinct;
mod edge;
mod entry;
pub mod keys;
mod lane;
mod large;
mod links;
mod mark;
mod meter;
#[cfg(test)]
mod oracle;
mod output;
mod plan;
mod rounding;
mod rows;
mod scan;
mod small;
mod snapshot;
pub mod spec;
mod summary;
mod tally;
pub mod timeline;
mod wide;

pub use keys::Keys;
pub use spec::{Aggregate, Frame, Function, TimelineSpec};
pub use timeline::{Action, Error, Memory, Operation, Side, Timeline};
