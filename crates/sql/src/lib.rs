//! SQL statements to typed definitions: parse, bind, check. Nothing here knows how a definition runs.

pub mod definition;
