//! Decisions made of one input batch, addressed by their events' positions.

use types::Column;

use crate::{
    Error, Fault, NAMES_MAX, ROWS_MAX, bits, column, integers, reader::Reader, text::Scratch, writer,
};

/// The newest version that this build writes and reads.
const VERSION: u8 = 2;

/// The version without dropped events, which is written where there are none.
const VERSION_WITHOUT_DROPPED: u8 = 1;

/// Rules that fired and items that raised in one block, each, at most.
pub const ENTRIES_MAX: usize = 1 << 26;

/// All outputs of one input frame. Names are not repeated: the definitions of the frame's epoch order them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutputBatch {
    /// One block for each decision that has rows, by ascending index.
    pub decisions: Vec<DecisionRows>,
}

/// Records of one decision, by ascending event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecisionRows {
    /// Index of the decision among the epoch's decisions in name order.
    pub decision: u16,
    /// Offset of each record's event from the frame's first position.
    pub events: Vec<u32>,
    /// Index in the decision's outcomes.
    pub outcomes: Vec<u8>,
    /// The event was late or from the future beyond its bound: its timeline features are NULL.
    pub late: Vec<bool>,
    /// For each record, how many entries of `fired` are its own.
    pub fired_counts: Vec<u16>,
    /// Indices among the decision's rules in name order, ascending in each record; shadow rules included.
    pub fired: Vec<u16>,
    /// The view's columns that are not columns of the event, in the view's order.
    pub columns: Vec<Column>,
    /// Items that raised and so are NULL or did not fire, by ascending event.
    pub raised: Vec<Raised>,
    /// Events that have no record because it could not be said whether they are rows of the view, ascending.
    pub dropped: Vec<Dropped>,
}

/// An item of a record that raised an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Index of the record in its block.
    pub record: u32,
    /// Index among `columns`, then the rules.
    pub item: u16,
    /// The error's code, as `expr::ErrorCode` numbers it.
    pub code: u8,
}

/// An event for which a view's WHERE raised an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Offset of the event from the frame's first position.
    pub event: u32,
    /// The error's code, as `expr::ErrorCode` numbers it.
    pub code: u8,
}

impl OutputBatch {
    /// Appends the batch's bytes: equal batches have equal bytes, whatever stands in the rows of NULLs.
    ///
    /// # Panics
    /// When the parts of a block do not fit together: the engine made them.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let indices = self.decisions.iter().map(|block| block.decision);
        assert!(indices.is_sorted_by(|one, next| one < next), "blocks are ordered by decision");
        let drops = self.decisions.iter().any(|block| !block.dropped.is_empty());
        let version = if drops { VERSION } else { VERSION_WITHOUT_DROPPED };
        out.push(version);
        writer::count(out, self.decisions.len());
        for block in &self.decisions {
            block.write(out);
            if version == VERSION {
                block.write_dropped(out);
            }
        }
    }

    /// Replaces the batch with the one in `payload`, reusing its memory.
    ///
    /// # Errors
    /// `Version` or `Damaged`; the batch is then empty.
    pub fn decode_into(&mut self, payload: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new("output batch", payload);
        let result = self.read(&mut reader);
        if result.is_err() {
            *self = Self::default();
        }
        result
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let version = reader.version_among(&[VERSION_WITHOUT_DROPPED, VERSION])?;
        let count = reader.count("the number of decisions", NAMES_MAX)?;
        reader.claim(count, size_of::<DecisionRows>())?;
        self.decisions.resize_with(count, DecisionRows::default);
        let mut scratch = Scratch::default();
        let mut last = None;
        for block in &mut self.decisions {
            block.read(reader, &mut scratch)?;
            block.dropped.clear();
            if version == VERSION {
                block.read_dropped(reader)?;
            }
            if last >= Some(block.decision) {
                return Err(reader.damaged(Fault::Order { what: "decisions" }));
            }
            last = Some(block.decision);
        }
        reader.finish()
    }
}

impl DecisionRows {
    fn write(&self, out: &mut Vec<u8>) {
        let count = self.events.len();
        assert!(count <= ROWS_MAX, "a batch has at most {ROWS_MAX} records of a decision");
        assert!(
            self.outcomes.len() == count
                && self.late.len() == count
                && self.fired_counts.len() == count
                && self.columns.iter().all(|column| column.len() == count),
            "every record has all parts"
        );
        assert!(self.events.is_sorted_by(|one, next| one < next), "an event has one record at most");
        assert_eq!(self.fired_total(), self.fired.len(), "every fired rule belongs to a record");
        assert!(self.raised.is_sorted_by_key(|raised| raised.record), "raised items are ordered by record");
        assert!(self.fired.len() <= ENTRIES_MAX && self.raised.len() <= ENTRIES_MAX, "entries are bounded");
        writer::count(out, usize::from(self.decision));
        writer::count(out, count);
        integers::encode_block(out, self.events.iter().copied());
        integers::encode_block(out, self.outcomes.iter().copied());
        let header = out.len();
        out.push(0);
        out[header] = bits::encode(out, count, self.late.iter().copied());
        integers::encode_block(out, self.fired_counts.iter().copied());
        integers::encode_block(out, self.fired.iter().copied());
        column::write_all(&self.columns, out);
        writer::count(out, self.raised.len());
        if !self.raised.is_empty() {
            integers::encode_block(out, self.raised.iter().map(|raised| raised.record));
            integers::encode_block(out, self.raised.iter().map(|raised| raised.item));
            integers::encode_block(out, self.raised.iter().map(|raised| raised.code));
        }
    }

    fn write_dropped(&self, out: &mut Vec<u8>) {
        assert!(self.dropped.len() <= ROWS_MAX, "a batch has at most {ROWS_MAX} events");
        let is_ordered = self.dropped.is_sorted_by(|one, next| one.event < next.event);
        assert!(is_ordered, "an event is dropped once at most");
        writer::count(out, self.dropped.len());
        if !self.dropped.is_empty() {
            integers::encode_block(out, self.dropped.iter().map(|dropped| dropped.event));
            integers::encode_block(out, self.dropped.iter().map(|dropped| dropped.code));
        }
    }

    fn read_dropped(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let count = reader.count("the number of dropped events", ROWS_MAX)?;
        if count == 0 {
            return Ok(());
        }
        let (mut events, mut codes) = (Vec::new(), Vec::new());
        integers::decode_block(reader, count, &mut events)?;
        integers::decode_block(reader, count, &mut codes)?;
        if !events.is_sorted_by(|one, next| one < next) {
            return Err(reader.damaged(Fault::Order { what: "dropped events" }));
        }
        reader.claim(count, size_of::<Dropped>())?;
        self.dropped.extend(events.into_iter().zip(codes).map(|(event, code)| Dropped { event, code }));
        Ok(())
    }

    fn fired_total(&self) -> usize {
        self.fired_counts.iter().map(|count| usize::from(*count)).sum()
    }

    fn read(&mut self, reader: &mut Reader<'_>, scratch: &mut Scratch) -> Result<(), Error> {
        let decision = reader.count("a decision's index", NAMES_MAX - 1)?;
        self.decision = decision as u16;
        let count = reader.count("the number of records", ROWS_MAX)?;
        integers::decode_block(reader, count, &mut self.events)?;
        if !self.events.is_sorted_by(|one, next| one < next) {
            return Err(reader.damaged(Fault::Order { what: "events" }));
        }
        integers::decode_block(reader, count, &mut self.outcomes)?;
        let code = reader.byte()?;
        self.late.clear();
        bits::decode(reader, code, count, &mut self.late)?;
        integers::decode_block(reader, count, &mut self.fired_counts)?;
        let fired = self.fired_total();
        if fired > ENTRIES_MAX {
            return Err(reader.limit("the number of fired rules", fired as u64, ENTRIES_MAX));
        }
        integers::decode_block(reader, fired, &mut self.fired)?;
        column::read_all(reader, count, scratch, &mut self.columns)?;
        self.read_raised(reader, count)
    }

    fn read_raised(&mut self, reader: &mut Reader<'_>, records: usize) -> Result<(), Error> {
        self.raised.clear();
        let count = reader.count("the number of raised items", ENTRIES_MAX)?;
        if count == 0 {
            return Ok(());
        }
        let (mut record, mut items, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        integers::decode_block(reader, count, &mut record)?;
        integers::decode_block(reader, count, &mut items)?;
        integers::decode_block(reader, count, &mut codes)?;
        if !record.is_sorted() {
            return Err(reader.damaged(Fault::Order { what: "raised items" }));
        }
        if let Some(last) = record.last().filter(|last| **last as usize >= records) {
            return Err(reader.limit("a raised item's record", u64::from(*last), records.saturating_sub(1)));
        }
        reader.claim(count, size_of::<Raised>())?;
        let parts = record.into_iter().zip(items).zip(codes);
        self.raised.extend(parts.map(|((record, item), code)| Raised { record, item, code }));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
