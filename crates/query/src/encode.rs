//! Rows of a result as the protocol sends them, in text or binary.

mod binary;
mod interval;
mod numeric;
mod row;
mod text;
mod wire_type;

pub use numeric::decode as decode_numeric;
pub use row::{Encoder, fields};
pub use wire_type::wire_type;

/// Microseconds from 1970 to 2000, from where the protocol counts.
pub const EPOCH_MICROS: i64 = 946_684_800_000_000;
/// Days from 1970 to 2000.
pub const EPOCH_DAYS: i32 = 10_957;
