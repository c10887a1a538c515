//! Tree-ensemble models: loads what XGBoost 2.x and 3.x save and scores rows bit for bit as XGBoost does.
//!
//! [`Model::load`] takes the bytes of a JSON or UBJSON model. [`Model::margins`] equals `Booster.predict`
//! with `output_margin=True` in every bit, because leaves are added in single precision in the order of the
//! trees, from the same base margin. What cannot be scored the same is refused by name.

mod document;
mod error;
mod forest;
mod json;
mod learner;
mod model;
mod objective;
mod single;
mod tree;
mod ubjson;

pub use error::Error;
pub use learner::{BYTES_MAX, FEATURES_MAX, TREES_MAX};
pub use model::Model;
pub use objective::Objective;
pub use tree::{DEPTH_MAX, NODES_MAX};
