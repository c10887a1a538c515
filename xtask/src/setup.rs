//! Makes or finds everything that the tests need beyond Rust: Python environments, PostgreSQL, packages of Node.js, a browser.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::{
    browser, children, node, postgres,
    python::{self, Environment},
};

/// Where the tests find their oracles.
#[derive(Clone, Debug, Default)]
pub struct Oracles {
    /// `MITRA_PYTHON`: an interpreter with DuckDB, XGBoost and the rest.
    pub python: PathBuf,
    /// `MITRA_PYTHON_XGBOOST2`: an interpreter with the previous XGBoost.
    pub python_xgboost2: PathBuf,
    /// `MITRA_POSTGRES_BIN`: the folder of PostgreSQL's programs.
    pub postgres: PathBuf,
    /// `MITRA_NODE_MODULES`: packages of Node.js.
    pub node_modules: PathBuf,
    /// `MITRA_CHROMIUM`: the browser's program.
    pub chromium: PathBuf,
}

impl Oracles {
    /// The environment variables that tests read.
    pub fn variables(&self) -> [(&'static str, &Path); 5] {
        [
            ("MITRA_PYTHON", &self.python),
            ("MITRA_PYTHON_XGBOOST2", &self.python_xgboost2),
            ("MITRA_POSTGRES_BIN", &self.postgres),
            ("MITRA_NODE_MODULES", &self.node_modules),
            ("MITRA_CHROMIUM", &self.chromium),
        ]
    }

    /// Prints the lines that give a shell the same variables.
    pub fn print(&self) {
        for (name, path) in self.variables() {
            println!("export {name}={}", path.display());
        }
    }
}

/// The folder of everything that we keep between runs.
///
/// # Errors
/// When neither `XDG_CACHE_HOME` nor `HOME` is set.
pub fn cache() -> anyhow::Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(env::var_os("HOME").context("set HOME or XDG_CACHE_HOME")?).join(".cache"),
    };
    Ok(base.join("mitra"))
}

/// Where cargo puts what it builds.
pub fn target_folder(root: &Path) -> PathBuf {
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Makes what is missing. A second run finds everything and takes no time.
///
/// # Errors
/// Says what to install when a system package is missing and we are not root.
pub fn run() -> anyhow::Result<Oracles> {
    let cache = cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let lock = fs::File::create(cache.join("setup.lock")).context("cannot make the lock of the setup")?;
    lock.lock().context("cannot wait for another setup")?;
    install_packages(&missing_packages(
        python::interpreter().is_some(),
        postgres::binaries().is_some(),
        node::is_installed(),
        browser::chromium().is_some(),
    ))?;
    let interpreter = python::interpreter().context("no Python from 3.11 to 3.14 with venv was found")?;
    for environment in [python::MAIN, python::XGBOOST2] {
        prepare(&environment, &cache, interpreter)?;
    }
    Ok(Oracles {
        python: python::MAIN.python(&cache),
        python_xgboost2: python::XGBOOST2.python(&cache),
        postgres: postgres::binaries().context("no PostgreSQL with initdb, postgres and pg_ctl was found")?,
        node_modules: node::packages(&cache)?,
        chromium: browser::chromium().context("no Chromium was found")?,
    })
}

fn prepare(environment: &Environment, cache: &Path, interpreter: &str) -> anyhow::Result<()> {
    if environment.is_current(cache) {
        return Ok(());
    }
    eprintln!("setup: making {}", cache.join(environment.name).display());
    environment.make(cache, interpreter)
}

/// Debian's names for what is missing.
fn missing_packages(python: bool, postgres: bool, node: bool, browser: bool) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !python {
        missing.extend(["python3", "python3-venv"]);
    }
    if !postgres {
        missing.push("postgresql");
    }
    if !node {
        missing.extend(["nodejs", "npm"]);
    }
    if !browser {
        missing.push("chromium");
    }
    missing
}

fn install_packages(packages: &[&str]) -> anyhow::Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    let may_install = children::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
        && children::succeeds(Command::new("apt-get").arg("--version"));
    if !may_install {
        bail!(
            "missing: {list}. On Debian and Ubuntu: `sudo apt-get install -y {list}`, then the same command again"
        );
    }
    eprintln!("setup: installing {list}");
    children::run(apt_get().args(["update", "--quiet"]))?;
    children::run(apt_get().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_installed() {
        assert_eq!(missing_packages(true, true, true, true), [""; 0]);
        assert_eq!(missing_packages(false, true, true, true), ["python3", "python3-venv"]);
        assert_eq!(missing_packages(true, false, false, false), ["postgresql", "nodejs", "npm", "chromium"]);
    }
}
