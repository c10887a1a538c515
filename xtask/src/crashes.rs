//! The long form of the crash tests: what CI runs for seconds, run long enough to believe it.

use std::{env, path::Path, process::Command};

use crate::children;

/// Runs on the faulty disk, and `kill -9` of the built program under load, unless the environment says otherwise.
const SEEDS: &str = "10000";
const KILLS: &str = "100";
/// Seconds of load while rules change.
const LIVE_SECONDS: &str = "20";

/// A package, tests in it, and the variables that make them long.
type Campaign = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// Each prints what it did; those of the syncs print a table of every fdatasync with the seed that fails without it.
const CAMPAIGNS: [Campaign; 5] = [
    ("eventlog", &["campaign"], &[]),
    ("state", &["campaign"], &[]),
    ("runtime", &["skipped"], &[]),
    (
        "mitra",
        &["kills", "live", "splits", "full_disk", "damage"],
        &[("MITRA_KILLS", KILLS), ("MITRA_LIVE_SECONDS", LIVE_SECONDS)],
    ),
    ("runtime", &["nothing_acknowledged"], &[("MITRA_SEEDS", SEEDS)]),
];

/// Runs them one after the other and stops at the first that fails.
///
/// # Errors
/// When a test fails or cannot be built, with the command as typed.
pub fn run(root: &Path) -> anyhow::Result<()> {
    for (package, tests, variables) in CAMPAIGNS {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(root).args(["test", "--package", package, "--"]).args(tests);
        command.args(["--nocapture", "--test-threads", "1"]);
        for (name, value) in variables {
            if env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
        children::run(&mut command)?;
    }
    Ok(())
}
