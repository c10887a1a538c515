//! When and what of checkpoints: keyed state, the control log, the index of keys. State is collected piece by piece
//! between batches, and written by another thread, so that no event waits for a disk.

use std::sync::Arc;

use engine::checkpoint::Section;
use eventlog::{Address, EmbeddedHistory, Syncer};
use ingest::identity::{Flush, Flushed, Leftovers};
use records::control::ControlEntry;
use serde::{Deserialize, Serialize};
use state::Checkpoints;
use types::{Epoch, Micros, Position};

use crate::{Error, processor::Processor};

/// Name of the section that holds the control log.
pub(crate) const CONTROLS: &str = "controls";

/// Checkpoints kept: the newest, and one to fall back to.
const KEPT: usize = 2;

/// Rows of a piece when nobody waits between two.
const ROWS_ON_THE_SPOT: usize = 1 << 16;

/// The control log up to a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Controls {
    /// Epoch in force at the checkpoint.
    pub epoch: Epoch,
    /// When the last record arrived.
    pub arrived: Micros,
    /// All records so far.
    pub entries: Vec<ControlEntry>,
}

impl Controls {
    fn encode(epoch: Epoch, arrived: Micros, entries: &[ControlEntry]) -> Vec<u8> {
        let controls = Self { epoch, arrived, entries: entries.to_vec() };
        serde_json::to_vec(&controls).expect("control records are plain data")
    }

    /// Reads the section.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::CheckpointSection(format!("{CONTROLS} ({error})")))
    }
}

/// A checkpoint under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    position: Position,
    /// Whether all state is collected.
    is_collected: bool,
}

/// A checkpoint to be written, by any thread.
pub struct Job {
    syncer: Arc<dyn Syncer>,
    checkpoints: Arc<Checkpoints>,
    segments: Arc<EmbeddedHistory>,
    keys: Option<Flush>,
    controls: Vec<u8>,
    position: Position,
    address: Address,
}

/// A checkpoint that is being written. Dropped, it leaves nothing.
pub struct Writer {
    job: Job,
    file: state::Writer,
}

/// What became of a checkpoint.
pub struct Written {
    keys: Option<Flushed>,
    /// Whether it is there.
    is_taken: Result<bool, Error>,
}

/// What [`Processor::collect`] found.
pub enum Collected {
    /// A piece of the state.
    Section(Section),
    /// There was no more.
    Complete,
    /// The checkpoint is of no use: the definitions have changed before everything was collected.
    GivenUp,
}

impl Job {
    /// Begins the file.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn open(self) -> Result<Writer, Error> {
        let Self { position, address, .. } = self;
        let mut file = self.checkpoints.begin(position, address.0, crate::BUILD.as_bytes())?;
        file.section(CONTROLS, &self.controls)?;
        Ok(Writer { job: self, file })
    }
}

impl Writer {
    /// Goes on beside events: see [`state::Writer::gently`].
    #[must_use]
    pub fn gently(self) -> Self {
        Self { job: self.job, file: self.file.gently() }
    }

    /// Adds a piece of the state.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn section(&mut self, section: &Section) -> Result<(), Error> {
        Ok(self.file.section(&section.name, &section.bytes)?)
    }

    /// Makes the log durable, then the keys, then the state, of which all is there; then lets go of what is older than
    /// the kept checkpoints.
    pub fn finish(self) -> Written {
        let Self { mut job, file } = self;
        let keys = job.keys.take();
        let write_keys = || -> Result<Option<Flushed>, Error> {
            job.syncer.sync()?;
            Ok(keys.map(Flush::run).transpose()?)
        };
        match write_keys() {
            Ok(keys) => Written { keys, is_taken: job.complete(file).map(|()| true) },
            Err(error) => Written::failed(error),
        }
    }
}

impl Job {
    fn complete(self, file: state::Writer) -> Result<(), Error> {
        file.finish()?;
        if let Some(oldest) = self.checkpoints.prune(KEPT)?.oldest {
            self.segments.archive()?;
            self.segments.release(Address(oldest.address))?;
        }
        Ok(())
    }
}

impl Written {
    /// A checkpoint of which nothing came.
    pub const fn failed(error: Error) -> Self {
        Self { keys: None, is_taken: Err(error) }
    }

    /// A checkpoint that nobody wants any more.
    pub const fn given_up() -> Self {
        Self { keys: None, is_taken: Ok(false) }
    }
}

impl Processor {
    /// Whether enough events have come since the last checkpoint, or enough time has passed since one that came.
    pub fn is_checkpoint_due(&self) -> bool {
        let (every, events) = (self.options.checkpoint_events, self.events_since_checkpoint);
        let is_old = || {
            let age = self.options.clock.now().saturating_sub(self.checkpoint_at);
            events > 0 && age >= self.options.checkpoint_interval
        };
        self.checkpointing.is_none() && (self.checkpoint_wanted || every > 0 && (events >= every || is_old()))
    }

    /// Whether events have come since the last checkpoint.
    pub fn has_new_events(&self) -> bool {
        self.events_since_checkpoint > 0
    }

    /// Whether a checkpoint's state is being collected.
    pub fn is_collecting(&self) -> bool {
        self.checkpointing.is_some_and(|begun| !begun.is_collected)
    }

    /// Position of the newest checkpoint.
    pub fn checkpoint_position(&self) -> Position {
        self.checkpoint_position
    }

    /// Begins a checkpoint of everything before the next position; `None` when there is one. Its pieces are to be
    /// given to the job's writer, whose end to [`Processor::checkpointed`].
    ///
    /// # Errors
    /// `Full` while outputs wait for space, and those of the log.
    ///
    /// # Panics
    /// When another one is under way.
    pub fn begin_checkpoint(&mut self) -> Result<Option<Job>, Error> {
        assert!(self.checkpointing.is_none(), "one checkpoint ends before the next begins");
        self.checkpoint_wanted = false;
        self.events_since_checkpoint = 0;
        self.checkpoint_at = self.options.clock.now();
        self.flush_outputs()?;
        let position = self.next_position();
        let keys = self.gate.freeze(position);
        if position == self.checkpoint_position && keys.is_none() {
            return Ok(None);
        }
        self.engine.begin_snapshot();
        self.checkpointing = Some(Begun { position, is_collected: false });
        Ok(Some(Job {
            syncer: self.syncer(),
            checkpoints: Arc::clone(&self.checkpoints),
            segments: Arc::clone(&self.segments),
            keys,
            controls: Controls::encode(self.epoch(), self.gate.last_arrived(), &self.controls),
            position,
            address: self.log.end(),
        }))
    }

    /// The next piece of the state that the checkpoint holds, of about `rows_max` rows.
    pub fn collect(&mut self, rows_max: usize) -> Collected {
        if !self.is_collecting() || !self.engine.is_in_snapshot() {
            return Collected::GivenUp;
        }
        match self.engine.snapshot(rows_max) {
            Some(section) => Collected::Section(section),
            None => {
                self.checkpointing.iter_mut().for_each(|begun| begun.is_collected = true);
                Collected::Complete
            }
        }
    }

    /// Takes note of a checkpoint's end. What is left over is to be removed, by any thread.
    ///
    /// # Errors
    /// What went wrong; `Full` is no reason to end.
    pub fn checkpointed(&mut self, written: Written) -> Result<Leftovers, Error> {
        self.engine.abandon_snapshot();
        let begun = self.checkpointing.take().expect("a checkpoint was begun");
        let mut leftovers = Leftovers::default();
        match written.keys {
            Some(keys) => leftovers = self.gate.flushed(keys)?,
            None => self.gate.thaw(),
        }
        match written.is_taken? {
            true => self.checkpoint_position = begun.position,
            false => self.checkpoint_wanted = true,
        }
        Ok(leftovers)
    }

    /// Files of the index of keys that are better one; see [`ingest::identity::Index::merge_due`].
    pub fn merge_due(&self) -> Option<ingest::identity::Merge> {
        self.gate.merge_due()
    }

    /// Puts a merged file in the place of its parts, which are left over: they are to be removed, by any thread.
    pub fn merged(&mut self, merged: ingest::identity::Merged) -> Leftovers {
        self.gate.merged(merged)
    }

    /// Takes a checkpoint on the spot, or leaves it for later while the disk is full.
    ///
    /// # Errors
    /// Those of the storage but a full disk.
    pub fn checkpoint_unless_full(&mut self) -> Result<(), Error> {
        match self.checkpoint() {
            Err(error) if error.is_full() => Ok(()),
            other => other,
        }
    }

    /// Takes a checkpoint on the spot.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn checkpoint(&mut self) -> Result<(), Error> {
        let Some(job) = self.begin_checkpoint()? else { return Ok(()) };
        let written = self.write_all(job).unwrap_or_else(Written::failed);
        Ok(self.checkpointed(written)?.remove()?)
    }

    fn write_all(&mut self, job: Job) -> Result<Written, Error> {
        let mut writer = job.open()?;
        loop {
            match self.collect(ROWS_ON_THE_SPOT) {
                Collected::Section(section) => writer.section(&section)?,
                Collected::Complete => return Ok(writer.finish()),
                Collected::GivenUp => return Ok(Written::given_up()),
            }
        }
    }
}
