//! How fast Mitra answers an analyst's questions over ten million decisions, and how fresh its answers are.

mod connection;
mod events;
mod files;
mod freshness;
mod phases;
mod programs;
mod project;
mod queries;
mod sides;

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use clap::Parser;

/// The bench's options.
#[derive(Clone, Debug, Parser)]
#[command(name = "bench-query")]
struct Options {
    /// Decisions that the questions are about. They cover 14 days.
    #[arg(long, default_value_t = 10_000_000)]
    decisions: u64,
    /// Rows of the reference table.
    #[arg(long, default_value_t = 20_000)]
    merchants: u64,
    /// Seed of everything.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Times that each question is asked of each side, after the first, whose answers are compared.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// Events a second of the second part; each is a run of its own.
    #[arg(long, value_delimiter = ',', default_value = "1000,5000")]
    rates: Vec<u64>,
    /// Seconds of each run of the second part; 0 leaves it out.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Connections of the client.
    #[arg(long, default_value_t = 32)]
    connections: u64,
    /// Where files, data and results go; it is emptied first, and removed at the end.
    #[arg(long, default_value = "target/bench-query")]
    folder: PathBuf,
    /// Leave the folder, for a later run with --again.
    #[arg(long)]
    keep: bool,
    /// Go on with what an earlier run with --keep left.
    #[arg(long)]
    again: bool,
    /// Only the questions whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// The program that decides; it is built when none is named.
    #[arg(long)]
    mitra: Option<PathBuf>,
    /// The program that answers; it is built when none is named.
    #[arg(long)]
    mitra_query: Option<PathBuf>,
    /// When the last decision is made, in seconds since 1970; now, when not said.
    #[arg(long)]
    end: Option<u64>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    phases::run(&options, options.end.unwrap_or(now))
}
