//! `mitra plan`: what the next start would change.

use std::{process::ExitCode, sync::Arc};

use anyhow::Result;
use catalog::Catalog;
use runtime::inspect::Inspector;
use storage::Disk;

use super::folder::Folder;
use crate::{
    open::{render, warn_tolerated},
    project::Project,
    validate,
};

/// Compares the folder with what it last applied and prints the difference.
pub fn run(folder: &Folder) -> Result<ExitCode> {
    let project = Project::open(folder.path())?;
    let data = project.data_directory();
    let archive = project.archive_directory(&data);
    let inspect = || Inspector::open(Arc::new(Disk), &data, Some(&archive));
    let inspected = data.join("log").is_dir().then(inspect).transpose()?;
    let empty = Catalog::default();
    let catalog = inspected.as_ref().map_or(&empty, Inspector::catalog);
    project.warn();
    let files = project.files(&data);
    let plan = match catalog.plan(&project.sources, &files) {
        Ok(plan) => plan,
        Err(errors) => {
            eprintln!("{}", render(&errors));
            return Ok(ExitCode::FAILURE);
        }
    };
    warn_tolerated(&plan.tolerated);
    for conflict in &plan.conflicts {
        say!("conflict: {conflict}");
    }
    if !plan.conflicts.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    for since in catalog.by_statement() {
        say!("by statement: {since}");
    }
    let proposal = catalog.prepare(&plan.statements, &files);
    match proposal.and_then(|proposal| validate::tables(&proposal).map(|()| proposal)) {
        Ok(proposal) if proposal.changes.is_empty() => say!("nothing to change"),
        Ok(proposal) => proposal.changes.iter().for_each(|change| say!("{change}")),
        Err(errors) => {
            eprintln!("{}", render(&errors));
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
