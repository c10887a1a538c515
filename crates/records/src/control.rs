//! Changes of definitions, as they ride in the log: source text, never a reprint.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::Position;

use crate::{Error, reader::Reader};

/// The newest version that this build writes and reads.
const VERSION: u8 = 2;

/// The version without abandoned changes. What it can say is written in it, so that builds that know no other read it.
const VERSION_WITHOUT_ABANDON: u8 = 1;

/// A control record and its position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlEntry {
    /// Position.
    pub position: Position,
    /// The record.
    pub control: Control,
}

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
    /// A change that was defined never goes live: its state cannot be built.
    Abandon {
        /// The change.
        change: u64,
        /// When: microseconds since 1970.
        arrived: i64,
        /// Why, for people.
        reason: String,
    },
}

impl Control {
    /// When it was admitted: microseconds since 1970.
    pub const fn arrived(&self) -> i64 {
        match self {
            Self::Define { arrived, .. } | Self::Activate { arrived, .. } | Self::Abandon { arrived, .. } => {
                *arrived
            }
        }
    }

    /// The change that it is about.
    pub const fn change(&self) -> u64 {
        match self {
            Self::Define { change, .. } | Self::Activate { change, .. } | Self::Abandon { change, .. } => {
                *change
            }
        }
    }

    /// The record's bytes: a version and JSON.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![match self {
            Self::Define { .. } | Self::Activate { .. } => VERSION_WITHOUT_ABANDON,
            Self::Abandon { .. } => VERSION,
        }];
        serde_json::to_writer(&mut out, self).expect("text, numbers and maps with text keys are JSON");
        out
    }

    /// Reads a record.
    ///
    /// # Errors
    /// `Version`, or `Control` when the text is no control record.
    pub fn decode(payload: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new("control record", payload);
        reader.version_among(&[VERSION_WITHOUT_ABANDON, VERSION])?;
        Ok(serde_json::from_slice(&payload[reader.at()..])?)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_written_in_the_oldest_version_that_can_say_them() {
        let origin = Origin::Statement;
        let records = [
            (Control::Define { change: 7, arrived: 3, origin, statements: Vec::new() }, 1),
            (Control::Activate { change: 7, arrived: 3, epoch: 2 }, 1),
            (Control::Abandon { change: 7, arrived: 3, reason: "it cannot be built".to_owned() }, 2),
        ];
        for (record, version) in records {
            let bytes = record.encode();
            assert_eq!((bytes[0], record.change(), record.arrived()), (version, 7, 3));
            assert_eq!(Control::decode(&bytes).expect("it was just written"), record);
        }
        let unknown = Control::decode(b"\x03{}").expect_err("no build has written it");
        assert!(matches!(unknown, Error::Version { found: 3, known: 2, .. }), "{unknown}");
        assert!(Control::decode(b"").is_err());
    }
}
