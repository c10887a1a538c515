//! A loaded model: what it says of itself, and scores of rows.

use crate::{
    Error, Objective,
    forest::Forest,
    learner::{self, Learner},
};

/// A tree ensemble. It is immutable and shared by threads.
#[derive(Debug)]
pub struct Model {
    objective: Objective,
    feature_count: usize,
    feature_names: Option<Vec<String>>,
    forest: Forest,
}

impl Model {
    /// Loads a JSON or UBJSON model of XGBoost 1.6 to 3.x.
    ///
    /// # Errors
    /// When the bytes are no such model, go beyond a bound, or need what is not supported.
    pub fn load(bytes: &[u8]) -> Result<Self, Error> {
        let learner = learner::read(bytes)?;
        let forest = Forest::compile(&learner)?;
        let Learner { objective, feature_count, feature_names, .. } = learner;
        Ok(Self { objective, feature_count, feature_names, forest })
    }

    /// The features' names in the order of a row, if the model has them.
    pub fn feature_names(&self) -> Option<&[String]> {
        self.feature_names.as_deref()
    }

    /// Values in a row.
    pub fn feature_count(&self) -> usize {
        self.feature_count
    }

    /// What a prediction means.
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// Trees that are added up.
    pub fn tree_count(&self) -> usize {
        self.forest.tree_count()
    }

    /// One margin for each row, bit for bit XGBoost's `output_margin=True`. `rows` is row-major,
    /// [`Self::feature_count`] values each; NaN is missing. Allocates nothing once a thread has scored as
    /// wide a model.
    ///
    /// # Panics
    /// When `rows` has not `out.len()` rows.
    pub fn margins(&self, rows: &[f32], out: &mut [f32]) {
        self.forest.margins(rows, out);
    }

    /// One prediction for each row: a probability for the logistic objectives, else a value. As
    /// [`Self::margins`].
    ///
    /// # Panics
    /// When `rows` has not `out.len()` rows.
    pub fn predict(&self, rows: &[f32], out: &mut [f32]) {
        self.forest.margins(rows, out);
        self.objective.transform(out);
    }
}
