//! The physical plan of an epoch's definitions and its deterministic execution: batches in, outputs out.

pub mod checkpoint;
pub mod execute;
pub mod executor;
pub mod memory;
pub mod plan;
pub mod tables;

mod engine;

pub use engine::{Counters, DecisionCounters, Engine};
pub use execute::{Admission, admission};
pub use executor::{Executor, Inline};
pub use plan::Plan;
pub use tables::TableRows;

/// Why a plan, a batch or a checkpoint was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A definition names something that the definitions of its epoch do not hold.
    #[error("{0} is not defined in its epoch; this is a bug in the catalog")]
    Undefined(String),
    /// A window's value is needed to put rows on the window's own timeline.
    #[error(
        "the windows over stream {stream} need their own values to find their rows; \
         split the view so that keys and arguments do not read a window over the same key"
    )]
    Cycle {
        /// The stream.
        stream: String,
    },
    /// A model's file cannot be had or loaded.
    #[error("model {model}: {reason}")]
    Model {
        /// The model's name.
        model: String,
        /// Why.
        reason: String,
    },
    /// A reference table's file holds a key twice.
    #[error("table row {row} repeats the primary key of row {first}; keep one row for each key")]
    DuplicateKey {
        /// Row, from 1.
        row: usize,
        /// The first row with the key, from 1.
        first: usize,
    },
    /// A batch carries an epoch that the plan does not hold.
    #[error("epoch {0} is not part of the plan; replay from an older checkpoint")]
    UnknownEpoch(types::Epoch),
    /// A batch's columns are not the stream's.
    #[error("the log's rows of stream {stream} have {found} columns and its definition {expected}")]
    Columns {
        /// The stream.
        stream: String,
        /// Columns in the batch.
        found: usize,
        /// Columns in the definition.
        expected: usize,
    },
    /// The new plan needs rows that the present state does not keep.
    #[error("timeline {0} has to be built from history")]
    NeedsHistory(String),
    /// A checkpoint's section cannot be read.
    #[error("checkpoint section {section}: {reason}")]
    Checkpoint {
        /// The section's name.
        section: String,
        /// Why.
        reason: String,
    },
}
