//! `mitra plan`: what the next start would change.

use std::{process::ExitCode, sync::Arc};

use anyhow::Result;
use catalog::{Catalog, Proposal};
use clap::Args;
use runtime::inspect::Inspector;
use storage::Disk;

use super::{folder::Folder, json};
use crate::{open::warn_tolerated, project::Project, validate};

/// Arguments of `mitra plan`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// Print JSON, errors too.
    #[arg(long)]
    json: bool,
}

/// What the next start would do.
struct Planned {
    conflicts: Vec<String>,
    /// What statements have made since the folder was applied.
    by_statement: Vec<String>,
    changes: Vec<String>,
}

/// Compares the folder with what it last applied and prints the difference.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let planned = match look(&arguments.folder) {
        Ok(Ok(planned)) => planned,
        Ok(Err(errors)) => return Ok(json::refused(&errors, arguments.json)),
        Err(error) => return json::failed(error, arguments.json),
    };
    let Planned { conflicts, by_statement, changes } = planned;
    let is_clean = conflicts.is_empty();
    if arguments.json {
        json::print(&serde_json::json!({
            "ok": is_clean, "conflicts": conflicts, "by_statement": by_statement, "changes": changes,
        }));
    } else {
        conflicts.iter().for_each(|conflict| say!("conflict: {conflict}"));
        if is_clean {
            by_statement.iter().for_each(|since| say!("by statement: {since}"));
            changes.iter().for_each(|change| say!("{change}"));
            if changes.is_empty() {
                say!("nothing to change");
            }
        }
    }
    Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn look(folder: &Folder) -> Result<Result<Planned, Vec<sql::Error>>> {
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
        Err(errors) => return Ok(Err(errors)),
    };
    warn_tolerated(&plan.tolerated);
    let conflicts: Vec<String> = plan.conflicts.iter().map(ToString::to_string).collect();
    let by_statement = catalog.by_statement().into_iter().map(|since| since.to_string()).collect();
    if !conflicts.is_empty() {
        return Ok(Ok(Planned { conflicts, by_statement, changes: Vec::new() }));
    }
    let proposal = catalog.prepare(&plan.statements, &files);
    let proposal = proposal.and_then(|proposal| validate::tables(&proposal).map(|()| proposal));
    let changes = |proposal: Proposal| proposal.changes.iter().map(ToString::to_string).collect();
    Ok(proposal.map(|proposal| Planned { conflicts, by_statement, changes: changes(proposal) }))
}
