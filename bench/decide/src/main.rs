//! How many payments Mitra decides, and how fast it answers one: features, a model and rules as a gateway has them.

mod client;
mod columns;
mod events;
mod files;
mod phases;
mod project;

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "bench-decide")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What the bench starts to send requests: a process of its own.
    #[command(hide = true)]
    Client(client::Arguments),
}

/// The bench's options.
#[derive(Args, Clone, Debug)]
struct Options {
    /// Events of the file. They cover 90 days: the longest window fills and turns over twice.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Rows of the reference table.
    #[arg(long, default_value_t = 5_000_000)]
    merchants: u64,
    /// Seed of everything.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Requests a second of the second part.
    #[arg(long, default_value_t = 5_000)]
    rate: u64,
    /// Seconds of the second part that are measured; 0 leaves it out.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Connections of the client.
    #[arg(long, default_value_t = 64)]
    connections: u64,
    /// Events whose decisions are all recomputed and compared before anything is timed.
    #[arg(long, default_value_t = 100_000)]
    checked: u64,
    /// Where files, data and results go; it is emptied first.
    #[arg(long, default_value = "target/bench-decide")]
    folder: PathBuf,
    /// The program; it is built when none is named.
    #[arg(long)]
    mitra: Option<PathBuf>,
    /// When the file's last event arrives, in seconds since 1970; now, when not said. The client's events follow it.
    #[arg(long)]
    end: Option<u64>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(Command::Client(arguments)) = &arguments.command {
        return client::run(arguments);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    phases::run(&arguments.options, arguments.options.end.unwrap_or(now))
}
