//! JSON events to typed rows: each event becomes one row of columns, or a rejection and nothing.
//!
//! | type | accepted |
//! |---|---|
//! | `TEXT` | a string |
//! | `BIGINT`, `DECIMAL` | a number, or a string that holds one; no digit may get lost |
//! | `DOUBLE` | a number, or a string that holds one, `NaN`, `Infinity` or `-Infinity` |
//! | `BOOLEAN` | `true`, `false` |
//! | `TIMESTAMPTZ` | a string with its zone: a sender's clock may stand in any, and a wrong guess shifts every window |
//! | `TIMESTAMPTZ`, `DATE` | a string; numbers are refused, since nothing says whether they count seconds or milliseconds |
//!
//! `null` and a missing field are NULL. Fields that the stream does not have are checked, ignored and counted. A field
//! of the stream may stand in an object once.

mod body;
mod rejection;
mod scanner;

use std::sync::Arc;

use sql::definition::Stream;
use types::{Column, DataType, Values};
use xxhash_rust::xxh3::xxh3_64;

pub(crate) use self::rejection::Cause;
use self::scanner::{Kind, Quoted, Scanner, unescape};
pub use self::{
    body::Items,
    rejection::{Rejection, TOO_MANY_EVENTS},
};
use crate::{
    shape::Shape,
    values::{self, Fault},
};

/// Bounds of what is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one object.
    pub object_bytes_max: usize,
    /// Bytes of one text.
    pub text_bytes_max: usize,
    /// Levels of objects and arrays, the event itself counted.
    pub depth_max: usize,
    /// Events of one body.
    pub body_events_max: usize,
    /// Whether a time must say its zone; one that need not is UTC without.
    pub zone_required: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            object_bytes_max: 64 << 10,
            text_bytes_max: 16 << 10,
            depth_max: 32,
            body_events_max: 1 << 16,
            zone_required: true,
        }
    }
}

/// Small while all is well.
type Checked = Result<(), Box<Rejection>>;

/// In [`Decoder::order`]: a field that the stream does not have.
const UNKNOWN: u16 = u16::MAX;

/// Appends events to columns that it owns until they are taken.
#[derive(Debug)]
pub struct Decoder {
    shape: Shape,
    limits: Limits,
    columns: Vec<Column>,
    /// Columns by the hash of their names, to find those that do not come in the usual order.
    by_hash: Vec<(u64, u16)>,
    /// Column of the n-th field of the event before: the next event is most often laid out alike.
    order: Vec<u16>,
    /// By column, the number of the last event that had it.
    seen: Vec<u64>,
    event: u64,
    unknown_fields: u64,
    scratch: String,
    /// Where the text that is being read stands.
    origin: Origin,
}

/// What a byte's number counts from, so that a message says which byte it means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// What the caller knows: the event, the line or the body.
    noun: &'static str,
    /// Its bytes before the text.
    before: usize,
}

impl Origin {
    pub(crate) const EVENT: Self = Self { noun: "event", before: 0 };
    const LINE: Self = Self { noun: "line", before: 0 };

    fn body(before: usize) -> Self {
        Self { noun: "body", before }
    }
}

impl Decoder {
    /// A decoder of a stream's events with the usual limits.
    pub fn new(stream: Arc<Stream>) -> Self {
        Self::with_limits(stream, Limits::default())
    }

    /// A decoder of a stream's events.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the definition is shared, and the caller has no other use of it"
    )]
    pub fn with_limits(stream: Arc<Stream>, limits: Limits) -> Self {
        Self::of_shape(Shape::of_stream(&stream), limits)
    }

    pub(crate) fn of_shape(shape: Shape, limits: Limits) -> Self {
        let names = shape.schema.fields.iter().enumerate();
        let mut by_hash: Vec<_> =
            names.map(|(column, field)| (xxh3_64(field.name.as_bytes()), column as u16)).collect();
        by_hash.sort_unstable();
        assert!(by_hash.len() < usize::from(UNKNOWN), "the binder bounds the columns of a stream");
        Self {
            limits,
            columns: shape.empty_columns(),
            by_hash,
            order: Vec::new(),
            seen: vec![0; shape.required.len()],
            event: 0,
            unknown_fields: 0,
            scratch: String::new(),
            origin: Origin::EVENT,
            shape,
        }
    }

    /// Number of rows so far.
    pub fn rows(&self) -> usize {
        self.columns[0].len()
    }

    /// The rows so far.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Hands out the rows and starts with none.
    pub fn take(&mut self) -> Vec<Column> {
        std::mem::replace(&mut self.columns, self.shape.empty_columns())
    }

    /// As [`Decoder::take`], and goes on with `columns`, which were taken from a decoder of the same stream: their buffers
    /// are used again.
    pub fn take_for(&mut self, mut columns: Vec<Column>) -> Vec<Column> {
        columns.iter_mut().for_each(Column::clear);
        std::mem::replace(&mut self.columns, columns)
    }

    /// Fields so far that the stream does not have, those of rejected events included.
    pub fn unknown_fields(&self) -> u64 {
        self.unknown_fields
    }

    /// Appends the one event that `object` holds.
    ///
    /// # Errors
    /// Says what is wrong with it; no row was appended.
    pub fn push_json(&mut self, object: &[u8]) -> Result<(), Rejection> {
        self.push_object(object, Origin::EVENT)
    }

    /// As [`Decoder::push_json`], of a file's line.
    pub(crate) fn push_line(&mut self, line: &[u8]) -> Result<(), Rejection> {
        self.push_object(line, Origin::LINE)
    }

    fn push_object(&mut self, object: &[u8], origin: Origin) -> Result<(), Rejection> {
        self.origin = origin;
        if object.len() > self.limits.object_bytes_max {
            return Err(self.too_large(object.len()));
        }
        let text =
            std::str::from_utf8(object).map_err(|error| Rejection::not_utf8(error.valid_up_to(), origin))?;
        let mut scanner = Scanner::new(text, 0);
        self.row(&mut scanner, |decoder, scanner| match scanner.peek() {
            None => Ok(()),
            Some(_) => Err(decoder.rejection(Cause::Json(scanner.syntax("nothing after the object")), None)),
        })
    }

    /// Appends the event that stands next; `check` may still reject it when it has been read.
    fn row(
        &mut self,
        scanner: &mut Scanner<'_>,
        check: impl FnOnce(&Self, &mut Scanner<'_>) -> Checked,
    ) -> Result<(), Rejection> {
        let rows = self.rows();
        self.event += 1;
        let result = self.object(scanner).and_then(|()| self.complete()).and_then(|()| check(self, scanner));
        result.map_err(|rejection| {
            self.columns.iter_mut().for_each(|column| column.truncate(rows));
            *rejection
        })
    }

    fn object(&mut self, scanner: &mut Scanner<'_>) -> Checked {
        if !scanner.take(b'{') {
            return Err(self.rejection(Cause::Json(scanner.syntax("an object")), None));
        }
        if scanner.take(b'}') {
            return Ok(());
        }
        let mut place = 0;
        loop {
            if scanner.peek() != Some(b'"') {
                return Err(
                    self.rejection(Cause::Json(scanner.syntax("the name of a field in quotes")), None)
                );
            }
            let name = scanner.string().map_err(|fault| self.rejection(Cause::Json(fault), None))?;
            let column = self.column(place, name)?;
            place += 1;
            if !scanner.take(b':') {
                return Err(
                    self.rejection(Cause::Json(scanner.syntax("`:` after the name of a field")), None)
                );
            }
            match column {
                Some(column) => self.value(scanner, column)?,
                None => {
                    self.unknown_fields += 1;
                    let depth = self.limits.depth_max.saturating_sub(1);
                    let skipped = scanner.skip(depth, &mut self.scratch);
                    skipped.map_err(|fault| self.rejection(Cause::Json(fault), None))?;
                }
            }
            if scanner.take(b'}') {
                return Ok(());
            }
            if !scanner.take(b',') {
                return Err(self.rejection(Cause::Json(scanner.syntax("`,` or `}` in an object")), None));
            }
        }
    }

    /// The column of the field at `place`, if the stream has it.
    #[inline]
    fn column(&mut self, place: usize, name: Quoted<'_>) -> Result<Option<usize>, Box<Rejection>> {
        let usual = self.order.get(place).copied().unwrap_or(UNKNOWN);
        let column = if usual != UNKNOWN && !name.escaped && self.shape.name(usize::from(usual)) == name.raw {
            usual
        } else {
            let found = self.find(name)?;
            // Events with more fields than a stream has columns are looked up one by one.
            if place == self.order.len() && place < 2 * self.columns.len() {
                self.order.push(found);
            } else if let Some(usual) = self.order.get_mut(place) {
                *usual = found;
            }
            found
        };
        if column == UNKNOWN {
            return Ok(None);
        }
        let column = usize::from(column);
        if self.seen[column] == self.event {
            return Err(self.rejection(Cause::Duplicate, Some(column)));
        }
        self.seen[column] = self.event;
        Ok(Some(column))
    }

    fn find(&mut self, name: Quoted<'_>) -> Result<u16, Box<Rejection>> {
        let name = if name.escaped {
            self.scratch.clear();
            unescape(name, &mut self.scratch).map_err(|fault| self.rejection(Cause::Json(fault), None))?;
            &self.scratch
        } else {
            name.raw
        };
        let hash = xxh3_64(name.as_bytes());
        let start = self.by_hash.partition_point(|entry| entry.0 < hash);
        let mut alike = self.by_hash[start..].iter().take_while(|entry| entry.0 == hash);
        Ok(alike.find(|entry| self.shape.name(usize::from(entry.1)) == name).map_or(UNKNOWN, |entry| entry.1))
    }

    /// Takes the value of a field that the stream has.
    #[inline]
    fn value(&mut self, scanner: &mut Scanner<'_>, column: usize) -> Checked {
        let kind = scanner.kind().map_err(|fault| self.rejection(Cause::Json(fault), Some(column)))?;
        let data_type = self.columns[column].data_type;
        match (kind, data_type) {
            (Kind::Null, _) => {
                scanner.null().map_err(|fault| self.rejection(Cause::Json(fault), Some(column)))?;
                if self.shape.required[column] {
                    return Err(self.rejection(Cause::Null, Some(column)));
                }
                self.columns[column].push_null();
                Ok(())
            }
            (Kind::String, DataType::Boolean) => Err(self.rejection(Cause::Kind(kind), Some(column))),
            (Kind::String, _) => {
                let quoted =
                    scanner.string().map_err(|fault| self.rejection(Cause::Json(fault), Some(column)))?;
                self.string(quoted, column)
            }
            (Kind::Number, DataType::BigInt | DataType::Decimal { .. } | DataType::Double) => {
                let number =
                    scanner.number().map_err(|fault| self.rejection(Cause::Json(fault), Some(column)))?;
                self.push_text(column, number)
            }
            (Kind::Boolean, DataType::Boolean) => {
                let value =
                    scanner.boolean().map_err(|fault| self.rejection(Cause::Json(fault), Some(column)))?;
                let Values::Boolean(values) = &mut self.columns[column].values else {
                    unreachable!("a BOOLEAN column holds booleans")
                };
                values.push(value);
                self.columns[column].nulls.push(false);
                Ok(())
            }
            _ => {
                // Broken JSON is named first, then that it has the wrong type.
                let skipped = scanner.skip(self.limits.depth_max.saturating_sub(1), &mut self.scratch);
                skipped.map_err(|fault| self.rejection(Cause::Json(fault), Some(column)))?;
                Err(self.rejection(Cause::Kind(kind), Some(column)))
            }
        }
    }

    /// Takes a string as the value of a column.
    #[inline]
    fn string(&mut self, quoted: Quoted<'_>, column: usize) -> Checked {
        if quoted.escaped {
            let mut scratch = std::mem::take(&mut self.scratch);
            scratch.clear();
            let result = unescape(quoted, &mut scratch)
                .map_err(|fault| self.rejection(Cause::Json(fault), Some(column)))
                .and_then(|()| self.push_text(column, &scratch));
            self.scratch = scratch;
            return result;
        }
        self.push_text(column, quoted.raw)
    }

    #[inline]
    fn push_text(&mut self, column: usize, text: &str) -> Checked {
        push_field(&mut self.columns[column], text, self.limits)
            .map_err(|cause| self.rejection(cause, Some(column)))
    }

    /// Appends NULL to the columns that the event did not have.
    #[inline]
    fn complete(&mut self) -> Checked {
        for column in 0..self.columns.len() {
            if self.seen[column] == self.event {
                continue;
            }
            if self.shape.required[column] {
                return Err(self.rejection(Cause::Missing, Some(column)));
            }
            self.columns[column].push_null();
        }
        Ok(())
    }

    #[cold]
    fn rejection(&self, cause: Cause, column: Option<usize>) -> Box<Rejection> {
        let field = column.map(|column| &self.shape.schema.fields[column]);
        Box::new(Rejection::at(self.origin, cause, field, self.limits))
    }

    #[cold]
    fn too_large(&self, len: usize) -> Rejection {
        Rejection::new(Cause::Large { len }, None, self.limits)
    }
}

/// Appends what a text says to a column, within the limits.
#[inline]
pub(crate) fn push_field(column: &mut Column, text: &str, limits: Limits) -> Result<(), Cause> {
    if column.data_type == DataType::Text && text.len() > limits.text_bytes_max {
        return Err(Cause::Text { len: text.len(), limit: limits.text_bytes_max });
    }
    if limits.zone_required
        && let Values::Timestamptz(values) = &mut column.values
    {
        values.push(values::zoned_timestamp(text).map_err(|fault| wrong_value(fault, text))?);
        column.nulls.push(false);
        return Ok(());
    }
    values::push_text(column, text).map_err(|fault| wrong_value(fault, text))
}

#[cold]
fn wrong_value(fault: Fault, text: &str) -> Cause {
    Cause::Value { fault, text: text.to_owned() }
}

#[cfg(test)]
mod tests;
