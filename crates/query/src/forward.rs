//! Statements that are not ours to run.

use async_trait::async_trait;

/// What became of statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The position from which they act.
    pub position: u64,
    /// The epoch that they made.
    pub epoch: u32,
}

/// Why statements were not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// The whole error as a terminal shows it, with the line and a caret.
    pub detail: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// Where in the statement, as line and column from 1.
    pub place: Option<(u32, u32)>,
    /// The five letters that tell programs what kind of error it is.
    pub state: &'static str,
}

/// The way to the one who changes definitions.
#[async_trait]
pub trait Forward: Send + Sync {
    /// Hands over a statement of `principal` and waits until it is in force.
    ///
    /// # Errors
    /// See [`Refusal`].
    async fn statement(&self, text: &str, principal: &str) -> Result<Applied, Refusal>;
}
