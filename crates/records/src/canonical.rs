//! One output record as bytes that do not depend on how its batch was cut, so that replays with other batch sizes,
//! threads or restarts are compared record by record.
//!
//! The bytes of a record, all numbers little-endian: position (8), decision (2, the ordinal among the outputs of
//! the position), outcome (1), late (1), number of fired rules (2) and the rules (2 each), number of columns
//! (2) and for each its type (1), 0 for NULL or 1 (1) and the value, number of raised items (2) and for each the item
//! (2) and the error's code (1). Text is its length (4) and bytes, a decimal its scale (1) and unscaled value (16), a
//! double its bits. A dropped event takes the place of its record: position (8), decision (2), 255 (1), which is no outcome, and
//! the error's code (1).

use types::{Column, DataType, Position, Values};
use xxhash_rust::xxh3::xxh3_128;

use crate::output::{DecisionRows, Dropped, OutputBatch};

/// Stands where a record's outcome would: a decision has fewer.
const NO_OUTCOME: u8 = u8::MAX;

/// A digest over records in the order of (position, decision).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Digest {
    /// Records so far.
    pub records: u64,
    /// Hash of the hash before and the last record's.
    pub hash: u128,
}

impl Digest {
    /// Takes the bytes of the next record.
    pub fn record(&mut self, bytes: &[u8]) {
        self.records += 1;
        let mut link = [0; 32];
        link[..16].copy_from_slice(&self.hash.to_le_bytes());
        link[16..].copy_from_slice(&xxh3_128(bytes).to_le_bytes());
        self.hash = xxh3_128(&link);
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x} over {} records", self.hash, self.records)
    }
}

/// Takes all records of a batch whose first event is at `base`.
pub fn update(digest: &mut Digest, base: Position, output: &OutputBatch) {
    for_each(base, output, &mut |_, _, bytes| digest.record(bytes));
}

/// The bytes of each record of the event at `position`, by decision; empty when it has none and none dropped it.
pub fn records_at(base: Position, output: &OutputBatch, position: Position) -> Vec<Vec<u8>> {
    let wanted = position.checked_sub(base).and_then(|offset| u32::try_from(offset).ok());
    let Some(wanted) = wanted else { return Vec::new() };
    let mut records = Vec::new();
    for block in &output.decisions {
        if let Ok(dropped) = block.dropped.binary_search_by_key(&wanted, |dropped| dropped.event) {
            let mut bytes = Vec::new();
            write_dropped(base, block.decision, &block.dropped[dropped], &mut bytes);
            records.push(bytes);
        }
        let Ok(record) = block.events.binary_search(&wanted) else { continue };
        let fired = block.fired_counts[..record].iter().map(|count| usize::from(*count)).sum();
        let raised = block.raised.partition_point(|raised| (raised.record as usize) < record);
        let mut bytes = Vec::new();
        Cursor { block, record, fired, raised, dropped: block.dropped.len() }.write(base, &mut bytes);
        records.push(bytes);
    }
    records
}

/// Whether both batches hold the same records. Unlike `==` it does not look at what stands in the rows of NULLs, and a
/// NaN equals itself.
pub fn equal(one: &OutputBatch, other: &OutputBatch) -> bool {
    let (mut digest, mut other_digest) = (Digest::default(), Digest::default());
    update(&mut digest, 0, one);
    update(&mut other_digest, 0, other);
    digest == other_digest
}

/// Calls `take` with the position, decision and bytes of each record, in this order.
pub fn for_each(base: Position, output: &OutputBatch, take: &mut dyn FnMut(Position, u16, &[u8])) {
    let mut cursors: Vec<Cursor<'_>> = output
        .decisions
        .iter()
        .map(|block| Cursor { block, record: 0, fired: 0, raised: 0, dropped: 0 })
        .collect();
    let mut bytes = Vec::new();
    // Blocks are ordered by decision, and the first of equal events is the least decision.
    while let Some((event, cursor)) = cursors
        .iter_mut()
        .filter_map(|cursor| Some((cursor.event()?, cursor)))
        .min_by_key(|(event, _)| *event)
    {
        bytes.clear();
        cursor.write(base, &mut bytes);
        take(base + u64::from(event), cursor.block.decision, &bytes);
    }
}

fn write_dropped(base: Position, decision: u16, dropped: &Dropped, out: &mut Vec<u8>) {
    out.extend((base + u64::from(dropped.event)).to_le_bytes());
    out.extend(decision.to_le_bytes());
    out.extend([NO_OUTCOME, dropped.code]);
}

/// The next record of a block.
struct Cursor<'a> {
    block: &'a DecisionRows,
    record: usize,
    fired: usize,
    raised: usize,
    dropped: usize,
}

impl Cursor<'_> {
    fn event(&self) -> Option<u32> {
        self.next_dropped().map(|dropped| dropped.event).or(self.block.events.get(self.record).copied())
    }

    /// The next dropped event, when it comes before the next record.
    fn next_dropped(&self) -> Option<&Dropped> {
        let next = self.block.events.get(self.record);
        self.block.dropped.get(self.dropped).filter(|dropped| next.is_none_or(|event| dropped.event < *event))
    }

    /// Appends the record's bytes and goes on to the next one.
    fn write(&mut self, base: Position, out: &mut Vec<u8>) {
        if let Some(dropped) = self.next_dropped() {
            write_dropped(base, self.block.decision, dropped, out);
            self.dropped += 1;
            return;
        }
        let (block, record) = (self.block, self.record);
        out.extend((base + u64::from(block.events[record])).to_le_bytes());
        out.extend(block.decision.to_le_bytes());
        out.extend([block.outcomes[record], u8::from(block.late[record])]);
        let fired_end = self.fired + usize::from(block.fired_counts[record]);
        out.extend(block.fired_counts[record].to_le_bytes());
        block.fired[self.fired..fired_end].iter().for_each(|rule| out.extend(rule.to_le_bytes()));
        out.extend((block.columns.len() as u16).to_le_bytes());
        block.columns.iter().for_each(|column| write_value(column, record, out));
        let own =
            block.raised[self.raised..].iter().take_while(|raised| raised.record as usize == record).count();
        out.extend((own as u16).to_le_bytes());
        for raised in &block.raised[self.raised..self.raised + own] {
            out.extend(raised.item.to_le_bytes());
            out.push(raised.code);
        }
        self.fired = fired_end;
        self.raised += own;
        self.record += 1;
    }
}

/// Appends the type of a column and its value at `row`.
fn write_value(column: &Column, row: usize, out: &mut Vec<u8>) {
    out.extend([type_number(column.data_type), u8::from(!column.is_null(row))]);
    if column.is_null(row) {
        return;
    }
    match &column.values {
        Values::Text(values) => {
            let value = values.get(row);
            out.extend((value.len() as u32).to_le_bytes());
            out.extend_from_slice(value.as_bytes());
        }
        Values::BigInt(values) | Values::Timestamptz(values) => out.extend(values[row].to_le_bytes()),
        Values::Decimal(values) => {
            out.push(column.data_type.scale());
            out.extend(values[row].to_le_bytes());
        }
        Values::Double(values) => out.extend(values[row].to_bits().to_le_bytes()),
        Values::Boolean(values) => out.push(u8::from(values[row])),
        Values::Date(values) => out.extend(values[row].to_le_bytes()),
        Values::Interval(values) => {
            out.extend(values[row].months.to_le_bytes());
            out.extend(values[row].days.to_le_bytes());
            out.extend(values[row].micros.to_le_bytes());
        }
    }
}

/// Fixed for ever, whatever the column blocks do.
const fn type_number(data_type: DataType) -> u8 {
    match data_type {
        DataType::Text => 0,
        DataType::BigInt => 1,
        DataType::Decimal { .. } => 2,
        DataType::Double => 3,
        DataType::Boolean => 4,
        DataType::Timestamptz => 5,
        DataType::Date => 6,
        DataType::Interval => 7,
    }
}

#[cfg(test)]
mod tests;
