//! Changes of definitions, as they ride in the log: source text, never a reprint.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One control record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Control {
    /// Statements that were checked together and wait for their state.
    Define {
        /// Number of the change, counted from 1.
        change: u64,
        /// When it was admitted: microseconds since 1970.
        arrived: i64,
        /// Who sent it: `project` for the folder, `statement` for a client.
        origin: Origin,
        /// In order.
        statements: Vec<Statement>,
    },
    /// A change goes live: events after this position carry `epoch`.
    Activate {
        /// The change.
        change: u64,
        /// When: microseconds since 1970.
        arrived: i64,
        /// The new epoch.
        epoch: u32,
    },
}

/// Where a change came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The project folder, compared at a start.
    Project,
    /// A statement sent to the running system.
    Statement,
}

/// One statement's source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The text as written, without the closing semicolon.
    pub text: String,
    /// The file it stands in, relative to the project; `None` for a client's statement.
    pub file: Option<String>,
    /// The line of the file it starts at, from 1.
    pub line: u32,
    /// Content hashes of the files it names, by the path as written.
    pub blobs: BTreeMap<String, String>,
}
