//! A decision as its reader sees it: outcome, reasons, and every value that led to them.

use types::{Epoch, Micros, Named, Position};

/// The record of one decision, made now or read back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The decision's name.
    pub decision: String,
    /// The event's primary key.
    pub id: String,
    /// The event's position in the log.
    pub position: Position,
    /// The definitions that decided.
    pub epoch: Epoch,
    /// When the event was admitted.
    pub arrived: Option<Micros>,
    /// The strongest outcome that fired, else the default; `None` when `not_applicable`, and when the event was late and
    /// nobody asked.
    pub outcome: Option<String>,
    /// The decision's view has no row for this event.
    pub not_applicable: bool,
    /// The event was known already: this is the recorded answer.
    pub repeated: bool,
    /// The event was beyond its stream's bounds of time, so it is on no timeline and its timeline features are NULL.
    pub late: Option<Late>,
    /// The rules that fired, shadow rules included.
    pub reasons: Vec<Fired>,
    /// What the models said.
    pub scores: Named,
    /// The view's other columns that are not columns of the event.
    pub features: Named,
    /// The event itself, sensitive columns as tokens.
    pub event: Named,
    /// Columns that raised an error and so are NULL, rules that raised one and so did not fire, aggregates whose argument or
    /// FILTER raised one and so did not count this event, and WHERE where it raised one and so there is no row.
    pub raised: Vec<Raised>,
    /// What was used, by hash: definitions, models, the build.
    pub versions: Vec<(String, String)>,
    /// Microseconds from the whole request to this answer; measured, so no part of the record.
    pub latency_us: Option<u64>,
}

/// Which bound of time an event is beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// It arrived more than `allowed_lateness` after its time.
    Past,
    /// Its time is more than `future_max` after its arrival.
    Future,
}

impl Late {
    /// The bound's name, as the stream's definition has it.
    pub fn bound(self) -> &'static str {
        match self {
            Self::Past => "allowed_lateness",
            Self::Future => "future_max",
        }
    }
}

/// A rule that fired.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fired {
    /// Its name.
    pub rule: String,
    /// What it asks for.
    pub outcome: String,
    /// Its `REASON`.
    pub reason: String,
    /// It only watches: the outcome does not count it.
    pub shadow: bool,
    /// Its condition as written.
    pub condition: String,
    /// The columns that its condition reads, with their values.
    pub saw: Named,
}

/// A column or rule that raised an error where PostgreSQL would have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raised {
    /// Its name.
    pub item: String,
    /// Why.
    pub message: String,
}
