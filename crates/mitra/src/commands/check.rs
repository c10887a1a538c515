//! `mitra check`: a project typed as a whole, and what each definition will cost.

use std::process::ExitCode;

use anyhow::Result;
use catalog::cost::Report;
use clap::Args;

use super::{folder::Folder, json};
use crate::{project::Project, validate};

/// Arguments of `mitra check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// Events a second of every stream that the costs are stated for.
    #[arg(long, default_value_t = 1_000, value_parser = rate, allow_hyphen_values = true)]
    rate: u64,
    /// Memory that the windows may take at that rate, as in 64GB: what needs more is refused.
    #[arg(long, value_parser = size)]
    memory_max: Option<u128>,
    /// Print JSON, errors too.
    #[arg(long)]
    json: bool,
}

fn rate(text: &str) -> Result<u64, String> {
    let rate = text.parse().ok().filter(|rate| *rate > 0);
    rate.ok_or_else(|| "write whole events a second without separators, as in 65000".to_owned())
}

/// Bytes, in powers of ten.
fn size(text: &str) -> Result<u128, String> {
    const UNITS: [(&str, u128); 5] =
        [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1)];
    let upper = text.trim().to_ascii_uppercase();
    let unit = UNITS.iter().find_map(|(unit, bytes)| Some((upper.strip_suffix(unit)?, *bytes)));
    let (number, unit) = unit.unwrap_or((&upper, 1));
    let bytes = number.trim().parse::<u128>().ok().and_then(|number| number.checked_mul(unit));
    bytes.ok_or_else(|| "write a whole number and its unit, as in 64GB, 500MB or 2TB".to_owned())
}

/// Prints the definitions and their cost, or every error.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let bounded = |report: &Report| arguments.memory_max.map_or(Ok(()), |bound| report.check(bound));
    match look(arguments) {
        Ok(Ok(report)) if arguments.json => match bounded(&report) {
            Ok(()) => json::print(&json::costs(&report)),
            Err(excess) => return json::failed(excess.into(), true),
        },
        Ok(Ok(report)) => {
            crate::screen::show(&report.to_string());
            bounded(&report)?;
        }
        Ok(Err(errors)) => return Ok(json::refused(&errors, arguments.json)),
        Err(error) => return json::failed(error, arguments.json),
    }
    Ok(ExitCode::SUCCESS)
}

/// What the definitions cost, or what is wrong with them.
fn look(arguments: &Arguments) -> Result<Result<Report, Vec<sql::Error>>> {
    let project = Project::open(arguments.folder.path())?;
    project.warn();
    let files = project.files(&project.data_directory());
    let catalog = catalog::Catalog::default();
    let plan = match catalog.plan(&project.sources, &files) {
        Ok(plan) => plan,
        Err(errors) => return Ok(Err(errors)),
    };
    let proposal = catalog.prepare(&plan.statements, &files);
    let proposal = match proposal.and_then(|proposal| validate::tables(&proposal).map(|()| proposal)) {
        Ok(proposal) => proposal,
        Err(errors) => return Ok(Err(errors)),
    };
    let report = catalog::cost::estimate(&proposal.definitions, arguments.rate)
        .with_files(&proposal.definitions, &proposal.blobs);
    Ok(Ok(report))
}
