//! The `mitra` program: command line and wiring; everything it does lives in the crates below it.

#[macro_use]
mod screen;

mod answer;
mod backend;
mod bound;
mod commands;
mod demo;
mod endpoint;
mod metrics;
mod open;
mod progress;
mod project;
mod sinks;
mod sources;
mod status;
mod token_key;
mod validate;
mod watch;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{CommandFactory as _, Parser, Subcommand};

/// A batch's columns are made on one thread and given back on another, which the system's allocator has threads wait for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Turns streams of payment events into durable, explained decisions, written in SQL.
#[derive(Debug, Parser)]
#[command(name = "mitra", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a project with everything it needs, its demo traffic included, and watch it decide.
    Up(commands::run::UpArguments),
    /// Run a project's server without demo traffic.
    Run(commands::run::Arguments),
    /// Make a first project in a new folder.
    Init {
        /// The folder.
        folder: PathBuf,
    },
    /// Type the whole project and print what every definition costs.
    Check(commands::check::Arguments),
    /// Show what the next start would change in the data directory.
    Plan(commands::plan::Arguments),
    /// Read files into streams at full speed and decide on every event.
    Ingest(commands::ingest::Arguments),
    /// Send statements to a running system.
    Sql(commands::sql::Arguments),
    /// Print a decision: what was decided, by which rules, and every value that they saw.
    Explain(commands::explain::Arguments),
    /// Read the whole log again from its first position and compare every recorded decision.
    Verify(commands::verify::Arguments),
    /// Watch a running system: rates, latencies, outcomes and sinks.
    Top(commands::top::Arguments),
    /// Print what a shell needs to complete this command line.
    Completions(commands::completions::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            let text = format!("{error:#}");
            // Statements' errors come with a mark of their own.
            let mark = if text.starts_with("error: ") { "" } else { "mitra: " };
            screen::tell("error", "failed", &[], &format!("{mark}{text}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Up(arguments) => commands::run::up(&arguments),
        Command::Run(arguments) => commands::run::run(&arguments),
        Command::Init { folder } => commands::init::run(&folder),
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Plan(arguments) => commands::plan::run(&arguments),
        Command::Ingest(arguments) => commands::ingest::run(&arguments),
        Command::Sql(arguments) => commands::sql::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Verify(arguments) => commands::verify::run(&arguments),
        Command::Top(arguments) => commands::top::run(&arguments),
        Command::Completions(arguments) => commands::completions::run(&arguments, Arguments::command()),
    }
}
