//! What the pages ask of the system beyond what the API asks, so that they can be tested without one.

use serve::{Answer, Backend};

/// The system behind the pages.
pub trait Source: Backend {
    /// Everything that is defined.
    fn definitions(&self) -> Vec<Definition>;

    /// What all definitions cost together, as `mitra check` prints it.
    fn cost(&self) -> String;

    /// How each part of the process does, and whoever reads its log.
    fn roles(&self) -> Vec<Role>;

    /// Decisions recorded since `cursor`, which an earlier call returned; without one, the latest. It may read files and take
    /// up to a fraction of a second, so it is called where that harms nobody.
    ///
    /// # Errors
    /// Why the log cannot be read.
    fn recent(&self, cursor: Option<u64>) -> Result<Recent, String>;
}

/// Decisions that were recorded lately, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recent {
    /// The latest of all.
    pub latest: Vec<Answer>,
    /// The latest for which a rule fired, shadow rules included.
    pub flagged: Vec<Answer>,
    /// From where the next call goes on.
    pub cursor: u64,
    /// There was more than can be shown, and part of it was passed over.
    pub is_sampled: bool,
}

/// One definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// `stream`, `table`, `function`, `view`, `model`, `decision`, `rule` or `sink`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// A rule's decision.
    pub decision: Option<String>,
    /// The statement as written.
    pub text: String,
    /// Where the statement stands: a file and line, or that it came as a statement.
    pub place: String,
    /// What it costs, in a few words; empty for what costs nothing of its own.
    pub cost: String,
    /// Names of what it reads.
    pub reads: Vec<String>,
    /// Columns with their types, of what has columns.
    pub columns: Vec<(String, String)>,
}

/// How a role does, from good to bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// It works.
    #[default]
    Good,
    /// It waits for something that passes.
    Waiting,
    /// A person has to help.
    Bad,
}

/// A part of the process, or a reader of its log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// What it is called.
    pub name: String,
    /// How it does.
    pub health: Health,
    /// What it does now, in a few words.
    pub state: String,
    /// Bytes of the log that it has not seen; `None` for what does not read the log.
    pub lag_bytes: Option<u64>,
}
