//! Decisions made of one input batch, addressed by their events' positions.

use types::Column;

/// All outputs of one input frame. Names are not repeated: the definitions of the frame's epoch order them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutputBatch {
    /// One block for each decision that has rows, by ascending index.
    pub decisions: Vec<DecisionRows>,
}

/// Records of one decision, by ascending event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecisionRows {
    /// Index of the decision among the epoch's decisions in name order.
    pub decision: u16,
    /// Offset of each record's event from the frame's first position.
    pub events: Vec<u32>,
    /// Index in the decision's outcomes.
    pub outcomes: Vec<u8>,
    /// The event was late or from the future beyond its bound: its timeline features are NULL.
    pub late: Vec<bool>,
    /// For each record, how many entries of `fired` are its own.
    pub fired_counts: Vec<u16>,
    /// Indices among the decision's rules in name order, ascending in each record; shadow rules included.
    pub fired: Vec<u16>,
    /// The view's columns that are not columns of the event, in the view's order.
    pub columns: Vec<Column>,
    /// Items that raised and so are NULL or did not fire, by ascending event.
    pub raised: Vec<Raised>,
}

/// An item of a record that raised an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Index of the record in its block.
    pub record: u32,
    /// Index among `columns`, then the rules.
    pub item: u16,
    /// The error's code, as `expr::ErrorCode` numbers it.
    pub code: u8,
}
