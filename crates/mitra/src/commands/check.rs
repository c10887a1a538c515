//! `mitra check`: a project typed as a whole, and what each definition will cost.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::folder::Folder;
use crate::{open::render, project::Project, validate};

/// Arguments of `mitra check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// Events a second that the costs are stated for.
    #[arg(long, default_value_t = 1_000)]
    rate: u64,
}

/// Prints the definitions and their cost, or every error.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let project = Project::open(arguments.folder.path())?;
    project.warn();
    let files = project.files(&project.data_directory());
    let catalog = catalog::Catalog::default();
    let plan = match catalog.plan(&project.sources, &files) {
        Ok(plan) => plan,
        Err(errors) => {
            eprintln!("{}", render(&errors));
            return Ok(ExitCode::FAILURE);
        }
    };
    let proposal = catalog.prepare(&plan.statements, &files);
    let checked = proposal.and_then(|proposal| validate::tables(&proposal).map(|()| proposal));
    match checked {
        Ok(proposal) => {
            crate::screen::show(&catalog::cost::estimate(&proposal.definitions, arguments.rate).to_string());
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) => {
            eprintln!("{}", render(&errors));
            Ok(ExitCode::FAILURE)
        }
    }
}
