//! `mitra ingest`: files into streams, decided on as they are read.

mod report;

use std::{
    collections::VecDeque,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use engine::{Counters, memory::TimelineMemory};
use runtime::{
    clock::HistoryClock,
    node::{Handle, Node, Refusal},
    processor::{Processor, Receipt, RowStatus},
    spent::Spent,
};
use sql::definition::Definitions;

use crate::{bound::Bound, open, progress::Bar, project::Project, sinks::Sinks};

/// Arguments of `mitra ingest`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Streams and their files: `payments=payments.parquet`. Several are merged by their arrival.
    #[arg(required = true, value_name = "STREAM=FILE")]
    inputs: Vec<String>,
    /// The project's folder.
    #[arg(long, default_value = ".")]
    project: PathBuf,
    /// The data directory, when it is not the project's.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Batches on their way to the disk at most.
const IN_FLIGHT_MAX: usize = 8;

/// What has become of the rows so far.
#[derive(Default)]
pub(crate) struct Totals {
    accepted: u64,
    repeated: u64,
    conflicts: u64,
    refused: u64,
    /// Reading files to typed rows, tokens included.
    reading: Duration,
}

impl Totals {
    /// Rows that were settled in any way.
    fn rows(&self) -> u64 {
        self.accepted + self.repeated + self.conflicts + self.refused
    }

    fn add(&mut self, receipt: &Receipt) {
        for status in &receipt.rows {
            match status {
                RowStatus::Accepted(_) => self.accepted += 1,
                RowStatus::Repeated(_) => self.repeated += 1,
                RowStatus::Conflict(_) => self.conflicts += 1,
                RowStatus::Refused => self.refused += 1,
            }
        }
    }
}

/// Reads the files, decides on every event, feeds the sinks and prints what happened.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let project = Project::open(&arguments.project)?;
    let (processor, report, applied) =
        open::processor(&project, arguments.data.clone(), Arc::new(HistoryClock))?;
    open::tell(&report, applied.as_ref());
    let inputs = inputs(arguments, &processor)?;
    let key = ingest::tokens::TokenKey::new(&project.pii_key()?);
    let history = processor.history();
    let node = Node::start(processor, usize::MAX);
    let data = arguments.data.clone().unwrap_or_else(|| project.data_directory());
    let _bound = Bound::start(&project, &data, node.handle());
    let sinks = Sinks::start(&project, &data, node.handle(), history, Arc::default());
    let started = Instant::now();
    let totals = feed(inputs, &key, &node.handle());
    let handle = node.handle();
    let looked = look(&handle);
    let closing = Instant::now();
    node.stop()?;
    sinks.finish()?;
    let totals = totals?;
    report::print(&report::Report {
        totals: &totals,
        elapsed: started.elapsed(),
        closing: closing.elapsed(),
        syncing: handle.shared().syncing(),
        spent: looked.spent,
        memory: &looked.memory,
        decisions: &report::decisions(&looked.counters, &looked.definitions),
    });
    Ok(ExitCode::SUCCESS)
}

fn inputs(arguments: &Arguments, processor: &Processor) -> Result<ingest::files::Merge> {
    let definitions = processor.definitions();
    let mut inputs = Vec::new();
    for input in &arguments.inputs {
        let (name, path) = input
            .split_once('=')
            .with_context(|| format!("{input} is not STREAM=FILE, as in payments=payments.parquet"))?;
        let Some(stream) = definitions.streams.get(name) else {
            bail!(
                "no stream is called {name}; the streams are {}",
                definitions.streams.keys().cloned().collect::<Vec<_>>().join(", ")
            );
        };
        inputs.push((Arc::clone(stream), PathBuf::from(path)));
    }
    let mut merge = ingest::files::merge(inputs)?;
    merge.rows_max = processor.batch_events_max();
    Ok(merge)
}

/// Submits everything that the files hold and waits until it is durable and decided.
///
/// # Errors
/// Those of the files, and whatever ends the node.
pub(crate) fn feed(
    mut inputs: ingest::files::Merge,
    key: &ingest::tokens::TokenKey,
    handle: &Handle,
) -> Result<Totals> {
    let mut totals = Totals::default();
    let mut waiting: VecDeque<mpsc::Receiver<Result<Receipt, Refusal>>> = VecDeque::new();
    let mut bar = Bar::new();
    loop {
        let reading = Instant::now();
        let Some(batch) = inputs.next() else { break };
        let mut batch = batch?;
        for (stream, columns) in &mut batch.streams {
            ingest::tokens::apply(key, stream, columns);
        }
        totals.reading += reading.elapsed();
        let (reply, receiver) = runtime::node::one();
        handle.import(batch, reply);
        waiting.push_back(receiver);
        if waiting.len() >= IN_FLIGHT_MAX {
            settle(&mut waiting, &mut totals)?;
        }
        bar.show(totals.rows(), inputs.part());
    }
    while !waiting.is_empty() {
        settle(&mut waiting, &mut totals)?;
    }
    bar.finish();
    Ok(totals)
}

fn settle(
    waiting: &mut VecDeque<mpsc::Receiver<Result<Receipt, Refusal>>>,
    totals: &mut Totals,
) -> Result<()> {
    let Some(receiver) = waiting.pop_front() else { return Ok(()) };
    let receipt = receiver.recv().context("the engine has stopped")??;
    totals.add(&receipt);
    Ok(())
}

/// What the core knows at the end of an import.
#[derive(Default)]
struct Looked {
    spent: Spent,
    memory: Vec<TimelineMemory>,
    counters: Counters,
    definitions: Arc<Definitions>,
}

/// Asks the core between two batches.
fn look(handle: &Handle) -> Looked {
    let (reply, receiver) = runtime::node::one();
    handle.inspect(Box::new(move |processor| {
        let engine = processor.engine();
        reply(Looked {
            spent: processor.spent(),
            memory: engine.memory(),
            counters: engine.counters().clone(),
            definitions: processor.definitions(),
        });
    }));
    receiver.recv().unwrap_or_default()
}
