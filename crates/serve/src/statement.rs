//! What a change of definitions did, or why it was refused, place by place.

use serde::Serialize;
use types::{Epoch, Position};

use crate::Refusal;

/// Statements that are in force, or will be once their state is built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The epoch that they made.
    pub epoch: Epoch,
    /// The position from which they act.
    pub position: Position,
    /// What changed, in order.
    pub changes: Vec<Change>,
}

/// One definition that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `create`, `replace` or `drop`.
    pub action: String,
    /// `stream`, `view`, `rule`, ...
    pub kind: String,
    /// Its name; a rule's is followed by ` on ` and its decision.
    pub name: String,
}

/// Why statements were not applied. Nothing of them was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementRefusal {
    /// They are wrong: 400 with every error.
    Errors(Vec<StatementError>),
    /// They may be right, but not now or not here.
    Refused(Refusal),
}

impl From<Refusal> for StatementRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// One error in the statements' text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StatementError {
    /// What was found and what was expected.
    pub message: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What to write instead.
    pub help: Option<String>,
    /// The whole error as a terminal shows it, with the line and a caret.
    pub rendered: String,
}
