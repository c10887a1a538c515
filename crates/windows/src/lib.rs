//! Keyed timelines and the exact sliding-window aggregates that are read from them.

pub mod spec;

pub use spec::{Aggregate, Frame, Function, TimelineSpec};
