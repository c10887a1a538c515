//! The repository's automation: checks, test environments and the handbook run, so that no step lives in shell.

mod browser;
mod children;
mod crashes;
mod handbook;
mod layers;
mod licences;
mod node;
mod postgres;
mod python;
mod setup;
mod soak;
mod source;
mod stages;
mod tidy;
mod tree;

use std::{env, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};

const USAGE: &str = "\
usage: cargo xtask <command>

  tidy                    check layers, budgets, names, module docs and generated files
  tidy --write            write the generated files first
  format                  format Rust and Python
  licences                check every dependency's licence and source against deny.toml
  setup                   make the Python environments and find the servers that the tests need
  ci                      everything: setup, checks, lints, all tests
  windows                 compare a million events' window features with DuckDB
  crashes                 100 kill -9 under load, 10,000 seeded runs on the faulty disk, every sync left out once
  soak [--minutes N] ...  half an hour under load with both programs: memory, hot tables, latency
  handbook --data DIR     run the fraud handbook's data and compare with the published figures";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let root = root()?;
    match arguments {
        ["tidy"] => tidy::run(&root, false),
        ["tidy", "--write"] => tidy::run(&root, true),
        ["format"] => stages::format(&root),
        ["licences"] => licences::run(&root),
        ["setup"] => {
            setup::run()?.print();
            Ok(ExitCode::SUCCESS)
        }
        ["windows"] => stages::windows(&root),
        ["crashes"] => crashes::run(&root).map(|()| ExitCode::SUCCESS),
        ["soak", options @ ..] => soak::run(&root, options).map(|()| ExitCode::SUCCESS),
        ["handbook", "--data", data] => handbook::run(&root, data.as_ref()),
        ["ci"] => stages::run(&root),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("unknown command `{}`\n{USAGE}", arguments.join(" ")),
    }
}

/// The repository's root: the parent of this package.
fn root() -> anyhow::Result<PathBuf> {
    let package = env::var("CARGO_MANIFEST_DIR").context("xtask runs through cargo: `cargo xtask`")?;
    let root = PathBuf::from(package);
    Ok(root.parent().context("xtask is a folder of the repository")?.to_owned())
}
