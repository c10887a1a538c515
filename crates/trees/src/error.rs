//! Why a model file is refused: every text names the place in the file, the limit and what to do.

/// A model that cannot be loaded. The kinds say what its owner does next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are no JSON or UBJSON document: get the file again, or save the model again.
    #[error(
        "the model is not readable {format}: {problem} at byte {at}; save it again with `Booster.save_model`"
    )]
    Syntax {
        /// `JSON` or `UBJSON`.
        format: &'static str,
        /// What was expected or found.
        problem: &'static str,
        /// Where, in bytes from the start.
        at: usize,
    },
    /// The bytes are of another format altogether.
    #[error("the model is {0}; save it as .json or .ubj with `Booster.save_model`")]
    Format(&'static str),
    /// A part is missing or of the wrong kind: the file is not what XGBoost writes.
    #[error("the model's {path} {problem}; save it again with `Booster.save_model`")]
    Malformed {
        /// Where in the document.
        path: String,
        /// What is wrong there.
        problem: String,
    },
    /// Above one of this crate's bounds.
    #[error("the model has {count} {what}, {max} at most; train a smaller one")]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// The bound.
        max: usize,
    },
    /// A kind of model that is not scored here.
    #[error("{what} is not supported; {remedy}")]
    Unsupported {
        /// Named as XGBoost names it.
        what: String,
        /// What to do instead.
        remedy: &'static str,
    },
}

impl Error {
    /// The part at `path` is not as XGBoost writes it.
    pub(crate) fn malformed(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Malformed { path: path.into(), problem: problem.into() }
    }
}
