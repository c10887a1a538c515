//! Opening a data directory: the newest good checkpoint, then the log, to the state that a crash interrupted.

use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    sync::Arc,
};

use catalog::Catalog;
use engine::{Engine, Plan};
use eventlog::{Address, EmbeddedLog, Frame, Log, Until};
use records::{
    KIND_CONTROL, KIND_INPUT, KIND_OUTPUT,
    control::{Control, ControlEntry},
    input::InputBatch,
    output::OutputBatch,
};
use sql::definition::Definitions;
use state::{Checkpoint, Checkpoints};
use storage::Storage;
use types::{Epoch, Micros, Position};

use crate::{
    BUILD, Error,
    admission::Gate,
    blobs::Blobs,
    changes::Changes,
    checkpoint::{CONTROLS, Controls},
    history::load_activated,
    processor::{Options, PendingOutput, Processor},
    spent::Spent,
};

/// What an opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Bytes of a torn tail that were cut.
    pub torn_bytes: u64,
    /// Position of the checkpoint that was used.
    pub checkpoint: Option<Position>,
    /// Checkpoints that were passed over, and why.
    pub skipped: Vec<String>,
    /// Files of the index of keys that were passed over, and why; their keys were read from the log again.
    pub index_damaged: Vec<String>,
    /// Events replayed.
    pub replayed: u64,
    /// Batches whose outputs were in the log and came out the same.
    pub confirmed: u64,
    /// First positions of batches whose recorded outputs differ from the replay's; the record stands.
    pub diverged: Vec<Position>,
    /// Batches whose outputs were missing and were made again.
    pub completed: u64,
}

/// Puts a control record in a catalog, reading the files that it names by their hash.
///
/// # Errors
/// `Catalog` when the record does not fit the ones before it.
pub(crate) fn apply_control(catalog: &mut Catalog, entry: &ControlEntry, blobs: &Blobs) -> Result<(), Error> {
    let read = |hash: &str| blobs.get(hash).map_err(|error| error.to_string());
    catalog
        .apply(entry.position, &entry.control, &read)
        .map_err(|reason| Error::Catalog { position: entry.position, reason: reason.to_string() })
}

/// The catalog that `controls` make.
///
/// # Errors
/// As [`apply_control`].
pub fn catalog_of(controls: &[ControlEntry], blobs: &Blobs) -> Result<Catalog, Error> {
    let mut catalog = Catalog::default();
    for entry in controls {
        apply_control(&mut catalog, entry, blobs)?;
    }
    Ok(catalog)
}

/// Plans all epochs from `first` on, so that the engine can process their events and keeps the timelines of all.
pub(crate) fn plan_since(catalog: &Catalog, first: Epoch, blobs: &Blobs) -> Result<Plan, Error> {
    let epochs: BTreeMap<Epoch, Arc<Definitions>> =
        (first..=catalog.epoch()).map(|epoch| (epoch, catalog.at(epoch).unwrap_or_default())).collect();
    Ok(Plan::compile(&epochs, &|blob| blobs.model(blob))?)
}

struct Start {
    engine: Engine,
    /// When the last record before `address` arrived.
    arrived: Micros,
    address: Address,
    controls: Vec<ControlEntry>,
}

impl Processor {
    /// Opens the data directory, making it when it is absent, and brings it to where it stopped.
    ///
    /// # Errors
    /// `Locked` when another process has it; corruption, named; those of the storage.
    pub fn open(options: Options) -> Result<(Self, Report), Error> {
        let mut report = Report::default();
        let storage = Arc::clone(&options.storage);
        refuse_without_log(&*storage, &options.data)?;
        let log_options = eventlog::Options {
            segment_bytes: options.segment_bytes,
            archive: Some(options.archive.clone()),
        };
        let log = EmbeddedLog::open(Arc::clone(&storage), &options.data, log_options)?;
        report.torn_bytes = log.recovery().truncated_bytes;
        let segments = log.embedded_history();
        let blobs = Blobs::open(Arc::clone(&storage), &options.data)?;
        let checkpoints = Arc::new(Checkpoints::open(Arc::clone(&storage), &options.data)?);
        let start = start(&log, &blobs, &checkpoints, &mut report)?;
        let catalog = catalog_of(&start.controls, &blobs)?;
        let mut gate = Gate::open(storage, &options.data)?;
        gate.stamp(start.arrived);
        report.index_damaged = gate.damaged();
        let changes = Changes::after(last_change(&start.controls));
        let mut processor = Self {
            checkpoint_at: options.clock.now(),
            checkpointing: None,
            options,
            log: Box::new(log),
            segments,
            catalog,
            engine: start.engine,
            gate,
            blobs,
            checkpoints,
            controls: start.controls,
            changes,
            pending_outputs: VecDeque::new(),
            events_since_checkpoint: 0,
            checkpoint_position: report.checkpoint.unwrap_or(0),
            encoded: Vec::new(),
            output: OutputBatch::default(),
            checkpoint_wanted: false,
            spent: Spent::default(),
            titles: Arc::default(),
        };
        processor.recover_index(start.address)?;
        processor.replay(start.address, &mut report)?;
        processor.settle()?;
        Ok((processor, report))
    }

    /// Gives the index what its files lack of the log before `end`: what a damaged one held.
    fn recover_index(&mut self, end: Address) -> Result<(), Error> {
        let Some(from) = self.log.seek(self.gate.covered())?.filter(|from| *from < end) else {
            return Ok(());
        };
        let mut frames = self.log.reader(from, Until::Appended)?;
        let mut frame = Frame::default();
        let mut input = InputBatch::default();
        while frames.cursor() < end && frames.read(&mut frame)? {
            if frame.header.kind == KIND_INPUT {
                input.decode_into(&frame.payload)?;
                let definitions = self.catalog.at(frame.header.epoch).unwrap_or_default();
                self.gate.recover(frame.header.position, &input, &definitions)?;
            }
        }
        Ok(())
    }

    /// Runs the log from `address` to its end through the engine.
    fn replay(&mut self, address: Address, report: &mut Report) -> Result<(), Error> {
        let mut reader = self.log.reader(address, Until::Appended)?;
        let mut input = InputBatch::default();
        let mut output = OutputBatch::default();
        let mut open: VecDeque<PendingOutput> = VecDeque::new();
        while let Some(frame) = reader.next()? {
            let header = &frame.header;
            match header.kind {
                KIND_INPUT => {
                    input.decode_into(&frame.payload)?;
                    self.gate.recover(
                        header.position,
                        &input,
                        &self.catalog.at(header.epoch).unwrap_or_default(),
                    )?;
                    let executor = Arc::clone(&self.options.executor);
                    self.engine.process(header.epoch, header.position, &input, &*executor, &mut output)?;
                    report.replayed += u64::from(header.count);
                    if !output.decisions.is_empty() {
                        let mut payload = Vec::new();
                        output.encode(&mut payload);
                        let (base, count, epoch) = (header.position, header.count, header.epoch);
                        open.push_back(PendingOutput { base, count, epoch, payload });
                    }
                }
                KIND_OUTPUT => match open.pop_front() {
                    Some(made) if made.base == header.position && made.payload == *frame.payload => {
                        report.confirmed += 1;
                    }
                    Some(made) if made.base == header.position => report.diverged.push(made.base),
                    _ => {
                        return Err(Error::Order { position: header.position });
                    }
                },
                KIND_CONTROL => {
                    let entry =
                        ControlEntry { position: header.position, control: Control::decode(&frame.payload)? };
                    load_activated(&mut self.engine, &self.catalog, &entry, &self.blobs)?;
                }
                _ => {}
            }
        }
        report.completed = open.len() as u64;
        self.pending_outputs = open;
        self.events_since_checkpoint = report.replayed;
        self.flush_outputs()
    }

    /// After the replay only the newest epoch counts.
    fn settle(&mut self) -> Result<(), Error> {
        self.syncer().sync()?;
        let plan = plan_since(&self.catalog, self.catalog.epoch(), &self.blobs)?;
        self.engine.adopt(plan)?;
        Ok(())
    }
}

/// Refuses a data directory that has lost its log, before a new one is made beside what the old one left.
fn refuse_without_log(storage: &dyn Storage, data: &Path) -> Result<(), Error> {
    let (log, checkpoints) = (data.join("log"), data.join("checkpoints"));
    let holds = |directory: &Path| -> Result<bool, Error> {
        Ok(storage.exists(directory)? && !storage.list(directory)?.is_empty())
    };
    if !holds(&checkpoints)? || holds(&log)? { Ok(()) } else { Err(Error::LogMissing { log, checkpoints }) }
}

fn last_change(controls: &[ControlEntry]) -> u64 {
    controls.iter().map(|entry| entry.control.change()).max().unwrap_or(0)
}

/// The newest state that can be had: a checkpoint's, an older one's if that is of no use, or none at all. What is wrong
/// with a checkpoint only makes more of the log be read.
fn start(
    log: &dyn Log,
    blobs: &Blobs,
    checkpoints: &Checkpoints,
    report: &mut Report,
) -> Result<Start, Error> {
    let mut before = Position::MAX;
    loop {
        let found = checkpoints.newest_before(before)?;
        let skipped = found.skipped.iter();
        report
            .skipped
            .extend(skipped.map(|skipped| format!("{}: {}", skipped.path.display(), skipped.reason)));
        let Some(checkpoint) = found.checkpoint else { break };
        before = checkpoint.stamp().position;
        match start_from(log, blobs, &checkpoint) {
            Ok(start) => {
                report.checkpoint = Some(before);
                return Ok(start);
            }
            Err(error) => report.skipped.push(format!("{}: {error}", checkpoint.path().display())),
        }
    }
    let address = log.history().start();
    let entries = controls_from(log, address)?;
    let catalog = catalog_of(&entries, blobs)?;
    let engine = Engine::new(plan_since(&catalog, 0, blobs)?);
    Ok(Start { engine, arrived: Micros::MIN, address, controls: entries })
}

/// The state of a checkpoint, with timelines for every epoch that the log after it knows.
fn start_from(log: &dyn Log, blobs: &Blobs, checkpoint: &Checkpoint) -> Result<Start, Error> {
    if checkpoint.fingerprint() != BUILD.as_bytes() {
        let build = String::from_utf8_lossy(checkpoint.fingerprint());
        return Err(Error::CheckpointBuild(build.into_owned()));
    }
    let address = Address(checkpoint.stamp().address);
    let saved = checkpoint.section(CONTROLS)?.ok_or_else(|| Error::CheckpointSection(CONTROLS.to_owned()))?;
    let Controls { epoch, arrived, mut entries } = Controls::decode(&saved)?;
    entries.extend(controls_from(log, address)?);
    let catalog = catalog_of(&entries, blobs)?;
    let plan = plan_since(&catalog, epoch, blobs)?;
    let section = |name: &str| checkpoint.section(name).map_err(|error| error.to_string());
    let mut engine = Engine::restore(plan, &section)?;
    for entry in entries.iter().filter(|entry| entry.position < checkpoint.stamp().position) {
        load_activated(&mut engine, &catalog, entry, blobs)?;
    }
    Ok(Start { engine, arrived, address, controls: entries })
}

fn controls_from(log: &dyn Log, address: Address) -> Result<Vec<ControlEntry>, Error> {
    let mut reader = log.reader(address, Until::Appended)?;
    let mut entries = Vec::new();
    while let Some(frame) = reader.next()? {
        if frame.header.kind == KIND_CONTROL {
            let control = Control::decode(&frame.payload)?;
            entries.push(ControlEntry { position: frame.header.position, control });
        }
    }
    Ok(entries)
}
