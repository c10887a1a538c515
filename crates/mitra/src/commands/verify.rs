//! `mitra verify`: the whole log replayed, every recorded decision compared.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use anyhow::Result;
use clap::Args;
use runtime::workers::Workers;

use super::folder::Folder;
use crate::{progress::Bar, project::Project};

/// Arguments of `mitra verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// The data directory, when it is not the project's.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Replays the log from position 0 without checkpoints and prints what differs.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let project = Project::open(arguments.folder.path())?;
    let inspector = super::explain::open(&project, arguments.data.clone())?;
    let workers = Workers::new(project.configuration.engine.threads);
    let started = Instant::now();
    let (mut bar, all) = (Bar::new(), inspector.events());
    let verified = inspector.verify_all(&workers, &mut |events| {
        bar.show(events, Some(events as f64 / all.max(1) as f64));
    });
    bar.finish();
    let verification = verified?;
    let is_same = verification.differences.is_empty();
    let code = if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if arguments.json {
        super::json::print(&serde_json::json!({
            "ok": is_same,
            "events": verification.events,
            "decisions": verification.records,
            "seconds": started.elapsed().as_secs_f64(),
            "digest": format!("{:032x}", verification.digest.hash),
            "different_positions": verification.differences,
        }));
        return Ok(code);
    }
    say!(
        "{} events and {} decisions computed again in {:.1} s; digest {:032x}",
        verification.events,
        verification.records,
        started.elapsed().as_secs_f64(),
        verification.digest.hash
    );
    if is_same {
        say!("every recorded decision came out the same, byte for byte");
    }
    for position in &verification.differences {
        say!("the batch at position {position} comes out differently; its record stands");
    }
    Ok(code)
}
