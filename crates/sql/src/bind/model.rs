//! `CREATE MODEL`: a file, what it is, and its features.

use crate::{definition::Model, error::Fault, files::Files, parse::model::CreateModel};

pub(super) fn bind(create: &CreateModel, files: &dyn Files) -> Result<Model, Fault> {
    let (content, blob) = super::content(files, &create.path)?;
    let model = trees::Model::load(&content).map_err(|error| {
        Fault::new(create.path.span, format!("'{}' is not a model: {error}", create.path.text))
            .help("save it with xgboost's save_model, as JSON or UBJSON")
    })?;
    Ok(Model {
        name: create.name.text.clone(),
        path: create.path.text.clone(),
        blob,
        features: model.feature_names().map(|names| names.to_vec()),
        feature_count: model.feature_count(),
    })
}
