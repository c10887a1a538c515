//! The stages of a full check, run to the end whatever fails, with a table of times and one line of totals.

use std::{
    fs,
    io::{self, BufRead as _, BufReader},
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    children, licences,
    setup::{self, Oracles},
    tidy,
};

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// What became of a stage.
struct Outcome {
    name: &'static str,
    time: Duration,
    succeeded: bool,
}

/// Runs every stage. The last line printed is `N passed, N failed`: the tests, and each other stage that failed.
///
/// # Errors
/// None of a stage: those are counted and printed.
pub fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    let oracles = report.stage("setup", setup::run);
    let oracles = oracles.as_ref();
    report.stage("tidy", || succeeded(tidy::run(root, false)?));
    report.stage("licences", || succeeded(licences::run(root)?));
    report.stage("format", || children::run(cargo(root, oracles).args(["fmt", "--all", "--check"])));
    report.stage("spelling", || children::run(&mut tool(root, oracles, "typos")?));
    report.stage("python", || check_python(root, oracles));
    report.stage("clippy", || {
        let mut clippy = cargo(root, oracles);
        children::run(clippy.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
    });
    let mut totals = Totals::default();
    report.stage("tests", || {
        totals = run_tests(
            cargo(root, oracles).args(["test", "--workspace", "--no-fail-fast"]),
            &mut io::stdout(),
        )?;
        totals.check()
    });
    report.stage("example model", || check_example_model(root, oracles));
    report.stage("windows", || check_windows(root, oracles, WINDOWS_EVENTS));
    Ok(report.finish(totals))
}

/// The long form of the windows stage: a million events.
///
/// # Errors
/// When a value differs from the oracle's, or something cannot start.
pub fn windows(root: &Path) -> anyhow::Result<ExitCode> {
    let oracles = setup::run()?;
    check_windows(root, Some(&oracles), 1_000_000)?;
    Ok(ExitCode::SUCCESS)
}

/// Formats Rust and Python.
///
/// # Errors
/// When a formatter cannot start, or meets what it cannot read.
pub fn format(root: &Path) -> anyhow::Result<ExitCode> {
    let oracles = setup::run()?;
    children::run(cargo(root, None).args(["fmt", "--all"]))?;
    children::run(tool(root, Some(&oracles), "ruff")?.args(["format", "--no-cache", "."]))?;
    Ok(ExitCode::SUCCESS)
}

fn check_python(root: &Path, oracles: Option<&Oracles>) -> anyhow::Result<()> {
    children::run(tool(root, oracles, "ruff")?.args(["check", "--no-cache", "."]))?;
    children::run(tool(root, oracles, "ruff")?.args(["format", "--no-cache", "--check", "."]))
}

fn check_example_model(root: &Path, oracles: Option<&Oracles>) -> anyhow::Result<()> {
    let oracles = oracles.context("needs the Python environment: see the stage `setup`")?;
    let mut train = Command::new(&oracles.python);
    train.args(["examples/payments/train.py", "--check"]).current_dir(root);
    children::run(&mut train)
}

/// Events that the windows stage compares; the campaign of a million is
/// `cargo xtask windows`.
const WINDOWS_EVENTS: u64 = 60_000;

/// Events through the program, and every window feature against DuckDB's self-join.
fn check_windows(root: &Path, oracles: Option<&Oracles>, events: u64) -> anyhow::Result<()> {
    let oracles = oracles.context("needs the Python environment: see the stage `setup`")?;
    children::run(cargo(root, None).args(["build", "--release", "--package", "mitra"]))?;
    let target = setup::target_folder(root);
    let work = target.join("windows");
    if work.exists() {
        fs::remove_dir_all(&work).with_context(|| format!("cannot empty {}", work.display()))?;
    }
    let mut campaign = Command::new(&oracles.python);
    campaign.arg("tests/windows/campaign.py").arg("--mitra").arg(target.join("release/mitra"));
    campaign.arg("--events").arg(events.to_string());
    children::run(campaign.arg("--work").arg(work).current_dir(root))
}

/// A program of the Python environment.
fn tool(root: &Path, oracles: Option<&Oracles>, name: &str) -> anyhow::Result<Command> {
    let oracles = oracles.context("needs the Python environment: see the stage `setup`")?;
    let mut command = Command::new(oracles.python.with_file_name(name));
    command.current_dir(root);
    Ok(command)
}

fn cargo(root: &Path, oracles: Option<&Oracles>) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root).envs(oracles.iter().flat_map(|oracles| oracles.variables()));
    command
}

fn succeeded(code: ExitCode) -> anyhow::Result<()> {
    if code != ExitCode::SUCCESS {
        bail!("see above");
    }
    Ok(())
}

/// Runs `cargo test`, shows its output as it comes, and sums its result lines.
fn run_tests(command: &mut Command, screen: &mut dyn io::Write) -> anyhow::Result<Totals> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;
    let output = child.stdout.take().expect("the output was asked for as a pipe");
    let mut totals = Totals::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("cannot read the output of cargo test")?;
        let line = String::from_utf8_lossy(&line);
        totals.add(&line);
        // Nobody reads any more when our own output is closed; the tests still decide the result.
        let _ = writeln!(screen, "{line}");
    }
    let status = child.wait().context("cannot wait for cargo test")?;
    if !status.success() && totals.failed == 0 {
        totals.failed = 1;
    }
    Ok(totals)
}

impl Totals {
    /// Adds `test result: ok. 3 passed; 0 failed; 0 ignored; ...`; any other line counts nothing.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ").and_then(|(_, rest)| rest.split_once(". "))
        else {
            return;
        };
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(count), Some(kind)) = (words.next(), words.next()) else { continue };
            let Ok(count) = count.parse::<u64>() else { continue };
            match kind {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }

    fn check(self) -> anyhow::Result<()> {
        if self.failed > 0 {
            bail!("{} tests failed", self.failed);
        }
        if self.ignored > 0 {
            bail!("{} tests are ignored: make them run or remove them", self.ignored);
        }
        if self.passed == 0 {
            bail!("no test ran");
        }
        Ok(())
    }
}

/// Collects outcomes of stages.
#[derive(Default)]
struct Report {
    outcomes: Vec<Outcome>,
}

impl Report {
    /// Runs `work` as a stage, prints its error, and gives its result when it succeeded.
    fn stage<T>(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<T>) -> Option<T> {
        println!("\n=== {name}");
        let start = Instant::now();
        let result = work();
        if let Err(error) = &result {
            println!("{name}: {error:#}");
        }
        self.outcomes.push(Outcome { name, time: start.elapsed(), succeeded: result.is_ok() });
        result.ok()
    }

    /// Prints the table and the totals.
    fn finish(&self, tests: Totals) -> ExitCode {
        println!("\n{}", self.table());
        let totals = self.totals(tests);
        println!("{} passed, {} failed", totals.passed, totals.failed);
        if totals.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn table(&self) -> String {
        let rows = self.outcomes.iter().map(|outcome| {
            let result = if outcome.succeeded { "ok" } else { "FAILED" };
            format!("{:<15} {:>8.1} s  {result}\n", outcome.name, outcome.time.as_secs_f64())
        });
        let sum: Duration = self.outcomes.iter().map(|outcome| outcome.time).sum();
        rows.collect::<String>() + &format!("{:<15} {:>8.1} s\n", "all", sum.as_secs_f64())
    }

    /// The tests, and one failure for each failed stage that no failed test accounts for.
    fn totals(&self, tests: Totals) -> Totals {
        let failed = self.outcomes.iter().filter(|outcome| !outcome.succeeded);
        let stages = failed.filter(|outcome| outcome.name != "tests" || tests.failed == 0).count() as u64;
        Totals { failed: tests.failed + stages, ..tests }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(name: &'static str, succeeded: bool) -> Outcome {
        Outcome { name, time: Duration::from_millis(1_500), succeeded }
    }

    #[test]
    fn result_lines_are_summed() {
        let mut totals = Totals::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "\u{1b}[0mtest result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 7 filtered out",
            "test result: nonsense",
            "5 passed; 5 failed",
        ] {
            totals.add(line);
        }
        assert_eq!(totals, Totals { passed: 5, failed: 1, ignored: 1 });
        assert!(totals.check().is_err());
        assert!(Totals { passed: 1, failed: 0, ignored: 1 }.check().is_err());
        assert!(Totals::default().check().is_err());
        assert!(Totals { passed: 1, ..Totals::default() }.check().is_ok());
    }

    #[test]
    fn a_failed_stage_counts_as_a_failure() {
        let passed = Totals { passed: 9, ..Totals::default() };
        let good = Report { outcomes: vec![outcome("tidy", true), outcome("tests", true)] };
        assert_eq!(good.totals(passed).failed, 0);
        let bad = Report { outcomes: vec![outcome("tidy", false), outcome("tests", false)] };
        assert_eq!(bad.totals(passed).failed, 2);
        let tests = Totals { failed: 4, ..passed };
        assert_eq!(bad.totals(tests).failed, 5);
        assert!(bad.table().contains("tidy                 1.5 s  FAILED\n"), "{}", bad.table());
        assert!(bad.table().ends_with("all                  3.0 s\n"));
    }

    #[test]
    fn a_build_that_fails_is_a_failure() {
        let mut broken = Command::new("sh");
        broken.args(["-c", "echo 'test result: ok. 2 passed; 0 failed;'; exit 101"]);
        let mut screen = Vec::new();
        let totals = run_tests(&mut broken, &mut screen).expect("it starts");
        assert_eq!(totals, Totals { passed: 2, failed: 1, ignored: 0 });
        assert_eq!(screen, b"test result: ok. 2 passed; 0 failed;\n");
    }
}
