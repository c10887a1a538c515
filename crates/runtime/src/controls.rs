//! Control records on their way into the log and the catalog.

use eventlog::Append;
use records::{
    KIND_CONTROL,
    control::{Control, ControlEntry},
};
use types::{Micros, Position};

use crate::{Error, processor::Processor};

impl Processor {
    /// When a control record arrives: not before any event, but it holds up none, so that history of any age can follow
    /// the definitions that it is read with. Before the first event there is no time yet.
    pub(crate) fn control_arrival(&self) -> Micros {
        let now = if self.has_events() { self.options.clock.now() } else { Micros::MIN };
        self.gate.last_arrived().max(now)
    }

    /// Appends a control record and puts it in the catalog.
    pub(crate) fn append_control(&mut self, control: Control) -> Result<Position, Error> {
        let position = self.log.next_position();
        let payload = control.encode();
        let append = Append::consuming(KIND_CONTROL, self.epoch(), position, 1);
        self.log.append(append, &payload)?;
        self.note_control(ControlEntry { position, control })?;
        Ok(position)
    }

    /// Puts a control record in the catalog.
    pub(crate) fn note_control(&mut self, entry: ControlEntry) -> Result<(), Error> {
        if let Control::Define { change, .. } = &entry.control {
            self.changes.last = *change;
        }
        crate::recovery::apply_control(&mut self.catalog, &entry, &self.blobs)?;
        self.controls.push(entry);
        Ok(())
    }
}
