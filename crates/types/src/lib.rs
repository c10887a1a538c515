//! The values that every crate shares, so that no crate needs to know another for them.

pub mod column;
pub mod data_type;
pub mod decimal;
pub mod named;
pub mod schema;
pub mod text;
pub mod time;
pub mod value;

pub use column::{Column, Values};
pub use data_type::DataType;
pub use named::Named;
pub use schema::{Field, Schema};
pub use text::TextColumn;
pub use value::{Interval, Value};

/// The place of an input or control record in the log's order, counted from 0, one per record.
pub type Position = u64;

/// The number of a set of definitions; 0 is the empty set before the first one.
pub type Epoch = u32;

/// Microseconds since 1970-01-01 00:00:00 UTC.
pub type Micros = i64;
