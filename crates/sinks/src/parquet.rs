//! A folder of Parquet files, for notebooks and query engines.
//!
//! A part appears complete or not at all, and its footer holds the cursor: it is synced under another name and renamed.
//! It is called after its first position, and feeding goes on at its cursor, so no row is in two parts. `<path>.cursor`
//! only spares a sink without new rows from reading the log again.

mod encode;
mod footer;

use std::{mem, path::PathBuf, sync::Arc};

use types::{Column, DataType, Field};

use self::encode::Encoder;
use crate::{Error, Options, Place, check_columns, cursor::Record};

const SYNC: &str = "a part of the sink";
const SYNC_NAME: &str = "the names of the sink's parts";

/// Where a part is written; engines that read the whole folder pass over names that start with a point.
const TEMPORARY: &str = ".part.temporary";

pub(crate) struct Sink {
    place: Place,
    fields: Vec<Field>,
    options: Options,
    /// Rows of the row group being filled.
    columns: Vec<Column>,
    /// The part being filled, from its first row group on.
    encoder: Option<Encoder>,
    /// The first position of the part being filled, once it has a row.
    first: Option<u64>,
    /// A complete part that is not in the folder yet.
    unpublished: Option<Part>,
    /// The last position taken.
    last: Option<u64>,
    /// The cursor that is durable, and the last part's first position.
    durable: Record,
    failed: bool,
}

struct Part {
    first: u64,
    cursor: u64,
    bytes: Vec<u8>,
}

impl Sink {
    pub(crate) fn open(place: Place, fields: Vec<Field>, options: Options) -> Result<Self, Error> {
        if fields[0].data_type != DataType::BigInt {
            let reason = format!("the first column, {}, must be a BIGINT position", fields[0].name);
            return Err(Error::Fields { path: place.path, reason });
        }
        let storage = Arc::clone(&place.storage);
        storage.create_directories(&place.path, SYNC_NAME)?;
        let temporary = place.path.join(TEMPORARY);
        if storage.exists(&temporary)? {
            storage.remove(&temporary)?;
        }
        // A process that died after a rename did not sync the name.
        storage.sync_directory(&place.path, SYNC_NAME)?;
        let record = place.read_cursor()?;
        let mut durable = Record::default();
        if let Some(first) = storage.list(&place.path)?.iter().filter_map(|name| first_of(name)).max() {
            let cursor = footer::read_cursor(&place, &place.path.join(name_of(first)))?;
            durable = Record { address: Some(cursor), extent: Some(first) };
        }
        if let Some(record) = record.filter(|record| record.extent == durable.extent) {
            durable.address = durable.address.max(record.address);
        }
        let columns = empty(&fields);
        Ok(Self {
            place,
            fields,
            options,
            columns,
            encoder: None,
            first: None,
            unpublished: None,
            last: durable.extent,
            durable,
            failed: false,
        })
    }

    fn check_usable(&self) -> Result<(), Error> {
        if self.failed { Err(Error::Failed { path: self.place.path.clone() }) } else { Ok(()) }
    }

    /// First and last of the positions in `column`, which go on from those taken.
    fn positions(&self, column: &Column) -> Result<Option<(u64, u64)>, Error> {
        let refuse = |reason: &str| Error::Rows { path: self.place.path.clone(), reason: reason.to_owned() };
        let mut first = None;
        let mut last = self.last;
        let values = column.as_i64().expect("the type was checked");
        for (value, null) in values.iter().zip(&column.nulls) {
            if *null {
                return Err(refuse("a position is NULL"));
            }
            let position = u64::try_from(*value).map_err(|_| refuse("a position is negative"))?;
            if last.is_some_and(|last| position < last) || first.or(self.first).is_none() && last == Some(position) {
                return Err(refuse("positions do not ascend"));
            }
            last = Some(position);
            first = first.or(last);
        }
        Ok(first.zip(last))
    }

    fn is_full(&self) -> bool {
        self.columns[0].len() >= self.options.rows_max
            || self.columns.iter().map(Column::bytes).sum::<usize>() >= self.options.bytes_max
    }

    /// Encodes the rows at hand as a row group.
    fn encode(&mut self) -> Result<(), Error> {
        // Until the group is complete, what the encoder holds is not.
        self.failed = true;
        let wrap = |source| Error::Encode { path: self.place.path.clone(), source };
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => none.insert(Encoder::new(&self.fields).map_err(wrap)?),
        };
        encoder.write_row_group(mem::replace(&mut self.columns, empty(&self.fields))).map_err(wrap)?;
        self.failed = false;
        Ok(())
    }

    /// Ends the part being filled, if it has a row, so that `publish` finds it.
    fn end_part(&mut self, cursor: u64) -> Result<(), Error> {
        if !self.columns[0].is_empty() {
            self.encode()?;
        }
        let (Some(encoder), Some(first)) = (self.encoder.take(), self.first.take()) else { return Ok(()) };
        self.failed = true;
        let bytes = encoder
            .finish(cursor, &self.place.schema)
            .map_err(|source| Error::Encode { path: self.place.path.clone(), source })?;
        self.failed = false;
        self.unpublished = Some(Part { first, cursor, bytes });
        Ok(())
    }

    /// Puts a complete part into the folder. It starts over when it is repeated after an error.
    fn publish(&mut self) -> Result<(), Error> {
        let Some(part) = &self.unpublished else { return Ok(()) };
        let storage = &self.place.storage;
        let temporary = self.place.path.join(TEMPORARY);
        let file = storage.create(&temporary)?;
        file.write_at(0, &part.bytes)?;
        file.sync_data(SYNC)?;
        storage.rename(&temporary, &self.place.path.join(name_of(part.first)))?;
        storage.sync_directory(&self.place.path, SYNC_NAME)?;
        self.durable = Record { address: Some(part.cursor), extent: Some(part.first) };
        self.unpublished = None;
        Ok(())
    }

    /// Writes a cursor that no part holds, when there is no row between it and the last part.
    fn write_cursor(&mut self, cursor: u64) -> Result<(), Error> {
        let record = Record { address: Some(cursor), ..self.durable };
        self.place.write_cursor(record)?;
        self.durable = record;
        Ok(())
    }
}

impl crate::Sink for Sink {
    fn cursor(&self) -> Option<u64> {
        self.durable.address
    }

    fn append(&mut self, columns: &[Column]) -> Result<(), Error> {
        self.check_usable()?;
        let rows = check_columns(&self.place.path, &self.fields, columns)?;
        let Some((first, last)) = self.positions(&columns[0])? else { return Ok(()) };
        encode::check_decimals(&self.place.path, &self.fields, columns)?;
        if self.is_full() {
            self.encode()?;
        }
        self.first = self.first.or(Some(first));
        self.last = Some(last);
        for (to, from) in self.columns.iter_mut().zip(columns) {
            for row in 0..rows {
                to.push_from(from, row);
            }
        }
        Ok(())
    }

    fn commit(&mut self, cursor: u64) -> Result<(), Error> {
        self.check_usable()?;
        self.publish()?;
        if self.encoder.is_some() || self.is_full() {
            self.end_part(cursor)?;
            return self.publish();
        }
        let idle = cursor.saturating_sub(self.durable.address.unwrap_or(0));
        if self.first.is_none() && idle >= self.options.idle_addresses_max {
            self.write_cursor(cursor)?;
        }
        Ok(())
    }

    fn close(mut self: Box<Self>, cursor: u64) -> Result<(), Error> {
        self.check_usable()?;
        self.publish()?;
        self.end_part(cursor)?;
        self.publish()?;
        if self.durable.address < Some(cursor) { self.write_cursor(cursor) } else { Ok(()) }
    }
}

fn empty(fields: &[Field]) -> Vec<Column> {
    fields.iter().map(|field| Column::new(field.data_type)).collect()
}

fn name_of(first: u64) -> PathBuf {
    format!("part-{first:020}.parquet").into()
}

/// The first position in a part's name; none for other names.
fn first_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("part-")?.strip_suffix(".parquet")?;
    (digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}
