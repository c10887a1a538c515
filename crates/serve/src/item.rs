//! What became of each event of a request, in the order that they were sent.

use std::borrow::Cow;

use types::Position;

/// The code of an event that is larger than its limit; a single one is answered with 413.
pub const TOO_LARGE: &str = "event_too_large";

/// How the events of a body are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One object, a JSON array, or objects one after the other: the content tells.
    Content,
    /// One object a line, as `application/x-ndjson` says.
    Lines,
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// It is durable at this position.
    Accepted {
        /// In the log.
        position: Position,
    },
    /// The same content is durable at this position already.
    Duplicate {
        /// In the log.
        position: Position,
    },
    /// Other content under the same primary key is at this position.
    Conflict {
        /// In the log.
        position: Position,
        /// The key, and what differs.
        message: String,
    },
    /// It was not taken.
    Rejected {
        /// Stable, for programs.
        code: Cow<'static, str>,
        /// The column at fault.
        field: Option<String>,
        /// The offending value, the limit and the remedy.
        message: String,
    },
}
