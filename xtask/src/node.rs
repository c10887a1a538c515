//! Node.js packages, locked: clients that the tests of the SQL endpoint run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use crate::children;

const NAME: &str = "node";
const PACKAGE: &str = include_str!("../package.json");
const LOCK: &str = include_str!("../package-lock.json");
const STAMP: &str = "installed.json";

/// Whether Node.js and npm are there.
pub fn is_installed() -> bool {
    let answers = |program| children::succeeds(Command::new(program).arg("--version"));
    answers("node") && answers("npm")
}

/// The packages below `cache`, as `NODE_PATH` wants them; installed when they are not there as the lock says.
///
/// # Errors
/// When a package cannot be had, or the disk cannot be written.
pub fn packages(cache: &Path) -> anyhow::Result<PathBuf> {
    let folder = cache.join(NAME);
    let modules = folder.join("node_modules");
    let stamp = fs::read_to_string(folder.join(STAMP));
    if stamp.is_ok_and(|text| text == LOCK) && modules.is_dir() {
        return Ok(modules);
    }
    eprintln!("setup: making {}", folder.display());
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in [("package.json", PACKAGE), ("package-lock.json", LOCK)] {
        fs::write(folder.join(name), text).context("cannot write the list of packages")?;
    }
    let mut install = Command::new("npm");
    install.current_dir(&folder).args(["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
    children::run(&mut install)?;
    // Written last, so that an interrupted run is repeated.
    fs::write(folder.join(STAMP), LOCK).context("cannot stamp the packages")?;
    Ok(modules)
}
