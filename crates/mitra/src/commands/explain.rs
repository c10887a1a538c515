//! `mitra explain`: a recorded decision, and whether the log still gives it.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Result, bail};
use clap::Args;
use runtime::{
    inspect::{Inspector, Outcome},
    workers::Workers,
};
use storage::Disk;

use crate::{answer, project::Project, token_key};

/// Arguments of `mitra explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the decision.
    decision: String,
    /// The event's primary key.
    id: String,
    /// The project's folder.
    #[arg(long, default_value = ".")]
    project: PathBuf,
    /// The data directory, when it is not the project's.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Compute the decision again from the log and compare it with the record.
    #[arg(long)]
    verify: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the record of a decision.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let project = Project::open(&arguments.project)?;
    let inspector = open(&project, arguments.data.clone())?;
    let catalog = inspector.catalog();
    let decided = |epoch| catalog.at(epoch).is_some_and(|at| at.decisions.contains_key(&arguments.decision));
    if !(0..=catalog.epoch()).any(decided) {
        bail!(
            "there is no decision {} and never was; the decisions are {}",
            arguments.decision,
            names(&inspector)
        );
    }
    let found = match inspector.find(&arguments.decision, &arguments.id)? {
        Some(record) => Some(record),
        // Where the key is sensitive, the log knows the event by its token.
        None => match token(&project, arguments)? {
            Some(token) => inspector.find(&arguments.decision, &token)?,
            None => None,
        },
    };
    let Some(record) = found else {
        bail!(
            "no event with the key {} was decided by {}; the decisions are {}",
            arguments.id,
            arguments.decision,
            names(&inspector)
        );
    };
    let position = record.position;
    let answer = answer::of(record);
    if arguments.json {
        say!("{}", serve::json::answer(&answer));
    } else {
        crate::screen::show(&serve::text::answer(&answer));
    }
    if !arguments.verify {
        return Ok(ExitCode::SUCCESS);
    }
    match inspector.verify(position, &Workers::new(project.configuration.engine.threads))? {
        Outcome::Same => {
            eprintln!("verified: computed again from the log, byte for byte the same");
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Different => bail!("the log gives another decision now; the record above stands"),
        Outcome::NotBefore(first) => bail!(
            "the record above is not recomputed: the log before position {first} is gone; \
             decisions from that position on could still be if their windows began there"
        ),
    }
}

/// The decisions in force.
fn names(inspector: &Inspector) -> String {
    inspector.catalog().current().decisions.keys().cloned().collect::<Vec<_>>().join(", ")
}

/// The token of the id, if there is a key to make it with.
fn token(project: &Project, arguments: &Arguments) -> Result<Option<String>> {
    let data = arguments.data.clone().unwrap_or_else(|| project.data_directory());
    let key = token_key::existing(&project.key_file(), &data)?;
    Ok(key.map(|key| {
        let mut token = String::new();
        key.write_token(&arguments.id, &mut token);
        token
    }))
}

/// Opens the project's data directory for reading.
pub fn open(project: &Project, data: Option<PathBuf>) -> Result<Inspector> {
    let options = crate::open::options(project, data);
    if !options.data.join("log").is_dir() {
        bail!("{} holds no log yet; start the project with `mitra up`", options.data.display());
    }
    Ok(Inspector::open(Arc::new(Disk), &options.data, Some(&options.archive))?)
}
