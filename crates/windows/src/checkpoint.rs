//! The bytes of a timeline's rows, for checkpoints: the same for the same rows, whatever path led to them.

use std::ops::Range;

use types::DataType;

use crate::{
    Error, Timeline, TimelineSpec,
    chunk::{Cell, Chunk, Layout, Place},
    dictionary::Dictionary,
    entry::Entry,
    keys::hash,
    plan::Plan,
};

/// The first byte: changes with the format.
const FORMAT: u8 = 1;

/// Marks a text that has no number yet.
const NOT_NUMBERED: u32 = u32::MAX;

/// Keys and their rows on their way into bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encoder {
    keys: Vec<u8>,
    count: u64,
    texts: Vec<u32>,
    /// By a text's identifier: its number among `texts`.
    numbers: Vec<u32>,
}

impl Encoder {
    /// Bytes so far, the texts aside.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Begins a key, of which `rows` rows follow.
    pub fn key(&mut self, key: &[u8], rows: usize) {
        self.count += 1;
        write_bytes(&mut self.keys, key);
        write_u64(&mut self.keys, rows as u64);
    }

    /// Adds a chunk's rows.
    pub fn rows(&mut self, plan: &Plan, layout: &Layout, chunk: &Chunk, rows: Range<usize>) {
        rows.for_each(|row| self.row(plan, layout, chunk, row));
    }

    fn row(&mut self, plan: &Plan, layout: &Layout, chunk: &Chunk, row: usize) {
        let out = &mut self.keys;
        write_u64(out, chunk.time(row) as u64);
        for (field, data_type) in layout.fields.iter().zip(&plan.spec.columns) {
            let cell = chunk.cell(layout, field, row);
            let wide = matches!(field.place, Place::Decimal { .. }) && cell.is_wide();
            out.push(if cell.null { 0 } else { 1 + u8::from(wide) });
            match field.place {
                _ if cell.null => {}
                Place::Word(_) => write_u64(out, cell.low),
                Place::Decimal { .. } => {
                    write_u64(out, cell.low);
                    if wide {
                        write_u64(out, cell.high);
                    }
                }
                Place::Half(_) if *data_type == DataType::Text => {
                    let id = cell.low as usize;
                    if self.numbers.len() <= id {
                        self.numbers.resize(id + 1, NOT_NUMBERED);
                    }
                    if self.numbers[id] == NOT_NUMBERED {
                        self.numbers[id] =
                            u32::try_from(self.texts.len()).expect("there are fewer than 2^32 texts");
                        self.texts.push(cell.low as u32);
                    }
                    out.extend_from_slice(&self.numbers[id].to_le_bytes());
                }
                Place::Half(_) => out.extend_from_slice(&(cell.low as u32).to_le_bytes()),
                Place::Bit(_) => out.push(cell.low as u8),
            }
        }
    }

    /// Appends the keys to `out` and forgets them.
    pub fn finish(&mut self, plan: &Plan, dictionary: &Dictionary, out: &mut Vec<u8>) {
        out.push(FORMAT);
        write_u64(out, plan.spec.columns.len() as u64);
        plan.spec.columns.iter().for_each(|data_type| out.extend(type_tag(*data_type)));
        write_u64(out, self.texts.len() as u64);
        for text in self.texts.drain(..) {
            write_bytes(out, dictionary.bytes(text));
            self.numbers[text as usize] = NOT_NUMBERED;
        }
        write_u64(out, std::mem::take(&mut self.count));
        out.append(&mut self.keys);
    }
}

impl Timeline {
    /// Appends the rows to `out`. Rows that nobody can see any more are left out.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut entries: Vec<&Entry> = self.entries.iter().flatten().collect();
        entries.sort_unstable_by_key(|entry| (entry.hash, entry.key.as_slice()));
        let mut encoder = Encoder::default();
        for entry in entries {
            entry.encode(&self.plan, self.before, &mut encoder);
        }
        encoder.finish(&self.plan, &self.dictionary, out);
    }

    /// A timeline of the rows that `encode` wrote, whose spec had the same columns.
    ///
    /// # Errors
    /// When the bytes are not such rows.
    pub fn decode(spec: TimelineSpec, bytes: &[u8]) -> Result<Self, Error> {
        let columns: Vec<usize> = (0..spec.columns.len()).collect();
        let mut reader = Reader { bytes, offset: 0 };
        reader.expect(&[FORMAT], "a known format")?;
        reader.expect(&(columns.len() as u64).to_le_bytes(), "the number of columns")?;
        Self::decode_columns(spec, &columns, bytes)
    }

    /// A timeline of the rows that `encode` wrote, with some of their columns: the spec's column `i` is the one at
    /// `columns[i]` of the spec that they were written with.
    ///
    /// # Errors
    /// When the bytes are not such rows.
    pub fn decode_columns(spec: TimelineSpec, columns: &[usize], bytes: &[u8]) -> Result<Self, Error> {
        let mut timeline = Self::new(spec);
        timeline.decode_more(columns, bytes)?;
        Ok(timeline)
    }

    /// Adds the rows of another piece of one snapshot, as [`Timeline::decode_columns`] does. A key's rows may go on
    /// from one piece to the next.
    ///
    /// # Errors
    /// When the bytes are not such rows; the timeline is then of no use.
    pub fn decode_more(&mut self, columns: &[usize], bytes: &[u8]) -> Result<(), Error> {
        let mut reader = Reader { bytes, offset: 0 };
        reader.expect(&[FORMAT], "a known format")?;
        let held = reader.held(&self.plan.spec, columns)?;
        let (mut texts, mut cells) = (Vec::new(), Vec::new());
        for _ in 0..reader.u64()? {
            let text = reader.bytes()?;
            texts.push(std::str::from_utf8(text).map_err(|_| reader.damaged("UTF-8"))?);
        }
        for _ in 0..reader.u64()? {
            let key = reader.bytes()?;
            let (slot, mut last) = self.decode_key(key);
            let rows = reader.u64()?;
            if rows == 0 {
                return Err(reader.damaged("at least one row"));
            }
            for _ in 0..rows {
                let time = reader.u64()? as i64;
                if time < last || time == i64::MAX {
                    return Err(reader.damaged("a time not before the last one"));
                }
                last = time;
                self.decode_cells(&mut reader, &held, &texts, &mut cells)?;
                self.insert_cells(slot, time, &cells);
            }
        }
        if reader.offset != bytes.len() {
            return Err(reader.damaged("the end"));
        }
        Ok(())
    }

    /// A key's slot, and the time of its last row so far.
    fn decode_key(&mut self, key: &[u8]) -> (u32, i64) {
        let slot = self.slot(hash(key), key, true);
        let entry = self.entries[slot as usize].as_ref().expect("the slot was found or made");
        (slot, entry.last_time().unwrap_or(i64::MIN + 1))
    }

    /// Reads a row's values and keeps those that have a place.
    fn decode_cells(
        &mut self,
        reader: &mut Reader<'_>,
        held: &[Held],
        texts: &[&str],
        cells: &mut Vec<Cell>,
    ) -> Result<(), Error> {
        cells.clear();
        cells.resize(self.plan.spec.columns.len(), Cell::default());
        for Held { data_type, place } in held {
            let size = reader.array::<1>("a NULL flag")?[0];
            if size > 2 {
                return Err(reader.damaged("a NULL flag"));
            }
            let mut cell = Cell { low: 0, high: 0, null: size == 0 };
            if !cell.null {
                match data_type {
                    DataType::Decimal { .. } => {
                        cell.low = reader.u64()?;
                        cell.high = if size == 2 { reader.u64()? } else { ((cell.low as i64) >> 63) as u64 };
                    }
                    DataType::Text => {
                        let number = u32::from_le_bytes(reader.array("a text's number")?);
                        let text = texts.get(number as usize);
                        let text = text.ok_or_else(|| reader.damaged("the number of a text"))?;
                        if place.is_some() {
                            cell.low = u64::from(self.dictionary.intern(text));
                        }
                    }
                    DataType::Date => cell.low = u64::from(u32::from_le_bytes(reader.array("a date")?)),
                    DataType::Boolean => cell.low = u64::from(reader.array::<1>("a truth value")?[0] & 1),
                    _ => cell.low = reader.u64()?,
                }
            }
            if let Some(place) = place {
                cells[*place] = cell;
            }
        }
        Ok(())
    }
}

/// A column of encoded rows, and its index in the spec that they are read with.
struct Held {
    data_type: DataType,
    place: Option<usize>,
}

/// Two bytes that tell types apart.
const fn type_tag(data_type: DataType) -> [u8; 2] {
    let kind = match data_type {
        DataType::Text => 0,
        DataType::BigInt => 1,
        DataType::Decimal { .. } => 2,
        DataType::Double => 3,
        DataType::Boolean => 4,
        DataType::Timestamptz => 5,
        DataType::Date => 6,
        DataType::Interval => 7,
    };
    [kind, data_type.scale()]
}

/// The type that a tag stands for.
const fn tagged(tag: [u8; 2]) -> Option<DataType> {
    Some(match tag {
        [0, 0] => DataType::Text,
        [1, 0] => DataType::BigInt,
        [2, scale @ ..=38] => DataType::decimal(scale),
        [3, 0] => DataType::Double,
        [4, 0] => DataType::Boolean,
        [5, 0] => DataType::Timestamptz,
        [6, 0] => DataType::Date,
        [7, 0] => DataType::Interval,
        _ => return None,
    })
}

fn write_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_u64(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    const fn damaged(&self, expected: &'static str) -> Error {
        Error::Damaged { offset: self.offset, expected }
    }

    fn take(&mut self, len: usize, expected: &'static str) -> Result<&'a [u8], Error> {
        let rest = &self.bytes[self.offset..];
        if rest.len() < len {
            return Err(self.damaged(expected));
        }
        self.offset += len;
        Ok(&rest[..len])
    }

    fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], Error> {
        Ok(self.take(N, expected)?.try_into().expect("`take` gives as many as asked"))
    }

    fn expect(&mut self, wanted: &[u8], expected: &'static str) -> Result<(), Error> {
        let found = self.take(wanted.len(), expected)?;
        if found == wanted { Ok(()) } else { Err(self.damaged(expected)) }
    }

    /// Reads the columns' types, and finds each of the spec's columns among them.
    fn held(&mut self, spec: &TimelineSpec, columns: &[usize]) -> Result<Vec<Held>, Error> {
        let count = self.u64()?;
        let mut held = Vec::new();
        for index in 0..count {
            let tag = self.array("a column's type")?;
            let data_type = tagged(tag).ok_or_else(|| self.damaged("a column's type"))?;
            let place = columns.iter().position(|column| *column as u64 == index);
            if place.is_some_and(|place| type_tag(spec.columns[place]) != tag) {
                return Err(self.damaged("the column's type"));
            }
            held.push(Held { data_type, place });
        }
        if columns.iter().any(|column| *column as u64 >= count) {
            return Err(self.damaged("the number of columns"));
        }
        Ok(held)
    }

    fn u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_le_bytes(self.array("a number")?))
    }

    fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let len = self.u64()?;
        self.take(usize::try_from(len).unwrap_or(usize::MAX), "bytes")
    }
}

#[cfg(test)]
mod tests {
    use types::{Column, Value};

    use super::*;
    use crate::{Action, Keys, Operation, Side};

    const ROWS: usize = 500;

    /// A timeline of the rows of `columns` by the first of them.
    fn timeline(columns: &[Column], key: &Column) -> Timeline {
        let spec = TimelineSpec {
            columns: columns.iter().map(|column| column.data_type).collect(),
            aggregates: Vec::new(),
            key_horizon: 1,
        };
        let mut keys = Keys::default();
        keys.encode(&[key], ROWS);
        let times: Vec<i64> = (0..ROWS as i64).collect();
        let positions: Vec<u64> = (0..ROWS as u64).collect();
        let values: Vec<&Column> = columns.iter().collect();
        let side = Side { keys: &keys, times: &times, positions: &positions, values: &values, reads: &[] };
        let operation = |row| Operation { side: 0, row, action: Action::Insert };
        let operations: Vec<Operation> = (0..ROWS as u32).map(operation).collect();
        let mut timeline = Timeline::new(spec);
        timeline.apply(&[side], &operations, &mut [Vec::new()]);
        timeline
    }

    fn column(data_type: DataType, value: impl Fn(i64) -> Value) -> Column {
        let mut column = Column::new(data_type);
        (0..ROWS as i64).for_each(|row| column.push((row % 11 > 0).then(|| value(row)).as_ref()));
        column
    }

    fn encoded(timeline: &Timeline) -> Vec<u8> {
        let mut bytes = Vec::new();
        timeline.encode(&mut bytes);
        bytes
    }

    #[test]
    fn some_columns_are_what_a_timeline_of_them_alone_would_be() {
        let key = column(DataType::BigInt, |row| Value::BigInt(row * row % 7));
        let wide = |row: i64| Value::Decimal { unscaled: i128::from(row) << (row % 70), scale: 2 };
        let columns = [
            column(DataType::Text, |row| Value::Text(format!("text {}", row % 40))),
            column(DataType::decimal(2), wide),
            column(DataType::Boolean, |row| Value::Boolean(row % 3 == 0)),
            column(DataType::Text, |row| Value::Text(format!("text {}", row % 50))),
            column(DataType::Double, |row| Value::Double(row as f64 / 3.0)),
        ];
        let bytes = encoded(&timeline(&columns, &key));
        for picked in [&[0, 1, 2, 3, 4][..], &[4, 3, 2, 1, 0], &[3], &[1, 4], &[2, 0], &[]] {
            let alone: Vec<Column> = picked.iter().map(|index| columns[*index].clone()).collect();
            let alone = timeline(&alone, &key);
            let some = Timeline::decode_columns(alone.plan.spec.clone(), picked, &bytes);
            let some = some.expect("the columns are there");
            assert_eq!(encoded(&some), encoded(&alone), "columns {picked:?}");
            assert_eq!(some.dictionary.len(), alone.dictionary.len(), "texts of columns {picked:?}");
        }
        let spec = TimelineSpec { columns: vec![DataType::Text], aggregates: Vec::new(), key_horizon: 1 };
        assert!(Timeline::decode_columns(spec.clone(), &[1], &bytes).is_err(), "of another type");
        assert!(Timeline::decode_columns(spec, &[5], &bytes).is_err(), "not there");
    }
}
