//! The half hour under load: builds the programs as users do, then the soak, which starts them.

use std::{path::Path, process::Command};

use crate::{children, setup};

/// Each is built by itself, as people build it.
const PROGRAMS: [&str; 3] = ["mitra", "mitra-query", "bench-soak"];

/// Runs the soak with its own `options`.
///
/// # Errors
/// When something cannot be built, or a line of the claim is not met.
pub fn run(root: &Path, options: &[&str]) -> anyhow::Result<()> {
    for program in PROGRAMS {
        let mut build = Command::new(env!("CARGO"));
        children::run(build.current_dir(root).args(["build", "--release", "--package", program]))?;
    }
    let target = setup::target_folder(root);
    let programs = target.join("release");
    let mut soak = Command::new(programs.join("bench-soak"));
    soak.arg("--mitra").arg(programs.join("mitra")).arg("--example").arg(root.join("examples/payments"));
    soak.arg("--work").arg(target.join("soak")).args(options);
    children::run(&mut soak)
}
