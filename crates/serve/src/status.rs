//! What the system is doing, for `GET /v1/status`, the status line and the console.

use serde::Serialize;
use types::{Epoch, Position};

/// The state of one process.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// The project's name.
    pub project: String,
    /// `ready`, `full` (the disk is, which passes) or `broken` (only a restart helps).
    pub state: String,
    /// Why it is not ready; empty when it is.
    pub reason: String,
    /// Seconds since the start.
    pub uptime_s: u64,
    /// The definitions in force.
    pub epoch: Epoch,
    /// The position that the next event gets.
    pub next_position: Position,
    /// Events that wait for the engine.
    pub queue_len: u64,
    /// Events accepted since the start.
    pub events: u64,
    /// Events a second, lately.
    pub events_per_second: f64,
    /// Streams by name.
    pub streams: Vec<Stream>,
    /// Decisions by name.
    pub decisions: Vec<Decision>,
    /// Models by name.
    pub models: Vec<Model>,
    /// Changes of definitions that wait for their state.
    pub pending: Vec<Pending>,
    /// The log and its files.
    pub log: Log,
}

/// A stream and its counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// Events accepted.
    pub accepted: u64,
    /// Events that were known already.
    pub duplicates: u64,
    /// Events refused.
    pub rejected: u64,
    /// Events beyond the lateness bound.
    pub late: u64,
    /// Fields that the schema does not name.
    pub unknown_fields: u64,
}

/// A decision and its counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Its name.
    pub name: String,
    /// The view that it reads.
    pub view: String,
    /// From the default to the strongest.
    pub outcomes: Vec<Count>,
    /// Its rules by name.
    pub rules: Vec<Rule>,
}

/// A rule and how often it fired since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// `live` or `shadow`.
    pub mode: String,
    /// What it asks for.
    pub outcome: String,
    /// How often it fired.
    pub fired: u64,
}

/// A name and a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What is counted.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// A model in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The hash of its file.
    pub hash: String,
}

/// A change that is not live yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pending {
    /// Its number.
    pub change: u64,
    /// What it defines.
    pub what: String,
    /// Part of the history that its state has seen, 0 to 1.
    pub progress: f64,
}

/// The log on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Log {
    /// Where it is.
    pub directory: String,
    /// Size of the files in the data directory; archived ones elsewhere do not count.
    pub bytes: u64,
    /// How many files those are.
    pub segments: u64,
    /// The first position after the newest checkpoint.
    pub checkpoint_position: Position,
}
