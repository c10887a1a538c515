//! When and what of checkpoints: keyed state, the control log, the index of keys.

use serde::{Deserialize, Serialize};
use types::{Epoch, Micros};

use crate::{
    Error,
    processor::{ControlEntry, Processor},
};

/// Name of the section that holds the control log.
pub(crate) const CONTROLS: &str = "controls";

/// Checkpoints kept: the newest, and one to fall back to.
const KEPT: usize = 2;

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

impl Processor {
    /// Whether enough events have come since the last checkpoint.
    pub fn is_checkpoint_due(&self) -> bool {
        let every = self.options.checkpoint_events;
        self.checkpoint_wanted || every > 0 && self.events_since_checkpoint >= every
    }

    /// Position of the newest checkpoint.
    pub fn checkpoint_position(&self) -> types::Position {
        self.checkpoint_position
    }

    /// Takes a checkpoint, or leaves it for later while the disk is full.
    ///
    /// # Errors
    /// Those of the storage but a full disk.
    pub fn checkpoint_unless_full(&mut self) -> Result<(), Error> {
        match self.checkpoint() {
            Err(error) if error.is_full() => {
                self.events_since_checkpoint = 0;
                self.checkpoint_wanted = false;
                Ok(())
            }
            other => other,
        }
    }

    /// Makes the log durable, then the state at its end; then lets go of what is older than the kept checkpoints.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn checkpoint(&mut self) -> Result<(), Error> {
        self.flush_outputs()?;
        self.checkpoint_wanted = false;
        let address = self.syncer().sync()?;
        let position = self.next_position();
        self.gate.flush(position)?;
        if position == self.checkpoint_position {
            return Ok(());
        }
        let mut writer = self.checkpoints.begin(position, address.0, crate::BUILD.as_bytes())?;
        let arrived = self.gate.last_arrived();
        writer.section(CONTROLS, &Controls::encode(self.epoch(), arrived, &self.controls))?;
        for section in self.engine.sections() {
            writer.section(&section.name, &section.bytes)?;
        }
        writer.finish()?;
        let oldest = self.checkpoints.prune(KEPT)?.oldest;
        self.events_since_checkpoint = 0;
        self.checkpoint_position = position;
        if let Some(oldest) = oldest {
            self.segments.archive()?;
            self.segments.release(eventlog::Address(oldest.address))?;
        }
        Ok(())
    }
}
