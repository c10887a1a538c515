//! Runs the public fraud handbook's data through a project of its own and holds the result to the published one.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Instant,
};

use anyhow::{Context as _, bail};

use crate::{
    children,
    setup::{self, Oracles},
};

const PROJECT: &str = "bench/handbook";
const SCRIPT: &str = "bench/handbook/handbook.py";

/// What only the second run has: it names the model that the first run's features train.
const SECOND_RUN_ONLY: &str = "decide.sql";

/// The two files of the data set.
const DATA: [&str; 2] = ["transactions.parquet", "expected_features.parquet"];

/// Imports the data twice, first for the features and then with the model trained on them, and compares both with
/// what is published.
///
/// # Errors
/// When the data is not there, a step fails, or a figure differs.
pub fn run(root: &Path, data: &Path) -> anyhow::Result<ExitCode> {
    let data = absolute(data)?;
    check_data(&data)?;
    let run = Run { root, oracles: setup::run()?, data, work: setup::target_folder(root).join("handbook") };
    let start = Instant::now();
    run.prepare()?;
    let collect = run.project("collect", |name| name != SECOND_RUN_ONLY)?;
    run.ingest(&collect)?;
    let features = collect.join("out/features.parquet");
    run.step("compare", &[&features])?;
    let decide = run.project("decide", |_| true)?;
    let model = decide.join("models/fraud.json");
    run.step("train", &[&features, &model])?;
    run.ingest(&decide)?;
    run.step("evaluate", &[&decide.join("out/scores.parquet"), &model])?;
    println!("handbook: all published figures reproduced in {:.0} s", start.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// Paths and programs of one run.
struct Run<'a> {
    root: &'a Path,
    oracles: Oracles,
    data: PathBuf,
    work: PathBuf,
}

impl Run<'_> {
    fn prepare(&self) -> anyhow::Result<()> {
        if self.work.exists() {
            fs::remove_dir_all(&self.work)
                .with_context(|| format!("cannot empty {}", self.work.display()))?;
        }
        fs::create_dir_all(&self.work).with_context(|| format!("cannot make {}", self.work.display()))?;
        self.step("prepare", &[&self.work])
    }

    /// A step of the script, on the data and what else it needs.
    fn step(&self, name: &str, paths: &[&Path]) -> anyhow::Result<()> {
        println!("\n--- {name}");
        let mut command = Command::new(&self.oracles.python);
        children::run(command.arg(self.root.join(SCRIPT)).arg(name).arg(&self.data).args(paths))
    }

    /// A copy of the project with the SQL files that `wanted` names.
    fn project(&self, name: &str, wanted: impl Fn(&str) -> bool) -> anyhow::Result<PathBuf> {
        let project = self.work.join(name);
        fs::create_dir_all(&project).with_context(|| format!("cannot make {}", project.display()))?;
        for entry in fs::read_dir(self.root.join(PROJECT)).context("cannot list the project")? {
            let entry = entry?;
            let file = entry.file_name().to_string_lossy().into_owned();
            if file == "mitra.toml" || file.ends_with(".sql") && wanted(&file) {
                fs::copy(entry.path(), project.join(&file)).with_context(|| format!("cannot copy {file}"))?;
            }
        }
        Ok(project)
    }

    /// Labels come first: one that is known at the very second of a transaction is known to it.
    fn ingest(&self, project: &Path) -> anyhow::Result<()> {
        println!("\n--- ingest {}", project.display());
        let mut command = Command::new(env!("CARGO"));
        command.args(["run", "--quiet", "--release", "--package", "mitra", "--", "ingest", "--project"]);
        command.arg(project).arg("--data").arg(project.join("data"));
        command.arg(format!("labels={}", self.work.join("labels.parquet").display()));
        command.arg(format!("transactions={}", self.data.join(DATA[0]).display()));
        children::run(command.current_dir(self.root))
    }
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    Ok(env::current_dir().context("there is no current folder")?.join(path))
}

fn check_data(data: &Path) -> anyhow::Result<()> {
    for file in DATA {
        if !data.join(file).is_file() {
            bail!(
                "{} is missing: --data names the folder that holds {}",
                data.join(file).display(),
                DATA.join(" and ")
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_data_is_named() {
        let error = check_data(Path::new("/nowhere")).expect_err("there is no such folder").to_string();
        assert!(error.contains("/nowhere/transactions.parquet is missing"), "{error}");
    }

    #[test]
    fn the_first_run_has_no_model() {
        let work = env::temp_dir().join(format!("mitra-xtask-handbook-{}", std::process::id()));
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository");
        let run = Run { root, oracles: Oracles::default(), data: PathBuf::new(), work: work.clone() };
        let first = run.project("collect", |name| name != SECOND_RUN_ONLY).expect("it can be copied");
        let second = run.project("decide", |_| true).expect("it can be copied");
        for file in ["mitra.toml", "schema.sql", "features.sql", "collect.sql"] {
            assert!(first.join(file).is_file() && second.join(file).is_file(), "{file}");
        }
        assert!(!first.join(SECOND_RUN_ONLY).exists() && second.join(SECOND_RUN_ONLY).is_file());
        assert!(!second.join("handbook.py").exists());
        fs::remove_dir_all(&work).expect("removable");
    }
}
