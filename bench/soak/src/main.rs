//! The soak: the payments example under a steady load for half an hour, both programs, and what they hold meanwhile.

mod client;
mod connection;
mod figures;
mod project;
mod report;
mod sample;
mod scale;
mod server;
mod tables;
mod traffic;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Parser;

use crate::{
    client::Client,
    report::Report,
    sample::{Observer, Sample},
    server::Server,
    traffic::Traffic,
};

/// How often everything is looked at.
const PERIOD: Duration = Duration::from_secs(30);

/// Bytes on the disk that an event takes at most while its segment is there: its log, its keys, its share of tables and
/// checkpoints.
const DISK_BYTES_PER_EVENT: u64 = 900;

/// How long it is there at most: two checkpoints keep it, then the archive does for a while.
const KEPT: Duration = Duration::from_secs(600);

/// Bytes on the disk beside those, for whatever the number of events.
const DISK_BYTES: u64 = 2 << 30;

#[derive(Clone, Debug, Parser)]
#[command(about = "Runs the payments example under a steady load and looks at what it holds.")]
struct Options {
    /// The program `mitra`; `mitra-query` is beside it.
    #[arg(long)]
    mitra: PathBuf,
    /// The example's folder.
    #[arg(long)]
    example: PathBuf,
    /// A folder for the project's copy and its data; emptied first.
    #[arg(long)]
    work: PathBuf,
    /// How long events come.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(3..=1_440))]
    minutes: u32,
    /// Events a second, of all streams together.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    rate: u32,
    /// How many of them are payments that are sent one by one, for an answer each.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    single: u32,
    /// Leave the project and its data there.
    #[arg(long)]
    keep: bool,
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    check(&options)?;
    let report = run(&options)?;
    println!("{report}");
    if options.keep {
        println!("everything is in {}", options.work.display());
    } else {
        std::fs::remove_dir_all(&options.work)
            .with_context(|| format!("cannot remove {}", options.work.display()))?;
    }
    Ok(if report.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What would make the run useless after half an hour is refused now.
fn check(options: &Options) -> Result<()> {
    let query = options.mitra.with_file_name("mitra-query");
    for program in [&options.mitra, &query] {
        if !program.is_file() {
            bail!("{} is missing: `cargo xtask soak` builds both programs first", program.display());
        }
    }
    if options.work.exists() {
        std::fs::remove_dir_all(&options.work)
            .with_context(|| format!("cannot empty {}", options.work.display()))?;
    }
    std::fs::create_dir_all(&options.work)
        .with_context(|| format!("cannot make {}", options.work.display()))?;
    let events = u64::from(options.rate) * KEPT.as_secs().min(u64::from(options.minutes) * 60);
    let needed = DISK_BYTES + events * DISK_BYTES_PER_EVENT;
    let space = rustix::fs::statvfs(&options.work).context("cannot ask for the disk's space")?;
    let free = space.f_bavail * space.f_frsize;
    if free < needed {
        bail!(
            "the run may take {:.1} GB and {} has {:.1} GB; make room, or name a folder on another disk with --work",
            needed as f64 / 1e9,
            options.work.display(),
            free as f64 / 1e9
        );
    }
    Ok(())
}

fn run(options: &Options) -> Result<Report> {
    println!("simulating the time before the start");
    let (scale, traffic) = Traffic::prepare(options.minutes, options.rate, options.single);
    println!("{scale}");
    let project = project::write(&options.example, &options.work, &scale)?;
    let server = Server::start(&options.mitra, &project)?;
    let mut observer = Observer::new(&server, &project)?;
    let client = Client::start(&server, traffic, &scale)?;
    let mut samples = Vec::new();
    println!("{}", Sample::HEADER);
    while let Some(elapsed) = client.wait(PERIOD)? {
        let sample = observer.look(elapsed, &client)?;
        println!("{sample}");
        samples.push(sample);
    }
    let totals = client.finish()?;
    server.stop().context("mitra did not stop cleanly")?;
    Ok(Report::new(scale, samples, totals))
}

/// Bytes of all files in a folder, whatever comes and goes meanwhile.
fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            // It was removed while we looked.
            Err(_) => 0,
        })
        .sum()
}
