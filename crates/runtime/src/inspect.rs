//! The log read by somebody who does not own it: decisions found again, and recomputed.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use catalog::Catalog;
use engine::{Engine, Executor};
use eventlog::{Address, Frame, Frames as _, History, Reader, Until};
use records::{
    KIND_CONTROL, KIND_INPUT, KIND_OUTPUT,
    canonical::{self, Digest},
    control::{Control, ControlEntry},
    input::InputBatch,
    output::OutputBatch,
};
use sql::definition::Definitions;
use state::Checkpoints;
use storage::Storage;
use types::{Position, Value};

use crate::{
    Error,
    blobs::Blobs,
    checkpoint::{CONTROLS, Controls},
    history::load_activated,
    record::{Batch, Record, Titles},
    recovery::{catalog_of, plan_since},
};

/// A data directory read from outside, beside the process that owns it or after it.
pub struct Inspector {
    storage: Arc<dyn Storage>,
    data: PathBuf,
    archive: Option<PathBuf>,
    blobs: Blobs,
    catalog: Catalog,
    events: u64,
}

/// What a comparison of the whole log found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Events read.
    pub events: u64,
    /// Decision records compared.
    pub records: u64,
    /// Positions of records that a replay does not reproduce, at most [`DIFFERENCES_MAX`].
    pub differences: Vec<Position>,
    /// Digest over all records in order.
    pub digest: Digest,
}

/// Differences listed at most.
pub const DIFFERENCES_MAX: usize = 20;

/// Whether a record came out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Byte for byte.
    Same,
    /// Not.
    Different,
    /// The log before its state is gone; it could from this position on.
    NotBefore(Position),
}

impl Inspector {
    /// Reads the control log of a data directory: where its beginning is gone, from the newest checkpoint.
    ///
    /// # Errors
    /// Those of the storage and the log.
    pub fn open(storage: Arc<dyn Storage>, data: &Path, archive: Option<&Path>) -> Result<Self, Error> {
        let blobs = Blobs::existing(Arc::clone(&storage), data);
        let archive = archive.map(Path::to_owned);
        let (data, catalog) = (data.to_owned(), Catalog::default());
        let mut inspector = Self { storage, data, archive, blobs, catalog, events: 0 };
        let mut frames = inspector.frames()?;
        let mut frame = Frame::default();
        let (mut entries, mut known_until) = (Vec::new(), Address(0));
        if frames.cursor() > Address(0)
            && let Some(checkpoint) =
                Checkpoints::existing(Arc::clone(&inspector.storage), &inspector.data).newest()?.checkpoint
            && let Some(saved) = checkpoint.section(CONTROLS)?
        {
            entries = Controls::decode(&saved)?.entries;
            known_until = Address(checkpoint.stamp().address);
        }
        while frames.read(&mut frame)? {
            if frame.header.kind == KIND_INPUT {
                inspector.events += u64::from(frame.header.count);
            }
            if frame.header.kind == KIND_CONTROL && frame.next > known_until {
                let control = Control::decode(&frame.payload)?;
                entries.push(ControlEntry { position: frame.header.position, control });
            }
        }
        inspector.catalog = catalog_of(&entries, &inspector.blobs)?;
        Ok(inspector)
    }

    /// The definitions of every epoch.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// How many events the log held when it was opened.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// All durable frames from the first one that is kept.
    fn frames(&self) -> Result<Reader, Error> {
        let open = |from| Reader::open(Arc::clone(&self.storage), &self.data, self.archive.as_deref(), from);
        match open(Address(0)) {
            Err(eventlog::Error::Gone { start, .. }) => Ok(open(start)?),
            other => Ok(other?),
        }
    }

    /// The record of the last event whose primary key reads `id`.
    ///
    /// # Errors
    /// Those of the log and the payloads.
    pub fn find(&self, decision: &str, id: &str) -> Result<Option<Record>, Error> {
        let mut frames = self.frames()?;
        let mut frame = Frame::default();
        let mut batch: Option<Batch> = None;
        let mut position = 0;
        let mut input = InputBatch::default();
        while frames.read(&mut frame)? {
            let header = frame.header;
            if header.kind == KIND_OUTPUT {
                if let Some(batch) = batch.as_mut().filter(|batch| batch.base == header.position) {
                    batch.output.decode_into(&frame.payload)?;
                }
                continue;
            }
            if header.kind != KIND_INPUT {
                continue;
            }
            input.decode_into(&frame.payload)?;
            let definitions = self.catalog.at(header.epoch).unwrap_or_default();
            if let Some(found) = position_of(&input, &definitions, decision, id, header.position) {
                position = found;
                let (base, epoch) = (header.position, header.epoch);
                let input = std::mem::take(&mut input);
                let titles = Arc::new(Titles::new(definitions));
                batch = Some(Batch { base, epoch, titles, input, output: OutputBatch::default() });
            }
        }
        Ok(batch.and_then(|batch| batch.record(decision, position)))
    }

    /// Computes the records of an event again from the log's beginning and compares them with the recorded ones.
    ///
    /// # Errors
    /// Those of the log and the payloads.
    pub fn verify(&self, position: Position, executor: &dyn Executor) -> Result<Outcome, Error> {
        let mut engine = Engine::new(plan_since(&self.catalog, 0, &self.blobs)?);
        let mut frames = self.frames()?;
        let mut frame = Frame::default();
        let mut input = InputBatch::default();
        let mut made = OutputBatch::default();
        let mut base = None;
        let mut first = true;
        while frames.read(&mut frame)? {
            let header = frame.header;
            if std::mem::take(&mut first) && header.position > 0 {
                return Ok(Outcome::NotBefore(header.position));
            }
            let holds = (header.position..header.position + u64::from(header.count)).contains(&position);
            match header.kind {
                KIND_INPUT if base.is_some() => break,
                KIND_INPUT => {
                    input.decode_into(&frame.payload)?;
                    if holds {
                        engine.process(header.epoch, header.position, &input, executor, &mut made)?;
                        base = Some(header.position);
                    } else {
                        engine.observe(header.position, &input, executor)?;
                    }
                }
                KIND_OUTPUT if base == Some(header.position) => {
                    let mut recorded = OutputBatch::default();
                    recorded.decode_into(&frame.payload)?;
                    let same = canonical::records_at(header.position, &recorded, position)
                        == canonical::records_at(header.position, &made, position);
                    return Ok(if same { Outcome::Same } else { Outcome::Different });
                }
                KIND_CONTROL => {
                    let entry =
                        ControlEntry { position: header.position, control: Control::decode(&frame.payload)? };
                    load_activated(&mut engine, &self.catalog, &entry, &self.blobs)?;
                }
                _ => {}
            }
        }
        Ok(match base {
            Some(base) if canonical::records_at(base, &made, position).is_empty() => Outcome::Same,
            _ => Outcome::Different,
        })
    }

    /// Replays the whole log and compares every record.
    ///
    /// # Errors
    /// Those of the log and the payloads; `HistoryGone` when the log does not start at position 0.
    pub fn verify_all(
        &self,
        executor: &dyn Executor,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Verification, Error> {
        let mut engine = Engine::new(plan_since(&self.catalog, 0, &self.blobs)?);
        let mut reader = self.frames()?;
        let mut verification = Verification::default();
        let mut input = InputBatch::default();
        let mut made = OutputBatch::default();
        let mut recorded = OutputBatch::default();
        let mut made_at: Option<Position> = None;
        let mut frame = Frame::default();
        let mut first = true;
        while reader.read(&mut frame)? {
            let position = frame.header.position;
            if std::mem::take(&mut first) && position > 0 {
                return Err(Error::HistoryGone { first: position });
            }
            match frame.header.kind {
                KIND_INPUT => {
                    if let Some(position) = made_at.take() {
                        verification.difference(position);
                    }
                    input.decode_into(&frame.payload)?;
                    engine.process(frame.header.epoch, position, &input, executor, &mut made)?;
                    verification.events += u64::from(frame.header.count);
                    made_at = (!made.decisions.is_empty()).then_some(position);
                    progress(verification.events);
                }
                KIND_OUTPUT => {
                    recorded.decode_into(&frame.payload)?;
                    verification.compare(position, &recorded, &made, made_at == Some(position));
                    made_at = None;
                }
                KIND_CONTROL => {
                    let entry = ControlEntry { position, control: Control::decode(&frame.payload)? };
                    load_activated(&mut engine, &self.catalog, &entry, &self.blobs)?;
                }
                _ => {}
            }
        }
        Ok(verification)
    }
}

impl Verification {
    fn difference(&mut self, position: Position) {
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(position);
        }
    }

    fn compare(&mut self, base: Position, recorded: &OutputBatch, made: &OutputBatch, paired: bool) {
        self.records += recorded.decisions.iter().map(|block| block.events.len() as u64).sum::<u64>();
        canonical::update(&mut self.digest, base, recorded);
        if !paired || !canonical::equal(recorded, made) {
            self.difference(base);
        }
    }
}

/// The position of the last event in a batch whose primary key reads `id`.
fn position_of(
    input: &InputBatch,
    definitions: &Definitions,
    decision: &str,
    id: &str,
    base: Position,
) -> Option<Position> {
    let view = definitions.views.get(&definitions.decisions.get(decision)?.view)?;
    let stream = definitions.streams.get(&view.stream)?;
    let block = input.streams.iter().position(|rows| rows.stream == stream.name)?;
    let keys = &input.streams[block].columns[stream.primary_key];
    let matches = |row: &usize| match keys.value(*row) {
        Some(Value::Text(key)) => key == id,
        Some(key) => key.to_string() == id,
        None => false,
    };
    let row = (0..keys.len()).rev().find(matches)?;
    let mut of_block = input.order.iter().enumerate().filter(|(_, other)| usize::from(**other) == block);
    of_block.nth(row).map(|(offset, _)| base + offset as u64)
}

/// The frames of the batch that holds `position`; `None` when it is not in the log, no event, or not known to be decided.
/// All before the address `decided` is; without one the caller knows.
///
/// # Errors
/// Those of the log and the payloads.
pub fn batch_at(
    history: &dyn History,
    catalog: &Catalog,
    decided: Option<Address>,
    position: Position,
) -> Result<Option<Batch>, Error> {
    let Some(address) = history.seek(position)? else { return Ok(None) };
    let mut reader = history.reader(address, Until::Durable)?;
    let Some(frame) = reader.next()? else { return Ok(None) };
    if frame.header.kind != KIND_INPUT {
        return Ok(None);
    }
    let (base, epoch) = (frame.header.position, frame.header.epoch);
    let mut batch = Batch {
        base,
        epoch,
        titles: Arc::new(Titles::new(catalog.at(epoch).unwrap_or_default())),
        input: InputBatch::default(),
        output: OutputBatch::default(),
    };
    batch.input.decode_into(&frame.payload)?;
    let mut frame = Frame::default();
    if reader.read(&mut frame)? {
        if frame.header.kind == KIND_OUTPUT && frame.header.position == base {
            batch.output.decode_into(&frame.payload)?;
        }
        return Ok(Some(batch));
    }
    // A batch without outputs at the end of the log looks like one whose outputs are still to come.
    Ok(decided.is_none_or(|decided| reader.cursor() == decided).then_some(batch))
}

/// The record of `decision` for the event at `position`.
///
/// # Errors
/// Those of the log and the payloads.
pub fn record_at(
    history: &dyn History,
    catalog: &Catalog,
    decided: Option<Address>,
    decision: &str,
    position: Position,
) -> Result<Option<Record>, Error> {
    Ok(batch_at(history, catalog, decided, position)?.and_then(|batch| batch.record(decision, position)))
}
