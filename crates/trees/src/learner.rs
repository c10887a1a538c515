//! From a document to what scoring needs: objective, base margin, names and trees in order. The rest is
//! refused by name.

use crate::{
    Error, Objective,
    document::{Value, join},
    json,
    tree::{Node, Tree},
    ubjson,
};

/// The largest file.
pub const BYTES_MAX: usize = 256 << 20;

/// The most trees.
pub const TREES_MAX: usize = 1 << 16;

/// The most features.
pub const FEATURES_MAX: usize = 1 << 15;

/// A checked model.
#[derive(Clone, Debug, PartialEq)]
pub struct Learner {
    /// What margins mean.
    pub objective: Objective,
    /// What every row starts from.
    pub base_margin: f32,
    /// Number of values in a row.
    pub feature_count: usize,
    /// Their names, if the model has them.
    pub feature_names: Option<Vec<String>>,
    /// In the order of addition.
    pub trees: Vec<Tree>,
}

/// Reads either format, told apart by what follows the first brace.
pub fn read(bytes: &[u8]) -> Result<Learner, Error> {
    if bytes.len() > BYTES_MAX {
        return Err(Error::TooLarge { what: "bytes", count: bytes.len(), max: BYTES_MAX });
    }
    let start = bytes.trim_ascii_start();
    let document = match start {
        [b'{', rest @ ..] => match rest.trim_ascii_start() {
            [b'"' | b'}', ..] | [] => json::read(bytes)?,
            _ => ubjson::read(start)?,
        },
        [b'b', b'i', b'n', b'f', ..] | [b'b', b's', b'6', b'4', ..] => {
            return Err(Error::Format("in XGBoost's old binary format"));
        }
        [] => return Err(Error::Format("empty")),
        _ => return Err(Error::Format("neither JSON nor UBJSON")),
    };
    learner(&document)
}

fn learner(document: &Value) -> Result<Learner, Error> {
    if document.find("Config").is_some() && document.find("Model").is_some() {
        return Err(Error::Format("a snapshot with its training configuration"));
    }
    let learner = document.get("", "learner")?;
    let path = "learner";
    let objective = learner.get(path, "objective")?.text("learner.objective", "name")?;
    let objective = Objective::from_name(objective)?;
    let parameters = learner.get(path, "learner_model_param")?;
    let feature_count = outputs_and_features(parameters)?;
    let base_margin = base_margin(parameters, objective, bounded_base_score(document)?)?;
    let feature_names = feature_names(learner, feature_count)?;

    let booster = learner.get(path, "gradient_booster")?;
    let path = "learner.gradient_booster";
    let mut trees = match booster.text(path, "name")? {
        "gbtree" => trees(booster, path, feature_count)?,
        "dart" => {
            let mut trees =
                trees(booster.get(path, "gbtree")?, "learner.gradient_booster.gbtree", feature_count)?;
            weigh(&mut trees, &booster.floats(path, "weight_drop")?)?;
            trees
        }
        name => {
            return Err(Error::Unsupported {
                what: format!("booster {name}"),
                remedy: "train with gbtree or dart",
            });
        }
    };
    if let Some(count) = estimator_trees(learner, booster)? {
        trees.truncate(count);
    }
    Ok(Learner { objective, base_margin, feature_count, feature_names, trees })
}

/// Since 3.2 a base score of 0 or 1 is moved into the open interval.
fn bounded_base_score(document: &Value) -> Result<bool, Error> {
    match document.integers("", "version")? {
        [major, minor, _] => Ok((*major, *minor) >= (3, 2)),
        _ => Err(Error::malformed("version", "is not three integers")),
    }
}

fn outputs_and_features(parameters: &Value) -> Result<usize, Error> {
    let path = "learner.learner_model_param";
    if parameters.parameter(path, "num_class")? > 1 {
        return Err(Error::Unsupported {
            what: "a model of several classes".to_owned(),
            remedy: "train one binary:logistic model for each class",
        });
    }
    if parameters.find("num_target").is_some() && parameters.parameter(path, "num_target")? > 1 {
        return Err(Error::Unsupported {
            what: "a model of several targets".to_owned(),
            remedy: "train one model for each target",
        });
    }
    let count = parameters.parameter(path, "num_feature")?;
    if count > FEATURES_MAX {
        return Err(Error::TooLarge { what: "features", count, max: FEATURES_MAX });
    }
    Ok(count)
}

/// `5E-1`, or since 3.1 `[5E-1]`.
fn base_margin(parameters: &Value, objective: Objective, bounded: bool) -> Result<f32, Error> {
    let path = "learner.learner_model_param";
    let text = parameters.text(path, "base_score")?.trim();
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let error = |problem: &str| Error::malformed(join(path, "base_score"), format!("{text} {problem}"));
    let base_score: f32 = text.trim().parse().map_err(|_| error("is not one number"))?;
    objective.base_margin(base_score, bounded).map_err(error)
}

fn feature_names(learner: &Value, feature_count: usize) -> Result<Option<Vec<String>>, Error> {
    let names = learner.texts("learner", "feature_names")?;
    if names.is_empty() {
        return Ok(None);
    }
    if names.len() != feature_count {
        let problem = format!("has {} names for {feature_count} features", names.len());
        return Err(Error::malformed("learner.feature_names", problem));
    }
    Ok(Some(names))
}

/// The trees of a `gbtree`, in the order of their ids.
fn trees(booster: &Value, path: &str, feature_count: usize) -> Result<Vec<Tree>, Error> {
    let model = booster.get(path, "model")?;
    let path = &join(path, "model");
    refuse_recoded_categories(model)?;
    if model.integers(path, "tree_info")?.iter().any(|group| *group != 0) {
        return Err(Error::Unsupported {
            what: "a model of several outputs".to_owned(),
            remedy: "train one model for each output",
        });
    }
    let values = model.values(path, "trees")?;
    if values.len() > TREES_MAX {
        return Err(Error::TooLarge { what: "trees", count: values.len(), max: TREES_MAX });
    }
    let stated =
        model.get(path, "gbtree_model_param")?.parameter(&join(path, "gbtree_model_param"), "num_trees")?;
    if stated != values.len() {
        let problem = format!("has {} trees, and {stated} are stated", values.len());
        return Err(Error::malformed(join(path, "trees"), problem));
    }
    if values.is_empty() {
        return Err(Error::Unsupported {
            what: "a model without trees".to_owned(),
            remedy: "train it for one round or more",
        });
    }
    let mut trees: Vec<Option<Tree>> = vec![None; values.len()];
    for (index, value) in values.iter().enumerate() {
        let path = format!("{path}.trees[{index}]");
        let place = match value.get(&path, "id")? {
            Value::Integer(id) => usize::try_from(*id).ok().and_then(|id| trees.get_mut(id)),
            _ => None,
        };
        let place = place.filter(|place| place.is_none());
        let place = place.ok_or_else(|| Error::malformed(join(&path, "id"), "is not a number of its own"))?;
        *place = Some(Tree::read(value, &path, feature_count)?);
    }
    Ok(trees.into_iter().flatten().collect())
}

/// A model trained on a data frame's own categories maps them to codes by a table that a row of numbers
/// lacks.
fn refuse_recoded_categories(model: &Value) -> Result<(), Error> {
    let recoded =
        |cats: &Value| matches!(cats.find("enc"), Some(Value::Array(columns)) if !columns.is_empty());
    if model.find("cats").is_some_and(recoded) {
        return Err(Error::Unsupported {
            what: "a model trained on a data frame's categories".to_owned(),
            remedy: "train on their codes as numbers",
        });
    }
    Ok(())
}

/// Multiplies dart's weights into the leaves, as XGBoost does before it adds them.
fn weigh(trees: &mut [Tree], weights: &[f32]) -> Result<(), Error> {
    let path = "learner.gradient_booster.weight_drop";
    if weights.len() != trees.len() {
        let problem = format!("has {} weights for {} trees", weights.len(), trees.len());
        return Err(Error::malformed(path, problem));
    }
    for (index, (tree, weight)) in trees.iter_mut().zip(weights).enumerate() {
        for node in &mut tree.nodes {
            if let Node::Leaf(value) = node {
                *value *= weight;
                if !value.is_finite() {
                    return Err(Error::malformed(
                        format!("{path}[{index}]"),
                        "makes a leaf that is not finite",
                    ));
                }
            }
        }
    }
    Ok(())
}

/// A scikit-learn estimator that stopped early predicts with the trees up to its best iteration, and so do
/// we; a booster uses all, unless its caller says otherwise.
fn estimator_trees(learner: &Value, booster: &Value) -> Result<Option<usize>, Error> {
    let Some(attributes) = learner.find("attributes") else { return Ok(None) };
    if attributes.find("scikit_learn").is_none() || attributes.find("best_iteration").is_none() {
        return Ok(None);
    }
    let best = attributes.parameter("learner.attributes", "best_iteration")?;
    let path = "learner.gradient_booster.model";
    let model = booster.find("gbtree").unwrap_or(booster).get("learner.gradient_booster", "model")?;
    let ends = model.integers(path, "iteration_indptr")?;
    let end = ends.get(best.saturating_add(1)).and_then(|end| usize::try_from(*end).ok());
    let end =
        end.ok_or_else(|| Error::malformed("learner.attributes.best_iteration", "is above the iterations"))?;
    Ok(Some(end))
}
