//! SQL statements to typed definitions: parse, bind, check. Nothing here knows how a definition runs.

pub mod change;
pub mod definition;
pub mod error;
pub mod files;
pub mod identity;
pub mod late;
pub mod parse;
pub mod source;
pub mod statement;
pub mod target;
pub mod timelines;

mod bind;
mod dialect;
mod stack;
mod strictness;
mod tokens;

pub use change::{Action, Change};
pub use definition::{Definitions, Key, Kind};
pub use error::Error;
pub use files::Files;
pub use parse::{Parsed, parse, parse_file, parse_recorded};
pub use source::Source;
pub use statement::Statement;
