//! Python environments with pinned packages: the oracles that tests compare with.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use crate::children;

/// One virtual environment.
#[derive(Debug)]
pub struct Environment {
    /// Name of its folder.
    pub name: &'static str,
    /// Pinned packages.
    pub requirements: &'static str,
}

/// What most tests and checks use.
pub const MAIN: Environment =
    Environment { name: "python", requirements: include_str!("../requirements.txt") };

/// The previous generation of XGBoost.
pub const XGBOOST2: Environment =
    Environment { name: "python-xgboost2", requirements: include_str!("../requirements-xgboost2.txt") };

/// Newest first; the packages are built for these.
const INTERPRETERS: &[&str] = &["python3.13", "python3.12", "python3.11", "python3"];

/// A Python that has the modules to make environments; `None` when there is none.
pub fn interpreter() -> Option<&'static str> {
    const PROBE: &str = "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))";
    INTERPRETERS.iter().copied().find(|name| children::succeeds(Command::new(name).args(["-c", PROBE])))
}

impl Environment {
    /// The interpreter of this environment below `cache`.
    pub fn python(&self, cache: &Path) -> PathBuf {
        cache.join(self.name).join("bin/python")
    }

    /// Whether the environment below `cache` is complete and holds exactly these packages.
    pub fn is_current(&self, cache: &Path) -> bool {
        let stamp = fs::read_to_string(self.stamp(cache));
        stamp.is_ok_and(|text| text == self.requirements) && self.python(cache).exists()
    }

    /// Makes the environment anew. The stamp is written last, so that an interrupted run is repeated.
    ///
    /// # Errors
    /// When a package cannot be had, or the disk cannot be written.
    pub fn make(&self, cache: &Path, interpreter: &str) -> anyhow::Result<()> {
        let folder = cache.join(self.name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        children::run(Command::new(interpreter).args(["-m", "venv"]).arg(&folder))?;
        let requirements = folder.join("wanted.txt");
        fs::write(&requirements, self.requirements).context("cannot write the list of packages")?;
        let mut install = Command::new(self.python(cache));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        children::run(install.args(["--only-binary=:all:", "--requirement"]).arg(&requirements))?;
        fs::rename(&requirements, self.stamp(cache)).context("cannot stamp the environment")
    }

    fn stamp(&self, cache: &Path) -> PathBuf {
        cache.join(self.name).join("requirements.txt")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned() {
        for environment in [MAIN, XGBOOST2] {
            let packages: Vec<&str> =
                environment.requirements.lines().filter(|line| !line.starts_with('#')).collect();
            assert!(packages.len() >= 3);
            assert!(packages.iter().all(|line| line.split("==").count() == 2), "{packages:?}");
        }
    }

    #[test]
    fn an_environment_is_current_only_with_its_stamp_and_its_interpreter() {
        let cache = std::env::temp_dir().join(format!("mitra-xtask-python-{}", std::process::id()));
        let bin = cache.join("python/bin");
        fs::create_dir_all(&bin).expect("the temporary folder is ours");
        assert!(!MAIN.is_current(&cache));
        fs::write(cache.join("python/requirements.txt"), MAIN.requirements).expect("writable");
        assert!(!MAIN.is_current(&cache));
        fs::write(bin.join("python"), "").expect("writable");
        assert!(MAIN.is_current(&cache));
        fs::write(cache.join("python/requirements.txt"), "numpy==1.0\n").expect("writable");
        assert!(!MAIN.is_current(&cache));
        fs::remove_dir_all(&cache).expect("removable");
    }
}
