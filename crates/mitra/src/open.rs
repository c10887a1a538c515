//! A project's data directory opened and brought to what the folder says.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use records::control::Origin;
use runtime::{
    changes::{Applied, Change, ChangeError},
    clock::Clock,
    processor::{Options, Processor},
    recovery::Report,
    workers::Workers,
};
use storage::Disk;

use crate::{project::Project, token_key};

/// Bytes of a log segment.
const SEGMENT_BYTES: u64 = 128 << 20;

/// Options of a processor over the project's data directory.
pub fn options(project: &Project, data: Option<PathBuf>) -> Options {
    let data = data.unwrap_or_else(|| project.data_directory());
    let archive = project.archive_directory(&data);
    Options {
        data,
        segment_bytes: SEGMENT_BYTES,
        archive,
        storage: Arc::new(Disk),
        clock: Arc::new(project.clock),
        executor: Arc::new(Workers::new(project.configuration.engine.threads)),
        checkpoint_events: project.configuration.data.checkpoint_events,
        // In seconds of the machine, whose work a checkpoint saves.
        checkpoint_interval: i64::from(project.configuration.data.checkpoint_seconds)
            * i64::from(project.clock.speed)
            * 1_000_000,
        batch_events_max: project.configuration.engine.batch_events_max,
    }
}

/// Opens the data directory and applies the folder's changes, which arrive when `clock` says.
pub fn processor(
    project: &Project,
    data: Option<PathBuf>,
    clock: Arc<dyn Clock>,
) -> Result<(Processor, Report, Option<Applied>)> {
    let options = Options { clock, ..options(project, data) };
    std::fs::create_dir_all(&options.data)
        .with_context(|| format!("cannot make the data directory {}", options.data.display()))?;
    let data = options.data.clone();
    let (mut processor, report) = Processor::open(options)?;
    token_key::settle(&project.key_file(), &data, holds_tokens(&processor))?;
    let known = processor.catalog().abandoned().len();
    processor.finish_changes()?;
    for abandoned in &processor.catalog().abandoned()[known..] {
        say!(
            "change {} is given up, since its state cannot be built: {}",
            abandoned.change,
            abandoned.reason
        );
    }
    let applied = apply_folder(project, &data, &mut processor)?;
    Ok((processor, report, applied))
}

/// Whether events of a stream with token columns may be in the log.
fn holds_tokens(processor: &Processor) -> bool {
    let catalog = processor.catalog();
    let has_tokens = |epoch| {
        let definitions = catalog.at(epoch).unwrap_or_default();
        definitions.streams.values().any(|stream| !stream.tokens.is_empty())
    };
    processor.has_events() && (0..=catalog.epoch()).any(has_tokens)
}

/// Compares the folder with what it last applied and brings the difference into force.
fn apply_folder(project: &Project, data: &Path, processor: &mut Processor) -> Result<Option<Applied>> {
    project.warn();
    let files = Arc::new(project.files(data));
    let plan = processor.catalog().plan(&project.sources, &*files);
    let plan = plan.map_err(|errors| anyhow::anyhow!(render(&errors)))?;
    warn_tolerated(&plan.tolerated);
    if !plan.conflicts.is_empty() {
        let conflicts: Vec<String> = plan.conflicts.iter().map(ToString::to_string).collect();
        bail!("the folder and the running system disagree:\n{}", conflicts.join("\n"));
    }
    if plan.statements.is_empty() {
        return Ok(None);
    }
    let change = Change { statements: plan.statements, origin: Origin::Project, files };
    match processor.change_now(change)? {
        Ok(applied) => Ok(Some(applied)),
        Err(ChangeError::Statements(errors)) => bail!("{}", render(&errors)),
        Err(error) => Err(error.into()),
    }
}

/// Tells what an earlier build took into the control log and this one would refuse.
pub fn warn_tolerated(errors: &[sql::Error]) {
    for error in errors {
        complain!("definition_tolerated";
            "warning: this stays as it was recorded, and is refused once it is changed\n{}",
            error.render()
        );
    }
}

/// Errors with the lines that they point at.
pub fn render(errors: &[sql::Error]) -> String {
    let mut text: Vec<String> = errors.iter().map(sql::Error::render).collect();
    text.push(format!(
        "{} error{}; nothing was started",
        errors.len(),
        if errors.len() == 1 { "" } else { "s" }
    ));
    text.join("\n")
}

/// Prints what opening found, for those who want to know.
pub fn tell(report: &Report, applied: Option<&Applied>) {
    if report.torn_bytes > 0 {
        say!("{} bytes of a torn tail were cut from the log; none was ever acknowledged", report.torn_bytes);
    }
    for skipped in &report.skipped {
        say!("checkpoint passed over: {skipped}");
    }
    for damaged in &report.index_damaged {
        say!("index of keys: {damaged}; its keys were read from the log again");
    }
    if report.replayed > 0 {
        say!(
            "{} events replayed, {} batches confirmed, {} completed",
            report.replayed,
            report.confirmed,
            report.completed
        );
    }
    for position in &report.diverged {
        say!("the batch at position {position} comes out differently with this build; its record stands");
    }
    if let Some(applied) = applied {
        for change in &applied.changes {
            say!("{change}");
        }
        say!("in force since position {}, epoch {}", applied.position, applied.epoch);
    }
}
