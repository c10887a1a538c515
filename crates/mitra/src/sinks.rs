//! One thread that follows the log and feeds the project's sinks with what is durable.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context as _, Result};
use eventlog::{Address, Frame, History, Until};
use expr::{Machine, Program};
use records::{KIND_INPUT, KIND_OUTPUT, input::InputBatch, output::OutputBatch};
use runtime::{node::Handle, record::Names, rows};
use sql::definition::{Definitions, Sink};
use storage::Disk;
use types::{Column, Epoch};

use crate::project::Project;

/// How long the follower waits for more when it has seen everything.
const IDLE: Duration = Duration::from_millis(20);

/// Rows between two commits while the log is busy.
const COMMIT_ROWS: usize = 65_536;

/// The running follower.
pub struct Sinks {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<()>>,
}

impl Sinks {
    /// Starts to follow the log of a running node.
    pub fn start(project: &Project, handle: Handle, history: Arc<dyn History>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut follower = Follower {
            root: project.root.clone(),
            handle,
            history,
            open: BTreeMap::new(),
            epochs: BTreeMap::new(),
            input: InputBatch::default(),
            output: OutputBatch::default(),
        };
        let flag = Arc::clone(&stop);
        let work = move || {
            let result = follower.run(&flag);
            if let Err(error) = &result {
                eprintln!("sinks have stopped: {error:#}; they go on where they were at the next start");
            }
            result
        };
        let thread = thread::Builder::new().name("mitra-sinks".to_owned()).spawn(work);
        Self { stop, thread: thread.expect("the system can start a thread") }
    }

    /// Writes what is durable and closes the files.
    pub fn finish(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the sinks' thread does not panic")
    }
}

/// An open sink.
struct Open {
    definition: Arc<Sink>,
    sink: Box<dyn sinks::Sink>,
    condition: Option<(Program, Machine)>,
    /// Everything before it is in the files already.
    from: Address,
    rows: usize,
}

/// One sink's part of an epoch.
struct Fed {
    name: String,
    names: Names,
}

struct Follower {
    root: PathBuf,
    handle: Handle,
    history: Arc<dyn History>,
    open: BTreeMap<String, Open>,
    epochs: BTreeMap<Epoch, Arc<Vec<Fed>>>,
    input: InputBatch,
    output: OutputBatch,
}

impl Follower {
    fn run(&mut self, stop: &AtomicBool) -> Result<()> {
        let definitions = self.handle.shared().catalog().current();
        self.open_all(&definitions)?;
        let start = self.open.values().map(|open| open.from).min().unwrap_or(self.history.start());
        let start = start.max(self.history.start());
        let mut frames = self.history.reader(start, Until::Durable)?;
        let mut frame = Frame::default();
        let mut done = start;
        loop {
            // The flag is read before the log, so that what was durable when it was set is still seen.
            let stopping = stop.load(Ordering::Relaxed);
            if frames.read(&mut frame)? {
                if self.take(&frame)? {
                    done = frame.next;
                    self.commit(done, COMMIT_ROWS)?;
                }
                continue;
            }
            self.commit(done, 1)?;
            if stopping {
                break;
            }
            thread::park_timeout(IDLE);
        }
        for open in std::mem::take(&mut self.open).into_values() {
            open.sink.close(done.0)?;
        }
        Ok(())
    }

    /// Takes a frame; whether it completes a batch.
    fn take(&mut self, frame: &Frame) -> Result<bool> {
        match frame.header.kind {
            KIND_INPUT => {
                self.input.decode_into(&frame.payload)?;
                Ok(false)
            }
            KIND_OUTPUT => {
                let fed = self.fed(frame.header.epoch)?;
                if !fed.is_empty() {
                    self.output.decode_into(&frame.payload)?;
                    fed.iter().try_for_each(|fed| self.feed(fed, frame))?;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn feed(&mut self, fed: &Fed, frame: &Frame) -> Result<()> {
        let Some(open) = self.open.get_mut(&fed.name) else { return Ok(()) };
        let block = self.output.decisions.iter().find(|block| block.decision == fed.names.index);
        let Some(block) = block.filter(|_| frame.next > open.from) else { return Ok(()) };
        let mut columns = rows::columns(&fed.names, frame.header.position, &self.input, block);
        if let Some((program, machine)) = &mut open.condition {
            // The condition reads the view's columns, then the outcome: all but the first and the last column.
            let inputs: Vec<&Column> = columns[1..columns.len() - 1].iter().collect();
            program.run(machine, &inputs, block.events.len());
            let passed = machine.output(0);
            let values = passed.as_boolean().context("a sink's condition is boolean")?;
            let keep = |row: &usize| !passed.is_null(*row) && values[*row];
            let rows: Vec<usize> = (0..block.events.len()).filter(keep).collect();
            columns = columns.iter().map(|column| pick(column, &rows)).collect();
        }
        let count = columns[0].len();
        if count > 0 {
            open.sink.append(&columns)?;
            open.rows += count;
        }
        Ok(())
    }

    fn commit(&mut self, cursor: Address, rows_min: usize) -> Result<()> {
        for open in self.open.values_mut().filter(|open| open.rows >= rows_min) {
            open.sink.commit(cursor.0)?;
            open.rows = 0;
        }
        Ok(())
    }

    /// The sinks that an epoch's records go to.
    fn fed(&mut self, epoch: Epoch) -> Result<Arc<Vec<Fed>>> {
        if let Some(fed) = self.epochs.get(&epoch) {
            return Ok(Arc::clone(fed));
        }
        let definitions = self.handle.shared().catalog().at(epoch).unwrap_or_default();
        self.open_all(&definitions)?;
        let mut fed = Vec::new();
        for (name, sink) in &definitions.sinks {
            let same = self.open.get(name).is_some_and(|open| open.definition == *sink);
            if let Some(names) = Names::of(&definitions, &sink.decision).filter(|_| same) {
                fed.push(Fed { name: name.clone(), names });
            }
        }
        let fed = Arc::new(fed);
        self.epochs.insert(epoch, Arc::clone(&fed));
        Ok(fed)
    }

    /// Opens the sinks that are not open yet.
    fn open_all(&mut self, definitions: &Definitions) -> Result<()> {
        for (name, sink) in &definitions.sinks {
            if self.open.contains_key(name) {
                continue;
            }
            let Some(names) = Names::of(definitions, &sink.decision) else { continue };
            let path = self.root.join(&sink.path);
            let opened = sinks::open(Arc::new(Disk), &path, format(sink), rows::fields(&names))
                .with_context(|| format!("sink {name}"))?;
            let condition = sink.condition.as_ref().map(|condition| {
                let program = Program::compile(std::slice::from_ref(condition));
                let machine = Machine::new(&program);
                (program, machine)
            });
            let from = Address(opened.cursor().unwrap_or(0));
            let definition = Arc::clone(sink);
            self.open.insert(name.clone(), Open { definition, sink: opened, condition, from, rows: 0 });
        }
        Ok(())
    }
}

fn format(sink: &Sink) -> sinks::Format {
    match sink.format {
        sql::definition::Format::Parquet => sinks::Format::Parquet,
        _ => sinks::Format::Ndjson,
    }
}

fn pick(column: &Column, rows: &[usize]) -> Column {
    let mut picked = Column::new(column.data_type);
    rows.iter().for_each(|row| picked.push_from(column, *row));
    picked
}
