//! The tables against the log that they were made from.

mod campaign;
mod columns;
mod content;
mod node;
mod refusals;
