//! Trains models with XGBoost itself, 3.2 and 2.1, and compares every bit of the margins and every
//! prediction.

#![expect(
    clippy::disallowed_methods,
    reason = "a test reads the environment, and files that its own script wrote"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use trees::{Error, Model};

/// How far apart two predictions may be, in units of the last place.
const ULPS_MAX: u32 = 1;

struct Case {
    name: String,
    rows: usize,
    features: usize,
    objective: String,
    trees: usize,
    names: Option<Vec<String>>,
}

#[test]
fn xgboost_3_scores_the_same() {
    compare("MITRA_PYTHON", "python", "3.");
}

#[test]
fn xgboost_2_scores_the_same() {
    compare("MITRA_PYTHON_XGBOOST2", "python-xgboost2", "2.");
}

fn compare(variable: &str, folder: &str, version: &str) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    train(&python(variable, folder), &directory, version);
    let list = fs::read_to_string(directory.join("cases.txt")).expect("the script lists its cases");
    let cases: Vec<Case> = list.lines().map(Case::read).collect();
    assert!(cases.len() > 40, "{} cases", cases.len());
    for case in &cases {
        let margins = singles(&directory, &case.name, "margins");
        let distinct =
            margins.iter().map(|margin| margin.to_bits()).collect::<std::collections::BTreeSet<_>>();
        assert!(distinct.len() > case.trees.min(4), "{} has {} margins", case.name, distinct.len());
        for format in ["json", "ubj"] {
            case.compare(&directory, format, &margins);
        }
    }
    for (name, text) in [
        (
            "softprob",
            "objective multi:softprob is not supported; train one binary:logistic model for each class",
        ),
        ("gblinear", "booster gblinear is not supported; train with gbtree or dart"),
        ("hinge", "objective binary:hinge is not supported; train with binary:logistic"),
        ("targets", "a model of several targets is not supported; train one model for each target"),
        ("empty", "a model without trees is not supported; train it for one round or more"),
        ("vector", "a model of several targets is not supported; train one model for each target"),
    ] {
        let bytes = fs::read(directory.join(name).with_extension("refused")).expect("the script wrote it");
        let error = Model::load(&bytes).expect_err(name);
        assert!(matches!(error, Error::Unsupported { .. }) && error.to_string().starts_with(text), "{error}");
    }
}

impl Case {
    fn read(line: &str) -> Self {
        let [name, rows, features, objective, trees, names] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("six fields in {line}");
        };
        let count = |text: &str| text.parse().expect("a count");
        Self {
            name: name.to_owned(),
            rows: count(rows),
            features: count(features),
            objective: objective.to_owned(),
            trees: count(trees),
            names: (names != "-").then(|| names.split(',').map(str::to_owned).collect()),
        }
    }

    fn compare(&self, directory: &Path, format: &str, margins: &[f32]) {
        let what = format!("{}.{format} in {}", self.name, directory.display());
        let bytes = fs::read(directory.join(format!("{}.{format}", self.name))).expect("the script wrote it");
        let model = Model::load(&bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(model.feature_names(), self.names.as_deref(), "{what}");
        assert_eq!((model.feature_count(), model.tree_count()), (self.features, self.trees), "{what}");
        assert_eq!(model.objective().name(), self.objective, "{what}");

        let rows = singles(directory, &self.name, "rows");
        let mut found = vec![0.0; self.rows];
        model.margins(&rows, &mut found);
        equal_bits(&found, margins, &what);
        for (row, margin) in rows.chunks_exact(self.features).zip(&mut found) {
            *margin = 0.0;
            model.margins(row, std::slice::from_mut(margin));
        }
        equal_bits(&found, margins, &format!("single rows of {what}"));

        model.predict(&rows, &mut found);
        let predictions = singles(directory, &self.name, "predictions");
        assert_eq!(found.len(), predictions.len());
        for (row, (found, expected)) in found.iter().zip(&predictions).enumerate() {
            let apart = found.to_bits().abs_diff(expected.to_bits());
            assert!(apart <= ULPS_MAX, "row {row} of {what}: {found:e}, and XGBoost says {expected:e}");
        }
    }
}

fn equal_bits(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        let same = found.to_bits() == expected.to_bits();
        assert!(same, "row {row} of {what}: {found:e}, and XGBoost says {expected:e}");
    }
}

fn singles(directory: &Path, name: &str, ending: &str) -> Vec<f32> {
    let bytes = fs::read(directory.join(format!("{name}.{ending}"))).expect("the script wrote it");
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The interpreter named by the environment, else the one that `cargo xtask setup` made.
fn python(variable: &str, folder: &str) -> PathBuf {
    if let Some(named) = env::var_os(variable) {
        return named.into();
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| env::home_dir().map(|home| home.join(".cache")));
    let python = cache.expect("a home or cache directory").join("mitra").join(folder).join("bin/python");
    assert!(python.exists(), "no Python with XGBoost at {}: run cargo xtask setup", python.display());
    python
}

fn train(python: &Path, directory: &Path, version: &str) {
    if directory.exists() {
        fs::remove_dir_all(directory).expect("the last run's files can go");
    }
    fs::create_dir_all(directory).expect("the target directory can be written to");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/train.py");
    let output = Command::new(python).arg(script).arg(directory).arg("--expect").arg(version).output();
    let output =
        output.unwrap_or_else(|error| panic!("{}: {error}: run cargo xtask setup", python.display()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{} failed: run cargo xtask setup if XGBoost is missing\n{errors}",
        python.display()
    );
}
