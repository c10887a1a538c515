//! How many events a second reach the disk over HTTP, by Mitra and by other receivers, in requests of several sizes.

mod client;
mod events;
mod ids;
mod measure;
mod receivers;
mod shapes;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result};
use bench_load::mitra;
use clap::{Args, Parser, Subcommand};

use crate::{
    measure::Run,
    receivers::{Flume, Mitra, Receiver, VictoriaLogs},
    shapes::SHAPES,
};

#[derive(Debug, Parser)]
#[command(name = "bench-ingest")]
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
    /// Seconds of each run that are timed.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Seconds of requests before those.
    #[arg(long, default_value_t = 3)]
    warm_seconds: u64,
    /// Runs of each cell; the one of the median throughput counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Only receivers whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Only requests of so many events.
    #[arg(long)]
    events: Option<u64>,
    /// Where data goes; it is emptied first.
    #[arg(long, default_value = "target/bench-ingest")]
    folder: PathBuf,
    /// The program; it is built when none is named.
    #[arg(long)]
    mitra: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(Command::Client(arguments)) = &arguments.command {
        return client::run(arguments);
    }
    let options = &arguments.options;
    fs::create_dir_all(&options.folder)
        .with_context(|| format!("cannot make {}", options.folder.display()))?;
    let receivers = receivers(options)?;
    println!(
        "\n4 KiB appended and synced (fdatasync): {:.2} ms, the median of 200",
        sync_ms(&options.folder)?
    );
    for receiver in &receivers {
        println!("{} answers when {}.", receiver.name(), receiver.promise());
    }
    println!(
        "\n| events a request | receiver | events a second | p50 ms | p99 ms | server CPU µs an event | client CPU µs an event | \
         memory MB | sent bytes an event | disk bytes an event |\n|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for shape in SHAPES.iter().filter(|shape| options.events.is_none_or(|events| events == shape.events)) {
        let mut runs = vec![Vec::new(); receivers.len()];
        for _ in 0..options.rounds {
            for (receiver, runs) in receivers.iter().zip(&mut runs) {
                runs.push(measure::run(&**receiver, shape, options)?);
            }
        }
        for (receiver, runs) in receivers.iter().zip(&mut runs) {
            let run = median(runs);
            println!(
                "| {} | {} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.0} | {:.0} | {:.0} |",
                shape.name,
                receiver.name(),
                run.rate,
                run.p50_ms,
                run.p99_ms,
                run.server_cpu_us,
                run.client_cpu_us,
                run.resident_bytes_max as f64 / 1e6,
                run.sent_bytes,
                run.disk_bytes,
            );
        }
    }
    println!("\nAfter every run each acknowledged event was on disk once, and no other.");
    Ok(())
}

/// All receivers that can be had; what is missing is said.
fn receivers(options: &Options) -> Result<Vec<Box<dyn Receiver>>> {
    let program = mitra::program(options.mitra.as_deref())?;
    let mut receivers: Vec<Box<dyn Receiver>> = Vec::new();
    for decides in [false, true] {
        receivers.push(Box::new(Mitra { program: program.clone(), decides }));
    }
    match VictoriaLogs::install() {
        Ok(peer) => receivers.push(Box::new(peer)),
        Err(error) => println!("without VictoriaLogs, which cannot be had: {error:#}"),
    }
    match Flume::install() {
        Ok(peer) => receivers.push(Box::new(peer)),
        Err(error) => println!("without Flume, which cannot be had: {error:#}"),
    }
    receivers.retain(|receiver| receiver.name().contains(&options.only));
    Ok(receivers)
}

/// The run of the median throughput.
fn median(runs: &mut [Run]) -> Run {
    runs.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    runs[runs.len() / 2]
}

/// How long the disk takes for a small append that is synced.
fn sync_ms(folder: &Path) -> Result<f64> {
    let path = folder.join("synced");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        file.write_all(&[7; 4_096])?;
        file.sync_data()?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    fs::remove_file(&path)?;
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_run_is_taken_whole() {
        let run = |rate| Run {
            rate,
            p50_ms: rate,
            p99_ms: 0.0,
            server_cpu_us: 0.0,
            client_cpu_us: 0.0,
            resident_bytes_max: 0,
            disk_bytes: 0.0,
            sent_bytes: 0.0,
        };
        assert_eq!(median(&mut [run(3.0), run(1.0), run(2.0)]), run(2.0));
        assert_eq!(median(&mut [run(1.0)]), run(1.0));
    }
}
